"""Locations that stays make, as rows of an output: hulls around them, and the columns of a table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ...engine.earth import hulls, polygons
from ...engine.homes import coarse_squares
from ...engine.stays import Stays
from .record_sink import REAL

# By hand: a hull reaches so far beyond its outermost stays, so that a location of one stay has an area.
EDGE_M = 20.0


def location_hulls(members: pd.DataFrame, stays: Stays, is_home: np.ndarray) -> np.ndarray:
    """Return a WKB polygon per location around its stays, of a home (bool per location) a square of 5 km.

    `members` has the number of a `location` and of a `stay` in each row.
    """
    row = members["stay"].to_numpy()
    outline = hulls(members["location"].to_numpy(), stays.lat[row], stays.lon[row], np.full(len(row), EDGE_M))
    outline[is_home] = coarse_squares(outline[is_home])
    return polygons(outline)


def columns_of(frame: pd.DataFrame, schema: Mapping[str, str]) -> list[np.ndarray]:
    """Return the columns of a schema, real numbers without the digits that mean nothing."""
    return [
        np.round(frame[name].to_numpy(dtype=np.float64), 4) if kind == REAL else frame[name].to_numpy()
        for name, kind in schema.items()
    ]
