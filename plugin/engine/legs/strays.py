"""Lone fixes far out: wrong records, which are no journeys, and last signs of a flight, which are its end."""

from __future__ import annotations

from typing import Optional

import numpy as np

from ..earth import HOUR_MS, distance_km
from ..places import Places, World
from ..stays import Stays
from .flights import APRON, airport_km
from .settings import LegSettings
from .steps import SHORTEST_HOURS

_FAR_KM = 50.0
_BACK = 0.2
_ASIDE = 0.8
_JET_KMH = 900.0


def find_strays(
    stays: Stays, world: World, settings: LegSettings, airfields: Optional[Places]
) -> tuple[np.ndarray, np.ndarray]:
    """Return bool per halt: True for the lone fixes that are wrong records; and for those that are landings.

    Both lie 50 km and more from the halts before and after, and too fast or too far for a drive: out between halts
    close together, or so far aside that the way is longer by 0.8 of what it leads out. One wrong record would
    make two flights, and is not evidence enough for going and returning. But one at an airport, in as much time as a
    jet needs to come and to leave, says that the device landed there.
    """
    stray, landed = np.zeros(len(stays), dtype=bool), np.zeros(len(stays), dtype=bool)
    if len(stays) < 3:
        return stray, landed
    km = distance_km(stays.lat[:-1], stays.lon[:-1], stays.lat[1:], stays.lon[1:])
    hours = np.maximum((stays.start_ms[1:] - stays.end_ms[:-1]) / HOUR_MS, SHORTEST_HOURS)
    across_km = distance_km(stays.lat[:-2], stays.lon[:-2], stays.lat[2:], stays.lon[2:])
    nearer_km = np.minimum(km[:-1], km[1:])
    too_fast = km / hours > settings.drive_kmh
    unlikely = too_fast | (km >= settings.airport_air_km)
    back = (across_km <= _BACK * nearer_km) & (unlikely[:-1] | unlikely[1:])
    aside = (km[:-1] + km[1:] - across_km >= _ASIDE * nearer_km) & (too_fast[:-1] | too_fast[1:])
    lone = (stays.n_fixes[1:-1] == 1) & ~stays.lasting[1:-1] & (stays.device[:-2] == stays.device[2:])
    row = 1 + np.flatnonzero(lone & (nearer_km >= _FAR_KM) & (back | aside))
    in_time = (km <= _JET_KMH * hours)[row - 1] & (km <= _JET_KMH * hours)[row]
    away_km = airport_km(stays, row, row, world, settings, airfields)[0]
    at_airport = in_time & (away_km <= APRON * settings.airport_km)
    stray[row[~at_airport]] = True
    landed[row[at_airport]] = True
    return stray, landed
