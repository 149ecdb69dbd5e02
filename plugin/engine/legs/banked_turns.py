"""Banked turns: turns so fast and so tight that only what flies can make them.

A helicopter or a light aircraft is no faster than a car or a train, but it banks. The sideways acceleration of a
level turn is g times the tangent of the bank (30 degrees: 5.7 m/s2). Motorways and fast railways are laid out for
1.0 to 1.3 m/s2 and never turn by half a circle; where a road does, on a loop ramp of 50 m radius, it is driven at 30 to
50 km/h.
"""

from __future__ import annotations

import numpy as np

from ..base import begins_run, expand_ranges, run_ends
from ..earth import distance_m, wrap_longitude
from ..stays import Stays
from .steps import Steps

_BIN_MS = 8_000
_SHORTEST_S, _LONGEST_S = 5.0, 40.0
_LEAST_M_S = 20.0  # 72 km/h
_LEAST_M_S2, _MOST_M_S2 = 1.5, 12.0
_MOST_UNEVEN = 2.5
_MOST_WILD = 0.2
_SHARPEST_DEG, _LEAST_DEG, _LEAST_BENDS = 100.0, 180.0, 3


def banked_turns(stays: Stays, steps: Steps) -> np.ndarray:
    """Return bool per step: True where a turn at flying bank begins; needs a fix every 40 s or more often.

    Such a turn is made of at least three bends in a row to the same side, together half a circle, at
    a speed above 72 km/h and more than 1.5 m/s2 sideways. Errors of position make zigzags, not arcs.
    """
    banked = np.zeros(len(steps.km), dtype=bool)
    quick = steps.max_by_leg(np.where(steps.brief, 0.0, steps.kmh)) >= 3.6 * _LEAST_M_S
    last = run_ends(steps.first, len(steps.leg))
    quick &= steps.end[last] - steps.start[steps.first] > _LEAST_BENDS
    leg, row = expand_ranges(steps.start[steps.first[quick]], steps.end[last[quick]] + 1)
    if len(row) == 0:
        return banked
    middle_ms = (stays.start_ms[row] + stays.end_ms[row]) // 2
    keep = begins_run(leg, middle_ms // _BIN_MS)
    leg, row, middle_ms = leg[keep], row[keep], middle_ms[keep]
    bend, wild, usable = _bends(stays.lat[row], stays.lon[row], middle_ms, leg)
    side = np.sign(bend)
    begins = begins_run(leg[1:-1], side)
    run = np.cumsum(begins) - 1
    turned = np.bincount(run, weights=np.abs(bend), minlength=1)
    bends = np.bincount(run, weights=side != 0, minlength=1)
    turning = np.flatnonzero(begins & ((turned >= _LEAST_DEG) & (bends >= _LEAST_BENDS))[run])
    # Where positions jump about, three bends to one side come by chance, among as many that turn back.
    owner = leg[1:-1]
    wilds, all_bends = (np.bincount(owner, weights=which, minlength=1) for which in (wild, usable))
    turning = turning[(wilds <= _MOST_WILD * all_bends)[owner[turning]]]
    banked[np.searchsorted(steps.start, row[1:-1][turning], side="right") - 1] = True
    return banked


def _bends(
    lat: np.ndarray, lon: np.ndarray, time_ms: np.ndarray, leg: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for every fix but the first and last the degrees turned there, if it turned back, if it was at speed.

    Right is positive, 0 where no bend counts.
    """
    seconds = np.diff(time_ms) / 1000.0
    speed = distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:]) / np.maximum(seconds, 1.0)
    usable = (leg[1:] == leg[:-1]) & (seconds >= _SHORTEST_S) & (seconds <= _LONGEST_S) & (speed >= _LEAST_M_S)
    east = wrap_longitude(np.diff(lon)) * np.cos(np.radians(lat[:-1]))
    bearing = np.degrees(np.arctan2(east, np.diff(lat)))
    bend = wrap_longitude(np.diff(bearing))
    slower, faster = np.minimum(speed[1:], speed[:-1]), np.maximum(speed[1:], speed[:-1])
    sideways = slower * np.radians(np.abs(bend)) / np.maximum((seconds[1:] + seconds[:-1]) / 2.0, 1.0)
    usable = usable[1:] & usable[:-1]
    wild = usable & (np.abs(bend) > _SHARPEST_DEG)
    counts = usable & ~wild & (faster <= _MOST_UNEVEN * slower)
    counts &= (sideways >= _LEAST_M_S2) & (sideways <= _MOST_M_S2)
    return np.where(counts, bend, 0.0), wild, usable
