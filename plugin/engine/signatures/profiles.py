"""Profiles: which facets each device of a spot shows in a window; signatures are learned and scored on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..base import run_starts
from ..behaviors import FACET_AXES, Entry, Library
from ..facets import Facets, has_entry
from ..history import History


@dataclass(frozen=True)
class Profiles:
    """The devices of spots in windows; a unit is one spot in one window, units are sorted by spot and window.

    `spot`, `window` int64 (units,); the device rows of unit u are `start[u] : start[u + 1]` (int64, units + 1).
    `who`, `when`, `what` uint64 (device rows,): every entry that some visit of the device there and then matches.
    """

    spot: np.ndarray
    window: np.ndarray
    start: np.ndarray
    who: np.ndarray
    when: np.ndarray
    what: np.ndarray

    def __len__(self) -> int:
        return len(self.spot)

    @property
    def devices(self) -> np.ndarray:
        """Distinct devices of each unit (int64)."""
        return np.diff(self.start)

    def has(self, axis: str, index: int) -> np.ndarray:
        """Return bool (device rows,): True where the device shows entry `index` of `axis`."""
        return has_entry(getattr(self, axis), index)

    def counts(self, library: Library) -> np.ndarray:
        """Return the devices of each unit that show each facet, int64 (units, facets), facets as in `facets_of`."""
        every = list(facets_of(library))
        counts = np.zeros((len(self), len(every)), np.int64)
        for column, (axis, index, _entry) in enumerate(every if len(self) else ()):
            counts[:, column] = np.add.reduceat(self.has(axis, index).astype(np.int64), self.start[:-1])
        return counts


def facets_of(library: Library) -> Iterator[tuple[str, int, Entry]]:
    """Yield (axis, index, entry) of the facets that can tell visits apart: the entries that require something."""
    for axis in FACET_AXES:
        for index, entry in enumerate(getattr(library, axis)):
            if entry.requires:
                yield axis, index, entry


def find_profiles(
    history: History, facets: Facets, visit: np.ndarray, window: np.ndarray, min_devices: int
) -> Profiles:
    """Return the profiles of the visits `visit` in windows `window` (same length), units of `min_devices` at least.

    Every one of the visits must be among `facets.rows`.
    """
    spot, device = history.visits.spot[visit], history.visits.stays.device[visit]
    order = np.lexsort((device, window, spot))
    spot, window, device, at = spot[order], window[order], device[order], np.searchsorted(facets.rows, visit[order])
    first, _ = run_starts(spot, window, device)
    masks = [
        np.bitwise_or.reduceat(mask[at], first) if len(first) else np.empty(0, np.uint64)
        for mask in (facets.who, facets.when, facets.what)
    ]
    begin, size = run_starts(spot[first], window[first])
    kept = size >= min_devices
    rows = np.repeat(kept, size)
    return Profiles(
        spot[first][begin][kept].astype(np.int64),
        window[first][begin][kept].astype(np.int64),
        np.concatenate(([0], np.cumsum(size[kept]))).astype(np.int64),
        *(mask[rows] for mask in masks),
    )
