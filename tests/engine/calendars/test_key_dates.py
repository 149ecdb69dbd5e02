from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.calendars import KeyDateGroup, make_groups, read_key_dates, write_key_dates

NEW_YEARS = (date(2020, 1, 1), date(2021, 1, 1))
COUP = date(2023, 7, 26)


def test_dates_behind_a_name_are_a_group_and_all_are_key_dates():
    dates, groups = read_key_dates("festival: 2021-01-01, 2020-01-01; coup: 2023-07-26")
    assert dates == (*NEW_YEARS, COUP)
    assert groups == (KeyDateGroup("festival", NEW_YEARS),)  # one coup alone is no group
    assert read_key_dates("2023-07-26, festival: 2021-01-01, 2020-01-01") == (dates, groups)


@pytest.mark.parametrize("text", ["2023-07-26", " 2023-07-26 ,2023-07-26;", ": 2023-07-26", "2023-07-26\n"])
def test_dates_without_a_name_are_key_dates_as_ever(text):
    assert read_key_dates(text) == ((COUP,), ())


def test_a_name_given_twice_is_one_group_and_may_hold_a_colon():
    text = "New  Year: 2020-01-01; New Year: 2021-01-01; Mali: coup: 2023-07-26, 2020-01-01"
    assert [(group.name, len(group.dates)) for group in read_key_dates(text)[1]] == [("New Year", 2), ("Mali: coup", 2)]


@pytest.mark.parametrize("text", ["", " ; ", "festival:", "festival: 26.07.2023", "festival 2023-07-26, 2020-01-01"])
def test_what_is_no_date_is_told_with_how_to_write_it(text):
    with pytest.raises(StudyError, match="2023-07-26"):
        read_key_dates(text)


days = st.lists(st.dates(date(2000, 1, 1), date(2030, 1, 1)), min_size=1, max_size=8)
names = st.text(st.characters(whitelist_categories=("L", "N")), min_size=1, max_size=12)


@given(days, st.dictionaries(names, days, max_size=4))
def test_what_is_written_is_read_again(alone, named):
    groups = make_groups(named)
    dates = tuple(sorted({*alone, *(day for group in groups for day in group.dates)}))
    assert read_key_dates(write_key_dates(dates, groups)) == (dates, groups)
