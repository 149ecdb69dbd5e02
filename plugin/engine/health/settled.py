"""Devices that live somewhere: those that may count as the panel which others are compared with."""

from __future__ import annotations

import numpy as np

from ..base import begins_run, run_starts
from ..earth import DAY_MS, cells_of
from ..screening import Fixes

PLACE_M = 1000.0
"""Side of the cells that a device comes back to: its home or work with their surroundings."""
MIN_DAYS = 3
"""On so many days a device has to be in one cell, by hand: who passes through for a night or two does not live there.
"""


def find_settled(fixes: Fixes) -> np.ndarray:
    """Return bool per device code: whether it came back to one place on some days, so that it lives somewhere."""
    cell, day = cells_of(fixes.lat, fixes.lon, PLACE_M), fixes.time_ms // DAY_MS
    first = np.flatnonzero(begins_run(fixes.device, day, cell))
    device, day, cell = fixes.device[first], day[first], cell[first]
    order = np.lexsort((day, cell, device))
    order = order[begins_run(device[order], cell[order], day[order])]
    start, days = run_starts(device[order], cell[order])
    settled = np.zeros(fixes.device_count, bool)
    settled[device[order][start[days >= MIN_DAYS]]] = True
    return settled
