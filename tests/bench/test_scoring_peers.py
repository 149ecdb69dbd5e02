"""The peers of the error-rate benchmark do what their names say: p-values and adjustments worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from bench.scoring_methods import HAS_ESDA, adjust, find_hot_spots, judge_counts
from bench.scoring_surveillance import farrington_p, scan

PAST = np.array([[2.0, 4.0, 2.0, 4.0], [3.0, 3.0, 3.0, 3.0]])
"""Two spots with three devices in an ordinary window; the first has a variance of 4/3, the second none."""


def two_sided(z: float) -> float:
    return math.erfc(z / math.sqrt(2.0))


def test_z_score_takes_the_spread_of_earlier_windows_and_leaves_out_spots_without():
    z_p, _, change = judge_counts(np.array([8.0, 8.0]), PAST, np.ones(2))
    assert z_p[0] == pytest.approx(two_sided(5.0 / math.sqrt(4.0 / 3.0)))
    assert np.isnan(z_p[1])
    assert change.tolist() == [5.0, 5.0]


def test_poisson_doubles_the_smaller_tail():
    _, poisson_p, _ = judge_counts(np.array([8.0, 0.0]), PAST, np.ones(2))
    seven_or_fewer = sum(math.exp(-3.0) * 3.0**k / math.factorial(k) for k in range(8))
    assert poisson_p == pytest.approx([2.0 * (1.0 - seven_or_fewer), 2.0 * math.exp(-3.0)])


def test_a_panel_twice_as_large_doubles_expectation_and_spread():
    z_p, poisson_p, change = judge_counts(np.array([8.0, 6.0]), PAST, np.full(2, 2.0))
    assert change.tolist() == [2.0, 0.0]
    assert z_p[0] == pytest.approx(two_sided(2.0 / (2.0 * math.sqrt(4.0 / 3.0))))
    assert poisson_p[1] == 1.0  # both tails of 6 from a mean of 6 are above a half


def test_benjamini_hochberg_finds_four_in_the_example_of_1995():
    p = np.array([
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590,
        1.0,
    ])  # fmt: skip
    assert (adjust(p) <= 0.05).tolist() == [True] * 4 + [False] * 11
    assert adjust(p)[3] == pytest.approx(0.0095 * 15 / 4)


def test_what_is_not_tested_counts_among_no_tests():
    p = np.array([[0.03, np.nan], [np.nan, 0.04]])
    assert adjust(p) == pytest.approx(np.array([[0.04, 1.0], [1.0, 0.04]]))


@pytest.mark.slow
@pytest.mark.skipif(not HAS_ESDA, reason="esda is not in the peers' environment (make peers)")
def test_gi_star_is_the_mean_of_nine_near_changes_against_all():
    # Twenty spots in a row, so far apart that each one's nearest are known: the last nine alone have changed.
    place = np.column_stack((np.arange(20.0) ** 1.5 * 1000.0, np.zeros(20)))
    change = np.repeat([0.0, 4.0], [11, 9])
    ((normal, permuted),) = find_hot_spots([(place, change[None, :])])
    near = np.argsort(np.abs(place[:, :1] - place[:, 0]), axis=1, kind="stable")[:, :9]
    spread = change.std() * math.sqrt((20 - 9) / (9 * 19))
    z = (change[near].mean(axis=1) - change.mean()) / spread
    assert normal[0] == pytest.approx([min(two_sided(abs(one)), 1.0) for one in z])
    assert permuted[0].min() == pytest.approx(2.0 / 10_000)
    assert normal[0].argmin() in range(11, 20)


def test_farrington_weighs_down_an_odd_week_and_scatters_as_the_others_do():
    calm, odd = np.tile([9.0, 11.0], 13), np.tile([9.0, 11.0], 13)  # among twelve it would hide itself
    odd[5] = 60.0
    p = farrington_p(np.array([20.0, 20.0, 10.0]), np.stack([calm, odd, calm]), np.ones(3))
    # Of the calm one nothing scatters more than Poisson: its mean is 10, and what that is known to adds a 26th.
    size = 10.0 / (1.0 / 26.0)
    assert p[0] == pytest.approx(stats.nbinom.sf(19, size, size / (size + 10.0)), rel=1e-6)
    mean, scatter = odd.mean(), odd.var(ddof=1) / odd.mean() * 27 / 26
    believed = stats.nbinom.sf(59, mean / (scatter - 1.0), 1.0 / scatter)
    weighed = farrington_p(np.array([60.0]), odd[None], np.ones(1))[0]
    assert p[1] == pytest.approx(p[0], rel=0.1)  # as if it had not been
    assert weighed < believed / 1000
    assert 0.4 < p[2] < 0.6


def test_scans_find_the_cluster_and_nothing_among_poisson_counts():
    rng = np.random.default_rng(7)
    place = np.column_stack((np.arange(100) % 10, np.arange(100) // 10)).astype(float)
    expected = np.full(100, 5.0)
    calm = rng.poisson(expected)
    raised = calm.copy()
    raised[[44, 45, 54, 55]] += 15
    for none, some in zip(scan(calm, expected, place), scan(raised, expected, place)):
        assert not none.any()
        assert some[[44, 45, 54, 55]].all() and not some[[0, 9, 90, 99]].any()
