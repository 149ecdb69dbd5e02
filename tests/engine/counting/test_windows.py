from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.counting.windows import (
    ENOUGH_WINDOWS,
    MAX_BASELINE_WINDOWS,
    make_plain_windows,
    make_windows,
)
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
    # Look-back ends on 14 June: before the coup are five windows from 19 June on, and only the last has four before it,
    # so that each of them is compared with all others.
    assert starts(windows, windows.placebo) == [date(2023, 6, 19) + timedelta(days=7 * week) for week in range(5)]
    assert not windows.placebo_in_aftermath
    windows = make_windows([COUP, later], 2, 4, day(date(2023, 6, 26)), day(date(2023, 9, 30)), 30)
    assert starts(windows, windows.placebo) == [date(2023, 7, 31) + timedelta(days=7 * week) for week in range(4)]
    assert windows.placebo_in_aftermath


def test_with_few_earlier_windows_each_is_ordinary_and_compared_with_all_others():
    # Look-back ends on 21 June: four windows, 26 June to 17 July, none of which has four before it.
    windows = make_windows([COUP], 2, 4, day(date(2023, 5, 22)), day(date(2023, 8, 31)), 30)
    assert windows.placebo.tolist() == [0, 1, 2, 3]
    assert windows.tested.tolist() == [4]
    expected = ~np.eye(5, dtype=bool)
    expected[:, 4] = False  # the key date is in no baseline
    assert (windows.baseline == expected).all()


def test_ordinary_dates_are_worth_as_many_earlier_windows_as_key_dates_have():
    few = make_windows([COUP], 2, 4, day(date(2023, 5, 22)), day(date(2023, 8, 31)), 30)
    assert [few.worth(window) for window in range(5)] == [4 / 3] * 4 + [1.0]  # three others each, the key date has four
    some = make_windows([COUP], 2, 4, day(date(2023, 5, 1)), day(date(2023, 8, 31)), 21)
    ordinary = some.baseline[some.placebo].sum(axis=1)
    assert some.baseline[some.key_window[0]].sum() == 9 and ordinary.tolist() == [5, 6, 7, 8]
    assert [some.worth(int(window)) for window in some.placebo] == [8 / 5, 8 / 6, 8 / 7, 1.0]  # more is as eight
    long = make_windows([COUP], 2, 4, day(date(2023, 1, 2)), day(date(2023, 8, 31)), 21)
    assert {long.worth(int(window)) for window in long.placebo} == {1.0}


def test_weekly_key_dates_are_compared_with_those_before_them():
    """Eight weeks of data, from the fourth on every week a key date: three weeks are left for all others."""
    monday = date(2023, 6, 5)
    weekly = [monday + timedelta(days=7 * week) for week in range(3, 8)]
    windows = make_windows(weekly, 0, 6, day(monday), day(date(2023, 7, 31)), 0)
    assert len(windows) == 8
    assert windows.ordinary.tolist() == [True] * 3 + [False] * 5
    # The first has three, too few; the second has these and the first; all that come later have all before them.
    assert windows.baseline[windows.key_window].sum(axis=1).tolist() == [3, 4, 5, 6, 7]
    assert windows.tested.tolist() == [4, 5, 6, 7]
    assert len(windows.placebo) == 0  # two others are too few to be compared with


def test_many_key_dates_in_few_weeks_are_tested_and_one_alone_keeps_its_own_baseline():
    """Twelve weeks, twenty key dates: hardly a window without one of them."""
    first = date(2023, 5, 1)
    many = [first + timedelta(days=shift) for shift in range(20, 80, 3)]
    windows = make_windows(many, 2, 4, day(first), day(first) + 83, 0)
    late = windows.start_day[windows.key_window] >= day(first) + 28
    assert late.sum() >= 15
    assert np.isin(windows.key_window[late], windows.tested).all()
    for row in windows.key_window:
        before = windows.start_day[row] - windows.start_day[windows.baseline[row]]
        assert (before >= 7).all() and (before % 7 == 0).all()
    # Where enough windows are clear of other key dates, no others are taken.
    clear = make_windows([COUP, COUP - timedelta(days=70)], 2, 4, day(date(2023, 1, 1)), day(date(2023, 8, 31)), 30)
    assert clear.ordinary[clear.baseline[clear.key_window].any(axis=0)].all()


def test_plain_counts_of_weekly_key_dates_are_compared_with_all_weeks_before():
    key_dates = [COUP + timedelta(days=7 * week) for week in range(6)]
    span = day(date(2023, 6, 26)), day(date(2023, 10, 31))
    plain, others = make_plain_windows(key_dates, 2, 4, *span), make_windows(key_dates, 2, 4, *span, 0)
    assert plain.baseline[plain.key_window].sum(axis=1).tolist() == [4, 5, 6, 7, 8, 9]
    assert others.baseline[others.key_window].sum(axis=1).tolist() == [4] * 6
    # A key date with ordinary weeks enough before it has those alone.
    early = make_plain_windows(key_dates, 2, 4, day(date(2023, 3, 1)), span[1])
    assert not early.baseline[early.key_window][:, early.is_key].any()
    assert early.baseline[early.key_window].sum(axis=1).min() >= ENOUGH_WINDOWS


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
        for other in np.flatnonzero(windows.baseline[row]):
            apart = windows.start_day[row] - windows.start_day[other]
            assert apart % 7 == 0
            assert apart >= length or (row in windows.placebo and apart <= -length)
            assert windows.start_day[other] >= first + lookback or other in windows.key_window
            assert windows.ordinary[other] or windows.baseline[row][windows.ordinary].sum() < 4
    for moment, row in zip(key_dates, windows.key_window):
        assert windows.dates(int(row)) == (moment - timedelta(days=before), moment + timedelta(days=after))
    assert not set(windows.placebo.tolist()) & set(windows.key_window.tolist())
