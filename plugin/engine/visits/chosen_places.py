"""A place as an analyst chooses it (a site or cell, a drawn area, circles), and the visits that were made there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Optional

import numpy as np

from ..base import StudyError
from ..earth import METRES_PER_DEGREE, Grid, contains_points, distance_m, square_ids, square_of_id
from ..places import Sites, Spots, find_spots
from .attribute import Visits
from .middles import in_cells, visited_middles

NOBODY_FOLLOWED = (
    "From a whole country or district nobody is followed, since most of its devices are just there. Choose a site, a "
    "cell or an area in it."
)
_REGION_ID = re.compile(r"country:|district\d+:")


def is_region_id(spot: str) -> bool:
    """Return whether the id of a finding's spot is that of a whole country or district."""
    return _REGION_ID.match(spot) is not None


@dataclass(frozen=True)
class ChosenPlace:
    """One place: the spot with id or name `spot`, else all that lies in `polygon` or in one of the circles.

    The id of a square of 5 km means the cells whose visits have their middle in it.

    `polygon` is a shapely (multi)polygon in lon/lat degrees; `lat`, `lon` float64 degrees are centres of circles of
    `radius_m`. A radius of 0 means the site at each position, else its cell.
    """

    spot: str = ""
    polygon: Optional[Any] = None
    lat: np.ndarray = field(default_factory=lambda: np.empty(0))
    lon: np.ndarray = field(default_factory=lambda: np.empty(0))
    radius_m: float = 0.0


@dataclass(frozen=True)
class VisitedPlace:
    """What a chosen place is in the data: its `name`, bool per visit whether it was `here`, a centre in degrees."""

    name: str
    here: np.ndarray
    lat: float
    lon: float


def find_place(place: ChosenPlace, visits: Visits, sites: Sites, grid: Grid) -> VisitedPlace:
    """Return the visits at a chosen place, those in an area by their own positions.

    Raises StudyError, with what to do next, when no spot has the name, nothing was chosen, or nobody was ever there.
    """
    if is_region_id(place.spot):
        raise StudyError(NOBODY_FOLLOWED)
    if square_of_id(place.spot) is not None and place.spot not in visits.spots.spot_id:
        found = _in_square(place.spot, visits, grid)
    elif place.spot:
        found = _at_spots(visits, np.array([_named_spot(visits.spots, place.spot)]))
    elif place.polygon is not None:
        inside = place.polygon.representative_point()
        found = VisitedPlace("the drawn area", _in_polygon(place.polygon, visits), float(inside.y), float(inside.x))
    elif len(place.lat) and place.radius_m > 0:
        here = _in_circles(place, visits)
        found = VisitedPlace(_circles_name(place), here, float(place.lat[0]), float(place.lon[0]))
    elif len(place.lat):
        spot = find_spots(visits.spots, sites, grid, place.lat, place.lon)
        found = _at_spots(visits, spot[spot >= 0])
    else:
        raise StudyError("No place is chosen. Give the id or name of a site, a polygon, or a point with a radius.")
    if not found.here.any():
        raise StudyError(
            f"Nobody was ever seen at {found.name}. Choose a larger area or a place with observations."
        )
    return found


def _named_spot(spots: Spots, wanted: str) -> int:
    """Return the row of the spot with this id, else of the only one with this name."""
    for column in (spots.spot_id, spots.name):
        named = np.flatnonzero(column.astype(str) == wanted)
        if len(named) > 1:
            raise StudyError(f"{len(named)} sites are called “{wanted}”. Give the id of the one that you mean.")
        if len(named):
            return int(named[0])
    raise StudyError(
        f"No site or cell is called “{wanted}”. Give the id or name of one of the sites, or of a cell of a study "
        "with the same cell size."
    )


def _in_square(square: str, visits: Visits, grid: Grid) -> VisitedPlace:
    """Return the visits in the cells that a square, by its id, stands for: a study names no finer place."""
    lat, lon = square_of_id(square) or (np.nan, np.nan)
    inside = (square_ids(*visited_middles(in_cells(visits, grid))) == square) & (visits.spots.kind != "site")
    return VisitedPlace(square, inside[visits.spot], lat, lon)


def _at_spots(visits: Visits, spot: np.ndarray) -> VisitedPlace:
    spots = visits.spots
    if len(spot) == 0:
        return VisitedPlace("this position", np.zeros(len(visits), bool), np.nan, np.nan)
    name = str(spots.name[spot[0]]) if len(np.unique(spot)) == 1 else f"{len(np.unique(spot))} places"
    return VisitedPlace(name, np.isin(visits.spot, spot), float(spots.lat[spot[0]]), float(spots.lon[spot[0]]))


def _in_polygon(polygon: Any, visits: Visits) -> np.ndarray:
    """Return which stays lie in a polygon; one drawn across the antimeridian may run on beyond 180 degrees."""
    west, south, east, north = polygon.bounds
    lat, lon = visits.stays.lat, visits.stays.lon
    here = np.zeros(len(visits), bool)
    for turn in (-360.0, 0.0, 360.0):
        near = np.flatnonzero((lat >= south) & (lat <= north) & (lon + turn >= west) & (lon + turn <= east))
        here[near] |= contains_points(polygon, lon[near] + turn, lat[near])
    return here


def _in_circles(place: ChosenPlace, visits: Visits) -> np.ndarray:
    lat, lon = visits.stays.lat, visits.stays.lon
    here = np.zeros(len(visits), bool)
    for centre_lat, centre_lon in zip(place.lat, place.lon):  # drawn by hand: some tens at most
        near = np.flatnonzero(np.abs(lat - centre_lat) <= 1.001 * place.radius_m / METRES_PER_DEGREE)
        here[near] |= distance_m(lat[near], lon[near], centre_lat, centre_lon) <= place.radius_m
    return here


def _circles_name(place: ChosenPlace) -> str:
    radius = f"{place.radius_m / 1000.0:g} km" if place.radius_m >= 1000 else f"{place.radius_m:g} m"
    where = f"{abs(place.lat[0]):.3f} {'S' if place.lat[0] < 0 else 'N'}, "
    where += f"{abs(place.lon[0]):.3f} {'W' if place.lon[0] < 0 else 'E'}"
    return f"the {radius} around {where}" if len(place.lat) == 1 else f"{len(place.lat)} circles of {radius}"
