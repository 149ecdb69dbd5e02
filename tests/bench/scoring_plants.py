"""Changes planted in the worlds for error rates: jumps, strangers at quiet places, falls and shifts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .scoring_visits import DayVisits, at_home_abroad, stack

if TYPE_CHECKING:
    from .scoring_worlds import Ground, Panel

WINDOW_DAYS, ORDINARY_WEEKS = 7, 8
FACTORS = {"x2": 2.0, "x3": 3.0, "x5": 5.0, "x10": 10.0}
PLANT_KINDS = (*FACTORS, "strangers", "falls", "shifts")
USUAL = {"strangers": (0.0, 1.0), "falls": (10.0, np.inf), "shifts": (6.0, 30.0)}
"""Least and most distinct devices in an ordinary window of the spots that change; jumps take from 3, the
fewest devices that are ever counted, to 30."""
FALL_SHARE, SHIFT_SHARE = 0.85, 0.6
QUIET_SHARE, FULL_SHARE, HOLIDAY_FALL = 0.5, 0.125, 0.9


@dataclass(frozen=True)
class Plants:
    """What was planted: spot, key date (0, 1, ...), index into PLANT_KINDS, and usual distinct devices a window."""

    spot: np.ndarray
    date: np.ndarray
    kind: np.ndarray
    usual: np.ndarray


class _Planter:
    """Changes visits in the window of seven days that begins on day `first`."""

    def __init__(
        self, rng: np.random.Generator, ground: Ground, panel: Panel, visits: DayVisits, first: int, next_device: int
    ) -> None:
        self.rng, self.ground, self.first, self.next_device = rng, ground, first, next_device
        self.device, self.keep = visits.device.copy(), np.ones(len(visits), bool)
        self.visits, self.added = visits, []
        day = visits.start_h // 24.0
        rows = np.flatnonzero((day >= first) & (day < first + WINDOW_DAYS))
        self.rows = rows[np.argsort(visits.spot[rows], kind="stable")]
        middle = first + WINDOW_DAYS / 2.0
        active = (panel.joins <= middle) & (panel.leaves > middle)
        self.pool = [np.flatnonzero(active & (ground.country[panel.home] == c)) for c in np.unique(ground.country)]

    def at(self, spot: int) -> np.ndarray:
        """Return the visit rows at `spot` in the window."""
        column = self.visits.spot[self.rows]
        return self.rows[np.searchsorted(column, spot, "left") : np.searchsorted(column, spot, "right")]

    def strangers(self, spot: int, count: int, before_h: float) -> np.ndarray:
        """Return `count` new devices, half of them seen at home abroad before."""
        members = np.arange(self.next_device, self.next_device + count)
        self.next_device += count
        self.added.append(at_home_abroad(self.rng, self.ground, members, int(self.ground.country[spot]), before_h))
        return members

    def jump(self, spot: int, extra: float) -> None:
        """Let Poisson(`extra`) more devices of the country come, each once, on its own."""
        strange = np.setdiff1d(self.pool[self.ground.country[spot]], self.visits.device[self.at(spot)])
        more = self.rng.choice(strange, min(self.rng.poisson(extra), len(strange)), replace=False)
        start_h = 24.0 * self.rng.integers(self.first, self.first + WINDOW_DAYS, len(more))
        start_h += self.rng.uniform(9.0, 19.0, len(more))
        hours = self.rng.lognormal(-0.3, 0.7, len(more))
        self.added.append(DayVisits(more, np.full(len(more), spot), start_h, start_h + hours))

    def group(self, spot: int) -> None:
        """Let 6 to 20 strangers come together for some hours or for the night."""
        hour = 24.0 * self.rng.integers(self.first, self.first + WINDOW_DAYS - 1) + self.rng.choice([10.0, 15.0, 21.0])
        members = self.strangers(spot, int(self.rng.integers(6, 21)), hour)
        start_h = hour + self.rng.uniform(0.0, 0.5, len(members))
        hours = 9.0 if hour % 24.0 > 20.0 else self.rng.uniform(1.0, 5.0)
        self.added.append(DayVisits(members, np.full(len(members), spot), start_h, start_h + hours))

    def fall(self, spot: int, share: float = FALL_SHARE) -> None:
        """Let a share of the window's devices stay away."""
        rows = self.at(spot)
        gone = self.some_devices(rows, share)
        self.keep[rows[np.isin(self.visits.device[rows], gone)]] = False

    def shift(self, spot: int) -> None:
        """Let strangers from abroad make the visits of SHIFT_SHARE of the window's devices."""
        rows = self.at(spot)
        gone = self.some_devices(rows, SHIFT_SHARE)
        members = self.strangers(spot, len(gone), 24.0 * self.first)
        rows = rows[np.isin(self.visits.device[rows], gone)]
        self.device[rows] = members[np.searchsorted(gone, self.visits.device[rows])]

    def some_devices(self, rows: np.ndarray, share: float) -> np.ndarray:
        """Return a share of the devices of some visit rows, at random and sorted."""
        present = np.unique(self.visits.device[rows])
        return np.sort(self.rng.choice(present, round(share * len(present)), replace=False))

    def result(self) -> DayVisits:
        """Return the visits with all changes."""
        changed = DayVisits(self.device, self.visits.spot, self.visits.start_h, self.visits.end_h)
        return stack([changed.take(self.keep), *self.added])


def keep_holidays(
    rng: np.random.Generator, ground: Ground, panel: Panel, visits: DayVisits, first_days: list[int], next_device: int
) -> DayVisits:
    """Return the visits where windows (first days given) hold a holiday: each place has its own way to keep it.

    Half of all places lose most of their devices, one in eight (parks, places of prayer) has three times as many.
    """
    way = rng.random(len(ground))
    quiet, full = np.flatnonzero(way < QUIET_SHARE), np.flatnonzero(way > 1.0 - FULL_SHARE)
    for first in first_days:
        usual = usual_devices(len(ground), visits, first) if first >= WINDOW_DAYS else np.zeros(len(ground))
        planter = _Planter(rng, ground, panel, visits, first, next_device)
        for spot in quiet[usual[quiet] >= 1.0]:
            planter.fall(spot, HOLIDAY_FALL * rng.random())
        for spot in full[usual[full] >= 1.0]:
            planter.jump(spot, 2.0 * usual[spot])
        visits = planter.result()
    return visits


def plant(
    rng: np.random.Generator, ground: Ground, panel: Panel, visits: DayVisits, first_days: list[int], share: float,
    next_device: int, eligible: np.ndarray,
) -> tuple[DayVisits, Plants]:  # fmt: skip
    """Plant changes at `share` of the `eligible` spots in each window (first days given), the kinds in equal parts.

    Spots are drawn at random among those with an expectation to change from, strangers among the almost empty ones.
    """
    each = round(share * int(eligible.sum()) / len(PLANT_KINDS))
    rows: list[tuple[float, ...]] = []
    for number, first in enumerate(first_days):
        usual = usual_devices(len(ground), visits, first)
        planter = _Planter(rng, ground, panel, visits, first, next_device)
        free = eligible.copy()
        for kind, name in enumerate(PLANT_KINDS):
            least, most = USUAL.get(name, (3.0, 30.0))
            fits = np.flatnonzero(free & (usual >= least) & (usual <= most))
            chosen = rng.choice(fits, min(len(fits), each), replace=False)
            free[chosen] = False
            for spot in chosen:
                if name in FACTORS:
                    planter.jump(spot, (FACTORS[name] - 1.0) * usual[spot])
                else:
                    {"strangers": planter.group, "falls": planter.fall, "shifts": planter.shift}[name](spot)
                rows.append((spot, number, kind, usual[spot]))
        visits, next_device = planter.result(), planter.next_device
    columns = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    return visits, Plants(*(column.astype(np.int64) for column in columns[:3]), columns[3])


def usual_devices(spots: int, visits: DayVisits, first: int) -> np.ndarray:
    """Return the mean number of distinct devices at each spot in the weeks before the window, same weekdays."""
    week = (visits.start_h // 24.0 - first) // WINDOW_DAYS
    weeks = min(ORDINARY_WEEKS, first // WINDOW_DAYS)
    rows = np.flatnonzero((week < 0) & (week >= -weeks))
    devices = int(visits.device.max()) + 1
    cell = (visits.spot[rows] * weeks - week[rows].astype(np.int64) - 1) * devices + visits.device[rows]
    return np.bincount(np.unique(cell) // devices // weeks, minlength=spots) / weeks
