"""What plain counts are tested with: exposure, scatter, and what each earlier window counts for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import product
from typing import Optional

import numpy as np

from ..counting import PlainCounts, Presence, Windows
from ..history import History
from .earlier_weights import EarlierWeights
from .exposure import CountryPanel, PlainExposure, find_plain_exposure
from .holidays import Holidays, find_holidays, kept_away, spread_of
from .region_tree import Regions, grow_tree
from .robust import MEDIAN_COUNT, Baseline, Pool, find_baseline, find_odd_windows, find_pool

DEVICES, DAYS = 0, 1


@dataclass(frozen=True)
class Plain:
    """Plain counts and what they are tested with.

    `pools`: for devices and for days the scatter in each phase. `odd` int64 (devices or days, phases, far below or far
    above, windows): at how many spots a window was odd where these were many. `row` int64 (windows of the study,): the
    same window among those of the plain counts. `regions`: the tree of countries and districts; where these moved in a
    key window the exposure of their spots is what is left there. `holidays`: None where no window has one.
    """

    counts: PlainCounts
    exposure: PlainExposure
    pools: tuple[tuple[Pool, ...], tuple[Pool, ...]]
    odd: np.ndarray
    row: np.ndarray
    regions: Regions = field(default_factory=Regions)
    holidays: Optional[Holidays] = None

    def row_of(self, window: int) -> int:
        """Return the row among the windows of plain counts of a window of the study."""
        return int(self.row[window])

    def compared_with_districts(self, exposure: np.ndarray) -> np.ndarray:
        """Return the exposure (spots, windows of the study), where a district moved by what its middle place shows."""
        scaled = exposure.copy()
        for one in self.regions.districts:
            for window in np.flatnonzero(self.row == one.window):
                scaled[self.counts.spot[one.with_joined], window] *= one.left[DEVICES, 0]
        return scaled

    def moved_districts(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the spots (int, rising) of each district that moved, wide ones first, and the study's windows."""
        moved: dict[tuple[int, int], tuple[np.ndarray, list[int]]] = {}
        for one in self.regions.districts:
            spots = self.counts.spot[one.with_joined].astype(np.int64)
            rows = moved.setdefault((one.level, one.region), (spots, []))[1]
            rows += np.flatnonzero(self.row == one.window).tolist()
        return [(spots, np.array(rows, dtype=np.int64)) for spots, rows in moved.values()]

    def holidays_of_spots(self, spots: int) -> Optional[tuple[np.ndarray, np.ndarray]]:
        """Return how far holidays set spots apart, and how many devices more they bring; None where there is none.

        Both float64 (spots, windows of the study).
        """
        if self.holidays is None:
            return None
        holidays, (spread, away) = self.holidays, np.zeros((2, spots, len(self.row)))
        largest = holidays.spread[:, 0].max(axis=0)
        spread[self.counts.spot] = np.where(holidays.is_holiday[holidays.place], largest, 0.0)[:, self.row]
        away[self.counts.spot] = holidays.away[:, self.row]
        return spread, away

    def table(self, unit: int, phase: int) -> tuple[np.ndarray, np.ndarray]:
        """Return counts and exposure (spots, windows) of a phase, in DEVICES or DAYS."""
        if unit == DEVICES:
            return self.counts.devices[phase], self.exposure.devices[phase]
        return self.counts.days[phase], self.exposure.days[phase]

    def prior(self, unit: int, phase: int, window: int, rows: np.ndarray) -> np.ndarray:
        """Return what each earlier window of `window` counts for at spots before it is looked at (`EarlierWeights`)."""
        return EarlierWeights(self.counts.windows, self.odd, self.holidays).of(unit, phase, window, rows)

    def baseline(self, unit: int, phase: int, window: int, rows: np.ndarray) -> Baseline:
        """Return what a phase of `window` should hold at some spots (rows of the counts)."""
        counts, exposure = self.table(unit, phase)
        past = counts[rows][:, self.counts.windows.baseline[window]]
        return self.baseline_of(unit, phase, window, past, exposure[rows], rows)

    def baseline_of(
        self, unit: int, phase: int, window: int, past: np.ndarray, exposure: np.ndarray, rows: np.ndarray
    ) -> Baseline:
        """Return the same, given counts of the earlier windows and the exposure (n, windows)."""
        earlier = self.counts.windows.baseline[window]
        prior = self.prior(unit, phase, window, rows)
        found = find_baseline(past, exposure[:, earlier], exposure[:, window], self.pools[unit][phase], prior, True)
        return found if self.holidays is None else found.loosened(self.holidays.spread_at(unit, phase, window, rows))


def measure_plain(history: History, presence: Presence, counts: PlainCounts, windows: Windows) -> Plain:
    """Return what plain counts are tested with; `presence` is that of their windows, `windows` are the study's."""
    panel = CountryPanel(history)
    exposure = find_plain_exposure(history, panel, presence, counts)
    ordinary = ~counts.windows.is_key
    weekday = counts.windows.start_day[ordinary] % 7
    pools, odd = [], np.zeros((2, len(counts.phases), 2, len(counts.windows)), np.int64)
    for unit, tables in ((DEVICES, (counts.devices, exposure.devices)), (DAYS, (counts.days, exposure.days))):
        own = []
        for phase, (seen, relative) in enumerate(zip(*tables)):
            seen, relative = seen[:, ordinary], relative[:, ordinary]
            own.append(find_pool(seen, relative, weekday))
            odd[unit, phase][:, ordinary] = find_odd_windows(seen, relative, weekday, own[-1])
        pools.append(tuple(own))
    row = np.searchsorted(counts.windows.start_day, windows.start_day)
    holidays: Optional[Holidays] = find_holidays(history, counts)
    if holidays is not None and not holidays.is_holiday.any():
        holidays = None
    weights = EarlierWeights(counts.windows, odd, holidays)
    regions, exposure = grow_tree(history, panel, presence, counts, exposure, weights)
    plain = Plain(counts, exposure, (pools[DEVICES], pools[DAYS]), odd, row, regions, holidays)
    return plain if holidays is None else _on_holidays(plain, holidays)


def _on_holidays(plain: Plain, holidays: Holidays) -> Plain:
    """Return plain counts that know how far their holidays set places apart."""
    windows = plain.counts.windows
    spread, away = holidays.spread.copy(), holidays.away.copy()
    telling = plain.counts.days[0].mean(axis=1) >= MEDIAN_COUNT
    asked = np.unique(np.concatenate((windows.key_window, windows.placebo)))
    for window in asked[holidays.is_holiday[:, asked].any(axis=0)].tolist():
        if not plain.counts.tested(window):
            continue
        rows = np.flatnonzero(holidays.is_holiday[holidays.place, window] & telling)
        for unit, phase in product((DEVICES, DAYS), range(len(plain.counts.phases))):
            seen, _ = plain.table(unit, phase)
            base = plain.baseline(unit, phase, window, rows)
            spread[unit, phase, window] = spread_of(seen[rows, window], base, unit == DAYS)
        rows = np.flatnonzero(holidays.is_holiday[holidays.place, window])
        usual = plain.baseline(DEVICES, 0, window, rows).mean
        away[rows, window] = kept_away(plain.counts.devices[0, rows, window], usual, spread[:, 0, window].max())
    return replace(plain, holidays=replace(holidays, spread=spread, away=away))
