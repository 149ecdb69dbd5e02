"""Clumps: by how much counts of where devices were vary more than those of independent comings."""

from __future__ import annotations

import numpy as np

from ..stats import squared_excess


def find_clumps(
    device: np.ndarray,
    control_device: np.ndarray,
    control_group: np.ndarray,
    hits: tuple[np.ndarray, np.ndarray],
    control_hits: tuple[np.ndarray, np.ndarray],
    count: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each of `count` names by how much its counts vary more than independent ones, here and in the control.

    `device` int64 of each coming, `control_device` and `control_group` of each of the control. Hits are pairs (name,
    coming). Two things count as clumps: comings of one device (over both samples), which has its
    habits, and comings of one group of the control, which may have a reason of its own, as the asked window may.
    """
    name = np.concatenate((hits[0], control_hits[0]))
    coming = np.concatenate((hits[1], control_hits[1] + len(device)))
    habits = _habits(np.concatenate((device, control_device)), name, coming, count)
    likeness, pairs = _likeness(control_group, *control_hits, count)
    clump = 1.0 + (len(device) - 1.0) * likeness
    return clump, np.maximum(habits, 1.0) + pairs * likeness


def _habits(device: np.ndarray, name: np.ndarray, coming: np.ndarray, count: int) -> np.ndarray:
    """Return how much more each name's hits vary by device than independent comings do, float64 (count,).

    `device` int64 of each coming; hits are pairs (name, coming).
    """
    device, size = _numbered(device)
    share = np.bincount(name, minlength=count) / max(len(device), 1)
    by_device = squared_excess(name, device[coming], size, share)
    return _ratio(by_device, len(device) * share * (1.0 - share))


def _likeness(group: np.ndarray, name: np.ndarray, coming: np.ndarray, count: int) -> tuple[np.ndarray, float]:
    """Return how alike the comings of one group are, float64 (count,) from 0 to 1, and how many others each one has.

    `group` int64 of each coming; hits are pairs (name, coming). Alike is the correlation inside groups.
    """
    group, size = _numbered(group)
    share = np.bincount(name, minlength=count) / max(len(group), 1)
    by_group = squared_excess(name, group[coming], size, share)
    pairs, variance = float(np.sum(size * (size - 1.0))), share * (1.0 - share)
    lost = 1.0 - np.sum((size / max(len(group), 1)) ** 2)  # the share is estimated from the same groups
    excess = by_group / lost - len(group) * variance if lost > 0.0 else np.zeros(count)
    return np.clip(_ratio(excess, pairs * variance), 0.0, 1.0), pairs / max(len(group), 1)


def _numbered(code: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of each distinct code, from 0, and how often each occurs (both int64)."""
    _codes, number, size = np.unique(code, return_inverse=True, return_counts=True)
    return number.astype(np.int64), size.astype(np.int64)


def _ratio(value: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Return value / by, 0 where there is nothing to divide by."""
    return np.divide(value, by, out=np.zeros(len(value)), where=by > 0.0)
