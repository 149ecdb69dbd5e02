"""Worlds with several teams of the same kind at different places and weeks, planted into the scenario's null world.

Everything is synthetic. Some teams of each kind come in the first weeks and are marked as examples; one more comes
later, at another place, with other devices, and is what a signature has to find.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Callable

import numpy as np
import pandas as pd
import sitelight_package

sitelight_package.load()

from sitelight.plugin.engine.places import Sites
from sitelight.plugin.engine.scenario import ScenarioSettings, make_observations  # noqa: E402
from sitelight.plugin.engine.scenario.geography import (  # noqa: E402
    CITIES,
    CITY_INDEX,
    CITY_UTC_HOURS,
    find_site,
    main_airports,
    sites_with_city,
)
from sitelight.plugin.engine.scenario.ordinary_days import ordinary_stays  # noqa: E402
from sitelight.plugin.engine.scenario.people import ROLE_INDEX, make_people  # noqa: E402
from sitelight.plugin.engine.scenario.plans import (  # noqa: E402
    HOUR_S,
    PlannedVisit,
    Spot,
    moments_of_use,
    plan_stays,
)
from sitelight.plugin.engine.scenario.timetable import absences, without_overlap  # noqa: E402
from sitelight.plugin.engine.scenario.world import observed  # noqa: E402
from worlds.engine_worlds import ListSource  # noqa: E402

DAY_S = 86_400
DAYS = 120
FIRST_WEEK, LAST_WEEK = date(2023, 6, 14), date(2023, 7, 26)  # starts of example windows
LATER = (date(2023, 8, 9), date(2023, 8, 23))
EXAMPLES = 4
CLEAR_RATE, FAINT_RATE = 40.0, 15.0
HOSTS = ("Niamey", "Bamako", "Libreville", "Lome", "Ouagadougou", "Cotonou", "Agadez", "Mopti", "Gao")
HOMES = ("Moscow", "Rostov-on-Don", "Khabarovsk", "Simferopol", "Istanbul")


@dataclass(frozen=True)
class Team:
    """One planted team: its kind, place and week (the window is seven days from `start`), and its size."""

    kind: str
    spot: Spot
    city: str
    start: date
    size: int


@dataclass(frozen=True)
class TeamWorld:
    """Observations, sites and the teams: per kind `EXAMPLES` early ones, then one later one."""

    observations: pd.DataFrame
    sites: Sites
    teams: dict[str, list[Team]]

    @property
    def source(self) -> ListSource:
        """The observations as a study takes them."""
        frame = self.observations
        columns = (frame[name].to_numpy() for name in ("latitude", "longitude", "horizontal_accuracy"))
        return ListSource(frame["device_id"].to_numpy(), frame["timestamp"].to_numpy() * 1000, *columns)


def _sites_of(city: str, *categories: str) -> list[int]:
    sites = sites_with_city()
    near = sites["city"].to_numpy() == CITY_INDEX[city]
    return np.flatnonzero(near & sites["category"].isin(categories).to_numpy()).tolist()


def _unnamed(rng: np.random.Generator, city: str, km: float, name: str) -> Spot:
    home = CITIES[CITY_INDEX[city]]
    angle = rng.uniform(0, 2 * np.pi)
    lat = home.lat + km / 111.2 * np.sin(angle)
    lon = home.lon + km / 111.2 * np.cos(angle) / np.cos(np.radians(home.lat))
    return Spot(-1, name, lat, lon, 60.0, home.country)


def _at(team: Team, day: int, hour: float) -> float:
    """Return UTC seconds of a local hour on a day of the team's week."""
    midnight = (team.start - date(1970, 1, 1)).days * DAY_S
    return midnight + day * DAY_S + (hour - CITY_UTC_HOURS[CITY_INDEX[team.city]]) * HOUR_S


def _foreign(rng: np.random.Generator, team: Team, home: str, number: int) -> list[PlannedVisit]:
    """Fly in from far away, lodge some nights at one house or hotel, fly home."""
    start = Spot.of_site(int(main_airports()[CITY_INDEX[home]]))
    landing = Spot.of_site(int(main_airports()[CITY_INDEX[team.city]]))
    late = 2.0 * (number % 2) * HOUR_S + rng.uniform(0, 600)
    visits = [
        PlannedVisit(start, _at(team, 0, -2) + late, _at(team, 0, 0) + late),
        PlannedVisit(landing, _at(team, 0, 12) + late, _at(team, 0, 13) + late, "air"),
        PlannedVisit(team.spot, _at(team, 0, 15) + late, _at(team, 1, 8), "road", True),
    ]
    meeting = _unnamed(np.random.default_rng(team.size), team.city, 2.0, f"House of {team.city}")
    for day in range(1, 6):
        if rng.random() < 0.5:
            visits.append(PlannedVisit(meeting, _at(team, day, 9), _at(team, day, 12)))
        visits.append(PlannedVisit(team.spot, _at(team, day, 19), _at(team, day + 1, 7), "road", True))
    return [*visits, PlannedVisit(landing, _at(team, 6, 9), _at(team, 6, 12)),
            PlannedVisit(start, _at(team, 7, 0), _at(team, 7, 1), "air")]  # fmt: skip


def _convoy(rng: np.random.Generator, team: Team, base: str, number: int) -> list[PlannedVisit]:
    """Halt by the road outside town in a convoy from the garrison, on two mornings."""
    garrison = Spot.of_site(find_site(base))
    shift = 45.0 * number + rng.uniform(0, 30)
    visits = []
    for day in (1, 3):
        visits += [
            PlannedVisit(garrison, _at(team, day, 3.5) + shift, _at(team, day, 5) + shift),
            PlannedVisit(team.spot, _at(team, day, 6.5) + shift, _at(team, day, 11) + shift),
            PlannedVisit(garrison, _at(team, day, 13) + shift, _at(team, day, 15.5) + shift),
        ]
    return visits


def _occupation(rng: np.random.Generator, team: Team, base: str, number: int) -> list[PlannedVisit]:
    """Soldiers hold a government building for three nights."""
    start, end = _at(team, 1, 20.5) + rng.uniform(0, 1500), _at(team, 4, 6) + rng.uniform(0, 1500)
    return [PlannedVisit(team.spot, start, end, "road", True)]


KINDS: dict[str, Callable[..., list[PlannedVisit]]] = {
    "foreign team": _foreign, "convoy halt": _convoy, "occupation": _occupation,
}


def _plan_teams(rng: np.random.Generator, kind: str, sizes: tuple[int, int]) -> tuple[list[Team], list[str]]:
    """Draw places, weeks, sizes and bases: no city of an example is also that of the later team."""
    cities = HOSTS if kind != "foreign team" else tuple(c for c in HOSTS if main_airports()[CITY_INDEX[c]] >= 0)
    category = {"convoy halt": ("military",), "occupation": ("military",)}.get(kind, ())
    cities = tuple(city for city in cities if not category or _sites_of(city, *category))
    chosen = rng.choice(len(cities), EXAMPLES + 1, replace=False)
    later = LATER[rng.integers(len(LATER))]
    teams, bases = [], []
    for number, index in enumerate(chosen):
        city = cities[int(index)]
        week = FIRST_WEEK + timedelta(days=7 * int(rng.integers(0, (LAST_WEEK - FIRST_WEEK).days // 7)))
        teams.append(Team(kind, _place(rng, kind, city), city, later if number == EXAMPLES else week,
                          int(rng.integers(*sizes))))  # fmt: skip
        sites = _sites_of(city, *category)
        bases.append(
            str(sites_with_city()["name"].iloc[rng.choice(sites)]) if category else str(rng.choice(HOMES))
        )
    return teams, bases


def _place(rng: np.random.Generator, kind: str, city: str) -> Spot:
    if kind == "convoy halt":
        return _unnamed(rng, city, rng.uniform(24.0, 40.0), f"Halt near {city}")
    if kind == "occupation":
        return Spot.of_site(int(rng.choice(_sites_of(city, "government", "telecom"))))
    hotels = _sites_of(city, "hotel")
    if hotels and rng.random() < 0.7:
        return Spot.of_site(int(rng.choice(hotels)))
    return _unnamed(rng, city, 3.0, f"House in {city}")


def _team_feed(settings: ScenarioSettings, team: Team, base: str, number: int, rate: float) -> pd.DataFrame:
    """Return the observations of one team: ordinary life at its base, less the time of the plan, plus the plan.

    `rate` is the median number of fixes per device and day.
    """
    rng = settings.stream(9, number)
    is_foreign = team.kind == "foreign team"
    home = base if is_foreign else team.city
    role = np.full(team.size, ROLE_INDEX["soldier"])
    if is_foreign:
        role[team.size // 2 :] = ROLE_INDEX["resident"]
    work = np.full(team.size, -1 if is_foreign else find_site(base))
    people = replace(
        make_people(rng, settings, role, np.full(team.size, CITY_INDEX[home]), work),
        rate=np.clip(rate * np.exp(0.4 * rng.standard_normal(team.size)), rate / 2, 3 * rate), idle=np.zeros(team.size),
        in_air=np.zeros(team.size, bool), first_s=np.full(team.size, float(settings.start_s)),
        last_s=np.full(team.size, float(settings.end_s)),
    )  # fmt: skip
    plans = [
        plan_stays(rng, device, KINDS[team.kind](rng, team, base, device), 0.6) for device in range(team.size)
    ]
    planned = pd.concat(plans, ignore_index=True)
    rows = planned.sort_values(["device", "arrive"], ignore_index=True)
    pause = rows["arrive"] - rows["depart"].shift()
    run = ((rows["device"] != rows["device"].shift()) | (pause > 14 * HOUR_S)).cumsum().to_numpy()
    ordinary = without_overlap(ordinary_stays(people, settings, rng), absences(rows, run, people))
    extra = moments_of_use(rng, planned, every_s=3 * HOUR_S, most=10 if rate == CLEAR_RATE else 0)
    return observed(people, pd.concat([ordinary, planned], ignore_index=True), settings, rng, *extra)


def make_world(seed: int, devices: int = 500, is_faint: bool = False) -> TeamWorld:
    """Return the world of `seed`: the scenario's null world with `devices` devices and all teams.

    Faint teams have 4 to 6 devices, seen as rarely as everybody else; clear ones 6 to 10, seen more often.
    """
    settings = ScenarioSettings(devices=devices, days=DAYS, seed=seed, null=True)
    rng = settings.stream(8)
    parts, teams, number = list(make_observations(settings)), {}, 0
    for kind in KINDS:
        teams[kind], bases = _plan_teams(rng, kind, (4, 7) if is_faint else (6, 11))
        for team, base in zip(teams[kind], bases):
            parts.append(_team_feed(settings, team, base, number, FAINT_RATE if is_faint else CLEAR_RATE))
            number += 1
    frame = pd.concat(parts, ignore_index=True)
    return TeamWorld(frame, scenario_places(), teams)


def scenario_places() -> Sites:
    """Return the scenario's sites as the engine takes them."""
    frame = sites_with_city()
    text = {name: frame[name].to_numpy(dtype=object) for name in ("site_id", "name", "category", "country")}
    none = np.full(len(frame), None, dtype=object)
    number = {name: frame[name].to_numpy(dtype=np.float64) for name in ("lat", "lon", "radius_m")}
    return Sites(**text, given_category=text["category"], **number, polygon=none)
