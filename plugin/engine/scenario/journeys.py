"""Ordinary journeys of the synthetic scenario: flights, road visits, rotations and contracts, in small parties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .geography import (
    CITIES,
    CITY_INDEX,
    CITY_LAT,
    CITY_LON,
    CITY_UTC_HOURS,
    METRES_PER_DEGREE,
    distance_km,
    main_airports,
    pick_sites,
    scattered,
    site_weights,
    sites_with_city,
    unnamed_places,
)
from .people import ROLE_INDEX, People
from .settings import BURN_IN_DAYS, DAY_S, ScenarioSettings
from .timetable import AIR, COLUMNS, ROAD, Absences, absences, road_seconds

HOUR_S = 3600.0
Departures = tuple[np.ndarray, np.ndarray, np.ndarray]  # party, epoch day, nights away
Lodging = tuple[np.ndarray, np.ndarray, np.ndarray]  # site (row or -1), lat, lon
AFRICA = ("NE", "ML", "GA", "TG", "BF", "BJ")


@dataclass(frozen=True)
class Parties:
    """Groups of one to four neighbouring devices of a kind that travel together; `device` lists them party by party."""

    device: np.ndarray
    first: np.ndarray
    size: np.ndarray

    def __len__(self) -> int:
        return len(self.first)

    @property
    def leader(self) -> np.ndarray:
        """The first device of each party."""
        return self.device[self.first]


@dataclass(frozen=True)
class Journeys:
    """Stays of parties on the way: `journey`, `arrive`, `depart`, `lat`, `lon`, `radius_m`, `mode`, `lodged`.

    `party` and the lodging (NaN: none) are per journey. `lodged` stays are made from the lodging, others in transit.
    """

    party: np.ndarray
    lodging_lat: np.ndarray
    lodging_lon: np.ndarray
    lodging_radius_m: np.ndarray
    stays: pd.DataFrame


@dataclass(frozen=True)
class Visits:
    """Journeys to be made: who (party), from where, to which city, when, for how many nights, lodging where."""

    party: np.ndarray
    origin: np.ndarray
    to: np.ndarray
    day: np.ndarray
    nights: np.ndarray
    lodging_site: np.ndarray
    lodging_lat: np.ndarray
    lodging_lon: np.ndarray


def make_parties(rng: np.random.Generator, people: People, device: np.ndarray, alone: float) -> Parties:
    """Join neighbours of the same city into parties; with chance `alone` a device starts a party of its own."""
    device = device[np.argsort(people.city[device], kind="stable")]
    city = people.city[device]
    new = rng.random(len(device)) < alone
    new[1:] |= city[1:] != city[:-1]
    new[:1] = True
    new |= np.arange(len(device)) % 4 == 0
    first = np.flatnonzero(new)
    return Parties(device, first, np.diff(np.append(first, len(device))))


def departures(
    rng: np.random.Generator, settings: ScenarioSettings, parties: int, gap_days: float, nights: tuple[int, int]
) -> Departures:
    """Draw the journeys of each party over the whole history: (party, epoch day of departure, nights away).

    Times at home are exponential with mean `gap_days` (at least 3 days); the process starts long before the
    first record, so that its rate is the same on every day.
    """
    first_day = settings.start_s // DAY_S - BURN_IN_DAYS
    span = settings.end_s // DAY_S + 1 - first_day
    most = int(1.8 * span / (gap_days + sum(nights) / 2)) + 8
    home = 3.0 + rng.exponential(max(gap_days - 3.0, 1.0), (parties, most))
    away = rng.integers(nights[0], nights[1] + 1, (parties, most))
    home[:, 0] *= rng.random(parties)
    leave = np.cumsum(home, axis=1) + np.cumsum(away + 2, axis=1) - (away + 2)
    party, turn = np.nonzero(leave < span)
    return party, (first_day + leave[party, turn]).astype(np.int64), away[party, turn]


def stay_rows(
    journey: np.ndarray,
    arrive: np.ndarray,
    depart: np.ndarray,
    lat: np.ndarray,
    lon: np.ndarray,
    radius_m: np.ndarray,
    mode: int = ROAD,
    lodged: bool = False,
) -> pd.DataFrame:
    """Return stays of parties with the columns of `Journeys.stays`; times in UTC epoch seconds."""
    return pd.DataFrame({"journey": journey, "arrive": arrive, "depart": depart, "lat": lat, "lon": lon,
                         "radius_m": radius_m, "mode": mode, "lodged": lodged})


def _site_rows(
    journey: np.ndarray, site: np.ndarray, arrive: np.ndarray, depart: np.ndarray, mode: int
) -> pd.DataFrame:
    sites = sites_with_city()
    lat, lon = sites["lat"].to_numpy()[site], sites["lon"].to_numpy()[site]
    return stay_rows(journey, arrive, depart, lat, lon, 0.45 * sites["radius_m"].to_numpy()[site], mode)


def _sojourn(rng: np.random.Generator, visits: Visits, activities: np.ndarray, activity_chance: float) -> pd.DataFrame:
    """Return nights at the lodging and daytime activities in the city visited.

    `activities` is a cities x sites matrix of weights; half of the activities happen at unnamed places.
    """
    journey = np.repeat(np.arange(len(visits.day)), visits.nights)
    turn = np.arange(len(journey)) - np.repeat(np.cumsum(visits.nights) - visits.nights, visits.nights)
    to = visits.to[journey]
    midnight = (visits.day[journey] + turn) * float(DAY_S) - CITY_UTC_HOURS[to] * HOUR_S
    n = len(journey)
    rows = [stay_rows(journey, midnight + rng.uniform(22.3, 23.0, n) * HOUR_S, midnight + rng.uniform(29.7, 31.0, n)
                       * HOUR_S, visits.lodging_lat[journey], visits.lodging_lon[journey], np.zeros(n), ROAD, True)]
    sites = sites_with_city()
    for from_h, longest, share in ((9.3, 2.8, 1.0), (14.0, 2.8, 1.0), (19.0, 1.9, 0.5)):
        some = np.flatnonzero((turn > 0) & (rng.random(n) < activity_chance * share))
        site = pick_sites(rng, activities, to[some])
        site[rng.random(len(some)) < 0.5] = -1
        lat, lon = unnamed_places(rng, to[some], 0.6)
        lat = np.where(site >= 0, sites["lat"].to_numpy()[site], lat)
        lon = np.where(site >= 0, sites["lon"].to_numpy()[site], lon)
        start = midnight[some] + (from_h + rng.uniform(0, 0.7, len(some))) * HOUR_S
        end = start + rng.uniform(0.8, longest, len(some)) * HOUR_S
        radius = np.where(site >= 0, 0.4 * sites["radius_m"].to_numpy()[site], 25.0)
        rows.append(stay_rows(journey[some], start, end, lat, lon, radius, ROAD, True))
    return pd.concat(rows)


def _as_journeys(visits: Visits, rows: list[pd.DataFrame]) -> Journeys:
    sites = sites_with_city()
    radius = np.where(visits.lodging_site >= 0, 0.5 * sites["radius_m"].to_numpy()[visits.lodging_site], 25.0)
    return Journeys(visits.party, visits.lodging_lat, visits.lodging_lon, radius, pd.concat(rows, ignore_index=True))


def fly(
    rng: np.random.Generator, visits: Visits, activities: np.ndarray, activity_chance: float = 0.75
) -> Journeys:
    """Return air journeys: home airport, airport of the city visited, lodging with activities, and back."""
    n = np.arange(len(visits.day))
    origin, to = main_airports()[visits.origin], main_airports()[visits.to]
    sites = sites_with_city()
    lat, lon = sites["lat"].to_numpy(), sites["lon"].to_numpy()
    flight_s = (0.6 + distance_km(lat[origin], lon[origin], lat[to], lon[to]) / 780.0) * HOUR_S
    midnight = visits.day * float(DAY_S) - CITY_UTC_HOURS[visits.to] * HOUR_S
    landing = midnight + rng.uniform(9.0, 16.5, len(n)) * HOUR_S
    takeoff = midnight + (visits.nights * 24.0 + rng.uniform(14.0, 22.5, len(n))) * HOUR_S
    wait = rng.uniform(1.3, 2.6, (2, len(n))) * HOUR_S
    leave = rng.uniform(0.5, 1.2, (2, len(n))) * HOUR_S
    rows = [
        _site_rows(n, origin, landing - flight_s - wait[0], landing - flight_s, ROAD),
        _site_rows(n, to, landing, landing + leave[0], AIR),
        _sojourn(rng, visits, activities, activity_chance),
        _site_rows(n, to, takeoff - wait[1], takeoff, ROAD),
        _site_rows(n, origin, takeoff + flight_s, takeoff + flight_s + leave[1], AIR),
    ]
    return _as_journeys(visits, rows)


def drive(rng: np.random.Generator, visits: Visits, people: People, parties: Parties, activities: np.ndarray,
          activity_chance: float) -> Journeys:
    """Return road journeys: to the lodging in another city, activities there, and back home."""
    n = np.arange(len(visits.day))
    home = parties.leader[visits.party]
    home_lat, home_lon = people.home_lat[home], people.home_lon[home]
    travel_s = road_seconds(distance_km(home_lat, home_lon, visits.lodging_lat, visits.lodging_lon))
    midnight = visits.day * float(DAY_S) - CITY_UTC_HOURS[visits.to] * HOUR_S
    arrive = midnight + (visits.nights * 24.0 + rng.uniform(7.0, 11.0, len(n))) * HOUR_S + travel_s
    rows = [
        _sojourn(rng, visits, activities, activity_chance),
        stay_rows(n, arrive, arrive + HOUR_S, home_lat, home_lon, np.full(len(n), 10.0)),
    ]
    return _as_journeys(visits, rows)


def expand(
    rng: np.random.Generator, people: People, parties: Parties, journeys: Journeys
) -> tuple[pd.DataFrame, Absences]:
    """Return the stays of all members (columns of `timetable.COLUMNS`) and their absences (device, start, end).

    Members of a party keep the same times up to a few minutes, and have rooms and desks of their own.
    """
    stays = journeys.stays
    party = journeys.party[stays["journey"].to_numpy()]
    size = parties.size[party]
    row = np.repeat(np.arange(len(stays)), size)
    member = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    table = {name: stays[name].to_numpy()[row] for name in stays.columns}
    journey = table["journey"]
    shift = rng.uniform(0.0, 360.0, (len(journeys.party), 4))[journey, member]
    room = rng.uniform(-0.7, 0.7, (2, len(journeys.party), 4))[:, journey, member] * journeys.lodging_radius_m[journey]
    base_lat, base_lon = journeys.lodging_lat[journey], journeys.lodging_lon[journey]
    lodging_lat = base_lat + room[0] / METRES_PER_DEGREE
    lodging_lon = base_lon + room[1] / METRES_PER_DEGREE
    lat, lon = scattered(rng, table["lat"], table["lon"], table["radius_m"])
    lodged, sleeps = table["lodged"], table["lodged"] & (table["radius_m"] == 0.0)
    device = parties.device[parties.first[party[row]] + member]
    frame = pd.DataFrame({
        "device": device, "arrive": table["arrive"] + shift, "depart": table["depart"] + shift,
        "lat": np.where(sleeps, lodging_lat, lat), "lon": np.where(sleeps, lodging_lon, lon), "mode": table["mode"],
        "lodging_lat": np.where(lodged, lodging_lat, np.nan), "lodging_lon": np.where(lodged, lodging_lon, np.nan),
    })[COLUMNS]
    return frame, absences(frame, journey * 4 + member, people)


def lodge(rng: np.random.Generator, to: np.ndarray, categories: tuple[str, ...], named: float) -> Lodging:
    """Return (site or -1, lat, lon) of a lodging in each city: a site of `categories` with chance `named`."""
    sites = sites_with_city()
    site = pick_sites(rng, site_weights(categories), to)
    site[rng.random(len(to)) >= named] = -1
    lat, lon = unnamed_places(rng, to)
    return (site, np.where(site >= 0, sites["lat"].to_numpy()[site], lat),
            np.where(site >= 0, sites["lon"].to_numpy()[site], lon))


def _row(**chances: float) -> np.ndarray:
    weights = np.zeros(len(CITIES))
    for name, chance in chances.items():
        weights[CITY_INDEX[name.replace("_", "-")]] = chance
    return weights


_HUBS = _row(Niamey=22, Bamako=22, Libreville=24, Lome=10, Ouagadougou=5, Cotonou=4, Agadez=2, Istanbul=4, Paris=4,
             Beijing=3)
_REGION = _row(Niamey=14, Bamako=14, Libreville=12, Lome=12, Ouagadougou=10, Cotonou=10, Agadez=5, Mopti=4, Gao=2,
               Paris=9, Istanbul=5, Beijing=3)
_RUSSIA = _row(Moscow=40, Istanbul=22, Bamako=9, Niamey=4, Libreville=4, Beijing=8, Paris=4, Khabarovsk=5)


def _between_cities_km() -> np.ndarray:
    return distance_km(CITY_LAT[:, None], CITY_LON[:, None], CITY_LAT[None], CITY_LON[None])


def flight_weights() -> np.ndarray:
    """Return a cities x cities matrix of where travellers of a city fly to: nowhere nearer than 300 km."""
    taste = [_REGION if c.country in AFRICA else _RUSSIA if c.country in ("RU", "UA") else _HUBS for c in CITIES]
    return np.where(_between_cities_km() > 300.0, np.array(taste), 0.0)


def road_weights() -> np.ndarray:
    """Return a cities x cities matrix of where people drive to: more often to nearer towns, up to 1,100 km."""
    km = _between_cities_km()
    weights = np.where((km > 30) & (km < 1100), 100.0 / (km + 100.0), 0.0)
    return weights * np.array([city.share > 0 for city in CITIES])[None]


def devices_with(people: People, *roles: str) -> np.ndarray:
    """Return the devices of the given roles."""
    return np.flatnonzero(np.isin(people.role, [ROLE_INDEX[role] for role in roles]))
