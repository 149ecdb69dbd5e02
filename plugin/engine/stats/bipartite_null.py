"""What chance makes two places have in common: the bipartite configuration model.

Every device keeps its number of places and every place its number of devices, and all else is random: the model of
maximum entropy (Saracco, Di Clemente, Gabrielli and Squartini 2015, "Randomizing bipartite networks"; as a test of
projected links Saracco et al. 2017). A device is then at a place with the probability xy / (1 + xy). That model keeps
the numbers of a device on average only, and would give pairs to devices with a single place; so pairs have the
probability under a fixed number of places (Hajek 1964, rejective sampling), scaled to the k (k - 1) / 2 pairs of a
device with k places.
"""

from __future__ import annotations

import numpy as np

_ROUNDS, _CLOSE = 1000, 1e-6


def expected_common(device: np.ndarray, place: np.ndarray, places: int, population: np.ndarray) -> np.ndarray:
    """Return the expected number of common devices of each pair of places, float64 (places, places).

    `device`, `place` integer columns of distinct pairs; `population` integer per device code: chance mixes devices of
    one population only. The loop is over populations.
    """
    expected = np.zeros((places, places))
    group = population[device]
    for one in np.unique(group):
        rows = np.flatnonzero(group == one)
        here, node = np.unique(place[rows], return_inverse=True)
        devices = np.unique(device[rows], return_counts=True)[1]
        share, degree, members = attendance(devices, np.bincount(node))
        expected[np.ix_(here, here)] += _pairs(share, degree, members)
    return expected


def _pairs(share: np.ndarray, degree: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Return the expected number of devices at both of two places when each device has just its number of places."""
    spread = share * (1.0 - share)
    variance = np.maximum(spread.sum(axis=1), 1e-12)
    together = degree**2 - (share**2).sum(axis=1) - variance + (spread**2).sum(axis=1) / variance
    scale = (members * degree * (degree - 1) / np.maximum(together, 1e-12))[:, None]
    return (share * scale).T @ share - (spread * (scale / variance[:, None])).T @ spread


def attendance(device_degree: np.ndarray, place_degree: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the probability (float64) that a device with so many places is at a place with so many devices.

    Both degrees are 1 or more. Rows are the distinct numbers of places, rising, columns the places; with it
    the number of places and the number of devices of each row (int64).
    """
    degree, members = np.unique(device_degree, return_counts=True)
    wanted_row, wanted_column = degree.astype(np.float64), place_degree.astype(np.float64)
    scale = np.sqrt(max(float(wanted_column.sum()), 1.0))
    x, y = wanted_row / scale, wanted_column / scale
    for _ in range(_ROUNDS):
        # Those that are everywhere, and places where all are, have no finite factor; far above all others is enough.
        x = np.minimum(wanted_row / (y / (1.0 + np.outer(x, y))).sum(axis=1), 1e9)
        y = np.minimum(wanted_column / (members[:, None] * x[:, None] / (1.0 + np.outer(x, y))).sum(axis=0), 1e9)
        product = np.outer(x, y)
        share = product / (1.0 + product)
        off = np.abs(share.sum(axis=1) - wanted_row) / wanted_row
        if off.max(initial=0.0) < _CLOSE:
            break
    return share, degree, members
