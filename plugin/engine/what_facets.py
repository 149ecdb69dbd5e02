"""WHAT: how long a visit lasts, how it arrives, with whom, and where it goes on to."""

from __future__ import annotations

import numpy as np

from .history import History
from .legs import AIR
from .localtime import HOUR_MS, NIGHT_LODGING, hours_within
from .lookback import TimedEvents
from .sorted_runs import begins_run

TOGETHER_MINUTES = 60
CONVOY_KM = 20.0
AFAR_KM = 150.0
GOES_ON_HOURS = 48
LEAVES_HOURS = 72


def what_atoms(history: History, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return the WHAT atoms of the visits `rows` as bool arrays; only the last two look at what came after."""
    atoms = _duration_atoms(history, rows)
    atoms["daily_return"] = _daily_return(history, rows)
    atoms.update(_arrival_atoms(history, rows))
    atoms.update(_company_atoms(history, rows))
    atoms["goes_on_linked"] = _goes_on(history, rows)
    atoms["leaves_country"] = _leaves_country(history, rows)
    return atoms


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


def _company_atoms(history: History, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Count the devices that arrive at a spot from the same previous spot within the same hour."""
    visits, legs = history.visits, history.legs
    together = np.ones(len(visits), np.int64)
    arrived = np.flatnonzero(history.incoming >= 0)
    far = np.zeros(len(visits), bool)
    if len(arrived):
        leg = history.incoming[arrived]
        origin = visits.spot[legs.from_stay[leg]].astype(np.int64)
        route = visits.spot[arrived].astype(np.int64) * len(visits.spots) + origin
        _, route = np.unique(route, return_inverse=True)
        minute = history.start_ms[arrived] // 60_000
        for shift in (0, TOGETHER_MINUTES // 2):
            size = _devices_per_slot(route, (minute + shift) // TOGETHER_MINUTES, visits.stays.device[arrived])
            together[arrived] = np.maximum(together[arrived], size)
        far[arrived] = legs.distance_km[leg] >= CONVOY_KM
    size = together[rows]
    return {
        "company": (size >= 2) & (size <= 5),
        "group": size >= 6,
        "convoy": (size >= 3) & far[rows],
    }


def _devices_per_slot(route: np.ndarray, slot: np.ndarray, device: np.ndarray) -> np.ndarray:
    """Return, for each row, the number of distinct devices in its (route, slot)."""
    _, group = np.unique((route.astype(np.int64) << 32) + (slot - slot.min()), return_inverse=True)
    members = np.unique((group.astype(np.int64) << 32) + device)
    return np.bincount(members >> 32, minlength=group.max() + 1)[group]


def _goes_on(history: History, rows: np.ndarray) -> np.ndarray:
    """Return True where the device's next linked site, other than this spot, begins within 48 hours of the end."""
    visits = history.visits
    linked = np.isin(visits.spots.category, history.linked_categories)
    events = np.flatnonzero(linked[visits.spot])
    if len(events) == 0:
        return np.zeros(len(rows), bool)
    stays = visits.stays
    device, spot = stays.device[events], visits.spot[events]
    watched = TimedEvents(device, stays.start_ms[events] // 1000, history.origin_s)
    end_s = stays.end_ms[rows] // 1000
    following = watched.first_from(stays.device[rows], end_s + 1)
    at = np.maximum(following, 0)
    # Hits at the spot itself are returns: look at the first linked visit elsewhere after them.
    again = spot[at] == visits.spot[rows]
    runs = np.append(np.flatnonzero(begins_run(spot, device)), len(spot))
    at = np.where(again, runs[np.searchsorted(runs, at, "right")], at)
    found = (following >= 0) & (at < len(events))
    at = np.minimum(at, len(events) - 1)
    soon = stays.start_ms[events[at]] // 1000 - end_s <= GOES_ON_HOURS * 3600
    return found & soon & (device[at] == stays.device[rows])


def _leaves_country(history: History, rows: np.ndarray) -> np.ndarray:
    legs, stays, country = history.legs, history.visits.stays, history.visits.country[rows]
    crossing = np.flatnonzero(
        (legs.country_from != legs.country_to) & (legs.country_from >= 0) & (legs.country_to >= 0)
    )
    if len(crossing) == 0:
        return np.zeros(len(rows), bool)
    departures = TimedEvents(legs.device[crossing], legs.departed_after_ms[crossing] // 1000, history.origin_s)
    end_s = stays.end_ms[rows] // 1000
    following = departures.first_from(stays.device[rows], end_s)
    leg = crossing[np.maximum(following, 0)]
    soon = legs.departed_after_ms[leg] // 1000 - end_s <= LEAVES_HOURS * 3600
    return (following >= 0) & soon & (legs.country_from[leg] == country)
