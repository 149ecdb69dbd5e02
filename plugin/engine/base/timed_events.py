"""Counting what a device did in a fixed span before (or after) a moment, without loops and without looking ahead."""

from __future__ import annotations

import numpy as np

from .runs import pairs, split_pairs

_LAST_TIME = (1 << 32) - 1


class TimedEvents:
    """Events of groups (for instance devices), searchable by group and time.

    `group` integer in 0..2^31 - 1; `time` integer in any unit (seconds, days) that lies in 0..2^32 - 1 once `origin` is
    taken off; rows may be in any order.
    """

    def __init__(self, group: np.ndarray, time: np.ndarray, origin: int) -> None:
        self._origin = origin
        key = self._key(group, time)
        self.order = np.argsort(key, kind="stable")
        self._keys = key[self.order]

    def _key(self, group: np.ndarray, time: np.ndarray) -> np.ndarray:
        shifted = np.asarray(time, np.int64) - self._origin
        np.maximum(shifted, 0, out=shifted)
        np.minimum(shifted, _LAST_TIME, out=shifted)
        return pairs(group, shifted)

    def count(self, group: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Return the number of events of each group with begin <= time < end."""
        low = np.searchsorted(self._keys, self._key(group, begin), "left")
        high = np.searchsorted(self._keys, self._key(group, end), "left")
        return np.maximum(high - low, 0)

    def last_before(self, group: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Return the row of each group's last event with time < end, -1 where there is none."""
        position = np.searchsorted(self._keys, self._key(group, end), "left") - 1
        return self._row_of(position, group)

    def first_from(self, group: np.ndarray, begin: np.ndarray) -> np.ndarray:
        """Return the row of each group's first event with time >= begin, -1 where there is none."""
        return self._row_of(np.searchsorted(self._keys, self._key(group, begin), "left"), group)

    def _row_of(self, position: np.ndarray, group: np.ndarray) -> np.ndarray:
        row = np.full(len(position), -1, np.int64)
        valid = (position >= 0) & (position < len(self._keys))
        at = position[valid]
        same = split_pairs(self._keys[at])[0] == np.asarray(group, np.int64)[valid]
        row[np.flatnonzero(valid)[same]] = self.order[at[same]]
        return row
