"""Meetings and frequented locations: by hand, against the comparison of all pairs, and against shuffled days."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds import shifted
from sitelight.plugin.engine.companions.frequented import FrequentedSettings, find_frequented
from sitelight.plugin.engine.companions.meetings import MeetingSettings, find_meetings
from sitelight.plugin.engine.earth import plane_distance_m
from sitelight.plugin.engine.homes import find_anchors
from worlds.engine_worlds import DAY_MS, HOUR_MS, METRES_PER_DEGREE, MONDAY, make_stays

START_MS = MONDAY * DAY_MS


def north(metres: float) -> float:
    return 1.0 + metres / METRES_PER_DEGREE


def meet(*rows, **limits):
    stays = make_stays(*rows)
    return find_meetings(stays, find_anchors(stays, int(stays.device.max()) + 1, 0.0), MeetingSettings(**limits))


def test_two_who_overlap_meet_and_a_third_farther_away_does_not():
    found = meet((0, 9, 10, 1.0, 1.0), (1, 9.5, 11, north(60), 1.0), (2, 9, 11, north(180), 1.0))
    (location,) = found.locations.to_dict("records")
    assert (location["total_unique_ids"], location["total_meetings"], location["pair_meetings"]) == (2, 1, 1)
    for kind in ("mean", "min", "max"):
        assert location[f"{kind}_meeting_duration"] == 1800.0
    assert location["first_ms"] == START_MS + 9.5 * HOUR_MS
    assert location["last_ms"] == START_MS + 10 * HOUR_MS
    (pair,) = found.pairs.to_dict("records")
    assert (pair["first"], pair["second"], pair["location"]) == (0, 1, 0)


@pytest.mark.parametrize("minutes, meetings", [(9.9, 0), (10.0, 1)])
def test_a_meeting_lasts_ten_minutes_at_least(minutes, meetings):
    found = meet((0, 9, 10, 1.0, 1.0), (1, 10 - minutes / 60, 12, 1.0, 1.0))
    assert len(found.locations) == meetings


def test_meetings_that_overlap_are_one_gathering():
    """0 with 1 from 9 to 10, 1 with 2 from 9:30 to 11, and 0 with 2 once more in the evening."""
    found = meet(
        (0, 9, 10, 1.0, 1.0), (0, 18, 19, 1.0, 1.0), (1, 9, 11, 1.0, 1.0), (2, 9.5, 12, 1.0, 1.0), (2, 18, 20, 1.0, 1.0)
    )
    (location,) = found.locations.to_dict("records")
    assert (location["total_unique_ids"], location["total_meetings"], location["pair_meetings"]) == (3, 2, 4)
    assert (location["min_meeting_duration"], location["max_meeting_duration"]) == (3600.0, 7200.0)
    assert location["mean_meeting_duration"] == 5400.0


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_pairs_are_those_of_comparing_all(seed):
    rng = np.random.default_rng(seed)
    count = 60
    start = rng.uniform(0, 40, count)
    rows = [
        (int(device), begin, begin + length, lat, lon)
        for device, begin, length, lat, lon in zip(
            np.sort(rng.integers(0, 12, count)), start, rng.uniform(0.1, 9, count), 1 + rng.uniform(0, 0.004, count),
            1 + rng.uniform(0, 0.004, count),
        )
    ]  # fmt: skip
    stays = make_stays(*sorted(rows))
    found = find_meetings(stays, find_anchors(stays, 12, 0.0), MeetingSettings(crowd=1000))
    a, b = np.triu_indices(count, 1)
    shared = np.minimum(stays.end_ms[a], stays.end_ms[b]) - np.maximum(stays.start_ms[a], stays.start_ms[b])
    away_m = plane_distance_m(stays.lat[a], stays.lon[a], stays.lat[b], stays.lon[b])
    met = (stays.device[a] != stays.device[b]) & (shared >= 600_000) & (away_m <= 100.0)
    expected = sorted(zip(stays.device[a[met]], stays.device[b[met]], shared[met]))
    duration = found.pairs["end_ms"] - found.pairs["start_ms"]
    assert sorted(zip(found.pairs["first"], found.pairs["second"], duration)) == expected
    assert found.locations["pair_meetings"].sum() == met.sum()
    assert sorted(found.pairs["location"].unique()) == list(range(len(found.locations)))


def visits_on(device: int, days) -> list[tuple]:
    return [(device, 24 * day + 12, 24 * day + 12.9, 1.0, 0.0) for day in days]


def test_the_lift_tells_appointments_from_coming_and_going():
    """Each is there on ten of twenty working days: the same ones give twice what shuffled days give."""
    working = [day for day in range(28) if day % 7 < 5]
    rng = np.random.default_rng(shifted(77))
    alone = [(9, 24 * day + 2, 24 * day + 3, 2.0, 2.0) for day in range(28)]  # so that every day is seen
    chosen = rng.choice(working, 10, replace=False)
    together = meet(*visits_on(0, sorted(chosen)), *visits_on(1, sorted(chosen)), *alone)
    (location,) = together.locations.to_dict("records")
    assert location["pair_hours"] == 10
    assert location["expected_pair_hours"] == pytest.approx(10 * 10 / 20)
    assert location["lift"] == pytest.approx(2.0)
    rows = [row for device in range(40) for row in visits_on(device, sorted(rng.choice(working, 6, replace=False)))]
    crowd = meet(*rows, *[(99, *row[1:]) for row in alone], crowd=1000)
    assert crowd.locations["lift"][0] == pytest.approx(1.0, abs=0.05)


def test_a_few_days_tell_nothing_about_chance():
    found = meet((0, 9, 10, 1.0, 1.0), (1, 9, 10, 1.0, 1.0))
    assert np.isnan(found.locations["lift"][0])
    assert any("days" in note for note in found.notes)


def test_usual_places_can_be_left_out():
    """Two live in one house and once meet at a lake."""
    homes = [(device, 24 * day, 24 * day + 8, 1.0, 1.0) for device in (0, 1) for day in range(5)]
    lake = [(device, 24 * 2 + 12, 24 * 2 + 14, 1.2, 1.2) for device in (0, 1)]
    rows = sorted(homes + lake)
    assert len(meet(*rows).locations) == 2
    found = meet(*rows, leave_out_usual=True)
    assert len(found.locations) == 1 and found.pairs["lat"][0] == pytest.approx(1.2)
    assert not found.locations["is_home"][0]
    assert meet(*rows).locations["is_home"].sum() == 1
    assert any("10 of 12 stays" in note for note in found.notes)


def test_crowds_are_bounded_and_said():
    rows = [(device, 9, 10 + device / 100, 1.0, 1.0) for device in range(60)]
    found = meet(*rows)
    assert found.locations["total_unique_ids"][0] == 60
    assert len(found.pairs) < 60 * 10 + 1
    assert any("crowds" in note for note in found.notes)
    assert len(meet(*rows, crowd=60).pairs) == 60 * 59 / 2


def test_nobody_and_nothing_give_empty_tables():
    stays = make_stays((0, 9, 10, 1.0, 1.0))
    anchors = find_anchors(stays, 1, 0.0)
    assert len(find_meetings(stays, anchors).locations) == 0
    none = stays.take(np.empty(0, int))
    anchors = find_anchors(none, 1, 0.0)
    assert len(find_meetings(none, anchors).pairs) == 0
    assert len(find_frequented(none, anchors).locations) == 0


def week_of_one_device():
    """Nights at home from 22 to 6, work from 9 to 17 on working days, and one dinner."""
    nights = [(0, 24 * day + 22, 24 * day + 30, 1.0, 0.0) for day in range(7)]
    work = [(0, 24 * day + 9, 24 * day + 17, 1.1, 0.0) for day in range(5)]
    return make_stays(*sorted([*nights, *work, (0, 24 * 5 + 19, 24 * 5 + 21, 1.2, 0.0)]))


def frequented(stays, **limits):
    found = find_frequented(stays, find_anchors(stays, 1, 0.0), FrequentedSettings(**limits))
    return found.locations.to_dict("records")


def test_the_places_of_a_week_by_hand():
    home, work, dinner = frequented(week_of_one_device())
    assert (home["location"], home["visits"], home["total_dwells"], home["days"]) == (1, 7, 14, 8)
    assert home["is_home"] and not work["is_home"] and not dinner["is_home"]
    assert (home["total_duration"], work["total_duration"], dinner["total_duration"]) == (56 * 3600, 40 * 3600, 7200)
    assert home["share_of_time"] == pytest.approx(56 / 98)
    assert (home["dwell_duration_min"], home["dwell_duration_max"]) == (2 * 3600, 6 * 3600)
    assert (work["total_dwells"], work["days"], work["start_time_mean"], work["end_time_mean"]) == (
        5, 5, pytest.approx(9), pytest.approx(17),
    )  # fmt: skip
    assert [work[day] for day in ("monday", "friday", "saturday", "sunday")] == [1, 1, 0, 0]
    # Seven evenings and seven mornings: Monday has the morning after the last Sunday too.
    assert home["monday"] == 2 and home["tuesday"] == 2
    assert (dinner["saturday"], dinner["dwell_duration_mean"], dinner["dwell_duration_std"]) == (1, 7200.0, 0.0)


def test_whole_dwells_and_fewest_dwells():
    home, work, _dinner = frequented(week_of_one_device(), split_by_day=False)
    assert (home["total_dwells"], home["dwell_duration_mean"]) == (7, 8 * 3600)
    assert home["start_time_mean"] == pytest.approx(22.0)
    rows = frequented(week_of_one_device(), min_dwells=5)
    assert [row["total_dwells"] for row in rows] == [14, 5]
    assert work["location"] == 2


def test_a_stay_that_midnight_cuts_too_short_is_still_a_dwell():
    stays = make_stays((0, 23.9, 24.1, 1.0, 0.0))
    (row,) = frequented(dataclasses.replace(stays))
    assert row["total_dwells"] == 1 and row["total_duration"] == pytest.approx(360.0)
