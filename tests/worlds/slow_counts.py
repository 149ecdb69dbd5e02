"""Counting the slow way: every pattern of every visit is written out, then sorted; nothing is left out beforehand."""

from __future__ import annotations

import numpy as np
from sitelight.plugin.engine.counting import PatternCounts
from sitelight.plugin.engine.earth import local_day

EVIDENCE_SEED = 20230726


def slow_pairs(history, windows) -> tuple[np.ndarray, np.ndarray]:
    """Return (visit, window) where a visit overlaps a window, window after window."""
    first, last = history.day, local_day(history.end_ms)
    visit, window = [], []
    for index, start in enumerate(windows.start_day):
        rows = np.flatnonzero((last >= start) & (first < start + windows.length_days))
        visit.append(rows)
        window.append(np.full(len(rows), index))
    return np.concatenate(visit), np.concatenate(window)


def slow_devices(group, device, window, shape: tuple[int, int]) -> np.ndarray:
    """Return the distinct devices of each group (first axis of `shape`) in each window."""
    triples = np.unique(np.stack((group, window, device), axis=1), axis=0)
    table = np.zeros(shape, np.int64)
    np.add.at(table, (triples[:, 0], triples[:, 1]), 1)
    return table


def slow_counts(history, facets, windows, library, min_devices: int) -> PatternCounts:
    """Return what `count_patterns` should, given the facets of all visits in windows."""
    visit, window = slow_pairs(history, windows)
    known = np.isin(visit, facets.rows)
    visit, window = visit[known], window[known]
    at = np.searchsorted(facets.rows, visit)
    has = [
        (mask[at][:, None] >> np.arange(len(axis), dtype=np.uint64)) & np.uint64(1) == 1
        for mask, axis in ((facets.who, library.who), (facets.when, library.when), (facets.what, library.what))
    ]
    every = has[0][:, :, None, None] & has[1][:, None, :, None] & has[2][:, None, None, :]
    asked = library.asked.any(axis=3)
    row, pattern = np.nonzero((every & asked).reshape(len(visit), asked.size))
    columns = (history.visits.spot[visit[row]], pattern, window[row], history.visits.stays.device[visit[row]])
    distinct = np.unique(np.stack(columns, axis=1).astype(np.int64), axis=0)
    devices = int(history.visits.stays.device.max(initial=0)) + 1
    number = np.random.default_rng(EVIDENCE_SEED).integers(1, 2**63, devices, dtype=np.uint64)
    pairs, pair = np.unique(distinct[:, :2], axis=0, return_inverse=True)
    table = np.zeros((len(pairs), len(windows)), np.int32)
    proof = np.zeros((len(pairs), len(windows)), np.uint64)
    np.add.at(table, (pair.ravel(), distinct[:, 2]), 1)
    np.add.at(proof, (pair.ravel(), distinct[:, 2]), number[distinct[:, 3]])
    kept = (table >= min_devices).any(axis=1)
    return PatternCounts(
        pairs[kept, 0].astype(np.int32), pairs[kept, 1].astype(np.int32), table[kept], proof[kept]
    )
