from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitelight.plugin.engine.base.timed_events import TimedEvents
from sitelight.plugin.engine.earth import (
    DAWN,
    EVENING,
    HOUR_MS,
    NIGHT,
    hours_within,
    is_within,
    local_day,
    local_ms,
    short_date,
    utc_ms,
)

events = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30)), max_size=25)
questions = st.lists(st.tuples(st.integers(0, 5), st.integers(-5, 35), st.integers(-5, 35)), min_size=1, max_size=10)
WORKING = np.array([(24.0 * day + 7, 24.0 * day + 17) for day in range(5)])
REST_DAYS = np.array([(5 * 24.0, 7 * 24.0)])
WEDNESDAY_MS = 1_690_329_600_000  # 2023-07-26T00:00Z, a Wednesday


def columns(rows, width):
    return [np.array([row[i] for row in rows], np.int64) for i in range(width)]


@settings(deadline=None, max_examples=120)
@given(events, questions, st.integers(-40, 0))
def test_counting_agrees_with_a_loop(rows, asked, origin):
    group, time = columns(rows, 2)
    wanted, begin, end = columns(asked, 3)
    found = TimedEvents(group, time, origin).count(wanted, begin, end)
    assert found.tolist() == [sum(g == w and b <= t < e for g, t in rows) for w, b, e in asked]


@settings(deadline=None, max_examples=120)
@given(events, questions)
def test_last_and_first_agree_with_a_loop(rows, asked):
    group, time = columns(rows, 2)
    wanted, moment, _ = columns(asked, 3)
    searchable = TimedEvents(group, time, -10)
    last, first = searchable.last_before(wanted, moment), searchable.first_from(wanted, moment)
    for index, (w, m, _) in enumerate(asked):
        before = [t for g, t in rows if g == w and t < m]
        after = [t for g, t in rows if g == w and t >= m]
        assert (last[index] < 0) == (not before)
        assert (first[index] < 0) == (not after)
        if before:
            assert rows[last[index]] == (w, max(before))
        if after:
            assert rows[first[index]] == (w, min(after))


def test_large_codes_and_seconds_do_not_run_into_each_other():
    group = np.array([0, 2**31 - 1, 2**31 - 2])
    time = np.array([1_700_000_000, 1_700_000_000, 2_000_000_000])
    searchable = TimedEvents(group, time, 1_600_000_000)
    assert searchable.count(group, time, time + 1).tolist() == [1, 1, 1]
    assert searchable.last_before(group, time).tolist() == [-1, -1, -1]


def test_solar_time_and_fixed_zone():
    noon = np.array([WEDNESDAY_MS + 12 * HOUR_MS])
    # 15 degrees are one hour; at 180 W the local day is still Wednesday 0:00.
    assert local_ms(noon, np.array([30.0]))[0] - noon[0] == 2 * HOUR_MS
    assert local_ms(noon, np.array([-180.0]))[0] == WEDNESDAY_MS
    assert local_ms(noon, np.array([30.0]), zone_hours=-5.5)[0] - noon[0] == -5.5 * HOUR_MS
    assert local_day(np.array([-1, 0, 86_399_999, 86_400_000])).tolist() == [-1, 0, 0, 1]


def test_hours_of_a_night_out_by_hand():
    # Wednesday 16:30 to Thursday 06:00.
    start, end = np.array([WEDNESDAY_MS + int(16.5 * HOUR_MS)]), np.array([WEDNESDAY_MS + 30 * HOUR_MS])
    found = {
        "night": hours_within(start, end, NIGHT, 24)[0],
        "dawn": hours_within(start, end, DAWN, 24)[0],
        "evening": hours_within(start, end, EVENING, 24)[0],
        "working": hours_within(start, end, WORKING, 168)[0],
        "rest": hours_within(start, end, REST_DAYS, 168)[0],
    }
    np.testing.assert_allclose(
        [found[name] for name in ("night", "dawn", "evening", "working", "rest")], [7.0, 1.0, 5.0, 0.5, 0.0], atol=1e-6
    )


def test_the_week_begins_on_monday():
    saturday = WEDNESDAY_MS + 3 * 24 * HOUR_MS
    moments = np.array([saturday - 1, saturday, saturday + 48 * HOUR_MS - 1, saturday + 48 * HOUR_MS])
    assert is_within(moments, REST_DAYS, 168).tolist() == [False, True, True, False]
    # A Saturday noon is not working time, a Friday noon is.
    noons = np.array([saturday - 12 * HOUR_MS, saturday + 12 * HOUR_MS])
    assert is_within(noons, WORKING, 168).tolist() == [True, False]


@settings(deadline=None, max_examples=40)
@given(st.integers(-3000, 3000), st.integers(0, 4000))
def test_hours_agree_with_counting_quarter_hours(start_quarter, quarters):
    quarter_ms = HOUR_MS // 4
    start = WEDNESDAY_MS + start_quarter * quarter_ms
    moments = start + quarter_ms * np.arange(quarters)
    for periods, cycle in ((NIGHT, 24), (WORKING, 168), (REST_DAYS, 168)):
        found = hours_within(np.array([start]), np.array([start + quarters * quarter_ms]), periods, cycle)[0]
        assert abs(found - is_within(moments, periods, cycle).sum() / 4) < 1e-5


@pytest.mark.parametrize("zone_hours", [None, 3.0, -3.5])
def test_the_way_back_from_local_time(zone_hours):
    lon = np.array([-179.9, -7.95, 0.0, 2.18, 131.9])
    moment = WEDNESDAY_MS + np.arange(5) * HOUR_MS
    assert utc_ms(local_ms(moment, lon, zone_hours), lon, zone_hours).tolist() == moment.tolist()


def test_dates_are_short_and_english():
    assert [short_date(date(2023, month, 9)) for month in (1, 7, 12)] == ["9 Jan", "9 Jul", "9 Dec"]
