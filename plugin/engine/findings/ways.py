"""Ways: where a group came from, where else it was, and where it went, in the order of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..earth import HOUR_MS, distance_km, local_day
from ..legs import AIR
from ..places import categories
from .evidence import Evidence
from .names import Group
from .times import Times, times_of

DAYS_BEFORE, DAYS_AFTER = 4, 6
"""Days before and after those of an event in which its way is followed, by hand: a journey takes so long, and what
comes later is another event."""
HALF, NEARLY_ALL = 0.5, 0.8
"""Share of the group that must be at a place of a finding, on a flight or in company, and at any other place, that is
told of the way, by hand."""
LEAST = 3
"""Devices at least, by hand: two may be a couple."""
USUAL_DAYS = 2.0
"""Days on which a group's devices were at a place before, on average, from which it is nothing of the way, by hand."""
CONVOY_KM = 20.0
"""Length of a way from which those who come together are a convoy: as for behaviors."""
TOGETHER_HOURS = 1.0
"""As for behaviors (`facets.what`)."""
STOP_HOURS = 0.75
"""Hours at an unnamed place from which it is told, by hand: shorter is on the way to somewhere."""
MAX_STOPS = 3
"""Other places told of a way, by hand: more are not read; the findings of the event have them all."""


@dataclass(frozen=True)
class Stop:
    """A place of a way: the spot, when most were there, and whether they stayed overnight."""

    spot: int
    first_ms: float
    times: Times


@dataclass(frozen=True)
class Arrival:
    """How a group came to the country of its main place, or left it.

    `mode` "air" or "land"; `day` (local number); `over`: the spot of an airport on the way, -1 none; `borders` as a
    text of country codes, "" unknown.
    """

    mode: str
    day: int
    over: int
    borders: str


@dataclass(frozen=True)
class Way:
    """A group's way: how it came, the main place and others in the order of time, how it left.

    `together`: most arrived within an hour; `convoy_from`: the spot from which they came in convoy, -1 not known;
    `in_convoy`.
    """

    arrival: Optional[Arrival]
    main: Stop
    others: tuple[Stop, ...]
    departure: Optional[Arrival]
    together: bool
    in_convoy: bool
    convoy_from: int


def find_way(evidence: Evidence, group: Group, spots: list[int]) -> Way:
    """Return the way of a group whose main place is its own; `spots` are the places of the event's findings."""
    history = evidence.history
    visits = history.visits
    rows = _rows_of(evidence, group)
    first, last = group.window
    span = (history.day[rows] <= last + DAYS_AFTER) & (local_day(history.end_ms[rows]) >= first - DAYS_BEFORE)
    inside = rows[span]
    at_main = inside[(visits.spot[inside] == group.spot) & _overlaps(evidence, inside, group)]
    main = _stop(evidence, at_main)
    needed = max(HALF * len(group.devices), min(LEAST, len(group.devices)))
    others = [
        _stop(evidence, inside[visits.spot[inside] == spot])
        for spot in _other_spots(evidence, group, rows, inside, needed, spots)
    ]
    arrived_ms = main.first_ms
    arrival = _crossing(evidence, group, arrived_ms, needed, True)
    departure = _crossing(evidence, group, arrived_ms, needed, False)
    together, in_convoy, start = _company(evidence, at_main, needed)
    on_way = sorted(others, key=lambda stop: stop.first_ms)
    over = [stop.spot for stop in on_way if _is_on_flight(evidence, group, stop) and stop.first_ms < arrived_ms]
    if arrival is not None and arrival.mode == "air" and over:
        arrival = Arrival("air", arrival.day, over[-1], "")
    abroad = [stop for stop in on_way if _is_abroad(evidence, group, stop)]
    is_site = evidence.history.visits.spots.kind == "site"
    told = [
        stop for stop in on_way if stop not in abroad and not _is_airfield(evidence, stop.spot)
        and (is_site[stop.spot] or stop.times.hours >= STOP_HOURS)
    ]  # fmt: skip
    told = sorted(told, key=lambda stop: (stop.spot not in spots, -stop.times.hours))[:MAX_STOPS]
    return Way(
        arrival, main, tuple(sorted(told, key=lambda stop: stop.first_ms)), departure, together, in_convoy, start
    )


def _rows_of(evidence: Evidence, group: Group) -> np.ndarray:
    """Return the visits of a group's devices; they are sorted by device."""
    device = evidence.history.visits.stays.device
    first, last = (np.searchsorted(device, group.devices, side) for side in ("left", "right"))
    parts = [np.arange(begin, end) for begin, end in zip(first, last)]
    return np.concatenate([np.empty(0, np.int64), *parts])


def _overlaps(evidence: Evidence, rows: np.ndarray, group: Group) -> np.ndarray:
    history = evidence.history
    first, last = group.window
    return (history.day[rows] <= last) & (local_day(history.end_ms[rows]) >= first)


def _stop(evidence: Evidence, rows: np.ndarray) -> Stop:
    history = evidence.history
    _devices, first = np.unique(history.visits.stays.device[rows], return_index=True)
    arrived = float(np.median(history.visits.stays.start_ms[rows[first]]))
    return Stop(int(history.visits.spot[rows[0]]), arrived, times_of(history, rows))


def _other_spots(
    evidence: Evidence, group: Group, rows: np.ndarray, inside: np.ndarray, needed: float, spots: list[int]
) -> list[int]:
    """Return the other places where most of a group was then and had not been before, or that findings name."""
    visits, history = evidence.history.visits, evidence.history
    pair = np.unique(np.stack((visits.spot[inside], visits.stays.device[inside])), axis=1)
    spot, count = np.unique(pair[0], return_counts=True)
    is_named = np.isin(spot, spots) | (visits.spots.country_index[spot] != visits.spots.country_index[group.spot])
    is_site = visits.spots.kind[spot] == "site"
    enough = np.where(is_named, needed, np.maximum(needed, NEARLY_ALL * len(group.devices)))
    many = spot[(count >= enough) & (is_site | is_named) & (spot != group.spot)]
    begin = group.window[0] - DAYS_BEFORE
    before = rows[(history.day[rows] < begin) & (history.day[rows] >= begin - history.lookback_days)]
    days = np.unique(np.stack((visits.spot[before], visits.stays.device[before], history.day[before])), axis=1)
    known, times = np.unique(days[0], return_counts=True)
    usual = known[times >= USUAL_DAYS * len(group.devices)]
    return [int(one) for one in many if one not in usual]


def _is_airfield(evidence: Evidence, spot: int) -> bool:
    return str(evidence.history.visits.spots.category[spot]) in categories.AIRFIELDS


def _is_abroad(evidence: Evidence, group: Group, stop: Stop) -> bool:
    country = evidence.history.visits.spots.country_index
    return bool(country[stop.spot] != country[group.spot])


def _is_on_flight(evidence: Evidence, group: Group, stop: Stop) -> bool:
    """Return whether a place is an airport in a third country: neither that of the event nor where they live."""
    country = evidence.history.visits.spots.country_index
    homes = np.unique(group.traits.country)
    return _is_airfield(evidence, stop.spot) and _is_abroad(evidence, group, stop) and country[stop.spot] not in homes


def _crossing(evidence: Evidence, group: Group, arrived_ms: float, needed: float, into: bool) -> Optional[Arrival]:
    """Return how most of a group came into the country of its place shortly before, or left it after."""
    history, legs = evidence.history, evidence.history.legs
    country = int(history.visits.spots.country_index[group.spot])
    here, there = (legs.country_to, legs.country_from) if into else (legs.country_from, legs.country_to)
    moment_ms, stay = (legs.arrived_before_ms, legs.to_stay) if into else (legs.departed_after_ms, legs.from_stay)
    day = history.days_at(moment_ms, stay)
    mine = np.isin(legs.device, group.devices) & (here == country) & (there != country) & (there >= 0)
    if into:
        mine &= (day >= group.window[0] - DAYS_BEFORE) & (moment_ms <= arrived_ms + HOUR_MS * 12)
    else:
        mine &= (day <= group.window[1] + DAYS_AFTER) & (moment_ms > arrived_ms)
    rows = np.flatnonzero(mine)
    for mode, own in (("air", legs.mode[rows] == AIR), ("land", legs.mode[rows] != AIR)):
        if len(np.unique(legs.device[rows[own]])) >= needed:
            borders, count = np.unique(legs.borders[rows[own]].astype(str), return_counts=True)
            return Arrival(mode, int(np.median(day[rows[own]])), -1, str(borders[np.argmax(count)]))
    return None


def _company(evidence: Evidence, at_main: np.ndarray, needed: float) -> tuple[bool, bool, int]:
    """Return whether most arrived within an hour, whether from afar, and the place where they set out (-1 unknown)."""
    history, stays, legs = evidence.history, evidence.history.visits.stays, evidence.history.legs
    _devices, first = np.unique(stays.device[at_main], return_index=True)  # visits are sorted by device and start
    order = at_main[first][np.argsort(stays.start_ms[at_main[first]], kind="stable")]
    start = stays.start_ms[order]
    best: tuple[int, np.ndarray] = (0, order[:0])
    for index in range(len(order)):
        end = np.searchsorted(start, start[index] + TOGETHER_HOURS * HOUR_MS, side="right")
        count = len(np.unique(stays.device[order[index:end]]))
        if count > best[0]:
            best = count, order[index:end]
    if best[0] < max(needed, LEAST):
        return False, False, -1
    incoming = history.incoming[best[1]]
    incoming = incoming[incoming >= 0]
    origin = history.visits.spot[legs.from_stay[incoming]]
    if len(origin) == 0 or (legs.mode[incoming] == AIR).mean() > HALF:
        return True, False, -1
    spots, count = np.unique(origin, return_counts=True)
    common = int(spots[np.argmax(count)])
    if count.max() < HALF * best[0]:
        return True, False, -1
    place = history.visits.spots
    main = int(history.visits.spot[at_main[0]])
    far = float(distance_km(place.lat[common], place.lon[common], place.lat[main], place.lon[main])) >= CONVOY_KM
    return True, far, common
