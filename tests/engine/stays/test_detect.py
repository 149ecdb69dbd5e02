from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds import shifted
from sitelight.plugin.engine.base import Cancelled, Progress
from sitelight.plugin.engine.stays import detect as stays_module
from sitelight.plugin.engine.stays import merging as halts_module
from sitelight.plugin.engine.stays.detect import detect_stays
from sitelight.plugin.engine.stays.merging import _join as join
from sitelight.plugin.engine.stays.settings import StaySettings
from worlds.engine_worlds import DAY_MS, HOUR_MS, METRES_PER_DEGREE, MONDAY, make_fixes

START_MS = MONDAY * DAY_MS
MINUTE_MS = 60_000


def metres(lat: float, lon: float, east_m, north_m) -> tuple[np.ndarray, np.ndarray]:
    north = lat + np.asarray(north_m, float) / METRES_PER_DEGREE
    return north, lon + np.asarray(east_m, float) / (METRES_PER_DEGREE * np.cos(np.radians(lat)))


def track(minutes, east_m, north_m=0.0, device=0, accuracy_m=10.0, lat=13.0, lon=2.0):
    east_m, north_m, minutes = np.broadcast_arrays(*(np.asarray(v, float) for v in (east_m, north_m, minutes)))
    at_lat, at_lon = metres(lat, lon, east_m, north_m)
    time_ms = START_MS + np.rint(minutes * MINUTE_MS).astype(np.int64)
    return make_fixes(np.full(len(time_ms), device), time_ms, at_lat, at_lon, accuracy_m)


def minutes_of(time_ms: np.ndarray) -> list[int]:
    return ((time_ms - START_MS) // MINUTE_MS).tolist()


def assert_same(one, two) -> None:
    for name, values in vars(one).items():
        np.testing.assert_array_equal(values, getattr(two, name), err_msg=name)


def test_a_day_of_home_walk_and_work():
    # Home 0:00 to 8:00 every 10 min, a 2 km walk of 25 min with a fix each 5 min, work 8:25 to 17:00.
    home, work = np.arange(0, 481, 10), np.arange(505, 1021, 10)
    walk = np.array([485, 490, 495, 500])
    minutes = np.concatenate((home, walk, work))
    east = np.concatenate((np.zeros(len(home)), (walk - 480) * 80.0, np.full(len(work), 2000.0)))
    stays = detect_stays(track(minutes, east))
    assert minutes_of(stays.start_ms) == [0, 505]
    assert minutes_of(stays.end_ms) == [480, 1015]
    assert stays.n_fixes.tolist() == [49, 52]
    assert stays.longest_gap_s.tolist() == [600.0, 600.0]
    np.testing.assert_allclose(stays.lat, 13.0, atol=1e-9)
    np.testing.assert_allclose(stays.lon, metres(13.0, 2.0, [0, 2000], 0)[1], atol=1e-9)
    np.testing.assert_allclose(stays.radius_m, 0.0, atol=0.1)


def test_a_gap_at_the_same_place_is_bridged():
    stays = detect_stays(track([0, 10, 20, 500, 510, 520], 0.0))
    assert minutes_of(stays.start_ms) == [0]
    assert minutes_of(stays.end_ms) == [520]
    assert stays.longest_gap_s.tolist() == [480 * 60.0]


def test_a_gap_longer_than_is_believable_is_not_bridged():
    stays = detect_stays(track([0, 10, 20, 20 + 25 * 60, 30 + 25 * 60], 0.0))
    assert minutes_of(stays.end_ms) == [20, 30 + 25 * 60]


def test_a_gap_to_another_place_is_not_bridged():
    stays = detect_stays(track([0, 10, 20, 500, 510, 520], [0, 0, 0, 1500, 1500, 1500]))
    assert minutes_of(stays.start_ms) == [0, 500]
    assert minutes_of(stays.end_ms) == [20, 520]


@pytest.mark.parametrize("stray", [[250.0], [250.0, 240.0]])
def test_a_few_stray_fixes_do_not_split_a_stay(stray):
    minutes = np.arange(0, 10 * (20 + len(stray)), 10)
    east = np.concatenate((np.zeros(10), stray, np.zeros(10)))
    stays = detect_stays(track(minutes, east, accuracy_m=50.0))
    assert len(stays) == 1
    assert stays.n_fixes[0] == len(minutes)


@pytest.mark.parametrize(("east_m", "accuracy_m", "found"), [
    ([290.0], 10.0, 1), ([310.0], 10.0, 2),  # three times the radius of 100 m
    ([440.0], 150.0, 1), ([460.0], 150.0, 2),  # three times the stated error
    ([290.0, 290.0], 10.0, 1), ([290.0] * 3, 10.0, 3),  # three fixes at one place are a stay of their own
])  # fmt: skip
def test_how_far_and_how_few_strays_are(east_m, accuracy_m, found):
    minutes = np.arange(0, 10 * (20 + len(east_m)), 10)
    east = np.concatenate((np.zeros(10), east_m, np.zeros(10)))
    fixes = track(minutes, east)
    fixes.accuracy_m[east > 0.0] = accuracy_m
    assert len(detect_stays(fixes)) == found


def test_a_stray_does_not_bridge_what_is_too_long_without_it():
    # Half a day to the stray and 13 hours from it to where the device was before: 25 hours.
    stays = detect_stays(track([0, 20, 20 + 12 * 60, 20 + 25 * 60, 40 + 25 * 60], [0.0, 0.0, 250.0, 0.0, 0.0]))
    assert minutes_of(stays.start_ms) == [0, 20 + 25 * 60]


@pytest.mark.parametrize(("apart_m", "accuracy_m", "halts"), [
    (95.0, 10.0, 1), (105.0, 10.0, 2),  # the radius
    (275.0, 100.0, 1), (290.0, 100.0, 2),  # twice the standard error of the distance: 2 * sqrt(2) * 100 m
    (390.0, 500.0, 1), (410.0, 500.0, 2),  # the largest radius
])  # fmt: skip
@pytest.mark.parametrize("minutes", [1, 45])
def test_how_near_neighbours_are_merged(apart_m, accuracy_m, halts, minutes):
    assert len(detect_stays(track([0, minutes], [0.0, apart_m], accuracy_m=accuracy_m), keep_short=True)) == halts


def test_a_real_trip_splits_a_stay():
    # An hour 3 km away, five fixes, then back home.
    minutes = np.concatenate((np.arange(0, 121, 10), [135, 145, 155, 165, 175], np.arange(190, 301, 10)))
    east = np.where((minutes > 130) & (minutes < 180), 3000.0, 0.0)
    stays = detect_stays(track(minutes, east))
    assert minutes_of(stays.start_ms) == [0, 135, 190]
    assert minutes_of(stays.end_ms) == [120, 175, 300]


def test_a_single_far_fix_is_a_short_halt_of_its_own():
    minutes = np.arange(0, 210, 10)
    east = np.where(minutes == 100, 5000.0, 0.0)
    halts = detect_stays(track(minutes, east), keep_short=True)
    assert halts.lasting.tolist() == [True, False, True]
    assert halts.n_fixes.tolist() == [10, 1, 10]


def test_a_steady_walk_is_no_stay():
    # 5 km/h for two hours, one fix a minute, with 5 m of noise.
    noise = np.random.default_rng(shifted(41)).normal(0, 5, (2, 120))
    stays = detect_stays(track(np.arange(120), np.arange(120) * 83.3 + noise[0], noise[1], accuracy_m=8.0))
    assert len(stays) == 0


def test_a_walk_out_and_back_seen_every_second_is_no_part_of_the_stays_around_it():
    # 20 min at home, 500 m out and back at 1.25 m/s, 20 min at home: each step is 1.25 m, and the walk ends at home.
    out = np.arange(0.0, 500.0, 1.25)
    east = np.concatenate((np.zeros(1200), out, 500.0 - out, np.zeros(1200)))
    stays = detect_stays(track(np.arange(len(east)) / 60.0, east))
    assert len(stays) == 2
    assert stays.radius_m.max() <= 200.0
    assert minutes_of(stays.start_ms)[0] == 0
    np.testing.assert_allclose((stays.end_ms[0] - START_MS) / MINUTE_MS, 20.0, atol=3.0)
    np.testing.assert_allclose((stays.start_ms[1] - START_MS) / MINUTE_MS, 20.0 + 800.0 / 60.0, atol=3.0)


@pytest.mark.parametrize("every_s", [1, 5])
def test_fast_fixes_give_the_stays_of_slow_ones(every_s):
    # Three places, 40 min each, with walks of 10 min between them; errors of 6 m.
    rng = np.random.default_rng(shifted(41_077))
    knots_s, knots_m = [0, 2400, 3000, 5400, 6000, 8400], [0, 0, 700, 700, 1500, 1500]
    seconds = np.arange(0, 8400, every_s)
    east = np.interp(seconds, knots_s, knots_m) + rng.normal(0, 6, len(seconds))
    stays = detect_stays(track(seconds / 60.0, east, rng.normal(0, 6, len(seconds))))
    assert len(stays) == 3
    # Nobody has left before 100 m (90 s) are behind; three minutes are 210 m.
    np.testing.assert_allclose((stays.start_ms - START_MS) / 1000, [0, 3000, 6000], atol=180)
    np.testing.assert_allclose((stays.end_ms - START_MS) / 1000, [2400, 5400, 8400], atol=180)
    np.testing.assert_allclose(stays.lon, metres(13.0, 2.0, [0, 700, 1500], 0)[1], atol=3e-4)


def test_ten_thousand_equal_fixes_are_one_stay_after_few_rounds(monkeypatch):
    """An hour apart, no two in one burst; all pairs are equally near, so that one merge a round would be 9,999."""
    rounds = []
    monkeypatch.setattr(halts_module, "_join", lambda halts, left: rounds.append(len(left)) or join(halts, left))
    stays = detect_stays(track(np.arange(10_000) * 60.0, 0.0))
    assert stays.n_fixes.tolist() == [10_000]
    assert sum(rounds) == 9_999
    assert len(rounds) < 60


def test_the_antimeridian_and_the_pole_are_places_like_others():
    for lat, lon in ((0.0, 180.0), (65.0, -180.0), (89.99, 10.0), (-89.99, -170.0)):
        rng = np.random.default_rng(shifted(5))
        at_lat, at_lon = metres(lat, lon, rng.normal(0, 10, 30), rng.normal(0, 10, 30))
        at_lon = (at_lon + 180.0) % 360.0 - 180.0
        fixes = make_fixes(np.zeros(30), START_MS + np.arange(30) * 10 * MINUTE_MS, at_lat, at_lon)
        stays = detect_stays(fixes)
        assert stays.n_fixes.tolist() == [30], (lat, lon)
        assert abs(stays.lat[0] - lat) < 2e-4
        away = abs((stays.lon[0] - lon + 180.0) % 360.0 - 180.0) * np.cos(np.radians(lat)) * METRES_PER_DEGREE
        assert away < 15.0
        assert stays.radius_m[0] < 60.0


def test_no_fixes_and_one_fix():
    nothing = detect_stays(track([], []))
    assert len(nothing) == 0
    one = detect_stays(track([5], [0.0]), keep_short=True)
    assert (len(one), one.lasting.tolist(), one.n_fixes.tolist()) == (1, [False], [1])


def wandering(seed: int, devices: int, count: int = 60):
    """Return fixes of devices that stay, walk and jump at random."""
    rng = np.random.default_rng(shifted(seed))
    place = rng.integers(0, 4, (devices, count))
    place = np.sort(place, axis=1) if seed % 2 else place
    east = place * 700.0 + rng.normal(0, 40, (devices, count))
    waits = rng.choice([0.0, 1.0, 7.0, 45.0, 900.0], (devices, count), p=[0.05, 0.4, 0.3, 0.2, 0.05])
    minutes = np.cumsum(waits, axis=1)
    lat, lon = metres(13.0, 2.0, east.ravel(), rng.normal(0, 40, devices * count))
    accuracy = rng.lognormal(3, 1, devices * count).astype(np.float32)
    time_ms = START_MS + (minutes.ravel() * MINUTE_MS).astype(np.int64)
    return make_fixes(np.repeat(np.arange(devices), count), time_ms, lat, lon), accuracy


def take_devices(fixes, accuracy, wanted):
    rows = np.isin(fixes.device, wanted)
    part = make_fixes(fixes.device[rows], fixes.time_ms[rows], fixes.lat[rows], fixes.lon[rows])
    part.accuracy_m[:] = accuracy[rows]
    return part


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.sets(st.integers(0, 5), min_size=1, max_size=5))
def test_any_partition_by_device_gives_the_same_rows_to_the_bit(seed, chosen):
    fixes, accuracy = wandering(seed, 6)
    whole = detect_stays(take_devices(fixes, accuracy, range(6)), keep_short=True)
    part = detect_stays(take_devices(fixes, accuracy, sorted(chosen)), keep_short=True)
    assert_same(whole.take(np.isin(whole.device, list(chosen))), part)


def test_blocks_do_not_change_the_result(monkeypatch):
    fixes, accuracy = wandering(77, 12)
    fixes = take_devices(fixes, accuracy, range(12))
    whole = detect_stays(fixes, keep_short=True)
    monkeypatch.setattr("sitelight.plugin.engine.stays.detect.BLOCK_FIXES", 100)
    assert_same(whole, detect_stays(fixes, keep_short=True))


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 10_000), st.integers(1, 60), st.sampled_from([0.1, 0.5, 1.0, 12.0, 24.0]), st.booleans(),
    st.integers(1, 3),
)  # fmt: skip
def test_cuts_inside_a_device_change_no_bit(seed, rows, max_bridge_hours, keep_short, devices):
    """Devices of 240 fixes, blocks of 1 to 60: cut in every silence that is not bridged, or not at all."""
    fixes, accuracy = wandering(seed, devices, 240)
    fixes = take_devices(fixes, accuracy, range(devices))
    how = StaySettings(max_bridge_hours=max_bridge_hours)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stays_module, "BLOCK_FIXES", rows)
        borders = stays_module._borders(fixes, how)
        parts = detect_stays(fixes, how, keep_short=keep_short)
        patch.setattr(stays_module, "block_borders", lambda device, _: np.array([0, len(device)]))
        patch.setattr(stays_module, "BLOCK_FIXES", len(fixes))
        whole = detect_stays(fixes, how, keep_short=keep_short)
    assert (np.diff(borders) > 0).all()
    assert_same(whole, parts)


def test_one_device_is_cut_in_silences_that_are_not_bridged_and_nowhere_else(monkeypatch):
    monkeypatch.setattr(stays_module, "BLOCK_FIXES", 4)
    minutes = np.cumsum([0, 1, 1, 1, 1, 25 * 60, 1, 1, 1, 24 * 60, 1, 1, 25 * 60, 25 * 60, 1, 1])
    assert stays_module._borders(track(minutes, 0.0), StaySettings()) == [0, 5, 12, 16]
    assert stays_module._borders(track(minutes, 0.0), StaySettings(max_bridge_hours=26.0)) == [0, 16]


def test_the_unseen_time_of_a_cut_is_shared_as_any_other(monkeypatch):
    # A day and an hour unseen over 5 km: six hours go to each side, though each lies in a block of its own.
    monkeypatch.setattr(stays_module, "BLOCK_FIXES", 2)
    stays = detect_stays(track([0, 20, 20 + 25 * 60, 40 + 25 * 60], [0.0, 0.0, 5000.0, 5000.0]))
    assert (stays.departed_ms - stays.end_ms).tolist() == [6 * HOUR_MS, 0]
    assert (stays.start_ms - stays.arrived_ms).tolist() == [0, 6 * HOUR_MS]


def test_a_burst_holds_no_silence_that_is_not_bridged():
    assert len(detect_stays(track([0, 1, 11, 12], 0.0), StaySettings(max_bridge_hours=0.1), keep_short=True)) == 2


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000))
def test_what_always_holds(seed):
    fixes, accuracy = wandering(seed, 4)
    fixes = take_devices(fixes, accuracy, range(4))
    halts = detect_stays(fixes, keep_short=True)
    assert halts.n_fixes.sum() == len(fixes)
    assert (halts.arrived_ms <= halts.start_ms).all()
    assert (halts.start_ms <= halts.end_ms).all()
    assert (halts.end_ms <= halts.departed_ms).all()
    same = halts.device[1:] == halts.device[:-1]
    assert (halts.departed_ms[:-1] <= halts.arrived_ms[1:])[same].all()
    stays = detect_stays(fixes)
    assert stays.lasting.all()
    assert (stays.end_ms - stays.start_ms >= 10 * MINUTE_MS).all()
    assert_same(halts.take(halts.lasting), stays)


def test_unseen_time_is_shared_less_the_travel():
    # Two hours unseen over 5 km (12 minutes at 25 km/h): 54 minutes go to each side.
    stays = detect_stays(track([0, 20, 140, 160], [0.0, 0.0, 5000.0, 5000.0]))
    assert minutes_of(stays.departed_ms)[0] == pytest.approx(20 + 54, abs=1)
    assert minutes_of(stays.arrived_ms)[1] == pytest.approx(140 - 54, abs=1)


def test_of_unseen_time_each_side_gets_six_hours_at_most():
    stays = detect_stays(track([0, 20, 20 + 20 * 60, 40 + 20 * 60], [0.0, 0.0, 5000.0, 5000.0]))
    assert (stays.departed_ms - stays.end_ms).tolist() == [6 * HOUR_MS, 0]
    assert (stays.start_ms - stays.arrived_ms).tolist() == [0, 6 * HOUR_MS]


def test_stays_do_not_depend_on_the_number_of_threads(monkeypatch):
    monkeypatch.setattr(stays_module, "BLOCK_FIXES", 20)
    rng = np.random.default_rng(5)
    device, minutes = np.repeat(np.arange(30), 40), np.tile(np.arange(0, 400, 10), 30)
    fixes = track(minutes, 300.0 * rng.integers(0, 3, 1200).cumsum() % 2000, device=device)
    found = []
    for number in (1, 2, 5):
        monkeypatch.setattr("sitelight.plugin.engine.base.threads.THREADS", number)
        found.append(detect_stays(fixes, keep_short=True))
    assert len(found[0]) > 100
    for other in found[1:]:
        assert_same(found[0], other)


def test_cancelling_is_noticed():
    with pytest.raises(Cancelled):
        detect_stays(track([0, 10], 0.0), progress=Progress(is_cancelled=lambda: True))
