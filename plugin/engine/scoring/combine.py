"""Combination: which spots are unusual around the key dates, with what behavior, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from ..base import Progress
from ..counting import PatternCounts, Windows
from ..stats import adjust_in_groups
from .calibration import Calibration, calibrate
from .decoys import Decoys, gather_decoys
from .kind_scores import combine_kinds, find_families, looking, score_kinds, weigh_kinds
from .measured import Change, Measured, WindowTests
from .together import Together, ask_together
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
    float64 (placebo dates,): the smallest calibrated spot p-value of each ordinary date. `told`: the same scores as
    they may be told (`tell_least`); None in these. `together`: what groups of key dates say, as it may be told.
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
    calibration: Calibration
    told: Optional[Scores] = None
    together: tuple[Together, ...] = ()

    @property
    def pattern(self) -> np.ndarray:
        """The pattern of each test, int64 (n,)."""
        if len(self.counts.pattern) == 0:
            return np.full(len(self.row), self.total_pattern)
        return np.where(self.row < 0, self.total_pattern, self.counts.pattern[self.row])

    @property
    def smallest_q(self) -> np.ndarray:
        """The smallest q-value of the tests of each spot, float64 (key windows, spots); 1.0 where there is none."""
        smallest = np.ones(self.spot_q.shape)
        np.minimum.at(smallest, (np.searchsorted(self.key_windows, self.window), self.spot), self.q_value)
        return smallest

    def is_plain(self, test: int) -> bool:
        """Return whether a test counted all devices of its spot, whatever they did."""
        return int(self.pattern[test]) == self.total_pattern

    def change_of(self, test: int) -> Change:
        """Return the change that a test is named by."""
        return self.changes[int(self.change[test])]


def score(
    measured: Measured, progress: Optional[Progress] = None, groups: Sequence[np.ndarray] = ()
) -> Scores:
    """Test every key window that has enough history, calibrated by the same procedure on all ordinary dates.

    `groups` of key windows (rows of the windows, each int64) are asked together, beside each by itself.
    """
    progress = progress or Progress()
    spots, placebo, tests = find_all_tests(measured, progress.part(0.0, 0.9))
    progress.step("Testing key dates", 0.9)
    ordinary = np.ones((len(placebo), len(measured.spot_devices)))
    for row, windows, p in zip(ordinary, ordinary_windows(measured), placebo):
        looks = looking(measured, *windows)[:, spots] | np.isfinite(p)
        row[spots] = combine_kinds(p, weigh_kinds(measured.kinds, looks))
    scores = _combine(measured, tests, _ordinary_of(measured, tests, ordinary))
    own = [np.intersect1d(group, measured.tested) for group in groups]
    asked = [group for group in own if len(group) > 1]
    return replace(
        scores, together=tuple(_ask_together(measured, spots, placebo, tests, group, len(asked)) for group in asked)
    )


def _ask_together(
    measured: Measured, spots: np.ndarray, placebo: np.ndarray, tests: list[WindowTests], group: np.ndarray, groups: int
) -> Together:
    """Return what the key windows `group` say together, by tests as they may be told, of the busy ones of `spots`."""
    mine = [one.told for one in tests if one.window in group]
    scored = [score_kinds(measured, one) for one in mine]
    weight = np.mean([_weights(measured, one.window, p) for one, p in zip(mine, scored)], axis=0)
    busy = measured.is_busy[spots]
    at = spots[busy]
    last_change = np.flatnonzero(np.diff(measured.kind_of, append=-1))  # surges, not appears: there were others before
    return ask_together(
        group, at, np.array(scored)[:, :, at], weight[:, at], placebo[:, :, busy], measured.spot_weight[at], groups,
        last_change,
    )  # fmt: skip


def _windows_of(measured: Measured) -> Windows:
    """Return the windows whose ordinary ones are looked at: those of plain counts where the study's have none."""
    if measured.plain is None or len(measured.windows.placebo):
        return measured.windows
    return measured.plain.counts.windows


@dataclass(frozen=True)
class _Ordinary:
    """What ordinary dates tell: the calibration, their smallest p-value each, and the decoys of weighted p-values."""

    calibration: Calibration
    smallest: np.ndarray
    decoys: Decoys


def _ordinary_of(measured: Measured, tests: list[WindowTests], p_value: np.ndarray) -> _Ordinary:
    """Return what the p-values (ordinary dates, spots) tell; without any, what those of the key dates tell."""
    looked_at = p_value if len(p_value) else np.array([_spots_of(measured, one)[0] for one in tests])
    busy = np.flatnonzero(measured.is_busy)  # where nothing could be tested they count as 1.0
    known = looked_at.reshape(-1, len(measured.spot_devices))[:, busy].ravel()
    calibration = calibrate(known, len(p_value) > 0, len(tests) * len(busy))
    calibrated = calibration.apply(p_value)
    weighted = np.minimum(calibrated / measured.spot_weight, 1.0)
    return _Ordinary(calibration, calibrated.min(axis=1, initial=1.0), gather_decoys(weighted, _windows_of(measured)))


def _weights(measured: Measured, window: int, p_value: np.ndarray) -> np.ndarray:
    """Return the weight of each kind at each spot of a window, float64 (kinds, spots)."""
    return weigh_kinds(measured.kinds, find_families(measured, window, p_value))


def _spots_of(measured: Measured, tests: WindowTests) -> tuple[np.ndarray, np.ndarray]:
    """Return the p-value of each spot (spots,), of all kinds together, and the weights of these (kinds, spots)."""
    p_value = score_kinds(measured, tests)
    weight = _weights(measured, tests.window, p_value)
    return combine_kinds(p_value, weight), weight


def _combine(measured: Measured, tests: list[WindowTests], ordinary: _Ordinary) -> Scores:
    """Return the scores, and the same as they may be told.

    What holds is told to hold, at LEVEL where the least that may be told of it would not: else a place that all but
    emptied would be lost, since four might have stayed. Of its count no more is told by that than that it holds.
    """
    scores = _scores_of(measured, tests, ordinary)
    told = _scores_of(measured, [one.told for one in tests], ordinary)
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


def _scores_of(measured: Measured, tests: list[WindowTests], ordinary: _Ordinary) -> Scores:
    """Adjust over all spots and key dates, then inside the selected spots (Benjamini and Bogomolov 2014)."""
    spots, spot_weight = len(measured.spot_devices), measured.spot_weight
    combined = [_spots_of(measured, one) for one in tests]
    weight = np.array([own for _, own in combined]).reshape(len(tests), len(measured.kinds), spots)
    spot_p = ordinary.calibration.apply(np.array([p for p, _ in combined]).reshape(len(tests), spots))
    # Ordinary dates tell how often busy spots have small p-values; at others there is nothing to be found.
    looked_at = weight.any(axis=1) & measured.is_busy
    spot_q = np.ones(spot_p.shape)
    weighted = np.minimum(spot_p / spot_weight, 1.0)[looked_at]
    spot_q[looked_at] = ordinary.decoys.q_values(weighted, len(tests), weighted)
    spot_q = np.maximum(spot_q, spot_p)

    def joined(name: str) -> np.ndarray:
        return np.concatenate([np.empty(0, np.int64), *(getattr(one, name) for one in tests)])

    key = np.repeat(np.arange(len(tests)), [len(one.row) for one in tests]).astype(np.int64)
    row, spot, change = (joined(name).astype(np.int64) for name in ("row", "spot", "change"))
    kinds = measured.kind_of[change]
    share = weight[key, kinds, spot]
    inside = adjust_in_groups((key * spots + spot) * len(measured.kinds) + kinds, joined("weighted").astype(np.float64))
    # Any of a spot's tests must be as small as the spots that hold.
    inside = np.minimum(ordinary.calibration.apply(np.minimum(inside / share, 1.0)) / spot_weight[spot], 1.0)
    p_value = ordinary.calibration.apply(np.minimum(joined("p_value") / share, 1.0))
    inside_q = ordinary.decoys.q_values(weighted, len(tests), inside)
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
        q_value=np.maximum.reduce([spot_q[key, spot], inside_q, p_value]),
        exposure=np.round(exposure[spot, key], 6),
        spot_p=spot_p,
        spot_q=spot_q,
        placebo_p=ordinary.smallest,
        calibration=ordinary.calibration,
    )
