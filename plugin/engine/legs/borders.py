"""Borders crossed by legs: countries in the order seen, completed along the great circle where unseen."""

from __future__ import annotations

import numpy as np

from ..base import ends_run, expand_ranges, place_in_run
from ..earth import BORDER_KM_PER_DEGREE, sample_great_circles
from ..places import World, countries, country_codes
from ..stays import Stays

WAY_POINTS = 64
_SAME_PAIR_DEG = 0.05
_WAY_GRID_DEG = 0.01
_BESIDE_KM = 5.0
_COAST_ROAD_KM = 25.0


def countries_on_way(
    world: World,
    lat_a: np.ndarray,
    lon_a: np.ndarray,
    lat_b: np.ndarray,
    lon_b: np.ndarray,
    coast_km: float = 5.0,
) -> np.ndarray:
    """Return int16 countries (n, WAY_POINTS) along each great circle, -1 more than `coast_km` off the coast.

    Ways whose ends lie within about 5 km of each other share one sampling; use it for ways much longer than
    that.
    """
    ends = np.stack([lat_a, lon_a, lat_b, lon_b], axis=1) / _SAME_PAIR_DEG
    distinct, back = np.unique(np.round(ends).astype(np.int64), axis=0, return_inverse=True)
    lat_a, lon_a, lat_b, lon_b = (distinct * _SAME_PAIR_DEG).T
    lat, lon = sample_great_circles(lat_a, lon_a, lat_b, lon_b, WAY_POINTS)
    found = countries.locate(world, lat.ravel(), lon.ravel(), coast_km, _WAY_GRID_DEG)
    return found.reshape(lat.shape)[back.ravel()]


def border_texts(
    stays: Stays,
    origin: np.ndarray,
    target: np.ndarray,
    is_air: np.ndarray,
    country: np.ndarray,
    world: World,
) -> np.ndarray:
    """Return each leg's countries (ISO codes) in the order they were entered, "TG>BJ>NE"; "" within one.

    `origin`, `target` are rows of `stays`, `country` int16 per row of `stays`. Flights name only both ends.
    On the ground the halts between count in their order; where two countries follow each other that do not
    touch, those along the great circle between the two halts are put in. Disputed areas where the leg was seen are
    named after the codes, "RU>UA (disputed: Crimea)"; to enter one that others hold is a crossing even inside one
    code, "CY>CY (disputed: Northern Cyprus)", whatever country its sites are said to lie in.
    """
    texts = np.full(len(origin), "", dtype=object)
    area = countries.disputed_areas(world, stays.lat, stays.lon)
    unit = country_codes.units(world, country, area)
    flown = np.flatnonzero(is_air & (unit[origin] != unit[target]) & (unit[origin] >= 0) & (unit[target] >= 0))
    pairs = np.stack([unit[origin[flown]], unit[target[flown]]], axis=1)
    texts[flown] = _join_codes(pairs, world)
    changes = np.concatenate(([0], np.cumsum(unit[1:] != unit[:-1])))
    crossing = np.flatnonzero(~is_air & (changes[target] > changes[origin]))
    leg, row = expand_ranges(origin[crossing], target[crossing] + 1)
    leg, row, seen = _collapse(leg, row, unit[row], stays, world)
    leg, passed = _fill_unseen(leg, row, seen, stays, world)
    texts[crossing] = _join_codes(_as_matrix(leg, passed, len(crossing)), world)
    return _name_disputed(texts, origin, target, is_air, area, world)


def _name_disputed(
    texts: np.ndarray, origin: np.ndarray, target: np.ndarray, is_air: np.ndarray, area: np.ndarray, world: World
) -> np.ndarray:
    """Put the disputed areas behind the texts of legs that crossed a border and were seen in one."""
    # Few stays lie in one, so that most legs are told by a look at how many did up to there.
    within = np.concatenate(([0], np.cumsum(area >= 0)))
    for leg in np.flatnonzero((texts != "") & (within[target + 1] > within[origin])):
        ends = [origin[leg], target[leg]]
        rows = area[ends] if is_air[leg] else area[ends[0] : ends[1] + 1]
        names = dict.fromkeys(country_codes.names(world, rows[rows >= 0]))
        texts[leg] += f" (disputed: {', '.join(names)})" if names else ""
    return texts


def _collapse(
    leg: np.ndarray, row: np.ndarray, seen: np.ndarray, stays: Stays, world: World
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return one entry per run of the same country (its last row), without the sea and without strays.

    One halt in another country between two in the same one, less than 5 km over the border, is a halt beside the
    border and not a crossing there and back.
    """
    known = seen >= 0
    leg, row, seen = leg[known], row[known], seen[known]
    stray = np.zeros(len(leg), dtype=bool)
    stray[1:-1] = (leg[2:] == leg[:-2]) & (seen[2:] == seen[:-2]) & (seen[1:-1] != seen[:-2])
    lone = np.flatnonzero(stray)
    stray[lone] = _reaches(world, stays.lat[row[lone]], stays.lon[row[lone]], seen[lone - 1])
    leg, row, seen = leg[~stray], row[~stray], seen[~stray]
    last = ends_run(leg, seen)
    return leg[last], row[last], seen[last]


def _reaches(world: World, lat: np.ndarray, lon: np.ndarray, country: np.ndarray) -> np.ndarray:
    """Return True where `country` lies less than _BESIDE_KM from the point (looking in eight directions)."""
    bearing = np.radians(np.arange(0.0, 360.0, 45.0))
    reach_deg = _BESIDE_KM / BORDER_KM_PER_DEGREE
    north = lat[:, None] + reach_deg * np.cos(bearing)
    east = lon[:, None] + reach_deg * np.sin(bearing) / np.cos(np.radians(np.clip(lat, -89.0, 89.0)))[:, None]
    around = countries.locate_unit(world, north.ravel(), east.ravel()).reshape(north.shape)
    return (around == country[:, None]).any(axis=1)


def _fill_unseen(
    leg: np.ndarray, row: np.ndarray, seen: np.ndarray, stays: Stays, world: World
) -> tuple[np.ndarray, np.ndarray]:
    """Put the countries along the great circle between successive entries that do not touch each other."""
    touching = countries.adjacency(world, np.arange(len(world.country_code)))
    follows = np.flatnonzero(leg[1:] == leg[:-1])
    gap = follows[~touching[seen[follows], seen[follows + 1]]]
    if len(gap) == 0:
        return leg, seen
    begin, end = row[gap], row[gap] + 1
    ends = (stays.lat[begin], stays.lon[begin], stays.lat[end], stays.lon[end])
    way = countries_on_way(world, *ends, coast_km=_COAST_ROAD_KM)
    # A country touched by a single point of the way is a corner that a real road may well go around.
    steady = np.zeros(way.shape, dtype=bool)
    steady[:, 1:] |= way[:, 1:] == way[:, :-1]
    steady[:, :-1] |= way[:, :-1] == way[:, 1:]
    before, after = (country_codes.country_of(world, unit)[:, None] for unit in (seen[gap], seen[gap + 1]))
    inside = steady & (way >= 0) & (way != before) & (way != after)
    which, point = np.nonzero(inside)
    leg = np.concatenate([leg, leg[gap[which]]])
    order = np.concatenate([row * float(WAY_POINTS), row[gap[which]] * float(WAY_POINTS) + 0.5 + point])
    seen = np.concatenate([seen, way[which, point]])
    sort = np.lexsort((order, leg))
    leg, seen = leg[sort], seen[sort]
    last = ends_run(leg, seen)
    return leg[last], seen[last]


def _as_matrix(leg: np.ndarray, seen: np.ndarray, count: int) -> np.ndarray:
    """Return the countries of each leg as a row of a matrix, padded with -1."""
    length = np.bincount(leg, minlength=count)
    matrix = np.full((count, max(int(length.max(initial=0)), 1)), country_codes.NOWHERE, dtype=np.int64)
    matrix[leg, place_in_run(length)] = seen
    return matrix


def _join_codes(matrix: np.ndarray, world: World) -> np.ndarray:
    """Return each row's country codes joined by ">", "" for rows that name fewer than two."""
    distinct, back = np.unique(matrix, axis=0, return_inverse=True)
    texts = np.empty(len(distinct), dtype=object)
    named = [country_codes.codes(world, row[row >= 0]) for row in distinct]
    texts[:] = [">".join(codes) if len(codes) > 1 else "" for codes in named]
    return texts[back.ravel()]
