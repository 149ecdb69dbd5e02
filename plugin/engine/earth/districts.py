"""Districts: the coarse squares of about 5 km, and blocks of four by four of them, the same in every run.

A block is made of whole squares, so that squares of either width told side by side tell no position better than one.
"""

from __future__ import annotations

import numpy as np

from ..base import meant_degrees
from .coarse_squares import SQUARE_DEG, columns_of, square_middles, square_outlines, squares_of
from .distances import METRES_PER_DEGREE, wrap_longitude

BLOCK = 4
"""Squares along the side of a block: about 22 km, a city with its surroundings, where a square is a quarter of it."""


def district_width_m(squares: int) -> float:
    """Return how wide districts of so many squares along a side are."""
    return squares * SQUARE_DEG * METRES_PER_DEGREE


def district_ids(lat: np.ndarray, lon: np.ndarray, squares: int) -> np.ndarray:
    """Return the text id of the district that holds each position (degrees WGS84): its row and its column."""
    row, column, _columns = _blocks(lat, lon, squares)
    text = np.char.add(np.char.add(f"district{squares}:", row.astype(np.int64).astype(str)), "_")
    return np.char.add(text, column.astype(np.int64).astype(str)).astype(object)


def district_middles(lat: np.ndarray, lon: np.ndarray, squares: int) -> tuple[np.ndarray, np.ndarray]:
    """Return lat, lon of the middle of the district that holds each position (all in degrees WGS84)."""
    if squares == 1:
        return square_middles(lat, lon)
    outline = district_outlines(lat, lon, squares)
    middle = (outline[:, 0] + outline[:, 2]) / 2.0
    return meant_degrees(middle[:, 1]), meant_degrees(wrap_longitude(middle[:, 0]))


def district_outlines(lat: np.ndarray, lon: np.ndarray, squares: int) -> np.ndarray:
    """Return the closed outlines (n, 5, 2) of lon, lat of the districts that hold positions, counter-clockwise."""
    if squares == 1:
        return square_outlines(lat, lon)
    row, column, columns = _blocks(lat, lon, squares)
    low = np.maximum((row * squares - 0.5) * SQUARE_DEG, -90.0)
    high = np.minimum((row * squares + squares - 0.5) * SQUARE_DEG, 90.0)
    # Squares lie around whole multiples of their width, so that a block begins half of one before.
    begin = -180.0 / columns_of((row + 0.5) * squares - 0.5)
    west, east = (wrap_longitude(begin + column * 360.0 / columns) + edge * 360.0 / columns for edge in (0, 1))
    x = np.stack((west, east, east, west, west), axis=1)
    return np.stack((x, np.stack((low, low, high, high, low), axis=1)), axis=2)


def _blocks(lat: np.ndarray, lon: np.ndarray, squares: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row, column and the number of columns of the blocks that hold positions, whole numbers as float64."""
    square_row, square_column, square_columns = squares_of(lat, lon)
    row = np.floor(square_row / squares)
    columns = columns_of((row + 0.5) * squares - 0.5, squares)
    return row, np.floor((square_column + 0.5) / square_columns * columns), columns
