"""Which sites hold which positions, for millions of positions at once and exact to the shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base import expand_ranges, meant_metres, mixed, run_starts
from ..earth import (
    ALLOWANCE_METRES_PER_DEGREE,
    Squares,
    around_180,
    contains_points,
    distance_m,
    parts_of,
)
from .world import Sites

_TABLE_BITS = 22
_DEGREES_PER_M = 1.0 / ALLOWANCE_METRES_PER_DEGREE
# Sides of squares, in degrees. A site is found by the finest in which it touches no more than so many squares, so that
# a country costs what a town does; at the coarsest the whole globe has fewer.
_STEPS = (0.002, 0.05, 1.0, 6.0)
_MOST_SQUARES = 4096


@dataclass(frozen=True)
class _Lattice:
    """The sites of one scale by the squares they touch: `key` int64 rising, `site` row of each.

    `touched` bool, a table of hashed keys, rules most positions out with one look.
    """

    squares: Squares
    key: np.ndarray
    site: np.ndarray
    touched: np.ndarray


@dataclass(frozen=True)
class _Boxes:
    """The boxes (west, south, east, north in degrees) of sites, one for each part of a polygon; east may exceed 180."""

    site: np.ndarray
    side: np.ndarray

    def counts(self, squares: Squares) -> tuple[np.ndarray, np.ndarray]:
        """Return how many rows and columns of squares each box touches."""
        west, south, east, north = self.side.T
        height = squares.rows(north) - squares.rows(south) + 1
        width = squares.columns_at(east) - squares.columns_at(west) + 1
        return height, np.minimum(width, squares.columns)


class SiteLookup:
    """Sites prepared so that positions can be held against them; each site reaches `allowance_m` beyond its edge."""

    def __init__(self, sites: Sites, allowance_m: float = 0.0) -> None:
        self._sites = sites
        self._reach_m = sites.radius_m + allowance_m
        self._shape = np.full(len(sites), None, dtype=object)
        for row, polygon in enumerate(sites.polygon):
            if polygon is not None:
                wide = polygon.buffer(allowance_m * _DEGREES_PER_M) if allowance_m else polygon
                self._shape[row] = around_180(wide)
        self._is_circle = np.array([shape is None for shape in self._shape], dtype=bool)
        self._lattices = _lattices(_boxes(self._shape, sites, self._reach_m))

    def pairs_at(self, lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (position, site, meters to its centre) of all pairs where the site holds the position, in any order.

        `lat`, `lon` float64 degrees WGS84, lon in -180..180; int64 rows. A position is in a circle up to its edge, in a
        polygon only inside of its edge.
        """
        point, site = self._near(lat, lon)
        is_circle = self._is_circle[site]
        held = held_by_shapes(self._shape, site, lat[point], lon[point], is_circle)
        point, site, is_circle = point[held], site[held], is_circle[held]
        sites = self._sites
        away_m = meant_metres(distance_m(lat[point], lon[point], sites.lat[site], sites.lon[site]))
        reached = ~is_circle | (away_m <= self._reach_m[site])
        return point[reached], site[reached], away_m[reached]

    def _near(self, lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the pairs of a position and a site that touches its square."""
        none = np.empty(0, np.int64)
        found = [(none, none)]
        for lattice in self._lattices:
            key = lattice.squares.keys_at(lat, lon)
            near = np.flatnonzero(lattice.touched[_hashed(key)])
            first = np.searchsorted(lattice.key, key[near], side="left")
            last = np.searchsorted(lattice.key, key[near], side="right")
            owner, entry = expand_ranges(first, last)
            found.append((near[owner], lattice.site[entry]))
        point, site = (np.concatenate(columns) for columns in zip(*found))
        return point, site


def _boxes(shapes: np.ndarray, sites: Sites, reach_m: np.ndarray) -> _Boxes:
    drawn = np.flatnonzero([shape is not None for shape in shapes])
    parts: list[list[Any]] = [parts_of(shapes[row]) for row in drawn]
    owner = np.repeat(drawn, [len(several) for several in parts]).astype(np.int64)
    bounds = np.array([part.bounds for several in parts for part in several], dtype=np.float64).reshape(-1, 4)
    circles = np.setdiff1d(np.arange(len(shapes)), drawn)
    lat, lon = sites.lat[circles], sites.lon[circles]
    high = reach_m[circles] * _DEGREES_PER_M
    wide = _half_width_deg(lat, high)
    around = np.stack([lon - wide, lat - high, lon + wide, lat + high], axis=1)
    return _Boxes(np.concatenate([owner, circles]), np.concatenate([bounds, around]))


def _half_width_deg(lat: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return how far a circle of `high` degrees reaches east and west; all around where it holds a pole."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.sin(np.radians(np.minimum(high, 90.0))) / np.cos(np.radians(lat))
        wide = np.degrees(np.arcsin(np.clip(share, 0.0, 1.0)))
    return np.where(np.abs(lat) + high >= 90.0, 180.0, wide)


def _lattices(boxes: _Boxes) -> tuple[_Lattice, ...]:
    """Return the lattices of all scales that some site needs."""
    found = []
    left = np.unique(boxes.site)
    for step in _STEPS:
        squares = Squares(step)
        height, width = boxes.counts(squares)
        count = np.bincount(boxes.site, weights=height * width, minlength=int(left.max(initial=0)) + 1)
        fits = left if step == _STEPS[-1] else left[count[left] <= _MOST_SQUARES]
        left = np.setdiff1d(left, fits)
        rows = np.flatnonzero(np.isin(boxes.site, fits))
        if len(rows):
            found.append(_lattice(boxes, rows, squares, height[rows], width[rows]))
    return tuple(found)


def _lattice(boxes: _Boxes, rows: np.ndarray, squares: Squares, height: np.ndarray, width: np.ndarray) -> _Lattice:
    low, left = squares.rows(boxes.side[rows, 1]), squares.columns_at(boxes.side[rows, 0])
    owner, square = expand_ranges(np.zeros(len(rows), np.int64), width * height)
    # A box at the antimeridian reaches round to the other side.
    key = squares.keys(low[owner] + square // width[owner], left[owner] + square % width[owner])
    site = boxes.site[rows][owner]
    order = np.lexsort((site, key))
    key, site = key[order], site[order]
    # Parts of one site may share a square.
    once = np.ones(len(key), bool)
    once[1:] = (key[1:] != key[:-1]) | (site[1:] != site[:-1])
    touched = np.zeros(1 << _TABLE_BITS, bool)
    touched[_hashed(key)] = True
    return _Lattice(squares, key[once], site[once], touched)


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
