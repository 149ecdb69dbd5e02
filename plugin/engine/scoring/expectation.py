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

from ..counting import Windows
from .dispersion import Dispersion, add_up, variance_ratio

PRIOR_DEVICES = 0.5
"""The Gamma(1/2) prior above, which is Jeffreys's prior of a Poisson rate."""
POOLED_WINDOWS = 4.0
"""Windows of a pattern's pool that a row's own windows are weighed against. By hand: more make spots alike, fewer let a
short quiet past pass for a steady one."""


@dataclass(frozen=True)
class Expected:
    """Predictive distribution of one window's counts.

    `mean` and `size` float64 (n,), the `clumping` of each row that they rest on, and the baseline's total.
    """

    mean: np.ndarray
    size: np.ndarray
    clumping: np.ndarray
    baseline_devices: np.ndarray


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
    past, base, worth = devices[:, baseline], relative[:, baseline], windows.worth(window)
    number = worth * max(past.shape[1], 1)
    total = past.sum(axis=1).astype(np.float64)
    shape = PRIOR_DEVICES + worth * total
    mean = mean_after(worth * total, worth * add_up(base), relative[:, window])
    level, ratio = worth * total / number, variance_ratio(past, base)
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
