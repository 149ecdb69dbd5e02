"""Which sites hold which positions, for millions of positions at once and exact to the shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import expand_ranges, mixed, run_starts
from ..earth import ALLOWANCE_METRES_PER_DEGREE, Squares, contains_points, distance_m
from .world import Sites

_TABLE_BITS = 22
_DEGREES_PER_M = 1.0 / ALLOWANCE_METRES_PER_DEGREE
_LARGE_M = 2000.0


@dataclass(frozen=True)
class _Lattice:
    """The sites of one scale by the squares they touch: `key` int64 rising, `site` row of each.

    `touched` bool, a table of hashed keys, rules most positions out with one look.
    """

    squares: Squares
    key: np.ndarray
    site: np.ndarray
    touched: np.ndarray


class SiteLookup:
    """Sites prepared so that positions can be held against them; each site reaches `allowance_m` beyond its edge."""

    def __init__(self, sites: Sites, allowance_m: float = 0.0) -> None:
        self._sites = sites
        # The circle around a polygon was measured on the ellipsoid, the way to its centre is measured on the sphere.
        has_polygon = np.array([polygon is not None for polygon in sites.polygon], dtype=bool)
        self._reach_m = np.where(has_polygon, 1.01, 1.0) * sites.radius_m + allowance_m
        large = sites.radius_m > _LARGE_M
        scales = ((Squares(0.002), np.flatnonzero(~large)), (Squares(0.05), np.flatnonzero(large)))
        self._lattices = tuple(self._lattice(rows, squares) for squares, rows in scales if len(rows))
        self._shape = np.full(len(sites), None, dtype=object)
        for row, polygon in enumerate(sites.polygon):
            if polygon is not None:
                self._shape[row] = polygon.buffer(allowance_m * _DEGREES_PER_M) if allowance_m else polygon

    def pairs_at(self, lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (position, site, meters to its centre) of all pairs where the site holds the position, in any order.

        `lat`, `lon` float64 degrees WGS84, lon in -180..180; int64 rows. A position is in a circle up to its edge, in a
        polygon only inside of its edge.
        """
        point, site, away_m = self._near(lat, lon)
        inside = self._inside_shapes(site, lat[point], lon[point])
        return point[inside], site[inside], away_m[inside]

    def _near(self, lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the pairs within the site's circle, shapes not looked at."""
        none = np.empty(0, np.int64)
        found = [(none, none, np.empty(0))]
        for lattice in self._lattices:
            key = lattice.squares.keys_at(lat, lon)
            near = np.flatnonzero(lattice.touched[_hashed(key)])
            first = np.searchsorted(lattice.key, key[near], side="left")
            last = np.searchsorted(lattice.key, key[near], side="right")
            owner, entry = expand_ranges(first, last)
            point, site = near[owner], lattice.site[entry]
            away_m = distance_m(lat[point], lon[point], self._sites.lat[site], self._sites.lon[site])
            reached = np.flatnonzero(away_m <= self._reach_m[site])
            found.append((point[reached], site[reached], away_m[reached]))
        point, site, away_m = (np.concatenate(columns) for columns in zip(*found))
        return point, site, away_m

    def _inside_shapes(self, site: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
        """Return True for circles (already measured), and for polygons where the polygon holds the position."""
        return held_by_shapes(self._shape, site, lat, lon, np.ones(len(site), bool))

    def _lattice(self, rows: np.ndarray, squares: Squares) -> _Lattice:
        sites = self._sites
        reach_lat = self._reach_m[rows] * _DEGREES_PER_M
        reach_lon = np.minimum(reach_lat / np.maximum(np.cos(np.radians(sites.lat[rows])), 0.01), 179.0)
        low, left = squares.rows(sites.lat[rows] - reach_lat), squares.columns_at(sites.lon[rows] - reach_lon)
        height = squares.rows(sites.lat[rows] + reach_lat) - low + 1
        width = squares.columns_at(sites.lon[rows] + reach_lon) - left + 1
        owner, square = expand_ranges(np.zeros(len(rows), np.int64), width * height)
        # A site beside the antimeridian reaches round to the other side.
        key = squares.keys(low[owner] + square // width[owner], left[owner] + square % width[owner])
        order = np.argsort(key, kind="stable")
        touched = np.zeros(1 << _TABLE_BITS, bool)
        touched[_hashed(key)] = True
        return _Lattice(squares, key[order], rows[owner[order]], touched)


def held_by_shapes(
    shapes: np.ndarray, site: np.ndarray, lat: np.ndarray, lon: np.ndarray, otherwise: np.ndarray
) -> np.ndarray:
    """Return bool per pair: whether the polygon `shapes[site]` holds the position, `otherwise` where it is None."""
    inside = otherwise.copy()
    order = np.argsort(site, kind="stable")
    for begin, count in zip(*(part.tolist() for part in run_starts(site[order]))):
        rows = order[begin : begin + count]
        polygon = shapes[site[rows[0]]]
        if polygon is not None:
            inside[rows] = contains_points(polygon, lon[rows], lat[rows])
    return inside


def _hashed(key: np.ndarray) -> np.ndarray:
    return (mixed(key.astype(np.uint64)) >> np.uint64(64 - _TABLE_BITS)).astype(np.int64)
