"""Flows: origins and destinations as lines on the map, from or to the place that was asked about."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..earth import great_circle
from ..places import Spots, World, countries, country_codes
from .compare import AFTER

FLOW_KINDS = ("site", "country")


def find_flows(origins: pd.DataFrame, spots: Spots, world: World, lat: float, lon: float) -> pd.DataFrame:
    """Return the rows of `origins` (see `find_origins`, with `direction`) that have a position, with a line each.

    Lines are great circles from the origin to the place at `lat`, `lon` (degrees), or from there to the destination.
    A site lies at its centre, a country at a point well inside it, which is nobody's position; the place's own country
    has no line. Adds `category`, `country` (ISO code) and `geometry` (WKB multi-line); `name` of a country is written
    out, and the index is that of `origins`.
    """
    own = country_codes.codes(world, countries.locate(world, np.array([lat]), np.array([lon])))[0]
    kind = origins["kind"].to_numpy()
    drawn = np.isin(kind, FLOW_KINDS) & ~((kind == "country") & np.isin(origins["name"], [own, ""]))
    flows = origins[drawn]
    is_site = (flows["kind"] == "site").to_numpy(dtype=bool)
    spot = np.where(is_site, flows["spot"], 0).astype(np.int64)
    row = country_codes.index_of(world, np.where(is_site, "", flows["name"].astype(str)).tolist())
    far_lat, far_lon = np.full(len(flows), np.nan), np.full(len(flows), np.nan)
    far_lat[is_site], far_lon[is_site] = spots.lat[spot[is_site]], spots.lon[spot[is_site]]
    for number in np.flatnonzero(~is_site):  # some tens of countries
        inside = _point_inside(world, int(row[number]))
        far_lat[number], far_lon[number] = inside
    leaves = (flows["direction"] == AFTER).to_numpy(dtype=bool)
    lines = np.empty(len(flows), dtype=object)
    lines[:] = [
        great_circle(lat, lon, y, x) if out else great_circle(y, x, lat, lon)
        for y, x, out in zip(far_lat, far_lon, leaves)
    ]
    return flows.assign(
        category=_either(is_site, spots.category, spot, np.full(len(flows), "")),
        country=_either(is_site, spots.country, spot, flows["name"].to_numpy()),
        name=np.where(is_site, flows["name"], country_codes.names(world, row)),
        geometry=lines,
    )


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
