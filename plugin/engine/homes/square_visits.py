"""Visits by places as they may be told: sites, and the squares of 5 km that the cells of the grid lie in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..earth import METRES_PER_DEGREE, SQUARE_DEG, Grid, square_ids, square_middles
from ..places import Spots
from ..visits import Visits, in_cells, visited_middles
from .hidden_cells import is_narrow, square_names


def in_squares(visits: Visits, grid: Grid) -> Visits:
    """Return the same visits at the sites and, instead of cells, at the squares that `hide_cells` shows these in.

    Cells wider than a square stay. The spots are the sites, the wide cells, then the squares by their ids; a square
    has the country of its most visited cell. Their `cell` is -1, and they have no neighbours in the grid.
    """
    spots = visits.spots
    narrow = np.flatnonzero((spots.kind == "cell") & is_narrow(spots.spot_id))
    if len(narrow) == 0:
        return visits
    kept = np.setdiff1d(np.arange(len(spots)), narrow)
    middles = [values[narrow] for values in visited_middles(in_cells(visits, grid))]
    ids, back = np.unique(square_ids(*middles).astype(str), return_inverse=True)
    place = np.empty(len(spots), np.int32)
    place[kept], place[narrow] = np.arange(len(kept)), len(kept) + back.ravel()
    came = np.bincount(visits.spot, minlength=len(spots))[narrow]
    busiest = np.lexsort((-came, back.ravel()))
    cells = narrow[busiest[np.unique(back.ravel()[busiest], return_index=True)[1]]]
    at = [values[np.searchsorted(narrow, cells)] for values in middles]
    squares = _squares(spots.take(cells), ids, *at)
    return replace(visits, spots=Spots.joined((spots.take(kept), squares)), spot=place[visits.spot])


def _squares(cells: Spots, ids: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> Spots:
    """Return squares with these ids, each with the country of one of its cells, which is visited at `lat`, `lon`."""
    middle_lat, middle_lon = square_middles(lat, lon)
    return replace(
        cells, spot_id=ids.astype(object), name=square_names(lat, lon), lat=middle_lat, lon=middle_lon,
        radius_m=np.full(len(ids), SQUARE_DEG * METRES_PER_DEGREE / 2.0), cell=np.full(len(ids), -1, np.int64),
    )  # fmt: skip
