"""Lorries of the synthetic scenario: runs over the corridors, with halts, nights and border crossings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .geography import CITIES, CITY_INDEX, distance_km, find_site, sites_with_city
from .journeys import HOUR_S, Journeys, Parties, stay_rows
from .people import People
from .settings import DAY_S
from .timetable import road_seconds

HALT, NIGHT, BORDER, YARD = 0, 1, 2, 3
# hours spent at each kind of stop (lowest, highest)
_HOURS = {HALT: (0.7, 2.0), NIGHT: (6.0, 9.0), BORDER: (1.5, 5.0), YARD: (14.0, 34.0)}


@dataclass(frozen=True)
class Corridor:
    """A lorry route between two cities (`end` "": a border): stops as (site name or (lat, lon), kind)."""

    start: str
    end: str
    yard_start: str
    yard_end: str
    stops: tuple


_CINKASSE = ("Border crossing Cinkassé, Lome", BORDER)
_FOETCHANGO = ("Border crossing Makalondi-Foetchango, Niamey", BORDER)
_GAYA = ("Border crossing Gaya-Malanville, Niamey", BORDER)
_LABBEZANGA = ("Border crossing Ayorou-Labbezanga, Niamey", BORDER)
_KOLOKO = ("Border crossing Hèrèmakono-Koloko, Bamako", BORDER)

CORRIDORS = (
    Corridor("Lome", "Niamey", "Port of Lomé, Lome", "North truck park, Niamey", (
        ((7.540, 1.128), HALT), ((8.990, 1.140), NIGHT), ((9.555, 1.192), HALT), _CINKASSE,
        ((11.790, -0.378), HALT), ((12.066, 0.366), NIGHT), _FOETCHANGO, ((13.125, 1.805), HALT))),
    Corridor("Cotonou", "Niamey", "Port of Cotonou", "North truck park, Niamey", (
        ((7.190, 2.060), HALT), ((9.345, 2.637), NIGHT), ((11.140, 2.945), HALT), _GAYA, ((13.055, 3.200), NIGHT))),
    Corridor("Niamey", "Gao", "North truck park, Niamey", "Gao bus station", (
        ((14.213, 1.460), HALT), _LABBEZANGA, ((15.665, 0.505), NIGHT))),
    Corridor("Bamako", "Gao", "Truck park Faladié, Bamako", "Gao bus station", (
        ((13.446, -6.252), HALT), ((13.302, -4.890), NIGHT), ("Sévaré bus station, Mopti", NIGHT),
        ((15.010, -2.958), HALT), ((15.290, -1.700), NIGHT))),
    Corridor("Ouagadougou", "Bamako", "Ouaga-Inter truck park, Ouagadougou", "Truck park Faladié, Bamako", (
        ((11.186, -4.288), NIGHT), _KOLOKO, ((11.323, -5.660), NIGHT))),
    Corridor("Lome", "Ouagadougou", "Port of Lomé, Lome", "Ouaga-Inter truck park, Ouagadougou", (
        ((7.540, 1.128), HALT), ((8.990, 1.140), NIGHT), ((9.555, 1.192), HALT), _CINKASSE,
        ((11.790, -0.378), NIGHT))),
    Corridor("Niamey", "Agadez", "North truck park, Niamey", "Agadez bus station", (
        ((13.055, 3.200), HALT), ((13.801, 5.245), NIGHT), ((14.895, 5.263), HALT))),
    Corridor("Libreville", "", "Port of Owendo, Libreville", "Border crossing Eboro-Abang Minko, Libreville", (
        ((0.170, 10.135), HALT), ((-0.175, 10.770), NIGHT), ((1.606, 11.573), HALT))),
)


def truck_runs(
    rng: np.random.Generator, people: People, parties: Parties, party: np.ndarray, day: np.ndarray, nights: np.ndarray
) -> Journeys:
    """Return one run to the far end of a corridor and back for each departure (party, epoch day).

    Runs start in the morning and take as long as they take; the stops are spread over about a week.
    """
    city = people.city[parties.leader[party]]
    choice = _corridor_of(rng, city)
    keep = np.flatnonzero(choice >= 0)
    rows = []
    for number in np.unique(choice[keep]):
        mine = keep[choice[keep] == number]
        forward = city[mine] == CITY_INDEX[CORRIDORS[number].start]
        for outward, runs in ((True, mine[forward]), (False, mine[~forward])):
            if len(runs):
                rows.append(_run(rng, CORRIDORS[number], outward, runs, day[runs]))
    nothing = np.full(len(party), np.nan)
    stays = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()
    return Journeys(party if rows else party[:0], nothing, nothing, np.zeros(len(party)), stays)


def _corridor_of(rng: np.random.Generator, city: np.ndarray) -> np.ndarray:
    """Return a corridor that starts or ends in each city, -1 where there is none."""
    serves = np.array([[city.name in (c.start, c.end) for c in CORRIDORS] for city in CITIES], dtype=float)
    total = serves[city].sum(axis=1)
    drawn = (np.cumsum(serves[city], axis=1) <= (rng.random(len(city)) * total)[:, None]).sum(axis=1)
    return np.where(total > 0, np.minimum(drawn, len(CORRIDORS) - 1), -1)


def _places(corridor: Corridor, outward: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return lat, lon, radius and kind of all stops of a run out and back, yards included."""
    way = [(corridor.yard_start, HALT), *corridor.stops, (corridor.yard_end, YARD)]
    if not outward:
        way = [(corridor.yard_end, HALT), *corridor.stops[::-1], (corridor.yard_start, YARD)]
    way = way + way[-2::-1]
    sites = sites_with_city()
    lat, lon, radius, kind = [], [], [], []
    for place, stop in way:
        if isinstance(place, str):
            row = sites.iloc[find_site(place)]
            place, wide = (row["lat"], row["lon"]), 0.4 * row["radius_m"]
        else:
            wide = 120.0
        lat.append(place[0])
        lon.append(place[1])
        radius.append(wide)
        kind.append(stop)
    return np.array(lat), np.array(lon), np.array(radius), np.array(kind)


def _run(
    rng: np.random.Generator, corridor: Corridor, outward: bool, journey: np.ndarray, day: np.ndarray
) -> pd.DataFrame:
    lat, lon, radius, kind = _places(corridor, outward)
    shape = (len(journey), len(lat))
    low = np.array([_HOURS[k][0] for k in kind])
    high = np.array([_HOURS[k][1] for k in kind])
    stop_s = rng.uniform(low, high, shape) * HOUR_S
    drive_s = np.concatenate([[0.0], road_seconds(distance_km(lat[:-1], lon[:-1], lat[1:], lon[1:]))])
    drive_s = drive_s * rng.uniform(1.0, 1.25, shape)
    first = day * float(DAY_S) + rng.uniform(5.0, 9.0, len(day)) * HOUR_S
    arrive = first[:, None] + np.cumsum(drive_s, axis=1) + np.cumsum(stop_s, axis=1) - stop_s
    runs = len(journey)
    return stay_rows(
        np.repeat(journey, len(lat)), arrive.ravel(), (arrive + stop_s).ravel(),
        np.tile(lat, runs), np.tile(lon, runs), np.tile(radius, runs),
    )
