"""Calibration: how the smallest p-values of ordinary dates fall off, and p-values corrected by that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TAIL_SHARE, WIDEST_TAIL_SHARE = 0.01, 0.1
"""Share of the ordinary p-values, the smallest, that is learned from, and the most it may be where there are few. By
hand: a larger share leans on p-values that are no tail, a smaller one on chance."""
MIN_TAIL_SPOTS = 30
"""Fewest p-values that are learned from, by hand: fewer are chance, more leave small studies uncalibrated (with the
widest share, 300 spots times dates are needed)."""
CLOSEST_RANK = 2
"""Rank of the smallest p-value that is learned from: the first may be one true event among the ordinary dates. By hand:
a higher rank withstands more such events, and knows less of the tail."""


@dataclass(frozen=True)
class Calibration:
    """How the smallest p-values of ordinary windows fall off.

    `share[k]` of them are at most `p_value[k]` (both rising); between those logarithms are interpolated, below the
    first the share goes with p to the `power`.
    """

    p_value: tuple[float, ...] = (1.0,)
    share: tuple[float, ...] = (1.0,)
    power: float = 1.0

    def apply(self, p_value: np.ndarray) -> np.ndarray:
        """Return p-values that are never smaller than given, corrected by what ordinary windows showed."""
        depth, known = np.log(np.maximum(p_value, 1e-300)), np.log(self.p_value)
        # Above the last of `p_value` at least its share of the ordinary windows were as small: nothing is worth less.
        share = np.interp(depth, known, np.log(self.share)) + self.power * np.minimum(depth - known[0], 0.0)
        return np.maximum(p_value, np.exp(share))


def calibrate(placebo_p: np.ndarray) -> Calibration:
    """Learn from all spots on ordinary dates (`placebo_p`, 1.0 where nothing was tested) how small p-values fall off.

    If the model were exact, P(p < x) = x. What it misses shows among the smallest hundredth (of few, among the
    MIN_TAIL_SPOTS smallest; nothing is learned where these are more than a tenth of all), whose own distribution is
    taken down to the CLOSEST_RANK-th, so that one true event among the ordinary dates does not move it. Beyond, it goes
    on as a Pareto tail (Hill 1975, by the median instead of the mean).
    """
    count = max(int(TAIL_SHARE * len(placebo_p)), MIN_TAIL_SPOTS)
    if count > WIDEST_TAIL_SHARE * len(placebo_p):
        return Calibration()
    smallest = np.maximum(np.sort(placebo_p)[:count], 1e-300)
    steps = max(int(np.rint(np.log(count / CLOSEST_RANK) / np.log(4.0))), 1)
    rank = np.rint(np.geomspace(CLOSEST_RANK, count, steps + 1)).astype(np.int64)
    tail = int(rank[min(2, steps)])
    depth = float(np.median(np.log(smallest[tail - 1] / smallest[: tail - 1])))
    p_value, last = np.unique(smallest[rank[::-1] - 1], return_index=True)  # of equal values the highest rank
    share = rank[::-1][last] / len(placebo_p)
    # A tail that grows heavier on its way down will not grow lighter beyond.
    power = np.append(np.diff(np.log(share[:2])) / np.diff(np.log(p_value[:2])), np.log(2.0) / max(depth, 1e-9))
    return Calibration(tuple(p_value), tuple(share), min(1.0, float(power.min())))
