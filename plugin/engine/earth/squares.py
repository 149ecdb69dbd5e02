"""Squares of latitude and longitude: the cells in which positions are gathered and looked up."""

from __future__ import annotations

import numpy as np

from ..base import pairs
from .distances import METRES_PER_DEGREE


def cells_of(lat: np.ndarray, lon: np.ndarray, cell_m: float, shift: float = 0.0) -> np.ndarray:
    """Return int64 keys of square cells about `cell_m` wide (degrees WGS84), moved by `shift` of a cell."""
    degrees = cell_m / METRES_PER_DEGREE
    row = np.floor((lat + 90.0) / degrees + shift)
    stretch = np.cos(np.radians(np.clip((row - shift + 0.5) * degrees - 90.0, -89.9, 89.9)))
    column = np.floor((lon + 180.0) * stretch / degrees + shift)
    return pairs(row, column)
