"""Expectation: how many distinct devices a window should hold, from earlier windows, exposure and pooled dispersion.

Counts are taken as negative binomial given a rate; the rate is learned from the baseline windows with a Gamma(1/2)
prior, so that the predictive distribution carries both the overdispersion of single windows and the uncertainty of a
short history (compare Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.6). Both enter one size parameter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .counts import PatternCounts, Presence
from .history import History
from .windows import Windows

PRIOR_DEVICES = 0.5
MIN_DISPERSION = 0.005
MIN_COUNTRY_DEVICES = 30
SHRINK_TO_GLOBAL = 20.0


@dataclass(frozen=True)
class Expected:
    """Predictive distribution of one window's counts: `mean` and `size` float64 (n,), and the baseline's total."""

    mean: np.ndarray
    size: np.ndarray
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


def find_dispersion(counts: PatternCounts, exposure: np.ndarray, windows: Windows) -> np.ndarray:
    """Return the dispersion (1 / size) of each pattern row, pooled per pattern and shrunk to the pool of all.

    Moment estimate over all ordinary windows of all spots: excess of squared deviations over the Poisson part.
    """
    ordinary = np.ones(len(windows), bool)
    ordinary[windows.key_window] = False
    patterns = int(counts.pattern.max(initial=0)) + 1
    number = int(ordinary.sum())
    if number < 2 or len(counts.spot) == 0:
        return np.full(len(counts.spot), MIN_DISPERSION)
    devices = counts.devices[:, ordinary].astype(np.float64)
    relative = exposure[counts.spot][:, ordinary]
    rate = devices.sum(axis=1) / relative.sum(axis=1)
    mean = rate[:, None] * relative
    steady = rate >= 1.0
    free = 1.0 - 1.0 / number
    excess = np.where(steady, (np.square(devices - mean) - mean * free).sum(axis=1), 0.0)
    weight = np.where(steady, (np.square(mean) * free).sum(axis=1), 0.0)
    if weight.sum() == 0:
        return np.full(len(counts.spot), MIN_DISPERSION)
    pooled = max(excess.sum() / weight.sum(), MIN_DISPERSION)
    own_excess = np.bincount(counts.pattern, excess, patterns)
    own_weight = np.bincount(counts.pattern, weight, patterns)
    prior = SHRINK_TO_GLOBAL * np.median(weight[steady]) if steady.any() else 1.0
    per_pattern = (own_excess + prior * pooled) / (own_weight + prior)
    return np.maximum(per_pattern, MIN_DISPERSION)[counts.pattern]


def expect(
    devices: np.ndarray, exposure: np.ndarray, dispersion: np.ndarray, windows: Windows, window: int
) -> Expected:
    """Return what `window` should hold, given `devices` and `exposure` (n, windows) in its baseline windows."""
    baseline = windows.baseline[window]
    total = devices[:, baseline].sum(axis=1).astype(np.float64)
    exposed = exposure[:, baseline].sum(axis=1)
    shape = PRIOR_DEVICES + total
    mean = shape / exposed * exposure[:, window]
    number = max(int(baseline.sum()), 1)
    size = 1.0 / (dispersion * (1.0 + 1.0 / number) + 1.0 / shape)
    return Expected(mean, size, total)


def expect_share(
    devices: np.ndarray, spot_devices: np.ndarray, dispersion: np.ndarray, windows: Windows, window: int
) -> Expected:
    """Return what `window` should hold if the pattern kept its share of the spot's devices (both (n, windows))."""
    baseline = windows.baseline[window]
    total = devices[:, baseline].sum(axis=1).astype(np.float64)
    base = np.maximum(spot_devices[:, baseline].sum(axis=1), 1.0)
    shape = PRIOR_DEVICES + total
    mean = np.maximum(shape / base * spot_devices[:, window], 1e-9)
    number = max(int(baseline.sum()), 1)
    size = 1.0 / (dispersion * (1.0 + 1.0 / number) + 1.0 / shape)
    return Expected(mean, size, total)


def _distinct(cell: np.ndarray, device: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Count the distinct devices of each cell of a table."""
    devices = int(device.max(initial=0)) + 1
    pairs = np.unique(cell * devices + device)
    return np.bincount(pairs // devices, minlength=shape[0] * shape[1]).reshape(shape)
