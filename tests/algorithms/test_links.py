"""compareareas, selecttracks, classifymovement and linknetwork as Processing runs them, into GeoPackages."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from processing_runs import algorithm, registered_provider, rows_of, run
from qgis.core import (
    NULL,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsRenderContext,
    QgsVectorLayer,
)
from sitelight.plugin.data.result_styles import style_path
from sitelight.plugin.engine.tracks import TURN_EVENTS
from sitelight_package import SHARED
from worlds.coarse_grid import is_middle, middle_of
from worlds.journeys_world import DEGREE_M, START_S, Journey, write_journeys

NAMES = ("compareareas", "selecttracks", "classifymovement", "linknetwork")
WITH_DEVICES = NAMES[:3]
PORT, MARKET, MINE, NOWHERE = (13.50, 2.10), (13.53, 2.10), (13.60, 2.20), (14.9, 2.1)
DAY = "2023-06-12"


@pytest.fixture(scope="module", autouse=True)
def provider():
    yield from registered_provider()


@pytest.fixture(scope="module")
def pings(tmp_path_factory):
    """Six devices go from the port to the market and back, one more to the mine, one stays at the port."""
    made = []
    for number in range(6):
        device = Journey(f"d{number}", 300 + number).remain(PORT, 2).wait(1).remain(MARKET, 2).wait(1)
        made.append(device.remain(PORT, 1))
    made.append(Journey("miner", 320).remain(MARKET, 2).wait(2).remain(MINE, 3))
    made.append(Journey("guard", 321).remain(PORT, 5))
    return str(write_journeys(tmp_path_factory.mktemp("links") / "pings.csv", made))


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    rows = [("Port", "port", *PORT, "2023-06-12T00:00:00Z", "2023-06-12T01:00:00Z"),
            ("Market", "market", *MARKET, "2023-06-12T04:00:00Z", ""),
            ("Mine", "mine", *MINE, "", ""),
            ("Empty", "market", *NOWHERE, "", "")]  # fmt: skip
    path = tmp_path_factory.mktemp("sites") / "sites.csv"
    lines = [f"{name},{category},{lat},{lon},400,{begin},{end}\n" for name, category, lat, lon, begin, end in rows]
    path.write_text("name,category,lat,lon,radius_m,begins,ends\n" + "".join(lines), encoding="utf-8")
    return str(path)


def run_to_file(name: str, folder, **parameters) -> tuple[list[dict], dict, str]:
    """Return the rows of a run into a GeoPackage, its results and its log."""
    given = {"KEEP_DEVICE_IDS": True, "OUTPUT": str(folder / "out.gpkg"), **parameters}
    if name in WITH_DEVICES:
        given = {"PURPOSE": "Test on synthetic data", **given}
    results, log = run(name, given)
    return rows_of(QgsVectorLayer(str(folder / "out.gpkg"), "out", "ogr")), results, log


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_has_a_help(name):
    for definition in algorithm(name).parameterDefinitions():
        assert len(definition.help()) > 15, definition.name()


PEER_DEFAULTS = {
    # As the documentation of ArcGIS AllSource gives them.
    "compareareas": {"RELATIONSHIP": 0, "TIME_RELATIONSHIP": 0, "INCLUDE_TIME_STATISTICS": False},
    "selecttracks": {"TIME_RELATIONSHIP": 0, "SELECTION_TIME": 24.0},
    "classifymovement": {
        "CURVATURE": 15.0, "NUMBER_OF_POINTS": 1, "INCLUDE_TURN_IDS": False, "EXCLUDE_NON_TURN_EVENTS": False,
        "TURN_EVENTS_REPRESENTATION": 0,
    },
}  # fmt: skip
PEER_OPTIONS = {
    ("compareareas", "RELATIONSHIP"): ["Location only", "Location and time"],
    ("compareareas", "TIME_RELATIONSHIP"): ["Near", "Near before", "Near after"],
    ("selecttracks", "TIME_RELATIONSHIP"): ["None", "Before", "After", "Before and after"],
    ("classifymovement", "TURN_EVENTS_REPRESENTATION"): ["All fixes", "Turn midpoints"],
}


@pytest.mark.parametrize("name", WITH_DEVICES)
def test_defaults_are_those_of_the_peers(name):
    found = algorithm(name)
    assert {one: found.parameterDefinition(one).defaultValue() for one in PEER_DEFAULTS[name]} == PEER_DEFAULTS[name]
    for (owner, one), options in PEER_OPTIONS.items():
        if owner == name:
            assert found.parameterDefinition(one).options() == options


@pytest.mark.parametrize("name", WITH_DEVICES)
def test_single_devices_need_a_purpose(name, pings, sites, tmp_path):
    parameters = {"OBSERVATIONS_FILE": pings, "SITES": sites, "OUTPUT": str(tmp_path / "out.gpkg")}
    for purpose in ({}, {"PURPOSE": "  "}):
        is_fine, sentence = algorithm(name).create().checkParameterValues(
            {**parameters, **purpose}, QgsProcessingContext()
        )
        assert not is_fine and sentence.startswith("Give a PURPOSE: ") and sentence.count(".") == 1
        with pytest.raises(QgsProcessingException, match="Give a PURPOSE"):
            run(name, {**parameters, **purpose})
    assert list(tmp_path.iterdir()) == []


def test_the_network_needs_no_purpose_and_names_no_device(pings, sites, tmp_path):
    rows, _results, log = run_to_file("linknetwork", tmp_path, OBSERVATIONS_FILE=pings, SITES=sites)
    assert algorithm("linknetwork").parameterDefinition("PURPOSE") is None
    assert not any("miner" in str(row) or "guard" in str(row) for row in rows)
    assert "miner" not in log


def test_pseudonyms_are_new_in_every_run(pings, sites, tmp_path):
    seen = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        rows, _results, _log = run_to_file("compareareas", folder, OBSERVATIONS_FILE=pings, SITES=sites,
                                           KEEP_DEVICE_IDS=False)  # fmt: skip
        seen.append({row["device"] for row in rows})
    assert len(seen[0]) == len(seen[1]) == 8
    assert not seen[0] & seen[1]
    assert "miner" not in seen[0]


def test_areas_are_compared_with_times_and_shapes(pings, sites, tmp_path):
    rows, results, log = run_to_file("compareareas", tmp_path, OBSERVATIONS_FILE=pings, SITES=sites,
                                     INCLUDE_TIME_STATISTICS=True)  # fmt: skip
    assert Counter(row["area_name"] for row in rows) == {"Port": 7, "Market": 7, "Mine": 1}
    assert results["ROWS"] == 15
    assert {"Port: 7 devices", "Market: 7 devices", "Mine: <5 devices", "Empty: 0 devices",
            "Purpose: Test on synthetic data"} <= set(log.splitlines())  # fmt: skip
    (mine,) = [row for row in rows if row["area_name"] == "Mine"]
    assert (mine["device"], mine["areas"], mine["area_id"]) == ("miner", 2, "site-3")
    assert mine["duration"] * 1000 == mine["exit_time_ms"] - mine["enter_time_ms"]
    assert mine["duration"] == 3 * 3600
    assert mine["enter_time"].startswith(DAY) and mine["enter_time"].endswith("Z")
    (port,) = [row for row in rows if row["area_name"] == "Port" and row["device"] == "d1"]
    assert port["enter_time_ms"] == START_S * 1000
    assert port["n_fixes"] == 25 + 13
    layer = QgsVectorLayer(str(tmp_path / "out.gpkg"), "out", "ogr")
    shape = next(feature for feature in layer.getFeatures() if feature["area_name"] == "Mine").geometry()
    assert shape.contains(QgsGeometry.fromWkt(f"Point({MINE[1]} {MINE[0]})"))
    assert "enter_time" not in (run_to_file("compareareas", folder_of(tmp_path, "plain"), OBSERVATIONS_FILE=pings,
                                            SITES=sites)[0][0])  # fmt: skip


def folder_of(parent, name: str):
    (parent / name).mkdir()
    return parent / name


AREA_TIMES = {"RELATIONSHIP": 1, "AREA_START_FIELD": "begins", "AREA_END_FIELD": "ends"}


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"START": "2023-06-12T00:00Z", "END": "2023-06-12T01:00Z"}, {"Port": 7, "Market": 1}),
        ({"START": DAY}, {"Port": 7, "Market": 7, "Mine": 1}),
        ({"START": "2023-06-12T02:30Z", "TIME_DIFFERENCE": 0.4}, {"Port": 1}),
        ({"START": "2023-06-12T02:30Z", "TIME_RELATIONSHIP": 1, "TIME_DIFFERENCE": 0.6}, {"Port": 7, "Market": 1}),
        ({"START": "2023-06-12T03:00Z", "TIME_RELATIONSHIP": 2, "TIME_DIFFERENCE": 0.5}, {"Port": 1, "Market": 6}),
        ({"AREA_START_FIELD": "begins", "AREA_END_FIELD": "ends", "START": "2022-01-01"}, {"Port": 7, "Market": 6}),
    ],
)
def test_location_and_time(change, expected, pings, sites, tmp_path):
    rows, _results, _log = run_to_file("compareareas", tmp_path, OBSERVATIONS_FILE=pings, SITES=sites, RELATIONSHIP=1,
                                       **change)  # fmt: skip
    assert Counter(row["area_name"] for row in rows) == expected


def test_times_without_effect_are_named(pings, sites, tmp_path):
    _rows, _results, log = run_to_file("compareareas", tmp_path, OBSERVATIONS_FILE=pings, SITES=sites, START=DAY)
    assert "Ignored, because only the location counts: START" in log


def test_tracks_before_and_after_an_area(pings, sites, tmp_path):
    mine = f"{Path(sites).parent}/mine.csv"
    Path(mine).write_text(f"name,lat,lon,radius_m\nMine,{MINE[0]},{MINE[1]},400\n", encoding="utf-8")
    every, results, log = run_to_file("selecttracks", tmp_path, OBSERVATIONS_FILE=pings, SITES=mine)
    assert {row["device"] for row in every} == {"miner"}
    assert results["FIXES"] == len(every) == 25 + 37
    assert Counter(row["side"] for row in every) == {"before": 25, "during": 37}
    assert "Devices: 1" in log
    before, _results, _log = run_to_file("selecttracks", folder_of(tmp_path, "b"), OBSERVATIONS_FILE=pings, SITES=mine,
                                         TIME_RELATIONSHIP=1, SELECTION_TIME=3)  # fmt: skip
    arrived = min(row["time_ms"] for row in every if row["side"] == "during")
    assert all(arrived - 3 * 3_600_000 <= row["time_ms"] < arrived for row in before)
    assert [row["hours_from_area"] for row in before] == pytest.approx(
        [(row["time_ms"] - arrived) / 3_600_000 for row in before], abs=1e-4
    )
    with pytest.raises(QgsProcessingException, match="within 24 hours after"):
        run_to_file("selecttracks", folder_of(tmp_path, "a"), OBSERVATIONS_FILE=pings, SITES=mine, TIME_RELATIONSHIP=2)


def test_links_and_places_of_the_network(pings, sites, tmp_path):
    links = str(tmp_path / "links.gpkg")
    places, results, log = run_to_file("linknetwork", tmp_path, OBSERVATIONS_FILE=pings, SITES=sites, LINKS=links,
                                       MIN_DEVICES=1, FROM_PLACE="Port", TO_PLACE="Mine")  # fmt: skip
    assert {row["spot_name"]: row["devices"] for row in places} == {"Port": "7", "Market": "7", "Mine": "<5"}
    assert {row["spot_name"]: row["path_seq"] for row in places} == {"Port": 1, "Market": 2, "Mine": 3}
    assert "Shortest path (2 links): Port – Market – Mine" in log
    assert "no other package" in log
    layer = QgsVectorLayer(links, "links", "ogr")
    found = {(row["from_name"], row["to_name"]): row for row in rows_of(layer)}
    assert {ends: row["devices"] for ends, row in found.items()} == {("Port", "Market"): "6", ("Market", "Mine"): "<5"}
    assert results["LINK_ROWS"] == 2 and results["PLACES"] == 3
    weak, strong = found["Market", "Mine"], found["Port", "Market"]
    assert weak["lift"] == weak["p_value"] == weak["q_value"] == NULL
    assert strong["lift"] == pytest.approx(6 / strong["expected"])
    assert weak["on_path"] == strong["on_path"] == 1
    (line,) = [feature.geometry() for feature in layer.getFeatures() if feature["to_name"] == "Mine"]
    start, end = line.asMultiPolyline()[0]
    assert (start.y(), start.x(), end.y(), end.x()) == (*MARKET, *MINE)
    flows = str(tmp_path / "flows.gpkg")
    run_to_file("linknetwork", folder_of(tmp_path, "f"), OBSERVATIONS_FILE=pings, SITES=sites, LINKS=flows, LINK_KIND=1)
    rows = rows_of(QgsVectorLayer(flows, "flows", "ogr"))
    assert {(row["from_name"], row["to_name"]): row["trips"] for row in rows} == {
        ("Port", "Market"): "6", ("Market", "Port"): "6",
    }  # fmt: skip


BAD = [
    ("compareareas", {"SITES": ""}, "Give the areas"),
    ("compareareas", {"RELATIONSHIP": 1}, "needs the time of the areas"),
    ("compareareas", {"RELATIONSHIP": 1, "START": DAY, "TIME_RELATIONSHIP": 1}, "TIME_DIFFERENCE must be above 0"),
    ("compareareas", {"START": "tomorrow"}, "START is “tomorrow”"),
    ("compareareas", {"START": DAY, "END": "2023-06-10"}, "not after START"),
    ("selecttracks", {"SITES": ""}, "Give the area"),
    ("selecttracks", {"TIME_RELATIONSHIP": 1, "SELECTION_TIME": 0}, "SELECTION_TIME must be above 0"),
    ("classifymovement", {"CURVATURE": 0}, "CURVATURE"),
    ("classifymovement", {"NUMBER_OF_POINTS": 0}, "NUMBER_OF_POINTS"),
    ("linknetwork", {"SITES": ""}, "WITH_CELLS"),
    ("linknetwork", {"FROM_PLACE": "Port"}, "two ends"),
    ("linknetwork", {"MIN_DEVICES": 0}, "MIN_DEVICES"),
]


@pytest.mark.parametrize("name, change, words", BAD)
def test_bad_values_are_refused_before_the_run_with_one_sentence(name, change, words, pings, sites, tmp_path):
    parameters = {"OBSERVATIONS_FILE": pings, "SITES": sites, "PURPOSE": "Test on made-up data",
                  "OUTPUT": str(tmp_path / "out.gpkg"),
                  **change}  # fmt: skip
    if name == "linknetwork":
        parameters.pop("PURPOSE")
    is_fine, sentence = algorithm(name).create().checkParameterValues(parameters, QgsProcessingContext())
    assert not is_fine
    assert words in sentence and sentence.endswith(".") and "\n" not in sentence
    assert list(tmp_path.iterdir()) == []


EMPTY = [
    ("compareareas", {"RELATIONSHIP": 1, "START": "2021-01-01"}, "none at the time asked for"),
    ("compareareas", {**AREA_TIMES, "AREA_START_FIELD": "name"}, "are not times"),
    ("compareareas", AREA_TIMES, "Area . of . has no time"),
    ("selecttracks", {"START": "2021-01-01", "END": "2021-01-02"}, "none in this window"),
    ("classifymovement", {}, "dense tracks"),
    ("linknetwork", {"START": "2021-01-01", "END": "2021-01-02"}, "no visits in this window"),
    ("linknetwork", {"CATEGORIES": "embassy"}, "No site has the category “embassy”. The sites have:"),
    ("linknetwork", {"FROM_PLACE": "Paris", "TO_PLACE": "Port"}, "no place “Paris”"),
]


@pytest.mark.parametrize("name, change, words", EMPTY)
def test_what_finds_nothing_says_so_and_leaves_no_file(name, change, words, pings, sites, tmp_path):
    with pytest.raises(QgsProcessingException, match=words):
        run_to_file(name, tmp_path, OBSERVATIONS_FILE=pings, SITES=sites, **change)
    assert list(tmp_path.iterdir()) == []


def test_areas_that_nobody_visited_are_named(pings, tmp_path):
    path = tmp_path / "nowhere.csv"
    path.write_text(f"name,lat,lon,radius_m\nNowhere,{NOWHERE[0]},{NOWHERE[1]},400\n", encoding="utf-8")
    for name in ("compareareas", "selecttracks"):
        with pytest.raises(QgsProcessingException, match="No device was seen in the area Nowhere"):
            run_to_file(name, tmp_path, OBSERVATIONS_FILE=pings, SITES=str(path))
    with pytest.raises(QgsProcessingException, match="Nobody was seen at any of these places"):
        run_to_file("linknetwork", tmp_path, OBSERVATIONS_FILE=pings, SITES=str(path))


def test_sensitive_areas_are_not_looked_at(pings, tmp_path):
    path = tmp_path / "clinic.csv"
    path.write_text(f"name,category,lat,lon,radius_m\nWard,hospital,{MINE[0]},{MINE[1]},400\n", encoding="utf-8")
    with pytest.raises(QgsProcessingException, match="There is no area to look at"):
        run_to_file("compareareas", tmp_path, OBSERVATIONS_FILE=pings, SITES=str(path))


def square_drive() -> Journey:
    """Drive round a block at 10 m/s, a fix a second, stand, and turn back."""
    device = Journey("driver", 1)
    north, east, at = 1 / 111_195.0, 1 / (111_195.0 * np.cos(np.radians(13.5))), np.array(PORT)
    legs = [(10 * north, 0.0)] * 10 + [(0.0, 10 * east)] * 10 + [(0.0, 0.0)] * 5 + [(0.0, -10 * east)] * 10
    for step in [(0.0, 0.0), *legs]:
        at = at + step
        device.fix(tuple(at))
        device.now_s += 1
    return device


def test_movement_events_of_a_drive(tmp_path, sites):
    path = write_journeys(tmp_path / "drive.csv", [square_drive()])
    given = {"OBSERVATIONS_FILE": str(path), "SITES": sites, "INCLUDE_TURN_IDS": True}
    rows, results, log = run_to_file("classifymovement", folder_of(tmp_path, "all"), **given)
    assert results["EVENTS"] == len(rows) == 36
    assert Counter(row["turn_event"] for row in rows)["Right turn"] == 1
    (corner,) = [row for row in rows if row["turn_id"] == 1]
    assert corner["turn_deg"] == pytest.approx(90, abs=0.1)
    assert [row["acc_event"] for row in rows].count("Stop") == 1
    assert [row["acc_event"] for row in rows].count("Start") == 1
    assert rows[5]["speed_KMPH"] == pytest.approx(36, abs=0.1)
    assert rows[5]["speed_MPH"] == pytest.approx(22.37, abs=0.1)
    assert rows[5]["roi"] == "Port"
    assert "turns: 1" in log
    turns, _results, _log = run_to_file("classifymovement", folder_of(tmp_path, "mid"), **given,
                                        TURN_EVENTS_REPRESENTATION=1)  # fmt: skip
    assert [row["time_ms"] for row in turns] == [corner["time_ms"]]
    some, _results, _log = run_to_file("classifymovement", folder_of(tmp_path, "some"), **given,
                                       EXCLUDE_NON_TURN_EVENTS=True)  # fmt: skip
    assert "Traveling" not in {row["turn_event"] for row in some}


@pytest.mark.parametrize("table, field, values", [
    ("selected_tracks", "side", ["before", "during", "after"]),
    ("movement_events", "turn_event", list(TURN_EVENTS)),
    ("network_links", "devices", ["<5", "5", "19", "20", "480", "100000"]),
    ("network_places", "cluster", [0, 1, 8, 9, 17]),
    ("compared_areas", "areas", [1, 2, 3, 90]),
])  # fmt: skip
def test_every_value_has_a_symbol(table, field, values, qgis_new_project):
    kind = "integer" if isinstance(values[0], int) else "string"
    geometry = {"network_links": "MultiLineString", "compared_areas": "MultiPolygon"}.get(table, "Point")
    more = "".join(f"&field={name}:double" for name in ("betweenness", "on_path")) + "&field=kind:string"
    layer = QgsVectorLayer(f"{geometry}?crs=EPSG:4326&field={field}:{kind}{more}", table, "memory")
    assert layer.loadNamedStyle(str(style_path(table)))[1]
    assert layer.temporalProperties().isActive() == (table in ("selected_tracks", "movement_events"))
    renderer, drawing = layer.renderer().clone(), QgsRenderContext()
    drawing.expressionContext().setFields(layer.fields())
    renderer.startRender(drawing, layer.fields())
    for value in values:
        feature = QgsFeature(layer.fields())
        feature[field] = value
        drawing.expressionContext().setFeature(feature)
        assert renderer.symbolForFeature(feature, drawing) is not None, value
    renderer.stopRender(drawing)


def test_a_loaded_network_is_styled_twice(pings, sites, qgis_new_project):
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    outputs = {}
    for name, title in (("OUTPUT", "Linked places"), ("LINKS", "Links")):
        outputs[name] = QgsProcessingOutputLayerDefinition("TEMPORARY_OUTPUT", QgsProject.instance())
        outputs[name].destinationName = title
    results, _log = run("linknetwork", {"OBSERVATIONS_FILE": pings, "SITES": sites, **outputs}, context)
    names = {context.layerToLoadOnCompletionDetails(results[name]).name for name in outputs}
    assert names == {"Linked places – pings.csv", "Links – pings.csv"}



def away_m(row: dict, place: tuple[float, float]) -> float:
    return float(np.hypot(row["lat"] - place[0], (row["lon"] - place[1]) * np.cos(np.radians(place[0]))) * DEGREE_M)


def is_on_grid(row: dict) -> bool:
    return is_middle(row["lat"], row["lon"])


def home_of(number: int) -> tuple[float, float]:
    """Return a home that is on no line of the grid."""
    return 13.5123 + 0.011 * number, 2.0871 - 0.013 * number


@pytest.fixture(scope="module")
def residents(tmp_path_factory):
    """Three residents with nights at home and days at the market, seen on the way, near home too."""
    made = []
    for number in range(3):
        home = home_of(number)
        device = Journey(f"resident-{number}", 700 + number, start_s=-3 * 3600)
        for _day in range(4):
            device.remain(home, 9, every_s=1200).travel(home, MARKET, 0.5, fixes=24)
            device.remain(MARKET, 8, every_s=1800).travel(MARKET, home, 0.5, fixes=24).remain(home, 6, every_s=1200)
        made.append(device)
    return made


def test_selected_tracks_do_not_lead_home(residents, sites, tmp_path):
    path = str(write_journeys(tmp_path / "pings.csv", residents))
    rows, _results, log = run_to_file("selecttracks", folder_of(tmp_path, "o"), OBSERVATIONS_FILE=path, SITES=sites)
    assert len(rows) == sum(len(device.rows) for device in residents)
    layer = QgsVectorLayer(str(tmp_path / "o" / "out.gpkg"), "out", "ogr")
    drawn = [feature.geometry().asPoint() for feature in layer.getFeatures()]
    assert "Columns read: device device_id" in log and "Device ids: those of the source are kept" in log
    shown = np.array([(point.y(), point.x()) for point in drawn])
    np.testing.assert_allclose(shown, [(row["lat"], row["lon"]) for row in rows], rtol=0, atol=6e-9)  # to a millimetre
    for number, device in enumerate(residents):
        home, mine = home_of(number), [row for row in rows if row["device"] == device.device]
        centres = {PORT, MARKET, MINE}
        at_site = [(row["lat"], row["lon"]) in centres for row in mine]
        assert all(known or is_on_grid(row) for row, known in zip(mine, at_site))
        assert sum(at_site) > 60
        # Seen at home, hour after hour, in one square: that of the home.
        true = [away_m({"lat": row[2], "lon": row[3]}, home) < 100 for row in device.rows]
        seen = {(row["lat"], row["lon"]) for row, near in zip(mine, true) if near}
        assert sum(true) > 60 and len(seen) == 1
        assert seen.pop() == pytest.approx(middle_of(*home))
    exact, _results, log = run_to_file("selecttracks", folder_of(tmp_path, "e"), OBSERVATIONS_FILE=path, SITES=sites,
                                       EXACT_POSITIONS=True)  # fmt: skip
    assert "Exact positions are written" in log
    true = {(round(row[2], 7), round(row[3], 7)) for device in residents for row in device.rows}
    assert {(round(row["lat"], 7), round(row["lon"], 7)) for row in exact} == true


def test_movement_events_do_not_lead_home(tmp_path):
    home = home_of(1)
    away = (home[0] + 0.04, home[1] + 0.01)
    device = Journey("commuter", 5).remain(home, 3, every_s=60).travel(home, away, 0.2, fixes=72)
    device.remain(away, 0.5, every_s=60).travel(away, home, 0.2, fixes=72).remain(home, 2, every_s=60)
    path = str(write_journeys(tmp_path / "pings.csv", [device]))
    given = {"OBSERVATIONS_FILE": path, "NUMBER_OF_POINTS": 3}
    site = tmp_path / "site.csv"
    site.write_text(f"name,lat,lon,radius_m\nWork,{away[0]},{away[1]},1500\n", encoding="utf-8")
    given["SITES"] = str(site)
    rows, _results, _log = run_to_file("classifymovement", folder_of(tmp_path, "all"), **given)
    assert len(rows) == len(device.rows)
    hidden = np.array([is_on_grid(row) for row in rows])
    assert all(hidden[row] or (rows[row]["lat"], rows[row]["lon"]) == pytest.approx(away) for row in range(len(rows)))
    assert 300 < hidden.sum() < len(rows) - 30
    figures = ("distance_diff", "speed", "speed_MPH", "speed_KMPH", "acceleration_ms2", "from_bearing", "to_bearing",
               "turn_deg")  # fmt: skip
    told = np.array([[row[name] != NULL for name in figures] for row in rows])
    near = np.convolve(hidden, np.ones(7), "same") > 0  # three fixes before and behind
    assert not told[near].any()
    assert told[~near].mean() > 0.9
    turns, _results, _log = run_to_file("classifymovement", folder_of(tmp_path, "mid"), **given,
                                        TURN_EVENTS_REPRESENTATION=1, STOP_KMH=0)  # fmt: skip
    assert len(turns) > 3
    assert all(is_on_grid(row) or (row["lat"], row["lon"]) == pytest.approx(away) for row in turns)


def needs(path: str) -> Path:
    if not (SHARED / path).is_file():
        pytest.skip(f"{path} of the shared data is not here")
    return SHARED / path


def test_a_bus_route_has_turns_stops_and_speeds_of_a_bus(tmp_path):
    """Route 14 outbound goes through Liverpool at city speeds."""
    path = needs("liverpool-bus/route14_outbound.csv")
    rows, _results, _log = run_to_file("classifymovement", tmp_path, OBSERVATIONS_FILE=str(path), EXACT_POSITIONS=True)
    speeds = np.array([row["speed_KMPH"] for row in rows if isinstance(row["speed_KMPH"], float)])
    assert 5 < np.median(speeds[speeds > 1]) < 45
    assert np.percentile(speeds, 99) < 100
    turns = Counter(row["turn_event"] for row in rows)
    assert turns["Right turn"] > 20 and turns["Left turn"] > 20
    given = {row["timestamp"]: float(row["bearing"]) for row in csv.DictReader(path.open()) if row["bearing"]
             and row["vehicle_id"] == "4716"}  # fmt: skip
    ours = [(row["to_bearing"], given[row["time"][:19].replace("T", " ")]) for row in rows
            if row["device"] == "4716" and row["time"][:19].replace("T", " ") in given
            and isinstance(row["to_bearing"], float) and row["turn_event"] == "Traveling"]  # fmt: skip
    away = [abs((a - b + 180) % 360 - 180) for a, b in ours]
    assert len(away) > 20 and np.median(away) < 25


def test_ships_at_the_canal_are_no_dense_tracks(tmp_path):
    path = needs("evergiven-ais/boat-positions.csv")
    with pytest.raises(QgsProcessingException, match="dense tracks"):
        run_to_file("classifymovement", tmp_path, OBSERVATIONS_FILE=str(path))


def test_aircraft_turn_wide(tmp_path):
    """A patrol along a border goes to and fro."""
    path = needs("flights/flights_dev.csv.gz")
    with gzip.open(path, "rt") as rows:
        kept = [row for row in csv.DictReader(rows) if row["sample"] == "surveillance/border_control"]
    if not kept:
        pytest.skip("the sample surveillance/border_control is not among the flights")
    lines = [f"{row['icao24']},{row['timestamp']},{row['latitude']},{row['longitude']}\n" for row in kept]
    some = tmp_path / "patrol.csv"
    some.write_text("device_id,timestamp,latitude,longitude\n" + "".join(lines), encoding="utf-8")
    rows, _results, _log = run_to_file("classifymovement", tmp_path, OBSERVATIONS_FILE=str(some), CURVATURE=3,
                                       NUMBER_OF_POINTS=5)  # fmt: skip
    turns = Counter(row["turn_event"] for row in rows)
    assert turns["Right U-turn"] + turns["Left U-turn"] > 10
