from __future__ import annotations

from datetime import date

import pytest
from gui.panel_runs import part
from qgis.PyQt.QtCore import QDate
from qgis.PyQt.QtWidgets import QAbstractButton, QDateEdit, QLineEdit, QListWidget
from sitelight.plugin.engine.calendars import KeyDateGroup
from sitelight.plugin.gui.study.key_dates_group import KeyDatesGroup

DATES = (date(2020, 1, 1), date(2021, 1, 1), date(2023, 7, 26))


@pytest.fixture
def group(qtbot):
    widget = KeyDatesGroup()
    qtbot.addWidget(widget)
    return widget


def add(group: KeyDatesGroup, day: date, kind: str) -> None:
    """Add a date as an analyst does."""
    part(group, QDateEdit, "key_date_edit").setDate(QDate(day.year, day.month, day.day))
    part(group, QLineEdit, "key_date_kind").setText(kind)
    part(group, QAbstractButton, "key_date_add").click()


def test_dates_of_one_kind_make_a_group_and_are_listed_with_it(group):
    for day, kind in zip(DATES, ("festival", " festival ", "coup")):
        add(group, day, kind)
    shown = part(group, QListWidget, "key_date_list")
    texts = [shown.item(row).text() for row in range(shown.count())]
    assert texts == ["2020-01-01 · festival", "2021-01-01 · festival", "2023-07-26 · coup"]
    assert group.key_dates() == DATES
    assert group.groups() == (KeyDateGroup("festival", DATES[:2]),)  # one coup alone is no group


def test_a_date_added_again_takes_another_kind_and_keeps_its_own_without(group):
    add(group, DATES[0], "festival")
    add(group, DATES[0], "")
    assert group.kinds() == {"2020-01-01": "festival"}
    add(group, DATES[0], "a;,b")  # a semicolon would end it where dates are written as text
    assert group.kinds() == {"2020-01-01": "a b"}


def test_kinds_of_a_project_and_of_a_record_are_taken_where_dates_are_listed(group):
    group.set_key_dates(DATES)
    group.set_kinds({"2020-01-01": "festival", "1999-01-01": "festival", "2021-01-01": 7})
    assert group.kinds() == {"2020-01-01": "festival", "2021-01-01": "7"}
    group.set_groups([{"name": "festival", "dates": ["2020-01-01", "2021-01-01"]}, {}])
    assert group.groups() == (KeyDateGroup("festival", DATES[:2]),)
    group.set_key_dates(DATES[1:])
    assert group.kinds() == {"2021-01-01": "festival"}
