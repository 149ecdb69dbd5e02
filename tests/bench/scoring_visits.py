"""Ordinary visits of the worlds for error rates: nights at home, work, errands, families together, tour groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .scoring_worlds import Ground, Panel, WorldKind

ERRANDS_PER_SPOT_DAY = 0.4
REGULAR_SHARE = 0.6
ATTRACTION_SHARE, LEAST_GROUPS_PER_WEEK = 0.04, 0.5


@dataclass(frozen=True)
class DayVisits:
    """Rows of a device at a spot from `start_h` to `end_h` (hours since the world's first midnight)."""

    device: np.ndarray
    spot: np.ndarray
    start_h: np.ndarray
    end_h: np.ndarray

    def __len__(self) -> int:
        return len(self.device)

    def take(self, rows: np.ndarray) -> DayVisits:
        """Return the rows given by an index or boolean array."""
        return DayVisits(self.device[rows], self.spot[rows], self.start_h[rows], self.end_h[rows])


def stack(parts: list[DayVisits]) -> DayVisits:
    """Return the rows of all parts."""
    names = ("device", "spot", "start_h", "end_h")
    return DayVisits(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def everyday_visits(
    rng: np.random.Generator, ground: Ground, panel: Panel, appeal: np.ndarray, weekdays: np.ndarray, days: int
) -> DayVisits:
    """Return nights at home, working days and errands, as far as each device is seen."""
    return stack([
        _daily(rng, panel.home, 0.5 * panel.seen, np.ones(days, bool), 20.0, 11.0),
        _daily(rng, panel.work, 0.6 * panel.seen * (panel.work >= 0), _is_working_day(days), 8.5, 8.0),
        _errands(rng, ground, panel, appeal, weekdays, days),
    ])  # fmt: skip


def _is_working_day(days: int) -> np.ndarray:
    return (np.arange(days) + 2) % 7 < 5  # day 0 is a Wednesday


def _daily(
    rng: np.random.Generator, spot: np.ndarray, chance: np.ndarray, on: np.ndarray, from_h: float, hours: float
) -> DayVisits:
    device, day = np.nonzero((rng.random((len(spot), len(on)), np.float32) < chance[:, None]) & on[None, :])
    start_h = day * 24.0 + from_h + rng.normal(0.0, 0.8, len(day))
    return DayVisits(device, spot[device], start_h, start_h + hours * rng.uniform(0.5, 1.0, len(day)))


def _errands(
    rng: np.random.Generator, ground: Ground, panel: Panel, appeal: np.ndarray, weekdays: np.ndarray, days: int
) -> DayVisits:
    """Return visits that start from the spot: how many come on a day, then which devices, and whom they bring."""
    profile = weekdays[rng.integers(0, len(weekdays), len(ground))]
    profile = profile / profile.mean(axis=1, keepdims=True)
    day = np.arange(days)
    rate = ERRANDS_PER_SPOT_DAY * appeal[:, day // 7] * profile[:, (day + 2) % 7]
    count = rng.poisson(rate)
    spot, when = (np.repeat(index, count.ravel()) for index in np.indices(count.shape).reshape(2, -1))
    device = _callers(rng, ground, panel, spot)
    start_h = when * 24.0 + rng.choice([10.0, 13.0, 18.0], len(spot), p=(0.3, 0.3, 0.4)) + rng.normal(0, 1.2, len(spot))
    hours = rng.lognormal(-0.3, 0.7, len(spot))
    together = rng.random(len(spot)) < 0.5
    first = np.searchsorted(panel.family, np.arange(panel.family[-1] + 2))
    family = panel.family[device]
    size = np.where(together, first[family + 1] - first[family], 1)
    trip = np.repeat(np.arange(len(spot)), size)
    place = np.arange(len(trip)) - np.repeat(np.cumsum(size) - size, size)
    member = np.where(together[trip], first[family[trip]] + place, device[trip])
    start_h = start_h[trip] + rng.uniform(0.0, 0.2, len(trip))
    visits = DayVisits(member, spot[trip], start_h, start_h + hours[trip])
    return visits.take(rng.random(len(visits)) < panel.seen[member])


def _callers(rng: np.random.Generator, ground: Ground, panel: Panel, spot: np.ndarray) -> np.ndarray:
    """Return who comes: mostly one of a spot's own circle, else anyone of the town, the country, or from abroad."""
    devices = len(panel)
    home = ground.town[panel.home] * 4 + ground.country[panel.home]
    by_town, by_country = np.argsort(home, kind="stable"), np.argsort(ground.country[panel.home], kind="stable")

    def any_of(order: np.ndarray, key: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        low, high = np.searchsorted(key[order], wanted, "left"), np.searchsorted(key[order], wanted, "right")
        drawn = order[np.minimum(low + (rng.random(len(wanted)) * (high - low)).astype(np.int64), devices - 1)]
        return np.where(high > low, drawn, rng.integers(0, devices, len(wanted)))

    def drawn_for(spots: np.ndarray) -> np.ndarray:
        where = rng.random(len(spots))
        near = any_of(by_town, home, ground.town[spots] * 4 + ground.country[spots])
        far = any_of(by_country, ground.country[panel.home], ground.country[spots])
        return np.select([where < 0.7, where < 0.98], [near, far], rng.integers(0, devices, len(spots)))

    circle_size = 12
    circle = drawn_for(np.repeat(np.arange(len(ground)), circle_size)).reshape(-1, circle_size)
    regular = circle[spot, np.minimum(rng.geometric(0.2, len(spot)) - 1, circle_size - 1)]
    return np.where(rng.random(len(spot)) < REGULAR_SHARE, regular, drawn_for(spot))


def group_visits(
    rng: np.random.Generator, ground: Ground, kind: WorldKind, first_device: int, days: int
) -> tuple[DayVisits, int]:
    """Return tours of strangers to attractions and the hotel of each, and how many new devices they are.

    Attractions have a group at least every other week; events come to any spot. Half of the strangers were seen at
    home, abroad, some days before.
    """
    attractions = np.flatnonzero((rng.random(len(ground)) < ATTRACTION_SHARE) & (ground.town >= 0))
    hotels = np.flatnonzero((ground.category == "hotel") & (ground.town >= 0))
    in_town = [hotels[ground.town[hotels] == ground.town[spot]] for spot in attractions]
    lodging = {spot: rng.choice(near) for spot, near in zip(attractions, in_town) if len(near)}
    rate = np.maximum(kind.groups * rng.lognormal(-0.5, 1.0, len(attractions)), LEAST_GROUPS_PER_WEEK)
    start = np.repeat(attractions, rng.poisson(rate * (kind.groups > 0) * days / 7.0))
    events = rng.poisson(kind.events * len(ground) / 1000.0 * days / 7.0)
    start = np.append(start, rng.integers(0, len(ground), events))
    median, spread, largest = kind.crowd
    parts = []
    device = first_device
    for spot in start:
        size = int(np.clip(rng.lognormal(np.log(median), spread), 2, largest))
        members = np.arange(device, device + size)
        device += size
        near = attractions[ground.town[attractions] == ground.town[spot]]
        stops = [spot, *rng.choice(near, min(len(near), int(rng.integers(0, 3))), replace=False)]
        hour = 24.0 * rng.integers(5, days - 1) + 10.0
        parts.append(at_home_abroad(rng, ground, members, int(ground.country[spot]), hour))
        for stop in stops:
            parts.append(_arrive(rng, members, stop, hour, rng.uniform(1.0, 3.0)))
            hour += 4.0
        if spot in lodging:
            parts.append(_arrive(rng, members, lodging[spot], hour + 1.0, 10.0))
    return (stack(parts) if parts else _nobody()), device - first_device


def at_home_abroad(
    rng: np.random.Generator, ground: Ground, members: np.ndarray, country: int, before_h: float
) -> DayVisits:
    """Return nights at homes in another country for half of the strangers, three to five days before."""
    known = members[rng.random(len(members)) < 0.5]
    abroad = np.flatnonzero((ground.country != country) & (ground.town >= 0))
    home = rng.choice(abroad, len(known))
    nights = [np.floor(before_h / 24.0) * 24.0 - 24.0 * back - 3.0 + rng.normal(0, 1, len(known)) for back in (5, 4, 3)]
    return stack([DayVisits(known, home, night, night + 9.0) for night in nights])


def _arrive(rng: np.random.Generator, members: np.ndarray, spot: int, hour: float, hours: float) -> DayVisits:
    seen = members[rng.random(len(members)) < 0.8]
    start_h = hour + rng.uniform(0.0, 0.4, len(seen))
    return DayVisits(seen, np.full(len(seen), spot), start_h, start_h + hours)


def _nobody() -> DayVisits:
    return DayVisits(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0))
