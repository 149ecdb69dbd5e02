"""Legs: how each device moved between its lasting stays, by which mode, over which borders, how surely.

Short halts and lone fixes between two stays are evidence on the way. A leg is split into steps from one halt
to the next; a step is a flight if it is too fast for the ground (observed), or if what was not seen speaks
for one (inferred).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from . import countries
from .borders import border_texts, countries_on_way
from .geodesy import distance_km, nearest_within
from .localtime import HOUR_MS
from .places import Places, World
from .sorted_runs import expand_ranges
from .stays import Stays

MODES = ("unknown", "foot", "road", "water", "air")
UNKNOWN, FOOT, ROAD, WATER, AIR = range(5)
_SEEN_FLIGHT = 0.98


@dataclass(frozen=True)
class LegSettings:
    """Limits of speed (km/h) and distance (km) that tell modes apart.

    A run of steps above `air_kmh` over `air_km` is flight; above `top_kmh` nothing flies and the mode is
    unknown. `drive_kmh` is the fastest drive as the crow flies.
    """

    air_kmh: float = 250.0
    air_km: float = 150.0
    top_kmh: float = 1300.0
    airport_km: float = 6.0
    airport_air_km: float = 250.0
    airport_air_kmh: float = 120.0
    drive_kmh: float = 95.0
    foot_kmh: float = 7.0
    foot_km: float = 1.5
    offshore_km: float = 5.0


@dataclass(frozen=True)
class Legs:
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

    def __len__(self) -> int:
        return len(self.device)


@dataclass
class _Steps:
    """Movements from halt `row` to `row + 1` inside a leg; `first` is each leg's first step."""

    leg: np.ndarray
    row: np.ndarray
    first: np.ndarray
    km: np.ndarray
    hours: np.ndarray
    kmh: np.ndarray


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
    hours = np.maximum((stays.start_ms[1:] - stays.end_ms[:-1]) / HOUR_MS, 1.0 / 120.0)
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
    lasting = np.flatnonzero(stays.lasting)
    same = stays.device[lasting[1:]] == stays.device[lasting[:-1]]
    origin, target = lasting[:-1][same], lasting[1:][same]
    steps = _make_steps(stays, origin, target)
    distance = _sum_by_leg(steps.km, steps)
    seen_flight = _seen_flights(steps, settings)
    unseen_flight = _unseen_flights(stays, steps, seen_flight, world, settings, airfields)
    flight = _max_by_leg(np.where(seen_flight, _SEEN_FLIGHT, unseen_flight), steps)
    mode, confidence = _surface_modes(stays, origin, target, steps, distance, flight, world, settings)
    return Legs(
        device=stays.device[origin],
        from_stay=origin.astype(np.int32),
        to_stay=target.astype(np.int32),
        mode=mode,
        inferred=np.where(mode == AIR, _sum_by_leg(seen_flight, steps) == 0, target - origin < 2),
        confidence=confidence.astype(np.float32),
        distance_km=distance.astype(np.float32),
        departed_after_ms=stays.end_ms[origin],
        arrived_before_ms=stays.start_ms[target],
        country_from=country[origin].astype(np.int16),
        country_to=country[target].astype(np.int16),
        borders=border_texts(stays, origin, target, mode == AIR, country, world),
        max_speed_kmh=_max_by_leg(np.where(steps.km >= 1.0, steps.kmh, 0.0), steps).astype(np.float32),
    )


def surface_hours(distance: np.ndarray) -> np.ndarray:
    """Return the hours a journey on the ground takes at best over a great-circle distance in km.

    Roads are 1.3 times longer; 70 km/h on the first 500 km, 45 km/h with nights of rest beyond.
    """
    return 1.3 * (np.minimum(distance, 500.0) / 70.0 + np.maximum(distance - 500.0, 0.0) / 45.0)


def _make_steps(stays: Stays, origin: np.ndarray, target: np.ndarray) -> _Steps:
    leg, row = expand_ranges(origin, target)
    count = target - origin
    km = distance_km(stays.lat[row], stays.lon[row], stays.lat[row + 1], stays.lon[row + 1])
    # Half a minute at least: two fixes of the same second are not an infinite speed.
    hours = np.maximum((stays.start_ms[row + 1] - stays.end_ms[row]) / HOUR_MS, 1.0 / 120.0)
    return _Steps(leg, row, np.cumsum(count) - count, km, hours, km / hours)


def _sum_by_leg(values: np.ndarray, steps: _Steps) -> np.ndarray:
    return np.bincount(steps.leg, weights=values, minlength=len(steps.first))


def _max_by_leg(values: np.ndarray, steps: _Steps) -> np.ndarray:
    return np.maximum.reduceat(values, steps.first) if len(steps.first) else np.empty(0)


def _seen_flights(steps: _Steps, settings: LegSettings) -> np.ndarray:
    """Return True for steps in a run of fast steps that is long enough: a flight seen to happen."""
    fast = (steps.kmh > settings.air_kmh) & (steps.kmh <= settings.top_kmh)
    begins = ~fast
    begins[steps.first] = True
    run = np.cumsum(begins)
    run_km = np.bincount(run, weights=steps.km * fast, minlength=1)
    return fast & (run_km[run] >= settings.air_km)


def _unseen_flights(
    stays: Stays,
    steps: _Steps,
    seen_flight: np.ndarray,
    world: World,
    settings: LegSettings,
    airfields: Optional[Places],
) -> np.ndarray:
    """Return for each step the odds (0..1) that an unseen stretch was flown; above 0.5 it counts as air.

    A logistic score from the time that the ground would take against the time there was, the distance, the
    nearness of airports at both ends, the sea between, and the fixes that a drive would have left behind at the
    device's own rate. Less time than the fastest drive says much; more time than a usual one says little, since
    the device may have been silent at either end. The weights are set by hand, not fitted.
    """
    odds = np.zeros(len(steps.km))
    step = np.flatnonzero((steps.km >= settings.air_km) & (steps.kmh <= settings.top_kmh) & ~seen_flight)
    if len(step) == 0:
        return odds
    row, km = steps.row[step], steps.km[step]
    near = _airport_nearness(stays, row, world, settings, airfields)
    sea_km, apart = _sea_between(stays, row, km, world, settings)
    needed = surface_hours(km + np.where(apart, 0.0, sea_km)) + np.where(apart, 24.0, 0.0)
    score = 4.0 * np.maximum(np.log(km / settings.drive_kmh / steps.hours[step]), 0.0)
    score += 0.7 * np.log(needed / steps.hours[step]) + 3.0 * np.log(km / 800.0)
    # One end near an airport says little where the ground route fits the time: most towns have an airport.
    at_airports = np.where((near > 0.0).all(axis=0) | (needed > steps.hours[step]), 2.0, 0.5) * near.sum(axis=0)
    score += at_airports + np.where(apart, 3.0, 0.0) + np.where(sea_km > 100.0, 1.5, 0.0)
    score += np.minimum(0.5 * needed * _fixes_per_hour(stays)[stays.device[row]], 1.5)
    chance = 1.0 / (1.0 + np.exp(-np.clip(score, -30.0, 30.0)))
    from_airport_to_airport = (near > 0.0).all(axis=0) & (km >= settings.airport_air_km)
    quick = from_airport_to_airport & (steps.kmh[step] >= settings.airport_air_kmh)
    odds[step] = np.where(quick, np.maximum(chance, 0.9), np.minimum(chance, 0.97))
    return odds


def _fixes_per_hour(stays: Stays) -> np.ndarray:
    """Return how many fixes each device code left per hour, from its first to its last."""
    count = int(stays.device.max(initial=-1)) + 1
    first, last = np.full(count, np.iinfo(np.int64).max), np.zeros(count, dtype=np.int64)
    np.minimum.at(first, stays.device, stays.start_ms)
    np.maximum.at(last, stays.device, stays.end_ms)
    fixes = np.bincount(stays.device, weights=stays.n_fixes, minlength=count)
    return fixes / np.maximum((last - first) / HOUR_MS, 24.0)


def _airport_nearness(
    stays: Stays, row: np.ndarray, world: World, settings: LegSettings, airfields: Optional[Places]
) -> np.ndarray:
    """Return (2, n): how near an airport each end of a step is, 1 at its centre, 0 from `airport_km` on."""
    fields = [world.airports] + ([airfields] if airfields is not None else [])
    lat, lon = (np.concatenate([getattr(field, name) for field in fields]) for name in ("lat", "lon"))
    ends = np.concatenate([row, row + 1])
    _, away_km = nearest_within(stays.lat[ends], stays.lon[ends], lat, lon, settings.airport_km)
    return np.clip(1.0 - away_km / settings.airport_km, 0.0, 1.0).reshape(2, -1)


def _sea_between(
    stays: Stays, row: np.ndarray, km: np.ndarray, world: World, settings: LegSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return km of open sea on each step's great circle, and whether its ends lie on different landmasses."""
    ends = (stays.lat[row], stays.lon[row], stays.lat[row + 1], stays.lon[row + 1])
    if len(world.country_code) == 0:
        return np.zeros(len(row)), np.zeros(len(row), dtype=bool)
    way = countries_on_way(world, *ends, coast_km=settings.offshore_km)
    land_a = countries.locate_landmass(world, ends[0], ends[1])
    land_b = countries.locate_landmass(world, ends[2], ends[3])
    return km * (way < 0).mean(axis=1), (land_a != land_b) & (land_a >= 0) & (land_b >= 0)


def _surface_modes(
    stays: Stays,
    origin: np.ndarray,
    target: np.ndarray,
    steps: _Steps,
    distance: np.ndarray,
    flight: np.ndarray,
    world: World,
    settings: LegSettings,
) -> tuple[np.ndarray, np.ndarray]:
    """Return each leg's mode (int8) and the confidence in it; `flight` holds the odds that it was flown."""
    hours = np.maximum((stays.start_ms[target] - stays.end_ms[origin]) / HOUR_MS, 1.0 / 120.0)
    fastest = _max_by_leg(np.where(steps.km >= 0.1, steps.kmh, 0.0), steps)
    halts = target - origin - 1
    strolled = (halts >= 2) & (distance <= 5.0 * settings.foot_km) & (fastest <= 1.5 * settings.foot_kmh)
    foot = strolled | ((distance < settings.foot_km) & (distance / hours <= settings.foot_kmh))
    mode = np.where(foot, FOOT, ROAD)
    confidence = np.select([halts > 0, distance < settings.foot_km], [0.9, 0.5], 0.8)
    mode[_on_water(stays, steps, distance, flight, world, settings)] = WATER
    confidence = np.minimum(confidence, 1.0 - flight)
    flown = flight > 0.5
    mode[flown], confidence[flown] = AIR, flight[flown]
    too_fast = _max_by_leg(np.where(steps.km >= settings.air_km, steps.kmh, 0.0), steps) > settings.top_kmh
    mode[too_fast & ~flown], confidence[too_fast & ~flown] = UNKNOWN, 0.0
    return mode.astype(np.int8), confidence


def _on_water(
    stays: Stays, steps: _Steps, distance: np.ndarray, flight: np.ndarray, world: World, settings: LegSettings
) -> np.ndarray:
    """Return True for legs of 10 km and more that lead mostly over open sea."""
    sea_km = np.zeros(len(steps.km))
    step = np.flatnonzero(((distance >= 10.0) & (flight <= 0.5))[steps.leg])
    row, long = steps.row[step], steps.km[step] >= 50.0
    if len(world.country_code) and len(step):
        halt, back = np.unique(np.concatenate([row, row + 1]), return_inverse=True)
        at_sea = countries.locate(world, stays.lat[halt], stays.lon[halt], settings.offshore_km, 0.01) < 0
        at_sea = at_sea[back].reshape(2, -1).mean(axis=0)
        far = row[long]
        way = countries_on_way(
            world,
            *(stays.lat[far], stays.lon[far], stays.lat[far + 1], stays.lon[far + 1]),
            coast_km=settings.offshore_km,
        )
        at_sea[long] = (way < 0).mean(axis=1)
        sea_km[step] = steps.km[step] * at_sea
    return (_sum_by_leg(sea_km, steps) >= 0.5 * distance) & (distance >= 10.0)
