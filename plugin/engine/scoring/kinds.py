"""Kinds of test at a spot: one p-value per kind, and one of all kinds together."""

from __future__ import annotations

import numpy as np

from ..stats import simes
from .changes import KIND_OF_CHANGE, KIND_WEIGHT, KINDS, MIN_FALL_DEVICES, MIN_SHARE_DEVICES
from .measured import Measured, WindowTests


def score_kinds(tests: WindowTests, spots: int) -> np.ndarray:
    """Return Simes p-values float64 (KINDS, spots) over the distinct evidence of each; NaN where nothing was tested."""
    group = tests.group(spots)
    p_value = simes(group, tests.weighted, KINDS * spots)
    p_value[np.bincount(group, minlength=len(p_value)) == 0] = np.nan
    return p_value.reshape(KINDS, spots)


def find_families(measured: Measured, window: int, p_value: np.ndarray) -> np.ndarray:
    """Return which kinds of test look at which spots in `window`, bool (KINDS, spots), whatever the outcome there.

    Upper tail: every spot. Falls away: spots with enough devices in the baseline to fall from, also in a window where
    no fall is tested. Shifts: spots with enough devices in the window to share. None for a kind that was not asked for;
    whatever has a p-value is there.
    """
    spot_devices = measured.spot_devices
    baseline = spot_devices[:, measured.windows.baseline[window]].mean(axis=1)
    asked = np.zeros(KINDS, bool)
    asked[KIND_OF_CHANGE[measured.asked.any(axis=0)]] = True
    looks = np.stack((
        np.ones(len(spot_devices), bool), baseline >= MIN_FALL_DEVICES, spot_devices[:, window] >= MIN_SHARE_DEVICES,
    ))  # fmt: skip
    return looks & asked[:, None] | np.isfinite(p_value)


def weigh_kinds(families: np.ndarray) -> np.ndarray:
    """Return the weight of each kind at each spot, float64 (KINDS, spots): those that look there sum to 1."""
    weight = KIND_WEIGHT[:, None] * families
    return weight / np.maximum(weight.sum(axis=0), 1e-9)


def combine_kinds(p_value: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return one p-value per spot of (calibrated) p-values (KINDS, spots), NaN untested: the smallest weighted one."""
    weighted = np.where(np.isfinite(p_value), p_value, 1.0) / np.maximum(weight, 1e-9)
    return np.minimum(weighted.min(axis=0), 1.0)
