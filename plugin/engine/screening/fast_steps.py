"""Steps from fix to fix that are too fast for the ground, and those of them that come back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..earth import HOUR_MS, KM_PER_DEGREE, distance_km
from .observations import Observations

TURN_KM = 5.0
NOISE_KM = 2.0
RETURN_SHARE = 0.25


@dataclass(frozen=True)
class FastSteps:
    """Steps of one device that no vehicle on the ground takes: from row `start` to `start` + 1, `km` long."""

    start: np.ndarray
    km: np.ndarray


def find_fast_steps(rows: Observations, turn_speed_kmh: float, max_speed_kmh: float) -> FastSteps:
    """Return the steps (rows rising) above `turn_speed_kmh` over `TURN_KM`, or `max_speed_kmh` over `NOISE_KM`.

    `rows` must be sorted by device and time.
    """
    waited_ms = np.maximum(rows.time_ms[1:] - rows.time_ms[:-1], 1000)
    # The way along a meridian and a parallel is never shorter than the great circle, and costs a tenth of it.
    east = np.abs(rows.lon[1:] - rows.lon[:-1])
    np.minimum(east, 360.0 - east, out=east)
    east += np.abs(rows.lat[1:] - rows.lat[:-1])
    east *= 1.001 * KM_PER_DEGREE
    likely = east * HOUR_MS > min(turn_speed_kmh, max_speed_kmh) * waited_ms
    likely &= east > min(NOISE_KM, TURN_KM)
    start = np.flatnonzero(likely)
    start = start[rows.device[start] == rows.device[start + 1]]
    km = distance_km(rows.lat[start], rows.lon[start], rows.lat[start + 1], rows.lon[start + 1])
    kmh = km / (waited_ms[start] / HOUR_MS)
    fast = np.flatnonzero((kmh > turn_speed_kmh) & (km > TURN_KM) | (kmh > max_speed_kmh) & (km > NOISE_KM))
    return FastSteps(start[fast], km[fast])


def find_returns(rows: Observations, steps: FastSteps, length: int) -> np.ndarray:
    """Return the first of each `length` rows that a fast step leads to and another back to where it came from."""
    back = np.searchsorted(steps.start, steps.start + length)
    found = np.flatnonzero(np.append(steps.start, -1)[back] == steps.start + length)
    out, back = found, back[found]
    same = rows.device[steps.start[out]] == rows.device[steps.start[back] + 1]
    out, back = out[same], back[same]
    return steps.start[out[is_return(rows, steps, out, back)]] + 1


def is_return(rows: Observations, steps: FastSteps, out: np.ndarray, back: np.ndarray) -> np.ndarray:
    """Return bool: whether the step `back` ends about where the step `out` (both rows of `steps`) began."""
    before, after = steps.start[out], steps.start[back] + 1
    across_km = distance_km(rows.lat[before], rows.lon[before], rows.lat[after], rows.lon[after])
    return across_km < RETURN_SHARE * (steps.km[out] + steps.km[back])
