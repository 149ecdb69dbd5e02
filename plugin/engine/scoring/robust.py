"""Robust baselines: earlier windows that were odd are neither struck out nor believed, but weighed down.

The mean of a row's earlier windows and how much they scatter are found together: a window whose residual is large
counts for less, so that one earlier event hides no later one (Farrington and others 1996; Noufaily and others 2013).
The model of counts is that of `expectation`: variance clumping m + swing m^2 around a mean m, both pooled over rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from ..base import Columns
from ..stats import lower_tail, student_tail, upper_tail, with_heavy_tail
from .dispersion import BUSY_RATE, MIN_SWING, POOLED_ROWS, SLOW_RATE, STEADY_RATE
from .expectation import POOLED_WINDOWS, PRIOR_DEVICES

ODD_RESIDUAL = 2.58
"""Standardised residual from which a window counts for less, as (residual / 2.58)^-2: Noufaily and others 2013."""
MOST_ODD = 0.25
"""Share of a row's windows, of those that count in full, that may be odd: by hand. Where more are, crowds come now and
then and none of them is; else a place of quiet weeks and full ones would be taken for a quiet one."""
ROUNDS = 3
"""Times that weights are found anew: by hand, more changed no p-value by a tenth."""
MEDIAN_COUNT = 4.0
"""Least mean count at which the first guess is a median, by hand: medians of small counts are mostly 0."""
MEDIAN_SQUARE = 0.455
"""Median of a squared standard normal number."""
MEDIAN_FREEDOM = 0.37
"""What a median of squares tells of a variance, beside their mean (its efficiency for normal numbers)."""
FREEDOM_SHARE = 2.0
"""Degrees of freedom per window that tells of the variance: by simulation of spots that differ in how much they scatter
(log-normally by half), means of 6 and 40, 3 to 17 windows. P(p <= 0.0001) is at most 4 times that, without 7 times."""
LEAST_ESTIMATED = 0.25
"""Least part of a variance that counts as estimated, by hand: where nobody was before, almost all of it is Poisson's,
which needs no estimate."""
OWN_LEVEL, OWN_WINDOWS = 50.0, 5
"""Least mean count, and fewest windows, from which a row's own spread is asked beside the pool's, by hand: smaller
counts are not normal, and of fewer windows next to nothing could be said."""
OWN_WEIGHT = 0.2
"""Share of a fall's weight on the test by the row's own spread, by hand: few places are far steadier than all."""
LEAST_OWN = 0.005
"""Least own spread, of the mean (and one device), by hand: what counts to the same number some weeks still varies."""
SPREAD_FREEDOM = 8.0
"""Degrees of freedom of what a holiday sets apart, by hand: known from the one day that is looked at."""
ODD_ROWS, ODD_SHARE = 5, 0.1
"""Fewest rows, and least share of those that tell, at which a window must be odd the same way to be odd for all: by
hand; chance makes one in a hundred odd, groups and holidays some more."""
DISPERSION_ROWS = 50_000
"""Most rows that the pooled scatter is learned from, by hand: more change it by less than a hundredth."""


@dataclass(frozen=True)
class Pool:
    """How much rows of one kind scatter: `clumping` and `swing` as in `Dispersion`."""

    clumping: float
    swing: float


@dataclass(frozen=True)
class Baseline(Columns):
    """What earlier windows let one expect of a window, per row float64 (n,).

    `mean` and `size` of the negative binomial distribution to expect, `freedom` of its tails, `own` the spread around
    the mean that the row's own windows show (infinite where they are no measure), `counted` how many windows these are
    by what each counts for before it is looked at, `spread` how much the mean itself varies on a holiday (the variance
    of a factor), `weight` (n, earlier windows) of each and `residual` (n, earlier windows), standardised.
    """

    mean: np.ndarray
    size: np.ndarray
    freedom: np.ndarray
    own: np.ndarray
    counted: np.ndarray
    spread: np.ndarray
    weight: np.ndarray
    residual: np.ndarray

    def loosened(self, spread: np.ndarray) -> Baseline:
        """Return the same where the mean itself varies by so much (n,), as the variance of a factor."""
        return replace(self, spread=spread, own=np.where(spread > 0.0, np.inf, self.own))

    def _at_most_as_spread(self, p_value: np.ndarray, away: np.ndarray) -> np.ndarray:
        """Return the p-values of counts so far `away` from the mean, none smaller than the spread of means allows."""
        rows = np.flatnonzero((self.spread > 0.0) & (away > 0.0))
        mean = self.mean[rows]
        variance = mean + mean * mean * (1.0 / self.size[rows] + self.spread[rows])
        by_spread = student_tail(away[rows] / np.sqrt(variance), np.full(len(rows), SPREAD_FREEDOM))
        p_value[rows] = np.maximum(p_value[rows], by_spread)
        return p_value

    def upper_p(self, count: np.ndarray) -> np.ndarray:
        """Return how likely so many are, or more."""
        p_value: np.ndarray = with_heavy_tail(upper_tail(count, self.mean, self.size), self.freedom)
        return self._at_most_as_spread(p_value, count - self.mean)

    def lower_p(self, count: np.ndarray) -> np.ndarray:
        """Return how likely so few are, or fewer: by the scatter of all rows, or by the row's own, as t does.

        Crowds make no falls, so that a place that was far steadier than all others may be taken for steady.
        """
        p_value: np.ndarray = with_heavy_tail(lower_tail(count, self.mean, self.size), self.freedom)
        known = np.flatnonzero(np.isfinite(self.own) & (count < self.mean))
        away = (self.mean - count)[known] / self.own[known]
        by_own = student_tail(away, self.counted[known] - 1.0) / OWN_WEIGHT
        p_value[known] = np.minimum(np.minimum(p_value[known] / (1.0 - OWN_WEIGHT), by_own), 1.0)
        return self._at_most_as_spread(p_value, self.mean - count)


def find_baseline(
    past: np.ndarray, base: np.ndarray, now: np.ndarray, pool: Pool, prior: Optional[np.ndarray] = None,
    asks_own: bool = False,
) -> Baseline:  # fmt: skip
    """Return what to expect of rows at a relative exposure `now` (n,) after counts `past` at exposures `base`.

    `past`, `base` (n, earlier windows). `prior` (earlier windows,) or (n, earlier windows): what each counts for before
    it is looked at. `asks_own`: falls are judged by the row's own spread, too.
    """
    past, base = past.astype(np.float64), np.maximum(base, 1e-9)
    prior = np.ones(past.shape[1]) if prior is None else prior
    prior = np.broadcast_to(prior, past.shape)
    counted = prior.sum(axis=1)
    weight = prior.copy()
    rate, clumping = _first_guess(past, base, weight, counted, pool)
    # Windows that may be odd for a known reason do not tell that crowds come now and then.
    telling = prior >= prior.max(axis=1, initial=0.0, keepdims=True)
    residual = np.zeros(past.shape)
    level = told = np.empty(0)
    for _ in range(ROUNDS):
        mean = rate[:, None] * base
        residual = _residuals(past, mean, clumping[:, None] + pool.swing * mean)
        away = np.minimum(1.0, (ODD_RESIDUAL / np.maximum(np.abs(residual), 1e-9)) ** 2)
        restless = (telling & (away < 1.0)).sum(axis=1) > MOST_ODD * telling.sum(axis=1)
        weight = np.where(restless[:, None], prior, prior * away)
        rate = _rate(past, base, weight)
        mean = rate[:, None] * base
        # An odd window adds as much to the scatter as one at the bound: not what it was, nor nothing.
        squares = (weight * (past - mean) ** 2 / np.maximum(mean, 1e-9)).sum(axis=1) / np.maximum(counted - 1.0, 1.0)
        level = mean.mean(axis=1)
        told = _told(level, np.maximum(counted - 1.0, 0.0), pool)
        clumping = _pooled(squares - pool.swing * level, told, pool)
    windows = weight.sum(axis=1) ** 2 / np.maximum((weight * weight).sum(axis=1), 1e-9)
    expected = np.maximum(rate * now, 1e-9)
    shape = PRIOR_DEVICES + (weight * past).sum(axis=1)
    size = 1.0 / ((clumping - 1.0) / expected + pool.swing * (1.0 + 1.0 / windows) + clumping / shape)
    beyond = expected / size  # of the variance what is no Poisson's, over the mean
    freedom = FREEDOM_SHARE * (POOLED_WINDOWS + told) / np.maximum(beyond / (1.0 + beyond), LEAST_ESTIMATED)
    own = _own_spread(past, base, prior, rate, now) if asks_own else np.full(len(past), np.inf)
    return Baseline(expected, size, freedom, own, counted, np.zeros(len(past)), weight, residual)


def _own_spread(past: np.ndarray, base: np.ndarray, prior: np.ndarray, rate: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Return how far a count at exposure `now` is to be off by what each row's windows show, infinite if too little.

    Odd windows count in full: a place that had some was not steady.
    """
    own, counted = np.full(len(past), np.inf), prior.sum(axis=1)
    rows = np.flatnonzero((rate * now >= OWN_LEVEL) & (counted >= OWN_WINDOWS))
    rate, now, number = rate[rows], now[rows], counted[rows]
    variance = (prior[rows] * (past[rows] / base[rows] - rate[:, None]) ** 2).sum(axis=1) / (number - 1.0)
    spread = np.maximum(np.sqrt(variance) * now, np.maximum(LEAST_OWN * rate * now, 1.0))
    own[rows] = spread * np.sqrt(1.0 + 1.0 / number)
    return own


def find_pool(counts: np.ndarray, relative: np.ndarray, weekday: np.ndarray) -> Pool:
    """Return how much rows of `counts` (n, windows), all ordinary, scatter around what is proportional to `relative`.

    `weekday` (windows,): windows that begin on different ones have means of their own. Odd windows count as those at
    the bound, and those that are odd at many rows at once not at all.
    """
    rows = _telling_rows(counts, weekday)
    if len(rows) == 0:
        return Pool(1.0, MIN_SWING)
    counts, relative = counts[rows].astype(np.float64), np.maximum(relative[rows], 1e-9)
    squares, mean = _squares(counts, relative, weekday)
    pool = _pool_of(np.median(squares, axis=1) / MEDIAN_SQUARE, mean.mean(axis=1))
    calm = ~_many_odd(_residuals(counts, mean, pool.clumping + pool.swing * mean)).any(axis=0)
    calm = calm if calm.sum() > len(np.unique(weekday[calm])) else np.ones(len(weekday), bool)
    squares, mean = _squares(counts[:, calm], relative[:, calm], weekday[calm])
    freedom = calm.sum() - len(np.unique(weekday[calm]))
    for _ in range(ROUNDS):
        most = ODD_RESIDUAL**2 * (pool.clumping + pool.swing * mean)
        pool = _pool_of(np.minimum(squares, most).sum(axis=1) / freedom, mean.mean(axis=1))
    return pool


def find_odd_windows(counts: np.ndarray, relative: np.ndarray, weekday: np.ndarray, pool: Pool) -> np.ndarray:
    """Return at how many rows each window (columns) is far below and far above all others, int64 (2, windows).

    0 where that are so few that chance may have made them (ODD_ROWS, ODD_SHARE).
    """
    rows = _telling_rows(counts, weekday)
    if len(rows) == 0:
        return np.zeros((2, counts.shape[1]), np.int64)
    counts, relative = counts[rows].astype(np.float64), np.maximum(relative[rows], 1e-9)
    _, mean = _squares(counts, relative, weekday)
    return _many_odd(_residuals(counts, mean, pool.clumping + pool.swing * mean))


def _many_odd(residual: np.ndarray) -> np.ndarray:
    far = np.stack(((residual < -ODD_RESIDUAL).sum(axis=0), (residual > ODD_RESIDUAL).sum(axis=0)))
    return np.where((far >= ODD_ROWS) & (far >= ODD_SHARE * len(residual)) & (far > 2 * far[::-1]), far, 0)


def _telling_rows(counts: np.ndarray, weekday: np.ndarray) -> np.ndarray:
    """Return up to DISPERSION_ROWS rows with devices enough; none where the windows cannot tell of scatter."""
    if counts.shape[1] <= len(np.unique(weekday)):
        return np.empty(0, np.int64)
    rows = np.flatnonzero(counts.mean(axis=1) >= STEADY_RATE)
    return rows[:: max(1, -(-len(rows) // DISPERSION_ROWS))]


def _pool_of(ratio: np.ndarray, mean: np.ndarray) -> Pool:
    """Return the pool of rows from the variance over the mean of each, as `find_dispersion` does for one pattern."""
    slow, busy = mean < SLOW_RATE, mean >= BUSY_RATE
    quiet = float(np.median(ratio[slow])) if slow.any() else 1.0
    swing = float(np.median((ratio[busy] - quiet) / mean[busy])) if busy.any() else MIN_SWING
    own = ratio - max(swing, MIN_SWING) * mean
    clumping = (own.sum() + POOLED_ROWS * max(own.mean(), 1.0)) / (len(own) + POOLED_ROWS)
    return Pool(max(float(clumping), 1.0), max(swing, MIN_SWING))


def _squares(counts: np.ndarray, relative: np.ndarray, weekday: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return squared deviations over means, and these means, of rows around rates that few odd windows move."""
    mean = np.empty(counts.shape)
    for day in np.unique(weekday):
        mine = np.flatnonzero(weekday == day)
        rate = _median_rate(counts[:, mine], relative[:, mine], np.ones((1, len(mine))))
        mean[:, mine] = np.maximum(rate[:, None] * relative[:, mine], 1e-9)
    return (counts - mean) ** 2 / mean, mean


def _first_guess(
    past: np.ndarray, base: np.ndarray, weight: np.ndarray, counted: np.ndarray, pool: Pool
) -> tuple[np.ndarray, np.ndarray]:
    """Return rate and clumping of rows by medians, which half of the windows cannot move."""
    rate = _median_rate(past, base, weight)
    mean = rate[:, None] * base
    level = mean.mean(axis=1)
    square = row_medians((past - mean) ** 2 / np.maximum(mean, 1e-9), weight) / MEDIAN_SQUARE
    told = _told(level, np.maximum(counted - 1.0, 0.0), pool)
    own = _pooled(square - pool.swing * level, MEDIAN_FREEDOM * told, pool)
    return rate, np.where(level >= MEDIAN_COUNT, own, pool.clumping)


def _median_rate(past: np.ndarray, base: np.ndarray, weight: np.ndarray) -> np.ndarray:
    rate = _rate(past, base, np.broadcast_to(weight, past.shape))
    return np.where(past.mean(axis=1) >= MEDIAN_COUNT, row_medians(past / base, weight), rate)


def row_medians(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the median of each row, where values count for their `weight`."""
    if weight.size == 0 or (weight == weight.flat[0]).all():
        middle: np.ndarray = np.median(values, axis=1)
        return middle
    order = np.argsort(values, axis=1)
    total = np.cumsum(np.take_along_axis(np.broadcast_to(weight, values.shape), order, axis=1), axis=1)
    half = (total >= total[:, -1:] / 2.0).argmax(axis=1)
    return np.take_along_axis(values, np.take_along_axis(order, half[:, None], axis=1), axis=1)[:, 0]


def _rate(past: np.ndarray, base: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return (PRIOR_DEVICES + (weight * past).sum(axis=1)) / np.maximum((weight * base).sum(axis=1), 1e-9)


def _told(level: np.ndarray, freedom: np.ndarray, pool: Pool) -> np.ndarray:
    """Return how many windows of a pool rows of mean `level` are worth: a small mean says little about the variance."""
    return freedom * 2.0 * level / (pool.clumping + 2.0 * level)


def _pooled(own: np.ndarray, told: np.ndarray, pool: Pool) -> np.ndarray:
    clumping = (POOLED_WINDOWS * pool.clumping + told * np.maximum(own, 0.0)) / (POOLED_WINDOWS + told)
    return np.maximum(clumping, 1.0)


def _residuals(past: np.ndarray, mean: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Return Anscombe residuals (of Poisson counts; McCullagh and Nelder 1989), in units of variance over mean."""
    mean = np.maximum(mean, 1e-9)
    away = np.cbrt(past) ** 2 - np.cbrt(mean) ** 2
    return 1.5 * away / (mean ** (1.0 / 6.0) * np.sqrt(ratio))
