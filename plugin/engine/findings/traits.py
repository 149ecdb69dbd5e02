"""Traits: what was known of devices when a window began, so that those of one place can be set against all others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import Columns, TimedEvents, distinct_pairs, expand_ranges
from ..earth import distance_km, local_day
from ..history import History
from ..legs import AIR
from ..places import categories

LIVES_KM, NEAR_KM = 1.5, 50.0
"""Who lives so near lives here, or nearby: as for behaviors (`facets.who`)."""
OFTEN_SHARE = 0.25
"""Share of the days looked back on from which somebody is often at a kind of place, by hand: eight of thirty, as for
who comes regularly. Who was at a market once says nothing; who works at a barracks is there on most days."""
CAME_DAYS = 4
"""Days before a window in which a flight or a border counts as the way there: as for behaviors, 96 hours."""
MILITARY = (categories.MILITARY, categories.AIR_BASE)
LINKS = {
    "military": MILITARY,
    "police": (categories.POLICE,),
    "government": (categories.GOVERNMENT,),
    "embassy": (categories.EMBASSY,),
    "port": (categories.PORT,),
    "border_crossing": (categories.BORDER_CROSSING,),
    "energy": (categories.ENERGY_OR_MINING,),
    "telecom": (categories.TELECOM,),
    "hotel": (categories.HOTEL,),
    "market": (categories.MARKET,),
    "transport_hub": (categories.TRANSPORT_HUB,),
    "airport": (categories.AIRPORT,),
}
"""Kinds of places that devices are linked by, each a list of categories."""
UNKNOWN, HERE, NEARBY, COUNTRY, ABROAD = range(5)
"""Where a device lives, as seen from a place: unknown, at it, near it, elsewhere in its country, in another one."""
NEW, SELDOM, OFTEN = range(3)
"""How often a device had been at a place before the window."""


@dataclass(frozen=True)
class Traits(Columns):
    """What is known of devices, one row each, as of the start of a window.

    `device` int32; `home` int32 spot (-1 unknown); `country` int16 that of the home (-1 unknown); `lives` int8: UNKNOWN
    to ABROAD; `tie` int8: NEW, SELDOM or OFTEN; `seen`, `often` bool (n, kinds of LINKS): was at such a place, and on
    many days, other than this one; `by_air`, `by_land` bool: came into the country so in the days before or in it.
    """

    device: np.ndarray
    home: np.ndarray
    country: np.ndarray
    lives: np.ndarray
    tie: np.ndarray
    seen: np.ndarray
    often: np.ndarray
    by_air: np.ndarray
    by_land: np.ndarray


class TraitFinder:
    """Looks up the traits of devices; what it looks up in is sorted once for all places."""

    def __init__(self, history: History) -> None:
        self._history = history
        visits, legs = history.visits, history.legs
        self._origin = int(history.day.min()) if len(history.day) else 0
        category = visits.spots.category.astype(str)
        self._kinds = [np.isin(category, kinds) for kinds in LINKS.values()]
        self._rows = [np.flatnonzero(kind[visits.spot]) for kind in self._kinds]
        self._days = [self._day_events(rows) for rows in self._rows]
        into = (legs.country_from != legs.country_to) & (legs.country_to >= 0)
        self._arrived = history.days_at(legs.arrived_before_ms, legs.to_stay)
        self._ways = []
        for is_way in ((legs.mode == AIR) & (into | (legs.country_from < 0)), (legs.mode != AIR) & into):
            rows = np.flatnonzero(is_way)
            self._ways.append((rows, TimedEvents(legs.device[rows], self._arrived[rows], self._origin)))

    def _day_events(self, rows: np.ndarray) -> TimedEvents:
        """Return the (device, day) of visits, each once however many spots it was at that day."""
        history = self._history
        owner, day = expand_ranges(history.day[rows], local_day(history.end_ms[rows]) + 1)
        device, since = distinct_pairs(history.visits.stays.device[rows[owner]], day - self._origin)
        return TimedEvents(device, since + self._origin, self._origin)

    def _days_elsewhere(self, column: int, device: np.ndarray, spot: int) -> TimedEvents:
        """Return the days at places of a kind: of all devices, or of these without `spot` where it is such a place."""
        if not self._kinds[column][spot]:
            return self._days[column]
        visits, rows = self._history.visits, self._rows[column]
        rows = rows[visits.spot[rows] != spot]
        return self._day_events(rows[np.isin(visits.stays.device[rows], device)])

    def of(self, device: np.ndarray, start_day: np.ndarray, days: int, spot: int, here: np.ndarray) -> Traits:
        """Return the traits of devices as of the local days `start_day`, seen from `spot` with the visits `here`.

        The windows are `days` long.
        """
        history, spots = self._history, self._history.visits.spots
        begin = start_day - history.lookback_days
        been = self._day_events(here).count(device, begin, start_day)
        home = history.homes.at(device, start_day)
        seen, often = np.zeros((2, len(device), len(LINKS)), bool)
        for column, kind in enumerate(self._kinds):
            times = self._days_elsewhere(column, device, spot).count(device, begin, start_day)
            at_home = (home >= 0) & (home != spot) & kind[np.maximum(home, 0)]
            seen[:, column] = (times > 0) | at_home
            often[:, column] = (times >= OFTEN_SHARE * history.lookback_days) | at_home
        is_often = been >= OFTEN_SHARE * history.lookback_days
        country = np.where(home >= 0, spots.country_index[np.maximum(home, 0)], -1)
        by_air, by_land = (self._came(way, device, start_day, days, spot) for way in self._ways)
        return Traits(
            device, home, country, self._lives(home, spot), np.where(is_often, OFTEN, (been > 0).astype(np.int8)),
            seen, often, by_air, by_land,
        )  # fmt: skip

    def _lives(self, home: np.ndarray, spot: int) -> np.ndarray:
        spots, at = self._history.visits.spots, np.maximum(home, 0)
        away_km = distance_km(spots.lat[at], spots.lon[at], spots.lat[spot], spots.lon[spot])
        here, there = spots.country_index[spot], spots.country_index[at]
        same = (here == there) | (here < 0) | (there < 0)
        lives = np.select(
            [home < 0, (home == spot) | (away_km <= LIVES_KM), same & (away_km <= NEAR_KM), same],
            [UNKNOWN, HERE, NEARBY, COUNTRY], ABROAD,
        )  # fmt: skip
        return lives.astype(np.int8)

    def _came(
        self, way: tuple[np.ndarray, TimedEvents], device: np.ndarray, start_day: np.ndarray, days: int, spot: int
    ) -> np.ndarray:
        rows, events = way
        last = events.last_before(device, start_day + days)
        if len(rows) == 0:
            return np.zeros(len(device), bool)
        legs, leg = self._history.legs, rows[np.maximum(last, 0)]
        recent = self._arrived[leg] >= start_day - CAME_DAYS
        came: np.ndarray = (
            (last >= 0) & recent & (legs.country_to[leg] == self._history.visits.spots.country_index[spot])
        )
        return came
