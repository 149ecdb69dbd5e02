"""Holidays in windows: said beside findings and of key dates, and kept in the table `calendar`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from sitelight.plugin.engine.calendars import Calendar, CalendarSpan, make_country_days
from sitelight.plugin.engine.findings import calendar_notes, study_calendar
from sitelight.plugin.engine.findings.doubts import find_doubts, find_panel
from sitelight.plugin.engine.findings.evidence import Evidence
from sitelight.plugin.engine.tables import SCHEMAS
from worlds.engine_evidence import PLACE, changes_at, place_evidence

WEEKS = 13
KEY_MONDAY = date(2023, 7, 24)
MUHARRAM = ("Muharram/Ashura", 4)  # Friday 28 July
USUAL, EIGHT = np.array([30.0, 40.0]), 24.0 + 5.0 * np.arange(8)


@pytest.fixture(scope="module")
def plain() -> Evidence:
    """A place in Aland (AA) where two devices come each week, and eight in the last of 13."""
    return place_evidence([USUAL] * (WEEKS - 1) + [EIGHT])


def with_days(evidence: Evidence, *feasts: tuple[str, int], spans=(), code: str = "AA") -> Evidence:
    """Return the evidence with holidays, given by name and days after the Monday of the key window."""
    rows = [(code, "holiday", name, (KEY_MONDAY + timedelta(days=after)).isoformat()) for name, after in feasts]
    holidays = pd.DataFrame(rows, columns=["country", "kind", "name", "days"], dtype=object)
    rest = pd.DataFrame([(code, "2015-01-01", "Sat Sun")], columns=["country", "from", "days"])
    calendar = Calendar(spans, make_country_days(holidays, rest, "by hand"))
    return replace(evidence, history=replace(evidence.history, calendar=calendar))


def said(evidence: Evidence) -> list[str]:
    test = int(changes_at(evidence, PLACE, "appears", "surges")[0])
    return [text for text in find_doubts(evidence, test, find_panel(evidence)) if text.startswith("Not ordinary")]


def test_a_holiday_in_the_window_speaks_against_the_finding(plain):
    earlier = int(plain.windows.baseline[plain.windows.key_window[0]].sum())
    assert said(plain) == []
    assert said(with_days(plain, MUHARRAM)) == [
        "Not ordinary days: the window holds a public holiday in Aland (Muharram/Ashura, 28 Jul); "
        f"none of the {earlier} earlier windows holds days that are not ordinary."
    ]
    # One four weeks before is in an earlier window; one on the Monday after is in none, one at sea in no country.
    both = with_days(plain, MUHARRAM, ("Before", -28), ("After", 7))
    assert said(both)[0].endswith(f"; 1 of the {earlier} earlier windows holds days that are not ordinary.")
    assert said(with_days(plain, ("Before", -28))) == said(with_days(plain, ("After", 7))) == []
    assert said(with_days(plain, MUHARRAM, code="BB")) == []


def test_the_analysts_spans_are_said_too(plain):
    curfew = CalendarSpan("AA", "2023-07-26", "2023-08-03", "curfew", "By night", "days.csv")
    assert "holds a curfew in Aland (By night, 26 Jul – 3 Aug); none of" in said(with_days(plain, spans=(curfew,)))[0]
    closed = replace(curfew, kind="closed border", name="")
    assert said(with_days(plain, spans=(closed,))) == [
        "Not ordinary days: the window holds a closed border in Aland (26 Jul – 3 Aug)."
    ]


def test_key_dates_say_which_holidays_their_windows_hold(plain):
    assert calendar_notes(plain) == ()
    (day,) = plain.windows.key_dates
    assert calendar_notes(with_days(plain, MUHARRAM, ("Before", -1), ("Last", 6))) == (
        f"The window of key date {day} holds public holidays in Aland (Muharram/Ashura, 28 Jul; Last, 30 Jul).",
    )
    assert calendar_notes(with_days(plain, MUHARRAM, code="BB")) == ()  # no place was counted there


def test_the_table_keeps_the_analysts_spans_and_the_holidays_of_all_windows(plain):
    span = CalendarSpan("BB", "2023-01-01", "2023-01-02", "shutdown", "Net", "days.csv")
    first = plain.windows.start_day[0] - (KEY_MONDAY - date(1970, 1, 1)).days
    evidence = with_days(plain, MUHARRAM, ("First", int(first)), ("Too early", int(first) - 1), spans=(span,))
    table = study_calendar(evidence)
    assert list(table.columns) == list(SCHEMAS["calendar"].columns)
    assert table[["country", "kind", "name", "source"]].values.tolist() == [
        ["BB", "shutdown", "Net", "days.csv"], ["AA", "holiday", "First", "by hand"],
        ["AA", "holiday", "Muharram/Ashura", "by hand"],
    ]  # fmt: skip
