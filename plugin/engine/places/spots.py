"""Spots: whatever can be scored, the analyst's sites and the cells of the grid, and which of them holds a position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

import numpy as np

from ..base import Columns
from ..earth import Grid, distance_m
from . import countries, country_codes
from .categories import AIRFIELDS
from .site_lookup import SiteLookup, held_by_shapes
from .world import Places, Sites, World

ALLOWANCE_M = 30.0
"""A stay this far outside a site still counts as inside: the typical error of a stay's centre."""


@dataclass(frozen=True)
class Spots(Columns):
    """Whatever can be scored: all sites first (same order as the study's), then the occupied cells.

    `spot_id`, `name`, `kind` ("site" or "cell"), `category` and `country` (ISO alpha-2 or "") are object arrays
    of str; `country_index` int16 index into World.country_code (-1 unknown); `lat`, `lon` float64 degrees; `radius_m`
    float64; `cell` int64 grid key (-1 for sites).
    """

    spot_id: np.ndarray
    name: np.ndarray
    kind: np.ndarray
    category: np.ndarray
    country: np.ndarray
    country_index: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    radius_m: np.ndarray
    cell: np.ndarray


@dataclass(frozen=True)
class Holders(Columns):
    """What holds each of some positions: `site` int32 row (-1: none), `cell` int64 grid key (-1 where a site holds it).

    `country` int16 index into `World.country_code` is that of the site or cell, -1 unknown.
    """

    site: np.ndarray
    cell: np.ndarray
    country: np.ndarray


class SpotFinder:
    """Sites, grid and borders, prepared once, so that any part of the positions can be looked up by itself."""

    def __init__(self, sites: Sites, grid: Grid, world: World) -> None:
        self.sites, self._grid, self._world = sites, grid, world
        self._lookup = SiteLookup(sites, ALLOWANCE_M)
        self._site_country = country_codes.index_of(world, sites.country.tolist())
        unknown = self._site_country < 0
        self._site_country[unknown] = countries.locate(world, sites.lat[unknown], sites.lon[unknown])

    def sites_at(self, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
        """Return the int32 row of the site that contains each position (degrees WGS84), -1 where none does."""
        return _sites_holding(self._lookup, self.sites, lat, lon)

    def holders_at(self, lat: np.ndarray, lon: np.ndarray, site: np.ndarray) -> Holders:
        """Return what holds each position (degrees WGS84): its `site` (row), else its cell."""
        cell, country = np.full(len(site), -1, np.int64), np.append(self._site_country, np.int16(-1))[site]
        outside = np.flatnonzero(site < 0)
        cell[outside] = self._grid.cells_at(lat[outside], lon[outside])
        distinct, back = np.unique(cell[outside], return_inverse=True)
        country[outside] = countries.locate(self._world, *self._grid.centres(distinct))[back]
        return Holders(site, cell, country)

    def number(self, holders: Holders) -> tuple[Spots, np.ndarray]:
        """Return all sites and the cells among `holders` as spots, and the int32 spot of each holder.

        Cells are numbered in the order of their keys: whatever the positions were divided into, the numbers are the
        same once all holders are together.
        """
        outside = np.flatnonzero(holders.site < 0)
        cells, first, back = np.unique(holders.cell[outside], return_index=True, return_inverse=True)
        spot = holders.site.copy()
        spot[outside] = len(self.sites) + back
        return self._spots(cells, holders.country[outside[first]]), spot

    def _spots(self, cells: np.ndarray, cell_country: np.ndarray) -> Spots:
        sites, grid = self.sites, self._grid
        lat, lon = grid.centres(cells)
        country_index = np.concatenate((self._site_country, cell_country)).astype(np.int16)
        return Spots(
            spot_id=np.concatenate((sites.site_id, grid.ids(cells))),
            name=np.concatenate((sites.name, _cell_names(lat, lon))),
            kind=np.array(["site"] * len(sites) + ["cell"] * len(cells), dtype=object),
            category=np.concatenate((sites.category, np.full(len(cells), "", dtype=object))),
            country=country_codes.codes(self._world, country_index),
            country_index=country_index,
            lat=np.concatenate((sites.lat, lat)),
            lon=np.concatenate((sites.lon, lon)),
            radius_m=np.concatenate((sites.radius_m, np.full(len(cells), grid.cell_size_m / 2.0))),
            cell=np.concatenate((np.full(len(sites), -1, np.int64), cells)),
        )


def sites_at(sites: Sites, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return the int32 row of the site that contains each position, -1 where none does.

    Of several, one that holds the position itself goes before one that does so only with the allowance; then the one
    whose centre is nearest in units of its own radius wins.
    """
    return _sites_holding(SiteLookup(sites, ALLOWANCE_M), sites, lat, lon)


def encloses(sites: Sites, site: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return bool: which positions (degrees WGS84) lie in their `site` (row) itself, without any allowance."""
    away_m = distance_m(lat, lon, sites.lat[site], sites.lon[site])
    return held_by_shapes(sites.polygon, site, lat, lon, away_m <= sites.radius_m[site])


def _sites_holding(lookup: SiteLookup, sites: Sites, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    best = np.full(len(lat), -1, np.int32)
    point, site, away_m = lookup.pairs_at(lat, lon)
    holds = held_by_shapes(sites.polygon, site, lat[point], lon[point], away_m <= sites.radius_m[site])
    order = np.lexsort((site, away_m / np.maximum(sites.radius_m[site], 1.0), ~holds, point))
    first = np.unique(point[order], return_index=True)
    best[first[0]] = site[order][first[1]]
    return best


def _cell_names(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return the position of each cell as its name, such as "19.412 N, 8.033 E"."""
    def part(value: np.ndarray, positive: str, negative: str) -> np.ndarray:
        text = np.char.mod("%.3f", np.abs(value)).astype(str)  # of nothing, mod makes numbers
        return np.char.add(text, np.where(value >= 0, f" {positive}", f" {negative}"))

    return np.char.add(np.char.add(part(lat, "N", "S"), ", "), part(lon, "E", "W")).astype(object)


def find_spots(spots: Spots, sites: Sites, grid: Grid, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return the row of the site at each position (degrees WGS84), else of its cell; -1 where nobody was seen."""
    site = sites_at(sites, lat, lon).astype(np.int64)
    order = np.argsort(spots.cell, kind="stable")
    cells = grid.cells_at(lat, lon)
    if len(order) == 0:
        return site
    at = np.minimum(np.searchsorted(spots.cell[order], cells), len(order) - 1)
    return np.where(site >= 0, site, np.where(spots.cell[order][at] == cells, order[at], -1))


def airfields(sites: Union[Sites, Spots]) -> Places:
    """Return the sites (among spots, too) that aircraft use, airports and air bases, as places."""
    rows = np.isin(sites.category.astype(str), AIRFIELDS)
    return Places(sites.name[rows], sites.country[rows], sites.lat[rows], sites.lon[rows])
