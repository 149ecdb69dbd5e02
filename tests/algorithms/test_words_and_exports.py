"""Events and calendars as inputs, words for categories and behaviors, and exports, through Processing."""

from __future__ import annotations

import json
import re
import sqlite3
import zipfile
from pathlib import Path

import networkx
import pytest
from processing_runs import algorithm, registered_provider, rows_of, run
from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProcessingFeatureSourceDefinition, QgsVectorLayer
from sitelight.plugin.data.event_tables import read_table_file
from worlds.small_world import KEY_DATE, write_observations, write_sites

EVENTS = f"""event_date,time_precision,event_type,country,location,latitude,longitude,geo_precision
{KEY_DATE},1,Coup,Niger,Niamey,13.5137,2.1098,1
2019-01-07,1,Coup,Niger,Niamey,13.5137,2.1098,1
2023-06-01,3,Battles,Niger,Tillaberi,14.2,1.45,3
2023-05-31,1,Coup,Namibia,Windhoek,-22.57,17.08,1
"""


@pytest.fixture(scope="module", autouse=True)
def provider():
    yield from registered_provider()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    (folder / "events.csv").write_text(EVENTS, encoding="utf-8")
    (folder / "days.csv").write_text(f"country,from,to,kind,name\nNiger,{KEY_DATE},,curfew,Niamey\n", encoding="utf-8")
    write_observations(folder / "pings.csv", seed=4711)
    write_sites(folder / "sites.geojson")
    return folder


@pytest.fixture
def asked(world, tmp_path):
    return {
        "OBSERVATIONS_FILE": str(world / "pings.csv"), "SITES": str(world / "sites.geojson"),
        "PURPOSE": "See what comes of it in a test", "OUTPUT": str(tmp_path / "study.gpkg"),
    }  # fmt: skip


def record(path) -> dict:
    with sqlite3.connect(path) as study:
        return {key: json.loads(value) for key, value in study.execute("SELECT key, value FROM run")}


def refused(name, parameters) -> str:
    """Return the sentence by which Processing refuses parameters, before it runs or in the run."""
    is_right, sentence = algorithm(name).create().checkParameterValues(parameters, QgsProcessingContext())
    if is_right:
        with pytest.raises(QgsProcessingException) as raised:
            run(name, parameters)
        sentence = str(raised.value)
    return sentence


def test_events_of_a_country_are_key_dates_and_the_rest_is_told(world, asked):
    given = {"EVENTS": str(world / "events.csv"), "EVENTS_COUNTRIES": "NER", "CALENDAR": str(world / "days.csv")}
    results, log = run("analyze", {**asked, **given})
    study = record(results["OUTPUT"])["study"]
    assert (study["key_dates"], study["event_dates"]) == ([], [KEY_DATE])
    assert "1 of 2 dates of events lie outside the data" in log and "1 to the month" in log
    with sqlite3.connect(results["OUTPUT"]) as written:
        given = written.execute("SELECT country, start, end, kind FROM calendar WHERE source = 'days.csv'").fetchall()
        assert given == [("NE", KEY_DATE, KEY_DATE, "curfew")]
        assert {day for (day,) in written.execute("SELECT DISTINCT key_date FROM heat")} == {KEY_DATE}


def test_events_equal_the_same_key_dates_as_text(world, asked, tmp_path):
    given = {"EVENTS": str(world / "events.csv"), "EVENTS_COUNTRIES": "Niger, Namibia"}
    outputs = {"FINDINGS": "TEMPORARY_OUTPUT", "HEAT": "TEMPORARY_OUTPUT"}
    inputs = {key: value for key, value in asked.items() if key.startswith(("OBS", "SITES"))}
    context = QgsProcessingContext()
    found = []
    for dates in (given, {"KEY_DATES": f"{KEY_DATE}, 2023-05-31"}):
        results, _log = run("scorespots", {**inputs, **outputs, **dates}, context)
        found.append([(row["spot_name"], row["key_date"], row["sentence"], row["p_value"])
                      for row in rows_of(context.getMapLayer(results["FINDINGS"]))])  # fmt: skip
    assert found[0] == found[1] and found[0]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"EVENTS_COUNTRIES": "Nigr"}, "no country “Nigr”; near it: .*“Niger”"),
        ({"EVENTS_COUNTRIES": "France"}, "has no event in France"),
        ({"EVENTS_DATE_FIELD": "wann"}, "no column “wann”"),
        ({"EVENTS_DATE_FIELD": "location"}, "no day that can be read"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_events_is_one_sentence(world, asked, given, told):
    sentence = refused("analyze", {**asked, "EVENTS": str(world / "events.csv"), **given})
    assert re.search(told, sentence) and "Traceback" not in sentence


def test_events_known_to_the_month_alone_give_no_key_date(world, asked, tmp_path):
    path = tmp_path / "months.csv"
    path.write_text("date,country\n2023-06,Niger\n2023-05,Niger\n")
    assert "The day of none of the 2 events" in refused("analyze", {**asked, "EVENTS": str(path)})
    assert "at least one key date" in refused("analyze", asked)


def test_a_layer_of_events_counts_as_it_is_filtered(world, asked):
    layer = QgsVectorLayer(str(world / "events.csv"), "events", "ogr")
    assert layer.setSubsetString(f"event_date = '{KEY_DATE}'")
    context = QgsProcessingContext()
    context.temporaryLayerStore().addMapLayer(layer)
    source = QgsProcessingFeatureSourceDefinition(layer.id(), False)
    results, log = run("analyze", {**asked, "EVENTS": source}, context)
    assert record(results["OUTPUT"])["study"]["event_dates"] == [KEY_DATE] and "outside the data" not in log


def test_a_wrong_calendar_stops_before_anything_is_read(world, asked, tmp_path):
    path = tmp_path / "days.csv"
    path.write_text(f"country,from,to,kind,name\nNiger,{KEY_DATE},,holliday,x\n")
    sentence = refused("analyze", {**asked, "KEY_DATES": KEY_DATE, "CALENDAR": str(path)})
    assert "Row 1 of days.csv: There is no kind “holliday”" in sentence
    assert not Path(asked["OUTPUT"]).exists()


def test_linked_categories_are_mapped_and_unknown_ones_refused(world, asked):
    given = {**asked, "KEY_DATES": KEY_DATE}
    results, _log = run("analyze", {**given, "LINKED_CATEGORIES": "garrison; caserne, Hôtel"})
    assert record(results["OUTPUT"])["study"]["linked_categories"] == ["military", "hotel"]
    sentence = refused("analyze", {**given, "LINKED_CATEGORIES": "garison"})
    assert "no category “garison”; near it: “garrison (military)”" in sentence


def test_trace_back_takes_words_for_places_and_countries(world, asked, tmp_path):
    given = {
        **{key: value for key, value in asked.items() if key != "OUTPUT"}, "SITE": "Hotel Palm", "START": "2023-06-25",
        "END": "2023-07-02", **dict.fromkeys(("ITINERARIES", "STOPS", "LEGS"), "TEMPORARY_OUTPUT"),
    }  # fmt: skip
    plain, _log = run("tracebackitineraries", {**given, "LINKED_CATEGORIES": "hotel", "LINKED_COUNTRIES": "NE"})
    for categories, countries in (("hotels", "Niger"), ("hôtel", "NER"), ("tourism=hotel", "ne, Niger")):
        words, _log = run(
            "tracebackitineraries", {**given, "LINKED_CATEGORIES": categories, "LINKED_COUNTRIES": countries}
        )
        assert words["COUNT"] == plain["COUNT"]
    assert "no country “Nigerr”; near it" in refused("tracebackitineraries", {**given, "LINKED_COUNTRIES": "Nigerr"})
    assert "no category “hotl”; near it" in refused("tracebackitineraries", {**given, "LINKED_CATEGORIES": "hotl"})
    events, log = run("tracebackitineraries", {**given, "EVENTS": str(world / "events.csv"), "EVENTS_COUNTRIES": "NE"})
    assert events["COUNT"] >= plain["COUNT"] and "1 to the month" in log


def test_behaviors_by_title_and_unknown_ones_refused(asked):
    given = {**asked, "KEY_DATES": KEY_DATE, "CHANGE": ["Appears"], "WHEN": "Any Hour"}
    results, _log = run("analyze", given)
    study = record(results["OUTPUT"])["study"]
    assert study["change"] == ["appears"] and len(study["when"]) == 1
    for name, word in (("WHO", "residnt"), ("WHEN", "nigth"), ("WHAT", "overnigt"), ("BEHAVIORS", "garrisn")):
        is_right, sentence = algorithm("analyze").create().checkParameterValues(
            {**asked, "KEY_DATES": KEY_DATE, name: [word]}, QgsProcessingContext()
        )
        assert not is_right and f"“{word}”" in sentence and sentence.count("\n") == 0


def test_a_study_is_exported_whole(world, asked, tmp_path):
    results, _log = run("analyze", {**asked, "KEY_DATES": KEY_DATE})
    targets = {
        "BUNDLE": tmp_path / "e.zip", "GEOJSON": tmp_path / "f.geojson", "CSV": tmp_path / "f.csv",
        "EVENTS_GEOJSON": tmp_path / "v.geojson", "EVENTS_CSV": tmp_path / "v.csv",
        "GPX": tmp_path / "i.gpx", "KML": tmp_path / "i.kml",
    }  # fmt: skip
    asked_for = {name: str(path) for name, path in targets.items()}
    exported, _log = run("exportstudy", {"STUDY": results["OUTPUT"], **asked_for})
    assert {name: exported[name] for name in targets} == asked_for
    assert zipfile.ZipFile(targets["BUNDLE"]).testzip() is None
    for table, names in (("findings", ("GEOJSON", "CSV")), ("events", ("EVENTS_GEOJSON", "EVENTS_CSV"))):
        count = QgsVectorLayer(f"{results['OUTPUT']}|layername={table}", "f", "ogr").featureCount()
        for name in names:
            assert QgsVectorLayer(str(targets[name]), "f", "ogr").featureCount() == count > 0
    assert "Choose at least one file" in refused("exportstudy", {"STUDY": results["OUTPUT"]})
    assert "overwritten" in refused("exportstudy", {"STUDY": results["OUTPUT"], "BUNDLE": results["OUTPUT"]})
    mine = tmp_path / "mine.csv"
    mine.write_text("a file of the analyst")
    assert "not known as" in refused("exportstudy", {"STUDY": results["OUTPUT"], "CSV": str(mine)})
    assert mine.read_text() == "a file of the analyst"


def test_the_network_as_graphml(world, asked, tmp_path):
    path = tmp_path / "network.graphml"
    context = QgsProcessingContext()
    given = {"OBSERVATIONS_FILE": asked["OBSERVATIONS_FILE"], "SITES": asked["SITES"], "OUTPUT": "TEMPORARY_OUTPUT",
             "LINKS": "TEMPORARY_OUTPUT", "GRAPHML": str(path), "CATEGORIES": "garrison, hotel, town hall"}  # fmt: skip
    results, _log = run("linknetwork", given, context)
    graph = networkx.read_graphml(path)
    places = rows_of(context.getMapLayer(results["OUTPUT"]))
    assert {data["spot_name"] for _node, data in graph.nodes(data=True)} == {row["spot_name"] for row in places}
    assert graph.number_of_edges() == len(rows_of(context.getMapLayer(results["LINKS"])))
    assert all(data["devices"] == "<5" or int(data["devices"]) >= 5 for _node, data in graph.nodes(data=True))


def test_columns_that_are_never_read_are_none_of_an_event(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("date,country,ip_address,email\n2023-07-26,NA,10.0.0.1,a@b.example\n")
    table = read_table_file(path)
    assert list(table.frame.columns) == ["date", "country"]
    assert table.events().code.tolist() == ["NA"]  # Namibia, and no missing value
