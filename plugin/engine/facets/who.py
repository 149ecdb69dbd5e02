"""WHO: where the devices of a visit live, how often they come, and where they were seen in the weeks before."""

from __future__ import annotations

import numpy as np

from ..base import TimedEvents
from ..earth import DAY_S, HOUR_MS, distance_km
from ..history import History
from ..legs import AIR
from ..places import categories, countries

RESIDENT_KM = 1.5
LOCAL_KM = 50.0
REGULAR_DAYS = 8
AIR_HOURS = 96
LODGED_DAYS = 7
SEEN = {
    "seen_military": categories.MILITARY,
    "seen_airport": categories.AIRPORT,
    "seen_air_base": categories.AIR_BASE,
    "seen_port": categories.PORT,
    "seen_border_crossing": categories.BORDER_CROSSING,
    "seen_government": categories.GOVERNMENT,
    "seen_embassy": categories.EMBASSY,
    "seen_police": categories.POLICE,
    "seen_energy_or_mining": categories.ENERGY_OR_MINING,
    "seen_telecom": categories.TELECOM,
    "seen_hotel": categories.HOTEL,
    "seen_market": categories.MARKET,
    "seen_transport_hub": categories.TRANSPORT_HUB,
}


class WhoAtoms:
    """The WHO atoms of visits, using only what was known by each; what they look up is sorted once."""

    def __init__(self, history: History) -> None:
        self._history = history
        wanted = dict.fromkeys((*SEEN.values(), *history.linked_categories))
        self._sightings = {category: _Sightings(history, category) for category in wanted}
        self._borders = countries.adjacency(history.world, np.arange(len(history.world.country_code)))
        self._flown = np.flatnonzero(history.legs.mode == AIR)
        legs, nights = history.legs, history.nights
        arrived_s = legs.arrived_before_ms[self._flown] // 1000
        self._flights = TimedEvents(legs.device[self._flown], arrived_s, history.origin_s)
        hotel = np.flatnonzero((history.visits.spots.category == "hotel")[nights.spot] & (nights.hours >= 2.0))
        self._hotel_nights = TimedEvents(
            nights.device[hotel], nights.day[hotel].astype(np.int64), int(nights.day.min(initial=0))
        )

    def of(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return the atoms of the visits `rows` as bool arrays."""
        atoms = _home_atoms(self._history, rows, self._borders)
        atoms.update(_recurrence_atoms(self._history, rows))
        atoms.update(self._seen_atoms(rows))
        atoms["by_air_96h"] = self._came_by_air(rows)
        atoms["lodged_hotel"] = self._lodged_in_hotel(rows)
        return atoms

    def _seen_atoms(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        seen = {category: sightings.elsewhere(rows) for category, sightings in self._sightings.items()}
        atoms = {atom: seen[category] for atom, category in SEEN.items()}
        linked = np.zeros(len(rows), np.int64)
        for category in self._history.linked_categories:
            linked += seen[category]
        atoms["seen_linked_2"] = linked >= 2
        return atoms

    def _came_by_air(self, rows: np.ndarray) -> np.ndarray:
        history, legs = self._history, self._history.legs
        if len(self._flown) == 0:
            return np.zeros(len(rows), bool)
        start_s = history.visits.stays.start_ms[rows] // 1000
        last = self._flights.last_before(history.visits.stays.device[rows], start_s + 1)
        flight = self._flown[np.maximum(last, 0)]
        recent = start_s - legs.arrived_before_ms[flight] // 1000 <= AIR_HOURS * 3600
        return (last >= 0) & recent & (legs.country_to[flight] == history.visits.country[rows])

    def _lodged_in_hotel(self, rows: np.ndarray) -> np.ndarray:
        history = self._history
        # A night is named by its morning; before six it is not over, and what it will bring is not yet known.
        day = history.day[rows]
        is_over = (history.start_ms[rows] // HOUR_MS) % 24 >= 6
        return self._hotel_nights.count(history.visits.stays.device[rows], day - LODGED_DAYS, day + is_over) > 0


class _Sightings:
    """When devices were at sites of a category."""

    def __init__(self, history: History, category: str) -> None:
        self._history = history
        visits = history.visits
        self._has_category = visits.spots.category == category
        events = np.flatnonzero(self._has_category[visits.spot])
        device, start_s = visits.stays.device[events], visits.stays.start_ms[events] // 1000
        self._spots = np.unique(visits.spot[events])
        self._anywhere = TimedEvents(device, start_s, history.origin_s)
        self._here = TimedEvents(self._pair(device, visits.spot[events]), start_s, history.origin_s)

    def _pair(self, device: np.ndarray, spot: np.ndarray) -> np.ndarray:
        return device.astype(np.int64) * len(self._spots) + np.searchsorted(self._spots, spot)

    def elsewhere(self, rows: np.ndarray) -> np.ndarray:
        """Return True where the device was at a site of the category, other than the visit's own, in the days before.
        """
        visits = self._history.visits
        if len(self._spots) == 0:
            return np.zeros(len(rows), bool)
        device, spot = visits.stays.device[rows], visits.spot[rows]
        end = visits.stays.start_ms[rows] // 1000
        begin = end - self._history.lookback_days * DAY_S
        seen = self._anywhere.count(device, begin, end)
        own = np.flatnonzero(self._has_category[spot])
        seen[own] -= self._here.count(self._pair(device[own], spot[own]), begin[own], end[own])
        return seen > 0


def who_atoms(history: History, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return the WHO atoms of the visits `rows` as bool arrays, using only what was known by each visit."""
    return WhoAtoms(history).of(rows)


def _home_atoms(history: History, rows: np.ndarray, borders: np.ndarray) -> dict[str, np.ndarray]:
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
    neighbouring = outside.copy()
    neighbouring[outside] = borders[here[outside], there[outside]]
    lives_military = known & np.isin(spots.category[at], (categories.MILITARY, categories.AIR_BASE))
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
