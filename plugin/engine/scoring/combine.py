"""Combination: which spots are unusual around the key dates, with what behavior, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from ..base import Progress
from ..counting import PatternCounts
from ..stats import adjust, adjust_in_groups
from .calibration import Calibration, calibrate
from .kind_scores import combine_kinds, find_families, looking, score_kinds, weigh_kinds
from .measured import Change, Measured, WindowTests
from .window_tests import find_all_tests, ordinary_windows

LEVEL = 0.05
"""Findings hold at q-values up to this, the share of false ones that is accepted among them. By hand: the usual level;
`make bench scoring` measures what it comes to."""


@dataclass(frozen=True)
class Scores:
    """Every test of the key windows and every spot's score.

    Per test (n,): `row` into `counts`, `change` (index into `changes`), `spot`, `window`, `p_value` (calibrated),
    `expected`, `alike`, `q_value`, `exposure` float64 (the spot's in the window over its mean in the baseline), `phase`
    (index into the phases of plain counts; 0 the whole window), `observed` distinct devices. A plain count that is in
    no row of `counts` has row -1; its pattern is `total_pattern`. Per
    tested key window and spot (key windows, spots): `spot_p` (calibrated, 1.0 untested) and `spot_q`. `placebo_p`
    float64 (placebo dates,): the smallest calibrated spot p-value of each ordinary date. `calibration`: one per kind of
    test. `told`: the same scores as they may be told (`tell_least`); None in these.
    """

    counts: PatternCounts
    changes: tuple[Change, ...]
    key_windows: np.ndarray
    row: np.ndarray
    change: np.ndarray
    spot: np.ndarray
    window: np.ndarray
    p_value: np.ndarray
    expected: np.ndarray
    alike: np.ndarray
    phase: np.ndarray
    observed: np.ndarray
    total_pattern: int
    q_value: np.ndarray
    exposure: np.ndarray
    spot_p: np.ndarray
    spot_q: np.ndarray
    placebo_p: np.ndarray
    calibration: tuple[Calibration, ...]
    told: Optional[Scores] = None

    @property
    def pattern(self) -> np.ndarray:
        """The pattern of each test, int64 (n,)."""
        if len(self.counts.pattern) == 0:
            return np.full(len(self.row), self.total_pattern)
        return np.where(self.row < 0, self.total_pattern, self.counts.pattern[self.row])

    def is_plain(self, test: int) -> bool:
        """Return whether a test counted all devices of its spot, whatever they did."""
        return int(self.pattern[test]) == self.total_pattern

    def change_of(self, test: int) -> Change:
        """Return the change that a test is named by."""
        return self.changes[int(self.change[test])]


def score(measured: Measured, progress: Optional[Progress] = None) -> Scores:
    """Test every key window that has enough history, calibrated by the same procedure on all ordinary dates."""
    progress = progress or Progress()
    spots, placebo, tests = find_all_tests(measured, progress.part(0.0, 0.9))
    progress.step("Testing key dates", 0.9)
    # Busy spots where nothing could be tested count as 1.0.
    idle = max(int(measured.is_busy.sum()) - len(spots), 0)
    padded = np.pad(np.nan_to_num(placebo, nan=1.0), ((0, 0), (0, 0), (0, idle)), constant_values=1.0)
    calibration = tuple(calibrate(p.ravel()) for p in padded.transpose(1, 0, 2))
    ordinary = [
        combine_kinds(
            _calibrated(p, calibration),
            weigh_kinds(measured.kinds, looking(measured, *window)[:, spots] | np.isfinite(p)),
        ).min(initial=1.0)
        for window, p in zip(ordinary_windows(measured), placebo)
    ]
    return _combine(measured, tests, calibration, np.array(ordinary))


def _weights(measured: Measured, window: int, p_value: np.ndarray) -> np.ndarray:
    """Return the weight of each kind at each spot of a window, float64 (kinds, spots)."""
    return weigh_kinds(measured.kinds, find_families(measured, window, p_value))


def _calibrated(p_value: np.ndarray, calibration: tuple[Calibration, ...]) -> np.ndarray:
    """Apply each kind's calibration to its row of p-values (kinds, spots)."""
    calibrated = np.full(p_value.shape, np.nan)
    for own, given, result in zip(calibration, p_value, calibrated):
        tested = np.flatnonzero(np.isfinite(given))
        result[tested] = own.apply(given[tested])
    return calibrated


def _combine(
    measured: Measured, tests: list[WindowTests], calibration: tuple[Calibration, ...], placebo_best: np.ndarray
) -> Scores:
    """Return the scores, and the same as they may be told.

    What holds is told to hold, at LEVEL where the least that may be told of it would not: else a place that all but
    emptied would be lost, since four might have stayed. Of its count no more is told by that than that it holds.
    """
    scores = _scores_of(measured, tests, calibration, placebo_best)
    told = _scores_of(measured, [one.told for one in tests], calibration, placebo_best)
    shown = {name: getattr(told, name) for name in ("p_value", "expected", "spot_p")}  # all others are not held twice
    for name in ("q_value", "spot_q"):
        q, least = getattr(scores, name), getattr(told, name)
        shown[name] = np.where(q <= LEVEL, np.minimum(least, LEVEL), least)
    return replace(scores, told=replace(scores, **shown))


def _exposure_change(measured: Measured) -> np.ndarray:
    """Return each spot's exposure in the tested key windows over its mean in their baselines, (spots, key windows).

    Where a baseline has no windows that remember, over its mean in all windows.
    """
    baseline = measured.windows.baseline[measured.tested]
    baseline = np.where(baseline.any(axis=1, keepdims=True), baseline, True)
    usual = measured.exposure @ (baseline / baseline.sum(axis=1, keepdims=True)).T
    return measured.exposure[:, measured.tested] / usual


def _scores_of(
    measured: Measured, tests: list[WindowTests], calibration: tuple[Calibration, ...], placebo_best: np.ndarray
) -> Scores:
    """Adjust over all spots and key dates, then inside the selected spots (Benjamini and Bogomolov 2014)."""
    spots, spot_weight = len(measured.spot_devices), measured.spot_weight
    shape = (len(tests), len(measured.kinds), spots)
    by_kind = np.array([_calibrated(score_kinds(measured, one), calibration) for one in tests]).reshape(shape)
    weight = np.array([_weights(measured, one.window, p) for one, p in zip(tests, by_kind)]).reshape(shape)
    spot_p = np.array([combine_kinds(*both) for both in zip(by_kind, weight)]).reshape(len(tests), spots)
    looked_at = weight.any(axis=1)
    spot_q = np.ones(spot_p.shape)
    weighted = np.minimum(spot_p / spot_weight, 1.0)
    spot_q[looked_at] = adjust(weighted[looked_at])
    spread = max(looked_at.sum(), 1) / max((spot_q[looked_at] <= LEVEL).sum(), 1)

    def joined(name: str) -> np.ndarray:
        return np.concatenate([np.empty(0, np.int64), *(getattr(one, name) for one in tests)])

    key = np.repeat(np.arange(len(tests)), [len(one.row) for one in tests]).astype(np.int64)
    row, spot, change = (joined(name).astype(np.int64) for name in ("row", "spot", "change"))
    p_value = joined("p_value").astype(np.float64)
    kinds = measured.kind_of[change]
    inside = adjust_in_groups((key * spots + spot) * len(measured.kinds) + kinds, joined("weighted").astype(np.float64))
    for index, own in enumerate(calibration):
        rows = kinds == index
        p_value[rows], inside[rows] = own.apply(p_value[rows]), own.apply(inside[rows])
    inside *= spread / (weight[key, kinds, spot] * spot_weight[spot])
    exposure = _exposure_change(measured)
    return Scores(
        counts=measured.counts,
        changes=measured.changes,
        key_windows=measured.tested,
        row=row,
        change=change,
        spot=spot,
        window=measured.tested[key],
        p_value=p_value,
        expected=joined("expected").astype(np.float64),
        alike=joined("alike").astype(np.int64),
        phase=joined("phase").astype(np.int64),
        observed=joined("observed").astype(np.int64),
        total_pattern=measured.total_pattern,
        q_value=np.maximum(spot_q[key, spot], np.minimum(inside, 1.0)),
        exposure=np.round(exposure[spot, key], 6),
        spot_p=spot_p,
        spot_q=spot_q,
        placebo_p=placebo_best,
        calibration=calibration,
    )
