"""The study's grid: equal-area hexagons whose ids stay the same whatever the data."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from .projections import EqualArea

_ID = re.compile(r"\d+[NS]\d+[EW]-([0-9.e+]+)m:")
_OFFSET = 1 << 24
_MASK = (1 << 25) - 1


@dataclass(frozen=True)
class Grid:
    """Hexagons in Lambert azimuthal equal-area projection around (`centre_lat`, `centre_lon`), whole degrees WGS84.

    `cell_size_m` is the distance between the centres of neighbouring cells, which is also a cell's width.
    Cells are int64 keys; axial coordinates after Patel, "Hexagonal Grids" (redblobgames.com), pointy top.
    """

    centre_lat: int
    centre_lon: int
    cell_size_m: float

    @property
    def _projection(self) -> EqualArea:
        return EqualArea(self.centre_lat, self.centre_lon)

    @property
    def side_m(self) -> float:
        """Length of a hexagon's side (m)."""
        return self.cell_size_m / np.sqrt(3.0)

    def cells_at(self, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
        """Return the int64 key of the cell that contains each position (degrees WGS84)."""
        x, y = self._projection.metres(lat, lon)
        q = (x * np.sqrt(3.0) / 3.0 - y / 3.0) / self.side_m
        r = y * 2.0 / 3.0 / self.side_m
        return _key(*_rounded(q, r))

    def centres(self, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return latitude and longitude (degrees WGS84) of the centres of the cells."""
        return self._projection.degrees(*self._centres_m(cells))

    def corners(self, cells: np.ndarray) -> np.ndarray:
        """Return the closed outlines as an array (n, 7, 2) of lon, lat in degrees WGS84, counter-clockwise."""
        x, y = self._centres_m(cells)
        angle = np.radians(np.array([30, 90, 150, 210, 270, 330, 30]))
        corner_x = x[:, None] + self.side_m * np.cos(angle)
        corner_y = y[:, None] + self.side_m * np.sin(angle)
        lat, lon = self._projection.degrees(corner_x.ravel(), corner_y.ravel())
        return np.stack((lon, lat), axis=1).reshape(len(x), 7, 2)

    def ids(self, cells: np.ndarray) -> np.ndarray:
        """Return the text id of each cell: grid centre, cell size and axial coordinates."""
        q, r = _axial(cells)
        ns, ew = "S" if self.centre_lat < 0 else "N", "W" if self.centre_lon < 0 else "E"
        head = f"{abs(self.centre_lat)}{ns}{abs(self.centre_lon)}{ew}-{self.cell_size_m:g}m"
        tail = np.char.add(np.char.add(q.astype(str), "_"), r.astype(str))
        return np.char.add(head + ":", tail).astype(object)

    def _centres_m(self, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        q, r = _axial(cells)
        return self.side_m * np.sqrt(3.0) * (q + r / 2.0), self.side_m * 1.5 * r


def cell_sizes_m(ids: np.ndarray) -> np.ndarray:
    """Return the size of the cells with these text ids, inf for texts that are none."""
    found = [_ID.match(str(text)) for text in ids]
    return np.array([float(one.group(1)) if one else np.inf for one in found], dtype=np.float64)


def grid_around(lat: np.ndarray, lon: np.ndarray, cell_size_m: float) -> Grid:
    """Return the grid centred on the median position, rounded to whole degrees."""
    return Grid(int(round(float(np.median(lat)))), int(round(float(np.median(lon)))), float(cell_size_m))


def _rounded(q: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Round fractional axial coordinates to the nearest hexagon (cube rounding)."""
    s = -q - r
    whole_q, whole_r, whole_s = np.rint(q), np.rint(r), np.rint(s)
    off_q, off_r, off_s = np.abs(whole_q - q), np.abs(whole_r - r), np.abs(whole_s - s)
    fix_q = (off_q > off_r) & (off_q > off_s)
    fix_r = ~fix_q & (off_r > off_s)
    whole_q = np.where(fix_q, -whole_r - whole_s, whole_q)
    whole_r = np.where(fix_r, -whole_q - whole_s, whole_r)
    return whole_q.astype(np.int64), whole_r.astype(np.int64)


def _key(q: np.ndarray, r: np.ndarray) -> np.ndarray:
    return ((q + _OFFSET) << 25) | (r + _OFFSET)


def _axial(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return (cells >> 25) - _OFFSET, (cells & _MASK) - _OFFSET
