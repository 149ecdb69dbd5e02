"""Kinds of test at a spot: one p-value per kind, and one of all kinds together."""

from __future__ import annotations

from typing import Optional, Union

import numpy as np

from ..stats import simes
from .measured import Kind, Measured, PlainKind, WindowTests
from .plain_tests import spots_looked_at


def score_kinds(measured: Measured, tests: WindowTests) -> np.ndarray:
    """Return Simes p-values float64 (kinds, spots) over the distinct evidence of each; NaN where nothing was tested."""
    shape = len(measured.kinds), len(measured.spot_devices)
    group = measured.group(tests.change, tests.spot)
    p_value = simes(group, tests.weighted, shape[0] * shape[1])
    p_value[np.bincount(group, minlength=len(p_value)) == 0] = np.nan
    return p_value.reshape(shape)


def find_families(measured: Measured, window: int, p_value: np.ndarray) -> np.ndarray:
    """Return which kinds of test look at which spots in `window`, bool (kinds, spots), whatever the outcome there.

    None for a kind that was not asked for; whatever has a p-value is there.
    """
    return looking(measured, window) | np.isfinite(p_value)


def looking(measured: Measured, window: int, plain: Optional[int] = None) -> np.ndarray:
    """Return which kinds of test look at which spots in `window`, bool (kinds, spots); none that was not asked for.

    `plain` is the window's row among those of plain counts, where `window` is -1 because the study's have none.
    """
    if plain is None and measured.plain is not None:
        plain = measured.plain.row_of(window)
    is_asked = np.zeros(len(measured.kinds), bool)
    is_asked[measured.kind_of[measured.asked.any(axis=0)]] = True
    has_memory = window in measured.windows.tested or window in measured.windows.placebo
    looks = np.stack([
        spots_looked_at(measured, kind, plain) if isinstance(kind, PlainKind)
        else kind.looks_at(measured, window) if has_memory
        else np.zeros(len(measured.spot_devices), bool)
        for kind in measured.kinds
    ])  # fmt: skip
    return looks & is_asked[:, None]


def weigh_kinds(kinds: tuple[Union[Kind, PlainKind], ...], families: np.ndarray) -> np.ndarray:
    """Return the weight of each kind at each spot, float64 (kinds, spots): those that look there sum to 1."""
    weight = np.array([kind.weight for kind in kinds])[:, None] * families
    return weight / np.maximum(weight.sum(axis=0), 1e-9)


def combine_kinds(p_value: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return one p-value per spot of (calibrated) p-values (kinds, spots), NaN untested: the smallest weighted one."""
    weighted = np.where(np.isfinite(p_value), p_value, 1.0) / np.maximum(weight, 1e-9)
    return np.minimum(weighted.min(axis=0), 1.0)
