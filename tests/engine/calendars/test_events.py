"""Tables of events as their makers write them: which day is known, and which is none."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sitelight.plugin.data.country_names import load_country_names
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.calendars import make_events, places_of

ACLED = ("event_id_cnty", "event_date", "year", "time_precision", "event_type", "country", "location", "latitude",
         "longitude", "geo_precision")  # fmt: skip
UCDP = ("id", "year", "type_of_violence", "conflict_name", "where_coordinates", "where_prec", "latitude", "longitude",
        "country", "date_prec", "date_start", "date_end")  # fmt: skip


def events_of(columns, *rows, **given):
    return make_events("table.csv", pd.DataFrame(list(rows), columns=list(columns), dtype=object),
                       load_country_names(), given=given)  # fmt: skip


def test_acled_keeps_its_precision_and_places():
    events = events_of(
        ACLED,
        ("NER1", "26 July 2023", "2023", "1", "Strategic developments", "Niger", "Niamey", "13.5137", "2.1098", "1"),
        ("NER2", "24 July 2023", "2023", "2", "Protests", "Niger", "Niamey", "13.5137", "2.1098", "1"),
        ("NER3", "01 July 2023", "2023", "3", "Battles", "Niger", "Tillaberi", "14.2", "1.45", "3"),
    )
    assert events.precision.tolist() == ["day", "week", "month"]
    assert events.key_dates(np.ones(3, bool)) == (date(2023, 7, 26),)
    assert "1 to the week, 1 to the month" in events.coarse_note(np.ones(3, bool))
    assert events.is_placed.tolist() == [True, True, False]
    places = places_of(events, np.ones(3, bool))
    assert places[["name", "category", "country"]].values.tolist() == [["Niamey", "Strategic developments", "NE"]]


def test_ucdp_ranges_and_codes():
    events = events_of(
        UCDP,
        ("1", "2020", "1", "Mali: Government", "Kati camp", "1", "12.74", "-8.07", "Mali", "1",
         "2020-08-18 00:00:00.000", "2020-08-18 00:00:00.000"),
        ("2", "2020", "3", "JNIM - Civilians", "Mopti", "4", "14.5", "-4.2", "Mali", "4", "2020-08-01 00:00:00.000",
         "2020-08-31 00:00:00.000"),
        ("3", "2020", "2", "x", "Gao", "6", "17", "-3", "DR Congo (Zaire)", "2", "2020-08-03", "2020-08-06"),
    )  # fmt: skip
    assert events.precision.tolist() == ["day", "month", "week"]
    assert (events.last - events.day).astype(int).tolist() == [0, 30, 3]
    assert events.kind.tolist() == ["state-based violence", "one-sided violence", "non-state violence"]
    assert events.code.tolist() == ["ML", "ML", "CD"]
    assert events.is_placed.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("2023-07-26", "2023-07-26", "day"), ("2023/7/26 00:00:00+00", "2023-07-26", "day"),
        # The day is the one on which it was where it was: no zone moves it.
        ("2023-07-26T23:30:00-08:00", "2023-07-26", "day"), ("2023-07-26T00:30:00+09:00", "2023-07-26", "day"),
        ("20230726", "2023-07-26", "day"), ("July 26, 2023", "2023-07-26", "day"), ("1 Sept 2023", "2023-09-01", "day"),
        ("2023-07", "2023-07-01", "month"), ("07/2023", "2023-07-01", "month"), ("July 2023", "2023-07-01", "month"),
        ("2023-07-00", "2023-07-01", "month"), ("2023", "2023-01-01", "year"), ("2023-00-00", "2023-01-01", "year"),
        ("1952-03-10", "1952-03-10", "day"), ("26/07/2023", "2023-07-26", "day"),
        ("26/07/2023 23:30 -08:00", "2023-07-26", "day"), ("1690329600", "2023-07-26", "day"),
    ],
)  # fmt: skip
def test_days_are_as_exact_as_they_are_written(text, day, precision):
    events = events_of(("date", "country"), (text, "Niger"))
    assert (str(events.day[0]), events.precision[0]) == (day, precision)


@pytest.mark.parametrize("text", ["", "unknown", "2023-02-31", "2023-13-01", "26th", "31/11/2023"])
def test_what_is_no_day_is_counted_and_left_out(text):
    events = events_of(("date", "country"), (text, "Niger"), ("2023-07-26", "Niger"))
    assert len(events) == 1 and "1 of 2 rows" in events.notes[0]
    with pytest.raises(InputError, match="no day that can be read"):
        events_of(("date", "country"), (text, "Niger"))


def test_year_month_and_day_in_columns():
    events = events_of(("country", "elec_year", "elec_month", "elec_day"), ("Mali", "2012", "3", "22"),
                       ("Mali", "2013", "7", ""), ("Mali", "2014", "", ""), ("Mali", "2015", "0", "0"))  # fmt: skip
    assert events.precision.tolist() == ["day", "month", "year", "year"]


def test_ambiguous_days_are_said():
    events = events_of(("date",), ("03/04/2021",), ("05/04/2021",))
    assert "day or month first; they were read" in events.notes[0]


def test_positions_of_countries_are_no_places():
    rows = [(f"2020-08-{day}", country, lat, lon) for day in (10, 18)
            for country, lat, lon in (("Mali", "17.57", "-3.99"), ("Niger", "17.6", "8.08"))]  # fmt: skip
    assert not events_of(("date", "country", "lat", "lon"), *rows).is_placed.any()
    rows[0] = (*rows[0][:2], "12.74", "-8.07")
    assert events_of(("date", "country", "lat", "lon"), *rows).is_placed.all()


def test_precision_with_an_unknown_code_is_not_a_day():
    events = events_of(("date", "precision"), ("2020-08-18", "9"), ("2020-08-18", "day"), ("2020-08-18", ""))
    assert events.precision.tolist() == ["", "day", "day"]
    assert "not said how well" in events.coarse_note(np.ones(3, bool))


def test_countries_by_name_code_and_the_tables_own_words():
    names = load_country_names()
    events = events_of(("date", "country"), ("2020-08-18", "Mali"), ("1980-01-01", "Yemen PDR"), ("2023-07-26", "NER"))
    assert events.in_countries([], names).all()
    assert events.in_countries(["MLI", "niger"], names).tolist() == [True, False, True]
    assert events.in_countries(["yemen pdr"], names).tolist() == [False, True, False]
    with pytest.raises(InputError, match="“Nigr”; near it: .*Niger"):
        events_of(("date", "country"), ("2020-08-18", "Niger")).in_countries(["Nigr"], names)


def test_another_date_column_and_none():
    events = events_of(("date", "ended", "country"), ("2020-08-18", "2020-09-01", "Mali"), date="ended")
    assert str(events.day[0]) == str(events.last[0]) == "2020-09-01"
    with pytest.raises(InputError, match="no column “when”"):
        events_of(("date",), ("2020-08-18",), date="when")
    with pytest.raises(InputError, match="no column of dates"):
        events_of(("what", "who"), ("a", "b"))


@given(st.lists(st.dates(date(1700, 1, 1), date(2200, 12, 31)), min_size=1, max_size=20))
def test_any_iso_day_comes_out_as_it_went_in(days):
    events = events_of(("date",), *((day.isoformat(),) for day in days))
    assert events.day.tolist() == days and events.is_key.all()
    assert events.key_dates(np.ones(len(days), bool)) == tuple(sorted(set(days)))
