"""Names of plain rises: what all who came have in common, where one behavior is theirs and was nobody else's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .measured import Measured, WindowTests


def name_plain(measured: Measured, window: int, tests: WindowTests) -> WindowTests:
    """Return plain tests with the row of the pattern table that names each; -1 where the total itself is in none.

    Naming comes after testing: a rise of the whole window is named by the most telling behavior of the very same
    devices with the very same past, all others by the spot's total.
    """
    total = np.flatnonzero(measured.is_total)
    if len(total) == 0 or len(tests) == 0:
        return tests
    spot = measured.counts.spot[total]
    at = np.minimum(np.searchsorted(spot, tests.spot), len(total) - 1)
    row, alike = np.where(spot[at] == tests.spot, total[at], -1), tests.alike.copy()
    is_fall = np.array([change.is_fall for change in measured.changes])[tests.change.astype(np.int64)]
    rises = np.flatnonzero((row >= 0) & (tests.phase == 0) & ~is_fall)
    rises = rises[np.argsort(tests.spot[rises], kind="stable")]
    if len(rises) and measured.windows.baseline[window].any():
        row[rises], alike[rises] = _names_of(measured, window, row[rises])
    return replace(tests, row=row, alike=alike)


def _names_of(measured: Measured, window: int, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that name the totals in `row`, sorted by spot, and how many others each stands for."""
    counts, earlier = measured.counts, np.flatnonzero(measured.windows.baseline[window])
    spot = counts.spot[row]
    own = np.flatnonzero(np.isin(counts.spot, spot))
    place = np.searchsorted(spot, counts.spot[own])
    whole = row[place]
    same = counts.evidence[own, window] == counts.evidence[whole, window]
    own, place, whole = own[same], place[same], whole[same]
    same = (counts.devices[own][:, earlier] == counts.devices[whole][:, earlier]).all(axis=1)
    own, place = own[same], place[same]
    order = np.lexsort((counts.pattern[own], measured.preference[own], place))
    # The total is among its own names, so that each has one.
    _, first, number = np.unique(place[order], return_index=True, return_counts=True)
    return own[order][first], number - 1
