"""Selection: which of the tests are told as findings, and which findings hold."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from ..base import place_in_run, run_starts
from ..behaviors import Library, is_sound
from ..scoring import LEVEL, Scores
from ..tables import differ_by_few
from .events import Event

MAX_FINDINGS = 500
"""Spots told, and further behaviors of them, by hand: each is described and explained alone, so they cost time."""
MIN_LISTED = 20
"""Spots told at least, by hand: where nothing holds, the strongest are shown, so that an analyst can judge them."""
MAX_PER_SPOT = 4
"""Further behaviors of a spot and window, by hand: each is described and explained alone, so more cost time."""
TRIED_PER_SPOT = 20
"""Further behaviors among which those are looked for that may be told beside each other, by hand: of the strongest
most count nearly the same devices."""


@dataclass(frozen=True)
class Findings:
    """What is told: the `findings` table in rank order and, row by row, what it was made of.

    `test` int64: the test in the scores. `devices`: the distinct codes of the devices behind it. `events`: what they
    are findings of, in rank order; their ids are those of the table's `event_id`.
    """

    table: pd.DataFrame
    test: np.ndarray
    devices: list[np.ndarray]
    events: tuple[Event, ...] = ()


def holding_rises(findings: Findings, scores: Scores) -> np.ndarray:
    """Return the rows of the findings that hold at q <= LEVEL and are no fall: somebody came."""
    is_fall = np.array([change.is_fall for change in scores.changes])
    return np.flatnonzero((findings.table.q_value.to_numpy() <= LEVEL) & ~is_fall[scores.change[findings.test]])


def select_findings(scores: Scores, library: Library) -> tuple[np.ndarray, np.ndarray]:
    """Return the tests to list and whether each leads its spot and window (a plain fall that holds, or the smallest q).

    All spots with q <= LEVEL, filled up to MIN_LISTED with the strongest others; per spot up to MAX_PER_SPOT
    further tests with q <= LEVEL and other evidence. Behaviors that contradict or repeat themselves go last. A further
    test whose devices are a few more or fewer than those of another one told there is not told: subtracted from each
    other, they would tell how many these few are.
    """
    if len(scores.row) == 0:
        return np.empty(0, np.int64), np.empty(0, bool)
    group = scores.window.astype(np.int64) * (int(scores.spot.max()) + 1) + scores.spot
    # What fell is told plainly: who stayed away is less than that they did.
    is_fall = np.array([change.is_plain and change.is_fall for change in scores.changes])[scores.change]
    is_lesser = ~is_fall | (scores.q_value > LEVEL)
    is_odd = (scores.q_value <= LEVEL) & ~_sound(library)[scores.pattern]
    sorted_by = (scores.q_value, is_odd, scores.q_value > LEVEL, is_lesser, group)
    order = np.lexsort((scores.row, scores.p_value, ~is_fall, *sorted_by))
    starts, sizes = run_starts(group[order])
    place = place_in_run(sizes)
    strongest = np.minimum.reduceat(scores.p_value[order], starts)
    lead = order[starts[np.argsort(strongest, kind="stable")]]
    count = int(np.clip((scores.q_value[lead] <= LEVEL).sum(), MIN_LISTED, MAX_FINDINGS))
    further = order[(place > 0) & (place <= TRIED_PER_SPOT)]
    further = further[(scores.q_value[further] <= LEVEL) & ~is_odd[further]]
    further = _apart(scores.observed, group, lead[:count], further)
    further = further[np.argsort(scores.p_value[further], kind="stable")][:MAX_FINDINGS]
    tests = np.concatenate((lead[:count], further))
    return tests, np.arange(len(tests)) < min(count, len(lead))


def _apart(observed: np.ndarray, group: np.ndarray, told: np.ndarray, further: np.ndarray) -> np.ndarray:
    """Return up to MAX_PER_SPOT of the `further` tests of each group that may be told beside those `told`.

    Each is the first in their order whose devices differ by none or by more than a few from all before it.
    """
    beside: dict[int, list[int]] = {}
    for test in told.tolist():
        beside.setdefault(int(group[test]), []).append(int(observed[test]))
    kept, room = [], dict.fromkeys(np.unique(group[further]).tolist(), MAX_PER_SPOT)
    for test in further.tolist():
        own, count = int(group[test]), int(observed[test])
        others = beside.setdefault(own, [])
        if room[own] and not any(differ_by_few(count, other) for other in others):
            kept.append(test)
            others.append(count)
            room[own] -= 1
    return np.array(kept, np.int64)


def _sound(library: Library) -> np.ndarray:
    """Return which patterns of the library may be told, bool."""
    axes = (library.who, library.when, library.what)
    return np.array([is_sound(*entries) for entries in product(*axes)], bool)
