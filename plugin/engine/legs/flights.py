"""Flights: which steps were flown, seen to be too fast for the ground or inferred from what was not seen."""

from __future__ import annotations

from typing import Optional

import numpy as np

from ..base import begins_run, ends_run, expand_ranges, run_ends, run_starts
from ..earth import HOUR_MS, distance_km, nearest_within
from ..places import Places, World, countries, country_codes
from ..stays import Stays
from .banked_turns import banked_turns
from .borders import countries_on_way
from .settings import LegSettings
from .steps import Steps

HIGH_SPEED_RAIL = (
    "AT", "BE", "CH", "CN", "DE", "ES", "FR", "GB", "ID", "IT", "JP", "KR", "MA", "NL", "RU", "SA", "TR", "TW", "UZ",
)
"""Countries with trains at 200 to 350 km/h on lines of their own (after the UIC Atlas of High-Speed Rail)."""

FAST_RAIL = ("CZ", "DK", "FI", "PL", "PT", "SE")
"""Further countries where trains from town to town come up to 140 km/h as the crow flies."""

_SURE_STEPS = 3
_LEAST_KM = 5.0
_STRAIGHT = 0.7
_MOST_BACK = 0.2
_RAIL_KMH = 310.0
_FAST_RAIL_KMH = 140.0
_RAIL_KM = 900.0
APRON = 0.5
"""What is so near an airport, as a share of `airport_km`, is on its apron."""
_TOWN_KM = 20.0
_REMOTE_KM = 50.0
_APRON_KMH = 75.0
_OFF_ROAD_KMH = 200.0
_OFF_RAIL_KMH = 330.0
_FERRY_KMH = 45.0
_FERRY_KM = 500.0


def seen_flights(
    stays: Stays, steps: Steps, country: np.ndarray, world: World, settings: LegSettings, airfields: Optional[Places]
) -> tuple[np.ndarray, np.ndarray]:
    """Return bool per step: True where a flight was seen; and the number (int64) of each step's run.

    A run is a stretch in motion: no step in it is slow, so that it was seen to stop nowhere. The whole run was flown
    if in it a long way was too fast for the ground, or a few steps in a row were, or a turn was banked. So was the
    way between two airports if some of it was too fast for the ground.
    `country` int16 per row of `stays`.
    """
    possible = (steps.kmh <= settings.top_kmh) & ~_jumps_about(stays, steps, settings)
    # By way of all halts: a device that circles does not come far in a minute, but it has not stopped.
    moving = (steps.path_km > settings.moving_kmh * steps.hours) | steps.brief
    run = _number_runs(steps, moving)
    on_rails = _on_rails(steps, country, world)
    quick = possible & (steps.kmh > settings.air_kmh)
    fast = possible & (steps.kmh > np.where(on_rails, settings.rail_kmh, settings.air_kmh))
    evidence = banked_turns(stays, steps) | _long_runs(stays, steps, fast, quick, settings)
    fast_km, all_km = (np.bincount(run, weights=steps.path_km * which) for which in (fast, possible & moving))
    flown = (fast_km >= settings.air_km) & (fast_km >= 0.5 * all_km)
    flown |= (np.bincount(run, weights=evidence) > 0) & (all_km >= _LEAST_KM)
    from_field = _between_airports(stays, steps, possible & ~steps.brief, on_rails, world, settings, airfields)
    return (moving & flown[run]) | from_field, run


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


def _on_rails(steps: Steps, country: np.ndarray, world: World) -> np.ndarray:
    """Return True for steps between countries with fast trains; such a train may pass through one without."""
    fast = _has_trains(world, country, HIGH_SPEED_RAIL)
    begins, ends = fast[steps.start], fast[steps.end]
    last = run_ends(steps.first, len(steps.leg))
    return (begins & ends) | ((begins | ends) & (begins[steps.first] & ends[last])[steps.leg])


def _has_trains(world: World, country: np.ndarray, codes: tuple[str, ...]) -> np.ndarray:
    rows = country_codes.index_of(world, codes)
    table = np.zeros(len(world.country_code) + 1, dtype=bool)
    table[rows[rows >= 0]] = True
    return table[country]


def _number_runs(steps: Steps, going: np.ndarray) -> np.ndarray:
    """Return the run of each step: numbers change at every step that is not `going`, and at every leg."""
    begins = ~going
    begins[steps.first] = True
    return np.cumsum(begins) - 1


def _long_runs(
    stays: Stays, steps: Steps, fast: np.ndarray, quick: np.ndarray, settings: LegSettings
) -> np.ndarray:
    """Return which `fast` steps lie in a run of such steps that is long, or of some in nearly one direction.

    Two such steps must come half as far as one. Long may also be the run of steps as `quick` as a fast train, if the
    fast ones among them are not too short.
    """
    run = _number_runs(steps, fast | steps.brief)
    run_km, run_steps = np.bincount(run, weights=steps.km * fast), np.bincount(run, weights=fast)
    step = np.flatnonzero(fast)
    first, last = step[begins_run(run[step])], step[ends_run(run[step])]
    start, end = steps.start[first], steps.end[last]
    across_km = np.zeros(len(run_km))
    across_km[run[first]] = distance_km(stays.lat[start], stays.lon[start], stays.lat[end], stays.lon[end])
    least_km = np.where(run_steps >= _SURE_STEPS, settings.sure_air_km, 0.5 * settings.air_km)
    straight = (run_steps >= _SURE_STEPS - 1) & (across_km >= np.maximum(least_km, _STRAIGHT * run_km))
    wide = _number_runs(steps, quick | steps.brief)
    quick_km, fast_km = (np.bincount(wide, weights=steps.km * which) for which in (quick, fast))
    held = (quick_km >= settings.air_km) & (fast_km >= settings.sure_air_km)
    return fast & (((run_km >= settings.air_km) | straight)[run] | held[wide])


def _between_airports(
    stays: Stays,
    steps: Steps,
    usable: np.ndarray,
    on_rails: np.ndarray,
    world: World,
    settings: LegSettings,
    airfields: Optional[Places],
) -> np.ndarray:
    """Return True for the steps from airport to airport between which some were too fast for the ground.

    Climbs and descents are no faster than trains, and a wait at the airport hides in the first and the last step;
    so the way from the last halt near an airport to the next one near an airport is taken as one. Where both
    were on the apron, what is faster than any car is enough.
    """
    found = np.zeros(len(steps.km), dtype=bool)
    off_road = usable & (steps.kmh > _OFF_ROAD_KMH) & (steps.km >= _LEAST_KM)
    leg_km = steps.sum_by_leg(steps.km * off_road)
    row = np.flatnonzero((leg_km >= settings.sure_air_km)[steps.leg])
    if len(row) == 0:
        return found
    near = 1.0 - airport_km(stays, steps.start[row], steps.end[row], world, settings, airfields) / settings.airport_km
    place = np.arange(len(row))
    before = np.maximum.accumulate(np.where(near[0] > 0.0, place, -1))
    after = np.minimum.accumulate(np.where(near[1] > 0.0, place, len(row))[::-1])[::-1]
    fast = np.flatnonzero(off_road[row] & (before >= 0) & (after < len(row)))
    leg = steps.leg[row]
    fast = fast[(leg[before[fast]] == leg[fast]) & (leg[after[fast]] == leg[fast])]
    begin, finish, fast_row = before[fast], after[fast], row[fast]
    start, end = steps.start[row[begin]], steps.end[row[finish]]
    far = distance_km(stays.lat[start], stays.lon[start], stays.lat[end], stays.lon[end]) >= _least_km(settings)
    aprons = (near[0][begin] >= APRON) & (near[1][finish] >= APRON)
    sure = aprons | (steps.kmh[fast_row] > np.where(on_rails[fast_row], _OFF_RAIL_KMH, settings.air_kmh))
    flown_km = np.bincount(begin, weights=steps.km[fast_row] * (far & sure), minlength=len(row))
    flown = np.unique(np.stack([begin, finish])[:, flown_km[begin] >= settings.sure_air_km], axis=1)
    _, inside = expand_ranges(flown[0], flown[1] + 1)
    found[row[inside]] = True
    return found


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
    little, since the device may have been silent at either end. Where a train or a ferry fits the time as well, it
    is the likelier. The weights are set by hand, not fitted.
    """
    odds, way_at_sea_km = np.zeros(len(steps.km)), np.full(len(steps.km), np.nan)
    step = np.flatnonzero((steps.km >= _least_km(settings)) & (steps.kmh <= settings.top_kmh) & ~seen)
    if len(step) == 0:
        return odds, way_at_sea_km
    start, end, km, hours, kmh = (column[step] for column in (steps.start, steps.end, steps.km, steps.hours, steps.kmh))
    away_km = airport_km(stays, start, end, world, settings, airfields)
    near = np.maximum(1.0 - away_km / settings.airport_km, 0.0)
    sea_km, apart, at_sea = _sea_between(stays, start, end, km, world, settings)
    by_ferry = (sea_km >= 0.5 * km) & (sea_km <= _FERRY_KM) & (kmh <= _FERRY_KMH)
    apart &= ~by_ferry
    overseas = (sea_km > 100.0) & ~by_ferry
    needed = surface_hours(km + np.where(apart, 0.0, sea_km)) + np.where(apart, 24.0, 0.0)
    # Of drives as the crow flies few come to 0.7 of the fastest, and the odds against more grow with its square.
    too_quick = np.minimum(0.5 * (np.maximum(np.log(kmh / (0.7 * settings.drive_kmh)), 0.0) / 0.2) ** 2, 8.0)
    score = too_quick + 0.7 * np.log(needed / hours)
    # The nearer, the more go by road, but few of those from apron to apron or as fast as on a motorway all the way.
    aprons = (near >= APRON).all(axis=0)
    score += 4.0 * np.log(np.where(aprons | (kmh >= _APRON_KMH), np.maximum(km, 280.0), km) / 880.0)
    at_airports, from_apron = _airport_score(away_km, kmh, needed > hours, ~apart & ~overseas, settings)
    score += at_airports + np.where(apart, 3.0, 0.0) + np.where(overseas, 1.5, 0.0)
    # A drive would have left fixes behind, unless the device was silent for longer than a drive takes anyway.
    missed = np.minimum(0.5 * needed * _fixes_per_hour(stays)[start], 1.0)
    score += missed * np.minimum(2.0 * needed / hours, 1.0)
    by_rail = _fits_train(country[start], country[end], kmh, world) & (km <= _RAIL_KM) & ~apart
    score -= np.where(by_rail, too_quick + np.where(from_apron, 0.0, 1.0), 0.0)
    # A halt out at sea is a ship's, an island's or a bird's, unless the speed says otherwise.
    score = np.where(at_sea & (kmh < settings.airport_air_kmh), np.minimum(score, -1.4), score)
    chance = 1.0 / (1.0 + np.exp(-np.clip(score, -30.0, 30.0)))
    from_airport_to_airport = (near > 0.0).all(axis=0) & (km >= settings.airport_air_km)
    quick = from_airport_to_airport & (kmh >= settings.airport_air_kmh)
    quick |= aprons & (kmh >= _APRON_KMH)
    chance = np.where(quick, np.maximum(chance, 0.9), np.minimum(chance, 0.97))
    odds[step] = np.where((km >= settings.air_km) | (near > 0.0).any(axis=0), chance, 0.0)
    way_at_sea_km[step] = sea_km
    return odds, way_at_sea_km


def _airport_score(
    away_km: np.ndarray, kmh: np.ndarray, too_far: np.ndarray, by_land: np.ndarray, settings: LegSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return what the airports (2, n; km away) say for a flight, and bool: from an apron to a town with an airport.

    `too_far` for a usual journey on the ground in that time; `by_land`: no sea is between.
    """
    near = np.maximum(1.0 - away_km / settings.airport_km, 0.0)
    aprons = near >= APRON
    from_apron = aprons.any(axis=0) & (away_km <= _TOWN_KM).all(axis=0) & (kmh >= _APRON_KMH)
    # One end near an airport says little where the ground route fits the time: most towns have an airport.
    score = np.where((near > 0.0).all(axis=0) | too_far, 2.0, 0.5) * near.sum(axis=0)
    score += np.where(from_apron, 2.0, np.where(aprons.all(axis=0), 1.0, 0.0))
    return score - np.where(by_land, 1.5 * np.isinf(away_km).sum(axis=0), 0.0), from_apron


def _fits_train(country_a: np.ndarray, country_b: np.ndarray, kmh: np.ndarray, world: World) -> np.ndarray:
    """Return True where trains between two countries (int16 rows) come up to a speed from town to town."""
    ends = np.stack([country_a, country_b])
    fast = _has_trains(world, ends, HIGH_SPEED_RAIL)
    some = _has_trains(world, ends, HIGH_SPEED_RAIL + FAST_RAIL)
    return (fast.all(axis=0) & (kmh <= _RAIL_KMH)) | (some.all(axis=0) & (kmh <= _FAST_RAIL_KMH))


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


def _least_km(settings: LegSettings) -> float:
    """Return the km between halts near the two airports of the shortest flight."""
    return max(settings.air_km - 2.0 * settings.airport_km, 0.5 * settings.air_km)


def airport_km(
    stays: Stays,
    start: np.ndarray,
    end: np.ndarray,
    world: World,
    settings: LegSettings,
    airfields: Optional[Places],
) -> np.ndarray:
    """Return (2, n): how many km each end of a step is from an airport, inf beyond _REMOTE_KM."""
    fields = [world.airports] + ([airfields] if airfields is not None else [])
    lat, lon = (np.concatenate([getattr(field, name) for field in fields]) for name in ("lat", "lon"))
    halt, back = np.unique(np.concatenate([start, end]), return_inverse=True)
    _, away_km = nearest_within(stays.lat[halt], stays.lon[halt], lat, lon, max(settings.airport_km, _REMOTE_KM))
    return away_km[back].reshape(2, -1)


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
