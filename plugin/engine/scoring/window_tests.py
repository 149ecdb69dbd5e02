"""The tests of one window over all spots and patterns."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

import numpy as np

from ..base import Progress, meant_probability, run_starts, work_in_threads
from .expectation import expect
from .kind_scores import score_kinds
from .measured import Kind, Measured, WindowTests
from .plain_names import name_plain
from .plain_tests import find_plain_tests, no_tests
from .telling import tell_least

TOTAL_WEIGHT = 0.5
"""Share of a kind's weight on the spot's total where it is tested among the behaviors; the others share the rest. By
hand: more finds smaller crowds of any kind, and only larger ones of a single behavior."""


def find_all_tests(measured: Measured, progress: Progress) -> tuple[np.ndarray, np.ndarray, list[WindowTests]]:
    """Return the spots that have counts, their p-values in the ordinary windows, and the tests of the key windows.

    The p-values are those of `score_kinds`, float64 (ordinary windows, kinds, spots), NaN where nothing was tested.
    """
    ordinary, keys = ordinary_windows(measured), measured.tested.tolist()
    spots = np.unique(np.concatenate((measured.counts.spot, _plain_spots(measured))))
    scores = np.full((len(ordinary), len(measured.kinds), len(spots)), np.nan)
    found = _behavior_tests(measured, [window for window, _ in ordinary], keys, spots, scores, progress)
    for row, (_, plain) in zip(scores, ordinary):
        own = score_kinds(measured, find_plain_tests(measured, plain, False, is_told=False))[:, spots]
        np.copyto(row, own, where=np.isfinite(own))
    return spots, scores, [with_plain_tests(measured, tests) for tests in found]


def ordinary_windows(measured: Measured) -> list[tuple[int, int]]:
    """Return the ordinary windows: the row of each in the study's windows and in those of plain counts.

    Where none has history enough for behaviors, those of plain counts alone; their row in the study's is -1.
    """
    plain, windows = measured.plain, measured.windows.placebo.tolist()
    if plain is None:
        return [(window, -1) for window in windows]
    if windows:
        return [(window, plain.row_of(window)) for window in windows]
    return [(-1, window) for window in plain.counts.windows.placebo.tolist()]


def _plain_spots(measured: Measured) -> np.ndarray:
    return measured.plain.counts.spot if measured.plain is not None else np.empty(0, np.int32)


def _behavior_tests(
    measured: Measured, ordinary: list[int], keys: list[int], spots: np.ndarray, scores: np.ndarray, progress: Progress
) -> list[WindowTests]:
    """Write the p-values of behaviors in the ordinary windows to `scores`, and return the tests of the key windows."""
    windows, borders = measured.windows, measured.borders()
    tested = windows.tested.tolist()
    both = [window for window in ordinary if window >= 0] + tested
    row_of = {window: row for row, window in enumerate(ordinary)}
    found: dict[int, list[WindowTests]] = {window: [no_tests(window)] for window in keys}

    def work(item: tuple[Measured, np.ndarray, int, int]) -> tuple[int, np.ndarray, Optional[np.ndarray], WindowTests]:
        part, own, begin, window = item
        tests = find_behavior_tests(part, window)
        told = replace(tests, row=tests.row + begin, spot=own[tests.spot])
        return window, own, score_kinds(part, tests) if window in row_of else None, told

    parts = (measured.part(*ends) for ends in borders)
    items = ((*part, begin, window) for part, (begin, _) in zip(parts, borders) for window in both)
    for number, (window, own, p_value, tests) in enumerate(work_in_threads(work, items)):
        if p_value is None:
            found[window].append(tests)
        else:  # of ordinary windows only the p-values are wanted
            scores[row_of[window]][:, np.searchsorted(spots, own)] = p_value
        progress.step("Testing ordinary dates", number / (len(borders) * len(both)))
    return [WindowTests.joined(found[window]) for window in keys]


def find_tests(measured: Measured, window: int) -> WindowTests:
    """Return the distinct tests of `window` for the changes asked for, of all kinds: of behaviors and of plain counts.

    A window that reaches the last day of the data, which need not be whole, or beyond has only kinds that allow for it.
    """
    has_history = window in measured.windows.tested or window in measured.windows.placebo
    return with_plain_tests(measured, find_behavior_tests(measured, window) if has_history else no_tests(window))


def with_plain_tests(measured: Measured, tests: WindowTests) -> WindowTests:
    """Return the tests of behaviors in a key window together with those of plain counts."""
    plain, window = measured.plain, tests.window
    if plain is None:
        return tests
    is_partial = bool(measured.windows.partial[window])
    found = find_plain_tests(measured, plain.row_of(window), is_partial, is_told=True)
    return WindowTests.joined([tests, name_plain(measured, window, found)])


def find_behavior_tests(measured: Measured, window: int) -> WindowTests:
    """Return the distinct tests of `window` for behaviors; where plain counts are tested, totals are left out."""
    spot, is_partial = measured.counts.spot, bool(measured.windows.partial[window])
    crowds = expect(measured.spot_devices, measured.exposure, measured.spot_dispersion, measured.windows, window)
    parts = [
        _tests_of(measured, kind, window, crowds.clumping)
        for kind in measured.kinds
        if isinstance(kind, Kind) and (kind.in_partial or not is_partial)
    ]
    row, change, p_value, *figures = (np.concatenate(columns) for columns in zip(*parts))
    asked = measured.is_asked(measured.counts.pattern[row], change, window)
    row, change, p_value = row[asked], change[asked].astype(np.int8), p_value[asked]
    keep, alike, is_total = _fold_alike(measured, window, row, change, p_value)
    if measured.plain is not None:
        keep, alike, is_total = keep[~is_total], alike[~is_total], is_total[~is_total]
    row, change = row[keep], change[keep]
    weight = _weigh(measured.group(change, spot[row]), is_total)
    mean, *told = (figure[asked][keep] for figure in figures)
    phase, observed = np.zeros(len(row), np.int8), measured.counts.devices[row, window]
    return WindowTests(
        window, row, change, spot[row], p_value[keep], mean, alike, weight, phase, observed, *told
    )  # fmt: skip


def _tests_of(measured: Measured, kind: Kind, window: int, crowds: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return row, change, p-value and expectation of the tests of one kind, and both as they may be told."""
    rows = kind.rows(measured, window)
    expected = kind.expect(measured, rows, window, crowds)
    observed = measured.counts.devices[rows, window].astype(np.float64)
    p_value = meant_probability(kind.judge(observed, expected, bool(measured.windows.partial[window])))
    change = measured.first_change(kind) + kind.name(expected)
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
