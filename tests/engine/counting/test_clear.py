"""Windows keep clear of days that lack and of new ids: cut, left out, or not asked what cannot be known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from sitelight.plugin.engine.counting import cut_span, find_phases, keep_clear, make_windows
from sitelight.plugin.engine.health import Gaps

KEY = date(2023, 7, 26)
DAY = (KEY - date(1970, 1, 1)).days
FIRST, LAST, LOOKBACK = DAY - 150, DAY + 40, 30
NONE = Gaps.none()


def days(*offsets: int) -> np.ndarray:
    return np.array(offsets, np.int64) + DAY


def windows_of(*key_dates: date):
    return make_windows(key_dates or (KEY,), 2, 4, FIRST, LAST, LOOKBACK)


@pytest.mark.parametrize(
    ("gaps", "span"),
    [
        (NONE, (2, 4)),
        (replace(NONE, missing=days(-30, 20)), (2, 4)),  # outside of the window
        (replace(NONE, missing=days(-2)), (1, 4)),
        (replace(NONE, missing=days(4)), (2, 3)),
        (replace(NONE, missing=days(0)), (-1, 4)),  # the day itself lacks: the days after it
        (replace(NONE, doubled=days(-1)), (1, 4)),
        (replace(NONE, doubled=days(-2)), (2, 4)),  # ids as new as the window: nobody counts twice
        (replace(NONE, doubled=days(3)), (2, 2)),
        (replace(NONE, missing=days(-1, 0, 1, 2)), (2, 4)),  # too little is left: `keep_clear` takes the window out
    ],
)
def test_windows_are_cut_to_the_longest_run_of_days_without_a_gap(gaps, span):
    assert cut_span([KEY], 2, 4, gaps) == span


def test_several_key_dates_have_windows_of_one_length():
    later = KEY + timedelta(days=35)
    gaps = replace(NONE, missing=days(-2, 35 + 4))
    assert cut_span([KEY, later], 2, 4, gaps) == (1, 3)


def test_without_gaps_windows_stay_as_they_are():
    windows = windows_of()
    clear = keep_clear(windows, NONE, LOOKBACK)
    assert (clear.baseline == windows.baseline).all() and clear.placebo.tolist() == windows.placebo.tolist()
    assert clear.remembers.all() and clear.whole.all() and not clear.forgets.any() and clear.unseen == ()


def test_an_earlier_window_with_a_day_that_lacks_is_compared_with_nothing():
    windows, gaps = windows_of(), replace(NONE, missing=days(-21))
    clear = keep_clear(windows, gaps, LOOKBACK)
    lost = [row for row in range(len(windows)) if windows.start_day[row] <= DAY - 21 < windows.start_day[row] + 7]
    assert len(lost) == 1
    assert not clear.baseline[:, lost[0]].any() and lost[0] not in clear.placebo and not clear.whole[lost[0]]
    others = np.setdiff1d(np.arange(len(windows)), lost)
    key = int(windows.key_window[0])
    assert (clear.baseline[key, others] == windows.baseline[key, others]).all()


def test_a_key_window_with_a_day_that_lacks_is_not_tested():
    clear = keep_clear(windows_of(), replace(NONE, missing=days(0)), LOOKBACK)
    assert len(clear.tested) == 0


@pytest.mark.parametrize(
    ("offset", "remembers"), [(-1, False), (-20, False), (-31, False), (-32, True), (-60, True), (5, True)]
)
def test_what_looks_back_over_new_ids_is_not_asked(offset, remembers):
    clear = keep_clear(windows_of(), replace(NONE, renewed=days(offset)), LOOKBACK)
    assert clear.remembers[clear.key_window[0]] == remembers and len(clear.tested) == 1
    used = clear.baseline[clear.key_window[0]]
    if remembers:  # then no window that looks back over that day is compared with
        looks = (clear.start_day - LOOKBACK < DAY + offset) & (clear.start_day + clear.length_days > DAY + offset)
        assert not (used & looks).any() and used.any()


def test_an_early_key_date_that_forgets_leaves_later_ones_their_memory():
    early = KEY - timedelta(days=63)
    windows, gaps = windows_of(early, KEY), replace(NONE, renewed=days(-63 - 10))
    clear = keep_clear(windows, gaps, LOOKBACK)
    first, last = clear.key_window.tolist()
    assert not clear.remembers[first] and clear.remembers[last]
    assert (clear.baseline[first] == windows.baseline[first]).all()  # counted as ever, without who is new
    assert not (clear.baseline[last] & clear.forgets).any() and clear.baseline[last].sum() >= 4
    assert (clear.is_usual == ~clear.is_key & ~clear.forgets).all()


def test_ids_that_are_always_new_leave_the_counts_of_all_to_compare():
    windows = windows_of()
    clear = keep_clear(windows, replace(NONE, always_new=True), LOOKBACK)
    assert not clear.remembers.any() and (clear.baseline == windows.baseline).all()


def test_a_country_that_lacks_in_the_key_window_is_not_seen():
    gaps = replace(NONE, country=np.array([3, 5]), country_day=days(1, -40))
    clear = keep_clear(windows_of(), gaps, LOOKBACK)
    assert clear.unseen == (3,)
    lacks = (clear.start_day <= DAY - 40) & (clear.start_day + 7 > DAY - 40)
    assert not clear.baseline[:, lacks].any() and clear.baseline[clear.key_window[0]].any()


def test_a_country_that_lacks_most_of_the_time_costs_the_others_nothing():
    gaps = replace(NONE, country=np.full(100, 5), country_day=days(*range(-110, -10)))
    windows = windows_of()
    clear = keep_clear(windows, gaps, LOOKBACK)
    assert clear.unseen == (5,) and (clear.baseline == windows.baseline).all()


@pytest.mark.parametrize(
    ("span", "phases"),
    [
        ((2, 4), [("whole", 0, 7), ("before", 0, 2), ("from", 2, 5)]),
        ((0, 4), [("whole", 0, 5)]),
        ((3, -1), [("whole", 0, 3)]),  # the key date itself lacks: all that is left lies before it
        ((-1, 4), [("whole", 0, 4)]),  # or behind it
    ],
)
def test_a_window_that_was_cut_off_its_key_date_has_no_parts(span, phases):
    found = find_phases(make_windows((KEY,), *span, FIRST, LAST, LOOKBACK))
    assert [(one.id, one.first_day, one.length_days) for one in found] == phases
