"""Calibration and q-values from ordinary dates: by hand, and how often they are wrong where nothing happens."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from seeds import at_most, shifted
from sitelight.plugin.engine.counting import make_windows
from sitelight.plugin.engine.earth import EPOCH
from sitelight.plugin.engine.scoring.calibration import Calibration, calibrate
from sitelight.plugin.engine.scoring.decoys import Decoys, count_apart

EVEN = (np.arange(20_000) + 0.5) / 20_000  # what uniform p-values are on average
TINY = np.array([1e-6])


def decoys_of(p_value, dates: int = 1, apart: int = 0) -> Decoys:
    return Decoys(np.sort(np.asarray(p_value, float)), dates, apart or dates)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.floats(0.2, 3.0), st.lists(st.floats(1e-300, 1.0), min_size=2, max_size=20))
@example(0, 3.0, [1e-5, 4e-13])
def test_calibration_keeps_the_order_of_p_values_and_they_stay_p_values(seed, power, values):
    ordinary = np.random.default_rng(seed).uniform(size=5000) ** power
    calibrated = calibrate(ordinary).apply(np.sort(np.array(values)))
    assert (calibrated > 0.0).all()
    assert (calibrated <= 1.0).all()
    assert (np.diff(calibrated) >= 0).all()


def test_calibration_leaves_sound_p_values_and_tames_others():
    assert calibrate(EVEN).apply(np.array([0.2, 0.03, 0.004])) == pytest.approx([0.2, 0.03, 0.004], rel=0.02)
    # Beyond the thirty smallest of 20,000 p-values count for more: 1e-6 was seen by nobody.
    assert 1e-6 <= calibrate(EVEN).apply(TINY)[0] < 3e-5
    # Ordinary dates whose p-values are the squares of what they should be: 1e-6 is worth about 1e-3.
    assert calibrate(EVEN**2).apply(np.array([0.04, 1e-4])) == pytest.approx([0.2, 0.01], rel=0.02)
    assert 2e-4 < calibrate(EVEN**2).apply(TINY)[0] < 5e-3


def test_p_values_that_are_too_large_are_made_smaller():
    assert calibrate(np.minimum(2 * EVEN, 1.0)).apply(np.array([0.1, 0.02])) == pytest.approx([0.05, 0.01], rel=0.02)


def test_two_tiny_p_values_among_ordinary_ones_do_not_set_the_tail():
    """They may be true events: 2e-7 at another of 1,000 spots must hold all the same, at q <= 0.05."""
    ordinary = EVEN.copy()
    ordinary[:2] = 1e-12
    assert calibrate(ordinary).apply(np.array([2e-7]))[0] * 1000 <= 0.01
    # Eight of them are how ordinary dates are.
    ordinary[:12] = np.geomspace(1e-12, 1e-9, 12)
    assert calibrate(ordinary).apply(np.array([2e-7]))[0] * 1000 > 0.1


def test_few_ordinary_p_values_are_trusted_less_and_none_is_no_uncalibrated_p():
    p = np.array([1e-3, 1e-6, 1e-12])
    many, few, none = (calibrate(EVEN[::step]).apply(p) for step in (1, 200, 2000))
    assert (many < few).all()
    assert calibrate(EVEN[::2000]) == Calibration()
    assert (none > 5 * p).all()
    assert none[2] < 1e-4  # what is beyond all doubt stays so


def test_key_dates_alone_tell_of_their_bulk_whatever_happened_at_few_spots():
    happened = EVEN**2
    happened[:600] = 1e-15  # at 3 % of all spots
    known = calibrate(happened, are_ordinary=False).apply(np.array([1e-2, 1e-4]))
    assert (known >= [0.1, 0.01]).all()
    assert (known <= [0.2, 0.06]).all()


def test_q_values_of_decoys_by_hand():
    """Two key dates, four ordinary ones: (1 + ordinary below) / 2 false ones, over those found."""
    key = np.array([1e-3, 2e-3, 3e-3, 4e-3, 0.5, 0.9] + [0.99] * 994)
    decoys = decoys_of([2.5e-3, 0.1, 0.2] + [0.99] * 3997, dates=4)
    found = decoys.q_values(key, 2, key[:5])
    # The third is worth 2 / 2 / 3, but with the fourth 2 / 2 / 4; the first two are 1 / 2 / 2 together.
    assert found[:4] == pytest.approx([1 / 4, 1 / 4, 1 / 4, 1 / 4])
    assert found[4] == pytest.approx(4 / 2 / 6)  # with the sixth
    # By the p-values alone the four would be worth 1.0.
    assert decoys_of([], 0).q_values(key, 2, key[:4]) == pytest.approx([0.99] * 4)


def test_one_finding_rests_on_its_p_value_and_not_on_the_one_that_is_added():
    key = np.append(1e-9, np.linspace(0.1, 1.0, 99))
    assert decoys_of(np.tile(key[1:], 3), dates=3).q_values(key, 1, key[:1])[0] == pytest.approx(1e-7)


def test_a_test_inside_a_spot_must_be_as_small_as_spots_that_hold():
    key = np.array([0.001, 0.01, 0.4])
    assert decoys_of([], 0).q_values(key, 1, np.array([0.001, 0.03, 0.5])) == pytest.approx([0.003, 0.045, 0.5])


def test_ordinary_windows_that_overlap_are_not_apart():
    coup = date(2023, 7, 26)
    span = (2, 4, (date(2023, 3, 1) - EPOCH).days, (date(2023, 9, 30) - EPOCH).days, 30)
    alone = make_windows([coup], *span)
    assert count_apart(alone) == len(alone.placebo)
    both = make_windows([coup, coup + timedelta(days=2)], *span)
    assert len(both.placebo) > count_apart(both) >= len(alone.placebo) - 1


@pytest.mark.parametrize(("power", "spots"), [(1.0, 100), (1.0, 1000), (1.5, 300)])
def test_where_nothing_happens_findings_are_rare_with_six_ordinary_dates_or_none(power, spots):
    """P-values that are uniform, and such as a model gives that knows too little of what chance does."""
    rng = np.random.default_rng(shifted(61_300 + spots))
    any_found = np.zeros(2, int)
    for _ in range(200):
        ordinary, key = rng.uniform(size=6 * spots) ** power, rng.uniform(size=spots) ** power
        by_ordinary, by_key = calibrate(ordinary), calibrate(key, are_ordinary=False)
        decoys = decoys_of(by_ordinary.apply(ordinary), 6), decoys_of([], 0)
        for row, spot_p in enumerate((by_ordinary.apply(key), by_key.apply(key))):
            any_found[row] += (decoys[row].q_values(spot_p, 1, spot_p) <= 0.05).any()
    for found in any_found:
        assert at_most(int(found), 200, 0.05)
