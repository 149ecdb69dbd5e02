"""Runs of equal values in sorted columns, and ranges of rows written out: what loops over groups would do."""

from __future__ import annotations

import numpy as np


def begins_run(*columns: np.ndarray) -> np.ndarray:
    """Return bool: True at the first row of each run of rows that are equal in all `columns` (same length)."""
    begins = np.ones(len(columns[0]), dtype=bool)
    begins[1:] = False
    for column in columns:
        begins[1:] |= column[1:] != column[:-1]
    return begins


def ends_run(*columns: np.ndarray) -> np.ndarray:
    """Return bool: True at the last row of each run of rows that are equal in all `columns`."""
    return np.append(begins_run(*columns)[1:], True)[: len(columns[0])]


def run_starts(*columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first row of each run of equal rows, and its length (both int64)."""
    start = np.flatnonzero(begins_run(*columns))
    return start, np.diff(np.append(start, len(columns[0])))


def expand_ranges(first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (owner, member) int64 of half-open ranges first..last: owner i once per member of range i."""
    length = np.maximum(np.asarray(last) - np.asarray(first), 0)
    owner = np.repeat(np.arange(len(length)), length)
    return owner, np.repeat(np.asarray(first), length) + place_in_run(length)


def place_in_run(length: np.ndarray) -> np.ndarray:
    """Return 0, 1, 2 … for the rows of successive runs of the given lengths (int64)."""
    return np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
