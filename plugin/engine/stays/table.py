"""The table of stays: halts of all devices, lasting or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import Columns


@dataclass(frozen=True)
class Stays(Columns):
    """Halts of all devices, sorted by device and start; those too short to be stays have `lasting` False.

    `device` int32 codes; `start_ms`, `end_ms` int64 UTC epoch ms of the first and last fix; `arrived_ms`, `departed_ms`
    int64 estimates inside the gaps around it; `lat`, `lon` float64 degrees WGS84; `radius_m` float32 (all fixes lie
    within); `n_fixes` int32; `longest_gap_s` float32; `lasting` bool.
    """

    device: np.ndarray
    start_ms: np.ndarray
    end_ms: np.ndarray
    arrived_ms: np.ndarray
    departed_ms: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    radius_m: np.ndarray
    n_fixes: np.ndarray
    longest_gap_s: np.ndarray
    lasting: np.ndarray
