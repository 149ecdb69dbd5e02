"""Fisher's exact test of one share against another, vectorised."""

from __future__ import annotations

import numpy as np

from .negative_binomial import log_gamma
from .sorted_runs import expand_ranges


def more_than_control(hits: np.ndarray, units: int, control_hits: np.ndarray, control_units: int) -> np.ndarray:
    """Return one-sided p-values float64: so many or more of the `hits` among `units`, given both totals.

    Hypergeometric upper tail (Fisher 1935); `hits`, `control_hits` int64 (n,).
    """
    hits, control_hits = np.asarray(hits, np.int64), np.asarray(control_hits, np.int64)
    total = hits + control_hits
    most = np.minimum(total, units)
    test, value = expand_ranges(hits, most + 1)
    rest = total[test] - value
    log_share = (
        _log_choose(units, value) + _log_choose(control_units, rest)
        - _log_choose(units + control_units, total)[test]
    )
    return np.clip(np.bincount(test, weights=np.exp(log_share), minlength=len(hits)), 0.0, 1.0)


def _log_choose(of: int, count: np.ndarray) -> np.ndarray:
    """Return ln of the ways to choose `count` of `of`; -inf where there are none."""
    possible = (count >= 0) & (count <= of)
    inside = np.where(possible, count, 0).astype(np.float64)
    value = log_gamma(np.array(of + 1.0)) - log_gamma(inside + 1.0) - log_gamma(of - inside + 1.0)
    return np.where(possible, value, -np.inf)
