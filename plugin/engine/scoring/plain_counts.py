"""What plain counts are tested with: exposure, scatter, and what each earlier window counts for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..counting import AFTERMATH_DAYS, PlainCounts, Presence, Windows
from ..history import History
from .exposure import CountryPanel, PlainExposure, find_plain_exposure
from .region_tree import Regions, grow_tree
from .robust import Baseline, Pool, find_baseline, find_odd_windows, find_pool

ODD_WEIGHT = 0.1
"""What a window counts for that was odd at many spots at once, by hand: next to nothing beside any other."""
AFTERMATH_WEIGHT = 0.5
"""What a window counts for before it is looked at, that holds or follows another key date. By hand: half."""
DEVICES, DAYS = 0, 1


@dataclass(frozen=True)
class Plain:
    """Plain counts and what they are tested with.

    `pools`: for devices and for days the scatter in each phase. `odd` int64 (devices or days, phases, far below or far
    above, windows): at how many spots a window was odd where these were many. `row` int64 (windows of the study,): the
    same window among those of the plain counts. `regions`: the tree of countries and districts; where these moved in a
    key window the exposure of their spots is what is left there.
    """

    counts: PlainCounts
    exposure: PlainExposure
    pools: tuple[tuple[Pool, ...], tuple[Pool, ...]]
    odd: np.ndarray
    row: np.ndarray
    regions: Regions = field(default_factory=Regions)

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

    def table(self, unit: int, phase: int) -> tuple[np.ndarray, np.ndarray]:
        """Return counts and exposure (spots, windows) of a phase, in DEVICES or DAYS."""
        if unit == DEVICES:
            return self.counts.devices[phase], self.exposure.devices[phase]
        return self.counts.days[phase], self.exposure.days[phase]

    def prior(self, unit: int, phase: int, window: int) -> np.ndarray:
        """Return what each earlier window of `window` counts for before it is looked at, float64."""
        windows = self.counts.windows
        weight = np.where(self.odd[unit, phase].any(axis=0), ODD_WEIGHT, 1.0)
        weight[_follows_key(windows, window)] *= AFTERMATH_WEIGHT
        return weight[windows.baseline[window]]

    def baseline(self, unit: int, phase: int, window: int, rows: np.ndarray) -> Baseline:
        """Return what a phase of `window` should hold at some spots (rows of the counts)."""
        counts, exposure = self.table(unit, phase)
        past = counts[rows][:, self.counts.windows.baseline[window]]
        return self.baseline_of(unit, phase, window, past, exposure[rows])

    def baseline_of(self, unit: int, phase: int, window: int, past: np.ndarray, exposure: np.ndarray) -> Baseline:
        """Return the same, given counts of the earlier windows and the exposure (n, windows)."""
        earlier = self.counts.windows.baseline[window]
        prior = self.prior(unit, phase, window)
        return find_baseline(past, exposure[:, earlier], exposure[:, window], self.pools[unit][phase], prior)


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
    regions, exposure = grow_tree(history, panel, counts, exposure)
    return Plain(counts, exposure, (pools[DEVICES], pools[DAYS]), odd, row, regions)


def _follows_key(windows: Windows, window: int) -> np.ndarray:
    """Return which windows hold another key date than that of `window`, or one of the days that follow it; bool."""
    others = windows.start_day[windows.key_window]
    others = others[others != windows.start_day[window]]
    since = windows.start_day[:, None] - others[None, :]
    return ((since > -windows.length_days) & (since < windows.length_days + AFTERMATH_DAYS)).any(axis=1)
