"""Visits: each stay (or lone fix) attributed to the site that contains it, else to its cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from . import countries
from .base import Progress
from .earth import Grid
from .places import Sites, World
from .site_lookup import SiteLookup, held_by_shapes
from .stays import Stays

ALLOWANCE_M = 30.0
"""A stay this far outside a site still counts as inside: the typical error of a stay's centre."""


@dataclass(frozen=True)
class Spots:
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

    def __len__(self) -> int:
        return len(self.spot_id)


@dataclass(frozen=True)
class Visits:
    """One row per row of `stays` (same order): `spot` int32 index into `spots`, `country` int16 of that spot."""

    stays: Stays
    spots: Spots
    spot: np.ndarray
    country: np.ndarray

    def __len__(self) -> int:
        return len(self.spot)


def attribute_visits(
    stays: Stays, sites: Sites, grid: Grid, world: World, progress: Optional[Progress] = None
) -> Visits:
    """Attribute every stay to the site that contains it (nearest centre in units of the radius), else to its cell."""
    progress = progress or Progress()
    progress.step("Attributing visits", 0.0)
    site = sites_at(sites, stays.lat, stays.lon)
    progress.step("Attributing visits", 0.4)
    outside = np.flatnonzero(site < 0)
    cells, inverse = np.unique(grid.cells_at(stays.lat[outside], stays.lon[outside]), return_inverse=True)
    progress.step("Attributing visits", 0.7)
    spot = site.astype(np.int32)
    spot[outside] = len(sites) + inverse
    spots = _make_spots(sites, grid, cells, world)
    return Visits(stays, spots, spot, spots.country_index[spot])


def sites_at(sites: Sites, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return the int32 row of the site that contains each position, -1 where none does.

    Of several, one that holds the position itself goes before one that does so only with the allowance; then the one
    whose centre is nearest in units of its own radius wins.
    """
    best = np.full(len(lat), -1, np.int32)
    point, site, away_m = SiteLookup(sites, ALLOWANCE_M).pairs_at(lat, lon)
    holds = held_by_shapes(sites.polygon, site, lat[point], lon[point], away_m <= sites.radius_m[site])
    order = np.lexsort((site, away_m / np.maximum(sites.radius_m[site], 1.0), ~holds, point))
    first = np.unique(point[order], return_index=True)
    best[first[0]] = site[order][first[1]]
    return best


def _make_spots(sites: Sites, grid: Grid, cells: np.ndarray, world: World) -> Spots:
    lat, lon = grid.centres(cells)
    site_country = countries.index_of(world, sites.country.tolist())
    unknown = site_country < 0
    site_country[unknown] = countries.locate(world, sites.lat[unknown], sites.lon[unknown])
    country_index = np.concatenate((site_country, countries.locate(world, lat, lon))).astype(np.int16)
    blank = np.full(len(cells), "", dtype=object)
    ids = grid.ids(cells)
    return Spots(
        spot_id=np.concatenate((sites.site_id, ids)),
        name=np.concatenate((sites.name, _cell_names(lat, lon))),
        kind=np.array(["site"] * len(sites) + ["cell"] * len(cells), dtype=object),
        category=np.concatenate((sites.category, blank)),
        country=countries.codes(world, country_index),
        country_index=country_index,
        lat=np.concatenate((sites.lat, lat)),
        lon=np.concatenate((sites.lon, lon)),
        radius_m=np.concatenate((sites.radius_m, np.full(len(cells), grid.cell_size_m / 2.0))),
        cell=np.concatenate((np.full(len(sites), -1, np.int64), cells)),
    )


def _cell_names(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return the position of each cell as its name, such as "19.412 N, 8.033 E"."""
    def part(value: np.ndarray, positive: str, negative: str) -> np.ndarray:
        text = np.char.mod("%.3f", np.abs(value)).astype(str)  # of nothing, mod makes numbers
        return np.char.add(text, np.where(value >= 0, f" {positive}", f" {negative}"))

    return np.char.add(np.char.add(part(lat, "N", "S"), ", "), part(lon, "E", "W")).astype(object)
