"""Flows: origins and destinations as lines on the map, from or to the place that was asked about."""

from __future__ import annotations

from typing import Union

import numpy as np
import pandas as pd

from ..earth import great_circles
from ..places import Spots, World, countries, country_codes
from .compare import AFTER

FLOW_KINDS = ("site", "country")
Degrees = Union[np.ndarray, float]


def find_flows(origins: pd.DataFrame, spots: Spots, world: World, lat: Degrees, lon: Degrees) -> pd.DataFrame:
    """Return the rows of `origins` (see `find_origins`, with `direction`) that have a position, with a line each.

    Lines are great circles from the origin to the place at `lat`, `lon` (degrees; of each row, or of all), or from
    there to the destination. A site lies at its centre, a country at a point well inside it, which is nobody's
    position; the place's own country has no line. Adds `category`, `country` (ISO code) and `geometry` (WKB
    multi-line); `name` of a country is written out, and the index is that of `origins`.
    """
    lat, lon = (np.broadcast_to(np.asarray(one, np.float64), len(origins)) for one in (lat, lon))
    kind, name = origins["kind"].to_numpy(), origins["name"].to_numpy()
    is_near = (kind == "country") & ((name == _own_country(world, lat, lon)) | (name == ""))
    drawn = np.isin(kind, FLOW_KINDS) & ~is_near
    flows, lat, lon = origins[drawn], lat[drawn], lon[drawn]
    is_site = (flows["kind"] == "site").to_numpy(dtype=bool)
    spot = np.where(is_site, flows["spot"], 0).astype(np.int64)
    row = country_codes.index_of(world, np.where(is_site, "", flows["name"].astype(str)).tolist())
    far_lat, far_lon = np.full(len(flows), np.nan), np.full(len(flows), np.nan)
    far_lat[is_site], far_lon[is_site] = spots.lat[spot[is_site]], spots.lon[spot[is_site]]
    for number in np.unique(row[~is_site]).tolist():  # some tens of countries
        there = ~is_site & (row == number)
        far_lat[there], far_lon[there] = _point_inside(world, number)
    leaves = (flows["direction"] == AFTER).to_numpy(dtype=bool)
    start = np.where(leaves, lat, far_lat), np.where(leaves, lon, far_lon)
    end = np.where(leaves, far_lat, lat), np.where(leaves, far_lon, lon)
    return flows.assign(
        category=_either(is_site, spots.category, spot, np.full(len(flows), "")),
        country=_either(is_site, spots.country, spot, flows["name"].to_numpy()),
        name=np.where(is_site, flows["name"], country_codes.names(world, row)),
        geometry=great_circles(*start, *end),
    )


def _own_country(world: World, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return the ISO code of the country at each position, which are few."""
    places, back = np.unique(np.stack((lat, lon)), axis=1, return_inverse=True)
    codes = country_codes.codes(world, countries.locate(world, places[0].copy(), places[1].copy()))
    found: np.ndarray = codes[back.ravel()]
    return found


def _either(is_site: np.ndarray, column: np.ndarray, spot: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """Return the site's value where there is one, else the other."""
    values: np.ndarray = otherwise.astype(object)
    values[is_site] = column[spot[is_site]]
    return values


def _point_inside(world: World, index: int) -> tuple[float, float]:
    """Return lat, lon (degrees) of a point inside the largest part of a country, far from its borders."""
    shape = world.country_shape[index]
    largest = max(getattr(shape, "geoms", [shape]), key=lambda part: part.area)
    centre = largest.centroid
    inside = centre if largest.contains(centre) else largest.representative_point()
    return float(inside.y), float(inside.x)
