"""Expectation: how many distinct devices a window should hold, from earlier windows, exposure and pooled dispersion.

Counts are taken as negative binomial given a rate; the rate is learned from the baseline windows with a Gamma(1/2)
prior, so that the predictive distribution carries both the overdispersion of single windows and the uncertainty of a
short history (compare Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.6). Both enter one size parameter.

Overdispersion has two sources. Devices come in families and groups: then the variance is a multiple of the mean, the
`clumping`. And the rate itself swings from week to week: then it grows with the square of the mean, by `swing`. Both
are pooled over spots, clumping per pattern; a row with a history of its own moves towards what that shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from .counting import Presence, Windows, count_devices
from .history import History

BLOCK_ROWS = 50_000
PRIOR_DEVICES = 0.5
MIN_SWING = 0.005
MIN_COUNTRY_DEVICES = 30
MANY_DEVICES, MIN_MEDIAN_SPOTS, LARGEST_PART = 1000.0, 8, 0.1
"""Devices in an ordinary window, spot by spot, from which no crowd at one spot makes up much of a country's exposure;
below, how few spots tell by their median what the others do, and what part of their weight one may have."""
LEAST_SETTLED = 0.1
STEADY_RATE, SLOW_RATE, BUSY_RATE = 0.5, 4.0, 8.0
"""Devices per window from which a row tells of clumping, up to which of hardly anything else, from which of swing."""
POOLED_ROWS = 20.0
"""Rows of the pool of all patterns that a pattern's own rows are weighed against."""
POOLED_WINDOWS = 4.0
"""Windows of a pattern's pool that a row's own windows are weighed against."""


@dataclass(frozen=True)
class Dispersion:
    """Variance of a window's count around its mean m is clumping m + swing m^2; `clumping` float64 (n,) per row."""

    clumping: np.ndarray
    swing: float

    def take(self, rows: np.ndarray) -> Dispersion:
        """Return the dispersion of some rows."""
        return Dispersion(self.clumping[rows], self.swing)

    def at_least(self, clumping: np.ndarray) -> Dispersion:
        """Return the dispersion where no row clumps less than `clumping` (n,).

        Where groups come, whatever sets one apart sets all of it apart, though nobody like it was there before.
        """
        return Dispersion(np.maximum(self.clumping, clumping), self.swing)


@dataclass(frozen=True)
class Expected:
    """Predictive distribution of one window's counts.

    `mean` and `size` float64 (n,), the `clumping` of each row that they rest on, and the baseline's total.
    """

    mean: np.ndarray
    size: np.ndarray
    clumping: np.ndarray
    baseline_devices: np.ndarray


def find_exposure(history: History, presence: Presence, windows: Windows) -> np.ndarray:
    """Return the exposure float64 (spots, windows): devices active in the spot's country, relative to their mean."""
    rate = np.maximum(country_rates(history, presence.first, presence.last, len(windows)), 1.0)
    rate /= rate.mean(axis=1, keepdims=True)
    return rate[history.visits.spots.country_index]


def settle_exposure(exposure: np.ndarray, presence: Presence, windows: Windows) -> np.ndarray:
    """Return the exposure (spots, windows) where a country's few devices make it up, by what most of its spots show.

    There a crowd at one spot doubles the devices that are active, and every other spot seems to fall away. So the
    exposure is multiplied by the weighted median over spots of devices over what the exposure lets one expect.
    """
    ordinary = np.ones(len(windows), bool)
    ordinary[windows.key_window] = False
    usual = presence.devices[:, ordinary].mean(axis=1) if ordinary.any() else np.zeros(len(exposure))
    settled = exposure.copy()
    # Spots with the same exposure in every window have it from the same devices.
    mix = np.random.default_rng(len(windows)).random(len(windows))
    _, group = np.unique(add_up(exposure * mix), return_inverse=True)
    few = np.bincount(group, usual) < MANY_DEVICES
    for number in np.flatnonzero(few & (np.bincount(group, usual >= 1.0) >= MIN_MEDIAN_SPOTS)):
        mine = np.flatnonzero(group == number)
        telling = mine[usual[mine] >= 1.0]
        expected = usual[telling, None] * exposure[telling]
        weight = np.minimum(usual[telling], LARGEST_PART * usual[telling].sum())
        middle = _weighted_medians(presence.devices[telling] / expected, weight)
        middle /= max(float(np.median(middle[ordinary])), LEAST_SETTLED)
        settled[mine] *= np.maximum(middle, LEAST_SETTLED)
    return settled


def _weighted_medians(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the median of each column of `values` (n, m), where row i counts for `weight[i]`."""
    order = np.argsort(values, axis=0, kind="stable")
    half = np.cumsum(weight[order], axis=0) >= weight.sum() / 2.0
    return np.take_along_axis(values, order, axis=0)[half.argmax(axis=0), np.arange(values.shape[1])]


def country_rates(history: History, first: np.ndarray, last: np.ndarray, periods: int) -> np.ndarray:
    """Return the distinct devices active in each country, float64 (countries + 1, periods).

    Each visit is in the periods `first`..`last` (half open). Countries with few devices have those of the whole panel:
    a handful of devices is no measure. The whole panel is the last row, which a country of -1 (unknown) indexes.
    """
    visits, device = history.visits, history.visits.stays.device
    countries = len(history.world.country_code)
    region = np.where(visits.country < 0, countries, visits.country).astype(np.int64)
    panel = count_devices(np.zeros(len(device), np.int64), device, first, last, (1, periods))
    order = np.argsort(device * np.int64(countries + 1) + region, kind="stable")
    group, device, first, last = (column[order] for column in (region, device, first, last))
    active = count_devices(group, device, first, last, (countries + 1, periods))
    rate = np.where(active.mean(axis=1, keepdims=True) >= MIN_COUNTRY_DEVICES, active, panel).astype(np.float64)
    rate[-1] = panel[0]
    return rate


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
    ordinary = np.ones(len(windows), bool)
    ordinary[windows.key_window] = False
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


def mean_after(total: np.ndarray, base: np.ndarray, relative: np.ndarray) -> np.ndarray:
    """Return the mean to expect after `total` devices in the baseline, where `base` and `relative` stand for exposure.

    `base` is the sum of what counts are proportional to in the baseline, `relative` its value now; float64 (n,).
    """
    return np.maximum((PRIOR_DEVICES + total) / np.maximum(base, 1.0) * relative, 1e-9)


def expect(
    devices: np.ndarray, relative: np.ndarray, dispersion: Dispersion, windows: Windows, window: int
) -> Expected:
    """Return what `window` should hold, given `devices` (n, windows) in its baseline windows.

    Counts are proportional to `relative` (n, windows): the exposure, or for shares the spot's devices.
    """
    baseline = windows.baseline[window]
    past, base = devices[:, baseline], relative[:, baseline]
    number = max(past.shape[1], 1)
    total = past.sum(axis=1).astype(np.float64)
    shape = PRIOR_DEVICES + total
    mean = mean_after(total, add_up(base), relative[:, window])
    level, ratio = total / number, _variance_ratio(past, base)
    # A small mean says little about the variance: its windows count for less (2 + 1/m is the variance of a squared
    # deviation over a Poisson mean m).
    told = (number - 1.0) * 2.0 * level / (dispersion.clumping + 2.0 * level)
    own = np.maximum(ratio - dispersion.swing * level, 0.0)
    clumping = (POOLED_WINDOWS * dispersion.clumping + told * own) / (POOLED_WINDOWS + told)
    clumping = np.maximum(clumping, 1.0)
    # A variance that was estimated leaves heavier tails than one that is known, as t does beside the normal.
    allowed = clumping * (1.0 + 1.0 / (POOLED_WINDOWS + told))
    swing = dispersion.swing * (1.0 + 1.0 / number)
    size = 1.0 / ((allowed - 1.0) / mean + swing + allowed / shape)
    return Expected(mean, size, clumping, total)


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
        squares += _variance_ratio(devices[:, mine], relative[:, mine]) * (len(mine) - 1)
        freedom += len(mine) - 1
    return squares / freedom if freedom else np.ones(len(devices))


def _variance_ratio(devices: np.ndarray, relative: np.ndarray) -> np.ndarray:
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
