"""Reach-back and itineraries as Processing runs them: a team flies from a base in Russia to a hotel in Niamey."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from processing_runs import CancelAt, algorithm, registered_provider, rows_of, run
from qgis.core import (
    NULL,
    QgsFeature,
    QgsGeometry,
    QgsProcessingException,
    QgsProject,
    QgsRenderContext,
    QgsVectorLayer,
)
from seeds import shifted
from sitelight.plugin.data.result_styles import style_path

START_S = 1_680_307_200  # 2023-04-01T00:00:00Z
DAYS, TEAM, RESIDENTS = 110, 6, 30
ARRIVAL = 90  # 30 June
HOTEL, BASE, HALL = (13.52, 2.12), (55.70, 37.50), (13.50, 2.10)
SITES = (("Hotel Palm", "hotel", *HOTEL, "NE"), ("East Garrison", "caserne", *BASE, "RU"),
         ("Town Hall", "government", *HALL, "NE"), ("Niamey airport", "airport", 13.4815, 2.1836, "NE"),
         ("Moscow airport", "airport", 55.9726, 37.4146, "RU"))  # fmt: skip
PUBLIC = {
    "reachback": {"OBSERVATIONS", "OBSERVATIONS_FILE", "SITES", "PLACE", "POINT", "RADIUS", "SITE", "START", "END",
                  "FINDINGS_LAYER", "DAYS", "DIRECTION", "CELL_SIZE", "KEEP_DEVICE_IDS", "DEVICE_FIELD", "ORIGINS",
                  "FLOWS"},
    "tracebackitineraries": {"OBSERVATIONS", "OBSERVATIONS_FILE", "SITES", "PLACE", "POINT", "RADIUS", "SITE", "START",
                             "END", "FINDINGS_LAYER", "LINKED_CATEGORIES", "LINKED_COUNTRIES", "KEY_DATES", "PURPOSE",
                             "ITINERARIES", "STOPS", "LEGS"},
}  # fmt: skip


@pytest.fixture(scope="module")
def provider():
    yield from registered_provider()


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> dict[str, str]:
    """Six devices live at the garrison, fly to Niamey on day 90 and stay ten days; residents are guests at times."""
    folder, rng = tmp_path_factory.mktemp("reach"), np.random.default_rng(shifted(60_217))
    rows = []

    def seen(device: str, first_h: float, last_h: float, place: tuple[float, float], every_h: float = 3.0) -> None:
        hours = np.arange(first_h, last_h, every_h) + rng.uniform(0, 0.3)
        noise = rng.normal(0, 1e-4, (2, len(hours)))
        for hour, north, east in zip(hours, *noise):
            second = START_S + int(hour * 3600)
            rows.append(f"{device},{second},{place[0] + north:.6f},{place[1] + east:.6f},12.0\n")

    for number in range(TEAM):
        arrival = 24 * ARRIVAL + number * 0.05
        seen(f"team-{number}", 0, arrival - 12, BASE)
        seen(f"team-{number}", arrival - 11, arrival - 9, (55.9726, 37.4146), 0.5)
        seen(f"team-{number}", arrival - 1.5, arrival - 0.5, (13.4815, 2.1836), 0.3)
        seen(f"team-{number}", arrival, arrival + 240, HOTEL, 2.0)
        seen(f"team-{number}", arrival + 260, 24 * DAYS, BASE)
    for number in range(RESIDENTS):
        home = 13.48 + 0.04 * rng.random(), 2.06 + 0.04 * rng.random()
        for day in range(DAYS):
            night = 24 * day
            seen(f"resident-{number}", night, night + 7, home)
            at_hotel = (day + number) % 10 == 0
            seen(f"resident-{number}", night + 9, night + 16, HOTEL if at_hotel else HALL)
            seen(f"resident-{number}", night + 18, night + 24, home)
    observations, sites = folder / "pings.csv", folder / "sites.csv"
    observations.write_text("device_id,timestamp,latitude,longitude,horizontal_accuracy\n" + "".join(rows), "utf-8")
    lines = [f"{name},{category},{lat},{lon},{country},200\n" for name, category, lat, lon, country in SITES]
    sites.write_text("name,category,lat,lon,country,radius_m\n" + "".join(lines), "utf-8")
    return {"OBSERVATIONS_FILE": str(observations), "SITES": str(sites)}


def window(**more) -> dict:
    return {"START": "2023-06-29", "END": "2023-07-05", "ORIGINS": "TEMPORARY_OUTPUT", **more}


def outputs(**more) -> dict:
    made = dict.fromkeys(("ITINERARIES", "STOPS", "LEGS"), "TEMPORARY_OUTPUT")
    return {**window(), **made, "PURPOSE": "Test on made-up data", **more}


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_names_parameters_and_help(provider, name):
    found = algorithm(name)
    assert PUBLIC[name] <= {definition.name() for definition in found.parameterDefinitions()}
    assert len(found.shortHelpString()) > 80
    without = {one.name() for one in found.parameterDefinitions() if not one.help() and not one.isDestination()}
    assert without <= {"CELL_SIZE", "LOOKBACK_DAYS"}


def test_the_team_came_from_russia_and_its_garrison(provider, world, tmp_path):
    result, log = run("reachback", {**world, **window(SITE="Hotel Palm", ORIGINS=str(tmp_path / "o é.gpkg"),
                                                      FLOWS=str(tmp_path / "f.gpkg"))})  # fmt: skip
    origins = {(row["direction"], row["kind"], row["name"]): row for row in rows_of(layer_of(result["ORIGINS"]))}
    garrison = origins["before", "site", "East Garrison"]
    assert garrison["devices"] == str(TEAM)
    # A tenth of the residents come each day, 21 in a week and in each of the eight weeks before, none from Russia.
    assert garrison["share"] == pytest.approx(TEAM / (TEAM + 21))
    assert garrison["expected_share"] == pytest.approx(0.5 / (8 * 21 + 1))
    ways = math.comb(TEAM + 21, TEAM) / math.comb(TEAM + 9 * 21, TEAM)
    # The residents come again and again: their comings tell less than those of as many devices would.
    assert ways < garrison["p_value"] < 3 * ways
    assert origins["before", "category", "military"]["devices"] == str(TEAM)  # "caserne" is our word military
    assert origins["after", "country", "RU"]["devices"] == str(TEAM)
    assert f"site East Garrison, before: {TEAM} devices" in log
    assert "Columns read: device device_id, time timestamp" in log and "Device ids: new pseudonyms" in log
    flows = layer_of(result["FLOWS"])
    (feature,) = [one for one in flows.getFeatures() if (one["name"], one["direction"]) == ("East Garrison", "before")]
    first, last = list(feature.geometry().vertices())[0], list(feature.geometry().vertices())[-1]
    assert (first.x(), first.y()) == pytest.approx((BASE[1], BASE[0]), abs=1e-4)
    assert (last.x(), last.y()) == pytest.approx((HOTEL[1], HOTEL[0]), abs=1e-4)
    assert (feature["window_start"], feature["window_end"]) == ("2023-06-29", "2023-07-05")


def test_counts_below_five_are_hidden(provider, world, tmp_path):
    """On one day three residents are at the hotel; each was at the hall the day before."""
    parameters = {**world, **window(SITE="Hotel Palm", START="2023-06-14", END="2023-06-14", DIRECTION=0)}
    _result, log = run("reachback", {**parameters, "ORIGINS": str(tmp_path / "o.gpkg")})
    origins = rows_of(layer_of(str(tmp_path / "o.gpkg")))
    (hall,) = [row for row in origins if row["name"] == "Town Hall"]
    assert hall["devices"] == "<5"
    assert all(is_null(hall[name]) for name in ("share", "expected_share", "lift", "p_value"))
    assert "<5 devices were at Hotel Palm" in log
    assert "site Town Hall, before: <5 devices" in log.splitlines()


def test_an_area_drawn_in_another_crs_is_the_same_place(provider, world, tmp_path):
    ring = "POLYGON((2.119 13.519,2.121 13.519,2.121 13.521,2.119 13.521,2.119 13.519))"
    layer = drawn(ring, "EPSG:4326")
    other = drawn(mercator(ring), "EPSG:3857")
    counts = []
    for place in (layer, other):
        path = tmp_path / f"{place.crs().postgisSrid()}.gpkg"
        run("reachback", {**world, **window(PLACE=place, DIRECTION=0, ORIGINS=str(path))})
        counts.append({(row["kind"], row["name"]): row["devices"] for row in rows_of(layer_of(str(path)))})
    assert counts[0] == counts[1]
    assert counts[0]["site", "East Garrison"] == str(TEAM)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, "Give the place in one way"),
        ({"SITE": "Hotel Palm", "POINT": "2,13"}, "Give the place in one way"),
        ({"SITE": "Palace"}, "No site or cell is called “Palace”"),
        ({"POINT": "30,30 [EPSG:4326]", "RADIUS": 1000}, "Nobody was ever seen at the 1 km around 30.000 N, 30.000 E"),
        ({"SITE": "Hotel Palm", "START": "2020-01-01", "END": "2020-01-02"}, "has no data, which run from 2023-04-01"),
        ({"SITE": "Hotel Palm", "START": "2023-07-05", "END": "2023-06-29"}, "ends before it begins"),
        ({"SITE": "Hotel Palm", "START": "soon"}, "START is “soon”; write a day"),
        ({"SITE": "East Garrison", "START": "2023-07-03", "END": "2023-07-03"}, "Nobody was seen at East Garrison"),
    ],
)
def test_bad_places_and_windows_end_with_a_sentence(provider, world, more, says):
    with pytest.raises(QgsProcessingException, match=says):
        run("reachback", {**world, **window(**more)})


def test_the_query_leads_to_the_team_and_to_nobody_else(provider, world, tmp_path):
    paths = {name: str(tmp_path / f"{name}.gpkg") for name in ("ITINERARIES", "STOPS", "LEGS")}
    result, log = run("tracebackitineraries", {
        **world, **outputs(SITE="Hotel Palm", LINKED_CATEGORIES="garrison", LINKED_COUNTRIES="ru"), **paths,
        "KEEP_DEVICE_IDS": True,
    })  # fmt: skip
    listed = rows_of(layer_of(result["ITINERARIES"]))
    assert result["COUNT"] == len(listed) == TEAM
    assert {row["device"] for row in listed} == {f"team-{number}" for number in range(TEAM)}
    assert {row["route"] for row in listed} == {1}
    assert listed[0]["stops"].endswith(f"and {TEAM - 1} more devices on the same route")
    stops = [row["spot_name"] for row in rows_of(layer_of(result["STOPS"])) if row["itinerary_id"] == 1]
    assert stops[:4] == ["East Garrison", "Moscow airport", "Niamey airport", "Hotel Palm"]
    modes = [row["mode"] for row in rows_of(layer_of(result["LEGS"])) if row["itinerary_id"] == 1]
    assert modes[:3] == ["road", "air", "road"]
    assert "Purpose: Test" in log
    assert "Columns read: device device_id" in log and "Device ids: those of the source are kept" in log
    assert "RU>NE (air" in listed[0]["borders"]


def test_findings_of_a_study_are_a_place(provider, world, tmp_path):
    study = str(tmp_path / "study.gpkg")
    run("analyze", {**world, "KEY_DATES": "2023-07-01", "OUTPUT": study})
    findings = QgsVectorLayer(f"{study}|layername=findings", "findings", "ogr")
    hotel = [row["finding_id"] for row in rows_of(findings) if row["spot_name"] == "Hotel Palm"]
    assert hotel
    findings.setSubsetString("\"spot_name\" = 'Hotel Palm' and \"q_value\" < 0.05")
    QgsProject.instance().addMapLayer(findings)
    result, _log = run("tracebackitineraries", {
        **world, **outputs(START="", END="", FINDINGS_LAYER=findings, LINKED_COUNTRIES="RU",
                           ITINERARIES=str(tmp_path / "i.gpkg")),
    })  # fmt: skip
    listed = rows_of(layer_of(result["ITINERARIES"]))
    assert len(listed) == TEAM
    assert {row["finding_id"] for row in listed} <= set(hotel)
    QgsProject.instance().clear()


def test_findings_are_asked_about_one_by_one(provider, world, tmp_path):
    """Both findings of a place are in one table, each as if it were asked about alone; a third, of nobody, is told."""
    findings = findings_layer([
        (3, "Hotel Palm", "2023-06-29", "2023-07-05"), (8, "Hotel Palm", "2023-06-14", "2023-06-16"),
        (9, "East Garrison", "2023-07-03", "2023-07-03"),
    ])  # fmt: skip
    paths = {name: str(tmp_path / f"{name}.gpkg") for name in ("ORIGINS", "FLOWS")}
    _result, log = run("reachback", {**world, **paths, "FINDINGS_LAYER": findings})
    rows = rows_of(layer_of(paths["ORIGINS"]))
    assert {row["finding_id"] for row in rows} == {3, 8}
    alone = str(tmp_path / "alone.gpkg")
    run("reachback", {**world, **window(SITE="Hotel Palm", ORIGINS=alone)})
    names = ("direction", "kind", "name", "devices", "share", "expected_share", "lift", "p_value")
    assert [tuple(row[name] for name in names) for row in rows if row["finding_id"] == 3] == [
        tuple(row[name] for name in names) for row in rows_of(layer_of(alone))
    ]
    flows = {(row["finding_id"], row["window_start"]) for row in rows_of(layer_of(paths["FLOWS"]))}
    assert flows == {(3, "2023-06-29"), (8, "2023-06-14")}
    assert "Finding 9 is left out. Nobody was seen at East Garrison" in log
    assert f"Finding 3: site East Garrison, before: {TEAM} devices" in log
    with pytest.raises(QgsProcessingException, match="not both"):
        run("reachback", {**world, **paths, "FINDINGS_LAYER": findings, "SITE": "Hotel Palm"})
    QgsProject.instance().clear()


def test_a_line_is_wider_for_more_devices(qgis_new_project):
    """The class of small counts holds "<5" as it is written, and nothing else; bounds are in the class of theirs."""
    fields = "direction:string&field=kind:string&field=name:string&field=devices:string&field=lift:double"
    layer = QgsVectorLayer(f"MultiLineString?crs=EPSG:4326&field={fields}", "flows", "memory")
    assert layer.loadNamedStyle(str(style_path("flows")))[1]
    drawing = QgsRenderContext()
    drawing.expressionContext().setFields(layer.fields())
    for direction in ("before", "after"):
        widths, labels = [], []
        for devices in ("<5", "5+", "9", "10", "24+", "25", "99", "100+", "4000"):
            feature = QgsFeature(layer.fields())
            feature["direction"], feature["devices"] = direction, devices
            drawing.expressionContext().setFeature(feature)
            renderer = layer.renderer().clone()
            renderer.startRender(drawing, layer.fields())
            (rule,) = (one for one in renderer.rootRule().children() if one.isFilterOK(feature, drawing))
            labels.append(rule.label())
            widths.append(rule.symbol().width())
            renderer.stopRender(drawing)
        assert "fewer than 5" in labels[0] and "fewer than 5" not in "".join(labels[1:])
        assert [labels.index(label) for label in labels] == [0, 1, 1, 3, 3, 5, 5, 7, 7]
        assert widths == sorted(widths) and len(set(widths)) == 5


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"SITE": "Hotel Palm", "PURPOSE": "  "}, "for a written purpose"),
        ({"SITE": "Hotel Palm", "PURPOSE": "Test"}, "“Test” is no sentence"),
        ({"SITE": "Hotel Palm", "LINKED_CATEGORIES": "zoo"}, "There is no category “zoo”; near it: "),
        ({"SITE": "Hotel Palm", "LINKED_COUNTRIES": "QQ"}, "There is no country “QQ”"),
        ({"SITE": "Hotel Palm", "LINKED_CATEGORIES": "hotel", "LINKED_COUNTRIES": "RU"}, "No site of hotel lies in RU"),
        ({"SITE": "Hotel Palm", "START": "2022-07-03", "END": "2022-07-03"}, "has no data"),
    ],
)
def test_bad_queries_end_with_a_sentence(provider, world, more, says):
    with pytest.raises(QgsProcessingException, match=says):
        run("tracebackitineraries", {**world, **outputs(**more)})


def test_a_query_that_nobody_fits_says_so(provider, world, tmp_path):
    result, log = run("tracebackitineraries", {
        **world, **outputs(SITE="Town Hall", LINKED_COUNTRIES="RU", START="2023-05-02", END="2023-05-03",
                           ITINERARIES=str(tmp_path / "i.gpkg")),
    })  # fmt: skip
    assert result["COUNT"] == 0
    assert "No device fits" in log


def test_cancelled_while_looking_back_nothing_is_written(provider, world, tmp_path):
    path = tmp_path / "o.gpkg"
    with pytest.raises(QgsProcessingException):
        parameters = {**world, **window(SITE="Hotel Palm", ORIGINS=str(path))}
        run("reachback", parameters, feedback=CancelAt("Looking where they were"))
    assert not path.exists()


def is_null(value: object) -> bool:
    return value is None or value == NULL


def layer_of(path: str) -> QgsVectorLayer:
    return QgsVectorLayer(path, Path(path).stem, "ogr")


def drawn(wkt: str, crs: str) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"Polygon?crs={crs}", "drawn", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromWkt(wkt))
    layer.dataProvider().addFeatures([feature])
    QgsProject.instance().addMapLayer(layer)
    return layer


def findings_layer(rows: list[tuple[int, str, str, str]]) -> QgsVectorLayer:
    fields = "finding_id:integer&field=spot_id:string&field=window_start:string&field=window_end:string"
    layer = QgsVectorLayer(f"Point?crs=EPSG:4326&field={fields}", "findings", "memory")
    for row in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes(list(row))
        layer.dataProvider().addFeatures([feature])
    QgsProject.instance().addMapLayer(layer)
    return layer


def mercator(wkt: str) -> str:
    """Return the WKT in EPSG:3857, by the projection's own formula (radius 6,378,137 m)."""
    from shapely import wkt as texts
    from shapely.ops import transform

    def project(lon, lat):
        lon, lat = np.asarray(lon), np.asarray(lat)
        return np.radians(lon) * 6_378_137.0, np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) * 6_378_137.0

    return transform(project, texts.loads(wkt)).wkt
