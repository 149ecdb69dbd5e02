"""One share against a control's: Fisher's exact test, for counts that come in clumps too; vectorised."""

from __future__ import annotations

from typing import Union

import numpy as np

from .negative_binomial import log_gamma

_TERMS = 256
_BLOCK_ROWS = 1000
"""So many sums are worked on at a time: some 2 MiB for each of a dozen arrays."""
_TINY = 1e-9


def more_than_control(
    hits: np.ndarray,
    units: Union[np.ndarray, int],
    control_hits: np.ndarray,
    control_units: Union[np.ndarray, int],
    clump: Union[np.ndarray, float] = 1.0,
    control_clump: Union[np.ndarray, float] = 1.0,
) -> np.ndarray:
    """Return one-sided p-values float64 (n,): so many or more of the `hits` among `units`, given the control's.

    Fisher's p is the upper tail of a beta-binomial: `units` draws at a share that is Beta(control hits + 1, the rest of
    the control) (Altham 1969). Counts whose variance is `clump` times that of independent units are divided by it (Rao
    and Scott 1992); for broken hits p lies between those of the whole ones. Without clumps p is Fisher's. Arrays
    broadcast.
    """
    hits, units, control_hits, control_units, clump, control_clump = np.broadcast_arrays(
        *(np.asarray(one, np.float64) for one in (hits, units, control_hits, control_units, clump, control_clump))
    )
    rest = np.maximum(control_units - control_hits, _TINY) / control_clump
    worth = np.ceil(units / clump - _TINY)
    whole = np.floor(hits / clump + _TINY)
    part = np.clip(hits / clump - whole, 0.0, 1.0)
    tails = [_upper_tail(count, worth, control_hits / control_clump + 1.0, rest) for count in (whole, whole + 1.0)]
    return np.where(part > 0.0, (1.0 - part) * tails[0] + part * tails[1], tails[0])


def squared_excess(row: np.ndarray, cluster: np.ndarray, size: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return, for each row of a table, the sum over clusters of (hits - size * share)^2, float64 (rows,).

    Each hit is a pair of a `row` and a `cluster` (int64); `size` (clusters,) is how many units a cluster has, `share`
    (rows,) the part of them that is expected to hit. Independent units have `share * (1 - share)` for each unit.
    """
    pair, hits = np.unique(row * len(size) + cluster, return_counts=True)
    row, cluster = np.divmod(pair, max(len(size), 1))
    excess = hits * (hits - 2.0 * share[row] * size[cluster])
    return np.bincount(row, weights=excess, minlength=len(share)) + share**2 * np.square(size, dtype=np.float64).sum()


def _upper_tail(count: np.ndarray, units: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return P(Y >= count) of the beta-binomial of `units` with parameters `a`, `b`; float64 arrays of one shape."""
    rises = count > units * a / (a + b)  # sum away from the mean, where terms fall
    step = np.where(rises, 1.0, -1.0)
    at = np.where(rises, count, count - 1.0)
    possible = (at >= 0.0) & (at <= units)
    term = np.where(possible, np.exp(_log_share(np.where(possible, at, 0.0), units, a, b)), 0.0)
    total, some = term.copy(), np.flatnonzero(term > 0.0)
    for begin in range(0, len(some), _BLOCK_ROWS):
        _add_terms(some[begin : begin + _BLOCK_ROWS], total, term, at, step, units, a, b)
    return np.clip(np.where(rises, total, 1.0 - total), 0.0, 1.0)


def _add_terms(
    going: np.ndarray, total: np.ndarray, term: np.ndarray, at: np.ndarray, step: np.ndarray, units: np.ndarray,
    a: np.ndarray, b: np.ndarray,
) -> None:  # fmt: skip
    """Add to `total` of the rows `going` all terms behind `term` at `at`, the way that `step` leads."""
    while len(going):
        n, p, q = units[going, None], a[going, None], b[going, None]
        low = at[going, None] + step[going, None] * np.arange(_TERMS) - (step[going, None] < 0.0)
        # `low` and low + 1 are neighbours: the ratio of their terms, upwards.
        inside = (low >= 0.0) & (low < n)
        low = np.where(inside, low, 0.0)
        over, under = (n - low) * (low + p), (low + 1.0) * (n - low - 1.0 + q)
        over, under = (np.where(inside, one, 1.0) for one in (over, under))
        ratio = np.where(step[going, None] > 0.0, over / under, under / over)
        terms = term[going, None] * np.cumprod(np.where(inside, ratio, 0.0), axis=1)
        total[going] += terms.sum(axis=1)
        at[going] += step[going] * _TERMS
        term[going] = terms[:, -1]
        going = going[term[going] > 1e-17 * total[going]]


def _log_share(count: np.ndarray, units: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return ln of the beta-binomial's term at `count`."""
    ways = log_gamma(units + 1.0) - log_gamma(count + 1.0) - log_gamma(units - count + 1.0)
    drawn = log_gamma(count + a) + log_gamma(units - count + b) - log_gamma(units + a + b)
    value: np.ndarray = ways + drawn + log_gamma(a + b) - log_gamma(a) - log_gamma(b)
    return value
