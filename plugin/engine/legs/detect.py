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
from ..earth import HOUR_MS, distance_km
from ..places import Places, World, countries
from ..stays import Stays
from .borders import border_texts, countries_on_way
from .flights import seen_flights, unseen_flights
from .settings import LegSettings
from .steps import SHORTEST_HOURS, Steps, make_steps

MODES = ("unknown", "foot", "road", "water", "air")
UNKNOWN, FOOT, ROAD, WATER, AIR = range(5)
_SEEN_FLIGHT = 0.98
_EDGE_KM = 0.1


@dataclass(frozen=True)
class Legs(Columns):
    """One row per pair of consecutive lasting stays of a device, in the order of `Stays`.

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
) -> Legs:
    """Return the legs between consecutive lasting stays of each device.

    `stays` should keep short halts (they are the evidence on the way). `country` int16 per stay, if known
    already. `airfields` are places to fly from beside the world's airports (sites of category airport or air base).
    """
    if country is None:
        country = countries.locate(world, stays.lat, stays.lon)
    kept = np.flatnonzero(~_find_strays(stays, settings))
    found = _legs_of(stays.take(kept), world, settings, country[kept], airfields)
    rows = {name: kept[getattr(found, name)].astype(np.int32) for name in ("from_stay", "to_stay")}
    return replace(found, **rows)


def _find_strays(stays: Stays, settings: LegSettings) -> np.ndarray:
    """Return True for lone fixes far out between halts close together, too fast or too far for a drive.

    One wrong record would otherwise make two flights; a lone fix is not evidence enough for going and returning.
    """
    stray = np.zeros(len(stays), dtype=bool)
    if len(stays) < 3:
        return stray
    km = distance_km(stays.lat[:-1], stays.lon[:-1], stays.lat[1:], stays.lon[1:])
    hours = np.maximum((stays.start_ms[1:] - stays.end_ms[:-1]) / HOUR_MS, SHORTEST_HOURS)
    across_km = distance_km(stays.lat[:-2], stays.lon[:-2], stays.lat[2:], stays.lon[2:])
    nearer_km = np.minimum(km[:-1], km[1:])
    unlikely = (km / hours > settings.drive_kmh) | (km >= settings.airport_air_km)
    stray[1:-1] = (
        (stays.device[:-2] == stays.device[2:])
        & (stays.n_fixes[1:-1] == 1)
        & (nearer_km >= 50.0)
        & (across_km <= 0.2 * nearer_km)
        & (unlikely[:-1] | unlikely[1:])
    )
    return stray


def _legs_of(
    stays: Stays, world: World, settings: LegSettings, country: np.ndarray, airfields: Optional[Places]
) -> Legs:
    origin, target = _spans(stays, stays.lasting)
    flown = _open_flights(stays, world, settings, country, airfields)
    origin, target = np.concatenate([origin, flown[0]]), np.concatenate([target, flown[1]])
    order = np.argsort(origin, kind="stable")
    origin, target, is_open = origin[order], target[order], order >= len(origin) - len(flown[0])
    steps = make_steps(stays, origin, target)
    distance = steps.sum_by_leg(steps.path_km)
    seen, _ = seen_flights(stays, steps, country, world, settings, airfields)
    unseen, sea_km = unseen_flights(stays, steps, seen, country, world, settings, airfields)
    was_seen = is_open | (steps.sum_by_leg(seen) > 0)
    flight = np.where(was_seen, _SEEN_FLIGHT, steps.max_by_leg(unseen))
    mode, confidence = _surface_modes(stays, origin, target, steps, distance, flight, sea_km, world, settings)
    return Legs(
        device=stays.device[origin],
        from_stay=origin.astype(np.int32),
        to_stay=target.astype(np.int32),
        mode=mode,
        inferred=np.where(mode == AIR, ~was_seen, target - origin < 2),
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


def _surface_modes(
    stays: Stays,
    origin: np.ndarray,
    target: np.ndarray,
    steps: Steps,
    distance: np.ndarray,
    flight: np.ndarray,
    sea_km: np.ndarray,
    world: World,
    settings: LegSettings,
) -> tuple[np.ndarray, np.ndarray]:
    """Return each leg's mode (int8) and the confidence in it; `flight` holds the odds that it was flown.

    `sea_km`: of each step the km of open sea, NaN where not known yet.
    """
    hours = np.maximum((stays.start_ms[target] - stays.end_ms[origin]) / HOUR_MS, SHORTEST_HOURS)
    # Who sets out is still at the stay's edge, not at its centre, in the last fix that belongs to it.
    edges = stays.lasting[steps.start].astype(np.float64) + stays.lasting[steps.end]
    fastest = steps.max_by_leg(np.where(steps.km >= 0.1, steps.km - _EDGE_KM * edges, 0.0) / steps.hours)
    halts = target - origin - 1
    strolled = (halts >= 2) & (distance <= 5.0 * settings.foot_km) & (fastest <= 1.5 * settings.foot_kmh)
    foot = strolled | ((distance < settings.foot_km) & (distance / hours <= settings.foot_kmh))
    mode = np.where(foot, FOOT, ROAD)
    confidence = np.select([halts > 0, distance < settings.foot_km], [0.9, 0.5], 0.8)
    mode[_on_water(stays, steps, distance, flight, sea_km, world, settings)] = WATER
    confidence = np.minimum(confidence, 1.0 - flight)
    flown = flight > 0.5
    mode[flown], confidence[flown] = AIR, flight[flown]
    too_fast = steps.max_by_leg(np.where(steps.km >= settings.air_km, steps.kmh, 0.0)) > settings.top_kmh
    mode[too_fast & ~flown], confidence[too_fast & ~flown] = UNKNOWN, 0.0
    return mode.astype(np.int8), confidence


def _on_water(
    stays: Stays,
    steps: Steps,
    distance: np.ndarray,
    flight: np.ndarray,
    known_km: np.ndarray,
    world: World,
    settings: LegSettings,
) -> np.ndarray:
    """Return True for legs of 10 km and more that lead mostly over open sea."""
    sea_km = np.nan_to_num(known_km)
    step = np.flatnonzero(((distance >= 10.0) & (flight <= 0.5))[steps.leg] & np.isnan(known_km))
    start, end, long = steps.start[step], steps.end[step], steps.km[step] >= 50.0
    if len(world.country_code) and len(step):
        halt, back = np.unique(np.concatenate([start, end]), return_inverse=True)
        at_sea = countries.locate(world, stays.lat[halt], stays.lon[halt], settings.offshore_km, 0.01) < 0
        at_sea = at_sea[back].reshape(2, -1).mean(axis=0)
        begin, finish = start[long], end[long]
        ends = (stays.lat[begin], stays.lon[begin], stays.lat[finish], stays.lon[finish])
        way = countries_on_way(world, *ends, coast_km=settings.offshore_km)
        at_sea[long] = (way < 0).mean(axis=1)
        sea_km[step] = steps.km[step] * at_sea
    return (steps.sum_by_leg(sea_km) >= 0.5 * distance) & (distance >= 10.0)
