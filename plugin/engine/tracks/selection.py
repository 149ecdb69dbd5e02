"""Select movement tracks: the fixes of those devices that were in an area, before, after or on both sides of it.

Parity with "Select Movement Tracks" of ArcGIS AllSource. The time counts from each device's own first fix in the area,
and from its own last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..base import Columns, Progress, StudyError, ends_run, run_starts
from ..earth import HOUR_MS
from ..places import Sites
from ..screening import Fixes
from .areas import fixes_in, nobody_was_there

NONE, BEFORE, AFTER, BEFORE_AFTER = "none", "before", "after", "before and after"
RELATIONSHIPS = (NONE, BEFORE, AFTER, BEFORE_AFTER)
SIDES = ("before", "during", "after")
"""Where a fix lies beside the time from the first to the last fix in the area; `side` is an index into this."""


@dataclass(frozen=True)
class TrackSelection(Columns):
    """The fixes selected, `rows` int64 in order; `side` int8 index into `SIDES`; `hours` float64 from the area's time.

    `hours` are below 0 before the first fix in the area, above 0 after the last, 0 between.
    """

    rows: np.ndarray
    side: np.ndarray
    hours: np.ndarray


def select_tracks(
    fixes: Fixes,
    areas: Sites,
    relationship: str = NONE,
    selection_hours: float = 24.0,
    window: Optional[tuple[int, int]] = None,
    progress: Optional[Progress] = None,
) -> TrackSelection:
    """Return the fixes of the devices seen in any of the areas; all of them with "none".

    With the other `RELATIONSHIPS` only those up to `selection_hours` before the first or after the last fix there.
    `window` (UTC epoch ms, both included) limits which fixes in the areas count. Raises StudyError, Cancelled.
    """
    if relationship not in RELATIONSHIPS:
        raise StudyError(f"The time relationship “{relationship}” is unknown; choose none, before, after or both.")
    inside = np.unique(fixes_in(fixes, areas, progress or Progress())[0])
    if len(inside) == 0:
        raise StudyError(nobody_was_there(areas))
    if window is not None:
        inside = inside[(fixes.time_ms[inside] >= window[0]) & (fixes.time_ms[inside] <= window[1])]
        if len(inside) == 0:
            raise StudyError("Devices were seen in the area, but none in this window. Choose a longer window.")
    start, _ = run_starts(fixes.device[inside])
    last = np.flatnonzero(ends_run(fixes.device[inside]))
    first_ms, last_ms = np.zeros(fixes.device_count, np.int64), np.zeros(fixes.device_count, np.int64)
    who = fixes.device[inside[start]]
    first_ms[who], last_ms[who] = fixes.time_ms[inside[start]], fixes.time_ms[inside[last]]
    was_there = np.zeros(fixes.device_count, bool)
    was_there[who] = True
    rows = np.flatnonzero(was_there[fixes.device])
    time_ms, device = fixes.time_ms[rows], fixes.device[rows]
    away_ms = np.minimum(time_ms - first_ms[device], 0) + np.maximum(time_ms - last_ms[device], 0)
    chosen = _chosen(away_ms, relationship, round(selection_hours * HOUR_MS))
    if not chosen.any():
        raise StudyError(
            f"No fix lies within {selection_hours:g} hours {relationship} the time in the area. Choose more hours."
        )
    return TrackSelection(rows[chosen], (np.sign(away_ms[chosen]) + 1).astype(np.int8), away_ms[chosen] / HOUR_MS)


def _chosen(away_ms: np.ndarray, relationship: str, reach_ms: int) -> np.ndarray:
    if relationship == NONE:
        return np.ones(len(away_ms), bool)
    near = np.abs(away_ms) <= reach_ms
    before, after = near & (away_ms < 0), near & (away_ms > 0)
    return {BEFORE: before, AFTER: after, BEFORE_AFTER: before | after}[relationship]
