"""Runs of equal values in sorted columns, ranges of rows written out, two numbers in one: no loops over groups."""

from __future__ import annotations

import numpy as np

_SECOND_BITS = 32
_FIRST_BITS = 31
"""A pair's first number has one bit less than its second, so that the pair is never negative as int64."""


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


def run_ends(first: np.ndarray, rows: int) -> np.ndarray:
    """Return the last row (int64) of each run, of `rows` in all, given the `first` row of each."""
    return np.append(first[1:], rows)[: len(first)] - 1


def block_borders(key: np.ndarray, rows: int) -> np.ndarray:
    """Return borders (int64, from 0 to the end) of blocks of about `rows` rows that never split a run of equal `key`.

    `key` must rise. No rows are one empty block.
    """
    inside = np.searchsorted(key, key[rows::rows], side="left")
    return np.concatenate(([0], np.unique(inside[inside > 0]), [len(key)]))


def expand_ranges(first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (owner, member) int64 of half-open ranges first..last: owner i once per member of range i."""
    first = np.asarray(first)
    length = np.maximum(np.asarray(last) - first, 0)
    return _stepwise(np.arange(len(length)), length, 0), _stepwise(first, length, 1)


def place_in_run(length: np.ndarray) -> np.ndarray:
    """Return 0, 1, 2 … for the rows of successive runs of the given lengths (int64)."""
    return _stepwise(np.zeros(len(length), np.int64), length, 1)


def pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return each pair of numbers as one int64 that sorts by `first` (0 to 2^31 - 1), then `second` (0 to 2^32 - 1).

    The numbers are made int64 before they are shifted: numpy < 2 counts in 32 bits on Windows. Raises ValueError where
    one is out of range, since such pairs would be taken for others.
    """
    key = _in_range(first, _FIRST_BITS, "first") << _SECOND_BITS
    key |= _in_range(second, _SECOND_BITS, "second")
    return key


def split_pairs(key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and second numbers (int64) that `pairs` made one of."""
    return key >> _SECOND_BITS, key & ((1 << _SECOND_BITS) - 1)


def distinct_pairs(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct pairs of numbers (in the range of `pairs`) as two int64 arrays, sorted."""
    return split_pairs(np.unique(pairs(first, second)))


def _in_range(values: np.ndarray, bits: int, which: str) -> np.ndarray:
    whole = np.asarray(values, np.int64)
    if whole.size and (whole.min() < 0 or whole.max() >> bits):
        found = f"{whole.min()} to {whole.max()}"
        raise ValueError(f"The {which} numbers of pairs must be 0 to 2^{bits} - 1; these are {found}.")
    return whole


def _stepwise(first: np.ndarray, length: np.ndarray, step: int) -> np.ndarray:
    """Return, range after range, `length` numbers from `first` on in equal steps, as a running sum (int64).

    That is three times as fast as repeating the first numbers.
    """
    rows = np.flatnonzero(length)
    first, length = first[rows].astype(np.int64), length[rows].astype(np.int64)
    steps = np.full(int(length.sum()), step, np.int64)
    if len(rows):
        begin = np.cumsum(length) - length
        steps[begin] = np.diff(first, prepend=0)
        steps[begin[1:]] -= step * (length[:-1] - 1)
    return np.cumsum(steps, out=steps)
