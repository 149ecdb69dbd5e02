"""Modes on the ground and on the water, by speed, length and how closely the way was seen."""

from __future__ import annotations

import numpy as np

from ..base import run_starts
from ..earth import HOUR_MS
from ..places import World, countries
from ..stays import Stays
from .borders import countries_on_way
from .settings import LegSettings
from .steps import SHORT_MS, SHORTEST_HOURS, Steps

MODES = ("unknown", "foot", "road", "water", "air")
UNKNOWN, FOOT, ROAD, WATER, AIR = range(5)

_EDGE_KM = 0.1
"""Who sets out is still at the edge of the halt, not at its centre: the merging distance of stays."""
_NOISE_KM = 0.1
_WATCHED_HOURS = 0.25
_WATCHED_SHARE = 0.5
_CLOSE_HOURS = 0.1
_STRIDE = 1.5
_MOST_FAST = 0.2
_SHOWN_STEPS = 3
_WALKER_STEPS = 20
_WALKER_KM, _WALKER_HOURS = 0.3, 2.0


def was_watched(stays: Stays, steps: Steps, origin: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return True for legs whose way was seen: no silence on it is longer than half of it, or a quarter of an hour."""
    hours = (stays.start_ms[target] - stays.end_ms[origin]) / HOUR_MS
    longest = steps.max_by_leg(steps.hours)
    watched: np.ndarray = (target - origin >= 2) & (longest <= np.maximum(_WATCHED_SHARE * hours, _WATCHED_HOURS))
    return watched


def surface_modes(
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
    foot, either = _on_foot(stays, origin, target, steps, settings)
    mode = np.select([foot, either], [FOOT, UNKNOWN], ROAD)
    watched = was_watched(stays, steps, origin, target)
    confidence = np.select([either, watched, foot], [0.0, 0.9, 0.5], 0.8)
    water = _on_water(stays, steps, distance, flight, sea_km, world, settings)
    mode[water], confidence[water] = WATER, np.where(watched, 0.9, 0.8)[water]
    confidence = np.minimum(confidence, 1.0 - flight)
    flown = flight > 0.5
    mode[flown], confidence[flown] = AIR, flight[flown]
    too_fast = steps.max_by_leg(np.where(steps.km >= settings.air_km, steps.kmh, 0.0)) > settings.top_kmh
    mode[too_fast & ~flown], confidence[too_fast & ~flown] = UNKNOWN, 0.0
    return mode.astype(np.int8), confidence


def _on_foot(
    stays: Stays, origin: np.ndarray, target: np.ndarray, steps: Steps, settings: LegSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return True for the legs that were walked, and for those that may have been walked or driven.

    A leg was walked if it was no faster than a walk on the whole and, but for a little of it, step by step, and
    was seen closely, or is no longer than `foot_km`, which most go on foot, or shows three steps at such a speed: who
    drives and waits has faster ones. A device that was never seen faster than a walk walks farther. What is longer,
    up to `walk_km`, and left as much time as a walk takes, is either.
    """
    paused = (stays.lasting | (stays.end_ms - stays.start_ms > SHORT_MS)).astype(np.float64)
    edges = paused[steps.start] + paused[steps.end]
    gone_km = np.where(steps.km >= _NOISE_KM, np.maximum(steps.km - _EDGE_KM * edges, 0.0), 0.0)
    fits = gone_km <= _STRIDE * settings.foot_kmh * steps.hours
    unseen_km = np.where(steps.hours > _CLOSE_HOURS, gone_km, 0.0)
    hours = np.maximum((stays.start_ms[target] - stays.end_ms[origin]) / HOUR_MS, SHORTEST_HOURS)
    all_km = steps.sum_by_leg(gone_km)
    # Errors of position make single steps of a walk too fast, but not much of its length.
    slow = (all_km <= settings.foot_kmh * hours) & (steps.sum_by_leg(gone_km * ~fits) <= _MOST_FAST * all_km)
    shown = (steps.sum_by_leg(unseen_km > 0.0) >= _SHOWN_STEPS) & (steps.max_by_leg(unseen_km) < settings.foot_km)
    near = (steps.sum_by_leg(unseen_km) < settings.foot_km) | shown
    foot = slow & (near | _is_walker(stays, steps, gone_km, settings)[origin])
    return foot, slow & ~foot & (steps.max_by_leg(unseen_km) <= settings.walk_km)


def _is_walker(stays: Stays, steps: Steps, gone_km: np.ndarray, settings: LegSettings) -> np.ndarray:
    """Return bool per stay: its device was seen to move many times, and never faster than a walk."""
    tells = (gone_km >= _WALKER_KM) & (steps.hours <= _WALKER_HOURS)
    fast = (gone_km >= _NOISE_KM) & (gone_km > _STRIDE * settings.foot_kmh * steps.hours)
    first, count = run_starts(stays.device)
    number = np.repeat(np.arange(len(first)), count)
    owner = number[steps.start]
    told, faster = (np.bincount(owner, weights=which, minlength=len(first)) for which in (tells, fast))
    is_walker: np.ndarray = ((told >= _WALKER_STEPS) & (faster == 0))[number]
    return is_walker


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
