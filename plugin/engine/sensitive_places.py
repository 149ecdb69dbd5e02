"""Sensitive places: which positions lie in sites whose category must never be looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .compat import contains_points
from .geodesy import distance_m
from .places import Sites
from .positions import mixed
from .sorted_runs import expand_ranges, run_starts

ALLOWANCE_M = 30.0
"""A position this far outside a sensitive site still counts as inside: the typical error of a position."""

_TABLE_BITS = 22
_DEGREES_PER_M = 1.0 / 111_000.0
_LARGE_M = 2000.0


@dataclass(frozen=True)
class _Lattice:
    """The sites of one scale by the squares (of `step` degrees) they touch: `key` int64 rising, `site` row of each.

    `touched` bool, a table of hashed keys, rules most positions out with one look.
    """

    step: float
    key: np.ndarray
    site: np.ndarray
    touched: np.ndarray

    def keys_at(self, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
        """Return the int64 key of the square that holds each position."""
        return _square_key(_row(lat, self.step), _column(lon, self.step), self.step)


@dataclass(frozen=True)
class SensitivePlaces:
    """The sites of sensitive categories, prepared so that millions of positions can be held against them."""

    sites: Sites
    _grown: np.ndarray
    _lattices: tuple[_Lattice, ...]

    def __len__(self) -> int:
        return len(self.sites)

    def contain(self, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
        """Return bool: which positions (degrees WGS84, lon in -180..180) lie within `ALLOWANCE_M` of a site."""
        inside = np.zeros(len(lat), bool)
        for lattice in self._lattices:
            key = lattice.keys_at(lat, lon)
            near = np.flatnonzero(lattice.touched[_hashed(key)])
            first = np.searchsorted(lattice.key, key[near], side="left")
            last = np.searchsorted(lattice.key, key[near], side="right")
            owner, entry = expand_ranges(first, last)
            point, site = near[owner], lattice.site[entry]
            away_m = distance_m(lat[point], lon[point], self.sites.lat[site], self.sites.lon[site])
            reached = np.flatnonzero(away_m <= self.sites.radius_m[site] + ALLOWANCE_M)
            point, site = point[reached], site[reached]
            inside[point[self._inside_shapes(site, lat[point], lon[point])]] = True
        return inside

    def _inside_shapes(self, site: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
        """Return True for circles (already measured), and for polygons where the polygon holds the position."""
        inside = np.ones(len(site), bool)
        order = np.argsort(site, kind="stable")
        start, length = run_starts(site[order])
        for begin, count in zip(start.tolist(), length.tolist()):
            rows = order[begin : begin + count]
            polygon = self._grown[site[rows[0]]]
            if polygon is not None:
                inside[rows] = contains_points(polygon, lon[rows], lat[rows])
        return inside


def is_sensitive(sites: Sites, categories: tuple[str, ...]) -> np.ndarray:
    """Return bool per site: whether its category is one of `categories`."""
    return np.isin(sites.category.astype(str), categories)


def open_sites(sites: Sites, categories: tuple[str, ...]) -> Sites:
    """Return the sites that may be looked at: those of sensitive `categories` are no spots."""
    return sites.take(np.flatnonzero(~is_sensitive(sites, categories)))


def sensitive_notes(sites: Sites, categories: tuple[str, ...]) -> tuple[str, ...]:
    """Return a sentence on the sites that are left out because of their category, none if there is none."""
    sensitive = is_sensitive(sites, categories)
    if not sensitive.any():
        return ()
    found = ", ".join(sorted(set(sites.category[sensitive])))
    return (
        f"{int(sensitive.sum()):,} of the sites are sensitive places ({found}): observations there were dropped and "
        "counted, and these sites were not analyzed.",
    )


def find_sensitive(sites: Sites, categories: tuple[str, ...]) -> SensitivePlaces:
    """Return those of `sites` whose category is one of `categories`, prepared for looking positions up."""
    chosen = sites.take(np.flatnonzero(is_sensitive(sites, categories)))
    large = chosen.radius_m > _LARGE_M
    scales = ((0.002, np.flatnonzero(~large)), (0.05, np.flatnonzero(large)))
    lattices = tuple(_make_lattice(chosen, rows, step) for step, rows in scales if len(rows))
    grown = np.full(len(chosen), None, dtype=object)
    for row, polygon in enumerate(chosen.polygon):
        if polygon is not None:
            grown[row] = polygon.buffer(ALLOWANCE_M * _DEGREES_PER_M)
    return SensitivePlaces(chosen, grown, lattices)


def _make_lattice(sites: Sites, rows: np.ndarray, step: float) -> _Lattice:
    reach_lat = (sites.radius_m[rows] + ALLOWANCE_M) * _DEGREES_PER_M
    reach_lon = np.minimum(reach_lat / np.maximum(np.cos(np.radians(sites.lat[rows])), 0.01), 179.0)
    low, left = _row(sites.lat[rows] - reach_lat, step), _column(sites.lon[rows] - reach_lon, step)
    height = _row(sites.lat[rows] + reach_lat, step) - low + 1
    width = _column(sites.lon[rows] + reach_lon, step) - left + 1
    owner, square = expand_ranges(np.zeros(len(rows), np.int64), width * height)
    key = _square_key(low[owner] + square // width[owner], left[owner] + square % width[owner], step)
    order = np.argsort(key, kind="stable")
    touched = np.zeros(1 << _TABLE_BITS, bool)
    touched[_hashed(key)] = True
    return _Lattice(step, key[order], rows[owner[order]], touched)


def _row(lat: np.ndarray, step: float) -> np.ndarray:
    return np.floor((lat + 91.0) / step).astype(np.int64)


def _column(lon: np.ndarray, step: float) -> np.ndarray:
    return np.floor((lon + 180.0) / step).astype(np.int64)


def _square_key(row: np.ndarray, column: np.ndarray, step: float) -> np.ndarray:
    columns = int(round(360.0 / step))
    return row * columns + column % columns  # a site beside the antimeridian reaches round to the other side


def _hashed(key: np.ndarray) -> np.ndarray:
    return (mixed(key.astype(np.uint64)) >> np.uint64(64 - _TABLE_BITS)).astype(np.int64)
