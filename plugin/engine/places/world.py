"""The analyst's sites, and the reference data (countries, airports, cities) that visits are set against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..base import Columns


@dataclass(frozen=True)
class Sites(Columns):
    """Named places given by the analyst, one row each.

    `site_id`, `name`, `category` (our word, see `categories.py`), `given_category` (the analyst's own word) and
    `country` (ISO 3166 alpha-2, "" if unknown) are object arrays of str. `lat`, `lon` float64 degrees of the centre,
    `radius_m` float64 (for polygons: the radius that encloses them). `polygon` is an object array of shapely
    polygons in lon/lat degrees, None for point sites.
    """

    site_id: np.ndarray
    name: np.ndarray
    category: np.ndarray
    given_category: np.ndarray
    country: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    radius_m: np.ndarray
    polygon: np.ndarray

    @classmethod
    def empty(cls) -> Sites:
        """Return a table with no sites."""
        text = np.empty(0, dtype=object)
        number = np.empty(0, dtype=np.float64)
        return cls(text, text, text, text, text, number, number, number, text)


def are_same_sites(one: Sites, other: Sites) -> bool:
    """Return whether two tables hold the same sites in the same order."""
    if len(one) != len(other):
        return False
    columns = [name for name in vars(one) if name != "polygon"]
    first, second = ([getattr(shape, "wkb", None) for shape in sites.polygon] for sites in (one, other))
    return first == second and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in columns)


@dataclass(frozen=True)
class Places(Columns):
    """Points of a gazetteer: `name` and `country` object arrays of str, `lat`, `lon` float64 degrees."""

    name: np.ndarray
    country: np.ndarray
    lat: np.ndarray
    lon: np.ndarray


DISPUTED, HELD_BY_OTHERS = 1, 2


@dataclass(frozen=True)
class World:
    """Reference data: country polygons, airports with scheduled or military use, cities.

    `country_code` (ISO alpha-2) and `country_name` are object arrays of str, `country_shape` an object array of shapely
    (multi)polygons in lon/lat degrees. The first row of a code is the country; later rows of it are its parts, whose
    land is not in the first. `disputed` int8 per row (None: nothing is): 0, `DISPUTED`, or `HELD_BY_OTHERS` where
    one crosses a line of control to get there from the rest of the country.
    """

    country_code: np.ndarray
    country_name: np.ndarray
    country_shape: np.ndarray
    airports: Places
    cities: Places
    disputed: Optional[np.ndarray] = None


def find_world(world: Optional[World]) -> World:
    """Return `world`, or one that knows no country, airport or city."""
    if world is not None:
        return world
    text = np.empty(0, dtype=object)
    number = np.empty(0, dtype=np.float64)
    nowhere = Places(text, text, number, number)
    return World(text, text, text, nowhere, nowhere)
