"""Rest days and days that are not ordinary: our table and the analyst's together, held against days by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from sitelight.plugin.engine.calendars import (
    Calendar,
    CalendarSpan,
    CountryDays,
    holiday_windows,
    make_country_days,
    told_days,
)

# July 2023: the 3rd was a Monday. AA rests on Friday and Saturday until the 16th, on Saturday and Sunday from the 17th.
HOLIDAYS = pd.DataFrame(
    [
        ("AA", "holiday", "Feast", "2023-07-05 2023-07-19"), ("AA", "working day", "", "2023-07-08"),
        ("BB", "holiday", "Sunday feast", "2023-07-16"),
    ],
    columns=["country", "kind", "name", "days"],
)  # fmt: skip
REST = pd.DataFrame(
    [("AA", "2015-01-01", "Fri Sat"), ("AA", "2023-07-17", "Sat Sun"), ("BB", "2015-01-01", "Sun")],
    columns=["country", "from", "days"],
)
DAYS = make_country_days(HOLIDAYS, REST, "made by hand")


def day(number: int, month: int = 7) -> int:
    return (date(2023, month, number) - date(1970, 1, 1)).days


def span(country: str, start: str, end: str, kind: str, name: str = "x") -> CalendarSpan:
    return CalendarSpan(country, start, end, kind, name, "days.csv")


def july_rest(calendar: Calendar, code: str) -> list[int]:
    """Return the rest days of 3 to 30 July."""
    return (3 + np.flatnonzero(calendar.rest_days([code], day(3), day(30))[0])).tolist()


def test_rest_days_by_hand():
    calendar = Calendar((), DAYS)
    # Friday 7, not Saturday 8, which was worked; then 14 and 15; from the 17th on Saturdays and Sundays; feasts.
    assert july_rest(calendar, "AA") == [5, 7, 14, 15, 19, 22, 23, 29, 30]
    assert july_rest(calendar, "BB") == [9, 16, 23, 30]
    assert july_rest(calendar, "CC") == july_rest(Calendar(), "AA") == [8, 9, 15, 16, 22, 23, 29, 30]
    both = calendar.rest_days(["BB", "AA", "BB"], day(3), day(30))
    assert (both[0] == both[2]).all() and not (both[0] == both[1]).all()


def test_the_analysts_holidays_and_rest_days_are_rest_days_too_and_no_other_kind_is():
    given_spans = (
        span("BB", "2023-07-12", "2023-07-13", "holiday"), span("BB", "2023-06-20", "2023-07-03", "rest day"),
        span("BB", "2023-07-25", "2023-07-26", "curfew"), span("AA", "2023-07-27", "2023-07-27", "holiday"),
    )  # fmt: skip
    assert july_rest(Calendar(given_spans, DAYS), "BB") == [3, 9, 12, 13, 16, 23, 30]


def test_what_is_not_ordinary_is_told_with_the_analysts_name_first():
    spans = (
        span("AA", "2023-07-19", "2023-07-19", "holiday", "The feast"),
        span("AA", "2023-06-01", "2023-07-03", "curfew"),
        span("AA", "2023-07-31", "2023-08-02", "curfew", "too late"), span("BB", "2023-07-10", "2023-07-10", "other"),
    )  # fmt: skip
    found = Calendar(spans, DAYS).not_ordinary("AA", day(3), day(30))
    assert [(one.kind, one.start, one.name) for one in found] == [
        ("holiday", "2023-07-05", "Feast"), ("holiday", "2023-07-19", "The feast"), ("curfew", "2023-06-01", "x"),
    ]  # fmt: skip
    assert [one.source for one in found] == ["made by hand", "days.csv", "days.csv"]
    assert told_days(found, "Aland") == (
        "public holidays in Aland (Feast, 5 Jul; The feast, 19 Jul) and a curfew (x, 1 Jun – 3 Jul)"
    )
    assert told_days((), "Aland") == ""
    many = [span("AA", f"2023-07-1{number}", f"2023-07-1{number}", "holiday", "") for number in range(5)]
    assert told_days(many, "Aland") == "public holidays in Aland (10 Jul; 11 Jul; 12 Jul; 2 more)"
    over = [span("AA", "2023-12-30", "2024-01-02", "shutdown", "Net")]
    assert told_days(over, "Aland") == "a shutdown in Aland (Net, 30 Dec 2023 – 2 Jan 2024)"


def test_windows_that_are_not_ordinary():
    start = np.array([day(3), day(10), day(17), day(24)])
    closed = (span("BB", "2023-07-03", "2023-07-30", "closed border"),)
    found = holiday_windows(start, 7, Calendar(closed, DAYS), ["AA", "BB", "CC", ""])
    assert found.tolist() == [
        [True, True, True, False],  # a feast and a day worked; the old week; a feast; the usual week
        [False, True, False, False],  # a feast on its rest day
        [False] * 4, [False] * 4,
    ]  # fmt: skip
    curfew = (*closed, span("BB", "2023-07-23", "2023-07-24", "curfew"))
    assert holiday_windows(start, 7, Calendar(curfew, DAYS), ["BB"]).tolist() == [[False, True, True, True]]
    assert holiday_windows(start[:0], 7, Calendar(curfew, DAYS), ["BB"]).shape == (1, 0)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(-20, 50), st.integers(0, 20), st.sampled_from(["holiday", "curfew", "other"]))),
    st.lists(st.integers(0, 40), min_size=1, max_size=5), st.integers(1, 10),
)  # fmt: skip
def test_windows_agree_with_a_look_at_every_day(drawn, starts, length):
    monday = day(3)
    spans = tuple(
        span("CC", str(np.datetime64(monday + begin, "D")), str(np.datetime64(monday + begin + more, "D")), kind)
        for begin, more, kind in drawn
    )
    found = holiday_windows(np.array(starts) + monday, length, Calendar(spans, CountryDays.unknown()), ["CC"])[0]
    odd = {number for begin, more, _ in drawn for number in range(begin, begin + more + 1)}
    assert found.tolist() == [bool(odd & set(range(start, start + length))) for start in starts]
