"""Explanations: which facets drive a finding, and which behaviors rest on the same evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..base import run_starts
from ..facets import has_entry
from ..scoring import PRIOR_DEVICES
from ..tables import MIN_SHOWN, MOST_HIDDEN, as_table, at_most_few, empty_table, told_apart
from .doubts import find_doubts, find_panel, is_rise
from .evidence import Evidence

DRIVERS = 5
"""Facet levels told of a finding, by hand: the strongest; more would not be read."""
MAX_TITLES = 4
"""Levels of the same devices named in one driver, by hand: what a line holds; the others are counted."""
MAX_ALIKE = 20
"""Behaviors on the same evidence that are listed, by hand; `n_alike` counts all of them."""


@dataclass(frozen=True)
class _Level:
    """Facet levels of the same devices at a spot: how many had them in the window, and how many were to expect."""

    title: str
    observed: int
    expected: float


def explanations_table(evidence: Evidence, tests: np.ndarray) -> pd.DataFrame:
    """Return the `explanations` table of the findings made from `tests`, in their order (finding_id from 1).

    Kinds: `driver` (up to five facet levels with devices, the fewest that they may be beside what else is told of the
    place, and expectation), `against` (sentences), `alike` (up to
    MAX_ALIKE behaviors with the same devices and the same past).
    """
    panel = find_panel(evidence)
    rows: list[tuple[int, str, int, str, float, float]] = []
    of_tests = [find_drivers(evidence, int(test)) for test in tests]
    for number, (test, drivers) in enumerate(zip(tests, _fewest(of_tests, evidence, tests)), start=1):
        for i, level in enumerate(drivers, 1):
            rows.append((number, "driver", i, level.title, float(level.observed), level.expected))
        for kind, texts in (
            ("against", find_doubts(evidence, int(test), panel)),
            ("alike", find_alike(evidence, int(test))),
        ):
            rows += [(number, kind, i, text, np.nan, np.nan) for i, text in enumerate(texts, 1)]
    if not rows:
        return empty_table("explanations")
    names = ["finding_id", "kind", "seq", "text", "observed", "expected"]
    return as_table("explanations", pd.DataFrame(rows, columns=names))


def _fewest(of_tests: list[list[_Level]], evidence: Evidence, tests: np.ndarray) -> list[list[_Level]]:
    """Return the drivers of tests with the fewest devices that they may be beside what else is told of their place.

    That are the findings there, all that were there, and the drivers of each other.
    """
    spot, window = evidence.scores.spot[tests], evidence.scores.window[tests]
    told: list[list[_Level]] = []
    for drivers, one_spot, one_window in zip(of_tests, spot.tolist(), window.tolist()):
        here = np.flatnonzero((spot == one_spot) & (window == one_window))
        counts = np.array([level.observed for row in here for level in of_tests[row]], np.int64)
        findings = evidence.scores.observed[tests[here]].tolist()
        everybody = told_apart(evidence.presence.devices[[one_spot], [one_window]], findings).tolist()
        shown = dict(zip(counts.tolist(), told_apart(counts, findings + everybody).tolist()))
        told.append([replace(level, observed=shown[level.observed]) for level in drivers])
    return told


def find_drivers(evidence: Evidence, test: int) -> list[_Level]:
    """Return the facet levels that changed most at the finding's spot, in the direction of the finding.

    Distinct devices with each level in the window, against the baseline scaled as the finding's own expectation (of
    shifts: the level's share of the spot's devices); in order of the Poisson deviance. Levels of the same devices with
    the same past are named together. Which are told, in what order and with what expectation is the same for whichever
    small numbers were counted.
    """
    scores = evidence.scores
    spot, window = int(scores.spot[test]), int(scores.window[test])
    if not evidence.windows.baseline[window].any():
        return []  # too little history to know who was who in earlier windows
    devices, known = _level_devices(evidence, spot, window)
    past = at_most_few(known.sum(axis=1))
    expected = (PRIOR_DEVICES + past) * _scale(evidence, test)
    observed, rises = devices.sum(axis=1), is_rise(evidence, test)
    # Small numbers are taken for one and the same; where more are missed than they may be, for the middle of them.
    taken = np.minimum(observed, 1) if rises else np.where(expected >= MIN_SHOWN, MIN_SHOWN // 2, MOST_HIDDEN)
    taken = np.where(observed < MIN_SHOWN, taken, observed)
    ratio = np.where(taken > 0, taken, 1.0) / expected
    deviance = 2.0 * (np.where(taken > 0, taken * np.log(ratio), 0.0) - (taken - expected))
    wanted = (taken > expected) == rises
    groups: dict[tuple[bytes, bytes], list[int]] = {}
    for level in np.flatnonzero(wanted & (deviance > 1.0)):
        groups.setdefault((devices[level].tobytes(), known[level].tobytes()), []).append(int(level))
    strongest = sorted(groups.values(), key=lambda levels: -deviance[levels[0]])[:DRIVERS]
    return [
        _Level(_joined(evidence, levels), int(observed[levels[0]]), float(expected[levels[0]])) for levels in strongest
    ]


def _joined(evidence: Evidence, levels: list[int]) -> str:
    """Name some levels of the same devices: the first of each axis before the second of any."""
    titles = _level_titles(evidence)
    who, when = len(evidence.library.who), len(evidence.library.when)
    axis = [0 if level < who else 2 if level < who + when else 1 for level in levels]
    turn = [axis[:place].count(own) for place, own in enumerate(axis)]
    order = sorted(range(len(levels)), key=lambda place: (turn[place], axis[place]))
    named = "; ".join(titles[levels[place]] for place in order[:MAX_TITLES])
    more = len(levels) - MAX_TITLES
    return f"{named}; and {more} more" if more > 0 else named


def find_alike(evidence: Evidence, test: int) -> list[str]:
    """Return up to MAX_ALIKE other behaviors that count the same devices now and as many in every earlier window."""
    scores, library = evidence.scores, evidence.library
    change = scores.change_of(test)
    if change.is_plain and (change.is_fall or scores.phase[test] > 0 or scores.row[test] < 0):
        return []  # counted in other days, or in days of presence: no behavior was
    counts, row, window = scores.counts, int(scores.row[test]), int(scores.window[test])
    first, last = np.searchsorted(counts.spot, (scores.spot[test], scores.spot[test] + 1))
    baseline = np.flatnonzero(evidence.windows.baseline[window])
    same = counts.evidence[first:last, window] == counts.evidence[row, window]
    same &= (counts.devices[first:last][:, baseline] == counts.devices[row, baseline]).all(axis=1)
    same[row - first] = False
    names = []
    for pattern in counts.pattern[first:last][same][:MAX_ALIKE]:
        who, when, what = library.patterns.parts(int(pattern))
        names.append(" · ".join((library.who[who].title, library.when[when].title, library.what[what].title)))
    return names


def _scale(evidence: Evidence, test: int) -> float:
    """Return what the baseline's total is multiplied by to expect the window.

    That is the window's exposure over the baseline's, or for shifts the spot's devices over those in the baseline.
    """
    scores = evidence.scores
    baseline = evidence.windows.baseline[int(scores.window[test])]
    if scores.change_of(test).is_plain:  # whose expectation is that of its phase, with earlier windows weighed
        return float(scores.exposure[test]) / int(baseline.sum())
    total = scores.counts.devices[int(scores.row[test]), baseline].sum()
    return float(scores.expected[test] / (PRIOR_DEVICES + total))


def _level_titles(evidence: Evidence) -> list[str]:
    library = evidence.library
    return [entry.title for axis in (library.who, library.when, library.what) for entry in axis]


def _level_devices(evidence: Evidence, spot: int, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which devices (columns) had each facet level in `window`, and how many in each baseline window.

    Both have one row per level: bool (levels, devices) and int64 (levels, baseline windows). Levels without a
    condition hold nobody.
    """
    library, facets = evidence.library, evidence.facets
    baseline = np.flatnonzero(evidence.windows.baseline[window])
    visits = [evidence.visits_in(spot, int(one)) for one in (window, *baseline)]
    group = np.repeat(np.arange(len(visits)), [len(rows) for rows in visits])
    rows = np.concatenate(visits)
    device = evidence.history.visits.stays.device[rows]
    order = np.lexsort((device, group))
    at = np.searchsorted(facets.rows, rows[order])
    start, _ = run_starts(group[order], device[order])
    parts = []
    for axis, mask in ((library.who, facets.who), (library.when, facets.when), (library.what, facets.what)):
        own = np.bitwise_or.reduceat(mask[at], start) if len(start) else np.empty(0, np.uint64)
        bits = has_entry(own, np.arange(len(axis))[:, None])
        parts.append(bits & np.array([bool(entry.requires) for entry in axis])[:, None])
    levels = np.concatenate(parts)
    group = group[order][start]
    past = np.stack([levels[:, group == number].sum(axis=1) for number in range(1, len(visits))], axis=1)
    return levels[:, group == 0], past
