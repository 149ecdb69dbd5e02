"""Many tests at once: Simes over the distinct evidence of a spot, Benjamini-Hochberg over spots, then inside them."""

from __future__ import annotations

import numpy as np


def simes(group: np.ndarray, p_value: np.ndarray, groups: int) -> np.ndarray:
    """Return the Simes (1986) p-value of each group 0..groups-1, min over k of n p_(k) / k; 1.0 for empty groups."""
    combined = np.ones(groups)
    if len(group) == 0:
        return combined
    order = np.lexsort((p_value, group))
    sorted_group = group[order]
    start = np.flatnonzero(np.concatenate(([True], sorted_group[1:] != sorted_group[:-1])))
    size = np.diff(np.append(start, len(order)))
    position = np.arange(len(order)) - np.repeat(start, size) + 1
    scaled = p_value[order] * np.repeat(size, size) / position
    combined[sorted_group[start]] = np.minimum(np.minimum.reduceat(scaled, start), 1.0)
    return combined


def adjust(p_value: np.ndarray) -> np.ndarray:
    """Return Benjamini-Hochberg adjusted p-values (Benjamini and Hochberg 1995)."""
    count = len(p_value)
    if count == 0:
        return np.empty(0)
    order = np.argsort(p_value, kind="stable")
    scaled = p_value[order] * count / np.arange(1, count + 1)
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def adjust_in_groups(group: np.ndarray, p_value: np.ndarray) -> np.ndarray:
    """Return Benjamini-Hochberg adjusted p-values within each group."""
    order = np.lexsort((p_value, group))
    sorted_group = group[order]
    new = np.concatenate(([True], sorted_group[1:] != sorted_group[:-1])) if len(order) else np.empty(0, bool)
    start = np.flatnonzero(new)
    size = np.diff(np.append(start, len(order)))
    position = np.arange(len(order)) - np.repeat(start, size) + 1
    scaled = p_value[order] * np.repeat(size, size) / position
    # A running minimum from the right within each group: ranks, offset so that groups cannot reach each other, keep
    # the digits of small values, which sums of values with offsets would lose.
    value, rank = np.unique(scaled, return_inverse=True)
    offset = len(value) * (np.cumsum(new) - 1)
    running = np.minimum.accumulate((rank + offset)[::-1])[::-1] - offset
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(value[running], 1.0)
    return adjusted


def selected_level(q: float, selected: int, total: int) -> float:
    """Return the level at which to test inside `selected` of `total` groups (Benjamini and Bogomolov 2014)."""
    return q * selected / max(total, 1)
