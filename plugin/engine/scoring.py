"""Scoring: the tests of one window over all spots and patterns, and the calibration by ordinary windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np

from .counts import PatternCounts
from .expectation import expect, expect_share
from .multiplicity import simes
from .negative_binomial import lower_tail, upper_tail
from .sorted_runs import run_starts
from .windows import Windows

APPEARS, SURGES, FALLS_AWAY, SHIFTS = range(4)
CHANGES = ("appears", "surges", "falls_away", "shifts")
KINDS = 3
KIND_OF_CHANGE = np.array([0, 0, 1, 2])
"""Appears and surges are one upper-tail test, labelled by its baseline; the other two are tests of their own."""
MIN_FALL_DEVICES = 8.0
"""Below this a fall to nothing is no surprise (P(0) > 1 in 3,000), so testing it would only cost the others power."""
MIN_SHARE_DEVICES = 5
TAIL_SHARE = 0.01
MIN_TAIL_SPOTS = 30
Tail = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class WindowTests:
    """Distinct tests of one window: rows of the pattern table with the change tested.

    `row` int64 (the most telling pattern of those with the same evidence), `change` int8 index into CHANGES, `spot`
    int32, `p_value` float64 (as the model gives it), `expected` float64, `alike` int32 (other patterns with the same
    evidence).
    """

    window: int
    row: np.ndarray
    change: np.ndarray
    spot: np.ndarray
    p_value: np.ndarray
    expected: np.ndarray
    alike: np.ndarray


@dataclass(frozen=True)
class Calibration:
    """How the smallest p-values of ordinary windows fall off: P(p < x) = share (x / start)^power for x < start."""

    start: float = 1.0
    share: float = 1.0
    power: float = 1.0

    def apply(self, p_value: np.ndarray) -> np.ndarray:
        """Return p-values that are never smaller than given, corrected by what ordinary windows showed."""
        corrected = self.share * (np.minimum(p_value, self.start) / self.start) ** self.power
        # From `start` on at least `share` of the ordinary windows were as small, so nothing there is worth less.
        return np.maximum(p_value, np.where(p_value < self.start, corrected, self.share))


@dataclass(frozen=True)
class Measured:
    """What every window is tested with.

    `counts`; `spot_devices` int32 and `exposure` float64 (spots, windows); per row of `counts`: `dispersion` float64,
    `preference` float64 (of patterns with the same evidence the smallest stands for all) and `is_total` bool (the
    spot's total, which has no share). `asked` bool (patterns of the library, CHANGES): which are tested.
    """

    counts: PatternCounts
    spot_devices: np.ndarray
    exposure: np.ndarray
    dispersion: np.ndarray
    preference: np.ndarray
    is_total: np.ndarray
    windows: Windows
    min_devices: int
    asked: np.ndarray


def find_tests(measured: Measured, window: int) -> WindowTests:
    """Return the distinct tests of `window` for the changes asked for.

    Upper tail: appears where the baseline holds nothing like it, else surges. Lower tail: falls away. Two-sided
    against the spot's own devices: shifts. A window that reaches beyond the data has no falls.
    """
    counts, windows, dispersion = measured.counts, measured.windows, measured.dispersion
    observed = counts.devices[:, window].astype(np.float64)
    expected = expect(counts.devices, measured.exposure[counts.spot], dispersion, windows, window)
    rows = np.flatnonzero(observed >= measured.min_devices)
    change = np.where(expected.baseline_devices[rows] == 0, APPEARS, SURGES)
    p_value = _distinct_rows(upper_tail, observed[rows], expected.mean[rows], expected.size[rows])
    parts = [(rows, change, p_value, expected.mean[rows])]
    may_fall = (expected.mean >= MIN_FALL_DEVICES) & ~windows.partial[window]
    rows = np.flatnonzero(may_fall & (observed < expected.mean))
    p_value = _distinct_rows(lower_tail, observed[rows], expected.mean[rows], expected.size[rows])
    parts.append((rows, np.full(len(rows), FALLS_AWAY), p_value, expected.mean[rows]))
    parts.append(_share_tests(measured, window))
    row, change, p_value, mean = (np.concatenate(columns) for columns in zip(*parts))
    asked = measured.asked[measured.counts.pattern[row], change]
    row, change, p_value, mean = row[asked], change[asked].astype(np.int8), p_value[asked], mean[asked]
    keep, alike = _fold_alike(measured, window, row, change, p_value)
    return WindowTests(window, row[keep], change[keep], counts.spot[row[keep]], p_value[keep], mean[keep], alike)


def _share_tests(measured: Measured, window: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return row, change, p-value and expectation of the tests for shifts."""
    counts = measured.counts
    total = measured.spot_devices[counts.spot].astype(np.float64)
    observed = counts.devices[:, window].astype(np.float64)
    usable = ~measured.is_total & (total[:, window] >= MIN_SHARE_DEVICES) & (observed >= measured.min_devices)
    rows = np.flatnonzero(usable)
    expected = expect_share(counts.devices[rows], total[rows], measured.dispersion[rows], measured.windows, window)
    above = _distinct_rows(upper_tail, observed[rows], expected.mean, expected.size)
    below = _distinct_rows(lower_tail, observed[rows], expected.mean, expected.size)
    p_value = np.minimum(2.0 * np.minimum(above, below), 1.0)
    return rows, np.full(len(rows), SHIFTS), p_value, expected.mean


def _distinct_rows(tail_of: Tail, observed: np.ndarray, mean: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Evaluate a tail once per distinct (observed, mean, size): most patterns share their counts with others."""
    if len(observed) == 0:
        return np.empty(0)
    number = np.zeros(len(observed), np.int64)
    for column in (observed, mean, size):
        _, dense = np.unique(column, return_inverse=True)
        _, number = np.unique(number * (dense.max() + 1) + dense, return_inverse=True)
    _, first = np.unique(number, return_index=True)
    return tail_of(observed[first], mean[first], size[first])[number]


def _fold_alike(
    measured: Measured, window: int, row: np.ndarray, change: np.ndarray, p_value: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Keep one test of those on the same devices with the same baseline counts: the preferred pattern.

    Returns the rows kept and, for each, how many others it stands for.
    """
    if len(row) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int32)
    counts, windows = measured.counts, measured.windows
    baseline = np.flatnonzero(windows.baseline[window])
    mix = np.random.default_rng(len(windows)).integers(1, 2**62, len(baseline) + 1, dtype=np.uint64)
    past = (counts.devices[row][:, baseline].astype(np.uint64) * mix[:-1]).sum(axis=1, dtype=np.uint64)
    evidence = counts.evidence[row, window] * np.uint64(3) + past * mix[-1] + change.astype(np.uint64)
    order = np.lexsort((counts.pattern[row], measured.preference[row], p_value, evidence, counts.spot[row]))
    start, size = run_starts(counts.spot[row][order], evidence[order])
    return order[start], (size - 1).astype(np.int32)


def score_kinds(tests: WindowTests, spots: int) -> np.ndarray:
    """Return Simes p-values float64 (KINDS, spots) over the distinct evidence of each; NaN where nothing was tested."""
    group = KIND_OF_CHANGE[tests.change] * spots + tests.spot
    p_value = simes(group, tests.p_value, KINDS * spots)
    p_value[np.bincount(group, minlength=len(p_value)) == 0] = np.nan
    return p_value.reshape(KINDS, spots)


def combine_kinds(p_value: np.ndarray) -> np.ndarray:
    """Return one p-value per spot of (calibrated) p-values (KINDS, spots): KINDS times the smallest; NaN untested."""
    smallest = np.min(np.where(np.isfinite(p_value), p_value, 1.0), axis=0)
    return np.where(np.isfinite(p_value).any(axis=0), np.minimum(KINDS * smallest, 1.0), np.nan)


def calibrate(placebo_p: np.ndarray) -> Calibration:
    """Learn from all spots on ordinary dates (`placebo_p`, 1.0 where nothing was tested) how small p-values fall off.

    If the model were exact, P(p < x) = x. What it misses (families, tour groups) shows among the smallest hundredth:
    the power is that of a Pareto tail (Hill 1975), by the median instead of the mean, so that a few true events among
    ordinary dates cannot move it.
    """
    count = int(TAIL_SHARE * len(placebo_p))
    if count < MIN_TAIL_SPOTS:
        return Calibration()
    smallest = np.maximum(np.sort(placebo_p)[: count + 1], 1e-300)
    start = float(smallest[-1])
    depth = float(np.median(np.log(start / smallest[:-1])))
    return Calibration(start, count / len(placebo_p), min(1.0, float(np.log(2.0)) / max(depth, 1e-9)))
