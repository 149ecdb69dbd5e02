"""Positions that are no measurements: the middle of a town, a square or an area, reported by several devices."""

from __future__ import annotations

import numpy as np

from ..base import distinct_pairs, mixed, position_keys, run_starts
from ..earth import DAY_MS, cells_of
from ..screening import Fixes
from .faults import CENTRES, Fault, day_text

MIN_SHARING = 3
"""Devices that report a position to the last digit before it is taken for a centre: of measured ones with five digits
and more two hardly ever do."""
NEAR_M, CROWD_SHARE = 100.0, 0.1
"""Of the rows around (in cells of this size) a centre has at least this share: where thousands were measured some are
equal by chance, each of them a few of all."""
LEAST_SHARE, LEAST_CROWDED = 0.003, 0.02
"""Share of the rows of a week at centres that is told where it has risen, and of all rows at positions so crowded that
screening dropped them. By hand: some rows of every vendor are there (0.8 % of the scenario's)."""
SNAPPED_SHARE = 0.5
"""Where this share of all rows is at shared positions, on the usual day, positions were rounded as a whole: that is how
they are measured, and no fault."""
RISE = 3.0
"""How many times the share of the usual week the worst has to have: stops, berths and depots are shared every week."""
SPAN_DAYS = 7
SAMPLE_ROWS, SAMPLE_END = 200_000, np.uint64((1 << 61) - 1)
"""Of more rows, an eighth of all cells is looked at first: 25,000 rows tell 1 % well enough."""


def find_centres(fixes: Fixes, first_day: int, last_day: int, crowded: int) -> tuple[tuple[Fault, ...], np.ndarray]:
    """Return the fault, if there is one, and the fixes (bool) at centres; none where positions are rounded anyway.

    `crowded` rows were dropped before, at positions that very many devices report.
    """
    none = np.zeros(len(fixes), bool)
    days, day = last_day - first_day + 1, fixes.time_ms // DAY_MS - first_day
    if days < 1:
        return (), none
    key = position_keys(fixes.lat, fixes.lon)
    # A part of all positions tells whether it is worth to look at all of them.
    cell = cells_of(fixes.lat, fixes.lon, NEAR_M)
    part = np.flatnonzero(mixed(cell.view(np.uint64)) <= SAMPLE_END)
    if len(key) > SAMPLE_ROWS and not _is_fault(
        _weekly(_are_shared(key[part], cell[part], fixes.device[part]), day[part], days)[0]
    ):
        return _crowded(fixes, first_day, last_day, crowded), none
    at_centre = _are_shared(key, cell, fixes.device)
    share, hits, rows = _weekly(at_centre, day, days)
    if not _is_fault(share):
        return _crowded(fixes, first_day, last_day, crowded), none
    above = np.flatnonzero(hits > 0.5 * share.max() * rows)
    start, end = first_day + int(above[0]), first_day + int(above[-1])
    fault = Fault(
        CENTRES, start, end,
        f"From {day_text(start)} on many rows have the position of a town or square instead of their own: several "
        "devices report it to the last digit.",
        "These rows were dropped.",
        devices=len(np.unique(fixes.device[at_centre])), rows=int(at_centre.sum()) + crowded,
        share=(int(at_centre.sum()) + crowded) / (len(fixes) + crowded),
    )  # fmt: skip
    return (fault,), at_centre


def _crowded(fixes: Fixes, first_day: int, last_day: int, crowded: int) -> tuple[Fault, ...]:
    """Return the fault of rows that screening dropped, if they are many."""
    share = crowded / max(1, len(fixes) + crowded)
    if share < LEAST_CROWDED:
        return ()
    return (Fault(
        CENTRES, first_day, last_day,
        f"{share:.0%} of the rows have the position of a town or square instead of their own: very many devices report "
        "it to the last digit.",
        "These rows were dropped.", rows=crowded, share=share,
    ),)  # fmt: skip


def _weekly(at_centre: np.ndarray, day: np.ndarray, days: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the share of rows at centres in each week (from every day on), and both numbers of each day."""
    inside = (day >= 0) & (day < days)
    rows, hits = (np.bincount(day[chosen], minlength=days) for chosen in (inside, inside & at_centre))
    week = np.ones(min(SPAN_DAYS, days))
    share = np.convolve(hits, week, "valid") / np.maximum(np.convolve(rows, week, "valid"), 1)
    return share, hits, rows


def _is_fault(share: np.ndarray) -> bool:
    worst = float(share.max(initial=0.0))
    return float(np.median(share)) <= SNAPPED_SHARE and worst >= LEAST_SHARE and worst >= RISE * float(share.min())


def _are_shared(key: np.ndarray, cell: np.ndarray, device: np.ndarray) -> np.ndarray:
    """Return bool per row: whether several devices report its position (`key`) to the last digit, more than chance lets
    them in a `cell`.
    """
    order = np.lexsort((key, cell))
    start, size = run_starts(cell[order], key[order])
    _, number = np.unique(cell[order][start], return_inverse=True)
    crowd = np.bincount(number, size)[number]
    often = (size >= MIN_SHARING) & (size >= CROWD_SHARE * crowd)
    run = np.repeat(np.arange(len(start)), size)
    rows, run = order[often[run]], run[often[run]]
    of_run, _ = distinct_pairs(run, device[rows])
    shared = np.bincount(of_run, minlength=len(start)) >= MIN_SHARING
    result = np.zeros(len(key), bool)
    result[rows] = shared[run]
    return result
