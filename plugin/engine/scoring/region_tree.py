"""The tree of regions: which countries moved in a key window, which districts beside them, and how sure that is.

From the top down: countries; districts of 20 km beside their country; districts of 5 km beside that of 20 km, where it
moved. So what moved a region is told there once. Each level has an error rate of its own (`REGION_LEVELS`), beside that
of the spots, which are tested whether their district is calm or not and lose nothing by it. Of all that is told the
share of false ones is therefore at most the sum of the levels; a rate for each family of districts of one country is
held too (Yekutieli 2008; Benjamini and Bogomolov 2014).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from ..counting import PlainCounts, Presence
from ..earth import BLOCK
from ..history import History
from ..stats import adjust, adjust_families
from ..tables import MIN_SHOWN, MOST_HIDDEN
from .earlier_weights import EarlierWeights
from .exposure import CountryPanel, PlainExposure
from .region_measures import MIN_REGION_DAYS, RegionMeasure
from .regions import RegionLevel, find_countries, find_districts, joined_spots, what_is_left
from .robust import Pool, find_baseline, find_pool, row_medians

DAYS = 1
"""The row of days of presence, beside that of devices, in what is left."""
OWN_PART = 0.7
"""Part of its change (on a logarithmic scale) that a country's middle place must show beside its own past too, by hand:
where one of a few countries collapses all others seem to rise beside it, and a quarter that fills up is no country."""
NEARLY_ALL = 0.9
"""Part of the days that moved in hours of the day from which narrower hours are told, by hand: of a curfew that begins
late they hold them all."""
COUNTRY_LEVEL, DISTRICT_LEVEL = 0.01, 0.005
"""Error rates of countries, and of districts of each width, by hand: stricter than that of spots, since all of theirs
rest on them; districts of both widths together as countries."""
REGION_LEVELS = {0: COUNTRY_LEVEL, BLOCK: DISTRICT_LEVEL, 1: DISTRICT_LEVEL}
"""The levels of the tree from the top down, by their width in coarse squares."""


@dataclass(frozen=True)
class RegionChange:
    """What happened to a region in a phase of a key window.

    `level`, `region`: where it stands in `Regions.levels`; `measure`: which of its level's shows it. `spots` int (n,):
    rows of the plain counts that lie in it. `window` is a row of the windows of plain counts; `observed`, `earlier`
    (oldest first) and `expected` count days of presence. `left` float64 (devices or days, phases): of a district, what
    its middle place shows of what was expected; `beside` float64 (windows,): what its days are proportional to, those
    of what it is compared with; `weight` float64: what each of the earlier windows counts for; `joined` int: spots
    beside it that moved as it did.
    """

    level: int
    region: int
    measure: int
    spots: np.ndarray
    window: int
    phase: int
    observed: float
    earlier: np.ndarray
    expected: float
    p_value: float
    q_value: float
    left: np.ndarray
    beside: np.ndarray
    weight: np.ndarray
    joined: np.ndarray

    @property
    def with_joined(self) -> np.ndarray:
        """Its spots and those that moved with it, rows of the plain counts in order."""
        return np.union1d(self.spots, self.joined)

    def usual(self, earlier: np.ndarray) -> float:
        """Return the median of what is known of the earlier windows, each by what it counts for."""
        return float(row_medians(earlier[None, :], self.weight)[0])

    @property
    def ratio(self) -> float:
        """What was there of what was expected."""
        return self.observed / max(self.expected, 1e-9)

    @property
    def days(self) -> float:
        """How many days of presence there were more or fewer than expected."""
        return abs(self.observed - self.expected)

    @property
    def size(self) -> float:
        """How far it moved, up or down alike (a logarithm)."""
        return abs(float(np.log(max(self.ratio, 1e-9))))


@dataclass(frozen=True)
class Regions:
    """The tree: `levels` from countries down, their tests, and `changes`: what moved, level by level.

    `p_value` and `q_value` of each level float64 (tested key windows `windows`, regions), of all its measures together,
    1.0 where nothing could be tested; `placebo_p` float64 (ordinary dates,): the smallest p-value of each.
    """

    levels: tuple[RegionLevel, ...] = ()
    windows: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    p_value: tuple[np.ndarray, ...] = ()
    q_value: tuple[np.ndarray, ...] = ()
    placebo_p: np.ndarray = field(default_factory=lambda: np.empty(0))
    changes: tuple[RegionChange, ...] = ()

    @property
    def districts(self) -> list[RegionChange]:
        """The changes of districts, those of wide ones first, as exposure is scaled by them."""
        return sorted((one for one in self.changes if one.level), key=lambda one: one.level)


@dataclass(frozen=True)
class _Tests:
    """Tests of the regions of a level in a window, per region (n,): the phase with the smallest p-value counts.

    `relative`: what their counts are proportional to in the window.
    """

    p_value: np.ndarray
    phase: np.ndarray
    expected: np.ndarray
    relative: np.ndarray


def grow_tree(
    history: History, panel: CountryPanel, presence: Presence, counts: PlainCounts, exposure: PlainExposure,
    weights: EarlierWeights,
) -> tuple[Regions, PlainExposure]:  # fmt: skip
    """Return the regions, and the exposure of spots (a country's is in it) beside the districts that moved.

    `presence` is that of the windows of plain counts.
    """
    windows = counts.windows
    tested, ordinary = (
        np.array([int(row) for row in np.unique(rows) if counts.tested(int(row))], dtype=np.int64)
        for rows in (windows.key_window, windows.placebo)
    )
    levels, p_values, q_values, placebo, changes, scaled = [], [], [], np.ones(len(ordinary)), [], exposure
    for number, squares in enumerate(REGION_LEVELS):
        level = (
            find_districts(history, counts, scaled, squares) if squares
            else find_countries(history, panel, presence, counts)
        )  # fmt: skip
        pools = [_pools(counts, measure) for measure in level.measures]
        tests = _test_all(counts, level, pools, weights, tested)
        p_value = np.array([[one.p_value for one in own] for own in tests])
        p_value = p_value.reshape(len(level.measures), len(tested), len(level))
        q_value = _adjusted(p_value, level)
        found = _told(history, counts, scaled, level, number, tests, weights, (tested, p_value, q_value))
        scaled = _scaled(scaled, [(one, one.spots) for one in found]) if squares else scaled
        for own in _test_all(counts, level, pools, weights, ordinary):
            placebo = np.minimum(placebo, [one.p_value.min(initial=1.0) for one in own])
        levels.append(level)
        p_values.append(_of_all(p_value, level))
        q_values.append(q_value.min(axis=0))
        changes += found
    tree = Regions(tuple(levels), tested, tuple(p_values), tuple(q_values), placebo, tuple(changes))
    beside = _scaled(exposure, [(one, one.with_joined) for one in tree.districts])
    return tree, _for_spots(exposure, beside)


def _scaled(exposure: PlainExposure, districts: Iterable[tuple[RegionChange, np.ndarray]]) -> PlainExposure:
    """Return the exposure where the spots (rows) of districts that moved are compared with what is left there."""
    devices, days = exposure.devices.copy(), exposure.days.copy()
    for one, spots in districts:
        for scaled, left in zip((devices, days), one.left):
            scaled[:, spots, one.window] *= left[:, None]
    return PlainExposure(devices, days, devices)


def _for_spots(given: PlainExposure, scaled: PlainExposure) -> PlainExposure:
    """Return what spots are compared with: a district keeps to no event, so that some of its spots moved and some not.

    Both are no news. More than usual is more than the district and the usual let one expect, fewer is fewer than both.
    """
    return PlainExposure(
        np.maximum(given.devices, scaled.devices), np.minimum(given.days, scaled.days),
        np.minimum(given.devices, scaled.devices),
    )  # fmt: skip


def _measured(level: RegionLevel) -> np.ndarray:
    """Return which regions of a level each measure tells of, bool (measures, regions)."""
    return np.stack([(measure.counts > 0).any(axis=(0, 2)) for measure in level.measures])


def _adjusted(p_value: np.ndarray, level: RegionLevel) -> np.ndarray:
    """Return adjusted p-values of a level (measures, windows, regions), of all its measures together.

    Districts are families, those of a country and window.
    """
    q_value = np.ones(p_value.shape)
    measured = np.broadcast_to(_measured(level)[:, None], p_value.shape)
    if not level.squares:
        q_value[measured] = adjust(p_value[measured])
        return q_value
    family = np.arange(p_value.shape[1])[:, None] * (level.country.max(initial=0) + 2) + level.country + 1
    family = np.broadcast_to(family, p_value.shape)
    q_value[measured] = adjust_families(family[measured], p_value[measured], REGION_LEVELS[level.squares])
    return q_value


def _of_all(p_value: np.ndarray, level: RegionLevel) -> np.ndarray:
    """Return the p-values (windows, regions) that no measure of a region is unusual (Bonferroni)."""
    number = np.maximum(_measured(level).sum(axis=0), 1)
    return np.minimum(p_value.min(axis=0) * number, 1.0)


def _pools(counts: PlainCounts, measure: RegionMeasure) -> list[Pool]:
    """Return how much the regions of a level scatter in each phase."""
    ordinary = ~counts.windows.is_key
    weekday = counts.windows.start_day[ordinary] % 7
    return [
        find_pool(seen[:, ordinary], relative[:, ordinary], weekday)
        for seen, relative in zip(measure.counts, measure.relative)
    ]


def _weights(level: RegionLevel, weights: EarlierWeights, phase: int, window: int) -> np.ndarray:
    """Return what earlier windows count for at each region (n, earlier windows): as at its places."""
    first = np.array([spots[0] for spots in level.members], dtype=np.int64)
    own = weights.of(DAYS, phase, window, first)
    return np.broadcast_to(own, (len(level), own.shape[-1]))


def _test_all(
    counts: PlainCounts, level: RegionLevel, pools: list[list[Pool]], weights: EarlierWeights, windows: np.ndarray
) -> list[list[_Tests]]:
    """Return the tests of a level by each of its measures in each of some windows."""
    return [
        [_test(counts, level, measure, own, weights, int(window)) for window in windows]
        for measure, own in zip(level.measures, pools)
    ]


def _test(
    counts: PlainCounts, level: RegionLevel, measure: RegionMeasure, pools: list[Pool], weights: EarlierWeights,
    window: int,
) -> _Tests:  # fmt: skip
    """Test the regions of a level in a window, in both directions and all phases."""
    windows, earlier = counts.windows, np.flatnonzero(counts.windows.baseline[window])
    p_value, expected, relative = np.ones((3, len(counts.phases), len(level)))
    for number, (phase, pool) in enumerate(zip(counts.phases, pools)):
        seen, beside = measure.counts[number], measure.relative[number]
        rows = np.flatnonzero(seen[:, earlier].mean(axis=1) >= MIN_REGION_DAYS)
        if len(rows) == 0:
            continue
        prior = _weights(level, weights, number, window)[rows]
        now, past = seen[rows, window], (seen[rows][:, earlier], beside[rows][:, earlier])
        moved = _moved(counts, measure, measure.own[:, number, rows], prior, window)
        for sign, scaled in zip((1.0, -1.0), _beside_now(measure, beside[rows, window], past[1], prior)):
            if sign < 0.0 and windows.partial[window]:  # else days that are not there yet would be missed
                continue
            base = find_baseline(*past, scaled, pool, prior)
            least = OWN_PART * np.log(np.maximum(now, 0.5) / base.mean) * sign
            if sign > 0.0:
                found = base.upper_p(now)
            else:  # a fall to few devices is as strong as one to the most of which nothing is told
                few = now < MIN_SHOWN * phase.length_days
                found = base.lower_p(np.where(few, MOST_HIDDEN * phase.length_days, now))
            found = np.where((moved * sign).min(axis=0) >= np.maximum(least, 0.0), np.minimum(2.0 * found, 1.0), 1.0)
            better = found <= p_value[number, rows]
            for table, values in ((p_value, found), (expected, base.mean), (relative, scaled)):
                table[number, rows] = np.where(better, values, table[number, rows])
    best, rows = p_value.argmin(axis=0), np.arange(len(level))
    p_value = np.minimum(len(p_value) * p_value[best, rows], 1.0)
    return _Tests(p_value, best, expected[best, rows], relative[best, rows])


def _beside_now(
    measure: RegionMeasure, relative: np.ndarray, past: np.ndarray, prior: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return what the counts of a window are proportional to, for rises and for falls; all but `past` (n,).

    Where hours of the day are compared with the others, more is more than both these and the usual let one expect, and
    fewer is fewer than both: who stays at home by day makes no night loud.
    """
    if measure.hours is None:
        return relative, relative
    usual = row_medians(past, prior)
    return np.maximum(relative, usual), np.minimum(relative, usual)


def _moved(
    counts: PlainCounts, measure: RegionMeasure, own: np.ndarray, prior: np.ndarray, window: int
) -> np.ndarray:
    """Return how far each series of `own` (series, n, windows) moved beside its own past (logarithms), (k, n).

    Beside all earlier windows, and where it is asked beside the nearest of those that count.
    """
    start, earlier = counts.windows.start_day, np.flatnonzero(counts.windows.baseline[window])
    pasts = [np.arange(len(earlier))]
    if measure.recent:
        known = np.flatnonzero((prior > 0.0).any(axis=0))
        nearest = np.argsort(np.abs(start[earlier[known]] - start[window]), kind="stable")[: measure.recent]
        pasts.append(known[nearest])
    now = np.log(np.maximum(own[:, :, window], 0.5))
    return np.concatenate([
        now - np.log(np.maximum([row_medians(one[:, earlier[past]], prior[:, past]) for one in own], 0.5))
        for past in pasts
    ])  # fmt: skip


def _told(
    history: History, counts: PlainCounts, exposure: PlainExposure, level: RegionLevel, number: int,
    tests: list[list[_Tests]], weights: EarlierWeights, outcome: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> list[RegionChange]:  # fmt: skip
    """Return the regions of a level that changed, the strongest first: a loop over those that hold."""
    tested, p_value, q_value = outcome
    found = []
    for which, row, region in np.argwhere(q_value <= REGION_LEVELS[level.squares]).tolist():
        measure, test = level.measures[which], tests[which][row]
        window, phase = int(tested[row]), int(test.phase[region])
        spots, seen = level.members[region], measure.counts[phase, region]
        left, joined = np.ones((2, len(counts.phases))), np.empty(0, np.int64)
        if level.squares:
            left = what_is_left(counts, exposure, spots, window)
            joined = joined_spots(history, counts, exposure, spots, window, left[DAYS])
        beside = exposure.days[phase, spots].mean(axis=0) if level.squares else measure.relative[phase, region].copy()
        if not level.squares:
            beside[window] = test.relative[region]
        one = RegionChange(
            number, region, which, spots, window, phase, float(seen[window]), seen[counts.windows.baseline[window]],
            float(test.expected[region]), float(p_value[which, row, region]), float(q_value[which, row, region]),
            left, beside, _weights(level, weights, phase, window)[region], joined,
        )  # fmt: skip
        if one.size >= np.log(measure.change):
            found.append(one)
    return _once(found)


def _once(changes: list[RegionChange]) -> list[RegionChange]:
    """Return one change of each region and window: of those in hours the narrowest with nearly all of the days that
    moved in any, and beside all hours the larger one.
    """
    kept: dict[tuple[int, int, bool], RegionChange] = {}
    for one in sorted(changes, key=lambda one: one.measure):
        where = one.window, one.region, one.measure > 0
        if where not in kept or one.days >= NEARLY_ALL * kept[where].days:
            kept[where] = one
    told: dict[tuple[int, int], RegionChange] = {}
    for (window, region, _in_hours), one in kept.items():
        told[window, region] = max(told.get((window, region), one), one, key=lambda change: change.size)
    return sorted(told.values(), key=lambda one: one.p_value)
