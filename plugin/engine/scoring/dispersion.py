"""Dispersion: how much more than Poisson counts scatter, pooled over spots and patterns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..base import Columns
from ..counting import Windows

BLOCK_ROWS = 50_000
"""Rows whose scatter is computed at a time, by hand: bounds the memory. Results do not depend on it."""
MIN_SWING = 0.005
"""Least swing of a rate, as a variance: 7 % from window to window. By hand: less trusts steady weeks more, so that
smaller changes of busy spots are found, and more that are none."""
STEADY_RATE, SLOW_RATE, BUSY_RATE = 0.5, 4.0, 8.0
"""Devices per window from which a row tells of clumping, up to which of hardly anything else, from which of swing. By
hand: wider bands have more rows, which tell of both at once."""
POOLED_ROWS = 20.0
"""Rows of the pool of all patterns that a pattern's own rows are weighed against. By hand: more make patterns alike,
fewer leave rare ones to chance."""


@dataclass(frozen=True)
class Dispersion(Columns):
    """Variance of a window's count around its mean m is clumping m + swing m^2; `clumping` float64 (n,) per row."""

    clumping: np.ndarray
    swing: float

    def at_least(self, clumping: np.ndarray) -> Dispersion:
        """Return the dispersion where no row clumps less than `clumping` (n,).

        Where groups come, whatever sets one apart sets all of it apart, though nobody like it was there before.
        """
        return Dispersion(np.maximum(self.clumping, clumping), self.swing)


def find_dispersion(
    pattern: np.ndarray,
    devices: np.ndarray,
    relative: np.ndarray,
    windows: Windows,
    spot: Optional[np.ndarray] = None,
) -> Dispersion:
    """Return the dispersion of rows of counts `devices` (n, windows), pooled per `pattern` and with the pool of all.

    `relative` (n, windows) is what counts are proportional to: exposure, or the spot's devices; with `spot` (n,) given,
    `relative[spot]` is. Moments over all ordinary windows; the key windows are left out.
    """
    spot = np.arange(len(pattern)) if spot is None else spot
    ordinary = windows.is_usual
    number = int(ordinary.sum())
    if number < 2 or len(pattern) == 0:
        return Dispersion(np.ones(len(pattern)), MIN_SWING)
    mean = (devices.sum(axis=1) - devices[:, ~ordinary].sum(axis=1)) / number
    steady = np.flatnonzero(mean >= STEADY_RATE)
    if len(steady) == 0:
        return Dispersion(np.ones(len(pattern)), MIN_SWING)
    mean, own_pattern = mean[steady], pattern[steady]
    blocks = (steady[begin : begin + BLOCK_ROWS] for begin in range(0, len(steady), BLOCK_ROWS))
    ratio = np.concatenate([
        _aligned_ratio(devices[rows][:, ordinary], relative[spot[rows]][:, ordinary], windows.start_day[ordinary] % 7)
        for rows in blocks
    ])  # fmt: skip
    slow, busy = mean < SLOW_RATE, mean >= BUSY_RATE
    # Most spots see no crowds: the median tells how much a rate swings, where a mean would tell of the crowds.
    quiet = float(np.median(ratio[slow])) if slow.any() else 1.0
    swing = float(np.median((ratio[busy] - quiet) / mean[busy])) if busy.any() else MIN_SWING
    swing = max(swing, MIN_SWING)
    own = ratio - swing * mean
    patterns = int(pattern.max()) + 1
    rows = np.bincount(own_pattern, minlength=patterns)
    total = np.bincount(own_pattern, own, patterns)
    pooled = (total + POOLED_ROWS * max(own.mean(), 1.0)) / (rows + POOLED_ROWS)
    return Dispersion(np.maximum(pooled, 1.0)[pattern], swing)


def add_up(table: np.ndarray) -> np.ndarray:
    """Return the sum of each row of a table (n, windows), to the bit the same whatever other rows are there.

    numpy's own sum adds the numbers of a single row in another order than those of many.
    """
    total = np.zeros(len(table))
    for column in table.T:
        total += column
    return total


def _aligned_ratio(devices: np.ndarray, relative: np.ndarray, weekday: np.ndarray) -> np.ndarray:
    """Return the variance ratio around means of their own for windows that begin on different weekdays.

    Key dates on a Wednesday and a Friday bring windows of both kinds; the rhythm of the week is no overdispersion.
    """
    squares, freedom = np.zeros(len(devices)), 0
    for day in np.unique(weekday):
        mine = np.flatnonzero(weekday == day)
        squares += variance_ratio(devices[:, mine], relative[:, mine]) * (len(mine) - 1)
        freedom += len(mine) - 1
    return squares / freedom if freedom else np.ones(len(devices))


def variance_ratio(devices: np.ndarray, relative: np.ndarray) -> np.ndarray:
    """Return the variance of each row's counts around the fitted means, over those means (1 for Poisson)."""
    number, total = devices.shape[1], devices.sum(axis=1)
    rate = total / np.maximum(add_up(relative), 1e-9)
    squares = np.zeros(len(devices))
    for seen, each in zip(devices.T, relative.T):
        fitted = rate * each
        away = seen - fitted
        away *= away
        away /= np.maximum(fitted, 1e-9)
        squares += away
    return np.where(total > 0, squares / max(number - 1, 1), 1.0)
