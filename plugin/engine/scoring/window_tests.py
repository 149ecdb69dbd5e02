"""The tests of one window over all spots and patterns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..base import Progress, meant_probability, run_starts, work_in_threads
from .expectation import expect
from .kind_scores import score_kinds
from .measured import Kind, Measured, WindowTests
from .telling import tell_least

TOTAL_WEIGHT = 0.5
"""Share of a kind's weight on the plainest question, whether more devices came at all; the others share the rest. By
hand: more finds smaller crowds of any kind, and only larger ones of a single behavior."""


def find_all_tests(measured: Measured, progress: Progress) -> tuple[np.ndarray, np.ndarray, list[WindowTests]]:
    """Return the spots that have rows, their p-values in the ordinary windows, and the tests of the key windows.

    The p-values are those of `score_kinds`, float64 (ordinary windows, kinds, spots that have rows).
    """
    windows, borders, kinds = measured.windows, measured.borders(), len(measured.kinds)
    ordinary = len(windows.placebo)
    both = [*windows.placebo.tolist(), *windows.tested.tolist()]

    def work(item: tuple[Measured, np.ndarray, int, int]) -> tuple[np.ndarray, WindowTests]:
        part, own, begin, window = item
        found = find_tests(part, window)
        scores = score_kinds(part, found)
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
    scores = np.empty((ordinary, kinds, len(spots)))
    for row, results in zip(scores, every):
        np.concatenate([np.empty((kinds, 0)), *(one for one, _ in results)], axis=1, out=row)
    tests = [_joined(window, [one for _, one in results]) for window, results in zip(both, every)]
    return spots, scores, tests[ordinary:]


def _joined(window: int, parts: list[WindowTests]) -> WindowTests:
    number, real = np.empty(0, np.int64), np.empty(0)
    none = WindowTests(window, number, number, number, real, real, number, real, real, real)
    return WindowTests.joined(parts or [none])


def find_tests(measured: Measured, window: int) -> WindowTests:
    """Return the distinct tests of `window` for the changes asked for, of all kinds.

    A window that reaches the last day of the data, which need not be whole, or beyond has only kinds that allow for it.
    """
    spot, is_partial = measured.counts.spot, bool(measured.windows.partial[window])
    crowds = expect(measured.spot_devices, measured.exposure, measured.spot_dispersion, measured.windows, window)
    parts = [
        _tests_of(measured, kind, window, crowds.clumping)
        for kind in measured.kinds
        if kind.in_partial or not is_partial
    ]
    row, change, p_value, *figures = (np.concatenate(columns) for columns in zip(*parts))
    asked = measured.asked[measured.counts.pattern[row], change]
    row, change, p_value = row[asked], change[asked].astype(np.int8), p_value[asked]
    keep, alike, is_total = _fold_alike(measured, window, row, change, p_value)
    row, change = row[keep], change[keep]
    weight = _weigh(measured.group(change, spot[row]), is_total)
    mean, *told = (figure[asked][keep] for figure in figures)
    return WindowTests(window, row, change, spot[row], p_value[keep], mean, alike, weight, *told)


def _tests_of(
    measured: Measured, kind: Kind, window: int, crowds: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Return row, change, p-value and expectation of the tests of one kind, and both as they may be told."""
    rows = kind.rows(measured, window)
    expected = kind.expect(measured, rows, window, crowds)
    observed = measured.counts.devices[rows, window].astype(np.float64)
    p_value = meant_probability(kind.judge(observed, expected, bool(measured.windows.partial[window])))
    change = measured.changes.index(kind.changes[0]) + kind.name(expected)
    if window not in measured.windows.tested:  # of ordinary windows nothing is told
        return rows, change, p_value, expected.mean, p_value, expected.mean
    return rows, change, p_value, expected.mean, *tell_least(measured, kind, rows, window, crowds, expected, p_value)


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
