"""What every window is tested with, what kinds of test there are, and the tests that come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Optional, Union

import numpy as np

from ..base import Columns, begins_run
from ..counting import PatternCounts, Windows
from .dispersion import Dispersion
from .expectation import Expected
from .panel_shift import PanelShift
from .plain_counts import Plain

BLOCK_ROWS = 100_000
"""Rows of the pattern table that are tested at a time, by hand: few enough for the processor's cache. Results do not
depend on it."""


@dataclass(frozen=True)
class Change:
    """A change that a test may be named by: `id` and `tail` are those of its entry in the library.

    `is_plain`: it is the change of all devices of a spot, whatever they did.
    """

    id: str
    tail: str
    is_plain: bool = False

    @property
    def is_fall(self) -> bool:
        """Whether devices are missing, so that those behind it are of the past and none came from anywhere."""
        return self.tail == "lower"

    def windows_of_evidence(self, windows: Windows, window: int) -> list[int]:
        """Return the windows whose visits stand behind it: its own, or of a fall those of the baseline."""
        return np.flatnonzero(windows.baseline[window]).tolist() if self.is_fall else [window]


@dataclass(frozen=True)
class Kind:
    """A kind of test, in parts: which spots and rows it is about, what it expects there and how it judges the counts.

    `changes`: what its tests are named by; `name` says which (index into `changes`) from the expectation, the first if
    it is left out. `weight`: its share of a spot's weight, of the kinds that look there. `looks_at`: the spots of a
    window that have it, bool, whatever the outcome there. `rows`: the rows of the pattern table that are tested.
    `expect`: what to expect of rows in a window, given the clumping of each spot's crowds. `judge`: the p-values of
    counts, also told whether the window is partial. `in_partial`: whether partial windows are tested at all.
    """

    changes: tuple[Change, ...]
    weight: float
    looks_at: Callable[[Measured, int], np.ndarray]
    rows: Callable[[Measured, int], np.ndarray]
    expect: Callable[[Measured, np.ndarray, int, np.ndarray], Expected]
    judge: Callable[[np.ndarray, Expected, bool], np.ndarray]
    name: Callable[[Expected], np.ndarray] = lambda expected: np.zeros(len(expected.mean), np.int64)
    in_partial: bool = True


@dataclass(frozen=True)
class PlainKind:
    """A kind of test of plain counts, which are asked apart from behaviors: more devices, or fewer days of presence.

    `changes`: what its tests are named by, the last one where nobody was there before. `phase_weights`: the share of
    its weight on each phase of a window (whole, before, from the key date on).
    """

    changes: tuple[Change, ...]
    weight: float
    phase_weights: tuple[float, ...]
    in_partial: bool = True

    @property
    def is_fall(self) -> bool:
        """Whether it looks for fewer."""
        return self.changes[0].is_fall


@dataclass(frozen=True)
class WindowTests(Columns):
    """Distinct tests of one window: rows of the pattern table with the change tested.

    `row` int64 (of those with the same evidence the one with the smallest p-value, of these the most telling; -1 of a
    plain count that is in none), `change` int8 index into the changes measured, `spot` int32, `p_value` float64 (as the
    model gives it), `expected` float64, `alike` int32 (other patterns with the same evidence), `weight` float64 (mean 1
    over the tests of a spot and kind). `phase` int8: index into the phases of plain counts, 0 for the whole window;
    `observed` int32: the distinct devices counted.
    `told_p`, `told_expected` float64: the same for whichever small number of devices was counted (`tell_least`),
    None where nothing small was.
    """

    window: int
    row: np.ndarray
    change: np.ndarray
    spot: np.ndarray
    p_value: np.ndarray
    expected: np.ndarray
    alike: np.ndarray
    weight: np.ndarray
    phase: np.ndarray
    observed: np.ndarray
    told_p: Optional[np.ndarray] = None
    told_expected: Optional[np.ndarray] = None

    @property
    def told(self) -> WindowTests:
        """The tests as they may be told."""
        if self.told_p is None or self.told_expected is None:
            return self
        return replace(self, p_value=self.told_p, expected=self.told_expected)

    @property
    def weighted(self) -> np.ndarray:
        """P-values that count for as much as their weight (float64, at most 1)."""
        return np.minimum(self.p_value / self.weight, 1.0)


@dataclass(frozen=True)
class Measured:
    """What every window is tested with.

    `counts`; `spot_devices` int32 and `exposure` float64 (spots, windows); per row of `counts`: `dispersion` around the
    exposure and `share_dispersion` around the share of the spot's devices (`spot_dispersion` is that of all devices of
    each spot), `preference` float64 (of patterns with the same evidence and p-value the smallest stands for all) and
    `is_total` bool (the spot's total, which has no share). `spot_weight` float64 (spots,): what each spot's p-values
    count for, mean 1. `asked` bool (patterns of the library, changes): which are tested, of all changes of `kinds`;
    those of `needs_memory` bool (patterns of the library,) only in windows that remember.
    `plain`: the plain counts, which then are tested in place of the spots' totals, and the pattern that these have.
    `panel_shift`: kinds of devices that became more or fewer everywhere; None where none did. `holidays`: how
    far holidays set spots apart, as the variance of a factor, and how many devices more they bring, both float64
    (spots, windows); None where there is none.
    """

    counts: PatternCounts
    spot_devices: np.ndarray
    exposure: np.ndarray
    dispersion: Dispersion
    share_dispersion: Dispersion
    spot_dispersion: Dispersion
    preference: np.ndarray
    is_total: np.ndarray
    spot_weight: np.ndarray
    windows: Windows
    min_devices: int
    kinds: tuple[Union[Kind, PlainKind], ...]
    asked: np.ndarray
    plain: Optional[Plain] = None
    total_pattern: int = -1
    panel_shift: Optional[PanelShift] = None
    holidays: Optional[tuple[np.ndarray, np.ndarray]] = None
    needs_memory: Optional[np.ndarray] = None

    @cached_property
    def tested(self) -> np.ndarray:
        """Rows of the key windows that have enough earlier windows for any test, each once and in order of time."""
        keys = np.unique(self.windows.key_window)
        plainly = [self.plain is not None and self.plain.counts.tested(self.plain.row_of(int(key))) for key in keys]
        return keys[np.isin(keys, self.windows.tested) | np.array(plainly, bool)]

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes of all kinds, in their order."""
        return tuple(change for kind in self.kinds for change in kind.changes)

    @cached_property
    def kind_of(self) -> np.ndarray:
        """The kind of each change, int64 index into `kinds`."""
        return np.repeat(np.arange(len(self.kinds)), [len(kind.changes) for kind in self.kinds])

    def first_change(self, kind: Union[Kind, PlainKind]) -> int:
        """Return the index into `changes` of the first change of a kind."""
        return sum(len(one.changes) for one in self.kinds[: self.kinds.index(kind)])

    @cached_property
    def past(self) -> np.ndarray:
        """The devices in each window's baseline together, float64 (n, windows)."""
        return self.counts.devices.astype(np.float64) @ self.windows.baseline.T.astype(np.float64)

    @cached_property
    def exposed(self) -> np.ndarray:
        """The exposure of each row's spot, float64 (n, windows)."""
        return self.exposure[self.counts.spot]

    def moved(self, rows: np.ndarray, window: int) -> np.ndarray:
        """Return how many more devices of rows the panel's shift brings in `window` (fewer: negative), float64."""
        if self.panel_shift is None:
            return np.zeros(len(rows))
        return self.panel_shift.moved(self.counts, rows, window)

    def brought(self, rows: np.ndarray, window: int) -> np.ndarray:
        """Return how many more devices a holiday brings to the spots of rows (fewer: negative), float64.

        All of them may show one behavior.
        """
        return np.zeros(len(rows)) if self.holidays is None else self.holidays[1][self.counts.spot[rows], window]

    @property
    def is_busy(self) -> np.ndarray:
        """Whether the least number of devices was present at each spot in some window, bool."""
        return find_busy(self.spot_devices, self.min_devices, self.plain)

    def loosened(self, expected: Expected, rows: np.ndarray, window: int) -> Expected:
        """Return what is expected of rows of the pattern table, less sure where a holiday sets spots apart."""
        if self.holidays is None:
            return expected
        spread = self.holidays[0][self.counts.spot[rows], window]
        return replace(expected, size=1.0 / (1.0 / expected.size + spread))

    def is_asked(self, pattern: np.ndarray, change: np.ndarray, window: int) -> np.ndarray:
        """Return which tests of patterns of the library are asked for and can be answered in a window, bool."""
        asked: np.ndarray = self.asked[pattern, change]
        if self.needs_memory is None or self.windows.remembers[window]:
            return asked
        return asked & ~self.needs_memory[pattern]

    def group(self, change: np.ndarray, spot: np.ndarray) -> np.ndarray:
        """Return kind * spots + spot of tests: those that are combined."""
        return self.kind_of[change] * len(self.spot_devices) + spot

    def part(self, begin: int, end: int) -> tuple[Measured, np.ndarray]:
        """Return the rows `begin`..`end`, with only the spots in them, numbered anew, and the spots behind."""
        rows, counts = np.arange(begin, end), self.counts
        begins = begins_run(counts.spot[rows])
        spots = counts.spot[rows][begins]
        own = PatternCounts(
            np.cumsum(begins, dtype=np.int32) - 1, counts.pattern[rows], counts.devices[rows], counts.evidence[rows]
        )
        part = replace(
            self, counts=own, spot_devices=self.spot_devices[spots], exposure=self.exposure[spots],
            dispersion=self.dispersion.take(rows), share_dispersion=self.share_dispersion.take(rows),
            spot_dispersion=self.spot_dispersion.take(spots), preference=self.preference[rows],
            is_total=self.is_total[rows], spot_weight=self.spot_weight[spots],
            panel_shift=self.panel_shift.part(begin, end) if self.panel_shift is not None else None,
            holidays=(self.holidays[0][spots], self.holidays[1][spots]) if self.holidays is not None else None,
        )  # fmt: skip
        return part, spots

    def borders(self) -> list[tuple[int, int]]:
        """Return the borders of parts of about BLOCK_ROWS rows that never split a spot."""
        spot = self.counts.spot
        cuts = np.searchsorted(spot, spot[np.arange(BLOCK_ROWS, len(spot), BLOCK_ROWS)])
        ends = np.unique(np.concatenate(([0], cuts, [len(spot)]))).tolist()
        return list(zip(ends[:-1], ends[1:]))


def find_busy(spot_devices: np.ndarray, min_devices: int, plain: Optional[Plain]) -> np.ndarray:
    """Return at which spots the least number of devices was in some window, of the study or of plain counts; bool."""
    busy: np.ndarray = spot_devices.max(axis=1) >= min_devices
    if plain is not None:
        busy[plain.counts.spot] = True
    return busy
