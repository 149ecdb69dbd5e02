"""Compare areas: which devices were in which areas, when they entered and left, and how many areas have in common.

Parity with "Compare Areas" of ArcGIS AllSource: by location, or by location and time, where the time of a fix must be
near, near before or near after the time of the area.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np
import pandas as pd

from ..base import Progress, StudyError, ends_run, run_starts
from ..places import SiteLookup, Sites
from ..screening import NO_TIME, Fixes

NEAR, NEAR_BEFORE, NEAR_AFTER = "near", "near before", "near after"
TIME_RELATIONSHIPS = (NEAR, NEAR_BEFORE, NEAR_AFTER)
BLOCK_FIXES = 1_000_000
"""Fixes are held against the areas so many at a time, so that a cancel is heard in between."""


@dataclass(frozen=True)
class AreaTimes:
    """When each area counts: `start_ms`, `end_ms` int64 UTC epoch ms, both included, and how far a fix may be away.

    `relationship` is one of `TIME_RELATIONSHIPS`: "near" allows `difference_ms` on both sides of the area's time,
    "near before" only that long before its start, "near after" only that long after its end.
    """

    start_ms: np.ndarray
    end_ms: np.ndarray
    relationship: str = NEAR
    difference_ms: int = 0

    def allow(self, area: np.ndarray, time_ms: np.ndarray) -> np.ndarray:
        """Return bool: which times (UTC epoch ms) fit the time of the area (row) beside them."""
        start, end = self.start_ms[area], self.end_ms[area]
        before, after = start - self.difference_ms, end + self.difference_ms
        if self.relationship == NEAR:
            return (time_ms >= before) & (time_ms <= after)
        if self.relationship == NEAR_BEFORE:
            return (time_ms >= before) & (time_ms < start)
        return (time_ms > end) & (time_ms <= after)


def compare_areas(
    fixes: Fixes, areas: Sites, times: Optional[AreaTimes] = None, progress: Optional[Progress] = None
) -> pd.DataFrame:
    """Return one row per device and area that it was seen in, by area and then by device.

    Columns: `device` int32 code, `area` int64 row of `areas`, `enter_ms`, `exit_ms` int64 UTC epoch ms of the first
    and last fix there, `duration` int64 seconds between them, `n_fixes` int64, `areas` int64: in how many of
    the areas the device was seen. Raises StudyError if nothing fits, Cancelled.
    """
    if times is not None:
        require_times(areas, times)
    row, area = fixes_in(fixes, areas, progress or Progress())
    if len(row) == 0:
        raise StudyError(nobody_was_there(areas))
    if times is not None:
        fits = times.allow(area, fixes.time_ms[row])
        row, area = row[fits], area[fits]
        if len(row) == 0:
            raise StudyError(
                "Devices were seen in these areas, but none at the time asked for. Choose another time or a longer "
                "time difference."
            )
    order = np.lexsort((row, area))  # fixes are sorted by device and time
    row, area = row[order], area[order]
    device = fixes.device[row]
    start, length = run_starts(area, device)
    last = row[np.flatnonzero(ends_run(area, device))]
    enter_ms, exit_ms, who = fixes.time_ms[row[start]], fixes.time_ms[last], device[start]
    return pd.DataFrame(
        {
            "device": who,
            "area": area[start],
            "enter_ms": enter_ms,
            "exit_ms": exit_ms,
            "duration": (exit_ms - enter_ms) // 1000,
            "n_fixes": length,
            "areas": np.bincount(who)[who],
        }
    )


def fixes_in(fixes: Fixes, areas: Sites, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
    """Return (fix, area), int64 rows of all pairs where the area holds the fix, by fix; areas may overlap.

    Raises StudyError without areas, Cancelled.
    """
    if len(areas) == 0:
        raise StudyError("There is no area to look at. Give SITES with at least one site that may be analyzed.")
    lookup = SiteLookup(areas)
    rows, found = [], []
    for begin in range(0, len(fixes), BLOCK_FIXES):
        progress.step("Looking into areas", begin / len(fixes))
        block = slice(begin, begin + BLOCK_FIXES)
        row, area, _away_m = lookup.pairs_at(fixes.lat[block], fixes.lon[block])
        order = np.lexsort((area, row))
        rows.append(row[order] + begin)
        found.append(area[order])
    none = np.empty(0, np.int64)
    return np.concatenate([none, *rows]), np.concatenate([none, *found])


def require_times(areas: Sites, times: AreaTimes) -> None:
    """Raise StudyError with a sentence if the times of the areas make no sense."""
    if times.relationship not in TIME_RELATIONSHIPS:
        raise StudyError(f"The time relationship “{times.relationship}” is unknown; choose near, near before or after.")
    if times.difference_ms <= 0 and times.relationship != NEAR:
        raise StudyError(f"The time difference must be above 0 for “{times.relationship}”.")
    without = np.flatnonzero((times.start_ms == NO_TIME) | (times.end_ms == NO_TIME))
    if len(without):
        raise StudyError(f"Area {without[0] + 1} of {len(areas)} has no time. Give it one, or a START and END for all.")
    turned = np.flatnonzero(times.end_ms < times.start_ms)
    if len(turned):
        raise StudyError(f"The time of area {turned[0] + 1} of {len(areas)} ends before it starts. Correct it.")


def nobody_was_there(areas: Sites) -> str:
    """Return the sentence for areas that nobody visited."""
    which = f"the area {areas.name[0]}" if len(areas) == 1 else f"any of the {len(areas):,} areas"
    return f"No device was seen in {which}. Choose a larger or another area, or other observations."
