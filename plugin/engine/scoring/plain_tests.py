"""Tests of plain counts: whether more devices came to a spot, or fewer days of presence were seen, in any phase."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

import numpy as np

from ..base import meant_probability
from ..tables import MIN_SHOWN, MOST_HIDDEN
from .measured import Measured, PlainKind, WindowTests
from .plain_counts import DAYS, DEVICES, Plain
from .robust import Baseline

BLOCK_ROWS = 50_000
"""Spots that are tested at a time, by hand: bounds the memory. Results do not depend on it."""
WORTH_TESTING = 1.0
"""Poisson deviations above the usual from which rises of ordinary windows are tested, by hand: one in six is."""
MIN_FALL_DEVICES = 8.0
"""Fewest devices a window to fall from, by hand: below, a fall to nothing is no surprise (Poisson P(0) > 1 / 3,000)."""


def spots_looked_at(measured: Measured, kind: PlainKind, window: Optional[int]) -> np.ndarray:
    """Return the spots at which a plain kind looks in a window (row of its own), bool, whatever the outcome there."""
    plain, looked = measured.plain, np.zeros(len(measured.spot_devices), bool)
    if plain is None or window is None or not plain.counts.tested(window):
        return looked
    if not kind.is_fall:
        return ~looked
    looked[plain.counts.spot] = _can_fall(plain, window).any(axis=0)
    return looked


def find_plain_tests(measured: Measured, window: int, is_partial: bool, is_told: bool) -> WindowTests:
    """Return the tests of plain counts in `window`, a row of their own windows, at all spots and in all phases.

    Falls are tested only where there are fewer than usual, rises of ordinary windows only where there are more: the
    others would have large p-values. Weights are as if they were there.
    """
    plain = measured.plain
    if plain is None or not plain.counts.tested(window):
        return no_tests(window)
    parts = [no_tests(window)]
    for number, kind in enumerate(measured.kinds):
        if not isinstance(kind, PlainKind) or not _is_asked(measured, number) or (is_partial and not kind.in_partial):
            continue
        of_kind = [
            _tests_of(measured, plain, kind, phase, window, is_told) for phase in range(len(plain.counts.phases))
        ]
        parts.append(_weighted(WindowTests.joined(of_kind), kind, len(of_kind)))
    tests = WindowTests.joined(parts)
    return tests.take(np.flatnonzero(measured.asked[measured.total_pattern, tests.change.astype(np.int64)]))


def no_tests(window: int) -> WindowTests:
    """Return the tests of a window where nothing can be tested."""
    number, real = np.empty(0, np.int64), np.empty(0)
    return WindowTests(window, number, number, number, real, real, number, real, number, number, real, real)


def _is_asked(measured: Measured, number: int) -> bool:
    return bool(measured.asked[:, measured.kind_of == number].any())


def _can_fall(plain: Plain, window: int) -> np.ndarray:
    """Return in which phases (rows) which spots have devices enough to fall from, bool."""
    return plain.counts.devices[:, :, plain.counts.windows.baseline[window]].mean(axis=2) >= MIN_FALL_DEVICES


def _tests_of(measured: Measured, plain: Plain, kind: PlainKind, phase: int, window: int, is_told: bool) -> WindowTests:
    unit = DAYS if kind.is_fall else DEVICES
    counts, exposure = plain.table(unit, phase)
    earlier = plain.counts.windows.baseline[window]
    seen, devices = counts[:, window], plain.counts.devices[phase]
    usual = counts[:, earlier].sum(axis=1) / np.maximum(exposure[:, earlier].sum(axis=1), 1e-9) * exposure[:, window]
    most = np.maximum(usual, np.median(counts[:, earlier], axis=1)) if kind.is_fall else usual
    if kind.is_fall:
        rows = np.flatnonzero((seen < most) & _can_fall(plain, window)[phase])
    else:  # of ordinary windows nothing is told, so that those without a rise need not be tested
        enough = seen >= measured.min_devices
        rows = np.flatnonzero(enough & (is_told | (seen > usual + WORTH_TESTING * np.sqrt(usual))))
    parts = [no_tests(window)]
    for begin in range(0, len(rows), BLOCK_ROWS):
        own = rows[begin : begin + BLOCK_ROWS]
        found = plain.baseline(unit, phase, window, own)
        p_value = meant_probability((found.lower_p if kind.is_fall else found.upper_p)(seen[own]))
        expected = found.mean if unit == DEVICES else _expected_devices(plain, phase, window, own, found)
        told_p, told = p_value, expected
        if is_told:
            told_p, told = _tell_least(measured, plain, kind, phase, window, own, found, p_value, expected)
        never = counts[own][:, earlier].sum(axis=1) == 0
        last = len(kind.changes) - 1
        change = measured.first_change(kind) + np.where(never, last, 0)
        parts.append(WindowTests(
            window, np.full(len(own), -1), change.astype(np.int8), plain.counts.spot[own], p_value, expected,
            np.zeros(len(own), np.int64), np.ones(len(own)), np.full(len(own), phase, np.int8), devices[own, window],
            told_p, told,
        ))  # fmt: skip
    return WindowTests.joined(parts)


def _expected_devices(plain: Plain, phase: int, window: int, rows: np.ndarray, found: Baseline) -> np.ndarray:
    """Return the devices to expect where days are tested, with the weights that the earlier windows have there."""
    devices, exposure = plain.counts.devices[phase], plain.exposure.fall_devices[phase]
    earlier = plain.counts.windows.baseline[window]
    base = np.maximum((found.weight * exposure[rows][:, earlier]).sum(axis=1), 1e-9)
    return (found.weight * devices[rows][:, earlier]).sum(axis=1) / base * exposure[rows, window]


def _tell_least(
    measured: Measured, plain: Plain, kind: PlainKind, phase: int, window: int, rows: np.ndarray, found: Baseline,
    p_value: np.ndarray, expected: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return p-values and expectations as they may be told: the same for whichever small number was counted.

    As `telling.tell_least`; few devices may have been there on every day.
    """
    devices, told = plain.counts.devices[phase, rows, window], p_value.copy()
    few = devices < MIN_SHOWN
    if kind.is_fall:
        most = MOST_HIDDEN * plain.counts.phases[phase].length_days
        told[few] = meant_probability(found.take(few).lower_p(np.full(few.sum(), most)))
        return told, expected
    counts, exposure = plain.table(DEVICES, phase)
    past = counts[rows][:, plain.counts.windows.baseline[window]]
    before = (past.sum(axis=1) > 0) & (past.sum(axis=1) < MIN_SHOWN)
    past[before] = 0
    past[before, 0] = MOST_HIDDEN
    small = np.flatnonzero(few | before)
    taken = plain.baseline_of(DEVICES, phase, window, past[small], exposure[rows[small]])
    tails = [
        taken.upper_p(np.where(few[small], count, devices[small]))
        for count in (min(measured.min_devices, MOST_HIDDEN), MOST_HIDDEN)
    ]
    told[small] = meant_probability(np.maximum(*tails))
    told_expected = expected.copy()
    told_expected[small] = taken.mean
    return told, told_expected


def _weighted(tests: WindowTests, kind: PlainKind, phases: int) -> WindowTests:
    """Return tests with the weights of their phases, as if those of all phases were there (mean 1 over a spot's)."""
    share = np.array(kind.phase_weights[:phases]) / sum(kind.phase_weights[:phases])
    number = np.bincount(tests.spot)[tests.spot] if len(tests) else np.empty(0)
    return replace(tests, weight=share[tests.phase.astype(np.int64)] * number)
