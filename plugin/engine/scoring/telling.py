"""What may be told of tests on few devices: figures that are the same for whichever small number was counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..base import meant_probability
from ..counting import PatternCounts
from ..tables import MIN_SHOWN, MOST_HIDDEN
from .expectation import Expected
from .measured import Kind, Measured

SHARE = "share"
"""The tail of changes of a share, which go both ways."""


def tell_least(
    measured: Measured,
    kind: Kind,
    rows: np.ndarray,
    window: int,
    crowds: np.ndarray,
    expected: Expected,
    p_value: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the p-values and expectations (float64) of tests of one kind as they may be told.

    Whoever knows the method can compute a count from its p-value and expectation, and the devices of the baseline from
    an expectation. So a count below MIN_SHOWN is taken for the one of those it may be that is least unusual (that tests
    are made of `min_devices` or more is known), and a baseline of 1 to MOST_HIDDEN devices for MOST_HIDDEN, all in one
    window: of such groups most may come by chance. For rises and falls p is an upper bound then; all else is as it is.
    """
    observed, past = measured.counts.devices[rows, window].astype(np.float64), expected.baseline_devices
    few, few_before = observed < MIN_SHOWN, (past > 0) & (past < MIN_SHOWN)
    mean, size = expected.mean.copy(), expected.size.copy()
    if few_before.any():
        at = kind.expect(_as_if(measured, rows[few_before], window), np.arange(few_before.sum()), window, crowds)
        mean[few_before], size[few_before] = at.mean, at.size
    told, small = p_value.copy(), np.flatnonzero(few | few_before)
    taken = Expected(mean[small], size[small], expected.clumping[small], past[small])
    is_partial = bool(measured.windows.partial[window])
    tails = [
        kind.judge(np.where(few, float(count), observed)[small], taken, is_partial)
        for count in (min(measured.min_devices, MOST_HIDDEN), MOST_HIDDEN)
    ]
    told[small] = meant_probability(np.maximum(*tails))
    if kind.changes[0].tail == SHARE:
        # A share of four that were there on one day of few is no bound: nothing may be told of such a shift.
        told[few_before] = 1.0
    return told, mean


def _as_if(measured: Measured, rows: np.ndarray, window: int) -> Measured:
    """Return the rows alone, with MOST_HIDDEN devices in the first window of the baseline and none in the others."""
    counts, baseline = measured.counts, np.flatnonzero(measured.windows.baseline[window])
    devices = counts.devices[rows].copy()
    devices[:, baseline], devices[:, baseline[0]] = 0, MOST_HIDDEN
    return replace(
        measured,
        counts=PatternCounts(counts.spot[rows], counts.pattern[rows], devices, counts.evidence[rows]),
        dispersion=measured.dispersion.take(rows),
        share_dispersion=measured.share_dispersion.take(rows),
        preference=measured.preference[rows],
        is_total=measured.is_total[rows],
        panel_shift=measured.panel_shift.of_rows(counts, rows, window) if measured.panel_shift is not None else None,
    )
