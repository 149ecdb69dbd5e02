"""Squares of latitude and longitude: the cells in which positions are gathered and looked up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import pairs
from .distances import METRES_PER_DEGREE


@dataclass(frozen=True)
class Squares:
    """Squares of `step_deg` degrees, which divides 360; rows from the south pole, columns from 180° west.

    They grow narrow towards the poles: fit for looking up what lies in a square. What is to be about equally wide
    everywhere goes by `cells_of`. Apart from both are the grids of other shapes: `near_pairs` (whole columns around the
    globe, and where in a column one is), `nearest_within` (bands of latitude alone), `countries.locate` (squares
    around whole multiples of the step, whose middles stand for them) and the boxes of `countries` (a table of flags).
    """

    step_deg: float

    @property
    def columns(self) -> int:
        """How many squares there are around the globe."""
        return round(360.0 / self.step_deg)

    def rows(self, lat: np.ndarray) -> np.ndarray:
        """Return the int64 row of each latitude (degrees); beyond the poles they run on."""
        return np.floor((lat + 90.0) / self.step_deg).astype(np.int64)

    def columns_at(self, lon: np.ndarray) -> np.ndarray:
        """Return the int64 column of each longitude (degrees); beyond 180° they run on."""
        return np.floor((lon + 180.0) / self.step_deg).astype(np.int64)

    def keys(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Return an int64 key per square, the same for columns that are one turn of the globe apart."""
        return row * self.columns + column % self.columns

    def keys_at(self, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
        """Return the int64 key of the square that holds each position (degrees WGS84)."""
        return self.keys(self.rows(lat), self.columns_at(lon))


def cells_of(lat: np.ndarray, lon: np.ndarray, cell_m: float, shift: float = 0.0) -> np.ndarray:
    """Return int64 keys of square cells about `cell_m` wide (degrees WGS84), moved by `shift` of a cell."""
    degrees = cell_m / METRES_PER_DEGREE
    row = np.floor((lat + 90.0) / degrees + shift)
    stretch = np.cos(np.radians(np.clip((row - shift + 0.5) * degrees - 90.0, -89.9, 89.9)))
    column = np.floor((lon + 180.0) * stretch / degrees + shift)
    return pairs(row, column)
