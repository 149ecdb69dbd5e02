"""Worlds for error rates: visits of devices with homes, work, families and tour groups, with changes planted or none.

Nothing here knows how the engine models counts. A spot's visits come from who lives and works there, from an appeal
that swings from week to week, from families that come together and from groups of strangers; a device is seen only
while it is in the panel, on days its vendor delivers, and only in a share of its visits. Times are local (UTC + 0).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from .scoring_plants import Plants, keep_holidays, plant
from .scoring_visits import DayVisits, everyday_visits, group_visits, stack

FIRST_DAY = (date(2023, 3, 1) - date(1970, 1, 1)).days  # a Wednesday, as are the key dates
DAYS_BEFORE, DAYS_AFTER = 2, 4
COUNTRIES, COUNTRY_DEGREES, LATTICE_DEGREES = 4, 3.0, 0.018
CATEGORIES = (
    "hotel",
    "market",
    "government",
    "military",
    "police",
    "airport",
    "port",
    "embassy",
    "transport hub",
    "telecom",
)
WEEKDAYS = np.array([  # Monday to Sunday: even, offices, weekly market, leisure
    [1, 1, 1, 1, 1, 1, 1], [1.3, 1.4, 1.4, 1.4, 1.2, 0.2, 0.1], [0.5, 0.5, 0.5, 4, 0.5, 0.5, 0.5],
    [0.5, 0.5, 0.6, 0.7, 1.2, 2, 1.5],
])  # fmt: skip


@dataclass(frozen=True)
class WorldKind:
    """What makes worlds differ.

    `swing` is the median over spots of the standard deviation of the log of a spot's weekly appeal (at most twice it);
    `groups` the mean number of tour groups per week and attraction; `events` the number of groups of strangers at any
    spot, per week and thousand spots; `crowd` median, spread (of the logarithm) and largest number of devices of a
    group; `growth` the panel at the end, relative to the start, per country; `dropout`: the largest vendor delivers
    nothing on one day of each key window and of one ordinary week; `only_sites`: visits elsewhere are not delivered;
    `doubles`: half of the panel (of the first country alone with `one_country`) is delivered from the day before the
    first key window on. `holiday_weeks`: those with a public holiday on Wednesday. The data have `weeks` weeks and key
    dates in `key_weeks` of them (or on `key_days`); `lookback_days` is that of the study.
    """

    swing: float = 0.1
    groups: float = 0.0
    events: float = 0.0
    crowd: tuple[float, float, int] = (6.0, 0.6, 30)
    growth: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    dropout: bool = False
    only_sites: bool = False
    doubles: bool = False
    one_country: bool = False
    holiday_weeks: tuple[int, ...] = ()
    weeks: int = 23
    key_weeks: tuple[int, ...] = (17, 22)
    key_days: tuple[int, ...] = ()
    lookback_days: int = 30

    @property
    def dates(self) -> tuple[int, ...]:
        """The days (from 0) of the key dates."""
        return self.key_days or tuple(7 * week for week in self.key_weeks)


WORLD_KINDS = {
    "steady": WorldKind(),
    "overdispersed": WorldKind(swing=0.3, groups=1.5),
    "growing panel": WorldKind(swing=0.2, groups=0.7, growth=(3.0, 2.0, 1.0, 0.6)),
    "vendor drops out": WorldKind(swing=0.2, groups=0.7, dropout=True),
    "all of these": WorldKind(swing=0.3, groups=1.5, growth=(3.0, 2.0, 1.0, 0.6), dropout=True),
    "events anywhere": WorldKind(swing=0.2, groups=0.7, events=1.0),
    "large crowds": WorldKind(swing=0.2, groups=0.7, crowd=(8.0, 0.7, 60)),
    "small study": WorldKind(swing=0.3, groups=1.5),
    "panel doubles": WorldKind(swing=0.2, groups=0.7, doubles=True),
    "one country doubles": WorldKind(swing=0.2, groups=0.7, doubles=True, one_country=True),
    "holiday": WorldKind(swing=0.2, groups=0.7, holiday_weeks=(17, 22)),
    "holiday as before": WorldKind(swing=0.2, groups=0.7, holiday_weeks=(6, 12, 17, 22)),
    "20 dates in 12 weeks": WorldKind(
        swing=0.3, groups=1.5, weeks=12, key_days=tuple(35 + 43 * number // 20 for number in range(20)), lookback_days=0
    ),
    "named sites only": WorldKind(swing=0.3, groups=1.5, only_sites=True),
    "five weeks": WorldKind(swing=0.3, groups=1.5, weeks=6, key_weeks=(5,), lookback_days=0),
    "eight weeks": WorldKind(swing=0.3, groups=1.5, weeks=9, key_weeks=(8,), lookback_days=0),
    "weekly key dates": WorldKind(swing=0.3, groups=1.5, weeks=12, key_weeks=tuple(range(5, 12)), lookback_days=0),
}


@dataclass(frozen=True)
class Ground:
    """Spots: `lat`, `lon` degrees of their centres, `country`, `town` (-1 in the country), `category` ("" no site)."""

    lat: np.ndarray
    lon: np.ndarray
    country: np.ndarray
    town: np.ndarray
    category: np.ndarray

    def __len__(self) -> int:
        return len(self.lat)


@dataclass(frozen=True)
class Panel:
    """Devices: home and work spot (-1 none), family, share of visits seen, vendor, first and last day (from 0)."""

    home: np.ndarray
    work: np.ndarray
    family: np.ndarray
    seen: np.ndarray
    vendor: np.ndarray
    joins: np.ndarray
    leaves: np.ndarray

    def __len__(self) -> int:
        return len(self.home)


@dataclass(frozen=True)
class ScoringWorld:
    """Ground, all visits seen (sorted by device and time, hours since FIRST_DAY), and what was planted."""

    ground: Ground
    visits: DayVisits
    plants: Plants
    kind: WorldKind

    @property
    def key_dates(self) -> tuple[date, ...]:
        """The key dates, two that are five weeks apart unless the kind has others."""
        return tuple(date(1970, 1, 1) + timedelta(days=FIRST_DAY + day) for day in self.kind.dates)


def make_world(seed: int, kind: WorldKind, spots: int, planted: float) -> ScoringWorld:
    """Return the world of `seed`; `planted` is the share of its spots that change at each key date (0 for none)."""
    rng = np.random.default_rng(seed)
    ground = _make_ground(rng, spots)
    panel = _make_panel(rng, ground, kind, 2 * spots)
    days = 7 * kind.weeks
    everyday = everyday_visits(rng, ground, panel, _weekly_appeal(rng, kind, len(ground)), WEEKDAYS, days)
    groups, strangers = group_visits(rng, ground, kind, len(panel), days)
    visits = stack([everyday, groups])
    active = np.ones(len(visits.device), bool)
    known = visits.device < len(panel)
    day = np.floor(visits.start_h[known] / 24.0)
    mine = visits.device[known]
    active[known] = (day >= panel.joins[mine]) & (day < panel.leaves[mine])
    visits = visits.take(active)
    holidays = [7 * week - DAYS_BEFORE for week in kind.holiday_weeks]
    visits = keep_holidays(rng, ground, panel, visits, holidays, len(panel) + strangers)
    first_days = [day - DAYS_BEFORE for day in kind.dates]
    delivered = ground.category != "" if kind.only_sites else np.ones(len(ground), bool)
    visits, plants = plant(rng, ground, panel, visits, first_days, planted, len(panel) + strangers, delivered)
    visits = visits.take(delivered[visits.spot])
    if kind.dropout:
        vendor = np.append(panel.vendor, rng.choice(3, visits.device.max() + 1, p=(0.5, 0.3, 0.2)))
        lost = [7 * kind.key_weeks[0] + 1, 7 * kind.key_weeks[1] - 1, 7 * 11 + 3]
        silent = np.isin(np.floor(visits.start_h / 24.0), lost) & (vendor[visits.device] == 0)
        visits = visits.take(~silent)
    return ScoringWorld(ground, _one_place_at_a_time(visits), plants, kind)


def _make_ground(rng: np.random.Generator, spots: int) -> Ground:
    """Place towns and villages on a lattice wide enough that every spot has a grid cell of its own."""
    columns: list[tuple[np.ndarray, ...]] = []
    each, towns = spots // COUNTRIES, max(2, spots // COUNTRIES // 130)
    side = int(COUNTRY_DEGREES / LATTICE_DEGREES)
    for country in range(COUNTRIES):
        centres = rng.integers(side // 6, side - side // 6, (towns, 2))
        town = rng.integers(-1, towns, 4 * each)
        place = np.where(
            town[:, None] < 0, rng.integers(2, side - 2, (len(town), 2)),
            centres[town] + np.rint(rng.normal(0.0, 6.0, (len(town), 2))).astype(np.int64),
        )  # fmt: skip
        place = np.clip(place, 2, side - 2)
        _, first = np.unique(place[:, 0] * side + place[:, 1], return_index=True)
        chosen = np.sort(first)[:each]
        corner = np.array([country // 2, country % 2]) * COUNTRY_DEGREES
        lat, lon = (corner + place[chosen] * LATTICE_DEGREES).T
        own_town = np.where(town[chosen] < 0, -1, town[chosen] + country * towns)
        columns.append((lat, lon, np.full(len(chosen), country), own_town))
    lat, lon, country, town = (np.concatenate(column) for column in zip(*columns))
    category = np.where(rng.random(len(lat)) < 0.15, rng.choice(CATEGORIES, len(lat)), "")
    return Ground(lat, lon, country, town, category)


def _make_panel(rng: np.random.Generator, ground: Ground, kind: WorldKind, devices: int) -> Panel:
    weight = rng.lognormal(0.0, 1.3, len(ground)) * (rng.random(len(ground)) < 0.6) * np.where(ground.town < 0, 0.3, 1)
    sizes = np.minimum(rng.geometric(0.65, devices), 6)
    family = np.repeat(np.arange(len(sizes)), sizes)[:devices]
    home = rng.choice(len(ground), len(sizes), p=weight / weight.sum())[family]
    appeal = rng.lognormal(0.0, 1.3, len(ground)) * (rng.random(len(ground)) < 0.4)
    work = np.full(devices, -1)
    for country in range(COUNTRIES):
        mine = np.flatnonzero((ground.country[home] == country) & (rng.random(devices) < 0.5))
        offices = np.flatnonzero(ground.country == country)
        # Most work in their own town; of ten drawn at random, the first of the same town is taken.
        drawn = rng.choice(offices, (len(mine), 10), p=appeal[offices] / appeal[offices].sum())
        same = ground.town[drawn] == ground.town[home[mine]][:, None]
        work[mine] = drawn[np.arange(len(mine)), same.argmax(axis=1)]
    days = 7 * kind.weeks
    growth = np.array(kind.growth)[ground.country[home]]
    joins, leaves = np.zeros(devices), np.full(devices, float(days))
    late = rng.random(devices) < np.maximum(1.0 - 1.0 / growth, 0.0)
    joins[late] = rng.uniform(0, days, late.sum())
    early = rng.random(devices) < np.maximum(1.0 - growth, 0.0)
    leaves[early] = rng.uniform(0, days, early.sum())
    if kind.doubles:
        late = (rng.random(devices) < 0.5) & (~np.full(devices, kind.one_country) | (ground.country[home] == 0))
        joins[late] = 7 * kind.key_weeks[0] - DAYS_BEFORE - 1
    vendor = rng.choice(3, devices, p=(0.5, 0.3, 0.2))
    return Panel(home, work, family, rng.beta(1.2, 2.0, devices), vendor, joins, leaves)


def _weekly_appeal(rng: np.random.Generator, kind: WorldKind, spots: int) -> np.ndarray:
    """Return (spots, weeks): each spot's appeal, log-normal, half of a week's deviation carried to the next."""
    spread = kind.swing * np.minimum(rng.lognormal(0.0, 0.5, spots), 2.0)
    appeal = np.empty((spots, kind.weeks + 1))
    state = rng.normal(size=spots)
    for week in range(kind.weeks + 1):
        appeal[:, week] = np.exp(spread * state)
        state = 0.5 * state + np.sqrt(0.75) * rng.normal(size=spots)
    return appeal * rng.lognormal(0.0, 1.5, spots)[:, None]


def _one_place_at_a_time(visits: DayVisits) -> DayVisits:
    """Sort by device and time, and end each visit a quarter of an hour before the device's next one begins."""
    visits = visits.take(np.lexsort((visits.start_h, visits.device)))
    end_h = visits.end_h.copy()
    same = visits.device[1:] == visits.device[:-1]
    end_h[:-1] = np.where(same, np.minimum(end_h[:-1], visits.start_h[1:] - 0.25), end_h[:-1])
    return DayVisits(visits.device, visits.spot, visits.start_h, np.maximum(end_h, visits.start_h))
