"""Scoring: the tests of one window over all spots and patterns, and the calibration by ordinary windows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .counts import PatternCounts
from .expectation import expect, expect_share
from .multiplicity import simes
from .negative_binomial import lower_tail, upper_tail
from .windows import Windows

UPPER, LOWER, SHARE = 0, 1, 2
TAILS = ("upper", "lower", "share")
MIN_FALL_DEVICES = 4.0
MIN_SHARE_DEVICES = 5
TAIL_START = 0.05
MIN_CALIBRATION_SPOTS = 30


@dataclass(frozen=True)
class Tests:
    """Distinct tests of one window: rows of the pattern table with the tail tested.

    `row` int64 (the simplest pattern of those with the same evidence), `tail` int8, `spot` int32, `p_value`
    float64, `expected` float64, `baseline_devices` float64, `alike` int32 (other patterns with the same evidence).
    """

    window: int
    row: np.ndarray
    tail: np.ndarray
    spot: np.ndarray
    p_value: np.ndarray
    expected: np.ndarray
    baseline_devices: np.ndarray
    alike: np.ndarray


@dataclass(frozen=True)
class Calibration:
    """How the smallest p-values of ordinary windows fall off: P(p < x) = share (x / start)^power for x below start."""

    share: float
    power: float
    spots: int

    def apply(self, p_value: np.ndarray) -> np.ndarray:
        """Return p-values that are never smaller than given, corrected by what ordinary windows showed."""
        small = p_value < TAIL_START
        with np.errstate(divide="ignore"):
            corrected = self.share * (p_value / TAIL_START) ** self.power
        return np.where(small, np.minimum(np.maximum(p_value, corrected), 1.0), p_value)


def test_window(
    counts: PatternCounts,
    spot_devices: np.ndarray,
    exposure: np.ndarray,
    dispersion: np.ndarray,
    complexity: np.ndarray,
    is_total: np.ndarray,
    windows: Windows,
    window: int,
    min_devices: int,
    tails: tuple[str, ...] = TAILS,
) -> Tests:
    """Return the distinct tests of `window`: upper tail, lower tail and share of the spot's devices.

    `complexity` int (n,) orders patterns with the same evidence, simplest first; `is_total` bool (n,) marks the
    pattern that is the spot's own total, whose share means nothing.
    """
    observed = counts.devices[:, window].astype(np.float64)
    expected = expect(counts.devices, exposure[counts.spot], dispersion, windows, window)
    parts = []
    if "upper" in tails:
        rows = np.flatnonzero(observed >= min_devices)
        p = _distinct_rows(upper_tail, observed[rows], expected.mean[rows], expected.size[rows])
        parts.append((rows, UPPER, p, expected.mean[rows]))
    if "lower" in tails:
        rows = np.flatnonzero((expected.mean >= MIN_FALL_DEVICES) & (observed < expected.mean))
        p = _distinct_rows(lower_tail, observed[rows], expected.mean[rows], expected.size[rows])
        parts.append((rows, LOWER, p, expected.mean[rows]))
    if "share" in tails:
        parts.append(_share_tests(counts, spot_devices, dispersion, is_total, windows, window, min_devices))
    row = np.concatenate([part[0] for part in parts])
    tail = np.concatenate([np.full(len(part[0]), part[1], np.int8) for part in parts])
    p_value = np.concatenate([part[2] for part in parts])
    mean = np.concatenate([part[3] for part in parts])
    keep, alike = _fold_alike(counts, windows, window, row, tail, p_value, complexity)
    return Tests(
        window, row[keep], tail[keep], counts.spot[row[keep]], p_value[keep], mean[keep],
        expected.baseline_devices[row[keep]], alike,
    )


def _share_tests(counts, spot_devices, dispersion, is_total, windows, window, min_devices) -> tuple:  # noqa: ANN001
    total = spot_devices[counts.spot].astype(np.float64)
    observed = counts.devices[:, window].astype(np.float64)
    usable = ~is_total & (total[:, window] >= MIN_SHARE_DEVICES) & (observed >= min_devices)
    rows = np.flatnonzero(usable)
    expected = expect_share(counts.devices[rows], total[rows], dispersion[rows], windows, window)
    above = _distinct_rows(upper_tail, observed[rows], expected.mean, expected.size)
    below = _distinct_rows(lower_tail, observed[rows], expected.mean, expected.size)
    return rows, SHARE, np.minimum(2.0 * np.minimum(above, below), 1.0), expected.mean


def _distinct_rows(tail_of, observed: np.ndarray, mean: np.ndarray, size: np.ndarray) -> np.ndarray:  # noqa: ANN001
    """Evaluate a tail once per distinct (observed, mean, size): most patterns share their counts with others."""
    if len(observed) == 0:
        return np.empty(0)
    number = np.zeros(len(observed), np.int64)
    for column in (observed, mean, size):
        _, dense = np.unique(column, return_inverse=True)
        _, number = np.unique(number * (dense.max() + 1) + dense, return_inverse=True)
    _, first = np.unique(number, return_index=True)
    return tail_of(observed[first], mean[first], size[first])[number]


def _fold_alike(counts, windows, window, row, tail, p_value, complexity) -> tuple[np.ndarray, np.ndarray]:  # noqa: ANN001
    """Keep one test of those on the same devices with the same baseline counts: the simplest pattern.

    Returns the rows kept and, for each, how many others it stands for.
    """
    if len(row) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int32)
    baseline = np.flatnonzero(windows.baseline[window])
    mix = np.random.default_rng(len(windows)).integers(1, 2**62, len(baseline) + 1, dtype=np.uint64)
    past = (counts.devices[row][:, baseline].astype(np.uint64) * mix[:-1]).sum(axis=1, dtype=np.uint64)
    evidence = counts.evidence[row, window] * np.uint64(3) + past * mix[-1] + tail.astype(np.uint64)
    order = np.lexsort((counts.pattern[row], complexity[row], p_value, evidence, counts.spot[row]))
    spot, sorted_evidence = counts.spot[row][order], evidence[order]
    new = np.concatenate(([True], (spot[1:] != spot[:-1]) | (sorted_evidence[1:] != sorted_evidence[:-1])))
    start = np.flatnonzero(new)
    return order[start], (np.diff(np.append(start, len(order))) - 1).astype(np.int32)


def score_spots(tests: Tests, spots: int) -> np.ndarray:
    """Return one p-value per spot (1.0 where nothing was tested): Simes over its distinct evidence."""
    return simes(tests.spot, tests.p_value, spots)


def calibrate(placebo_p: np.ndarray, tested: int) -> Calibration:
    """Learn from spots on ordinary dates (`placebo_p`, one per tested spot and date) how small p-values fall off.

    If the model were exact, P(p < x) = x. Whatever it misses (families, tour groups, shifts) shows here; the median of
    the small p-values fixes the power, which a few true events among ordinary dates cannot move.
    """
    small = placebo_p[placebo_p < TAIL_START]
    if tested == 0 or len(small) < MIN_CALIBRATION_SPOTS:
        return Calibration(TAIL_START, 1.0, tested)
    depth = float(np.median(-np.log(np.maximum(small, 1e-300) / TAIL_START)))
    power = min(1.0, float(np.log(2.0)) / max(depth, 1e-9))
    return Calibration(max(TAIL_START, len(small) / tested), power, tested)
