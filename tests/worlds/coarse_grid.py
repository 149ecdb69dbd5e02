"""The coarse grid in plain Python, by its definition: rows of 0.05 degrees, evenly many squares as wide as high."""

from __future__ import annotations

import math


def square_of(lat: float, lon: float) -> tuple[int, int]:
    """Return row and column of the square that holds a position."""
    row = round(lat / 0.05)
    columns = columns_of(row)
    return row, round(lon * columns / 360.0) % columns


def middle_of(lat: float, lon: float) -> tuple[float, float]:
    """Return lat, lon of the middle of the square that holds a position."""
    row, column = square_of(lat, lon)
    middle = column * 360.0 / columns_of(row)
    return row * 0.05, middle - 360.0 if middle >= 180.0 else middle


def is_middle(lat: float, lon: float) -> bool:
    """Return whether a position is the middle of a square, to a millimetre or so."""
    middle = middle_of(lat, lon)
    return math.isclose(lat, middle[0], abs_tol=2e-8) and math.isclose(
        (lon - middle[1] + 180.0) % 360.0, 180.0, abs_tol=2e-8
    )


def columns_of(row: int) -> int:
    """Return how many squares there are around the globe in a row."""
    return max(1, 2 * round(3600 * math.cos(math.radians(row * 0.05))))
