"""WHAT: how long a visit lasts, how it arrives, with whom, and where it goes on to."""

from __future__ import annotations

import numpy as np

from ..base import TimedEvents, begins_run, distinct_pairs, expand_ranges, run_starts
from ..earth import HOUR_MS, NIGHT_LODGING, hours_within
from ..history import History
from ..legs import AIR

TOGETHER_MINUTES = 60
CONVOY_KM = 20.0
AFAR_KM = 150.0
GOES_ON_HOURS = 48
LEAVES_HOURS = 72


class WhatAtoms:
    """The WHAT atoms of those of the visits `among` that are asked for; only the last two look at what came after."""

    def __init__(self, history: History, among: np.ndarray) -> None:
        self._history = history
        self._together, self._far = _count_company(history, among)
        self._onward, self._departures = _Onward(history), _Departures(history)

    def of(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return the atoms of the visits `rows` as bool arrays."""
        history = self._history
        atoms = _duration_atoms(history, rows)
        atoms["daily_return"] = _daily_return(history, rows)
        atoms.update(_arrival_atoms(history, rows))
        size = self._together[rows]
        atoms["company"] = (size >= 2) & (size <= 5)
        atoms["group"] = size >= 6
        atoms["convoy"] = (size >= 3) & self._far[rows]
        atoms["goes_on_linked"] = self._onward.of(rows)
        atoms["leaves_country"] = self._departures.of(rows)
        return atoms


def what_atoms(history: History, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return the WHAT atoms of the visits `rows` as bool arrays; only the last two look at what came after."""
    return WhatAtoms(history, rows).of(rows)


def _duration_atoms(history: History, rows: np.ndarray) -> dict[str, np.ndarray]:
    start_ms, end_ms = history.start_ms[rows], history.end_ms[rows]
    lasting = history.visits.stays.lasting[rows]
    hours = (end_ms - start_ms) / HOUR_MS
    night_hours = hours_within(start_ms, end_ms, NIGHT_LODGING, 24)
    overnight = lasting & (night_hours >= 4.0)
    return {
        "passing": ~lasting | (hours < 1 / 6),
        "short_stop": lasting & (hours >= 1 / 6) & (hours < 0.75),
        "meeting": lasting & (hours >= 0.75) & (hours < 3.0),
        "shift": lasting & (hours >= 5.0) & (hours < 12.0) & ~overnight,
        "overnight": overnight,
        "multi_day": lasting & ((hours >= 36.0) | (night_hours >= 12.0)),
    }


def _daily_return(history: History, rows: np.ndarray) -> np.ndarray:
    days, day = history.days_here, history.day[rows]
    pair = days.pair[rows]
    return (days.count(pair, day - 4, day) >= 3) & (days.count(pair, day - 1, day) == 1)


def _arrival_atoms(history: History, rows: np.ndarray) -> dict[str, np.ndarray]:
    legs, incoming = history.legs, history.incoming[rows]
    if len(legs) == 0:
        none = np.zeros(len(rows), bool)
        return {"by_air": none, "from_afar": none, "cross_border": none}
    leg = np.maximum(incoming, 0)
    has = incoming >= 0
    by_air = has & (legs.mode[leg] == AIR)
    return {
        "by_air": by_air,
        "from_afar": has & ~by_air & (legs.distance_km[leg] >= AFAR_KM),
        "cross_border": has & (legs.borders[leg] != ""),
    }


def _count_company(history: History, among: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many devices arrive with each visit, and whether from far: two arrays over all visits.

    Counted are devices that arrive at a spot from the same previous spot within the same hour, at the spots of the
    visits `among`.
    """
    visits, legs = history.visits, history.legs
    together, far = np.ones(len(visits), np.int32), np.zeros(len(visits), bool)
    wanted = np.zeros(len(visits.spots), bool)
    wanted[visits.spot[among]] = True
    arrived = np.flatnonzero((history.incoming >= 0) & wanted[visits.spot])
    leg = history.incoming[arrived]
    far[arrived] = legs.distance_km[leg] >= CONVOY_KM
    route = visits.spot[arrived].astype(np.int64) * len(visits.spots) + visits.spot[legs.from_stay[leg]]
    minute = history.start_ms[arrived] // 60_000
    order = np.lexsort((minute, route))
    arrived, route, minute = arrived[order], route[order], minute[order]
    for shift in (0, TOGETHER_MINUTES // 2):
        slot = (minute + shift) // TOGETHER_MINUTES
        start, size = run_starts(route, slot)
        # Most arrive alone: only the others have to be told apart.
        group, member = expand_ranges(start[size > 1], (start + size)[size > 1])
        rows = arrived[member]
        of_group, _ = distinct_pairs(group, visits.stays.device[rows])
        number = np.bincount(of_group, minlength=int((size > 1).sum())).astype(np.int32)
        together[rows] = np.maximum(together[rows], number[group])
    return together, far


class _Onward:
    """The visits to linked sites, by device and time."""

    def __init__(self, history: History) -> None:
        self._history = history
        visits = history.visits
        linked = np.isin(visits.spots.category, history.linked_categories)
        self._events = np.flatnonzero(linked[visits.spot])
        self._device, self._spot = visits.stays.device[self._events], visits.spot[self._events]
        self._start_s = visits.stays.start_ms[self._events] // 1000
        self._times = TimedEvents(self._device, self._start_s, history.origin_s)
        self._runs = np.append(np.flatnonzero(begins_run(self._spot, self._device)), len(self._spot))

    def of(self, rows: np.ndarray) -> np.ndarray:
        """Return True where the device's next linked site, other than this spot, begins within 48 h of the end."""
        visits = self._history.visits
        if len(self._events) == 0:
            return np.zeros(len(rows), bool)
        device, end_s = visits.stays.device[rows], visits.stays.end_ms[rows] // 1000
        following = self._times.first_from(device, end_s + 1)
        at = np.maximum(following, 0)
        # Hits at the spot itself are returns: look at the first linked visit elsewhere after them.
        again = self._spot[at] == visits.spot[rows]
        at = np.where(again, self._runs[np.searchsorted(self._runs, at, "right")], at)
        found = (following >= 0) & (at < len(self._events))
        at = np.minimum(at, len(self._events) - 1)
        return found & (self._start_s[at] - end_s <= GOES_ON_HOURS * 3600) & (self._device[at] == device)


class _Departures:
    """The legs that lead into another country, by device and time."""

    def __init__(self, history: History) -> None:
        self._history = history
        legs = history.legs
        self._crossing = np.flatnonzero(
            (legs.country_from != legs.country_to) & (legs.country_from >= 0) & (legs.country_to >= 0)
        )
        departed_s = legs.departed_after_ms[self._crossing] // 1000
        self._times = TimedEvents(legs.device[self._crossing], departed_s, history.origin_s)

    def of(self, rows: np.ndarray) -> np.ndarray:
        """Return True where the device leaves the visit's country within 72 h of its end."""
        visits, legs = self._history.visits, self._history.legs
        if len(self._crossing) == 0:
            return np.zeros(len(rows), bool)
        end_s = visits.stays.end_ms[rows] // 1000
        following = self._times.first_from(visits.stays.device[rows], end_s)
        leg = self._crossing[np.maximum(following, 0)]
        soon = legs.departed_after_ms[leg] // 1000 - end_s <= LEAVES_HOURS * 3600
        return (following >= 0) & soon & (legs.country_from[leg] == visits.country[rows])
