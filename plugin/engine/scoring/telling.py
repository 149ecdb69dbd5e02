"""What may be told of tests on few devices: figures that are the same for whichever small number was counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..base import meant_probability
from ..tables import MIN_SHOWN, MOST_HIDDEN, at_most_few
from .expectation import PRIOR_DEVICES, Expected
from .measured import Kind, Measured


def tell_least(
    measured: Measured, kind: Kind, window: int, observed: np.ndarray, expected: Expected, p_value: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the p-values and expectations (float64) of tests of one kind as they may be told.

    Whoever knows the method can compute a count from its p-value and expectation, and the devices of the baseline from
    an expectation. So a count below MIN_SHOWN is taken for the one of those it may be that is least unusual (that
    tests are made of `min_devices` or more is known), and a baseline of 1 to MOST_HIDDEN devices for MOST_HIDDEN. For
    rises and falls p is an upper bound then; all else is as it is.
    """
    past, few = expected.baseline_devices, observed < MIN_SHOWN
    mean = expected.mean * (PRIOR_DEVICES + at_most_few(past)) / (PRIOR_DEVICES + past)
    told, rows = p_value.copy(), np.flatnonzero(few | (mean != expected.mean))
    at = replace(
        expected, mean=mean[rows], size=expected.size[rows], clumping=expected.clumping[rows],
        baseline_devices=past[rows],
    )  # fmt: skip
    is_partial = bool(measured.windows.partial[window])
    tails = [
        kind.judge(np.where(few, float(count), observed)[rows], at, is_partial)
        for count in (min(measured.min_devices, MOST_HIDDEN), MOST_HIDDEN)
    ]
    told[rows] = meant_probability(np.maximum(*tails))
    return told, mean
