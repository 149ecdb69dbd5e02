"""Countries: which one a point lies in, which ones touch, and which land hangs together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..earth import wrap_longitude
from .border_index import borders_of, borders_within, locate_distinct
from .country_codes import NOWHERE, index_of
from .world import World

COAST_KM = 25.0
"""How far off a coast a country still reaches: generalised borders leave harbour towns in the sea."""

GRID_DEG = 1e-3
"""Positions in one square of this side share one answer: some 100 m, far less than the borders of the map err."""


def locate(
    world: World, lat: np.ndarray, lon: np.ndarray, coast_km: float = COAST_KM, grid_deg: float = GRID_DEG
) -> np.ndarray:
    """Return the int16 index into `world.country_*` of the country each point lies in, -1 where none does.

    `lat`, `lon` float64 degrees WGS84 (longitudes 0..360 are understood). Points off the coast get the
    nearest country within `coast_km`. Points in the same `grid_deg` square share one answer. NaN gives -1.
    """
    part = locate_part(world, lat, lon, coast_km, grid_deg)
    country = np.append(borders_of(world).country, NOWHERE).astype(np.int16)
    return country[part]


def locate_landmass(world: World, lat: np.ndarray, lon: np.ndarray, coast_km: float = COAST_KM) -> np.ndarray:
    """Return the int32 number of the connected land each point lies on, -1 where none."""
    part = locate_part(world, lat, lon, coast_km)
    return np.append(borders_of(world).landmass, NOWHERE).astype(np.int32)[part]


def locate_part(
    world: World, lat: np.ndarray, lon: np.ndarray, coast_km: float = COAST_KM, grid_deg: float = GRID_DEG
) -> np.ndarray:
    """Return the int64 number of the polygon (part of a country) each point lies in or just off, -1: none."""
    lat, lon = np.asarray(lat, dtype=np.float64), wrap_longitude(lon)
    usable = np.isfinite(lat) & np.isfinite(lon) & (np.abs(lat) <= 90.0)
    result = np.full(len(lat), NOWHERE, dtype=np.int64)
    centre_lat, centre_lon, back = _distinct_squares(lat[usable], lon[usable], grid_deg)
    result[usable] = locate_distinct(borders_of(world), centre_lat, centre_lon, coast_km)[back]
    return result


def _distinct_squares(
    lat: np.ndarray, lon: np.ndarray, grid_deg: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the centres (lat rising, lon) of the `grid_deg` squares with points, and which of them each point is in.

    A square's centre stands for all its points, so that no answer depends on their order.
    """
    # Squares around whole multiples of the step, which are their centres: `earth.Squares` begin at them.
    columns = int(round(360.0 / grid_deg)) + 1
    square = np.round((lat + 90.0) / grid_deg).astype(np.int64) * columns
    square += np.round((lon + 180.0) / grid_deg).astype(np.int64)
    distinct, back = np.unique(square, return_inverse=True)
    centre_lon = np.minimum(distinct % columns * grid_deg - 180.0, 180.0)
    return distinct // columns * grid_deg - 90.0, centre_lon, back.ravel()


def locate_unit(world: World, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return as `locate` does, but the row of the disputed area where one crosses a line of control to get there."""
    unit = np.append(borders_of(world).unit, NOWHERE).astype(np.int16)
    return unit[locate_part(world, lat, lon)]


def disputed_areas(world: World, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return the int16 row of the disputed area each point lies in (or just off), -1 elsewhere."""
    area = np.full(len(lat), NOWHERE, dtype=np.int16)
    if world.disputed is None:
        return area
    borders = borders_of(world)
    is_disputed = world.disputed[borders.row] > 0
    rows = _near(borders.bounds[is_disputed], lat, lon, np.flatnonzero(np.isfinite(lat) & np.isfinite(lon)))
    part = locate_part(world, np.asarray(lat)[rows], np.asarray(lon)[rows])
    area[rows] = np.append(np.where(is_disputed, borders.row, NOWHERE), NOWHERE)[part]
    return area


def adjacency(world: World, indices: np.ndarray) -> np.ndarray:
    """Return a bool matrix: True where two of the countries or units `indices` share a land border or are the same.

    A border is shared where two countries have corner points less than about 1 km apart. Index -1 is adjacent
    to none.
    """
    indices = np.asarray(indices, dtype=np.int64)
    matrix = borders_of(world).adjacent[np.ix_(indices, indices)].copy()
    unknown = indices < 0
    matrix[unknown, :] = False
    matrix[:, unknown] = False
    return matrix


def inside(
    world: World, wanted: Sequence[str], lat: np.ndarray, lon: np.ndarray, margin_km: float = 0.0
) -> np.ndarray:
    """Return bool: which points lie in (or just off) one of the countries `wanted` (ISO codes), or that near.

    Points far from those countries cost next to nothing.
    """
    borders, wanted_rows = borders_of(world), index_of(world, wanted)
    result = np.zeros(len(lat), dtype=bool)
    is_wanted = np.isin(borders.country, wanted_rows[wanted_rows >= 0])
    rows = _near(borders.bounds[is_wanted], lat, lon, np.flatnonzero(np.isfinite(lat) & np.isfinite(lon)))
    if len(rows) == 0:
        return result
    row_lat, row_lon = np.asarray(lat, dtype=np.float64)[rows], wrap_longitude(np.asarray(lon)[rows])
    centre_lat, centre_lon, back = _distinct_squares(row_lat, row_lon, GRID_DEG)
    part = locate_distinct(borders, centre_lat, centre_lon, COAST_KM)
    held = np.append(is_wanted, False)[part]
    beyond = np.flatnonzero(~held)
    held[beyond] = borders_within(borders, is_wanted, centre_lat[beyond], centre_lon[beyond], margin_km)
    result[rows] = held[back]
    return result


def _near(bounds: np.ndarray, lat: np.ndarray, lon: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return those of `rows` whose points lie in, or within a degree or so of, one of the boxes `bounds` (n, 4)."""
    if len(bounds) == 0 or len(rows) == 0:
        return rows[:0]
    # A degree to spare: so far east or west the reach off the coast goes in the high north.
    low, high = np.floor(bounds[:, :2] - 1.0).astype(int), np.ceil(bounds[:, 2:] + 1.0).astype(int)
    degree = np.zeros((182, 362), dtype=bool)
    for (west, south), (east, north) in zip(low + (181, 91), high + (181, 91)):
        degree[max(south, 0) : north + 1, max(west, 0) : east + 1] = True
    row_lat, row_lon = np.asarray(lat)[rows], wrap_longitude(np.asarray(lon)[rows])
    return rows[degree[np.floor(row_lat + 91).astype(int), np.floor(row_lon + 181).astype(int)]]
