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

CHUNK_ROWS = 1_000_000
_EVIDENCE_SEED = 20230726


@dataclass(frozen=True)
class Presence:
    """Which visits fall into which windows: `visit` and `window` rows, and `devices` int32 (spots, windows)."""

    visit: np.ndarray
    window: np.ndarray
    devices: np.ndarray

    def busy_spots(self, min_devices: int) -> np.ndarray:
        """Return bool (spots,): True where at least `min_devices` were present in some window."""
        return self.devices.max(axis=1) >= min_devices


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


@dataclass(frozen=True)
class _Triples:
    """The distinct (who, when, what) masks: triple t matches `pattern[start[t] : start[t + 1]]`."""

    start: np.ndarray
    pattern: np.ndarray


@dataclass(frozen=True)
class _Seen:
    """Distinct rows of a spot, a window, a device seen there then and the triple it matched, sorted by spot."""

    spot: np.ndarray
    window: np.ndarray
    device: np.ndarray
    triple: np.ndarray

    def take(self, rows: slice) -> _Seen:
        return _Seen(self.spot[rows], self.window[rows], self.device[rows], self.triple[rows])


def find_presence(history: History, windows: Windows) -> Presence:
    """Return which visits overlap which windows (whole local days of the spot) and the distinct devices per spot."""
    first, last = history.day, local_day(history.end_ms)
    visit: list[np.ndarray] = []
    window: list[np.ndarray] = []
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
    rows = np.flatnonzero(presence.busy_spots(min_devices)[history.visits.spot[presence.visit]])
    visit, window = presence.visit[rows], presence.window[rows]
    distinct_visits, at = np.unique(visit, return_inverse=True)
    progress = progress or Progress()
    facets = find_facets(history, distinct_visits, library, profile_end_day, progress.part(0.0, 0.3))
    progress.step("Counting behaviors", 0.3)
    triple, first = _number_triples(facets)
    triples = _patterns_of(facets, first, library)
    progress.step("Counting behaviors", 0.4)
    seen = _seen_rows(history, visit, window, triple[at.ravel()])
    devices = int(seen.device.max(initial=0)) + 1
    number = np.random.default_rng(_EVIDENCE_SEED).integers(1, 2**63, devices, dtype=np.uint64)
    shape = (len(library.who) * len(library.when) * len(library.what), len(windows))
    parts = []
    cuts = _spot_cuts(seen.spot, triples.start[seen.triple + 1] - triples.start[seen.triple])
    for begin, end in zip(cuts[:-1], cuts[1:]):
        progress.step("Counting behaviors", 0.4 + 0.6 * begin / max(1, len(seen.spot)))
        parts.append(_count_part(seen.take(slice(begin, end)), triples, number, shape, min_devices))
    return _joined(parts, len(windows)), facets


def _seen_rows(history: History, visit: np.ndarray, window: np.ndarray, triple: np.ndarray) -> _Seen:
    spot, device = history.visits.spot[visit], history.visits.stays.device[visit]
    order = np.lexsort((device, window, spot))
    columns = [column[order] for column in (spot, window, device, triple)]
    # Visits of one device stand side by side, so most repeats fall to this cheap test; the rest fall when counted.
    keep = begins_run(*columns)
    return _Seen(*(column[keep] for column in columns))


def _number_triples(facets: Facets) -> tuple[np.ndarray, np.ndarray]:
    """Return a dense number for each visit's (who, when, what) masks and the first visit row of each number."""
    code = np.zeros(len(facets.rows), np.int64)
    for mask in (facets.who, facets.when, facets.what):
        _, dense = np.unique(mask, return_inverse=True)
        code = code * (int(dense.max(initial=0)) + 1) + dense
    _, first, number = np.unique(code, return_index=True, return_inverse=True)
    return number, first


def _patterns_of(facets: Facets, first: np.ndarray, library: Library) -> _Triples:
    """Return the patterns of each distinct triple, which the visit row `first` has."""
    starts, flat = [np.zeros(1, np.int64)], []
    total = 0
    asked = library.asked.any(axis=3)
    for begin in range(0, len(first), 1024):
        rows = first[begin : begin + 1024]
        bits = [
            ((mask[rows][:, None] >> np.arange(len(axis), dtype=np.uint64)) & np.uint64(1)).astype(bool)
            for mask, axis in ((facets.who, library.who), (facets.when, library.when), (facets.what, library.what))
        ]
        every = bits[0][:, :, None, None] & bits[1][:, None, :, None] & bits[2][:, None, None, :] & asked
        owner, pattern = np.nonzero(every.reshape(len(rows), -1))
        flat.append(pattern.astype(np.int32))
        starts.append(total + np.cumsum(np.bincount(owner, minlength=len(rows))))
        total += len(pattern)
    return _Triples(np.concatenate(starts), np.concatenate(flat) if flat else np.empty(0, np.int32))


def _spot_cuts(spot: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return row borders between spots so that each part expands to about CHUNK_ROWS."""
    total = np.cumsum(size)
    if len(spot) == 0:
        return np.zeros(1, np.int64)
    wanted = np.searchsorted(total, np.arange(CHUNK_ROWS, total[-1], CHUNK_ROWS))
    borders = np.searchsorted(spot, spot[wanted], "left")
    return np.unique(np.concatenate(([0], borders, [len(spot)])))


def _count_part(
    seen: _Seen, triples: _Triples, number: np.ndarray, shape: tuple[int, int], min_devices: int
) -> tuple[np.ndarray, ...]:
    """Return the columns of `PatternCounts` for some spots; `number` per device, `shape` (patterns, windows)."""
    pattern_total, windows = shape
    owner, entry = expand_ranges(triples.start[seen.triple], triples.start[seen.triple + 1])
    pair = seen.spot[owner].astype(np.int64) * pattern_total + triples.pattern[entry]
    devices = len(number)
    key = np.unique((pair * windows + seen.window[owner]) * devices + seen.device[owner])
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
