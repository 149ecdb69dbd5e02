"""Devices that were made up: positions without a place to come back to and without a way between them."""

from __future__ import annotations

import numpy as np

from ..base import begins_run, run_starts
from ..earth import DAY_MS, cells_of, distance_km
from ..screening import Fixes
from .faults import INVENTED, Fault

PLACE_M = 250.0
"""Whoever lives somewhere comes back to the same cell of this size; random positions around a town hardly do."""
MIN_PLACES = 8
"""Fewest places (cells and days) of a device that say anything: of 8 at random in a town of 4 km, 2 % fall together."""
RETURN_SHARE = 0.25
"""A device with less than this of its places in cells that it was in on another day came back nowhere. Measured (`make
bench health`): of honest devices 1 in 2,000 is below, 9 in 10 are above 0.6."""
STEP_SHARE = 0.5
"""Who travels is near where it was just before: its steps are far shorter than the way between any two of its places.
Of random positions they are as long (1); measured of ships, birds and buses at most 0.2."""
MIN_INVENTED, MIN_SHARE = 5, 0.005
"""Fewest devices, and least share of them, that are told and dropped: single odd devices are kept."""


def find_invented(fixes: Fixes, first_day: int, last_day: int) -> tuple[tuple[Fault, ...], np.ndarray]:
    """Return the fault, if there is one, and the device codes (int64, rising) whose positions are made up."""
    devices = fixes.device_count
    row, back = _places(fixes)
    device = fixes.device[row]
    places = np.bincount(device, minlength=devices)
    returns = np.bincount(device, back, minlength=devices) / np.maximum(places, 1)
    drop = np.flatnonzero((places >= MIN_PLACES) & (returns < RETURN_SHARE))
    drop = drop[_step_shares(fixes, row, places)[drop] >= STEP_SHARE]
    if len(drop) < max(MIN_INVENTED, MIN_SHARE * devices):
        return (), drop[:0]
    rows = int(np.bincount(fixes.device, minlength=devices)[drop].sum())
    fault = Fault(
        INVENTED, first_day, last_day,
        f"{len(drop):,} devices come back to no place and jump between positions as if these were drawn at random: "
        "they were made up.",
        "Their rows were dropped.",
        devices=len(drop), rows=rows, share=len(drop) / devices,
    )  # fmt: skip
    return (fault,), drop


def _places(fixes: Fixes) -> tuple[np.ndarray, np.ndarray]:
    """Return the first row of each device, day and cell, in order of time, and whether the device was there on another
    day.
    """
    cell, day = cells_of(fixes.lat, fixes.lon, PLACE_M), fixes.time_ms // DAY_MS
    row = np.flatnonzero(begins_run(fixes.device, day, cell))
    device, day, cell = fixes.device[row], day[row], cell[row]
    order = np.lexsort((row, day, cell, device))
    once = order[begins_run(device[order], cell[order], day[order])]
    _, days = run_starts(device[once], cell[once])
    back = np.zeros(len(row), bool)
    back[once] = np.repeat(days > 1, days)
    once = np.sort(once)
    return row[once], back[once]


def _step_shares(fixes: Fixes, row: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the median step from place to place over the median way between places half of its time apart, float64.
    """
    device = fixes.device[row]
    half = places // 2
    begin = np.cumsum(places) - places
    at = np.arange(len(row))
    step = np.minimum(at + 1, len(row) - 1)
    far = begin[device] + (at - begin[device] + half[device]) % np.maximum(places[device], 1)
    last = at == (begin + places - 1)[device]
    steps = _medians(device[~last], _km(fixes, row[at[~last]], row[step[~last]]), len(places))
    ways = _medians(device, _km(fixes, row[at], row[far]), len(places))
    return steps / np.maximum(ways, 1e-3)


def _km(fixes: Fixes, here: np.ndarray, there: np.ndarray) -> np.ndarray:
    return distance_km(fixes.lat[here], fixes.lon[here], fixes.lat[there], fixes.lon[there])


def _medians(group: np.ndarray, values: np.ndarray, groups: int) -> np.ndarray:
    """Return the (upper) median of each group's values, 0 where it has none."""
    order = np.lexsort((values, group))
    size = np.bincount(group, minlength=groups)
    begin = np.cumsum(size) - size
    result = np.zeros(groups)
    some = size > 0
    result[some] = values[order][(begin + size // 2)[some]]
    return result
