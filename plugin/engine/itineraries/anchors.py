"""Anchors: the visits of an itinerary that can be stops, and the localities that they make up."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..base import begins_run, run_ends
from ..earth import HOUR_MS, distance_km, nearest_within
from ..legs import AIR, detect_legs
from ..places import World, airfields, categories
from ..visits import Visits

LOCALITY_KM = 50.0
JOURNEY_BREAKS = (*categories.AIRFIELDS, categories.BORDER_CROSSING, categories.PORT)
FIELD_KM = 3.0
"""So near the gazetteer's point of an airport is its apron: half of what counts as near one (`airport_km`)."""
LONGEST_WAIT_HOURS, MOST_HOURS = 6.0, 12.0
"""By hand: who remains longer near an airport, at once or in all, lodges there, and is told by the square: the circle
around the airport would tell a home better."""
LEAST_HALT_HOURS = 0.333
"""By hand: a lone fix that left no more time than this was made in passing."""
_JET_KMH, _ERROR_KM = 950.0, 3.0  # no airliner is faster over the ground in calm air; what two positions may be off
_PASSING_KMH, _PASSING_HOURS = 250.0, 0.25  # who flies past covers this between two fixes; a landing takes longer
_ROAD_KMH, _FLIGHT_KMH, _FLIGHT_HOURS = 50.0, 800.0, 1.5  # of usual journeys, with the time at both airports


@dataclass(frozen=True)
class Anchors:
    """Visits that can make stops, sorted by itinerary and time, grouped into localities (runs of nearby visits).

    `place` int64 is the spot, or behind all spots the gazetteer's airport (`field`, -1: none) at which a flight ended
    or began; `is_break`: where journeys are broken. `first`, `last`: the anchors of each locality.
    """

    row: np.ndarray
    itinerary: np.ndarray
    place: np.ndarray
    field: np.ndarray
    is_break: np.ndarray
    locality: np.ndarray
    at_base: np.ndarray
    first: np.ndarray
    last: np.ndarray


def find_anchors(
    visits: Visits,
    world: World,
    row: np.ndarray,
    itinerary: np.ndarray,
    base: np.ndarray,
    reached_rows: np.ndarray,
    stayed: np.ndarray,
) -> Anchors:
    """Return which of the visits `row` (sorted by itinerary and time) can be stops: those that lasted or led here.

    Where journeys are broken a lone fix is news, if the device was on the ground there; at the gazetteer's airports,
    if a flight ends or begins with it. At any other site away from home a lone fix counts that left the
    time for a halt; anywhere else it may be a place passed by. `base` spot per itinerary, `stayed` bool per visit.
    """
    spots, spot = visits.spots, visits.spot[row]
    is_site = spots.kind[spot] == "site"
    at_base = _around(visits, row, base[itinerary])
    grounded, halted = on_ground(visits, row, itinerary)
    lasted = stayed[row] | np.isin(row, reached_rows)
    is_break = np.isin(spots.category[spot].astype(str), JOURNEY_BREAKS) & is_site & grounded
    can_stop = lasted | ((is_break | (is_site & halted & ~at_base)) & ~_inside_another(visits, row, itinerary))
    field = _flown_fields(visits, world, row, itinerary, can_stop, grounded & ~is_site & (spot != base[itinerary]))
    keep = can_stop | (field >= 0)
    row, itinerary, field, at_base = row[keep], itinerary[keep], field[keep], at_base[keep]
    lat, lon = visits.stays.lat[row], visits.stays.lon[row]
    begins = begins_run(itinerary, at_base)
    begins[1:] |= ~at_base[1:] & (distance_km(lat[1:], lon[1:], lat[:-1], lon[:-1]) > LOCALITY_KM)
    first = np.flatnonzero(begins)
    return Anchors(
        row=row,
        itinerary=itinerary,
        place=np.where(field >= 0, len(spots) + field, spot[keep].astype(np.int64)),
        field=field,
        is_break=is_break[keep] | (field >= 0),
        locality=np.cumsum(begins) - 1,
        at_base=at_base,
        first=first,
        last=run_ends(first, len(row)),
    )


def _around(visits: Visits, row: np.ndarray, base: np.ndarray) -> np.ndarray:
    home, spots, stays = np.maximum(base, 0), visits.spots, visits.stays
    km = distance_km(stays.lat[row], stays.lon[row], spots.lat[home], spots.lon[home])
    around: np.ndarray = (km <= LOCALITY_KM) & (base >= 0)
    return around


def on_ground(visits: Visits, row: np.ndarray, itinerary: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return bool per visit: the device can have been there on the ground; and for some time.

    It came and left no faster than a jet, and did not fly past. The time for a halt is what is left of the time
    between the visits before and after, less the journeys.
    """
    stays = visits.stays
    km = distance_km(stays.lat[row[:-1]], stays.lon[row[:-1]], stays.lat[row[1:]], stays.lon[row[1:]])
    hours = (stays.start_ms[row[1:]] - stays.end_ms[row[:-1]]) / HOUR_MS
    same = itinerary[1:] == itinerary[:-1]
    in_time = ~same | (km <= _JET_KMH * hours + _ERROR_KM)
    in_time &= ~same | (hours > _PASSING_HOURS) | (km <= _PASSING_KMH * hours + _ERROR_KM)
    spare = np.where(same, hours - usual_hours(km), np.inf)
    grounded = np.append(True, in_time)[: len(row)] & np.append(in_time, True)[: len(row)]
    left = np.append(np.inf, spare)[: len(row)] + np.append(spare, np.inf)[: len(row)]
    return grounded, grounded & (left >= LEAST_HALT_HOURS)


def usual_hours(km: np.ndarray) -> np.ndarray:
    """Return the hours that journeys of some km usually take, by road or with a flight, whichever is quicker."""
    hours: np.ndarray = np.minimum(km / _ROAD_KMH, _FLIGHT_HOURS + km / _FLIGHT_KMH)
    return hours


def _inside_another(visits: Visits, row: np.ndarray, itinerary: np.ndarray) -> np.ndarray:
    """Return True for visits between two to one and the same other site that holds them, too: sites overlap."""
    spots, spot, stays = visits.spots, visits.spot[row], visits.stays
    inside = np.zeros(len(row), dtype=bool)
    between = (itinerary[2:] == itinerary[:-2]) & (spot[2:] == spot[:-2]) & (spot[1:-1] != spot[:-2])
    middle = 1 + np.flatnonzero(between & (spots.kind[spot[:-2]] == "site"))
    other, here = spot[middle - 1], row[middle]
    away_m = 1000.0 * distance_km(stays.lat[here], stays.lon[here], spots.lat[other], spots.lon[other])
    inside[middle] = away_m <= spots.radius_m[other]
    return inside


def _flown_fields(
    visits: Visits, world: World, row: np.ndarray, itinerary: np.ndarray, ends: np.ndarray, possible: np.ndarray
) -> np.ndarray:
    """Return the gazetteer's airport of each visit with which a flight ends or begins, -1 for all others.

    `ends`: visits that can be stops anyway; `possible`: those that may be at an airport.
    """
    lat, lon = visits.stays.lat[row], visits.stays.lon[row]
    field, _ = nearest_within(lat, lon, world.airports.lat, world.airports.lon, FIELD_KM)
    field = np.where(possible & ~lodged_near(visits, row, itinerary, field), field, -1)
    if not (field >= 0).any():
        return field
    part = replace(visits.stays.take(row), device=itinerary.astype(np.int32), lasting=ends | (field >= 0))
    legs = detect_legs(
        part, world, country=visits.country[row], airfields=airfields(visits.spots), lone_landings=False
    )
    flown = legs.mode == AIR
    by_air = np.zeros(len(row), dtype=bool)
    by_air[legs.from_stay[flown]] = by_air[legs.to_stay[flown]] = True
    return np.where(by_air, field, -1)


def lodged_near(visits: Visits, row: np.ndarray, itinerary: np.ndarray, field: np.ndarray) -> np.ndarray:
    """Return bool per visit: its device remained near this airport (`field`, -1 for none) as nobody waits for a flight.

    Halts at sites do not count.
    """
    hours = (visits.stays.end_ms[row] - visits.stays.start_ms[row]) / HOUR_MS
    hours = np.where(visits.spots.kind[visits.spot[row]] == "site", 0.0, hours)
    pairs, at = np.unique(np.stack((itinerary, field)), axis=1, return_inverse=True)
    at = at.ravel()
    longest = np.zeros(pairs.shape[1])
    np.maximum.at(longest, at, hours)
    lodged: np.ndarray = ((longest > LONGEST_WAIT_HOURS) | (np.bincount(at, weights=hours) > MOST_HOURS))[at]
    return lodged & (field >= 0)
