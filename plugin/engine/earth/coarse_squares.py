"""Coarse squares: a fixed grid of about 5 km on the ground at every latitude, the same in every run and for all data.

A grid that moved with the data or a draw would give away, run after run, what a square hides.
"""

from __future__ import annotations

import re
from typing import Optional

import numpy as np

from ..base import meant_degrees
from .distances import wrap_longitude

SQUARE_DEG = 0.05
"""Height of a square, and its width at the equator: 5.56 km. It divides 180, so that a row ends at each pole."""
_HALF_ROUND = 3600
"""Squares half around the equator."""
_ID = re.compile(r"square:(-?\d+)_(\d+)")


def square_middles(lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return lat, lon of the middle of the square that holds each position (all in degrees WGS84).

    Rows lie around whole multiples of SQUARE_DEG; each has an even number of squares around the globe, as many as keep
    them as wide as they are high. One round square caps each pole, and one lies across the antimeridian.
    """
    row, column, columns = squares_of(lat, lon)
    middle = wrap_longitude(column * 360.0 / columns)
    return meant_degrees(row * SQUARE_DEG), meant_degrees(middle)


def square_outlines(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return the closed outlines (n, 5, 2) of lon, lat of the squares that hold positions, counter-clockwise.

    Across the antimeridian they run on beyond 180 degrees.
    """
    row, _column, columns = squares_of(lat, lon)
    middle = square_middles(lat, lon)[1]
    low, high = np.maximum((row - 0.5) * SQUARE_DEG, -90.0), np.minimum((row + 0.5) * SQUARE_DEG, 90.0)
    half = 180.0 / columns
    x = np.stack((middle - half, middle + half, middle + half, middle - half, middle - half), axis=1)
    return np.stack((x, np.stack((low, low, high, high, low), axis=1)), axis=2)


def square_ids(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return the text id of the square that holds each position: its row from the equator and its column."""
    row, column, _columns = squares_of(lat, lon)
    text = np.char.add(np.char.add("square:", row.astype(np.int64).astype(str)), "_")
    return np.char.add(text, column.astype(np.int64).astype(str)).astype(object)


def square_of_id(text: str) -> Optional[tuple[float, float]]:
    """Return lat, lon (degrees) of the middle of the square with this id, None for another text."""
    found = _ID.fullmatch(text)
    if found is None:
        return None
    row, column = (np.array([float(part)]) for part in found.groups())
    lat = np.clip(row * SQUARE_DEG, -90.0, 90.0)
    lat, lon = square_middles(lat, column * 360.0 / columns_of(row))
    return float(lat[0]), float(lon[0])


def squares_of(lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row, column and the number of columns of the row, whole numbers as float64."""
    row = np.rint(np.asarray(lat, dtype=np.float64) / SQUARE_DEG)
    columns = columns_of(row)
    return row, np.mod(np.rint(wrap_longitude(lon) / 360.0 * columns), columns), columns


def columns_of(row: np.ndarray, squares: int = 1) -> np.ndarray:
    """Return how many columns go around the globe where each `row` of squares lies, each `squares` wide."""
    # An even number, so that no square ends at the antimeridian.
    return np.maximum(2.0 * np.rint(_HALF_ROUND / squares * np.cos(np.radians(row * SQUARE_DEG))), 1.0)
