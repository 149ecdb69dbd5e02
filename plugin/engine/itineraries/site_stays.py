"""Stays at whole sites: fixes inside one site within a few hours are one stay, however large the site."""

from __future__ import annotations

import numpy as np

from ..base import begins_run, run_ends
from ..earth import HOUR_MS
from ..stays import StaySettings
from ..visits import Visits

FEW_HOURS_MS = 6 * HOUR_MS
"""By hand: as far as the estimate of an arrival reaches into a silence (`max_reach_hours`)."""


def stayed(visits: Visits) -> np.ndarray:
    """Return bool per visit: part of a lasting stay, be it near one point or inside one site.

    Visits are sorted by device and time. Two fixes at the two ends of an airport are no stay near a point.
    """
    stays, spot = visits.stays, visits.spot
    if len(spot) == 0:
        return stays.lasting
    begins = begins_run(stays.device, spot)
    begins[1:] |= stays.start_ms[1:] - stays.end_ms[:-1] > FEW_HOURS_MS
    first = np.flatnonzero(begins)
    last = run_ends(first, len(spot))
    least_ms = StaySettings.min_minutes * 60_000
    long = (visits.spots.kind[spot[first]] == "site") & (stays.end_ms[last] - stays.start_ms[first] >= least_ms)
    lasting: np.ndarray = stays.lasting | np.repeat(long, last - first + 1)
    return lasting
