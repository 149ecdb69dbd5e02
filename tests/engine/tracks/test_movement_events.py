"""Movement events: hand-computed speeds, turns and stops, planted tracks, and tracks that are not dense."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from seeds import shifted
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.earth import bearing_deg
from sitelight.plugin.engine.tracks import movement_events
from sitelight.plugin.engine.tracks.movement_events import (
    ACC_EVENTS,
    TURN_EVENTS,
    EventSettings,
    classify_movement,
    median_gap_s,
    turn_midpoints,
)
from worlds.engine_worlds import make_fixes

GEOD = Geod(ellps="WGS84")
SPHERE = Geod(a=6_371_008.8, b=6_371_008.8)


def drive(*steps: tuple[float, float], start: tuple[float, float] = (13.5, 2.1), every_s: float = 1.0):
    """Return lat, lon, time in s of a drive made of steps (bearing in degrees, metres), one after the other."""
    lat, lon = [start[0]], [start[1]]
    for bearing, metres in steps:
        x, y, _ = SPHERE.fwd(lon[-1], lat[-1], bearing, metres)
        lat.append(y)
        lon.append(x)
    return np.array(lat), np.array(lon), np.arange(len(lat)) * every_s


def events_of(*tracks, **limits):
    device = np.repeat(np.arange(len(tracks)), [len(track[0]) for track in tracks])
    lat, lon, seconds = (np.concatenate([track[axis] for track in tracks]) for axis in range(3))
    fixes = make_fixes(device, seconds * 1000, lat, lon)
    return fixes, classify_movement(fixes, EventSettings(**limits))


def names(events) -> tuple[list[str], list[str]]:
    return [ACC_EVENTS[code] for code in events.acc_event], [TURN_EVENTS[code] for code in events.turn_event]


def test_a_drive_worked_out_by_hand():
    """Stands 2 s, drives north at 10, 12, 12 m/s, turns right by 90 degrees, brakes and stands."""
    _fixes, events = events_of(drive((0, 0), (0, 0), (0, 10), (0, 12), (0, 12), (90, 12), (90, 6), (90, 0), (90, 0)))
    acc, turns = names(events)
    np.testing.assert_allclose(events.speed[1:], [0, 0, 10, 12, 12, 12, 6, 0, 0], atol=1e-6)
    np.testing.assert_allclose(events.acceleration[1:9], [0, 10, 2, 0, 0, -6, -6, 0], atol=1e-6)
    np.testing.assert_allclose(events.distance_diff[3:6], [10, 12, 12], atol=1e-6)
    assert np.isnan([events.speed[0], events.time_diff[0], events.distance_diff[0], events.acceleration[9]]).all()
    assert acc == ["", "Stopped", "Stopped", "Start", "Acceleration end", "Traveling", "Deceleration start",
                   "Deceleration", "Stop", "Stopped"]  # fmt: skip
    assert turns == ["Stopped"] * 3 + ["Traveling"] * 2 + ["Right turn"] + ["Traveling"] + ["Stopped"] * 3
    assert events.turn_id.tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert events.from_bearing[5] == pytest.approx(0.0, abs=1e-4) or events.from_bearing[5] > 359.99
    assert events.to_bearing[5] == pytest.approx(90.0, abs=1e-3)
    assert events.turn[5] == pytest.approx(90.0, abs=1e-3)


@pytest.mark.parametrize("side, word", [(1, "Right"), (-1, "Left")])
def test_a_wide_u_turn_is_one_event_and_a_corner_is_none(side, word):
    wide = [(side * 20.0 * step, 8.0) for step in range(10)]  # nine bends of 20 degrees: half a circle
    corner = [(0.0, 10.0)] * 3 + [(side * 45.0, 10.0)] * 3
    fixes, events = events_of(drive(*wide, (side * 180.0, 9.0)), drive(*corner))
    turns = names(events)[1]
    assert turns[1:10] == [f"{word} U-turn"] * 9
    assert turns.count(f"{word} turn") == 1
    assert set(events.turn_id.tolist()) == {0, 1, 2}
    middle, lat, lon = turn_midpoints(fixes, events)
    assert middle.tolist() == [5, 15]
    assert lat[0] == pytest.approx(fixes.lat[1:10].mean())
    assert (lat[1], lon[1]) == pytest.approx((fixes.lat[15], fixes.lon[15]), abs=1e-12)


def test_an_s_bend_is_two_turns_and_no_u_turn():
    bends = [0, 30, 60, 90, 60, 30, 0]
    _fixes, events = events_of(drive(*((bearing, 10.0) for bearing in bends)))
    assert names(events)[1] == ["", *["Right turn"] * 3, *["Left turn"] * 3, ""]


def test_bearings_over_more_points_find_the_slow_turns_of_ships():
    track = drive(*((8.0 * step, 50.0) for step in range(30)), every_s=10.0)
    assert {TURN_EVENTS[code] for code in events_of(track)[1].turn_event} == {"", "Traveling"}
    _fixes, events = events_of(track, number_of_points=5)
    inner = names(events)[1][5:26]
    assert set(inner) == {"Right U-turn"}
    assert names(events)[1][:5] == names(events)[1][26:] == [""] * 5
    assert events.turn[10] == pytest.approx(40.0, abs=0.01)


def test_a_silence_cuts_a_track_and_devices_are_apart():
    lat, lon, seconds = drive((0, 10), (0, 10), (0, 10), (90, 10), (90, 10))
    seconds[3:] += 500
    other = drive((45, 10), (45, 10))
    _fixes, events = events_of((lat, lon, seconds), other)
    assert np.isnan(events.speed[[0, 3, 6]]).all()
    assert events.time_diff[3] == 501.0 and np.isnan(events.time_diff[6])
    assert not np.isin(events.turn_event, [TURN_EVENTS.index("Right turn")]).any()
    assert np.isfinite(events.speed[[1, 2, 4, 5, 7, 8]]).all()


def test_standing_with_errors_of_position_is_no_turn():
    rng = np.random.default_rng(shifted(61))
    count = 400
    lat, lon = 13.5 + rng.normal(0, 2e-5, count), 2.1 + rng.normal(0, 2e-5, count)
    _fixes, events = events_of((lat, lon, np.arange(count) * 60.0))
    assert set(names(events)[1]) <= {"Stopped", ""}


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6))
def test_events_follow_their_definitions_and_blocks_change_nothing(seed):
    rng = np.random.default_rng(seed)
    tracks = []
    for _ in range(int(rng.integers(1, 6))):
        steps = int(rng.integers(0, 30))
        lat, lon, _ = drive(*zip(np.cumsum(rng.normal(0, 30, steps)), rng.choice([0.0, 3.0, 10.0, 30.0], steps)))
        tracks.append((lat, lon, np.cumsum(rng.choice([1.0, 2.0, 300.0], steps + 1, p=[0.6, 0.35, 0.05]))))
    if sum(len(track[0]) > 1 for track in tracks) == 0:
        return
    points = int(rng.integers(1, 4))
    try:
        fixes, events = events_of(*tracks, number_of_points=points)
    except StudyError:
        return
    known = np.flatnonzero(np.isfinite(events.speed))
    np.testing.assert_allclose(events.speed[known] * events.time_diff[known], events.distance_diff[known])
    assert (np.abs(events.turn[np.isfinite(events.turn)]) <= 180.0).all()
    turning = events.turn_id > 0
    assert (np.abs(events.turn[turning]) > 15.0).all()
    for number in np.unique(events.turn_id[turning]):
        rows = np.flatnonzero(events.turn_id == number)
        assert len(set(events.turn_event[rows].tolist())) == len(set(fixes.device[rows].tolist())) == 1
        assert (np.diff(rows) == 1).all()
    whole = movement_events.BLOCK_FIXES
    try:
        movement_events.BLOCK_FIXES = 7
        again = classify_movement(fixes, EventSettings(number_of_points=points))
    finally:
        movement_events.BLOCK_FIXES = whole
    for name, values in vars(events).items():
        np.testing.assert_array_equal(values, getattr(again, name), err_msg=name)


@given(st.floats(-80, 80), st.floats(-180, 180), st.floats(0, 359.9), st.floats(1, 1e6))
def test_bearings_are_those_of_pyproj(lat, lon, bearing, metres):
    end_lon, end_lat, _ = SPHERE.fwd(lon, lat, bearing, metres)
    wanted, _, _ = SPHERE.inv(lon, lat, end_lon, end_lat)
    found = bearing_deg(np.array([lat]), np.array([lon]), np.array([end_lat]), np.array([end_lon]))[0]
    assert abs((found - wanted + 180) % 360 - 180) < 1e-4
    assert np.isnan(bearing_deg(np.array([lat]), np.array([lon]), np.array([lat]), np.array([lon]))[0])


def test_sparse_tracks_get_a_sentence():
    lat, lon, seconds = drive(*([(0, 50)] * 20), every_s=1800.0)
    with pytest.raises(StudyError, match=r"dense tracks.*every 2 min.*30 min or more apart.*MAX_GAP_S"):
        events_of((lat, lon, seconds))
    with pytest.raises(StudyError, match="no device has two fixes"):
        events_of((lat[:1], lon[:1], seconds[:1]), (lat[:1], lon[:1], seconds[:1]))
    assert median_gap_s(make_fixes([0, 0, 0, 1], [0, 1000, 4000, 9000], [1.0] * 4, [1.0] * 4)) == 2.0
