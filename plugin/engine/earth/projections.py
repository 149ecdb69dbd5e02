"""Projections and geodesics, all computed in one thread of Python's own: the only module that may use pyproj.

From 3.7 on pyproj remembers its context by the thread of the system and frees it with Python's state of that thread. A
thread that Qt made loses this state after every piece of work, so that the second piece there reads freed memory and
ends QGIS (pyproj's issue 1509). What is made here is made, used and forgotten in a thread that stays.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Callable, Optional, TypeVar, Union

import numpy as np
import pyproj
from pyproj.exceptions import ProjError

from ..base import InputError, require_room

_KEPT = 64
"""Projections kept ready. By hand: more than a study has layers and grids."""

_thread = ThreadPoolExecutor(1, "sitelight-projections")
Result = TypeVar("Result")


def _there(work: Callable[..., Result], *arguments: Any) -> Result:
    """Return `work(*arguments)`, done in the thread of pyproj; what it raises is raised here, or MemoryError."""
    require_room()
    return _thread.submit(work, *arguments).result()


@dataclass(frozen=True)
class EqualArea:
    """The Lambert azimuthal equal-area projection of WGS84 around a point (degrees), in metres."""

    centre_lat: float
    centre_lon: float

    def metres(self, lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return x, y (m) of positions (degrees WGS84); inf where there are none."""
        return _there(_project, self, lon, lat, False)

    def degrees(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return latitude, longitude (degrees WGS84) of x, y (m); inf where there are none."""
        lon, lat = _there(_project, self, x, y, True)
        return lat, lon


@dataclass(frozen=True)
class WayToDegrees:
    """The way from a CRS (as WKT or PROJ JSON) to degrees of WGS84; `is_geographic` if that has degrees itself."""

    crs: str
    is_geographic: bool

    def transform(self, *coordinates: Sequence[float]) -> tuple[np.ndarray, ...]:
        """Return lon, lat (and heights, where given) of x, y (and z); inf where there are none."""
        return _there(_transform, self.crs, coordinates)


def way_to_degrees(crs: str, name: str) -> Optional[WayToDegrees]:
    """Return the way from the CRS of `name` to lon/lat WGS84, None if it is that already; raise InputError."""
    try:
        return _there(_way, crs)
    except ProjError as error:
        raise InputError(f"The CRS of {name} is not usable; set the layer's CRS.") from error


def geodesics_m(lat: np.ndarray, lon: np.ndarray, to_lat: np.ndarray, to_lon: np.ndarray) -> np.ndarray:
    """Return the shortest distances (m) on the ellipsoid between positions (degrees WGS84)."""
    return _there(_inverse, lon, lat, to_lon, to_lat)


@lru_cache(_KEPT)
def _equal_area(at: EqualArea) -> pyproj.Proj:
    return pyproj.Proj(proj="laea", lat_0=at.centre_lat, lon_0=at.centre_lon, ellps="WGS84", units="m")


@lru_cache(_KEPT)
def _transformer(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


@lru_cache(1)
def _geod() -> pyproj.Geod:
    return pyproj.Geod(ellps="WGS84")


def _project(at: EqualArea, x: np.ndarray, y: np.ndarray, is_inverse: bool) -> tuple[np.ndarray, np.ndarray]:
    found = _equal_area(at)(_given(x), _given(y), inverse=is_inverse)
    return np.reshape(found[0], np.shape(x)), np.reshape(found[1], np.shape(x))


def _transform(crs: str, coordinates: Sequence[Sequence[float]]) -> tuple[np.ndarray, ...]:
    transform: Callable[..., Any] = _transformer(crs).transform
    return tuple(np.reshape(one, np.shape(coordinates[0])) for one in transform(*map(_given, coordinates)))


def _way(crs: str) -> Optional[WayToDegrees]:
    source = _transformer(crs).source_crs
    is_wgs84 = source is not None and source.to_epsg() == 4326
    return None if is_wgs84 else WayToDegrees(crs, source is not None and source.is_geographic)


def _inverse(lon: np.ndarray, lat: np.ndarray, to_lon: np.ndarray, to_lat: np.ndarray) -> np.ndarray:
    found = _geod().inv(_given(lon), _given(lat), _given(to_lon), _given(to_lat))
    return np.reshape(found[2], np.shape(lon))


def _given(values: Union[np.ndarray, Sequence[float]]) -> Any:
    """Return coordinates as pyproj takes them for several: 3.7 makes a number of an array that has but one."""
    array = np.asarray(values, dtype=np.float64)
    return array.ravel().tolist() if array.size == 1 else array


def _renew() -> None:
    """Begin anew in a process that was forked: threads are not forked, and what they hold is of no use there."""
    global _thread
    _thread = ThreadPoolExecutor(1, "sitelight-projections")
    for kept in (_equal_area, _transformer, _geod):
        kept.cache_clear()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_renew)
