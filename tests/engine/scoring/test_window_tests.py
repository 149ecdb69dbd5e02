"""Expectation and scoring on simulated null worlds: negative-binomial counts, a growing panel, and planted jumps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from seeds import at_least, at_most, shifted
from sitelight.plugin.engine.counting import PatternCounts, make_windows
from sitelight.plugin.engine.earth import EPOCH
from sitelight.plugin.engine.scoring import combine, window_tests
from sitelight.plugin.engine.scoring import measured as scoring
from sitelight.plugin.engine.scoring.calibration import Calibration
from sitelight.plugin.engine.scoring.changes import KINDS
from sitelight.plugin.engine.scoring.decoys import Decoys
from sitelight.plugin.engine.scoring.dispersion import Dispersion, find_dispersion
from sitelight.plugin.engine.scoring.expectation import expect
from sitelight.plugin.engine.scoring.kind_scores import combine_kinds, weigh_kinds
from sitelight.plugin.engine.scoring.measuring import weigh_busy_spots, weigh_spots
from sitelight.plugin.engine.stats import lower_tail, upper_tail
from worlds.engine_worlds import MONDAY

WEEKS = 20
KEY_DATE = EPOCH + timedelta(days=MONDAY + 7 * (WEEKS - 1))
WINDOWS = make_windows([KEY_DATE], 0, 6, MONDAY, MONDAY + 7 * WEEKS, 14)
KEY = int(WINDOWS.key_window[0])
COUNT = len(WINDOWS)
CHANGES = [change.id for kind in KINDS for change in kind.changes]
GROWTH = np.linspace(0.5, 1.5, COUNT)
NULL_SPOTS = 20_000
EVEN = (np.arange(20_000) + 0.5) / 20_000  # what uniform p-values are on average


def simulate(seed: int, mean, size: float, spots: int, growth=GROWTH) -> tuple[PatternCounts, np.ndarray]:
    """Return counts of one pattern at each spot with negative-binomial noise around mean x growth."""
    rng = np.random.default_rng(shifted(seed))
    means = np.broadcast_to(np.asarray(mean, float)[..., None], (spots, 1)) * growth
    devices = rng.negative_binomial(size, size / (size + means)).astype(np.int32)
    exposure = np.broadcast_to(growth / growth.mean(), (spots, COUNT)).copy()
    rows = np.arange(spots, dtype=np.int32)
    # Nobody shares devices here: every evidence is its own.
    evidence = rng.integers(1, 2**62, devices.shape, dtype=np.uint64)
    return PatternCounts(rows, np.zeros(spots, np.int32), devices, evidence), exposure


def upper_p(counts, exposure) -> np.ndarray:
    dispersion = find_dispersion(counts.pattern, counts.devices, exposure, WINDOWS)
    expected = expect(counts.devices, exposure, dispersion, WINDOWS, KEY)
    return upper_tail(counts.devices[:, KEY], expected.mean, expected.size)


def test_the_setting():
    assert COUNT == 18
    assert WINDOWS.baseline[KEY].sum() == 17


STEADY = Dispersion(np.ones(1), 0.1)


def test_expectation_by_hand():
    # 17 baseline windows of 4 devices each under steady exposure: (0.5 + 68) / 17.
    devices = np.full((1, COUNT), 4, np.int32)
    expected = expect(devices, np.ones((1, COUNT)), STEADY, WINDOWS, KEY)
    assert expected.mean[0] == pytest.approx(68.5 / 17)
    assert expected.baseline_devices[0] == 68
    assert expected.clumping[0] == 1.0
    # What 17 windows tell of the variance: 16 degrees of freedom times 2 m / (1 + 2 m), beside the pool's four.
    allowed = 1 + 1 / (4 + 16 * 8 / 9)
    assert expected.size[0] == pytest.approx(1 / ((allowed - 1) / (68.5 / 17) + 0.1 * (1 + 1 / 17) + allowed / 68.5))
    # Twice the panel in the key window: twice as many expected.
    exposure = np.ones((1, COUNT))
    exposure[0, KEY] = 2.0
    assert expect(devices, exposure, STEADY, WINDOWS, KEY).mean[0] == pytest.approx(2 * 68.5 / 17)


def test_expected_share_by_hand():
    # 4 of 10 devices in each baseline window; 30 devices come in the key window: about 12 of the pattern.
    devices, spot = np.full((1, COUNT), 4, np.int32), np.full((1, COUNT), 10.0)
    spot[0, KEY] = 30.0
    assert expect(devices, spot, STEADY, WINDOWS, KEY).mean[0] == pytest.approx(68.5 / 170 * 30)


def test_a_spot_s_own_past_moves_its_clumping_away_from_the_pool():
    # Ten devices a week in one row; the other has the same mean, but they come thirty at a time, every third week.
    devices = np.full((2, COUNT), 10, np.int32)
    devices[1] = np.where(np.arange(COUNT) % 3 == 0, 30, 0)
    expected = expect(devices, np.ones((2, COUNT)), Dispersion(np.full(2, 1.5), 0.005), WINDOWS, KEY)
    assert expected.clumping[0] < 1.5 < 5.0 < expected.clumping[1]
    assert expected.size[1] < expected.size[0]
    # Rows that never saw anybody can tell nothing: they keep the pool's.
    nobody = expect(np.zeros((1, COUNT)), np.ones((1, COUNT)), Dispersion(np.full(1, 1.5), 0.005), WINDOWS, KEY)
    assert nobody.clumping[0] == 1.5


@pytest.mark.parametrize(("size", "low", "high"), [(2.0, 0.4, 0.6), (5.0, 0.16, 0.25), (1e6, 0.0, 0.03)])
def test_dispersion_is_recovered(size, low, high):
    """Around a mean of 15, negative binomial counts have variance 15 + 15^2 / size."""
    counts, exposure = simulate(101, np.full(400, 15.0), size, 400)
    dispersion = find_dispersion(counts.pattern, counts.devices, exposure, WINDOWS)
    variance = dispersion.clumping[0] * 15.0 + dispersion.swing * 15.0**2
    assert low <= (variance - 15.0) / 15.0**2 <= high
    assert (dispersion.clumping == dispersion.clumping[0]).all()


@pytest.mark.parametrize("group", [2, 6])
def test_groups_are_told_from_swings(group):
    # Groups of a fixed size that come as a Poisson process have variance group x mean at any mean.
    rng = np.random.default_rng(shifted(31) + group)
    means = np.geomspace(2.0, 60.0, 600)[:, None]
    devices = (rng.poisson(means / group, (600, COUNT)) * group).astype(np.int32)
    dispersion = find_dispersion(np.zeros(600, np.int32), devices, np.ones((600, COUNT)), WINDOWS)
    variance = dispersion.clumping[0] * means + dispersion.swing * means**2
    np.testing.assert_allclose(variance[[0, 300]], group * means[[0, 300]], rtol=0.25)


def test_patterns_with_few_rows_lean_on_all_others():
    # Four a window where they come by fours: at busy spots all of it would count as a swing of the rate.
    counts, exposure = simulate(7, np.ones(600), 1e6, 600)
    pattern = np.zeros(600, np.int32)
    pattern[:300], pattern[300] = 1, 2
    devices = counts.devices.copy()
    devices[:301] *= 4  # each device brings three more
    dispersion = find_dispersion(pattern, devices, exposure, WINDOWS)
    many, lone, single = dispersion.clumping[0], dispersion.clumping[300], dispersion.clumping[-1]
    assert single < lone < many


@pytest.mark.parametrize("mean", [2.0, 10.0, 60.0])
@pytest.mark.parametrize("size", [3.0, 20.0])
def test_p_values_of_null_counts_hold_their_level_while_the_panel_grows(mean, size):
    # The spots of one draw share one estimate of how much counts vary, and err together.
    draws, spots = 5, NULL_SPOTS // 5
    seeds = int(mean * 10 + size) + 1000 * np.arange(draws)
    p = np.concatenate([upper_p(*simulate(int(seed), np.full(spots, mean), size, spots)) for seed in seeds])
    for level, slack in ((0.1, 1.25), (0.01, 1.6), (0.001, 3.0)):
        assert at_most(int((p <= level).sum()), NULL_SPOTS, level * slack)
    # And they are not so timid that nothing could be found.
    assert at_least(int((p <= 0.1).sum()), NULL_SPOTS, 0.04)


def test_lower_tails_of_null_counts_hold_their_level():
    counts, exposure = simulate(555, np.full(NULL_SPOTS, 25.0), 8.0, NULL_SPOTS)
    dispersion = find_dispersion(counts.pattern, counts.devices, exposure, WINDOWS)
    expected = expect(counts.devices, exposure, dispersion, WINDOWS, KEY)
    p = lower_tail(counts.devices[:, KEY], expected.mean, expected.size)
    assert at_most(int((p <= 0.01).sum()), NULL_SPOTS, 0.016)
    assert at_most(int((p <= 0.1).sum()), NULL_SPOTS, 0.125)


def test_ignoring_the_growing_panel_would_be_wrong():
    counts, exposure = simulate(77, np.full(NULL_SPOTS, 20.0), 10.0, NULL_SPOTS)
    flat = upper_p(counts, np.ones_like(exposure))
    assert not at_most(int((flat <= 0.01).sum()), NULL_SPOTS, 0.016)  # the test above would notice


@pytest.mark.parametrize(("factor", "power"), [(5.0, 0.8), (3.0, 0.4), (1.0, None)])
def test_power_for_jumps_at_steady_spots(factor, power):
    counts, exposure = simulate(909, np.full(2500, 8.0), 15.0, 2500)
    rng = np.random.default_rng(shifted(5))
    mean = 8.0 * GROWTH[KEY] * factor
    jumped = counts.devices.copy()
    jumped[:500, KEY] = rng.negative_binomial(15.0, 15.0 / (15.0 + mean), 500)
    p = upper_p(PatternCounts(counts.spot, counts.pattern, jumped, counts.evidence), exposure)
    found = int((p[:500] <= 1e-3).sum())
    assert at_most(found, 500, 0.02) if power is None else at_least(found, 500, power)


def scored(counts, exposure, changes=CHANGES, windows=WINDOWS):
    spot_devices = np.maximum.reduceat(counts.devices, np.unique(counts.spot, return_index=True)[1], axis=0)
    asked = np.tile(np.isin(CHANGES, changes), (counts.pattern.max() + 1, 1))
    share = spot_devices[counts.spot].astype(np.float64)
    every = np.zeros(len(spot_devices), np.int32)
    dispersions = (
        find_dispersion(counts.pattern, counts.devices, exposure[counts.spot], WINDOWS),
        find_dispersion(counts.pattern, counts.devices, share, WINDOWS),
        find_dispersion(every, spot_devices, exposure, WINDOWS),
    )
    is_total = counts.pattern == 0
    preference = counts.pattern.astype(np.float64)
    measured = scoring.Measured(
        counts, spot_devices, exposure, *dispersions, preference, is_total, np.ones(len(spot_devices)), windows, 3,
        KINDS, asked,
    )
    return window_tests.find_tests(measured, KEY)


def quiet_counts() -> tuple[PatternCounts, np.ndarray]:
    """Four spots with 10 devices a week; in the key week 40, 0, 10, and a spot where nobody was before with 6."""
    devices = np.full((4, COUNT), 10, np.int32)
    devices[3] = 0
    devices[:, KEY] = [40, 0, 10, 6]
    evidence = np.random.default_rng(shifted(2)).integers(1, 2**62, devices.shape, dtype=np.uint64)
    rows = np.arange(4, dtype=np.int32)
    return PatternCounts(rows, np.zeros(4, np.int32), devices, evidence), np.ones((4, COUNT))


def test_changes_are_named_for_what_happened():
    tests = scored(*quiet_counts())
    best = {
        int(spot): CHANGES[int(tests.change[tests.spot == spot][tests.p_value[tests.spot == spot].argmin()])]
        for spot in (0, 1, 3)
    }
    assert best == {0: "surges", 1: "falls_away", 3: "appears"}
    assert tests.p_value[tests.spot == 2].min() > 0.1
    assert (tests.p_value[tests.spot != 2] < 1e-3).all()


def test_a_window_that_reaches_the_last_day_has_no_falls_and_no_smaller_shares():
    """Of 40 devices a week 20 are of one kind and 12 of another; in the key week 4 and 30 of 40, and a spot empties."""
    rows = [[40] * COUNT, [20] * COUNT, [12] * COUNT, [30] * COUNT]
    devices = np.array(rows, np.int32)
    devices[:, KEY] = [40, 4, 30, 0]
    evidence = np.random.default_rng(shifted(3)).integers(1, 2**62, devices.shape, dtype=np.uint64)
    counts = PatternCounts(
        np.array([0, 0, 0, 1], np.int32), np.array([0, 1, 2, 0], np.int32), devices, evidence
    )
    partial = np.zeros(COUNT, bool)
    for reaches in (False, True):
        partial[KEY] = reaches
        tests = scored(counts, np.ones((2, COUNT)), windows=replace(WINDOWS, partial=partial))
        told = zip(tests.row, tests.change, tests.p_value)
        strong = {(int(row), CHANGES[change]) for row, change, p in told if p < 0.01}
        falls = {(1, "falls_away"), (1, "shifts"), (3, "falls_away")}
        assert strong & falls == (set() if reaches else falls)
        assert (2, "shifts") in strong


def test_only_the_changes_asked_for_are_tested():
    tests = scored(*quiet_counts(), changes=("falls_away",))
    assert 1 in tests.spot
    assert {CHANGES[int(change)] for change in tests.change} == {"falls_away"}
    assert not set(tests.spot.tolist()) & {0, 3}


def test_patterns_with_the_same_devices_are_one_test_under_the_preferred_name():
    one, exposure = quiet_counts()
    twice = PatternCounts(
        np.repeat(one.spot, 2), np.tile([0, 9], 4).astype(np.int32), np.repeat(one.devices, 2, axis=0),
        np.repeat(one.evidence, 2, axis=0),
    )
    tests = scored(twice, np.ones((4, COUNT)), changes=("appears", "surges", "falls_away"))
    single = scored(one, exposure, changes=("appears", "surges", "falls_away"))
    assert tests.spot.tolist() == single.spot.tolist()
    assert (twice.pattern[tests.row] == 0).all()
    assert (tests.alike == 1).all()
    assert (single.alike == 0).all()


def test_named_sites_hold_half_of_the_weight_and_all_weights_have_mean_one():
    few = weigh_spots(np.arange(1000) < 10)
    assert few.mean() == pytest.approx(1.0)
    assert few[:10].sum() == pytest.approx(500.0)
    assert (few[10:] == few[10]).all()
    many = weigh_spots(np.arange(1000) < 800)  # more sites than that share: nobody counts for less than a cell
    assert many == pytest.approx(np.ones(1000))
    for alone in (np.ones(7, bool), np.zeros(7, bool)):
        assert weigh_spots(alone) == pytest.approx(np.ones(7))


def test_spots_where_nothing_can_be_found_take_no_weight_from_others():
    is_site, is_busy = np.arange(1000) < 20, np.arange(1000) % 10 == 0
    weight = weigh_busy_spots(is_site, is_busy)
    assert weight[is_busy].mean() == pytest.approx(1.0)
    assert weight[is_site & is_busy].sum() == pytest.approx(50.0)  # half of the hundred, on two sites


def test_the_rhythm_of_the_week_is_no_overdispersion_when_key_dates_fall_on_different_weekdays():
    """Offices of 40 on weekdays and 4 on Sundays, Poisson around that: no swing, whichever days are asked for."""
    rng = np.random.default_rng(shifted(60_117))
    key_dates = (date(2023, 7, 26), date(2023, 7, 30))  # a Wednesday and a Sunday
    windows = make_windows(key_dates, 0, 0, (date(2023, 3, 1) - EPOCH).days, (date(2023, 9, 1) - EPOCH).days, 30)
    weekday = (windows.start_day + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    assert set(weekday) == {2, 6}
    devices = rng.poisson(np.where(weekday == 6, 4.0, 40.0), (400, len(windows)))
    found = find_dispersion(np.zeros(400, np.int64), devices, np.ones(devices.shape), windows)
    assert found.swing == pytest.approx(0.005)
    assert found.clumping == pytest.approx(np.ones(400), abs=0.1)


def test_kinds_that_do_not_look_leave_their_weight_to_the_others():
    looks = np.array([[True, True, False], [False, True, False], [False, True, True]])
    weight = weigh_kinds(KINDS, looks)
    np.testing.assert_allclose(weight.sum(axis=0), 1.0)
    np.testing.assert_allclose(weight[:, 0], [1.0, 0.0, 0.0])
    np.testing.assert_allclose(weight[:, 1], [0.6, 0.2, 0.2])
    p_value = np.array([[0.01, 0.03, np.nan], [np.nan, 0.004, np.nan], [np.nan, np.nan, 0.5]])
    np.testing.assert_allclose(combine_kinds(p_value, weight), [0.01, 0.02, 0.5])


def test_q_values_by_hand_over_spots_and_then_inside_them():
    """Benjamini and Bogomolov 2014: of three spots two are selected, so inside them the level shrinks to two thirds.

    Simes per spot: 0.003, 0.4, 0.01. Adjusted over spots: 0.009, 0.4, 0.015. Inside: adjusted values times 3, over the
    number of spots that are as small.
    """
    spot = np.array([0, 0, 0, 1, 1, 2])
    p_value = np.array([0.001, 0.02, 0.5, 0.2, 0.9, 0.01])
    number = len(spot)
    tests = scoring.WindowTests(
        KEY, np.arange(number), np.full(number, CHANGES.index("surges"), np.int8), spot, p_value, np.ones(number),
        np.zeros(number, np.int32), np.ones(number), np.zeros(number, np.int8), np.full(number, 5),
    )
    devices = np.full((number, COUNT), 3, np.int32)
    counts = PatternCounts(spot.astype(np.int32), np.arange(number, dtype=np.int32), devices, devices.astype(np.uint64))
    asked = np.tile(np.isin(CHANGES, ["surges"]), (number, 1))
    none, alone = Dispersion(np.ones(number), 0.1), Dispersion(np.ones(3), 0.1)
    measured = scoring.Measured(
        counts, devices[:3], np.ones((3, COUNT)), none, none, alone, np.zeros(number), np.zeros(number, bool),
        np.ones(3), WINDOWS, 3, KINDS, asked,
    )
    as_they_are = Calibration(freedom=1e12)
    nothing = combine._Ordinary(as_they_are, np.ones(0), Decoys(np.empty(0), 0, 0))
    scores = combine._combine(measured, [tests], nothing)
    np.testing.assert_allclose(scores.spot_q[0], [0.009, 0.4, 0.015], rtol=1e-6)
    np.testing.assert_allclose(scores.q_value, [0.009, 0.045, 0.5, 0.4, 0.9, 0.015], rtol=1e-6)


def test_the_total_carries_half_of_the_weight_if_there_are_others():
    group, is_total = np.array([0, 0, 0, 4, 7]), np.array([True, False, False, True, False])
    np.testing.assert_allclose(window_tests._weigh(group, is_total), [1.5, 0.75, 0.75, 1.0, 1.0])
