from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.counting.windows import MAX_BASELINE_WINDOWS, make_windows
from sitelight.plugin.engine.earth import EPOCH

COUP = date(2023, 7, 26)  # a Wednesday


def day(moment: date) -> int:
    return (moment - EPOCH).days


def starts(windows, rows) -> list[date]:
    return [EPOCH + timedelta(days=int(windows.start_day[row])) for row in np.atleast_1d(rows)]


def test_weeks_before_one_key_date_by_hand():
    # Window 24 to 30 July. Data from 1 May, look-back 30 days: the first window may start on 31 May.
    windows = make_windows([COUP], 2, 4, day(date(2023, 5, 1)), day(date(2023, 8, 31)), 30)
    expected = [date(2023, 6, 5) + timedelta(days=7 * week) for week in range(7)]
    assert starts(windows, np.arange(len(windows))) == [*expected, date(2023, 7, 24)]
    assert windows.length_days == 7
    assert windows.key_window.tolist() == [7]
    assert windows.baseline[7].tolist() == [True] * 7 + [False]
    assert windows.dates(7) == (date(2023, 7, 24), date(2023, 7, 30))
    assert windows.tested.tolist() == [7]
    # An ordinary window needs four earlier ones of its own: the fifth, sixth and seventh have them.
    assert windows.placebo.tolist() == [4, 5, 6]


def test_a_longer_window_steps_in_whole_weeks():
    # Eight days do not fit into one week, so windows are two weeks apart and never overlap.
    windows = make_windows([COUP], 3, 4, day(date(2023, 1, 1)), day(date(2023, 8, 31)), 30)
    assert windows.length_days == 8
    assert set(np.diff(windows.start_day).tolist()) == {14}
    assert starts(windows, windows.key_window) == [date(2023, 7, 23)]


def test_two_key_dates_five_weeks_apart_share_their_weeks():
    later = COUP + timedelta(days=35)
    windows = make_windows([COUP, later], 2, 4, day(date(2023, 5, 1)), day(date(2023, 9, 30)), 30)
    assert set(np.diff(windows.start_day).tolist()) == {7}
    first, second = windows.key_window
    assert second - first == 5
    # The later date is compared with the weeks before and between, but never with the earlier key window.
    assert windows.baseline[second].sum() == 11
    assert not windows.baseline[second, first]
    assert windows.baseline[first].sum() == 7


def test_the_weeks_after_a_key_date_are_not_ordinary():
    later = COUP + timedelta(days=35)
    span = (2, 4, day(date(2023, 3, 1)), day(date(2023, 9, 30)), 30)
    both, alone = make_windows([COUP, later], *span), make_windows([later], *span)
    # 3 April to 17 July; the first seven have fewer than seven earlier ones, half of the fifteen before the coup.
    weeks = [date(2023, 5, 29) + timedelta(days=7 * week) for week in range(8)]
    assert starts(both, both.placebo) == weeks
    # Where the coup is no key date, nothing is known of its aftermath: its week and those after it stay ordinary.
    assert starts(alone, alone.placebo)[-5:] == [date(2023, 7, 24) + timedelta(days=7 * week) for week in range(5)]


def test_eight_weeks_after_a_key_date_days_are_ordinary_again():
    later = COUP + timedelta(days=7 * 14)
    windows = make_windows([COUP, later], 2, 4, day(date(2023, 3, 1)), day(date(2023, 12, 1)), 30)
    after = [start for start in starts(windows, windows.placebo) if start > COUP]
    # The window ends on 30 July; 56 days later is 25 September, a Monday as the windows are.
    assert after == [date(2023, 9, 25) + timedelta(days=7 * week) for week in range(5)]


def test_where_no_other_date_is_left_those_after_a_key_date_count():
    later = COUP + timedelta(days=35)
    span = (2, 4, day(date(2023, 5, 15)), day(date(2023, 9, 30)), 30)
    windows = make_windows([COUP, later], *span)
    # Look-back ends on 14 June: before the coup are five windows from 19 June on, and only the last has four before it.
    assert starts(windows, windows.placebo) == [date(2023, 7, 17)]
    assert not windows.placebo_in_aftermath
    windows = make_windows([COUP, later], 2, 4, day(date(2023, 5, 22)), day(date(2023, 9, 30)), 30)
    assert len(windows.placebo) > 0 and (np.array(starts(windows, windows.placebo)) > COUP).all()
    assert windows.placebo_in_aftermath


def test_a_window_that_reaches_the_last_day_is_partial_and_one_that_ends_before_is_whole():
    first = day(date(2023, 5, 1))
    for last, is_partial in ((date(2023, 7, 29), True), (date(2023, 7, 30), True), (date(2023, 7, 31), False)):
        windows = make_windows([COUP], 2, 4, first, day(last), 30)  # 24 to 30 July
        assert bool(windows.partial[windows.key_window[0]]) is is_partial


def test_a_key_date_given_twice_counts_once():
    span = (2, 4, day(date(2023, 5, 1)), day(date(2023, 8, 31)), 30)
    once, twice = make_windows([COUP], *span), make_windows([COUP, COUP], *span)
    assert twice.key_dates == once.key_dates == (COUP,)
    assert twice.key_window.tolist() == once.key_window.tolist()
    assert twice.start_day.tolist() == once.start_day.tolist()


def test_an_ordinary_window_never_touches_a_key_window():
    other = COUP - timedelta(days=10)  # another weekday: its own lattice, and windows that would overlap
    windows = make_windows([COUP, other], 2, 4, day(date(2023, 4, 1)), day(date(2023, 9, 30)), 30)
    keys = windows.start_day[windows.key_window]
    for row in range(len(windows)):
        if windows.start_day[row] not in keys:
            assert (np.abs(windows.start_day[row] - keys) >= 7).all()


def test_too_short_a_history_leaves_the_key_date_untested():
    # Look-back ends on 28 June: windows of 3, 10 and 17 July are three, and four are needed.
    windows = make_windows([COUP], 2, 4, day(date(2023, 5, 29)), day(date(2023, 8, 31)), 30)
    assert windows.baseline[windows.key_window[0]].sum() == 3
    assert len(windows.tested) == 0
    assert len(windows.placebo) == 0
    assert not windows.placebo_in_aftermath
    assert len(windows) == 4


def test_no_history_at_all_still_counts_the_key_window():
    windows = make_windows([COUP], 2, 4, day(COUP) - 5, day(COUP) + 5, 30)
    assert len(windows) == 1
    assert windows.key_window.tolist() == [0]
    assert len(windows.tested) == 0


def test_history_is_bounded():
    windows = make_windows([COUP], 2, 4, day(date(2015, 1, 1)), day(date(2023, 8, 31)), 30)
    assert windows.baseline[windows.key_window[0]].sum() == MAX_BASELINE_WINDOWS


@pytest.mark.parametrize("outside", [date(2022, 7, 26), date(2024, 7, 26)])
def test_a_key_date_outside_the_data_is_told_in_one_sentence(outside):
    with pytest.raises(StudyError) as caught:
        make_windows([COUP, outside], 2, 4, day(date(2023, 5, 1)), day(date(2023, 8, 31)), 30)
    text = str(caught.value)
    for part in (outside.isoformat(), "2023-05-01", "2023-08-31"):
        assert part in text


def test_no_key_date_is_told():
    with pytest.raises(StudyError, match="No key date"):
        make_windows([], 2, 4, 0, 100, 30)


def test_the_order_of_the_key_dates_does_not_matter():
    later = COUP + timedelta(days=35)
    span = (2, 4, day(date(2023, 5, 1)), day(date(2023, 9, 30)), 30)
    one, two = make_windows([COUP, later], *span), make_windows([later, COUP], *span)
    np.testing.assert_array_equal(one.start_day, two.start_day)
    np.testing.assert_array_equal(one.baseline, two.baseline)
    assert one.key_window.tolist() == two.key_window[::-1].tolist()
    np.testing.assert_array_equal(one.tested, two.tested)


@settings(deadline=None, max_examples=60)
@given(
    offsets=st.lists(st.integers(0, 200), min_size=1, max_size=3, unique=True),
    before=st.integers(0, 10),
    after=st.integers(0, 10),
    lookback=st.integers(0, 40),
)
def test_what_always_holds(offsets, before, after, lookback):
    first = day(date(2023, 1, 1))
    key_dates = [EPOCH + timedelta(days=first + offset) for offset in offsets]
    windows = make_windows(key_dates, before, after, first, first + 200, lookback)
    length = before + after + 1
    assert (np.diff(windows.start_day) > 0).all()
    for row in range(len(windows)):
        for earlier in np.flatnonzero(windows.baseline[row]):
            assert earlier not in windows.key_window
            assert (windows.start_day[row] - windows.start_day[earlier]) % 7 == 0
            assert windows.start_day[earlier] + length <= windows.start_day[row]
            assert windows.start_day[earlier] >= first + lookback
    for moment, row in zip(key_dates, windows.key_window):
        assert windows.dates(int(row)) == (moment - timedelta(days=before), moment + timedelta(days=after))
    assert not set(windows.placebo.tolist()) & set(windows.key_window.tolist())
