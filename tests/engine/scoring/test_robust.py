"""Robust baselines: levels with few and many earlier windows, and what one earlier event hides."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from seeds import at_least, at_most, shifted
from sitelight.plugin.engine.scoring.robust import Pool, find_baseline, find_odd_windows, find_pool
from sitelight.plugin.engine.stats import with_heavy_tail

SPOTS = 20_000


def restless_counts(rng, mean: float, windows: int, spots: int, differ: float = 0.5) -> np.ndarray:
    """Return counts (spots, windows) of variance c m + s m^2, c and s of each spot log-normal around 1.5 and 0.03."""
    clumping = np.maximum(1.5 * np.exp(differ * rng.normal(size=(spots, 1))), 1.01)
    swing = 0.03 * np.exp(differ * rng.normal(size=(spots, 1)))
    size = mean / (clumping - 1.0 + swing * mean)
    return rng.negative_binomial(size, size / (size + mean), (spots, windows))


def baseline_of(counts: np.ndarray, pool: Pool | None = None, prior=None):
    """Return the baseline of the last window after the others, under even exposure."""
    even = np.ones(counts.shape)
    pool = pool or find_pool(counts[:, :-1], even[:, :-1], np.zeros(counts.shape[1] - 1))
    return find_baseline(counts[:, :-1], even[:, :-1], even[:, -1], pool, prior, True)


@pytest.mark.parametrize("mean", [0.3, 6.0, 40.0, 400.0])
@pytest.mark.parametrize("windows", [3, 5, 8, 26])
def test_p_values_hold_their_level_with_three_to_26_windows(mean, windows):
    counts = restless_counts(np.random.default_rng(shifted(11) + windows), mean, windows + 1, SPOTS)
    found = baseline_of(counts)
    for p in (found.upper_p(counts[:, -1]), found.lower_p(counts[:, -1])):
        for level, slack in ((0.05, 1.15), (0.01, 1.4), (0.001, 3.0)):
            assert at_most(int((p <= level).sum()), SPOTS, level * slack), level
    if mean >= 40.0:  # and not so timid that nothing could be found
        assert at_least(int((found.upper_p(counts[:, -1]) <= 0.05).sum()), SPOTS, 0.03)


def test_tails_are_those_of_students_t():
    p, freedom = np.geomspace(1e-290, 0.49, 60), np.array([[3.0], [20.0], [400.0]])
    expected = stats.t.sf(stats.norm.isf(p), freedom)
    np.testing.assert_allclose(with_heavy_tail(p, freedom), expected, rtol=1e-9)
    np.testing.assert_array_equal(with_heavy_tail(np.array([0.5, 0.9, 1.0]), 5.0), [0.5, 0.9, 1.0])


def test_an_odd_window_counts_for_little_and_hides_no_later_one():
    rng = np.random.default_rng(shifted(5))
    counts = restless_counts(rng, 40.0, 13, 4_000, differ=0.0)
    counts[:, -1] = 8
    calm = baseline_of(counts).lower_p(counts[:, -1])
    dipped = counts.copy()
    dipped[::20, 7] = 5  # at one spot in twenty: no window is odd for all
    found = baseline_of(dipped)
    assert np.median(found.weight[::20, 7]) < 0.6 < 0.95 < np.median(found.weight)
    assert np.median(found.mean[::20]) > 36.0
    assert np.median(found.lower_p(dipped[:, -1])[::20]) < 10 * np.median(calm)
    assert np.median(calm) < 1e-3


def test_weeks_that_were_odd_at_many_spots_are_found_and_no_others():
    rng = np.random.default_rng(shifted(6))
    counts = restless_counts(rng, 40.0, 12, 20)
    even, monday = np.ones(counts.shape), np.zeros(12)
    assert not find_odd_windows(counts, even, monday, find_pool(counts, even, monday)).any()
    counts[:, 6], counts[:8, 9] = rng.poisson(8.0, 20), rng.poisson(160.0, 8)
    odd = find_odd_windows(counts, even, monday, find_pool(counts, even, monday))
    assert np.flatnonzero(odd[0]).tolist() == [6] and odd[0, 6] >= 15
    assert np.flatnonzero(odd[1]).tolist() == [9] and 5 <= odd[1, 9] <= 8


STEADY = np.array([[729, 724, 724, 724, 724, 719]])
"""Devices at all workplaces of a city on six ordinary days, as its source delivers them."""


def steady_fall(count: int, past: np.ndarray = STEADY) -> float:
    counts = np.append(past, [[count]], axis=1)
    return float(baseline_of(counts, Pool(1.0, 0.005)).lower_p(counts[:, -1])[0])


def test_a_place_far_steadier_than_all_others_is_taken_at_its_own_spread():
    assert steady_fall(433) < 1e-7  # x 0.60
    assert steady_fall(579) < 1e-6  # x 0.80: by the pool alone, at 7 % from day to day, 0.007
    assert steady_fall(579, STEADY[:, :4]) > 1e-3  # four windows tell nothing of a spread
    assert steady_fall(579, STEADY * [[1.2, 0.8, 1.1, 0.9, 1.15, 0.85]]) > 1e-3  # not steady
    assert steady_fall(721) > 0.1
    assert steady_fall(30, np.full((1, 6), 40)) > 0.01  # too few to be taken for anything but chance
    same = steady_fall(99, np.full((1, 8), 100))
    assert same > 0.05  # one less than always is nothing


def test_own_spreads_hold_their_level_where_weeks_are_alike_too():
    """Weeks that carry half of what they are off on to the next, as appeal does, at 4 % and 400 devices."""
    rng = np.random.default_rng(shifted(14))
    for windows in (5, 8, 20):
        state, weeks = rng.normal(size=SPOTS), []
        for _ in range(windows + 1):
            weeks.append(state)
            state = 0.5 * state + np.sqrt(0.75) * rng.normal(size=SPOTS)
        counts = rng.poisson(400.0 * np.exp(0.04 * np.stack(weeks, axis=1)))
        p = baseline_of(counts).lower_p(counts[:, -1])
        for level, slack in ((0.05, 1.5), (0.01, 2.0), (0.001, 3.0), (0.0001, 5.0)):
            assert at_most(int((p <= level).sum()), SPOTS, level * slack), (windows, level)


@pytest.mark.parametrize("factor", [1.0, 3.0])
def test_expectation_goes_with_exposure(factor):
    counts = restless_counts(np.random.default_rng(shifted(7)), 20.0, 9, 500)
    even = np.ones(counts.shape)
    one = find_baseline(counts[:, :-1], even[:, :-1], even[:, -1], Pool(1.5, 0.03))
    other = find_baseline(counts[:, :-1], even[:, :-1], factor * even[:, -1], Pool(1.5, 0.03))
    np.testing.assert_allclose(other.mean, factor * one.mean)
    np.testing.assert_array_equal(other.weight, one.weight)


def test_what_counts_for_little_beforehand_moves_little():
    counts = np.array([[10, 10, 10, 22, 10]])
    prior = np.array([1.0, 1.0, 1.0, 0.01])
    mean = baseline_of(counts, Pool(1.0, 0.005), prior).mean[0]
    assert (0.5 + 30) / 3.0 < mean < (0.5 + 30 + 0.22) / 3.01  # less than a hundredth: it is odd, too


def test_what_counts_for_little_tells_little_of_scatter():
    """Two Fridays with a holiday among ten without: where ten times as many come then, they are what is like now."""
    counts = np.array([[10, 10, 10, 100, 10, 10, 10, 10, 100, 10, 10, 10, 100]])
    like = counts[0, :-1] == 100
    found = baseline_of(counts, Pool(1.0, 0.005), np.where(like, 1.0, 0.01))
    assert found.mean[0] == pytest.approx(100.0, rel=0.1)
    assert found.upper_p(counts[:, -1])[0] > 0.2
    assert found.upper_p(np.array([300]))[0] < 1e-4
