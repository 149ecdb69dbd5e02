from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds import at_least, at_most, shifted
from sitelight.plugin.engine.stats.multiple_tests import adjust, adjust_families, adjust_in_groups, simes

# Benjamini and Hochberg 1995, section 4.1: fifteen tests of a trial on myocardial infarction.
PUBLISHED = np.array(
    [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
     0.7590, 1.0000]
)
p_values = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=25)


def rejected_step_up(p_value: np.ndarray, level: float) -> np.ndarray:
    """Benjamini-Hochberg as published: reject the k smallest for the largest k with p_(k) <= k q / m."""
    order = np.argsort(p_value, kind="stable")
    largest = 0
    for place, row in enumerate(order, start=1):
        if p_value[row] <= place * level / len(p_value):
            largest = place
    rejected = np.zeros(len(p_value), bool)
    rejected[order[:largest]] = True
    return rejected


def naive_adjust(p_value) -> list[float]:
    ranked = sorted(p_value)
    count = len(ranked)
    return [
        min(1.0, min(ranked[k] * count / (k + 1) for k in range(count) if ranked[k] >= p)) for p in p_value
    ]


def naive_simes(p_value) -> float:
    ranked = sorted(p_value)
    return min(1.0, min(len(ranked) * p / place for place, p in enumerate(ranked, start=1)))


def test_the_published_example_rejects_four():
    assert (adjust(PUBLISHED) <= 0.05).sum() == 4
    assert (adjust(PUBLISHED)[:4] <= 0.05).all()


def test_adjusted_values_by_hand():
    # 0.01 * 4/1 = 0.04; 0.03 * 4/2 = 0.06, but 0.04 * 4/3 = 0.0533 comes after it; 0.5 stays.
    np.testing.assert_allclose(adjust(np.array([0.5, 0.03, 0.01, 0.04])), [0.5, 0.16 / 3, 0.04, 0.16 / 3])


def test_simes_by_hand():
    # Group 0: min(3 * 0.03, 1.5 * 0.04, 0.9) = 0.06; group 1 is empty; group 2: 0.2.
    group, p_value = np.array([2, 0, 0, 0]), np.array([0.2, 0.9, 0.03, 0.04])
    np.testing.assert_allclose(simes(group, p_value, 3), [0.06, 1.0, 0.2])


def test_nothing_to_adjust():
    none = np.empty(0)
    assert len(adjust(none)) == 0
    assert len(adjust_in_groups(none.astype(np.int64), none)) == 0
    np.testing.assert_array_equal(simes(none.astype(np.int64), none, 2), [1.0, 1.0])


@settings(deadline=None, max_examples=80)
@given(p_values)
def test_adjust_equals_a_naive_loop(values):
    np.testing.assert_allclose(adjust(np.array(values)), naive_adjust(values), rtol=1e-12, atol=0)


@settings(deadline=None, max_examples=80)
@given(p_values, st.sampled_from([0.01, 0.05, 0.2]))
def test_adjusted_values_reject_what_the_step_up_procedure_rejects(values, level):
    p_value = np.array(values)
    adjusted = adjust(p_value)
    close = np.abs(adjusted - level) < 1e-12
    np.testing.assert_array_equal((adjusted <= level)[~close], rejected_step_up(p_value, level)[~close])


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(st.integers(0, 5), st.floats(1e-300, 1.0)), min_size=1, max_size=40))
def test_groups_are_adjusted_as_if_alone(rows):
    group, p_value = np.array([g for g, _ in rows]), np.array([p for _, p in rows])
    adjusted, combined = adjust_in_groups(group, p_value), simes(group, p_value, 7)
    for number in range(7):
        mine = p_value[group == number].tolist()
        # Very small values must keep their digits next to groups with large ones.
        np.testing.assert_allclose(adjusted[group == number], naive_adjust(mine) if mine else [], rtol=1e-9, atol=0)
        assert combined[number] == pytest.approx(naive_simes(mine) if mine else 1.0, rel=1e-12)


def test_small_values_keep_their_digits_beside_thousands_of_groups():
    rng = np.random.default_rng(shifted(3))
    group = np.repeat(np.arange(4000), 5)
    p_value = rng.uniform(0.2, 1.0, len(group))
    p_value[group == 3999] = [1e-12, 3e-12, 1e-9, 0.5, 0.5]
    adjusted = adjust_in_groups(group, p_value)[group == 3999]
    np.testing.assert_allclose(adjusted, [5e-12, 7.5e-12, 5e-9 / 3, 0.5, 0.5], rtol=1e-9)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0.0, 1.0)), min_size=2, max_size=20), st.randoms())
def test_the_order_of_the_tests_does_not_matter(rows, shuffler):
    order = list(range(len(rows)))
    shuffler.shuffle(order)
    group, p_value = np.array([g for g, _ in rows]), np.array([p for _, p in rows])
    np.testing.assert_array_equal(adjust(p_value)[order], adjust(p_value[order]))
    np.testing.assert_array_equal(simes(group, p_value, 5), simes(group[order], p_value[order], 5))
    reordered = adjust_in_groups(group[order], p_value[order])
    np.testing.assert_array_equal(adjust_in_groups(group, p_value)[order], reordered)


def test_the_share_of_false_rejections_is_held_under_the_null():
    # With nothing true, any rejection is false: Simes and BH both reject in a share of at most q of the runs.
    rng = np.random.default_rng(shifted(20230805))
    p_value = rng.uniform(size=(2000, 30))
    by_bh = sum(adjust(row).min() <= 0.05 for row in p_value)
    by_simes = int((simes(np.repeat(np.arange(2000), 30), p_value.ravel(), 2000) <= 0.05).sum())
    for rejected in (by_bh, by_simes):
        assert at_most(rejected, 2000, 0.05) and at_least(rejected, 2000, 0.05)


def test_families_hold_where_both_they_and_their_tests_do():
    """Against the definition, family after family (Benjamini and Bogomolov 2014)."""
    rng = np.random.default_rng(shifted(77))
    for _ in range(50):
        group = rng.integers(0, 6, 40)
        p = rng.random(40) ** rng.integers(1, 5)
        level = 0.05
        names = np.unique(group)
        own = [simes(np.zeros((group == one).sum(), int), p[group == one], 1)[0] for one in names]
        of_family = adjust(np.array(own))
        selected = max((of_family <= level).sum(), 1)
        held = adjust_families(group, p, level) <= level
        for number, one in enumerate(names):
            inside = adjust(p[group == one]) <= level * selected / len(names)
            expected = inside & (of_family[number] <= level)
            assert (held[group == one] == expected).all()
