"""Who travels in the synthetic scenario, how often and where to: one function for each kind of journey."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .geography import CITIES, find_site, pick_sites, site_weights, sites_with_city
from .journeys import (
    Departures,
    Journeys,
    Lodging,
    Parties,
    Visits,
    departures,
    devices_with,
    drive,
    expand,
    flight_weights,
    fly,
    lodge,
    make_parties,
    road_weights,
)
from .people import People
from .settings import ScenarioSettings
from .timetable import Absences, no_stays
from .trucks import truck_runs

BUSINESS = ("government", "embassy", "market", "hotel", "telecom", "port", "energy or mining")
LEISURE = ("market", "transport hub", "hotel", "market")
ON_BASE = ("military", "air base")


def journeys_of(
    people: People, settings: ScenarioSettings, rng: np.random.Generator
) -> tuple[pd.DataFrame, Absences]:
    """Return the stays of all ordinary journeys and the absences from ordinary days that they cause."""
    none = np.empty(0)
    stays, away = [no_stays()], [Absences(none.astype(np.int64), none, none)]
    for make in (_business_flights, _rare_flights, _contracts, _road_visits, _rotations, _trucks):
        parties, journeys = make(people, settings, rng)
        if len(journeys.party):
            some, absent = expand(rng, people, parties, journeys)
            stays.append(some)
            away.append(absent)
    columns = ([getattr(one, name) for one in away] for name in ("device", "start", "end"))
    return pd.concat(stays, ignore_index=True), Absences(*(np.concatenate(column) for column in columns))


def _possible(plan: Departures, to: np.ndarray) -> tuple[Departures, np.ndarray]:
    """Return the departures that have a destination (not -1), and their destinations."""
    party, day, nights = plan
    return (party[to >= 0], day[to >= 0], nights[to >= 0]), to[to >= 0]


def _visits(people: People, parties: Parties, plan: Departures, to: np.ndarray, lodging: Lodging) -> Visits:
    party, day, nights = plan
    return Visits(party, people.city[parties.leader[party]], to, day, nights, *lodging)


def _flights(people: People, settings: ScenarioSettings, rng: np.random.Generator, role: str, alone: float,
             gap_days: float, nights: tuple[int, int]) -> tuple[Parties, Journeys]:
    parties = make_parties(rng, people, devices_with(people, role), alone)
    plan = departures(rng, settings, len(parties), gap_days, nights)
    to = pick_sites(rng, flight_weights(), people.city[parties.leader[plan[0]]])
    visits = _visits(people, parties, plan, to, lodge(rng, to, ("hotel",), 0.8))
    return parties, fly(rng, visits, site_weights(BUSINESS))


def _business_flights(
    people: People, settings: ScenarioSettings, rng: np.random.Generator
) -> tuple[Parties, Journeys]:
    return _flights(people, settings, rng, "traveller", 0.6, 24.0, (3, 12))


def _rare_flights(people: People, settings: ScenarioSettings, rng: np.random.Generator) -> tuple[Parties, Journeys]:
    return _flights(people, settings, rng, "diplomat", 0.8, 60.0, (3, 14))


def _contracts(people: People, settings: ScenarioSettings, rng: np.random.Generator) -> tuple[Parties, Journeys]:
    """Return four weeks at a mine or terminal and four at home, by air."""
    parties = make_parties(rng, people, devices_with(people, "contractor"), 0.6)
    plan = departures(rng, settings, len(parties), 26.0, (24, 32))
    mines = [find_site("Arlit uranium mine, Agadez"), find_site("Cap Lopez oil terminal, Port-Gentil"),
             find_site("Goudel power plant, Niamey"), find_site("Balingué power plant, Bamako")]
    contract = rng.integers(0, len(mines), len(parties))[plan[0]]
    site = np.array(mines)[contract]
    sites = sites_with_city()
    to = sites["city"].to_numpy()[site]
    lodging = (site, sites["lat"].to_numpy()[site], sites["lon"].to_numpy()[site])
    visits = _visits(people, parties, plan, to, lodging)
    return parties, fly(rng, visits, site_weights(("market",)), activity_chance=0.0)


def _road_visits(people: People, settings: ScenarioSettings, rng: np.random.Generator) -> tuple[Parties, Journeys]:
    residents = devices_with(people, "resident", "trader", "civil servant")
    parties = make_parties(rng, people, residents, 0.7)
    plan = departures(rng, settings, len(parties), 90.0, (2, 6))
    to = pick_sites(rng, road_weights(), people.city[parties.leader[plan[0]]])
    plan, to = _possible(plan, to)
    visits = _visits(people, parties, plan, to, lodge(rng, to, ("hotel",), 0.3))
    return parties, drive(rng, visits, people, parties, site_weights(LEISURE), 0.6)


def _rotations(people: People, settings: ScenarioSettings, rng: np.random.Generator) -> tuple[Parties, Journeys]:
    """Return soldiers' and police's weeks at another base or post of their own country."""
    parties = make_parties(rng, people, devices_with(people, "soldier", "police"), 0.5)
    plan = departures(rng, settings, len(parties), 80.0, (6, 20))
    country = np.array([city.country for city in CITIES])
    own = road_weights() * (country[:, None] == country[None])
    to = pick_sites(rng, own, people.city[parties.leader[plan[0]]])
    plan, to = _possible(plan, to)
    visits = _visits(people, parties, plan, to, lodge(rng, to, ON_BASE, 1.0))
    return parties, drive(rng, visits, people, parties, site_weights(("market", "police", "military")), 0.35)


def _trucks(people: People, settings: ScenarioSettings, rng: np.random.Generator) -> tuple[Parties, Journeys]:
    parties = make_parties(rng, people, devices_with(people, "trucker"), 0.5)
    plan = departures(rng, settings, len(parties), 4.0, (5, 8))
    return parties, truck_runs(rng, people, parties, *plan)
