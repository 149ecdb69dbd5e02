"""Counts: distinct devices per spot, pattern and window, kept only where a pattern ever reaches the minimum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..base import Columns, Progress, begins_run, expand_ranges, work_in_threads
from ..behaviors import Library
from ..facets import Facets, find_facets
from ..history import History
from .pattern_kernel import Counted, Layout, Seen, Twins, count_block
from .presence import Presence
from .windows import Windows

BLOCK_ROWS = 100_000
"""Visits in windows that are counted at a time: few enough for the processor's cache."""
_EVIDENCE_SEED = 20230726


@dataclass(frozen=True)
class PatternCounts(Columns):
    """Distinct devices of each (spot, pattern) in each window.

    `spot` int32 and `pattern` int32 of shape (n,), sorted; `devices` int32 (n, windows); `evidence` uint64
    (n, windows) is equal where the same devices are meant (sum of one random number per device). Patterns are numbered
    by the library's `patterns`.
    """

    spot: np.ndarray
    pattern: np.ndarray
    devices: np.ndarray
    evidence: np.ndarray


def count_patterns(
    history: History,
    presence: Presence,
    windows: Windows,
    library: Library,
    profile_end_day: int,
    min_devices: int,
    progress: Optional[Progress] = None,
) -> tuple[PatternCounts, Facets]:
    """Return the distinct devices per spot, pattern and window, and the facets of the visits behind them.

    Only spots and patterns that reach `min_devices` in some window are counted.
    """
    busy = presence.busy_spots(min_devices)
    visit = np.flatnonzero(busy[history.visits.spot] & (presence.last > presence.first))
    progress = progress or Progress()
    facets = find_facets(history, visit, library, profile_end_day, progress.part(0.0, 0.5))
    return count_facets(history, presence, facets, library, min_devices, progress.part(0.5, 1.0)), facets


def count_facets(
    history: History,
    presence: Presence,
    facets: Facets,
    library: Library,
    min_devices: int,
    progress: Optional[Progress] = None,
) -> PatternCounts:
    """Return the distinct devices per spot, pattern and window of the visits that `facets` describes."""
    visits, visit, windows = history.visits, facets.rows, presence.devices.shape[1]
    progress = progress or Progress()
    progress.step("Counting behaviors", 0.0)
    layout, asked = Layout.of(library), library.asked.any(axis=3).ravel()
    words = layout.pack(facets)
    devices = int(visits.stays.device.max(initial=0)) + 1
    number = np.random.default_rng(_EVIDENCE_SEED).integers(1, 2**63, devices, dtype=np.uint64)
    order = np.argsort(visits.spot[visit], kind="stable")
    cuts = _spot_cuts(visits.spot[visit[order]], (presence.last - presence.first)[visit[order]])

    def count(rows: np.ndarray) -> list[Counted]:
        spot = visits.spot[visit[rows]]
        begins = begins_run(spot)
        dense, names = np.cumsum(begins) - 1, spot[begins]
        twins = Twins.of(dense, facets.who[rows])
        seen = _seen_in_windows(history, presence, visit[rows], dense, [word[rows] for word in words])
        parts = count_block(seen, twins, layout, asked, number, windows, min_devices)
        return [(names[spot].astype(np.int32), *rest) for spot, *rest in parts]

    parts: list[Counted] = []
    blocks = (order[begin:end] for begin, end in zip(cuts[:-1], cuts[1:]))
    for end, block in zip(cuts[1:], work_in_threads(count, blocks)):
        parts += block
        progress.step("Counting behaviors", end / max(1, len(order)))
    return _joined(parts, windows)


def _seen_in_windows(
    history: History, presence: Presence, visit: np.ndarray, spot: np.ndarray, words: list[np.ndarray]
) -> Seen:
    """Return visits, given spot after spot with dense numbers `spot`, in their windows."""
    owner, window = expand_ranges(presence.first[visit].astype(np.int64), presence.last[visit])
    order = np.argsort(spot[owner] * (int(window.max(initial=0)) + 1) + window, kind="stable")
    owner, window = owner[order], window[order]
    device = history.visits.stays.device[visit]
    return Seen(spot[owner], window, device[owner], [word[owner] for word in words])


def _spot_cuts(spot: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return borders between spots so that the rows of each part have a total size of about BLOCK_ROWS."""
    if len(spot) == 0:
        return np.zeros(1, np.int64)
    total = np.cumsum(size, dtype=np.int64)
    wanted = np.searchsorted(total, np.arange(BLOCK_ROWS, total[-1], BLOCK_ROWS))
    borders = np.searchsorted(spot, spot[wanted], "left")
    return np.unique(np.concatenate(([0], borders, [len(spot)])))


def _joined(parts: list[Counted], windows: int) -> PatternCounts:
    number, table = np.empty(0, np.int32), np.empty((0, windows), np.int32)
    none = PatternCounts(number, number, table, table.astype(np.uint64))
    return PatternCounts.joined([none, *(PatternCounts(*part) for part in parts)])
