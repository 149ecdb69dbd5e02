"""What chance produces: the same devices with half of them moved by a week, and the share of false pairs it tells.

Moved by whole weeks, devices keep their habits, homes, offices and trains, and nobody travels with anybody of the other
half. What pairs across the halves reach is what chance reaches (target and decoy, as in the search of spectra: Elias
& Gygi 2007, "Target-decoy search strategy for increased confidence"). Beyond the strongest of them their exponential
tail stands in. Gatherings that happened once are not in it; the crowd's share in the ratio itself answers for those.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

import numpy as np

from ..earth import DAY_MS
from ..screening import Fixes
from ..stays import Stays

WEEK_MS = 7 * DAY_MS
MIN_DAYS = 13
TAIL = 100
"""So many of the strongest moved pairs shape the tail."""
HEAVIER = 1.3
"""The tail is taken to be so much longer than what fits, for the gatherings that happened once are not in it."""
E_SLOPE = 1.0 / np.log(10.0)
"""With few moved pairs the tail is that of an e-value, of which at most one in x reaches x."""
SCARCE = 10
"""Beyond the so manieth of the strongest moved pairs the tail is used instead of counting."""


def shift_half(fixes: Fixes, stays: Stays) -> Optional[tuple[Fixes, Stays, np.ndarray]]:
    """Return fixes and stays with the odd device codes a week later (the last week first), and the stays' old rows.

    `stays` are all halts of `fixes`, in order. None where the data are shorter than MIN_DAYS.
    """
    if len(stays) == 0:
        return None
    first_ms, last_ms = int(stays.start_ms.min()), int(stays.end_ms.max())
    if last_ms - first_ms < MIN_DAYS * DAY_MS:
        return None
    weeks = -(-(last_ms - first_ms + 1) // WEEK_MS)
    late = stays.start_ms + WEEK_MS > last_ms
    step_ms = np.where(late, -(weeks - 1) * WEEK_MS, WEEK_MS) * (stays.device % 2)
    order = np.lexsort((stays.start_ms + step_ms, stays.device))
    moved = replace(
        stays,
        **{name: getattr(stays, name) + step_ms for name in ("start_ms", "end_ms", "arrived_ms", "departed_ms")},
    ).take(order)
    first = np.cumsum(stays.n_fixes) - stays.n_fixes
    length = stays.n_fixes[order].astype(np.int64)
    row = np.arange(len(fixes)) + np.repeat(first[order] - (np.cumsum(length) - length), length)
    columns = {name: getattr(fixes, name)[row] for name in ("device", "lat", "lon", "accuracy_m")}
    time_ms = fixes.time_ms[row] + np.repeat(step_ms[order], length)
    return Fixes(time_ms=time_ms, pseudonyms=fixes.pseudonyms, **columns), moved, order


def shifted_q_values(log10_lr: np.ndarray, moved_log10_lr: np.ndarray) -> np.ndarray:
    """Return the share of false ones among the pairs at least as strong as each, by what moved pairs reached.

    Pairs across two halves are half of all pairs, so each stands for two.
    """
    moved = np.sort(moved_log10_lr)[::-1]
    order = np.argsort(-log10_lr, kind="stable")
    level = log10_lr[order]
    reached = np.searchsorted(-moved, -level, side="right").astype(np.float64)
    top = moved[: min(TAIL, len(moved))]
    if len(top) > 1:
        floor = top[-1]
        slope = max(HEAVIER * float(np.mean(top - floor)), 1e-3 if len(moved) > TAIL else E_SLOPE)
        tail = len(top) * np.exp(-(level - floor) / slope)
        reached = np.where(reached >= SCARCE, reached, np.minimum(np.maximum(reached, tail), len(top)))
    else:
        reached = reached + 1.0
    false_share = 2.0 * reached / np.arange(1, len(level) + 1)
    q_value = np.empty(len(level))
    q_value[order] = np.minimum(np.minimum.accumulate(false_share[::-1])[::-1], 1.0)
    return q_value


def e_q_values(log10_lr: np.ndarray, devices: int) -> np.ndarray:
    """Return the false share among the pairs at least as strong as each: e-Benjamini-Hochberg over all pairs."""
    order = np.argsort(-log10_lr, kind="stable")
    possible = max(1.0, devices * (devices - 1) / 2.0)
    log10_q = np.log10(possible) - log10_lr[order] - np.log10(np.arange(1, len(order) + 1))
    q_value = np.empty(len(order))
    q_value[order] = 10.0 ** np.minimum(np.minimum.accumulate(log10_q[::-1])[::-1], 0.0)
    return q_value
