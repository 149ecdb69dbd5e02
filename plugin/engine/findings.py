"""Findings: which spots are unusual around the key dates, with what behavior, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from .behaviors import Library
from .counts import PatternCounts, Presence
from .expectation import find_dispersion, find_exposure
from .history import History
from .multiplicity import adjust, adjust_in_groups
from .progress import Progress
from .scoring import LOWER, SHARE, TAILS, UPPER, Calibration, Tests, calibrate, score_spots, test_window
from .windows import Windows

LEVEL = 0.05
MAX_FINDINGS = 500
MIN_LISTED = 20
MAX_PER_SPOT = 4
CHANGE_OF_TAIL = {LOWER: "falls_away", SHARE: "shifts"}


@dataclass(frozen=True)
class Scores:
    """Every test of the key windows and every spot's score.

    Per test (n,): `row` into `counts`, `tail`, `spot`, `window`, `p_value` (calibrated), `expected`, `change`,
    `alike`, `q_value`.
    Per key window and spot (key windows, spots): `spot_p` (calibrated Simes, 1.0 untested) and `spot_q`.
    `placebo_p` float64 (placebo dates,): the smallest calibrated spot p-value of each ordinary date.
    """

    counts: PatternCounts
    key_windows: np.ndarray
    row: np.ndarray
    tail: np.ndarray
    spot: np.ndarray
    window: np.ndarray
    p_value: np.ndarray
    expected: np.ndarray
    change: np.ndarray
    alike: np.ndarray
    q_value: np.ndarray
    spot_p: np.ndarray
    spot_q: np.ndarray
    placebo_p: np.ndarray
    calibration: Calibration


def score(
    history: History,
    presence: Presence,
    counts: PatternCounts,
    windows: Windows,
    library: Library,
    min_devices: int,
    progress: Optional[Progress] = None,
) -> Scores:
    """Test every key window that has enough history, calibrated by the same procedure on all ordinary dates."""
    exposure = find_exposure(history, presence, windows)
    dispersion = find_dispersion(counts, exposure, windows)
    plain, is_total = _pattern_kinds(counts, library)
    spots = len(history.visits.spots)
    tails = tuple(tail for tail in TAILS if any(entry.tail == tail for entry in library.change))

    def tests_of(window: int) -> tuple[Tests, np.ndarray]:
        tests = test_window(
            counts, presence.devices, exposure, dispersion, plain, is_total, windows, window, min_devices, tails
        )
        tests = _asked_for(tests, library)
        return tests, score_spots(tests, spots)

    placebo = []
    for number, window in enumerate(windows.placebo):
        if progress is not None:
            progress.step("Testing ordinary dates", 0.8 * number / max(1, len(windows.placebo)))
        tests, spot_p = tests_of(int(window))
        placebo.append(spot_p[np.unique(tests.spot)])
    tested_spots = sum(len(p) for p in placebo)
    calibration = calibrate(np.concatenate(placebo) if placebo else np.empty(0), tested_spots)
    if progress is not None:
        progress.step("Testing key dates", 0.85)
    results = [tests_of(int(window)) for window in windows.tested]
    best = np.array([calibration.apply(p).min(initial=1.0) for p in placebo])
    return _combine(counts, windows, results, calibration, best, spots)


def _pattern_kinds(counts: PatternCounts, library: Library) -> tuple[np.ndarray, np.ndarray]:
    """Return how many facets each pattern row names (its complexity) and whether it names none (the spot's total)."""
    named = [np.array([len(entry.requires) for entry in axis]) for axis in (library.who, library.when, library.what)]
    when, what = len(library.when), len(library.what)
    parts = (counts.pattern // (when * what), counts.pattern // what % when, counts.pattern % what)
    complexity = sum(count[index] for count, index in zip(named, parts))
    return complexity, complexity == 0


def _asked_for(tests: Tests, library: Library) -> Tests:
    """Drop tests whose change (appears, surges, falls away, shifts) the analyst did not ask for."""
    wanted = np.isin(change_of(tests.tail, tests.baseline_devices), [entry.id for entry in library.change])
    if wanted.all():
        return tests
    columns = {name: value[wanted] for name, value in vars(tests).items() if name != "window"}
    return Tests(window=tests.window, **columns)


def change_of(tail: np.ndarray, baseline_devices: np.ndarray) -> np.ndarray:
    """Return the change id of each test: an upper tail with nothing like it before appears, else it surges."""
    upper = np.where(baseline_devices == 0, "appears", "surges")
    return np.where(tail == UPPER, upper, np.where(tail == LOWER, CHANGE_OF_TAIL[LOWER], CHANGE_OF_TAIL[SHARE]))


def _combine(counts, windows, results, calibration, placebo_best, spots) -> Scores:  # noqa: ANN001
    spot_p = np.ones((len(results), spots))
    tested = np.zeros((len(results), spots), bool)
    for index, (tests, p) in enumerate(results):
        spot_p[index] = calibration.apply(p)
        tested[index, tests.spot] = True
    spot_q = np.ones(spot_p.shape)
    spot_q[tested] = adjust(spot_p[tested])
    families = max(int(tested.sum()), 1)
    selected = max(int((spot_q[tested] <= LEVEL).sum()), 1)
    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(t, name) for t, _ in results]) if results else np.empty(0, np.int64)

    number = np.concatenate([np.full(len(t.row), i) for i, (t, _) in enumerate(results)]) if results else joined("row")
    row, spot, tail = joined("row"), joined("spot"), joined("tail")
    p_value = calibration.apply(joined("p_value").astype(np.float64))
    # Inside the selected spots, the level is q * selected / families (Benjamini and Bogomolov 2014).
    inside = adjust_in_groups(number * spots + spot, p_value)
    q_value = np.maximum(spot_q[number, spot], np.minimum(inside * families / selected, 1.0)) if len(row) else p_value
    return Scores(
        counts=counts,
        key_windows=np.array(windows.tested),
        row=row,
        tail=tail,
        spot=spot,
        window=np.array(windows.tested)[number] if len(row) else row,
        p_value=p_value,
        expected=joined("expected").astype(np.float64),
        change=change_of(tail, joined("baseline_devices")) if len(row) else np.empty(0, object),
        alike=joined("alike"),
        q_value=q_value,
        spot_p=spot_p,
        spot_q=spot_q,
        placebo_p=placebo_best,
        calibration=calibration,
    )


def select_findings(scores: Scores) -> tuple[np.ndarray, np.ndarray]:
    """Return the tests to list and whether each leads its spot and window (its smallest p-value).

    All spots with q <= LEVEL, filled up to MIN_LISTED with the strongest others; per spot up to MAX_PER_SPOT
    further tests with q <= LEVEL and other evidence.
    """
    if len(scores.row) == 0:
        return np.empty(0, np.int64), np.empty(0, bool)
    group = scores.window.astype(np.int64) * (int(scores.spot.max()) + 1) + scores.spot
    order = np.lexsort((scores.row, scores.p_value, group))
    sorted_group = group[order]
    new = np.concatenate(([True], sorted_group[1:] != sorted_group[:-1]))
    start = np.flatnonzero(new)
    place = np.arange(len(order)) - np.repeat(start, np.diff(np.append(start, len(order))))
    lead = order[place == 0]
    lead = lead[np.argsort(scores.p_value[lead], kind="stable")]
    count = int(np.clip((scores.q_value[lead] <= LEVEL).sum(), MIN_LISTED, MAX_FINDINGS))
    further = order[(place > 0) & (place <= MAX_PER_SPOT)]
    further = further[scores.q_value[further] <= LEVEL]
    further = further[np.argsort(scores.p_value[further], kind="stable")][:MAX_FINDINGS]
    tests = np.concatenate((lead[:count], further))
    return tests, np.arange(len(tests)) < min(count, len(lead))
