"""Counts: distinct devices per spot, pattern and window, kept only where a pattern ever reaches the minimum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from .behaviors import Library
from .facets import Facets, find_facets
from .history import History
from .localtime import local_day
from .progress import Progress
from .sorted_runs import begins_run, expand_ranges, run_starts
from .windows import Windows

CHUNK_ROWS = 3_000_000
_EVIDENCE_SEED = 20230726


@dataclass(frozen=True)
class Presence:
    """Which visits fall into which windows: `visit` and `window` rows, and `devices` int32 (spots, windows)."""

    visit: np.ndarray
    window: np.ndarray
    devices: np.ndarray


@dataclass(frozen=True)
class PatternCounts:
    """Distinct devices of each (spot, pattern) in each window.

    `spot` int32 and `pattern` int32 of shape (n,), sorted; `devices` int32 (n, windows); `evidence` uint64
    (n, windows) is equal where the same devices are meant (sum of one random number per device). A pattern is
    (who * len(when) + when) * len(what) + what, indices into the library.
    """

    spot: np.ndarray
    pattern: np.ndarray
    devices: np.ndarray
    evidence: np.ndarray


def find_presence(history: History, windows: Windows) -> Presence:
    """Return which visits overlap which windows (whole local days of the spot) and the distinct devices per spot."""
    first, last = history.day, local_day(history.end_ms)
    visit, window = [], []
    for index, start in enumerate(windows.start_day):
        rows = np.flatnonzero((last >= start) & (first < start + windows.length_days))
        visit.append(rows)
        window.append(np.full(len(rows), index, np.int16))
    visit_rows, window_rows = np.concatenate(visit), np.concatenate(window)
    spots, devices = len(history.visits.spots), int(history.visits.stays.device.max()) + 1
    cell = history.visits.spot[visit_rows].astype(np.int64) * len(windows) + window_rows
    pairs = np.unique(cell * devices + history.visits.stays.device[visit_rows])
    counted = np.bincount(pairs // devices, minlength=spots * len(windows)).reshape(spots, len(windows))
    return Presence(visit_rows, window_rows, counted.astype(np.int32))


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
    spot_of = history.visits.spot
    busy = presence.devices.max(axis=1) >= min_devices
    rows = np.flatnonzero(busy[spot_of[presence.visit]])
    visit, window = presence.visit[rows], presence.window[rows]
    distinct_visits, at = np.unique(visit, return_inverse=True)
    facets = find_facets(history, distinct_visits, library, profile_end_day)
    triple, first = _number_triples(facets)
    starts, patterns = _patterns_of(facets, first, library)
    order = np.lexsort((history.visits.stays.device[visit], window, spot_of[visit]))
    visit, window, triple = visit[order], window[order], triple[at[order]]
    device = history.visits.stays.device[visit]
    columns = (spot_of[visit], window, device, triple)
    keep = begins_run(*columns)
    spot, window, device, triple = (column[keep] for column in columns)
    number = np.random.default_rng(_EVIDENCE_SEED).integers(1, 2**63, int(device.max(initial=0)) + 1, dtype=np.uint64)
    parts = []
    cuts = _spot_cuts(spot, (starts[triple + 1] - starts[triple]))
    for begin, end in zip(cuts[:-1], cuts[1:]):
        if progress is not None:
            progress.step("Counting behaviors", begin / max(1, len(spot)))
        part = slice(begin, end)
        parts.append(
            _count_part(
                spot[part], window[part], device[part], triple[part], starts, patterns, len(windows), number,
                _pattern_total(library), min_devices,
            )
        )
    return _joined(parts, len(windows)), facets


def _pattern_total(library: Library) -> int:
    return len(library.who) * len(library.when) * len(library.what)


def _number_triples(facets: Facets) -> tuple[np.ndarray, np.ndarray]:
    """Return a dense number for each visit's (who, when, what) masks and the first visit row of each number."""
    code = np.zeros(len(facets.rows), np.int64)
    for mask in (facets.who, facets.when, facets.what):
        _, dense = np.unique(mask, return_inverse=True)
        code = code * (int(dense.max(initial=0)) + 1) + dense
    _, first, number = np.unique(code, return_index=True, return_inverse=True)
    return number, first


def _patterns_of(facets: Facets, first: np.ndarray, library: Library) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each distinct triple, where its patterns begin in the flat list of patterns, and that list."""
    starts, flat = [np.zeros(1, np.int64)], []
    total = 0
    for begin in range(0, len(first), 1024):
        rows = first[begin : begin + 1024]
        bits = [
            ((mask[rows][:, None] >> np.arange(len(axis), dtype=np.uint64)) & np.uint64(1)).astype(bool)
            for mask, axis in ((facets.who, library.who), (facets.when, library.when), (facets.what, library.what))
        ]
        every = bits[0][:, :, None, None] & bits[1][:, None, :, None] & bits[2][:, None, None, :]
        owner, pattern = np.nonzero(every.reshape(len(rows), -1))
        flat.append(pattern.astype(np.int32))
        starts.append(total + np.cumsum(np.bincount(owner, minlength=len(rows))))
        total += len(pattern)
    return np.concatenate(starts), np.concatenate(flat) if flat else np.empty(0, np.int32)


def _spot_cuts(spot: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return row borders between spots so that each part expands to about CHUNK_ROWS."""
    total = np.cumsum(size)
    if len(spot) == 0:
        return np.zeros(1, np.int64)
    wanted = np.searchsorted(total, np.arange(CHUNK_ROWS, total[-1], CHUNK_ROWS))
    borders = np.searchsorted(spot, spot[wanted], "left")
    return np.unique(np.concatenate(([0], borders, [len(spot)])))


def _count_part(
    spot, window, device, triple, starts, patterns, windows, number, pattern_total, min_devices  # noqa: ANN001
) -> tuple[np.ndarray, ...]:
    owner, entry = expand_ranges(starts[triple], starts[triple + 1])
    pair = spot[owner].astype(np.int64) * pattern_total + patterns[entry]
    devices = len(number)
    key = np.unique((pair * windows + window[owner]) * devices + device[owner])
    cell = key // devices
    begin, count = run_starts(cell)
    evidence = np.add.reduceat(number[key - cell * devices], begin)
    cell = cell[begin]
    pair = cell // windows
    reaches = np.unique(pair[count >= min_devices])
    keep = np.isin(pair, reaches)
    at = np.searchsorted(reaches, pair[keep])
    table = np.zeros((len(reaches), windows), np.int32)
    proof = np.zeros((len(reaches), windows), np.uint64)
    column = (cell - pair * windows)[keep]
    table[at, column] = count[keep]
    proof[at, column] = evidence[keep]
    return (reaches // pattern_total).astype(np.int32), (reaches % pattern_total).astype(np.int32), table, proof


def _joined(parts: list[tuple], windows: int) -> PatternCounts:
    empty = (
        np.empty(0, np.int32), np.empty(0, np.int32), np.empty((0, windows), np.int32),
        np.empty((0, windows), np.uint64),
    )
    return PatternCounts(*(np.concatenate(columns) for columns in zip(empty, *parts)))
