"""Device ids that two owners seem to use: two places inhabited at the same time, with impossible ways between them.

Feeds reuse ids, and some phones share one. Such a device is here and there within minutes, again and again, and lives
in both places; a wrong position is not lived in, and a traveller is not in two places in one hour.
"""

from __future__ import annotations

import numpy as np

from ..base import begins_run, pairs, position_keys, run_starts
from ..earth import DAY_MS, HOUR_MS, Squares
from .fast_steps import FastSteps, is_return
from .observations import Observations

MIN_DAYS = 3
"""So many days a place must be lived in, and so many days the device must be in both at once."""

RETURNS_IN_HOUR = 2
"""Here, there, here and there again within one hour: one wrong fix makes a single return."""

SHARE_OF_STEPS = 0.2
"""Of an hour's steps so many lead from one place to the other; stray fixes of a dense track are far fewer."""

SHARE_OF_HOURS = 0.02
"""Of the hours in which it could be seen, at least so many show both places."""

PLACE_DEGREES = 0.05
LIVED_IN_POSITIONS = 3


def find_two_owners(rows: Observations, steps: FastSteps) -> np.ndarray:
    """Return the device codes (int64, rising) in `rows` whose id seems to have two owners.

    `rows` must be whole devices sorted by device and time, `steps` their fast steps. Owners who live less than 5 km
    apart, or who are hardly ever seen in the same hour, are not told apart.
    """
    out = np.flatnonzero(rows.device[steps.start[1:]] == rows.device[steps.start[:-1]])
    out = out[rows.time_ms[steps.start[out + 1] + 1] - rows.time_ms[steps.start[out]] <= HOUR_MS]
    out = out[is_return(rows, steps, out, out + 1)]
    here = steps.start[out]
    hour, returns = run_starts(rows.device[here], rows.time_ms[here] // HOUR_MS)
    torn = here[hour[returns >= RETURNS_IN_HOUR]]
    suspects = _seen_often(rows.device[torn], rows.time_ms[torn] // DAY_MS)
    if len(suspects) == 0:
        return suspects
    here = here[np.isin(rows.device[here], suspects)]
    # From now on the rows of the suspects alone: where they were, and in which hours.
    row = np.flatnonzero(np.isin(rows.device, suspects))
    rows, here = rows.take(row), np.searchsorted(row, here)
    lived_in = _is_lived_in(rows)
    here = here[lived_in[here] & lived_in[here + 1]]
    return _torn_between(rows, here)


def _seen_often(device: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return the devices (rising) with at least `MIN_DAYS` distinct days."""
    order = np.lexsort((day, device))
    device, day = device[order], day[order]
    found, days = np.unique(device[begins_run(device, day)], return_counts=True)
    return found[days >= MIN_DAYS]


def _is_lived_in(rows: Observations) -> np.ndarray:
    """Return bool per row: whether its device measured some positions at this place in one hour, on several days.

    The position of a cell tower never varies: it is no place that the device was at.
    """
    place = pairs(rows.device - rows.device[0], Squares(PLACE_DEGREES).keys_at(rows.lat, rows.lon))
    hour = rows.time_ms // HOUR_MS
    position = position_keys(rows.lat, rows.lon)
    order = np.lexsort((position, hour, place))
    order = order[begins_run(place[order], hour[order], position[order])]
    start, positions = run_starts(place[order], hour[order])
    lived = order[start[positions >= LIVED_IN_POSITIONS]]
    return np.isin(place, _seen_often(place[lived], hour[lived] // 24))


def _torn_between(rows: Observations, here: np.ndarray) -> np.ndarray:
    """Return the devices that were in two places in many of their hours; from row `here` they went and returned."""
    hour = rows.time_ms // HOUR_MS
    start, fixes = run_starts(rows.device, hour)
    returns = np.bincount(np.searchsorted(start, here, side="right") - 1, minlength=len(start))
    torn = (returns >= RETURNS_IN_HOUR) & (returns + 1 >= SHARE_OF_STEPS * (fixes - 1))
    could_show = fixes >= RETURNS_IN_HOUR + 2
    device = rows.device[start]
    found = _seen_often(device[torn], hour[start][torn] // 24)
    is_found = np.isin(device, found)
    torn_hours, hours = (
        np.bincount(np.searchsorted(found, device[chosen & is_found]), minlength=len(found))
        for chosen in (torn, could_show)
    )
    return found[torn_hours >= SHARE_OF_HOURS * hours]
