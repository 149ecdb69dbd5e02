"""The border index: a world's polygons taken apart, so that millions of points find their country."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Optional

import numpy as np

from ..base import begins_run, expand_ranges
from ..earth import BORDER_KM_PER_DEGREE, Squares, contains_points, wrap_longitude
from .country_codes import NOWHERE, first_rows, units
from .world import World

_PIECE_DEG = 0.25
_BOXES = Squares(_PIECE_DEG)
_SHARED_CORNER_DEG = 0.01


@dataclass(frozen=True)
class Borders:
    """A world's country polygons taken apart, made once and kept while the same world is asked.

    `part` shapely polygons with `row` of the world int64, its `country` (first row of the code) and `unit` (the row
    itself where one crosses a line of control to it, else the country), bounds (n, 4) and `landmass` int32 (parts that
    share borders). `adjacent` is a matrix of units.
    `piece_*`: border lines cut to at most _PIECE_DEG, sorted by `piece_box`; (n, 4) lon, lat, lon, lat and
    part.
    """

    shapes: np.ndarray
    part: list[Any]
    row: np.ndarray
    country: np.ndarray
    unit: np.ndarray
    bounds: np.ndarray
    landmass: np.ndarray
    adjacent: np.ndarray
    piece_box: np.ndarray
    piece_line: np.ndarray
    piece_part: np.ndarray


_known: Optional[Borders] = None


def borders_of(world: World) -> Borders:
    """Return the borders of `world` taken apart, made at the first call and kept while the same world is asked."""
    global _known  # noqa: PLW0603 - one world serves a whole run; taking it apart costs half a second
    if _known is None or _known.shapes is not world.country_shape:
        _known = _take_apart(world)
    return _known


def _take_apart(world: World) -> Borders:
    shapes = world.country_shape
    part: list[Any] = []
    country, rings, ring_part = [], [], []
    for index, shape in enumerate(shapes):
        for polygon in getattr(shape, "geoms", [shape]):
            for ring in (polygon.exterior, *polygon.interiors):
                rings.append(np.asarray(ring.coords, dtype=np.float64)[:, :2])
                ring_part.append(len(part))
            part.append(polygon)
            country.append(index)
    row = np.array(country, dtype=np.int64)
    country_rows = first_rows(world)[row]
    unit = units(world, country_rows, row)
    bounds = np.array([polygon.bounds for polygon in part], dtype=np.float64).reshape(-1, 4)
    length = np.array([len(ring) for ring in rings], dtype=np.int64)
    corner = np.concatenate([np.empty((0, 2)), *rings])
    corner_part = np.repeat(np.array(ring_part, dtype=np.int64), length)
    pairs = _touching(corner, corner_part)
    adjacent = np.eye(len(shapes) + 1, dtype=bool)
    adjacent[unit[pairs[:, 0]], unit[pairs[:, 1]]] = True
    ring_end = np.cumsum(length)
    box, line, owner = _cut_lines(corner, corner_part, ring_end)
    landmass = _connect(len(part), pairs)
    return Borders(
        shapes, part, row, country_rows, unit, bounds, landmass, adjacent | adjacent.T, box, line, owner
    )


def _touching(corner: np.ndarray, corner_part: np.ndarray) -> np.ndarray:
    """Return pairs (n, 2) of different parts that have corners in the same small square, both orders."""
    square = np.round(corner / _SHARED_CORNER_DEG).astype(np.int64)
    key = (square[:, 1] + 9_000) * 40_000 + (square[:, 0] + 18_000) % 36_000
    # Pairs are packed into one number: sorting rows of two columns is slow and would hold up other threads.
    parts = int(corner_part.max(initial=0)) + 1
    packed = np.unique(key * parts + corner_part)
    square_key, once = packed // parts, packed % parts
    first = np.searchsorted(square_key, square_key, side="left")
    last = np.searchsorted(square_key, square_key, side="right")
    left, right = expand_ranges(first, last)
    pairs = np.unique(once[left] * parts + once[right])
    pairs = np.stack([pairs // parts, pairs % parts], axis=1)
    return pairs[pairs[:, 0] != pairs[:, 1]]


def _connect(count: int, pairs: np.ndarray) -> np.ndarray:
    """Return for each of `count` parts the lowest part number (int64) it is joined to by `pairs`."""
    number = np.arange(count)
    while True:
        before = number.copy()
        np.minimum.at(number, pairs[:, 0], before[pairs[:, 1]])
        number = number[number]
        if np.array_equal(number, before):
            return number


def _cut_lines(
    corner: np.ndarray, corner_part: np.ndarray, ring_end: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rings' lines cut into pieces, sorted by the box of their middle: box, (n, 4) line, part."""
    inner = np.ones(max(len(corner) - 1, 0), dtype=bool)
    inner[ring_end[:-1] - 1] = False
    start, end, part = corner[:-1][inner], corner[1:][inner], corner_part[:-1][inner]
    cuts = np.maximum(np.ceil(np.abs(end - start).max(axis=1, initial=0.0) / _PIECE_DEG), 1).astype(np.int64)
    owner, step = expand_ranges(np.zeros_like(cuts), cuts)
    share = (step / cuts[owner])[:, None]
    width = ((end - start) / cuts[:, None])[owner]
    begin = start[owner] + share * (end - start)[owner]
    line = np.concatenate([begin, begin + width], axis=1)
    box = _BOXES.keys_at((line[:, 1] + line[:, 3]) / 2, (line[:, 0] + line[:, 2]) / 2)
    order = np.argsort(box, kind="stable")
    return box[order], line[order], part[owner][order]


def locate_distinct(borders: Borders, lat: np.ndarray, lon: np.ndarray, coast_km: float) -> np.ndarray:
    """Return each point's part; `lat` must rise, so that a polygon looks at one slice of the points."""
    found = np.full(len(lat), NOWHERE, dtype=np.int64)
    if len(borders.part) == 0:
        return found
    first = np.searchsorted(lat, borders.bounds[:, 1], side="left")
    last = np.searchsorted(lat, borders.bounds[:, 3], side="right")
    for number in np.flatnonzero(_have_points(borders.bounds, lat, lon)):
        rows = slice(first[number], last[number])
        west, east = borders.bounds[number, 0], borders.bounds[number, 2]
        near = (lon[rows] >= west) & (lon[rows] <= east) & (found[rows] == NOWHERE)
        candidate = np.flatnonzero(near) + first[number]
        if len(candidate):
            inside = contains_points(borders.part[number], lon[candidate], lat[candidate])
            found[candidate[inside]] = number
    offshore = np.flatnonzero(found == NOWHERE)
    if coast_km > 0.0 and len(offshore):
        found[offshore] = _nearest_coast(borders, lat[offshore], lon[offshore], coast_km)
    return found


def _have_points(bounds: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return bool: which boxes (n, 4) may hold a point, told by the points of whole degrees.

    Most calls ask about a few countries; looking into every polygon of the world would take longer than all else.
    """
    row, column = np.floor(lat + 90.0).astype(np.int64), np.floor(lon + 180.0).astype(np.int64)
    points = np.bincount(row * 361 + column, minlength=181 * 361).reshape(181, 361)
    below = np.zeros((182, 362), np.int64)
    below[1:, 1:] = points.cumsum(axis=0).cumsum(axis=1)
    low = np.floor(bounds[:, :2] + (180.0, 90.0)).astype(np.int64)
    high = np.floor(bounds[:, 2:] + (180.0, 90.0)).astype(np.int64) + 1
    (west, south), (east, north) = np.maximum(low, 0).T, np.minimum(high, (361, 181)).T
    held: np.ndarray = below[north, east] - below[south, east] - below[north, west] + below[south, west] > 0
    return held


def borders_within(
    borders: Borders, is_wanted: np.ndarray, lat: np.ndarray, lon: np.ndarray, reach_km: float
) -> np.ndarray:
    """Return bool: which points have a border of a wanted part (bool per part) nearer than `reach_km`, up to 9 km."""
    near = np.zeros(len(lat), dtype=bool)
    pieces = np.flatnonzero(is_wanted[borders.piece_part])
    if reach_km <= 0.0 or len(pieces) == 0:
        return near
    line = borders.piece_line[pieces]
    rows = np.flatnonzero(_beside_pieces(line, lat, lon))
    own = replace(borders, piece_box=borders.piece_box[pieces], piece_line=line, piece_part=borders.piece_part[pieces])
    near[rows] = _nearest_coast(own, lat[rows], lon[rows], reach_km) != NOWHERE
    return near


def _beside_pieces(line: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return bool: which points lie at most two boxes away from one in which a piece of a border begins.

    Toward the poles, where boxes are narrow, every point may.
    """
    columns = round(360.0 / _PIECE_DEG)
    touched = np.zeros((columns // 2 + 5, columns), dtype=bool)  # two rows to spare on either side
    row, column = np.floor((line[:, 1] + 90.0) / _PIECE_DEG).astype(np.int64) + 2, np.floor(line[:, 0] / _PIECE_DEG)
    for north in range(-2, 3):
        for east in range(-2, 3):
            touched[row + north, (column.astype(np.int64) + east) % columns] = True
    at = np.floor((lat + 90.0) / _PIECE_DEG).astype(np.int64) + 2, np.floor(lon / _PIECE_DEG).astype(np.int64) % columns
    beside: np.ndarray = touched[at] | (np.abs(lat) > 70.0)
    return beside


def _nearest_coast(borders: Borders, lat: np.ndarray, lon: np.ndarray, coast_km: float) -> np.ndarray:
    """Return the part whose border comes nearest within `coast_km`, -1 if none does."""
    found = np.full(len(lat), NOWHERE, dtype=np.int64)
    best_km = np.full(len(lat), coast_km)
    rings_of_boxes = int(np.ceil(coast_km / BORDER_KM_PER_DEGREE / _PIECE_DEG + 0.5))
    for begin in range(0, len(lat), 20_000):
        rows = np.arange(begin, min(begin + 20_000, len(lat)))
        for north in range(-rings_of_boxes, rings_of_boxes + 1):
            _nearest_in_row(borders, lat, lon, rows, north * _PIECE_DEG, coast_km, found, best_km)
    return found


def _nearest_in_row(
    borders: Borders,
    lat: np.ndarray,
    lon: np.ndarray,
    rows: np.ndarray,
    north_deg: float,
    coast_km: float,
    found: np.ndarray,
    best_km: np.ndarray,
) -> None:
    """Improve `found` and `best_km` of `rows` with the border pieces one row of boxes away."""
    at_lat = np.clip(lat[rows] + north_deg, -90.0, 90.0)
    shrink = np.maximum(np.cos(np.radians(np.minimum(np.abs(lat[rows]) + 0.5, 89.0))), 0.02)
    reach = np.ceil(coast_km / BORDER_KM_PER_DEGREE / shrink / _PIECE_DEG + 0.5).astype(np.int64)
    point, shift = expand_ranges(-reach, reach + 1)
    box = _BOXES.keys_at(at_lat[point], wrap_longitude(lon[rows][point] + shift * _PIECE_DEG))
    first = np.searchsorted(borders.piece_box, box, side="left")
    last = np.searchsorted(borders.piece_box, box, side="right")
    query, piece = expand_ranges(first, last)
    if len(query) == 0:
        return
    point = rows[point[query]]
    away_km = _distance_to_piece(lat[point], lon[point], borders.piece_line[piece])
    order = np.lexsort((borders.piece_part[piece], away_km, point))
    point, piece, away_km = point[order], piece[order], away_km[order]
    nearest = np.flatnonzero(begins_run(point))
    nearest = nearest[away_km[nearest] < best_km[point[nearest]]]
    found[point[nearest]] = borders.piece_part[piece[nearest]]
    best_km[point[nearest]] = away_km[nearest]


def _distance_to_piece(lat: np.ndarray, lon: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Return km from points to short lines, on the plane that touches the globe at the point."""
    shrink = np.cos(np.radians(lat))
    x_a, x_b = (wrap_longitude(line[:, column] - lon) * shrink for column in (0, 2))
    y_a, y_b = line[:, 1] - lat, line[:, 3] - lat
    x_ab, y_ab = x_b - x_a, y_b - y_a
    squared = np.maximum(x_ab**2 + y_ab**2, 1e-18)
    share = np.clip(-(x_a * x_ab + y_a * y_ab) / squared, 0.0, 1.0)
    return BORDER_KM_PER_DEGREE * np.hypot(x_a + share * x_ab, y_a + share * y_ab)
