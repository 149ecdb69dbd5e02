"""Marks: places and windows as an analyst gives them, by position, outline or id, and the spots that they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Optional

import numpy as np

from ..base import StudyError
from ..earth import EPOCH, Grid, contains_points, square_ids, square_of_id
from ..history import History
from ..places import Sites, Spots, find_spots
from .examples import Examples


@dataclass(frozen=True)
class Mark:
    """One example as given: its days (both included), and a spot id or name, or a position, with an outline or not.

    `lat`, `lon` degrees WGS84 (NaN if there is none); `polygon` a shapely polygon in lon/lat degrees.
    """

    first_day: date
    last_day: date
    spot: str = ""
    lat: float = np.nan
    lon: float = np.nan
    polygon: Optional[Any] = None


def find_examples(history: History, sites: Sites, grid: Grid, marks: Sequence[Mark]) -> Examples:
    """Return the examples that the marks mean; a loop over marks, of which there are some tens.

    A spot is looked up by its id, then by its name, then by the position; the id of a square of 5 km means its cells,
    an outline means every spot whose centre lies inside it. Raises StudyError for a mark that names no known spot and
    has no position, and for days in the wrong order.
    """
    spots = history.visits.spots
    place: list[int] = []
    chosen: list[int] = []
    for number, mark in enumerate(marks):
        if mark.last_day < mark.first_day:
            raise StudyError(
                f"Example {number + 1} ends on {mark.last_day.isoformat()}, before it starts on "
                f"{mark.first_day.isoformat()}. Correct its days."
            )
        found = _spots_of(spots, sites, grid, mark, number + 1)
        place += [number] * len(found)
        chosen += found
    row = np.array(place, np.int64)
    first, last = (
        np.array([(getattr(mark, side) - EPOCH).days for mark in marks], np.int64)[row]
        for side in ("first_day", "last_day")
    )
    return Examples(_joined(row, np.array(chosen, np.int64)), np.array(chosen, np.int64), first, last)


def _spots_of(spots: Spots, sites: Sites, grid: Grid, mark: Mark, number: int) -> list[int]:
    if mark.spot:
        for column in (spots.spot_id, spots.name):
            named = np.flatnonzero(column == mark.spot)
            if len(named):
                return [int(named[0])]
    if square_of_id(mark.spot) is not None:
        inside = np.flatnonzero((spots.kind == "cell") & (square_ids(spots.lat, spots.lon) == mark.spot))
        if len(inside):
            return [int(spot) for spot in inside]
    if mark.polygon is not None:
        inside = np.flatnonzero(contains_points(mark.polygon, spots.lon, spots.lat))
        if len(inside):
            return [int(spot) for spot in inside]
    if not np.isfinite(mark.lat + mark.lon):
        raise StudyError(
            f"Example {number} means no known place and has no position. Give it the id or name of a site, or a "
            "geometry."
        )
    return find_spots(spots, sites, grid, np.array([mark.lat]), np.array([mark.lon])).tolist()


def _joined(place: np.ndarray, spot: np.ndarray) -> np.ndarray:
    """Return the places with those joined that mean a spot of each other: one place in two windows is one place."""
    joined = place.copy()
    for one in np.unique(spot[spot >= 0]):  # some tens at most
        same = np.unique(joined[spot == one])
        joined[np.isin(joined, same)] = same[0]
    return joined
