"""Matching: which entries of an axis hold for each visit, as bit masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Union

import numpy as np

from ..base import StudyError
from ..behaviors import MAX_ENTRIES, Entry


def match(entries: Sequence[Entry], atoms: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return which entries each visit matches, as uint64 bit masks of shape (n,): bit j is `entries[j]`.

    `atoms` maps atom name -> bool array of shape (n,), and holds at least one atom and every atom that an
    entry requires (else KeyError). At most 64 entries (else StudyError).
    """
    if len(entries) > MAX_ENTRIES:
        raise StudyError(f"An axis has {len(entries)} entries; at most {MAX_ENTRIES} fit, so leave some out.")
    count = len(next(iter(atoms.values())))
    # one byte per eight entries: far less memory traffic than 64-bit words for millions of visits
    bits = np.zeros((count, 8), dtype=np.uint8)
    for first in range(0, len(entries), 8):
        byte = np.zeros(count, dtype=np.uint8)
        for offset, entry in enumerate(entries[first : first + 8]):
            byte |= _holds(entry, atoms, count).view(np.uint8) << np.uint8(offset)
        bits[:, first // 8] = byte
    return bits.view(np.dtype("<u8")).reshape(count).astype(np.uint64, copy=False)


def has_entry(mask: np.ndarray, index: Union[int, np.ndarray]) -> np.ndarray:
    """Return bool: where bit masks as `match` makes them have the entry `index` (or entries; they broadcast)."""
    has: np.ndarray = mask & (np.uint64(1) << np.asarray(index, np.uint64)) != 0
    return has


def _holds(entry: Entry, atoms: Mapping[str, np.ndarray], count: int) -> np.ndarray:
    result = np.ones(count, dtype=bool)
    for group in entry.requires:
        either = atoms[group[0]]
        for atom in group[1:]:
            either = either | atoms[atom]
        result &= either
    return result
