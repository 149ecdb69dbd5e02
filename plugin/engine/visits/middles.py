"""The middle of the visits of each spot: where in its cell people really are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..earth import Grid, wrap_longitude
from .attribute import Visits


def visited_middles(visits: Visits) -> tuple[np.ndarray, np.ndarray]:
    """Return lat, lon (degrees WGS84) of each spot: of a cell the middle of its visits, of a site its own."""
    spots, stays, spot = visits.spots, visits.stays, visits.spot
    count = np.maximum(np.bincount(spot, minlength=len(spots)), 1)
    north, east = stays.lat - spots.lat[spot], wrap_longitude(stays.lon - spots.lon[spot])
    lat, lon = (
        middle + np.where(spots.cell >= 0, np.bincount(spot, weights=away, minlength=len(spots)) / count, 0.0)
        for middle, away in ((spots.lat, north), (spots.lon, east))
    )
    return lat, lon


def in_cells(visits: Visits, grid: Grid) -> Visits:
    """Return visits with those at sites at the cell where they were: a study with other sites tells the same square."""
    spot, (cells,) = visits.spot.copy(), np.nonzero(visits.spots.cell >= 0)  # in the order of their keys
    rows = np.flatnonzero(visits.spots.cell[spot] < 0)
    key = grid.cells_at(visits.stays.lat[rows], visits.stays.lon[rows])
    at = np.searchsorted(visits.spots.cell[cells], key)
    known = np.append(visits.spots.cell[cells], -1)[at] == key
    spot[rows[known]] = cells[at[known]]
    return replace(visits, spot=spot)
