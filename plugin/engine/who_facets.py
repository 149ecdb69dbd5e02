"""WHO: where the devices of a visit live, how often they come, and where they were seen in the weeks before."""

from __future__ import annotations

import numpy as np

from . import countries
from .geodesy import distance_km
from .history import History
from .legs import AIR
from .localtime import DAY_S, HOUR_MS
from .lookback import TimedEvents

RESIDENT_KM = 1.5
LOCAL_KM = 50.0
REGULAR_DAYS = 8
AIR_HOURS = 96
LODGED_DAYS = 7
SEEN = {
    "seen_military": "military",
    "seen_airport": "airport",
    "seen_air_base": "air base",
    "seen_port": "port",
    "seen_border_crossing": "border crossing",
    "seen_government": "government",
    "seen_embassy": "embassy",
    "seen_police": "police",
    "seen_energy_or_mining": "energy or mining",
    "seen_telecom": "telecom",
    "seen_hotel": "hotel",
    "seen_market": "market",
    "seen_transport_hub": "transport hub",
}


def who_atoms(history: History, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return the WHO atoms of the visits `rows` as bool arrays, using only what was known by each visit."""
    atoms = _home_atoms(history, rows)
    atoms.update(_recurrence_atoms(history, rows))
    atoms.update(_seen_atoms(history, rows))
    atoms["by_air_96h"] = _came_by_air(history, rows)
    atoms["lodged_hotel"] = _lodged_in_hotel(history, rows)
    return atoms


def _home_atoms(history: History, rows: np.ndarray) -> dict[str, np.ndarray]:
    spots, spot, home = history.visits.spots, history.visits.spot[rows], history.home[rows]
    known = home >= 0
    at = np.maximum(home, 0)
    away_km = distance_km(spots.lat[spot], spots.lon[spot], spots.lat[at], spots.lon[at])
    here, there = spots.country_index[spot], spots.country_index[at]
    same_country = (here == there) | (here < 0) | (there < 0)
    resident = known & ((home == spot) | (away_km <= RESIDENT_KM))
    local = known & ~resident & (away_km <= LOCAL_KM) & same_country
    domestic = known & ~resident & ~local & same_country
    outside = known & ~resident & ~same_country
    borders = countries.adjacency(history.world, np.arange(len(history.world.country_code)))
    neighbouring = outside.copy()
    neighbouring[outside] = borders[here[outside], there[outside]]
    lives_military = known & np.isin(spots.category[at], ("military", "air base"))
    return {
        "resident": resident,
        "local": local,
        "domestic": domestic,
        "neighbouring": neighbouring,
        "abroad": outside & ~neighbouring,
        "unknown_home": ~known,
        "home_military": lives_military,
    }


def _recurrence_atoms(history: History, rows: np.ndarray) -> dict[str, np.ndarray]:
    days, day = history.days_here, history.day[rows]
    count = days.count(days.pair[rows], day - history.lookback_days, day)
    return {
        "first_time": count == 0,
        "occasional": (count > 0) & (count < REGULAR_DAYS),
        "regular": count >= REGULAR_DAYS,
    }


def _seen_atoms(history: History, rows: np.ndarray) -> dict[str, np.ndarray]:
    atoms, linked = {}, np.zeros(len(rows), np.int64)
    for atom, category in SEEN.items():
        atoms[atom] = seen_elsewhere(history, rows, category)
    for category in history.linked_categories:
        by_name = [atom for atom, name in SEEN.items() if name == category]
        linked += atoms[by_name[0]] if by_name else seen_elsewhere(history, rows, category)
    atoms["seen_linked_2"] = linked >= 2
    return atoms


def seen_elsewhere(history: History, rows: np.ndarray, category: str) -> np.ndarray:
    """Return True where the device was at a site of `category`, other than the visit's own, in the days before."""
    visits = history.visits
    at_category = (visits.spots.category == category)[visits.spot]
    events = np.flatnonzero(at_category)
    if len(events) == 0:
        return np.zeros(len(rows), bool)
    device, start_s = visits.stays.device, visits.stays.start_ms // 1000
    end = start_s[rows]
    begin = end - history.lookback_days * DAY_S
    seen = TimedEvents(device[events], start_s[events], history.origin_s).count(device[rows], begin, end)
    own = np.flatnonzero(at_category[rows])
    if len(own):
        spot_code = np.unique(visits.spot[events], return_inverse=True)
        pair = device[events].astype(np.int64) * len(spot_code[0]) + spot_code[1]
        own_spot = np.searchsorted(spot_code[0], visits.spot[rows[own]])
        own_pair = device[rows[own]].astype(np.int64) * len(spot_code[0]) + own_spot
        here = TimedEvents(pair, start_s[events], history.origin_s)
        seen[own] -= here.count(own_pair, begin[own], end[own])
    return seen > 0


def _came_by_air(history: History, rows: np.ndarray) -> np.ndarray:
    legs, stays = history.legs, history.visits.stays
    air = np.flatnonzero(legs.mode == AIR)
    if len(air) == 0:
        return np.zeros(len(rows), bool)
    flights = TimedEvents(legs.device[air], legs.arrived_before_ms[air] // 1000, history.origin_s)
    start_s = stays.start_ms[rows] // 1000
    last = flights.last_before(stays.device[rows], start_s + 1)
    flight = air[np.maximum(last, 0)]
    recent = start_s - legs.arrived_before_ms[flight] // 1000 <= AIR_HOURS * 3600
    return (last >= 0) & recent & (legs.country_to[flight] == history.visits.country[rows])


def _lodged_in_hotel(history: History, rows: np.ndarray) -> np.ndarray:
    nights, spots = history.nights, history.visits.spots
    hotel = np.flatnonzero((spots.category == "hotel")[nights.spot] & (nights.hours >= 2.0))
    if len(hotel) == 0:
        return np.zeros(len(rows), bool)
    lodged = TimedEvents(nights.device[hotel], nights.day[hotel].astype(np.int64), int(nights.day.min()))
    # A night is named by its morning; before six it is not over, and what it will bring is not yet known.
    day = history.day[rows]
    is_over = (history.start_ms[rows] // HOUR_MS) % 24 >= 6
    return lodged.count(history.visits.stays.device[rows], day - LODGED_DAYS, day + is_over) > 0
