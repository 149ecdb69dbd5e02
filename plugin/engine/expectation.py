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

import numpy as np

from .counts import Presence
from .history import History
from .windows import Windows

PRIOR_DEVICES = 0.5
MIN_SWING = 0.005
MIN_COUNTRY_DEVICES = 30
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
    """Return the exposure float64 (spots, windows): devices active in the spot's country, relative to their mean.

    Countries with few devices, and spots in none, use the whole panel: a handful of devices is no measure.
    """
    visits = history.visits
    device = visits.stays.device[presence.visit].astype(np.int64)
    countries = len(history.world.country_code)
    region = np.where(visits.country[presence.visit] < 0, countries, visits.country[presence.visit])
    shape = (countries + 1, len(windows))
    active = _distinct(region.astype(np.int64) * len(windows) + presence.window, device, shape)
    panel = _distinct(presence.window.astype(np.int64), device, (1, len(windows)))
    rate = np.where(active.mean(axis=1, keepdims=True) >= MIN_COUNTRY_DEVICES, active, panel).astype(np.float64)
    rate[-1] = panel[0]
    rate = np.maximum(rate, 1.0)
    rate /= rate.mean(axis=1, keepdims=True)
    country = visits.spots.country_index
    return rate[np.where(country < 0, countries, country)]


def find_dispersion(pattern: np.ndarray, devices: np.ndarray, relative: np.ndarray, windows: Windows) -> Dispersion:
    """Return the dispersion of rows of counts `devices` (n, windows), pooled per `pattern` and with the pool of all.

    `relative` (n, windows) is what counts are proportional to: exposure, or the spot's devices. Moments over all
    ordinary windows; the key windows are left out.
    """
    ordinary = np.ones(len(windows), bool)
    ordinary[windows.key_window] = False
    if int(ordinary.sum()) < 2 or len(pattern) == 0:
        return Dispersion(np.ones(len(pattern)), MIN_SWING)
    mean, ratio = _variance_ratio(devices[:, ordinary], relative[:, ordinary])
    steady, busy = mean >= STEADY_RATE, mean >= BUSY_RATE
    if not steady.any():
        return Dispersion(np.ones(len(pattern)), MIN_SWING)
    # Most spots see no crowds: the median tells how much a rate swings, where a mean would tell of the crowds.
    slow = steady & (mean < SLOW_RATE)
    quiet = float(np.median(ratio[slow])) if slow.any() else 1.0
    swing = float(np.median((ratio[busy] - quiet) / mean[busy])) if busy.any() else MIN_SWING
    swing = max(swing, MIN_SWING)
    own = ratio[steady] - swing * mean[steady]
    patterns = int(pattern.max()) + 1
    number = np.bincount(pattern[steady], minlength=patterns)
    total = np.bincount(pattern[steady], own, patterns)
    pooled = (total + POOLED_ROWS * max(own.mean(), 1.0)) / (number + POOLED_ROWS)
    return Dispersion(np.maximum(pooled, 1.0)[pattern], swing)


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
    mean = np.maximum(shape / np.maximum(base.sum(axis=1), 1.0) * relative[:, window], 1e-9)
    level, ratio = _variance_ratio(past, base)
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


def _variance_ratio(devices: np.ndarray, relative: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's mean count and its variance around the fitted means, over those means (1 for Poisson)."""
    number = devices.shape[1]
    exposed = np.maximum(relative.sum(axis=1), 1e-9)
    fitted = devices.sum(axis=1)[:, None] / exposed[:, None] * relative
    squares = (np.square(devices - fitted) / np.maximum(fitted, 1e-9)).sum(axis=1)
    return fitted.mean(axis=1), np.where(fitted.sum(axis=1) > 0, squares / max(number - 1, 1), 1.0)


def _distinct(cell: np.ndarray, device: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Count the distinct devices of each cell of a table."""
    devices = int(device.max(initial=0)) + 1
    pairs = np.unique(cell * devices + device)
    return np.bincount(pairs // devices, minlength=shape[0] * shape[1]).reshape(shape)
