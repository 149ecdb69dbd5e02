"""Cotravelers: joint events by hand, the ratio as an e-value, moved halves, planted teams and worlds without any."""

from __future__ import annotations

import numpy as np
import pytest
from bench.commuter_worlds import Town, make_town
from bench.cotravel import as_fixes, score
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds import at_least, by_chance, shifted
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.companions.chance import CrowdChance, Meets, Outings
from sitelight.plugin.engine.companions.cotravel import find_cotravelers
from sitelight.plugin.engine.companions.joint_events import CotravelSettings
from sitelight.plugin.engine.companions.shifted_null import e_q_values, shift_half, shifted_q_values
from sitelight.plugin.engine.earth import Spans
from sitelight.plugin.engine.homes import Anchors
from sitelight.plugin.engine.stays import detect_stays
from worlds.engine_worlds import DAY_MS, HOUR_MS, MONDAY, make_fixes

START_MS = MONDAY * DAY_MS
HOMES = [(1.0, 1.0), (1.1, 1.1), (1.2, 1.0)]
STOPS = [(1.30, 1.30), (1.36, 1.30), (1.36, 1.40)]


def minutely(device: int, place: tuple[float, float], start_h: float, hours: float, second: int = 0) -> list[tuple]:
    """Return a fix a minute at a place."""
    return [
        (device, START_MS + int((start_h + minute / 60) * HOUR_MS) + second * 1000, *place)
        for minute in range(int(hours * 60))
    ]


def three_devices(second: int = 4):
    """Devices 0 and 1 live far apart, and go round three places together on Tuesday; 2 is at the first place only."""
    rows = []
    for device, home in enumerate(HOMES):
        for day in range(3):
            rows += minutely(device, home, 24 * day, 8.0) + minutely(device, home, 24 * day + 18, 6.0)
    for device in (0, 1):
        for number, stop in enumerate(STOPS):
            rows += minutely(device, stop, 24 + 9 + 2 * number, 1.0, second * device)
    rows += minutely(2, STOPS[0], 24 + 9, 1.0, 2)
    return make_fixes(*zip(*sorted(rows)))


def find(fixes, sparse: bool = False, **limits):
    return find_cotravelers(fixes, detect_stays(fixes, keep_short=True), sparse, CotravelSettings(**limits))


@pytest.mark.parametrize("sparse", [False, True])
def test_a_round_of_three_places_by_hand(sparse):
    found = find(three_devices(), sparse)
    (row,) = found.pairs.to_dict("records")
    assert (row["first"], row["second"], row["unique_pair_id"]) == (0, 1, 1)
    assert (row["joint_events"], row["joint_places"], row["days"]) == (3, 3, 1)
    # From the first to the last fix of each hour; a halt of one begins, or ends, four seconds beside that of the other.
    assert row["joint_duration"] == 3 * (59 * 60 - (4 if sparse else 0))
    # 0.06 degrees of latitude and 0.1 of longitude at 1.36 degrees north
    assert row["distance_km"] == pytest.approx(111.195 * (0.06 + 0.1 * np.cos(np.radians(1.36))), rel=1e-3)
    assert row["first_ms"] == START_MS + (24 + 9) * HOUR_MS + 4000
    assert row["log10_lr"] > 0.0
    assert row["dist_diff_max"] == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_allclose(found.events["lat"], [1.30, 1.36, 1.36])
    if not sparse:
        # The fix of a minute of one, and those of the same minute of the other; no other is within ten seconds.
        assert row["unique_pair_id_count"] == 180
        assert (row["time_diff_min"], row["time_diff_max"], row["time_diff_std"]) == (4.0, 4.0, 0.0)
    assert any("shorter than two weeks" in note for note in found.notes)


def test_beyond_the_time_difference_nobody_is_together():
    assert len(find(three_devices(second=11)).pairs) == 0
    assert len(find(three_devices(second=11), sparse=True).pairs) == 1


@pytest.mark.parametrize("sparse", [False, True])
def test_pairs_that_were_near_each_other_once_are_listed_on_demand(sparse):
    """The third device was at one of the places, for an hour."""
    found = find(three_devices(), sparse, min_events=1).pairs.set_index(["first", "second"])
    assert found["joint_events"].to_dict() == {(0, 1): 3, (0, 2): 1, (1, 2): 1}
    assert found["log10_lr"].idxmax() == (0, 1)
    assert found["q_value"].to_numpy()[1:] == pytest.approx(1.0)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("minutes, pairs", [(0, 3), (30, 3), (58, 3), (60, 1), (176, 1), (178, 0)])
def test_pairs_that_were_together_for_too_short_are_left_out(minutes, pairs, sparse):
    found = find(three_devices(), sparse, min_events=1, min_joint_minutes=minutes)
    assert len(found.pairs) == pairs
    assert (found.pairs["joint_duration"] >= 60 * minutes).all()
    assert found.events["pair"].nunique() == pairs


def test_without_fixes_there_is_a_sentence():
    empty = make_fixes([], [], [], [])
    with pytest.raises(StudyError, match="no fixes"):
        find_cotravelers(empty, detect_stays(empty, keep_short=True))


def test_homes_in_one_house_are_not_compared():
    """Two who only ever share a home are no pair, whatever the mode."""
    rows = [row for device in (0, 1) for day in range(5) for row in minutely(device, HOMES[0], 24 * day, 24.0, device)]
    fixes = make_fixes(*zip(*sorted(rows)))
    for sparse in (False, True):
        assert len(find(fixes, sparse).pairs) == 0


def outings_of(devices: int, homes: np.ndarray) -> Outings:
    """Return outings in which every device is out in one and the same hour."""
    moment = np.full(devices, START_MS + 12 * HOUR_MS)
    spans = Spans(np.arange(devices, dtype=np.int32), moment, moment, np.full(devices, 5.0), np.full(devices, 5.0))
    nothing = np.empty(0, bool)
    anchors = Anchors(nothing, nothing, homes, homes, homes, homes, np.ones(devices), nothing)
    return Outings(spans, 0, anchors)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6), st.integers(3, 40), st.floats(0.05, 1.0))
def test_one_over_the_chance_is_at_most_one_on_average(seed, devices, share):
    """Over all devices that could have been met, also if those met all live in one quarter."""
    rng = np.random.default_rng(seed)
    homes = np.where(rng.random(devices) < 0.4, 5.0, 5.0 + rng.uniform(0.0, 0.2, devices))
    a, b = np.triu_indices(devices, 1)
    met = rng.random(len(a)) < share * np.where((homes[a] == 5.0) & (homes[b] == 5.0), 1.0, 0.3)
    a, b = a[met], b[met]
    outings = outings_of(devices, homes)
    slot = np.full(len(a), int(outings.slot[0]))
    chance = CrowdChance(Meets(a, b, slot, rng.random(len(a)) + 0.1), outings).of(np.arange(len(a)))
    assert (chance > 0.0).all()
    for me in range(devices):
        mine = (a == me) | (b == me)
        assert (1.0 / chance[mine]).sum() <= devices * 1.0001


def test_e_benjamini_hochberg_by_hand():
    """Ten devices have 45 pairs: k e-values of at least 45 / (0.05 k) pass at 0.05."""
    e_values = np.array([900.0, 450.0, 100.0, 1.0])
    q_value = e_q_values(np.log10(e_values), 10)
    np.testing.assert_allclose(q_value, [45 / 900, 45 / (2 * 450), 45 / (3 * 100), 1.0])
    assert e_q_values(np.empty(0), 10).shape == (0,)


def test_moved_pairs_tell_the_share_of_false_ones():
    moved = np.concatenate((np.full(90, 0.1), np.full(20, 2.0)))
    q_value = shifted_q_values(np.concatenate((np.full(400, 3.0), np.full(100, 2.0))), moved)
    assert (q_value[:400] < 0.05).all()
    np.testing.assert_allclose(q_value[400:], 2 * 20 / 500)  # each stands for two
    assert (np.diff(shifted_q_values(np.linspace(9, -1, 50), moved)) >= 0).all()
    assert shifted_q_values(np.array([5.0]), np.empty(0))[0] == 1.0


def test_moved_devices_keep_their_hours_weekdays_and_fixes():
    town = Town(40, 16)
    fixes = as_fixes(make_town(shifted(5_501), town).fixes, town.devices)
    stays = detect_stays(fixes, keep_short=True)
    moved_fixes, moved, order = shift_half(fixes, stays)
    assert sorted(order.tolist()) == list(range(len(stays)))
    for device in range(town.devices):
        before, after = fixes.time_ms[fixes.device == device], moved_fixes.time_ms[moved_fixes.device == device]
        week = 7 * DAY_MS
        np.testing.assert_array_equal(np.sort(before % week), np.sort(after % week))
        assert (np.diff(after) >= 0).all()
        assert np.array_equal(before, after) == (device % 2 == 0)
    np.testing.assert_array_equal(np.cumsum(moved.n_fixes)[:-1] < len(fixes), True)
    first = np.cumsum(moved.n_fixes) - moved.n_fixes
    np.testing.assert_array_equal(moved_fixes.time_ms[first], moved.start_ms)
    np.testing.assert_array_equal(moved_fixes.device[first], moved.device)


def test_data_of_a_few_days_are_not_moved():
    fixes = three_devices()
    assert shift_half(fixes, detect_stays(fixes, keep_short=True)) is None


@pytest.mark.parametrize("dense, sparse", [(True, False), (True, True), (False, True)])
def test_planted_teams_are_found_and_the_crowd_is_not(dense, sparse):
    town = Town(150, 14, True, teams=6) if dense else Town(800, 21, teams=16, team_days=(4, 7))
    hits = number = planted = 0
    worlds = 2 if dense else 4
    for seed in range(31_337, 31_337 + worlds):
        crowd = make_town(shifted(seed), town)
        found = find(as_fixes(crowd.fixes, town.devices), sparse).listed(0.05).pairs[["first", "second"]].to_numpy()
        hits += round(score(found, crowd.pairs)[1] * len(found))
        number, planted = number + len(found), planted + len(crowd.pairs)
    # The pairs of a team are found or missed together: a team is one case.
    teams = worlds * town.teams
    assert at_least(round(hits / number * teams), teams, 0.9)
    assert at_least(round(hits / planted * teams), teams, 0.8)


@pytest.mark.parametrize("dense, sparse", [(True, False), (False, True)])
def test_a_crowd_without_teams_has_hardly_any_pair(dense, sparse):
    town = Town(120, 14, True) if dense else Town(800, 15)
    found = find(as_fixes(make_town(shifted(41_414), town).fixes, town.devices), sparse)
    assert len(found.pairs) > 50  # commuters, lunches, matches
    assert by_chance(len(found.listed(0.05).pairs), 0.05)
