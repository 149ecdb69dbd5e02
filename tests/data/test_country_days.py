"""The table of holidays and rest days: known days of known countries, the package it is made of, damaged files."""

from __future__ import annotations

import csv
import gzip
import shutil
from importlib import metadata

import numpy as np
import pytest
from sitelight.plugin.data import country_days
from sitelight.plugin.data.country_days import load_country_days
from sitelight.plugin.engine.base import InputError
from sitelight_package import ROOT

FOLDER = ROOT / "resources" / "calendars"
SAMPLED = ("NE", "ML", "GA", "FR", "RU", "CN", "AE", "NA", "UA", "XK", "SA", "IR")


def day(iso: str) -> int:
    return int(np.datetime64(iso, "D").astype(int))


def rest_of_week(code: str, monday: str) -> str:
    """Return the weekly rest days of the week from a Monday on."""
    rest = load_country_days().weekly_rest(code, day(monday), day(monday) + 6)
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    return " ".join(name for name, is_rest in zip(names, rest) if is_rest)


@pytest.mark.parametrize(
    ("code", "monday", "expected"),
    [
        ("FR", "2023-07-24", "Sat Sun"), ("NE", "2023-07-24", "Sat Sun"), ("NA", "2023-07-24", "Sat Sun"),
        ("EG", "2023-07-24", "Fri Sat"), ("SA", "2023-07-24", "Fri Sat"), ("LY", "2023-07-24", "Fri Sat"),
        ("IR", "2023-07-24", "Fri"), ("BN", "2023-07-24", "Fri Sun"), ("NP", "2023-07-24", "Sat"),
        # The Emirates changed with 1 January 2022, a Saturday: that week still had its Friday.
        ("AE", "2021-12-20", "Fri Sat"), ("AE", "2021-12-27", "Fri Sat Sun"), ("AE", "2022-01-03", "Sat Sun"),
        ("AE", "2012-01-02", "Fri Sat"), ("AE", "2041-01-07", "Sat Sun"), ("", "2023-07-24", "Sat Sun"),
        ("ZZ", "2023-07-24", "Sat Sun"),
    ],
)  # fmt: skip
def test_weekly_rest_days_are_those_of_the_country_and_the_year(code, monday, expected):
    assert rest_of_week(code, monday) == expected


@pytest.mark.parametrize(
    ("code", "iso", "name"),
    [
        ("FR", "2023-07-14", "National Day"), ("US", "2023-07-04", "Independence Day"),
        ("NE", "2023-06-28", "Eid al-Adha"), ("NE", "2023-08-03", "Anniversary of the Proclamation of Independence"),
        ("GA", "2023-08-17", "Independence Day Holiday"), ("NA", "2023-03-21", "Independence Day"),
        ("ML", "2023-09-22", "National Day of the Republic of Mali"), ("RU", "2023-05-09", "Victory Day"),
    ],
)  # fmt: skip
def test_holidays_that_everybody_knows_are_there(code, iso, name):
    found = load_country_days().between(code, day(iso), day(iso))
    assert found.name.tolist() == [name] and not found.is_worked.any()


def test_a_rest_day_that_was_worked_is_told():
    found = load_country_days().between("CN", day("2023-05-06"), day("2023-05-06"))  # for the Labour Day week
    assert found.is_worked.tolist() == [True]


def test_every_country_of_the_gazetteer_has_its_week_and_days_are_in_order():
    days = load_country_days()
    with (ROOT / "resources" / "gazetteer" / "countries.csv").open(encoding="utf-8", newline="") as file:
        codes = {row["code"] for row in csv.DictReader(file)}
    assert set(days.weekly) == codes and len(codes) == 250
    assert set(days.code.tolist()) <= codes and len(set(days.code.tolist())) >= 245
    first, last = day("2015-01-01"), day("2035-12-31")
    assert days.day.min() >= first and days.day.max() <= last
    assert (np.diff(days.day)[days.code[1:] == days.code[:-1]] >= 0).all()
    assert (days.code[1:] >= days.code[:-1]).all()
    assert days.source == (FOLDER / "source.txt").read_text(encoding="utf-8").strip()


def test_the_table_is_what_the_package_says():
    holidays = pytest.importorskip("holidays", reason="the table is made of this package")
    if f"holidays {metadata.version('holidays')}" != load_country_days().source:
        pytest.skip(f"the table was made from {load_country_days().source}")
    for code in SAMPLED:
        kind = getattr(holidays, code)
        language = "en_US" if "en_US" in kind.supported_languages else None
        package = kind(years=range(2015, 2036), language=language)
        ours = load_country_days().between(code, day("2015-01-01"), day("2035-12-31"))
        named = {str(np.datetime64(int(one), "D")) for one in ours.day[~ours.is_worked]}
        assert named == {one.isoformat() for one in package}, code
        worked = {str(np.datetime64(int(one), "D")) for one in ours.day[ours.is_worked]}
        assert worked == {one.isoformat() for one in package.weekend_workdays if 2015 <= one.year <= 2035}, code


def test_the_command_makes_the_same_table_again():
    pytest.importorskip("holidays", reason="the command reads this package")
    if f"holidays {metadata.version('holidays')}" != load_country_days().source:
        pytest.skip(f"the table was made from {load_country_days().source}")
    from dev import make_calendar

    codes = make_calendar.country_codes()
    rest = make_calendar.csv_text(("country", "from", "days"), make_calendar.rest_rows(codes))
    assert rest == (FOLDER / "rest_days.csv").read_bytes()
    made = make_calendar.csv_text(("country", "kind", "name", "days"), make_calendar.holiday_rows(codes))
    assert made == gzip.decompress((FOLDER / "holidays.csv.gz").read_bytes())


@pytest.mark.parametrize("damage", ["missing", "cut", "no gzip", "no date", "no kind", "no weekday", "no columns"])
def test_a_damaged_table_is_refused_in_one_sentence(tmp_path, monkeypatch, damage):
    folder = tmp_path / "calendars"
    shutil.copytree(FOLDER, folder)
    packed, rest = folder / "holidays.csv.gz", folder / "rest_days.csv"
    texts = {
        "no date": "country,kind,name,days\nNE,holiday,x,2023-13-01\n",
        "no kind": "country,kind,name,days\nNE,feast,x,2023-01-01\n", "no columns": "a,b\n1,2\n",
    }  # fmt: skip
    if damage == "missing":
        packed.unlink()
    elif damage == "cut":
        packed.write_bytes(packed.read_bytes()[:5000])
    elif damage == "no gzip":
        packed.write_bytes(b"country,kind,name,days\n")
    elif damage == "no weekday":
        rest.write_text("country,from,days\nNE,2015-01-01,Fry\n", encoding="utf-8")
    else:
        packed.write_bytes(gzip.compress(texts[damage].encode()))
    monkeypatch.setattr(country_days, "RESOURCES", tmp_path)
    load_country_days.cache_clear()
    try:
        with pytest.raises(InputError, match="restore the .*from the plugin") as raised:
            load_country_days()
    finally:
        load_country_days.cache_clear()
    assert "\n" not in str(raised.value)
