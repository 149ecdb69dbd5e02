"""What every window is tested with, and the tests that come of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..base import Columns, begins_run
from ..counting import PatternCounts, Windows
from .changes import KIND_OF_CHANGE
from .dispersion import Dispersion

BLOCK_ROWS = 100_000
"""Rows of the pattern table that are tested at a time: few enough for the processor's cache."""


@dataclass(frozen=True)
class WindowTests(Columns):
    """Distinct tests of one window: rows of the pattern table with the change tested.

    `row` int64 (of those with the same evidence the one with the smallest p-value, of these the most telling), `change`
    int8 index into CHANGES, `spot` int32, `p_value` float64 (as the model gives it), `expected` float64, `alike` int32
    (other patterns with the same evidence), `weight` float64 (mean 1 over the tests of a spot and kind).
    """

    window: int
    row: np.ndarray
    change: np.ndarray
    spot: np.ndarray
    p_value: np.ndarray
    expected: np.ndarray
    alike: np.ndarray
    weight: np.ndarray

    @property
    def weighted(self) -> np.ndarray:
        """P-values that count for as much as their weight (float64, at most 1)."""
        return np.minimum(self.p_value / self.weight, 1.0)

    def group(self, spots: int) -> np.ndarray:
        """Return kind * spots + spot of each test: those that are combined."""
        return KIND_OF_CHANGE[self.change] * spots + self.spot


@dataclass(frozen=True)
class Measured:
    """What every window is tested with.

    `counts`; `spot_devices` int32 and `exposure` float64 (spots, windows); per row of `counts`: `dispersion` around the
    exposure and `share_dispersion` around the share of the spot's devices (`spot_dispersion` is that of all devices of
    each spot), `preference` float64 (of patterns with the same evidence and p-value the smallest stands for all) and
    `is_total` bool (the spot's total, which has no share). `asked` bool (patterns of the library, CHANGES): which are
    tested.
    """

    counts: PatternCounts
    spot_devices: np.ndarray
    exposure: np.ndarray
    dispersion: Dispersion
    share_dispersion: Dispersion
    spot_dispersion: Dispersion
    preference: np.ndarray
    is_total: np.ndarray
    windows: Windows
    min_devices: int
    asked: np.ndarray

    @cached_property
    def past(self) -> np.ndarray:
        """The devices in each window's baseline together, float64 (n, windows)."""
        return self.counts.devices.astype(np.float64) @ self.windows.baseline.T.astype(np.float64)

    @cached_property
    def exposed(self) -> np.ndarray:
        """The exposure of each row's spot, float64 (n, windows)."""
        return self.exposure[self.counts.spot]

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
            is_total=self.is_total[rows],
        )  # fmt: skip
        return part, spots

    def borders(self) -> list[tuple[int, int]]:
        """Return the borders of parts of about BLOCK_ROWS rows that never split a spot."""
        spot = self.counts.spot
        cuts = np.searchsorted(spot, spot[np.arange(BLOCK_ROWS, len(spot), BLOCK_ROWS)])
        ends = np.unique(np.concatenate(([0], cuts, [len(spot)]))).tolist()
        return list(zip(ends[:-1], ends[1:]))
