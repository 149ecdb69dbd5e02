"""Calendars are read whole or refused with the row that is wrong."""

from __future__ import annotations

import pandas as pd
import pytest
from sitelight.plugin.data.country_names import load_country_names
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.calendars import calendar_table, make_calendar
from sitelight.plugin.engine.tables import SCHEMAS

COLUMNS = ("country", "from", "to", "kind", "name")
CLOSED = ("Niger", "2023-07-27", "2023-08-06", "Closed-Border", "Borders closed")


def calendar_of(*rows, columns=COLUMNS):
    frame = pd.DataFrame(list(rows), columns=list(columns), dtype=object)
    return make_calendar("days.csv", frame, load_country_names())


def test_spans_are_typed_and_kept_as_a_table():
    spans = calendar_of(CLOSED, ("NAM", "2023-03-21", "", "holiday", "Independence Day"))
    assert [(span.country, span.start, span.end, span.kind) for span in spans] == [
        ("NE", "2023-07-27", "2023-08-06", "closed border"), ("NA", "2023-03-21", "2023-03-21", "holiday"),
    ]  # fmt: skip
    table = calendar_table(spans)
    assert list(table.columns) == list(SCHEMAS["calendar"].columns) and table["source"].tolist() == ["days.csv"] * 2
    assert calendar_table(()).empty


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("Nigr", *CLOSED[1:]), "Row 2 of days.csv: There is no country “Nigr”; near it: .*“Niger”"),
        (("", *CLOSED[1:]), "Row 2 of days.csv: There is no country"),
        (("Niger", "2023-13-01", *CLOSED[2:]), "Row 2 of days.csv: “2023-13-01” in the column from is no day"),
        (("Niger", "2023-07", *CLOSED[2:]), "Row 2 of days.csv: “2023-07” in the column from is no day"),
        (("Niger", "", *CLOSED[2:]), "Row 2 .* in the column from is no day"),
        (("Niger", "2023-08-07", *CLOSED[2:]), "Row 2 of days.csv ends .2023-08-06. before it begins .2023-08-07."),
        ((*CLOSED[:3], "holliday", "x"), "Row 2 of days.csv: There is no kind “holliday”; near it: “holiday”"),
        ((*CLOSED[:3], "", "x"), "Row 2 of days.csv: There is no kind “”; write one of holiday"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_its_row_in_one_sentence(row, told):
    with pytest.raises(InputError, match=told) as raised:
        calendar_of(CLOSED, row)
    assert str(raised.value).count("\n") == 0


def test_a_border_may_be_closed_towards_some_neighbours_only():
    columns = (*COLUMNS, "neighbours")
    spans = calendar_of((*CLOSED, "Benin; NGA"), (*CLOSED, ""), (*CLOSED, "Mali|BF"), columns=columns)
    assert [span.neighbours for span in spans] == ["BJ NG", "", "ML BF"]
    with pytest.raises(InputError, match="Row 1 of days.csv: There is no country “Benn”"):
        calendar_of((*CLOSED, "Benn; Niger"), columns=columns)


def test_columns_are_asked_for_by_name():
    with pytest.raises(InputError, match="no column “kind”"):
        calendar_of(("Niger", "2023-07-27"), columns=("country", "from"))


def test_days_that_may_be_months_are_refused():
    with pytest.raises(InputError, match="day or month first"):
        calendar_of(("Niger", "03/04/2023", "05/04/2023", "holiday", ""))
