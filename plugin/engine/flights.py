"""Flights: which steps were flown, seen to be too fast for the ground or inferred from what was not seen."""

from __future__ import annotations

from typing import Optional

import numpy as np

from . import countries
from .borders import countries_on_way
from .geodesy import distance_km, nearest_within
from .leg_steps import LegSettings, Steps
from .localtime import HOUR_MS
from .places import Places, World
from .sorted_runs import begins_run, ends_run, run_starts
from .stays import Stays
from .turns import banked_turns

HIGH_SPEED_RAIL = (
    "AT", "BE", "CH", "CN", "DE", "ES", "FR", "GB", "ID", "IT", "JP", "KR", "MA", "NL", "RU", "SA", "TR", "TW", "UZ",
)
"""Countries with trains at 200 to 350 km/h on lines of their own (after the UIC Atlas of High-Speed Rail)."""

_SURE_STEPS = 3
_LEAST_KM = 5.0
_STRAIGHT = 0.7
_MOST_BACK = 0.2
_RAIL_KMH = 310.0
_RAIL_KM = 900.0


def seen_flights(
    stays: Stays, steps: Steps, country: np.ndarray, world: World, settings: LegSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return bool per step: True where a flight was seen; and the number (int64) of each step's run.

    A run is a stretch in motion: no step in it is slow, so that it was seen to stop nowhere. The whole run was flown
    if in it a long way was too fast for the ground, or three steps in a row were, or a turn was banked.
    `country` int16 per row of `stays`.
    """
    possible = (steps.kmh <= settings.top_kmh) & ~_jumps_about(stays, steps, settings)
    # By way of all halts: a device that circles does not come far in a minute, but it has not stopped.
    moving = (steps.path_km > settings.moving_kmh * steps.hours) | steps.brief
    run = _number_runs(steps, moving)
    on_rails = _has_fast_trains(world, country[steps.start]) | _has_fast_trains(world, country[steps.end])
    fast = possible & (steps.kmh > np.where(on_rails, settings.rail_kmh, settings.air_kmh))
    evidence = banked_turns(stays, steps) | _long_runs(stays, steps, fast, settings)
    fast_km, all_km = (np.bincount(run, weights=steps.path_km * which) for which in (fast, possible & moving))
    flown = (fast_km >= settings.air_km) & (fast_km >= 0.5 * all_km)
    flown |= (np.bincount(run, weights=evidence) > 0) & (all_km >= _LEAST_KM)
    return moving & flown[run], run


def _jumps_about(stays: Stays, steps: Steps, settings: LegSettings) -> np.ndarray:
    """Return True for the steps of legs whose fast steps often lead straight back: positions jump, not the device."""
    fast = steps.kmh > settings.air_kmh
    here = np.flatnonzero(fast[:-1] & fast[1:] & (steps.leg[:-1] == steps.leg[1:]))
    start, end = steps.start[here], steps.end[here + 1]
    across_km = distance_km(stays.lat[start], stays.lon[start], stays.lat[end], stays.lon[end])
    back = across_km < 0.5 * (steps.km[here] + steps.km[here + 1])
    count = len(steps.first)
    backs, pairs = (np.bincount(steps.leg[here], weights=which, minlength=count) for which in (back, back >= 0))
    return (backs > _MOST_BACK * pairs)[steps.leg]


def _has_fast_trains(world: World, country: np.ndarray) -> np.ndarray:
    rows = countries.index_of(world, HIGH_SPEED_RAIL)
    table = np.zeros(len(world.country_code) + 1, dtype=bool)
    table[rows[rows >= 0]] = True
    return table[country]


def _number_runs(steps: Steps, going: np.ndarray) -> np.ndarray:
    """Return the run of each step: numbers change at every step that is not `going`, and at every leg."""
    begins = ~going
    begins[steps.first] = True
    return np.cumsum(begins) - 1


def _long_runs(stays: Stays, steps: Steps, fast: np.ndarray, settings: LegSettings) -> np.ndarray:
    """Return which `fast` steps lie in a run of such steps that is long, or of some in nearly one direction."""
    run = _number_runs(steps, fast | steps.brief)
    run_km, run_steps = np.bincount(run, weights=steps.km * fast), np.bincount(run, weights=fast)
    step = np.flatnonzero(fast)
    first, last = step[begins_run(run[step])], step[ends_run(run[step])]
    start, end = steps.start[first], steps.end[last]
    across_km = np.zeros(len(run_km))
    across_km[run[first]] = distance_km(stays.lat[start], stays.lon[start], stays.lat[end], stays.lon[end])
    straight = (run_steps >= _SURE_STEPS) & (across_km >= np.maximum(settings.sure_air_km, _STRAIGHT * run_km))
    return fast & ((run_km >= settings.air_km) | straight)[run]


def unseen_flights(
    stays: Stays,
    steps: Steps,
    seen: np.ndarray,
    country: np.ndarray,
    world: World,
    settings: LegSettings,
    airfields: Optional[Places],
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each step the odds (0..1) that an unseen stretch was flown, and its km of open sea (NaN: not asked).

    Above 0.5 it counts as air. A logistic score from the time that the ground would take against the time there was,
    the distance, the nearness of airports at both ends, the sea between, and the fixes that a drive would have left
    behind at the device's own rate. Less time than the fastest drive says much; more time than a usual one says
    little, since the device may have been silent at either end. Where a high-speed train fits the time as well, it
    is the likelier. The weights are set by hand, not fitted.
    """
    odds, way_at_sea_km = np.zeros(len(steps.km)), np.full(len(steps.km), np.nan)
    step = np.flatnonzero((steps.km >= settings.air_km) & (steps.kmh <= settings.top_kmh) & ~seen)
    if len(step) == 0:
        return odds, way_at_sea_km
    start, end, km, hours = (column[step] for column in (steps.start, steps.end, steps.km, steps.hours))
    near = _airport_nearness(stays, start, end, world, settings, airfields)
    sea_km, apart, at_sea = _sea_between(stays, start, end, km, world, settings)
    needed = surface_hours(km + np.where(apart, 0.0, sea_km)) + np.where(apart, 24.0, 0.0)
    too_quick = np.maximum(np.log(km / settings.drive_kmh / hours), 0.0)
    score = 4.0 * too_quick + 0.7 * np.log(needed / hours) + 4.0 * np.log(km / 880.0)
    # One end near an airport says little where the ground route fits the time: most towns have an airport.
    at_airports = np.where((near > 0.0).all(axis=0) | (needed > hours), 2.0, 0.5) * near.sum(axis=0)
    score += at_airports + np.where(apart, 3.0, 0.0) + np.where(sea_km > 100.0, 1.5, 0.0)
    # A drive would have left fixes behind, unless the device was silent for longer than a drive takes anyway.
    missed = np.minimum(0.5 * needed * _fixes_per_hour(stays)[start], 1.0)
    score += missed * np.minimum(2.0 * needed / hours, 1.0)
    by_rail = _has_fast_trains(world, country[start]) & _has_fast_trains(world, country[end]) & ~apart
    by_rail &= (km <= _RAIL_KM) & (km / hours <= _RAIL_KMH)
    score -= np.where(by_rail & (too_quick > 0.0), 4.0 * too_quick + 1.0, 0.0)
    # A halt out at sea is a ship's, an island's or a bird's, unless the speed says otherwise.
    score = np.where(at_sea & (km / hours < settings.airport_air_kmh), np.minimum(score, -1.4), score)
    chance = 1.0 / (1.0 + np.exp(-np.clip(score, -30.0, 30.0)))
    from_airport_to_airport = (near > 0.0).all(axis=0) & (km >= settings.airport_air_km)
    quick = from_airport_to_airport & (steps.kmh[step] >= settings.airport_air_kmh)
    odds[step] = np.where(quick, np.maximum(chance, 0.9), np.minimum(chance, 0.97))
    way_at_sea_km[step] = sea_km
    return odds, way_at_sea_km


def surface_hours(distance: np.ndarray) -> np.ndarray:
    """Return the hours a journey on the ground takes at best over a great-circle distance in km.

    Roads are 1.3 times longer; 70 km/h on the first 500 km, 45 km/h with nights of rest beyond.
    """
    return 1.3 * (np.minimum(distance, 500.0) / 70.0 + np.maximum(distance - 500.0, 0.0) / 45.0)


def _fixes_per_hour(stays: Stays) -> np.ndarray:
    """Return for each stay how many fixes its device left per hour, from its first to its last."""
    first, count = run_starts(stays.device)
    hours = (stays.end_ms[first + count - 1] - stays.start_ms[first]) / HOUR_MS
    return np.repeat(np.add.reduceat(stays.n_fixes, first) / np.maximum(hours, 24.0), count)


def _airport_nearness(
    stays: Stays,
    start: np.ndarray,
    end: np.ndarray,
    world: World,
    settings: LegSettings,
    airfields: Optional[Places],
) -> np.ndarray:
    """Return (2, n): how near an airport each end of a step is, 1 at its centre, 0 from `airport_km` on."""
    fields = [world.airports] + ([airfields] if airfields is not None else [])
    lat, lon = (np.concatenate([getattr(field, name) for field in fields]) for name in ("lat", "lon"))
    ends = np.concatenate([start, end])
    _, away_km = nearest_within(stays.lat[ends], stays.lon[ends], lat, lon, settings.airport_km)
    return np.clip(1.0 - away_km / settings.airport_km, 0.0, 1.0).reshape(2, -1)


def _sea_between(
    stays: Stays, start: np.ndarray, end: np.ndarray, km: np.ndarray, world: World, settings: LegSettings
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each step's km of open sea, whether it joins two landmasses, and whether it begins or ends at sea."""
    ends = (stays.lat[start], stays.lon[start], stays.lat[end], stays.lon[end])
    if len(world.country_code) == 0:
        return np.zeros(len(start)), np.zeros(len(start), dtype=bool), np.zeros(len(start), dtype=bool)
    way = countries_on_way(world, *ends, coast_km=settings.offshore_km)
    land_a = countries.locate_landmass(world, ends[0], ends[1])
    land_b = countries.locate_landmass(world, ends[2], ends[3])
    apart = (land_a != land_b) & (land_a >= 0) & (land_b >= 0)
    return km * (way < 0).mean(axis=1), apart, (land_a < 0) | (land_b < 0)
