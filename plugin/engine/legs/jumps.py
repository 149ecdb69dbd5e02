"""Jumps: what looks flown and no aircraft can have done, because positions drifted or were made up."""

from __future__ import annotations

from typing import Optional

import numpy as np

from ..earth import HOUR_MS, distance_km
from ..places import Places, World
from ..stays import Stays
from .banked_turns import banked_turns
from .flights import airport_km
from .settings import LegSettings
from .steps import Steps

_SAME_KM = 2.0
_LEAST_KM = 50.0
_BACK_HOURS = 1.5
_JET_KMH = 900.0
_GROUND_HOURS = 0.2


def find_jumps(
    stays: Stays,
    origin: np.ndarray,
    target: np.ndarray,
    steps: Steps,
    flown: np.ndarray,
    world: World,
    settings: LegSettings,
    airfields: Optional[Places],
) -> np.ndarray:
    """Return True for the legs that look `flown` (bool per leg), or too fast for the ground, and cannot have been.

    Between two lasting stays, of which one at least is off any airport, a flight takes its time on the ground beside
    that in the air. And who is back where it was within an hour and a half, off any airport, in one leg or in two, did
    not board in between; unless a turn was banked, as a helicopter's.
    """
    jumps = np.zeros(len(origin), dtype=bool)
    if len(origin) == 0:
        return jumps
    fast = steps.max_by_leg(np.where(steps.km >= _LEAST_KM, steps.kmh, 0.0)) > settings.air_kmh
    leg = np.flatnonzero((flown | fast) & stays.lasting[origin] & stays.lasting[target])
    if len(leg) == 0:
        return jumps
    begin, end = origin[leg], target[leg]
    off = airport_km(stays, begin, end, world, settings, airfields) > settings.airport_km
    hours = (stays.start_ms[end] - stays.end_ms[begin]) / HOUR_MS
    km = distance_km(stays.lat[begin], stays.lon[begin], stays.lat[end], stays.lon[end])
    no_time = off.any(axis=0) & (km > _JET_KMH * np.maximum(hours - _GROUND_HOURS, 0.0)) & (km > _LEAST_KM)
    returns = off.all(axis=0) & (km <= _SAME_KM) & (hours <= _BACK_HOURS)
    here, there = begin[:-1], end[1:]
    back_km = distance_km(stays.lat[here], stays.lon[here], stays.lat[there], stays.lon[there])
    pair = (end[:-1] == begin[1:]) & off[:, :-1].all(axis=0) & off[1, 1:] & (back_km <= _SAME_KM)
    pair &= (stays.start_ms[there] - stays.end_ms[here]) / HOUR_MS <= _BACK_HOURS
    returns[:-1] |= pair
    returns[1:] |= pair
    if returns.any():
        returns &= steps.sum_by_leg(banked_turns(stays, steps))[leg] == 0
    jumps[leg] = no_time | returns
    return jumps
