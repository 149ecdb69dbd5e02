"""Locations that stays make, as rows of an output: hulls around them, and the columns of a table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ...engine.base import begins_run
from ...engine.earth import hulls, polygons
from ...engine.homes import Anchors, Shown, halted_sites, show_halts
from ...engine.places import Sites, encloses, sites_at
from ...engine.stays import Stays
from .record_sink import REAL

# By hand: a hull reaches so far beyond its outermost stays, so that a location of one stay has an area.
EDGE_M = 20.0


def location_hulls(members: pd.DataFrame, stays: Stays) -> np.ndarray:
    """Return a WKB polygon per location around its stays.

    `members` has the number of a `location` and of a `stay` in each row.
    """
    row = members["stay"].to_numpy()
    outline = hulls(members["location"].to_numpy(), stays.lat[row], stays.lon[row], np.full(len(row), EDGE_M))
    return polygons(outline)


def show_locations(members: pd.DataFrame, stays: Stays, sites: Sites) -> Shown:
    """Return where locations are shown: each where the longest of its stays is; `members` as in `location_hulls`."""
    row, location = members["stay"].to_numpy(), members["location"].to_numpy()
    order = np.lexsort((row, stays.start_ms[row] - stays.end_ms[row], location))
    longest = row[order[begins_run(location[order])]]
    return show_halts(stays, halted_sites(stays, sites), sites).take(longest)


def may_be_home(members: pd.DataFrame, stays: Stays, anchors: Anchors, sites: Sites, at: Shown) -> np.ndarray:
    """Return which locations, shown `at` some places, may be told to be a home, bool: no site that lies beside one."""
    place, device = members["location"].to_numpy(), stays.device[members["stay"].to_numpy()]
    lat, lon = (np.nan_to_num(axis[device], nan=-90.0) for axis in (anchors.home_lat, anchors.home_lon))  # no site
    site = sites_at(sites, lat, lon)
    near = np.flatnonzero(site >= 0)
    near = near[encloses(sites, site[near], lat[near], lon[near])]
    near = near[(sites.lat[site[near]] == at.lat[place[near]]) & (sites.lon[site[near]] == at.lon[place[near]])]
    lives_there = np.bincount(place[near], minlength=len(at.lat)) > 0
    return ~at.at_site | lives_there


def columns_of(frame: pd.DataFrame, schema: Mapping[str, str]) -> list[np.ndarray]:
    """Return the columns of a schema, real numbers without the digits that mean nothing."""
    return [
        np.round(frame[name].to_numpy(dtype=np.float64), 4) if kind == REAL else frame[name].to_numpy()
        for name, kind in schema.items()
    ]
