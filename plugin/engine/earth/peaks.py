"""Places from points: cells climb to their heaviest neighbour until they reach a peak, and one peak is one place.

Unlike chains of near points, peaks do not grow together across a dense town.
"""

from __future__ import annotations

import numpy as np

from .distances import METRES_PER_DEGREE, wrap_longitude
from .squares import cells_of


def find_peaks(
    owner: np.ndarray, lat: np.ndarray, lon: np.ndarray, weight: np.ndarray, cell_m: float
) -> np.ndarray:
    """Return an int64 place per point, numbered 0.. without gaps; points of different owners never share one.

    `owner` int >= 0, `lat`, `lon` degrees WGS84, `weight` >= 0; cells about `cell_m` wide. Equal cells go by their
    key, so that the result does not depend on the order of the points.
    """
    if len(owner) == 0:
        return np.empty(0, np.int64)
    cells, cell = np.unique(cells_of(lat, lon, cell_m), return_inverse=True)
    keys, row = np.unique(owner.astype(np.int64) * len(cells) + cell, return_inverse=True)
    heavy = np.bincount(row, weights=weight)
    rank = np.empty(len(keys), np.int64)
    rank[np.lexsort((-np.arange(len(keys)), heavy))] = np.arange(len(keys))
    count = np.bincount(row)
    here_lat, here_lon = np.bincount(row, weights=lat) / count, lon[np.unique(row, return_index=True)[1]]
    group = keys // len(cells)
    best = np.arange(len(keys))
    step = cell_m / METRES_PER_DEGREE
    for north in (-1, 0, 1):
        for east in (-1, 0, 1):
            beside_lat = np.clip(here_lat + north * step, -90.0, 90.0)
            stretch = np.maximum(np.cos(np.radians(beside_lat)), 0.002)
            beside_lon = (here_lon + east * step / stretch + 180.0) % 360.0 - 180.0
            found = _position(cells, cells_of(beside_lat, beside_lon, cell_m))
            other = np.where(found < 0, -1, _position(keys, group * len(cells) + found))
            better = (other >= 0) & (rank[other] > rank[best])
            best[better] = other[better]
    while True:
        farther = best[best]
        if np.array_equal(farther, best):
            return np.unique(best, return_inverse=True)[1][row].astype(np.int64)
        best = farther


def place_middles(
    place: np.ndarray, lat: np.ndarray, lon: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted mean lat, lon (degrees WGS84) of each place, by `place` of each point and `weight` > 0."""
    first = lon[np.unique(place, return_index=True)[1]]
    total = np.bincount(place, weights=weight)
    east = np.bincount(place, weights=weight * wrap_longitude(lon - first[place])) / total
    return np.bincount(place, weights=weight * lat) / total, wrap_longitude(first + east)


def _position(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return where each wanted key is among the sorted keys, -1 where it is not."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, at, -1)
