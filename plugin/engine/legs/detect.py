"""Legs: how each device moved between its lasting stays, by which mode, over which borders, how surely.

Short halts and lone fixes between two stays are evidence on the way. A leg is split into steps from one halt
to the next; a step is a flight if it is too fast for the ground (observed), or if what was not seen speaks
for one (inferred).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from ..base import Columns, begins_run, ends_run
from ..places import Places, World, countries, country_codes
from ..stays import Stays
from .borders import border_texts
from .flights import airport_km, seen_flights, unseen_flights
from .jumps import find_jumps
from .modes import AIR, UNKNOWN, surface_modes, was_watched
from .settings import LegSettings
from .steps import make_steps
from .strays import find_strays

_SEEN_FLIGHT = 0.98
_CRUISE_KMH = 850.0
_TAKE_OFF_HOURS = 1.0
_CLIMB_KMH = 450.0
_PASSING_HOURS = 0.25


@dataclass(frozen=True)
class Legs(Columns):
    """One row per pair of consecutive lasting stays of a device, in the order of `Stays`.

    A flight seen before the first or after the last of them is a row too, and a lone fix at an airport to which the
    device must have flown counts as one.

    `device` int32; `from_stay`, `to_stay` int32 rows of the stays; `mode` int8 index into MODES; `inferred`
    bool (the mode rests on what was not seen); `confidence` float32 0..1; `distance_km` float32 along the
    halts seen; `departed_after_ms`, `arrived_before_ms` int64 UTC epoch ms (last fix at the origin, first at
    the destination); `country_from`, `country_to` int16 rows of the world's countries, -1 unknown; `borders`
    object str such as "TG>BJ>NE", "" if none was crossed; `max_speed_kmh` float32, the fastest step of at
    least 1 km, 0 if none.
    """

    device: np.ndarray
    from_stay: np.ndarray
    to_stay: np.ndarray
    mode: np.ndarray
    inferred: np.ndarray
    confidence: np.ndarray
    distance_km: np.ndarray
    departed_after_ms: np.ndarray
    arrived_before_ms: np.ndarray
    country_from: np.ndarray
    country_to: np.ndarray
    borders: np.ndarray
    max_speed_kmh: np.ndarray


def detect_legs(
    stays: Stays,
    world: World,
    settings: LegSettings = LegSettings(),  # noqa: B008 - frozen
    country: Optional[np.ndarray] = None,
    airfields: Optional[Places] = None,
    lone_landings: bool = True,
) -> Legs:
    """Return the legs between consecutive lasting stays of each device.

    `stays` should keep short halts (they are the evidence on the way). `country` int16 per stay, if known
    already. `airfields` are places to fly from beside the world's airports (sites of category airport or air base).
    Without `lone_landings` legs join lasting stays alone.
    """
    if country is None:
        country = countries.locate(world, stays.lat, stays.lon)
    stray, landed = find_strays(stays, world, settings, airfields)
    kept = np.flatnonzero(~stray)
    known = replace(stays, lasting=stays.lasting | (landed & lone_landings)).take(kept)
    found = _legs_of(known, world, settings, country[kept], airfields)
    rows = {name: kept[getattr(found, name)].astype(np.int32) for name in ("from_stay", "to_stay")}
    return replace(found, **rows)


def _legs_of(
    stays: Stays, world: World, settings: LegSettings, country: np.ndarray, airfields: Optional[Places]
) -> Legs:
    origin, target = _spans(stays, stays.lasting)
    flown = _open_flights(stays, world, settings, country, airfields)
    country = _without_airborne(stays, *flown, country, world, settings, airfields)
    origin, target = np.concatenate([origin, flown[0]]), np.concatenate([target, flown[1]])
    order = np.argsort(origin, kind="stable")
    origin, target, is_open = origin[order], target[order], order >= len(origin) - len(flown[0])
    steps = make_steps(stays, origin, target)
    distance = steps.sum_by_leg(steps.path_km)
    seen, _ = seen_flights(stays, steps, country, world, settings, airfields)
    unseen, sea_km = unseen_flights(stays, steps, seen, country, world, settings, airfields)
    was_seen = is_open | (steps.sum_by_leg(seen) > 0)
    flight = np.where(was_seen, _SEEN_FLIGHT, steps.max_by_leg(unseen))
    jumps = find_jumps(stays, origin, target, steps, flight > 0.5, world, settings, airfields)
    flight[jumps] = 0.0
    mode, confidence = surface_modes(stays, origin, target, steps, distance, flight, sea_km, world, settings)
    mode[jumps], confidence[jumps] = UNKNOWN, 0.0
    return Legs(
        device=stays.device[origin],
        from_stay=origin.astype(np.int32),
        to_stay=target.astype(np.int32),
        mode=mode,
        inferred=np.where(mode == AIR, ~was_seen, jumps | ~was_watched(stays, steps, origin, target)),
        confidence=confidence.astype(np.float32),
        distance_km=distance.astype(np.float32),
        departed_after_ms=stays.end_ms[origin],
        arrived_before_ms=stays.start_ms[target],
        country_from=country[origin].astype(np.int16),
        country_to=country[target].astype(np.int16),
        borders=border_texts(stays, origin, target, mode == AIR, country, world),
        max_speed_kmh=steps.max_by_leg(np.where(steps.km >= 1.0, steps.kmh, 0.0)).astype(np.float32),
    )


def _spans(stays: Stays, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows (origin, target) of successive halts of a device among those where `ends` is True."""
    rows = np.flatnonzero(ends)
    same = stays.device[rows[1:]] == stays.device[rows[:-1]]
    return rows[:-1][same], rows[1:][same]


def _open_flights(
    stays: Stays, world: World, settings: LegSettings, country: np.ndarray, airfields: Optional[Places]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends (rows) of flights seen before a device's first lasting stay or after its last one.

    Each reaches from the first to the last halt that was too fast for the ground, or to the stay beside it.
    """
    lasting = stays.lasting
    origin, target = _spans(stays, lasting | begins_run(stays.device) | ends_run(stays.device))
    is_open = ~(lasting[origin] & lasting[target])
    origin, target = origin[is_open], target[is_open]
    steps = make_steps(stays, origin, target)
    seen, run = seen_flights(stays, steps, country, world, settings, airfields)
    flown = np.flatnonzero(seen)
    if len(flown) == 0:
        return flown, flown
    first, last = flown[begins_run(run[flown])], flown[ends_run(run[flown])]
    begin, end = steps.start[first], steps.end[last]
    leg = steps.leg[first]
    from_stay, to_stay = begins_run(leg) & lasting[origin[leg]], ends_run(leg) & lasting[target[leg]]
    return np.where(from_stay, origin[leg], begin), np.where(to_stay, target[leg], end)


def _without_airborne(
    stays: Stays,
    origin: np.ndarray,
    target: np.ndarray,
    country: np.ndarray,
    world: World,
    settings: LegSettings,
    airfields: Optional[Places],
) -> np.ndarray:
    """Return the countries (int16 per halt), unknown for the ends of open flights at which the device was in the air.

    Such is the first fix of a track, or its last, if no airport is near, and in the time to the next fix there was
    none to take off or land; near an airport, if it passed by faster than an aircraft climbs.
    """
    cut_off = np.concatenate([origin[begins_run(stays.device)[origin]], target[ends_run(stays.device)[target]]])
    is_last = np.arange(len(cut_off)) >= np.count_nonzero(begins_run(stays.device)[origin])
    is_open = ~stays.lasting[cut_off]
    cut_off, is_last = cut_off[is_open], is_last[is_open]
    if len(cut_off) == 0:
        return country
    steps = make_steps(stays, np.where(is_last, cut_off - 1, cut_off), np.where(is_last, cut_off, cut_off + 1))
    away_km = airport_km(stays, cut_off, cut_off, world, settings, airfields)[0]
    took_off = steps.km <= _CRUISE_KMH * (steps.hours - _TAKE_OFF_HOURS)
    passing = (steps.kmh > _CLIMB_KMH) & (steps.hours <= _PASSING_HOURS)
    at_airport = (away_km <= settings.airport_km) & ~passing
    known = country.copy()
    known[cut_off[~took_off & ~at_airport]] = country_codes.NOWHERE
    return known
