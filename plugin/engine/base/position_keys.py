"""Positions as whole numbers: equal keys for positions that are equal to the last digit that counts."""

from __future__ import annotations

import numpy as np


def position_keys(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return a uint64 key per position (degrees WGS84, lon in -180..180), the same within a millionth of a degree.

    The bits of a key are well mixed, so that any few of them serve as a hash.
    """
    degrees = lat * 1e6
    degrees += 90_000_000.5
    key = degrees.astype(np.int64)
    key <<= 30
    np.multiply(lon, 1e6, out=degrees)
    degrees += 180_000_000.5
    key |= degrees.astype(np.int64)
    return mixed(key.view(np.uint64))


def mixed(key: np.ndarray) -> np.ndarray:
    """Return uint64 keys spread over all 64 bits, one to one (the finalizer of MurmurHash3, first half)."""
    key = key ^ (key >> np.uint64(33))
    key *= np.uint64(0xFF51AFD7ED558CCD)
    key ^= key >> np.uint64(33)
    return key
