from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from seeds import shifted
from sitelight.plugin.engine.stats.negative_binomial import incomplete_beta, log_gamma, lower_tail, upper_tail


def log_mass(count: int, mean: float, size: float) -> float:
    share = mean / (mean + size)
    return (
        math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1)
        + size * math.log1p(-share) + count * math.log(share)
    )


def summed_upper(count: int, mean: float, size: float) -> float:
    """Sum the probabilities from `count` on until they stop mattering."""
    terms, current = [], count
    while True:
        terms.append(math.exp(log_mass(current, mean, size)))
        if current > mean + 5 and terms[-1] < terms[0] * 1e-18:
            return math.fsum(terms)
        current += 1


def summed_lower(count: int, mean: float, size: float) -> float:
    return math.fsum(math.exp(log_mass(k, mean, size)) for k in range(count + 1))


def exact_lower(count: int, mean: Fraction, size: int) -> Fraction:
    """The distribution function in fractions: for whole sizes the weights are binomial coefficients."""
    share = mean / (mean + size)
    return sum(math.comb(k + size - 1, k) * (1 - share) ** size * share**k for k in range(count + 1))


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("mean", [Fraction(1, 3), Fraction(2), Fraction(11, 2)])
def test_small_cases_agree_with_exact_fractions(mean, size):
    counts = np.arange(0, 12)
    lower = lower_tail(counts, float(mean), size)
    upper = upper_tail(counts, float(mean), size)
    below = [exact_lower(int(k), mean, size) for k in counts]
    above = [1 - exact_lower(int(k) - 1, mean, size) for k in counts]
    np.testing.assert_allclose(lower, [float(value) for value in below], rtol=1e-11)
    np.testing.assert_allclose(upper, [float(value) for value in above], rtol=1e-11)


def test_geometric_tail_by_hand():
    # size 1 is the geometric distribution: P(Y >= k) = (m / (m + 1))^k; mean 1 halves with each device.
    np.testing.assert_allclose(upper_tail(np.array([0, 1, 2, 10]), 1.0, 1.0), [1.0, 0.5, 0.25, 2.0**-10], rtol=1e-13)
    np.testing.assert_allclose(lower_tail(np.array([0, 1, 2]), 1.0, 1.0), [0.5, 0.75, 0.875], rtol=1e-13)


@pytest.mark.parametrize(
    ("count", "mean", "size"),
    [(40, 0.5, 3.0), (60, 0.5, 40.0), (200, 2.0, 2.5), (90, 3.0, 50.0), (35, 0.01, 0.5), (400, 60.0, 50.0)],
)
def test_far_upper_tails_keep_their_digits(count, mean, size):
    expected = summed_upper(count, mean, size)
    assert expected < 1e-15
    assert upper_tail(count, mean, size) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("count", "mean", "size"), [(0, 150.0, 50.0), (3, 400.0, 40.0), (1, 1000.0, 30.0)])
def test_far_lower_tails_keep_their_digits(count, mean, size):
    expected = summed_lower(count, mean, size)
    assert expected < 1e-12
    assert lower_tail(count, mean, size) == pytest.approx(expected, rel=1e-9)


def test_a_tail_of_ten_to_the_minus_fifty():
    count, mean, size = 45, 0.6, 20.0
    expected = summed_upper(count, mean, size)
    assert 1e-60 < expected < 1e-45
    assert upper_tail(count, mean, size) == pytest.approx(expected, rel=1e-9)


@settings(deadline=None, max_examples=60)
@given(
    count=st.integers(1, 200),
    mean=st.floats(0.01, 300.0),
    size=st.floats(0.3, 60.0),
)
def test_tails_agree_with_direct_summation(count, mean, size):
    assert lower_tail(count, mean, size) == pytest.approx(summed_lower(count, mean, size), rel=1e-8, abs=1e-250)
    expected = 1.0 - summed_lower(count - 1, mean, size)
    assert upper_tail(count, mean, size) == pytest.approx(expected, rel=1e-7, abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(count=st.integers(0, 5000), mean=st.floats(1e-6, 5000.0), size=st.floats(0.05, 100.0))
def test_both_tails_overlap_in_one_probability(count, mean, size):
    overlap = float(upper_tail(count, mean, size) + lower_tail(count, mean, size)) - 1.0
    assert overlap == pytest.approx(math.exp(log_mass(count, mean, size)), abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(mean=st.floats(0.01, 200.0), size=st.floats(0.3, 60.0))
def test_tails_fall_and_rise_with_the_count(mean, size):
    counts = np.arange(0, 60)
    assert (np.diff(upper_tail(counts, mean, size)) <= 1e-13).all()
    assert (np.diff(lower_tail(counts, mean, size)) >= -1e-13).all()
    assert upper_tail(0, mean, size) == 1.0


def test_agrees_with_scipy_where_that_is_sound():
    rng = np.random.default_rng(shifted(515))
    count, mean, size = rng.integers(1, 60, 400), rng.uniform(0.2, 30, 400), rng.uniform(0.5, 50, 400)
    expected = stats.nbinom.cdf(count, size, size / (size + mean))
    np.testing.assert_allclose(lower_tail(count, mean, size), expected, rtol=1e-6, atol=1e-12)


def test_incomplete_beta_agrees_with_scipy():
    rng = np.random.default_rng(shifted(88))
    a, b, x = rng.uniform(0.3, 80, 500), rng.uniform(0.3, 80, 500), rng.uniform(0.01, 0.99, 500)
    np.testing.assert_allclose(incomplete_beta(a, b, x, 1.0 - x), special.betainc(a, b, x), rtol=1e-7, atol=1e-14)


def test_log_gamma_at_factorials_and_the_half():
    whole = np.arange(3, 60)
    np.testing.assert_allclose(log_gamma(whole + 1.0), [math.log(math.factorial(k)) for k in whole], rtol=1e-13)
    assert log_gamma(np.array([0.5]))[0] == pytest.approx(0.5 * math.log(math.pi), rel=1e-13)


def test_arrays_broadcast_and_empty_ones_stay_empty():
    assert upper_tail(np.array([[1], [2]]), np.array([0.5, 1.0, 2.0]), 3.0).shape == (2, 3)
    assert upper_tail(np.empty(0), np.empty(0), np.empty(0)).shape == (0,)
    assert lower_tail(np.empty(0), np.empty(0), np.empty(0)).shape == (0,)
