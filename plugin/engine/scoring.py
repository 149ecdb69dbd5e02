"""Scoring: the tests of one window over all spots and patterns, and the calibration by ordinary windows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from .base import Progress, begins_run, run_starts, work_in_threads
from .counting import PatternCounts, Windows
from .expectation import Dispersion, Expected, add_up, expect, mean_after
from .stats import lower_tail, simes, upper_tail

APPEARS, SURGES, FALLS_AWAY, SHIFTS = range(4)
CHANGES = ("appears", "surges", "falls_away", "shifts")
KINDS = 3
KIND_OF_CHANGE = np.array([0, 0, 1, 2])
"""Appears and surges are one upper-tail test, labelled by its baseline; the other two are tests of their own."""
KIND_WEIGHT = np.array([0.6, 0.2, 0.2])
"""Share of a spot's weight on each kind of test, of those that look at it (weighted p-values: Genovese, Roeder and
Wasserman 2006)."""
MIN_FALL_DEVICES = 8.0
"""Below this a fall to nothing is no surprise (P(0) > 1 in 3,000), so testing it would only cost the others power."""
MIN_SHARE_DEVICES = 5
TOTAL_WEIGHT = 0.5
"""Share of a kind's weight on the plainest question, whether more devices came at all; the others share the rest."""
TAIL_SHARE, WIDEST_TAIL_SHARE = 0.01, 0.1
MIN_TAIL_SPOTS, CLOSEST_RANK = 30, 2
BLOCK_ROWS = 100_000
"""Rows of the pattern table that are tested at a time: few enough for the processor's cache."""
_Tests = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class WindowTests:
    """Distinct tests of one window: rows of the pattern table with the change tested.

    `row` int64 (of those with the same evidence the one with the smallest p-value, of these the most telling), `change`
    int8 index into CHANGES, `spot` int32, `p_value` float64 (as the model gives it), `expected` float64, `alike` int32
    (other patterns with the same evidence), `weight` float64 (mean 1 over the tests of a spot and kind).
    """

    window: int
    row: np.ndarray
    change: np.ndarray
    spot: np.ndarray
    p_value: np.ndarray
    expected: np.ndarray
    alike: np.ndarray
    weight: np.ndarray

    def take(self, tests: np.ndarray) -> WindowTests:
        """Return some of the tests."""
        return WindowTests(self.window, *(column[tests] for name, column in vars(self).items() if name != "window"))

    @property
    def weighted(self) -> np.ndarray:
        """P-values that count for as much as their weight (float64, at most 1)."""
        return np.minimum(self.p_value / self.weight, 1.0)

    def group(self, spots: int) -> np.ndarray:
        """Return kind * spots + spot of each test: those that are combined."""
        return KIND_OF_CHANGE[self.change] * spots + self.spot


@dataclass(frozen=True)
class Calibration:
    """How the smallest p-values of ordinary windows fall off.

    `share[k]` of them are at most `p_value[k]` (both rising); between those logarithms are interpolated, below the
    first the share goes with p to the `power`.
    """

    p_value: tuple[float, ...] = (1.0,)
    share: tuple[float, ...] = (1.0,)
    power: float = 1.0

    def apply(self, p_value: np.ndarray) -> np.ndarray:
        """Return p-values that are never smaller than given, corrected by what ordinary windows showed."""
        depth, known = np.log(np.maximum(p_value, 1e-300)), np.log(self.p_value)
        # Above the last of `p_value` at least its share of the ordinary windows were as small: nothing is worth less.
        share = np.interp(depth, known, np.log(self.share)) + self.power * np.minimum(depth - known[0], 0.0)
        return np.maximum(p_value, np.exp(share))


@dataclass(frozen=True)
class Measured:
    """What every window is tested with.

    `counts`; `spot_devices` int32 and `exposure` float64 (spots, windows); per row of `counts`: `dispersion` around the
    exposure and `share_dispersion` around the share of the spot's devices (`spot_dispersion` is that of all devices of
    each spot), `preference` float64 (of patterns with the same evidence and p-value the smallest stands for all) and
    `is_total` bool (the spot's total, which has no share). `asked` bool (patterns of the library, CHANGES): which are
    tested.
    """

    counts: PatternCounts
    spot_devices: np.ndarray
    exposure: np.ndarray
    dispersion: Dispersion
    share_dispersion: Dispersion
    spot_dispersion: Dispersion
    preference: np.ndarray
    is_total: np.ndarray
    windows: Windows
    min_devices: int
    asked: np.ndarray

    @cached_property
    def past(self) -> np.ndarray:
        """The devices in each window's baseline together, float64 (n, windows)."""
        return self.counts.devices.astype(np.float64) @ self.windows.baseline.T.astype(np.float64)

    @cached_property
    def exposed(self) -> np.ndarray:
        """The exposure of each row's spot, float64 (n, windows)."""
        return self.exposure[self.counts.spot]

    def part(self, begin: int, end: int) -> tuple[Measured, np.ndarray]:
        """Return the rows `begin`..`end`, with only the spots in them, numbered anew, and the spots behind."""
        rows, counts = np.arange(begin, end), self.counts
        begins = begins_run(counts.spot[rows])
        spots = counts.spot[rows][begins]
        own = PatternCounts(
            np.cumsum(begins, dtype=np.int32) - 1, counts.pattern[rows], counts.devices[rows], counts.evidence[rows]
        )
        part = replace(
            self, counts=own, spot_devices=self.spot_devices[spots], exposure=self.exposure[spots],
            dispersion=self.dispersion.take(rows), share_dispersion=self.share_dispersion.take(rows),
            spot_dispersion=self.spot_dispersion.take(spots), preference=self.preference[rows],
            is_total=self.is_total[rows],
        )  # fmt: skip
        return part, spots

    def borders(self) -> list[tuple[int, int]]:
        """Return the borders of parts of about BLOCK_ROWS rows that never split a spot."""
        spot = self.counts.spot
        cuts = np.searchsorted(spot, spot[np.arange(BLOCK_ROWS, len(spot), BLOCK_ROWS)])
        ends = np.unique(np.concatenate(([0], cuts, [len(spot)]))).tolist()
        return list(zip(ends[:-1], ends[1:]))


def find_all_tests(measured: Measured, progress: Progress) -> tuple[np.ndarray, np.ndarray, list[WindowTests]]:
    """Return the spots that have rows, their p-values in the ordinary windows, and the tests of the key windows.

    The p-values are those of `score_kinds`, float64 (ordinary windows, KINDS, spots that have rows).
    """
    windows, borders = measured.windows, measured.borders()
    ordinary = len(windows.placebo)
    both = [*windows.placebo.tolist(), *windows.tested.tolist()]

    def work(item: tuple[Measured, np.ndarray, int, int]) -> tuple[np.ndarray, WindowTests]:
        part, own, begin, window = item
        found = find_tests(part, window)
        scores = score_kinds(found, len(own))
        # Of ordinary windows only the p-values are wanted.
        kept = found if window in windows.tested else found.take(np.empty(0, np.int64))
        return scores, replace(kept, row=kept.row + begin, spot=own[kept.spot])

    every: list[list[tuple[np.ndarray, WindowTests]]] = [[] for _ in both]
    parts = (measured.part(*ends) for ends in borders)
    items = ((*part, begin, window) for part, (begin, _) in zip(parts, borders) for window in both)
    for number, result in enumerate(work_in_threads(work, items)):
        every[number % len(both)].append(result)
        progress.step("Testing ordinary dates", number / (len(borders) * len(both)))
    spots = np.unique(measured.counts.spot)
    scores = np.empty((ordinary, KINDS, len(spots)))
    for row, results in zip(scores, every):
        np.concatenate([np.empty((KINDS, 0)), *(one for one, _ in results)], axis=1, out=row)
    tests = [_joined(window, [one for _, one in results]) for window, results in zip(both, every)]
    return spots, scores, tests[ordinary:]


def _joined(window: int, parts: list[WindowTests]) -> WindowTests:
    number, real = np.empty(0, np.int64), np.empty(0)
    none = WindowTests(window, number, number, number, real, real, number, real)
    names = [name for name in vars(none) if name != "window"]
    return WindowTests(window, *(np.concatenate([getattr(one, name) for one in parts or [none]]) for name in names))


def find_tests(measured: Measured, window: int) -> WindowTests:
    """Return the distinct tests of `window` for the changes asked for.

    Upper tail: appears where the baseline holds nothing like it, else surges. Lower tail: falls away. Two-sided
    against the spot's own devices: shifts. A window that reaches the last day of the data, which need not be whole, or
    beyond has no falls and no shifts to smaller shares.
    """
    windows, spot = measured.windows, measured.counts.spot
    crowds = expect(measured.spot_devices, measured.exposure, measured.spot_dispersion, windows, window).clumping
    parts = [_upper_tests(measured, window, crowds)]
    if not windows.partial[window]:
        parts.append(_fall_tests(measured, window, crowds))
    parts.append(_share_tests(measured, window, crowds))
    row, change, p_value, mean = (np.concatenate(columns) for columns in zip(*parts))
    asked = measured.asked[measured.counts.pattern[row], change]
    row, change, p_value, mean = row[asked], change[asked].astype(np.int8), p_value[asked], mean[asked]
    keep, alike, is_total = _fold_alike(measured, window, row, change, p_value)
    row, change = row[keep], change[keep]
    weight = _weigh(KIND_OF_CHANGE[change] * len(measured.spot_devices) + spot[row], is_total)
    return WindowTests(window, row, change, spot[row], p_value[keep], mean[keep], alike, weight)


def _upper_tests(measured: Measured, window: int, crowds: np.ndarray) -> _Tests:
    """Return row, change, p-value and expectation of the tests for appearing and surging."""
    observed = measured.counts.devices[:, window]
    rows = np.flatnonzero(observed >= measured.min_devices)
    expected = _expect(measured, rows, window, crowds)
    change = np.where(expected.baseline_devices == 0, APPEARS, SURGES)
    p_value = upper_tail(observed[rows].astype(np.float64), expected.mean, expected.size)
    return rows, change, p_value, expected.mean


def _fall_tests(measured: Measured, window: int, crowds: np.ndarray) -> _Tests:
    """Return row, change, p-value and expectation of the tests for falling away."""
    observed = measured.counts.devices[:, window]
    base = add_up(measured.exposure[:, measured.windows.baseline[window]])
    spot = measured.counts.spot
    mean = mean_after(measured.past[:, window], base[spot], measured.exposure[spot, window])
    rows = np.flatnonzero((mean >= MIN_FALL_DEVICES) & (observed < mean))
    expected = _expect(measured, rows, window, crowds)
    p_value = lower_tail(observed[rows].astype(np.float64), expected.mean, expected.size)
    return rows, np.full(len(rows), FALLS_AWAY), p_value, expected.mean


def _expect(measured: Measured, rows: np.ndarray, window: int, crowds: np.ndarray) -> Expected:
    dispersion = measured.dispersion.take(rows).at_least(crowds[measured.counts.spot[rows]])
    devices, exposed = measured.counts.devices[rows], measured.exposed[rows]
    return expect(devices, exposed, dispersion, measured.windows, window)


def _share_tests(measured: Measured, window: int, crowds: np.ndarray) -> _Tests:
    """Return row, change, p-value and expectation of the tests for shifts; to smaller shares only in whole windows."""
    counts = measured.counts
    enough = (measured.spot_devices[:, window] >= MIN_SHARE_DEVICES)[counts.spot]
    rows = np.flatnonzero(~measured.is_total & enough & (counts.devices[:, window] >= measured.min_devices))
    devices, spot = counts.devices[rows], counts.spot[rows]
    dispersion = measured.share_dispersion.take(rows).at_least(crowds[spot])
    total = measured.spot_devices[spot].astype(np.float64)
    expected = expect(devices, total, dispersion, measured.windows, window)
    observed = devices[:, window].astype(np.float64)
    above = upper_tail(observed, expected.mean, expected.size)
    below = lower_tail(observed, expected.mean, expected.size)
    smaller = above if measured.windows.partial[window] else np.minimum(above, below)
    p_value = np.minimum(2.0 * smaller, 1.0)
    return rows, np.full(len(rows), SHIFTS), p_value, expected.mean


def _fold_alike(
    measured: Measured, window: int, row: np.ndarray, change: np.ndarray, p_value: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keep one test of those on the same devices with the same baseline counts: the smallest p, the preferred pattern.

    Returns the rows kept and, for each, how many others it stands for and whether the spot's total is among them.
    """
    if len(row) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, bool)
    counts, windows = measured.counts, measured.windows
    baseline = np.flatnonzero(windows.baseline[window])
    mix = np.random.default_rng(len(windows)).integers(1, 2**62, len(baseline) + 1, dtype=np.uint64)
    past = (counts.devices[row][:, baseline].astype(np.uint64) * mix[:-1]).sum(axis=1, dtype=np.uint64)
    evidence = counts.evidence[row, window] * np.uint64(3) + past * mix[-1] + change.astype(np.uint64)
    order = np.lexsort((counts.pattern[row], measured.preference[row], p_value, evidence, counts.spot[row]))
    start, size = run_starts(counts.spot[row][order], evidence[order])
    return order[start], (size - 1).astype(np.int32), np.logical_or.reduceat(measured.is_total[row[order]], start)


def _weigh(group: np.ndarray, is_total: np.ndarray) -> np.ndarray:
    """Return the weight of each test, mean 1 within its group: TOTAL_WEIGHT of all is on the total if it is there."""
    if len(group) == 0:
        return np.empty(0)
    number = np.bincount(group)
    others = number - np.bincount(group, is_total)
    split = (others > 0) & (others < number)
    weight = np.where(is_total, TOTAL_WEIGHT, (1.0 - TOTAL_WEIGHT) / np.maximum(others, 1)[group]) * number[group]
    return np.where(split[group], weight, 1.0)


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


def calibrate(placebo_p: np.ndarray) -> Calibration:
    """Learn from all spots on ordinary dates (`placebo_p`, 1.0 where nothing was tested) how small p-values fall off.

    If the model were exact, P(p < x) = x. What it misses shows among the smallest hundredth (of few, among the
    MIN_TAIL_SPOTS smallest; nothing is learned where these are more than a tenth of all), whose own distribution is
    taken down to the CLOSEST_RANK-th, so that one true event among the ordinary dates does not move it. Beyond, it goes
    on as a Pareto tail (Hill 1975, by the median instead of the mean).
    """
    count = max(int(TAIL_SHARE * len(placebo_p)), MIN_TAIL_SPOTS)
    if count > WIDEST_TAIL_SHARE * len(placebo_p):
        return Calibration()
    smallest = np.maximum(np.sort(placebo_p)[:count], 1e-300)
    steps = max(int(np.rint(np.log(count / CLOSEST_RANK) / np.log(4.0))), 1)
    rank = np.rint(np.geomspace(CLOSEST_RANK, count, steps + 1)).astype(np.int64)
    tail = int(rank[min(2, steps)])
    depth = float(np.median(np.log(smallest[tail - 1] / smallest[: tail - 1])))
    p_value, last = np.unique(smallest[rank[::-1] - 1], return_index=True)  # of equal values the highest rank
    share = rank[::-1][last] / len(placebo_p)
    # A tail that grows heavier on its way down will not grow lighter beyond.
    power = np.append(np.diff(np.log(share[:2])) / np.diff(np.log(p_value[:2])), np.log(2.0) / max(depth, 1e-9))
    return Calibration(tuple(p_value), tuple(share), min(1.0, float(power.min())))
