"""Key dates of one kind asked together: one test per spot over all of them, beside each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .calibration import calibrate
from .decoys import Decoys
from .kind_scores import combine_kinds

MOST_DRAWS = 40
"""Most sets of ordinary dates that are asked together as key dates are, by hand: more only cost time."""


@dataclass(frozen=True)
class Together:
    """What the key `windows` (int64) of a group say together of each of `spot` (int64).

    Calibrated `p_value` and `q_value` float64, and `change` int64, what the kind of test that says most is named by.
    """

    windows: np.ndarray
    spot: np.ndarray
    p_value: np.ndarray
    q_value: np.ndarray
    change: np.ndarray


def ask_together(
    windows: np.ndarray,
    spot: np.ndarray,
    key_p: np.ndarray,
    weight: np.ndarray,
    ordinary_p: np.ndarray,
    spot_weight: np.ndarray,
    groups: int,
    changes: np.ndarray,
) -> Together:
    """Return what key `windows` say together of each `spot`, by `key_p` (key dates, kinds, spots), NaN untested.

    `weight` (kinds, spots) and `spot_weight` (spots,) are those of each kind and spot. `ordinary_p` (ordinary dates,
    kinds, spots): as many ordinary dates are asked together the same way, again and again, so that a spot that is
    restless on all dates is not unusual. `groups` are asked in all; `changes` int64 (kinds,) is what each is named by.
    """
    scored = fisher(key_p)
    combined = combine_kinds(scored, weight)
    drawn = [combine_kinds(fisher(ordinary_p[rows]), weight) for rows in _draws(len(ordinary_p), len(key_p))]
    known = calibrate(np.concatenate(drawn) if drawn else combined, bool(drawn))
    p_value = known.apply(combined)
    weighted = np.minimum(p_value / spot_weight, 1.0)
    # Groups are few: each spot is one test, and all spots of all groups are adjusted as those of one.
    q_value = np.minimum(Decoys(np.empty(0), 0, 0).q_values(weighted, 1, weighted) * groups, 1.0)
    strongest = np.where(np.isfinite(scored), scored, 1.0) / np.maximum(weight, 1e-9)
    return Together(windows, spot, p_value, np.maximum(q_value, p_value), changes[strongest.argmin(axis=0)])


def fisher(p_value: np.ndarray) -> np.ndarray:
    """Return Fisher's combination of p-values over the first axis (Fisher 1925), NaN where none of them is known.

    One that is not known counts as 1. Minus the sum of n logarithms is Gamma(n): exp(-x) times the sum of x^k / k!.
    """
    total = -np.log(np.maximum(np.nan_to_num(p_value, nan=1.0), 1e-300)).sum(axis=0)
    term, tail = np.exp(-total), np.zeros(total.shape)
    for number in range(len(p_value)):
        tail += term
        term = term * total / (number + 1)
    return np.where(np.isnan(p_value).all(axis=0), np.nan, np.minimum(tail, 1.0))


def _draws(ordinary: int, dates: int) -> Sequence[np.ndarray]:
    """Return sets of `dates` ordinary dates, each date once in a set while they last; none without any.

    Twice as many as there are ordinary dates too many for one set: sets that are nearly the same teach no more.
    """
    rng = np.random.default_rng(dates)
    rounds = -(-dates // max(ordinary, 1))
    number = min(1 + 2 * max(ordinary - dates, 0), MOST_DRAWS) if ordinary else 0
    return [np.concatenate([rng.permutation(ordinary) for _ in range(rounds)])[:dates] for _ in range(number)]
