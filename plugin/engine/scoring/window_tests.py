"""The tests of one window over all spots and patterns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..base import Progress, run_starts, work_in_threads
from ..stats import lower_tail, upper_tail
from .changes import APPEARS, FALLS_AWAY, KIND_OF_CHANGE, KINDS, MIN_FALL_DEVICES, MIN_SHARE_DEVICES, SHIFTS, SURGES
from .dispersion import add_up
from .expectation import Expected, expect, mean_after
from .kinds import score_kinds
from .measured import Measured, WindowTests

TOTAL_WEIGHT = 0.5
"""Share of a kind's weight on the plainest question, whether more devices came at all; the others share the rest."""
_Tests = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def find_all_tests(measured: Measured, progress: Progress) -> tuple[np.ndarray, np.ndarray, list[WindowTests]]:
    """Return the spots that have rows, their p-values in the ordinary windows, and the tests of the key windows.

    The p-values are those of `score_kinds`, float64 (ordinary windows, KINDS, spots that have rows).
    """
    windows, borders = measured.windows, measured.borders()
    ordinary = len(windows.placebo)
    both = [*windows.placebo.tolist(), *windows.tested.tolist()]

    def work(item: tuple[Measured, np.ndarray, int, int]) -> tuple[np.ndarray, WindowTests]:
        part, own, begin, window = item
        found = find_tests(part, window)
        scores = score_kinds(found, len(own))
        # Of ordinary windows only the p-values are wanted.
        kept = found if window in windows.tested else found.take(np.empty(0, np.int64))
        return scores, replace(kept, row=kept.row + begin, spot=own[kept.spot])

    every: list[list[tuple[np.ndarray, WindowTests]]] = [[] for _ in both]
    parts = (measured.part(*ends) for ends in borders)
    items = ((*part, begin, window) for part, (begin, _) in zip(parts, borders) for window in both)
    for number, result in enumerate(work_in_threads(work, items)):
        every[number % len(both)].append(result)
        progress.step("Testing ordinary dates", number / (len(borders) * len(both)))
    spots = np.unique(measured.counts.spot)
    scores = np.empty((ordinary, KINDS, len(spots)))
    for row, results in zip(scores, every):
        np.concatenate([np.empty((KINDS, 0)), *(one for one, _ in results)], axis=1, out=row)
    tests = [_joined(window, [one for _, one in results]) for window, results in zip(both, every)]
    return spots, scores, tests[ordinary:]


def _joined(window: int, parts: list[WindowTests]) -> WindowTests:
    number, real = np.empty(0, np.int64), np.empty(0)
    none = WindowTests(window, number, number, number, real, real, number, real)
    return WindowTests.joined(parts or [none])


def find_tests(measured: Measured, window: int) -> WindowTests:
    """Return the distinct tests of `window` for the changes asked for.

    Upper tail: appears where the baseline holds nothing like it, else surges. Lower tail: falls away. Two-sided
    against the spot's own devices: shifts. A window that reaches the last day of the data, which need not be whole, or
    beyond has no falls and no shifts to smaller shares.
    """
    windows, spot = measured.windows, measured.counts.spot
    crowds = expect(measured.spot_devices, measured.exposure, measured.spot_dispersion, windows, window).clumping
    parts = [_upper_tests(measured, window, crowds)]
    if not windows.partial[window]:
        parts.append(_fall_tests(measured, window, crowds))
    parts.append(_share_tests(measured, window, crowds))
    row, change, p_value, mean = (np.concatenate(columns) for columns in zip(*parts))
    asked = measured.asked[measured.counts.pattern[row], change]
    row, change, p_value, mean = row[asked], change[asked].astype(np.int8), p_value[asked], mean[asked]
    keep, alike, is_total = _fold_alike(measured, window, row, change, p_value)
    row, change = row[keep], change[keep]
    weight = _weigh(KIND_OF_CHANGE[change] * len(measured.spot_devices) + spot[row], is_total)
    return WindowTests(window, row, change, spot[row], p_value[keep], mean[keep], alike, weight)


def _upper_tests(measured: Measured, window: int, crowds: np.ndarray) -> _Tests:
    """Return row, change, p-value and expectation of the tests for appearing and surging."""
    observed = measured.counts.devices[:, window]
    rows = np.flatnonzero(observed >= measured.min_devices)
    expected = _expect(measured, rows, window, crowds)
    change = np.where(expected.baseline_devices == 0, APPEARS, SURGES)
    p_value = upper_tail(observed[rows].astype(np.float64), expected.mean, expected.size)
    return rows, change, p_value, expected.mean


def _fall_tests(measured: Measured, window: int, crowds: np.ndarray) -> _Tests:
    """Return row, change, p-value and expectation of the tests for falling away."""
    observed = measured.counts.devices[:, window]
    base = add_up(measured.exposure[:, measured.windows.baseline[window]])
    spot = measured.counts.spot
    mean = mean_after(measured.past[:, window], base[spot], measured.exposure[spot, window])
    rows = np.flatnonzero((mean >= MIN_FALL_DEVICES) & (observed < mean))
    expected = _expect(measured, rows, window, crowds)
    p_value = lower_tail(observed[rows].astype(np.float64), expected.mean, expected.size)
    return rows, np.full(len(rows), FALLS_AWAY), p_value, expected.mean


def _expect(measured: Measured, rows: np.ndarray, window: int, crowds: np.ndarray) -> Expected:
    dispersion = measured.dispersion.take(rows).at_least(crowds[measured.counts.spot[rows]])
    devices, exposed = measured.counts.devices[rows], measured.exposed[rows]
    return expect(devices, exposed, dispersion, measured.windows, window)


def _share_tests(measured: Measured, window: int, crowds: np.ndarray) -> _Tests:
    """Return row, change, p-value and expectation of the tests for shifts; to smaller shares only in whole windows."""
    counts = measured.counts
    enough = (measured.spot_devices[:, window] >= MIN_SHARE_DEVICES)[counts.spot]
    rows = np.flatnonzero(~measured.is_total & enough & (counts.devices[:, window] >= measured.min_devices))
    devices, spot = counts.devices[rows], counts.spot[rows]
    dispersion = measured.share_dispersion.take(rows).at_least(crowds[spot])
    total = measured.spot_devices[spot].astype(np.float64)
    expected = expect(devices, total, dispersion, measured.windows, window)
    observed = devices[:, window].astype(np.float64)
    above = upper_tail(observed, expected.mean, expected.size)
    below = lower_tail(observed, expected.mean, expected.size)
    smaller = above if measured.windows.partial[window] else np.minimum(above, below)
    p_value = np.minimum(2.0 * smaller, 1.0)
    return rows, np.full(len(rows), SHIFTS), p_value, expected.mean


def _fold_alike(
    measured: Measured, window: int, row: np.ndarray, change: np.ndarray, p_value: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keep one test of those on the same devices with the same baseline counts: the smallest p, the preferred pattern.

    Returns the rows kept and, for each, how many others it stands for and whether the spot's total is among them.
    """
    if len(row) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, bool)
    counts, windows = measured.counts, measured.windows
    baseline = np.flatnonzero(windows.baseline[window])
    mix = np.random.default_rng(len(windows)).integers(1, 2**62, len(baseline) + 1, dtype=np.uint64)
    past = (counts.devices[row][:, baseline].astype(np.uint64) * mix[:-1]).sum(axis=1, dtype=np.uint64)
    evidence = counts.evidence[row, window] * np.uint64(3) + past * mix[-1] + change.astype(np.uint64)
    order = np.lexsort((counts.pattern[row], measured.preference[row], p_value, evidence, counts.spot[row]))
    start, size = run_starts(counts.spot[row][order], evidence[order])
    return order[start], (size - 1).astype(np.int32), np.logical_or.reduceat(measured.is_total[row[order]], start)


def _weigh(group: np.ndarray, is_total: np.ndarray) -> np.ndarray:
    """Return the weight of each test, mean 1 within its group: TOTAL_WEIGHT of all is on the total if it is there."""
    if len(group) == 0:
        return np.empty(0)
    number = np.bincount(group)
    others = number - np.bincount(group, is_total)
    split = (others > 0) & (others < number)
    weight = np.where(is_total, TOTAL_WEIGHT, (1.0 - TOTAL_WEIGHT) / np.maximum(others, 1)[group]) * number[group]
    return np.where(split[group], weight, 1.0)
