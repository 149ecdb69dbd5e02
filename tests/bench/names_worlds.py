"""Small fresh worlds in which one thing happens, of six kinds, and what its card must say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import sitelight_package

sitelight_package.load()

from sitelight.plugin.engine.scenario import ScenarioSettings, make_observations  # noqa: E402
from sitelight.plugin.engine.scenario.geography import CITIES, CITY_INDEX, moved, sites_with_city  # noqa: E402
from sitelight.plugin.engine.scenario.ordinary_days import ordinary_stays  # noqa: E402
from sitelight.plugin.engine.scenario.people import ROLE_INDEX, People, make_people  # noqa: E402
from sitelight.plugin.engine.scenario.plans import (  # noqa: E402
    HOUR_S,
    PlannedVisit,
    Spot,
    moments_of_use,
    plan_stays,
)
from sitelight.plugin.engine.scenario.settings import DAY_S, END_S  # noqa: E402
from sitelight.plugin.engine.scenario.timetable import Absences, no_stays, without_overlap  # noqa: E402
from sitelight.plugin.engine.scenario.world import observed  # noqa: E402

DEVICES, DAYS = 200, 105
KEY_DATE = date(2023, 8, 26)  # a Saturday, so that nothing rests on the weekdays of the demo's dates
KEY_S = END_S - (date(2023, 9, 8) - KEY_DATE).days * float(DAY_S)
CAPITALS = ("Niamey", "Bamako", "Libreville")
GARRISONS_ABROAD = ("Rostov-on-Don", "Ussuriysk", "Khabarovsk", "Simferopol")
COUNTRY = {"RU": "Russia", "UA": "Ukraine", "FR": "France", "TR": "T[uü]rk", "CN": "China"}
MILITARY = r"\bmilitary\b"
Visits = Callable[[np.random.Generator, int], list[PlannedVisit]]


@dataclass(frozen=True)
class Truth:
    """What happened: its places, and patterns (case-insensitive) that the first card's words must match.

    `where` are lat, lon of the places, of which the main one is the first; `days` the dates of which one must be named.
    """

    kind: str
    where: tuple[tuple[float, float], ...]
    who: tuple[str, ...]
    how: tuple[str, ...]
    when: tuple[str, ...]
    days: tuple[date, ...]
    devices: int


@dataclass(frozen=True)
class Planted:
    """Who takes part, what each does, when ordinary life is suspended (seconds), and the truth."""

    people: People
    visits: Visits
    away_s: tuple[float, float] | None
    truth: Truth
    absent_from: Spot | None = None


def make_world(kind: str, seed: int) -> tuple[pd.DataFrame, Truth]:
    """Return the observations of a world in which one thing of this kind happens, and its truth."""
    settings = ScenarioSettings(devices=DEVICES, days=DAYS, seed=seed, null=True)
    rng = np.random.default_rng((seed, sorted(KINDS).index(kind)))
    planted = KINDS[kind](rng, settings)
    background = pd.concat(list(make_observations(settings)), ignore_index=True)
    frame = pd.concat([background, _observe(planted, settings, rng)], ignore_index=True)
    return frame.sort_values("timestamp", kind="stable", ignore_index=True), planted.truth


def _observe(planted: Planted, settings: ScenarioSettings, rng: np.random.Generator) -> pd.DataFrame:
    people, number = planted.people, len(planted.people)
    stays = ordinary_stays(people, settings, rng)
    planned = [plan_stays(rng, device, planted.visits(rng, device), 0.6) for device in range(number)]
    acts = pd.concat([no_stays(), *(one for one in planned if len(one))], ignore_index=True)
    if planted.away_s is not None:
        begin, end = (np.full(number, moment) for moment in planted.away_s)
        stays = without_overlap(stays, Absences(np.arange(number), begin, end))
    if planted.absent_from is not None:
        spot = planted.absent_from
        there = (np.abs(stays["lat"] - spot.lat) < 0.004) & (np.abs(stays["lon"] - spot.lon) < 0.004)
        stays = stays[~(there & (stays["depart"] > KEY_S))]
    device, time_s = moments_of_use(rng, acts, every_s=1.5 * HOUR_S, most=10)
    return observed(people, pd.concat([stays, acts], ignore_index=True), settings, rng, device, time_s)


def _people(
    rng: np.random.Generator, settings: ScenarioSettings, count: int, role: str, city: str, work: int = -1
) -> People:
    index = np.full(count, ROLE_INDEX[role]), np.full(count, CITY_INDEX[city])
    made = make_people(rng, settings, *index, np.full(count, work))
    return replace(
        made, rate=np.clip(rng.lognormal(np.log(50.0), 0.4, count), 30.0, 150.0), idle=np.zeros(count),
        in_air=np.zeros(count, dtype=bool), first_s=np.full(count, float(settings.start_s)),
        last_s=np.full(count, float(settings.end_s)),
    )  # fmt: skip


def _site(rng: np.random.Generator, city: str, *categories: str) -> int:
    sites = sites_with_city()
    rows = np.flatnonzero((sites["city"] == CITY_INDEX[city]) & sites["category"].isin(categories))
    near = [row for row in rows if abs(sites["lat"].iloc[row] - CITIES[CITY_INDEX[city]].lat) < 0.4]
    return int(rng.choice(near))


def _airport(city: str) -> Spot:
    sites = sites_with_city()
    rows = np.flatnonzero((sites["city"] == CITY_INDEX[city]) & (sites["category"] == "airport"))
    return Spot.of_site(int(rows[0]))


def _capital(rng: np.random.Generator) -> tuple[str, float]:
    """Return a capital and the UTC second of its local midnight of the key date."""
    city = str(rng.choice(CAPITALS))
    return city, KEY_S - CITIES[CITY_INDEX[city]].utc_hours * HOUR_S


def _dates(first: int, last: int) -> tuple[date, ...]:
    return tuple(KEY_DATE + timedelta(days=day) for day in range(first, last + 1))


def _at(*spots: Spot) -> tuple[tuple[float, float], ...]:
    return tuple((spot.lat, spot.lon) for spot in spots)


def _flown(
    rng: np.random.Generator, kind: str, settings: ScenarioSettings, city: str, midnight: float, people: People,
    start: Spot, lodging: Spot, by_day: Spot, who: tuple[str, ...],
) -> Planted:  # fmt: skip
    """Return a party that flies in the day before the key date, sleeps some nights and works by day, and flies back."""
    nights = int(rng.integers(3, 6))
    there = _airport(city)

    def visits(rng: np.random.Generator, number: int) -> list[PlannedVisit]:
        late = rng.uniform(0, 900)
        found = [
            PlannedVisit(start, midnight - 42 * HOUR_S + late, midnight - 40 * HOUR_S + late),
            PlannedVisit(there, midnight - 16 * HOUR_S + late, midnight - 15 * HOUR_S + late, "air"),
        ]
        for night in range(nights):
            evening = midnight + (night * 24 - 5) * HOUR_S + rng.uniform(0, 1800)
            found.append(PlannedVisit(lodging, evening, evening + 12 * HOUR_S, "road", True))
            if night + 1 < nights and rng.random() < 0.8:
                morning = midnight + (night * 24 + 9) * HOUR_S + rng.uniform(0, 1800)
                found.append(PlannedVisit(by_day, morning, morning + 5 * HOUR_S))
        home = midnight + (nights * 24 - 14) * HOUR_S
        return [
            *found, PlannedVisit(there, home + late, home + 1.5 * HOUR_S + late),
            PlannedVisit(start, home + 16 * HOUR_S + late, home + 18 * HOUR_S + late, "air"),
        ]  # fmt: skip

    away = midnight - 60 * HOUR_S, midnight + (nights * 24 + 24) * HOUR_S
    truth = Truth(
        kind, _at(lodging, by_day, there), who, (r"\bby air\b", r"\b(overnight|lodged|nights?)\b"), (r"\bnights?\b",),
        _dates(-1, nights - 1), len(people),
    )  # fmt: skip
    return Planted(people, visits, away, truth)


def _foreign_team(rng: np.random.Generator, settings: ScenarioSettings) -> Planted:
    city, midnight = _capital(rng)
    origin = str(rng.choice(GARRISONS_ABROAD))
    base = _site(rng, origin, "military")
    people = _people(rng, settings, int(rng.integers(7, 13)), "soldier", origin, base)
    lodging = Spot.of_site(_site(rng, city, "military", "hotel"))
    by_day = Spot.of_site(_site(rng, city, "military", "government"))
    country = COUNTRY[CITIES[CITY_INDEX[origin]].country]
    who = (rf"\bfrom ({country}|abroad)", MILITARY)
    return _flown(rng, "foreign team", settings, city, midnight, people, _airport(origin), lodging, by_day, who)


def _delegation(rng: np.random.Generator, settings: ScenarioSettings) -> Planted:
    city, midnight = _capital(rng)
    origin = str(rng.choice(("Paris", "Istanbul", "Beijing", "Moscow")))
    people = _people(rng, settings, int(rng.integers(7, 13)), "civil servant", origin, _site(rng, origin, "government"))
    lodging = Spot.of_site(_site(rng, city, "hotel"))
    by_day = Spot.of_site(_site(rng, city, "government"))
    country = COUNTRY[CITIES[CITY_INDEX[origin]].country]
    who = (rf"\bfrom ({country}|abroad)",)
    return _flown(rng, "delegation", settings, city, midnight, people, _airport(origin), lodging, by_day, who)


def _night_raid(rng: np.random.Generator, settings: ScenarioSettings) -> Planted:
    city, midnight = _capital(rng)
    base = _site(rng, city, "military")
    people = _people(rng, settings, int(rng.integers(8, 15)), "soldier", city, base)
    target = Spot.of_site(_site(rng, city, "government", "telecom", "embassy", "energy or mining"))
    begin = midnight + rng.uniform(0.5, 2.0) * HOUR_S

    def visits(rng: np.random.Generator, number: int) -> list[PlannedVisit]:
        late = rng.uniform(0, 900)
        barracks = Spot.of_site(base)
        return [
            PlannedVisit(barracks, begin - 5 * HOUR_S + late, begin - 0.6 * HOUR_S + late),
            PlannedVisit(target, begin + late, begin + 2.6 * HOUR_S + late),
            PlannedVisit(barracks, begin + 3.4 * HOUR_S + late, begin + 8 * HOUR_S),
        ]

    truth = Truth(
        "night raid", _at(target), (MILITARY,), (r"\b(together|convoy)\b",), (r"\bby night\b|\bnight of\b",),
        _dates(-1, 0), len(people),
    )  # fmt: skip
    return Planted(people, visits, (midnight - 6 * HOUR_S, midnight + 12 * HOUR_S), truth)


def _crowd(rng: np.random.Generator, settings: ScenarioSettings) -> Planted:
    city, midnight = _capital(rng)
    people = _people(rng, settings, int(rng.integers(35, 60)), "resident", city)
    market = Spot.of_site(_site(rng, city, "market"))
    begin = midnight + 10 * HOUR_S

    def visits(rng: np.random.Generator, number: int) -> list[PlannedVisit]:
        late = rng.uniform(0, 3600)
        return [PlannedVisit(market, begin + late, begin + 3 * HOUR_S + late)]

    # Of a crowd there is nobody in particular: that it lives around, or that it is many more than usual, says who.
    who = (r"\b(living (nearby|here)|more devices)\b",)
    truth = Truth(
        "market crowd", _at(market), who, (r"about \d+[^.:;]* in an ordinary|hardly any",),
        (r"\bby day\b|\bfrom about",), _dates(0, 0), len(people),
    )  # fmt: skip
    return Planted(people, visits, (midnight + 8 * HOUR_S, midnight + 16 * HOUR_S), truth)


def _convoy(rng: np.random.Generator, settings: ScenarioSettings) -> Planted:
    city, midnight = _capital(rng)
    base = _site(rng, city, "military")
    people = _people(rng, settings, int(rng.integers(6, 11)), "soldier", city, base)
    barracks = Spot.of_site(base)
    km, angle = rng.uniform(45, 90), rng.uniform(0.1, 1.4)
    lat, lon = moved(
        np.array([barracks.lat]), np.array([barracks.lon]), np.array([1000 * km * np.cos(angle)]),
        np.array([1000 * km * np.sin(angle)]),
    )  # fmt: skip
    halt = Spot(-1, "halt", float(lat[0]), float(lon[0]), 60.0)
    start = midnight + rng.uniform(5.0, 8.0) * HOUR_S

    def visits(rng: np.random.Generator, number: int) -> list[PlannedVisit]:
        late = 45.0 * number + rng.uniform(0, 30)
        return [
            PlannedVisit(barracks, start - 2 * HOUR_S + late, start + late),
            PlannedVisit(halt, start + 2.2 * HOUR_S + late, start + 6 * HOUR_S + late),
            PlannedVisit(barracks, start + 8.2 * HOUR_S + late, start + 11 * HOUR_S + late),
        ]

    truth = Truth(
        "convoy", _at(halt), (MILITARY,), (r"\bconvoy\b",), (r"\bby day\b|\bfrom about",), _dates(0, 0), len(people)
    )
    return Planted(people, visits, (start - 3 * HOUR_S, start + 12 * HOUR_S), truth)


def _staff_leaves(rng: np.random.Generator, settings: ScenarioSettings) -> Planted:
    city, _midnight = _capital(rng)
    office = Spot.of_site(_site(rng, city, "embassy", "telecom"))
    people = _people(rng, settings, int(rng.integers(20, 31)), "embassy staff", city, office.site)
    truth = Truth(
        "staff that leaves", _at(office), (r"\bregular",), (r"\bstayed away\b",), (r"\bfrom\b|\bon\b",),
        _dates(-2, 6), len(people),
    )  # fmt: skip
    return Planted(people, lambda rng, number: [], None, truth, office)


KINDS: dict[str, Callable[[np.random.Generator, ScenarioSettings], Planted]] = {
    "foreign team": _foreign_team, "night raid": _night_raid, "delegation": _delegation, "market crowd": _crowd,
    "convoy": _convoy, "staff that leaves": _staff_leaves,
}  # fmt: skip
