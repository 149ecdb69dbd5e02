"""Many tests at once: Simes over the distinct evidence of a spot, Benjamini-Hochberg over spots, then inside them."""

from __future__ import annotations

import numpy as np

from ..base import begins_run, place_in_run, run_starts


def simes(group: np.ndarray, p_value: np.ndarray, groups: int) -> np.ndarray:
    """Return the Simes (1986) p-value of each group 0..groups-1, min over k of n p_(k) / k; 1.0 for empty groups."""
    combined = np.ones(groups)
    if len(group) == 0:
        return combined
    order, scaled = _scaled_by_rank(group, p_value)
    start, _ = run_starts(group[order])
    combined[group[order[start]]] = np.minimum(np.minimum.reduceat(scaled, start), 1.0)
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
    order, scaled = _scaled_by_rank(group, p_value)
    # A running minimum from the right within each group: ranks, offset so that groups cannot reach each other, keep
    # the digits of small values, which sums of values with offsets would lose.
    value, rank = np.unique(scaled, return_inverse=True)
    offset = len(value) * (np.cumsum(begins_run(group[order])) - 1)
    running = np.minimum.accumulate((rank + offset)[::-1])[::-1] - offset
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(value[running], 1.0)
    return adjusted


def adjust_families(group: np.ndarray, p_value: np.ndarray, level: float) -> np.ndarray:
    """Return adjusted p-values of tests in families (`group` int): those up to `level` hold.

    Families are selected by their Simes p-values, and inside of these tests are held to a level as much smaller as
    fewer families were selected (Benjamini and Bogomolov 2014): the error rate is that inside of selected families.
    """
    families, own = np.unique(group, return_inverse=True)
    of_family = adjust(simes(own, p_value, len(families)))
    selected = max(int((of_family <= level).sum()), 1)
    inside = np.minimum(adjust_in_groups(own, p_value) * (len(families) / selected), 1.0)
    return np.maximum(of_family[own], inside)


def _scaled_by_rank(group: np.ndarray, p_value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows by group and rising p-value, and n p_(k) / k of each within its group of n, in that order."""
    order = np.lexsort((p_value, group))
    _, size = run_starts(group[order])
    return order, p_value[order] * np.repeat(size, size) / (place_in_run(size) + 1)
