"""The calendar through the real Processing: the published drive into Niger over a closed border, and its report."""

from __future__ import annotations

import json
import sqlite3
import zipfile

import pytest
from processing_runs import registered_provider, run

KEY_DATE = "2023-07-26"
DRIVE = (
    "Crossed from Benin into Niger on 29 Jul while the border was closed (Borders closed by the CNSP, 26 Jul – 1 Aug)"
)


@pytest.fixture(scope="module", autouse=True)
def provider():
    yield from registered_provider()


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sahel") / "scenario"
    return run("makescenario", {"DEVICES": 40, "DAYS": 110, "SEED": 97, "OUTPUT_FOLDER": str(folder)})[0]


@pytest.fixture(scope="module")
def study(scenario, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("study") / "study.gpkg"
    given = {"OBSERVATIONS_FILE": scenario["OUTPUT_FOLDER"], "SITES": scenario["SITES"], "KEY_DATES": KEY_DATE,
             "PURPOSE": "Test with synthetic data", "OUTPUT": str(path)}  # fmt: skip
    return run("analyze", {**given, "CALENDAR": scenario["CALENDAR"]})[0]["OUTPUT"]


def rows(path: str, query: str) -> list[tuple]:
    with sqlite3.connect(path) as written:
        return written.execute(query).fetchall()


def test_the_itinerary_says_that_the_border_was_closed(scenario, study):
    found = rows(study, f"SELECT stops, borders, itinerary_id FROM itineraries WHERE closures LIKE '%{DRIVE}%'")
    stops, borders, number = next(row for row in found if "Ussuriysk" in row[0])
    assert "Gaya-Malanville" in stops and "BJ>NE (road, 29 Jul, while closed)" in borders
    legs = rows(study, f"SELECT borders, closures FROM legs WHERE itinerary_id = {number} AND closures != ''")
    assert legs == [("BJ>NE", DRIVE)]


def test_without_a_calendar_nothing_is_said_to_be_closed(scenario, tmp_path):
    given = {"OBSERVATIONS_FILE": scenario["OUTPUT_FOLDER"], "SITES": scenario["SITES"], "KEY_DATES": KEY_DATE,
             "PURPOSE": "Test with synthetic data", "OUTPUT": str(tmp_path / "study.gpkg")}  # fmt: skip
    path = run("analyze", given)[0]["OUTPUT"]
    assert rows(path, "SELECT count(*) FROM itineraries")[0][0] > 0
    assert rows(path, "SELECT count(*) FROM itineraries WHERE closures != ''") == [(0,)]
    assert rows(path, "SELECT DISTINCT kind FROM calendar") == [("holiday",)]


def test_holidays_and_the_analysts_days_are_kept_and_noted(study):
    kept = rows(study, "SELECT country, start, kind, neighbours, source FROM calendar")
    assert ("NE", "2023-08-02", "closed border", "BJ NG", "calendar.csv") in kept
    assert ("NE", "2023-06-28", "holiday", "", "holidays 0.109") in kept
    notes = json.loads(rows(study, "SELECT value FROM run WHERE key = 'notes'")[0][0])
    (note,) = [note for note in notes if note.startswith(f"The window of key date {KEY_DATE} holds")]
    assert "a curfew in Niger (Curfew at night, 26 Jul – 3 Aug)" in note


def test_the_report_says_it_as_well(study, tmp_path):
    bundle = run("exportstudy", {"STUDY": study, "BUNDLE": str(tmp_path / "bundle.zip")})[0]["BUNDLE"]
    with zipfile.ZipFile(bundle) as archive:
        report = archive.read("report.html").decode("utf-8")
    closed, calendar = (report.partition(f"<h2>{title}</h2>")[2].partition("<h2>")[0]
                        for title in ("Crossed while closed", "Calendar"))  # fmt: skip
    assert DRIVE in closed
    assert "Sanctions of ECOWAS" in calendar and "BJ NG" in calendar and "Eid al-Adha" not in calendar
    assert f"The window of key date {KEY_DATE} holds a curfew in Niger" in report


def test_tracing_back_says_it_too(scenario):
    result, log = run("tracebackitineraries", {
        "OBSERVATIONS_FILE": scenario["OUTPUT_FOLDER"], "SITES": scenario["SITES"], "CALENDAR": scenario["CALENDAR"],
        "SITE": "Garrison Tondibiah, Niamey", "START": "2023-07-29", "END": "2023-07-30", "KEY_DATES": KEY_DATE,
        "PURPOSE": "Test with synthetic data", "LINKED_CATEGORIES": "military", "LINKED_COUNTRIES": "RU",
        "ITINERARIES": "TEMPORARY_OUTPUT", "STOPS": "TEMPORARY_OUTPUT", "LEGS": "TEMPORARY_OUTPUT",
    })  # fmt: skip
    assert result["COUNT"] >= 1 and DRIVE in log
