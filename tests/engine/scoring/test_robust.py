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
    return find_baseline(counts[:, :-1], even[:, :-1], even[:, -1], pool, prior)


@pytest.mark.parametrize("mean", [0.3, 6.0, 40.0])
@pytest.mark.parametrize("windows", [3, 5, 8, 26])
def test_p_values_hold_their_level_with_three_to_26_windows(mean, windows):
    counts = restless_counts(np.random.default_rng(shifted(11) + windows), mean, windows + 1, SPOTS)
    found = baseline_of(counts)
    for p in (found.upper_p(counts[:, -1]), found.lower_p(counts[:, -1])):
        for level, slack in ((0.05, 1.15), (0.01, 1.4), (0.001, 3.0)):
            assert at_most(int((p <= level).sum()), SPOTS, level * slack), level
    if mean == 40.0:  # and not so timid that nothing could be found
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
    assert baseline_of(counts, Pool(1.0, 0.005), prior).mean[0] == pytest.approx((0.5 + 30 + 0.22) / 3.01, rel=0.001)
