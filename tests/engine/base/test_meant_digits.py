"""Figures cut to what they mean: near enough to the truth, and deaf to the last digits in which processors differ."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sitelight.plugin.engine.base import meant_degrees, meant_metres, meant_probability


@given(st.floats(1e-300, 1.0))
def test_probabilities_keep_seven_digits_and_lose_the_last(p_value):
    kept = meant_probability(np.array([p_value]))
    assert abs(kept[0] / p_value - 1.0) < 1e-7
    assert meant_probability(kept)[0] == kept[0]


def test_neighbouring_numbers_are_one_but_for_the_odd_border():
    rng = np.random.default_rng(71)
    p_value, degrees, metres = rng.random(100_000) ** 20, rng.uniform(-180, 180, 100_000), rng.uniform(0, 1e5, 100_000)
    for meant, values in ((meant_probability, p_value), (meant_degrees, degrees), (meant_metres, metres)):
        differ = (meant(values) != meant(np.nextafter(values, np.inf))).sum()
        assert differ <= 5  # one in some millions lies on a border of rounding


def test_what_is_lost_is_less_than_a_millimetre():
    degrees = np.random.default_rng(72).uniform(-180, 180, 10_000)
    assert np.abs(meant_degrees(degrees) - degrees).max() * 111_195 < 1e-3
    assert meant_probability(np.array([0.0, 1.0])).tolist() == [0.0, 1.0]
