"""Exports: what goes in comes out to the last digit, QGIS opens it, and nothing of anyone else is replaced."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import zipfile
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import networkx
import numpy as np
import pandas as pd
import pytest
import shapely.wkb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from osgeo import gdal
from osgeo_utils.samples import validate_gpkg
from qgis.core import QgsVectorLayer
from shapely.geometry import LineString, MultiLineString, Point
from sitelight.plugin.data.audit_log import check_study, short_seal
from sitelight.plugin.data.exports import FORMATS, export_network, export_study
from sitelight.plugin.data.geopackage import read_results, write_results
from sitelight.plugin.data.result_styles import read_styles
from sitelight.plugin.engine.base import Cancelled, InputError, Progress
from sitelight.plugin.engine.networks import LINK_COLUMNS, PLACE_COLUMNS
from sitelight.plugin.engine.results import Results
from sitelight.plugin.engine.tables import INTEGER, REAL, SCHEMAS, empty_table

STEPS = [{"action": "run", "detail": {}}]
DAYS = ("key_date", "window_start", "window_end")
SHARES = ("p_value", "q_value", "confidence")
TABLES = ("findings", "events", "itineraries", "stops", "legs")
KINDS = ("geojson", "csv", "gpx", "kml", "bundle", "study")
GPX, KML = "{http://www.topografix.com/GPX/1/1}", "{http://www.opengis.net/kml/2.2}"
OURS = "{urn:sitelight:study:1}"

degrees = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
# What SQLite and UTF-8 hold; XML cannot hold all of it and is asked for less below.
letters = st.characters(blacklist_categories=("Cs",), blacklist_characters="\0")
hard = st.sampled_from(["=1+1", "'=x", '"a", b', "<b>&amp;</b>", "-3", "two\nlines", "\r", " x ", "@", "'"])
texts, words = st.one_of(st.none(), st.text(letters, max_size=12), hard), st.text(letters, min_size=1, max_size=12)
integers, reals = st.integers(0, 2**31 - 1), st.floats(-1e300, 1e300)
days = st.dates(date(1, 1, 1)).map(date.isoformat)
moments = st.integers(-62_000_000_000_000, 253_000_000_000_000)


def shapes(kind):
    lines = st.lists(degrees, min_size=2, max_size=4).map(LineString)
    several = st.lists(lines, min_size=1, max_size=3).map(MultiLineString)
    made = {"point": degrees.map(Point), "line": lines, "multiline": several}
    return made[kind].map(shapely.wkb.dumps)


def rows_of(name):
    values = {
        column: moments if column.endswith("_ms") else {INTEGER: integers, REAL: reals}.get(kind, texts)
        for column, kind in SCHEMAS[name].columns.items()
    }
    # What a study may hold, so that it is read.
    values.update({column: days for column in values if column in DAYS})
    values.update({column: st.floats(0, 1) for column in values if column in SHARES})
    return st.lists(st.fixed_dictionaries({**values, "geometry": shapes(SCHEMAS[name].geometry)}), max_size=8)


def study_of(folder: Path, **rows) -> Path:
    tables = {
        name: pd.DataFrame(rows[name], columns=[*SCHEMAS[name].columns, "geometry"], dtype=object)
        if rows.get(name) else empty_table(name)
        for name in TABLES
    }  # fmt: skip
    path = folder / "étude 1.gpkg"
    write_results(Results(tables), path, {"study": {}, "versions": {"sitelight": "1"}, "audit": STEPS}, read_styles())
    return path


def plain(row: dict) -> dict:
    """Return the values of a row as they may be told: no count of devices below five, nor what tells it."""
    told = {name: "" if value is None else value for name, value in row.items() if name != "geometry"}
    counts = {"observed": ("devices", "ratio"), "n_same_route": ()} if "title" not in row else {"devices": ()}
    for count, others in counts.items():
        if count in told and (told[count] < 5):
            told.update(dict.fromkeys((count, *others)))
    return told


def xml_plain(value):
    """Return what XML can hold of a value."""
    if not isinstance(value, str):
        return value
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", value)


def typed(name: str, texts: dict) -> dict:
    """Return values of a row by the types of its table; what is not there is None."""
    to = {INTEGER: lambda text: int(float(text)) if "." in text else int(text), REAL: float}
    return {
        column: to.get(kind, str)(texts[column]) if texts.get(column) is not None else None
        for column, kind in SCHEMAS[name].columns.items()
    }


def expected(rows: list[dict]) -> list[dict]:
    return [{name: xml_plain(value) for name, value in plain(row).items()} for row in rows]


SLOW = settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.mark.parametrize("table", ["findings", "events"])
@SLOW
@given(st.data())
def test_findings_and_events_come_out_of_geojson_and_csv_as_they_went_in(table, data):
    rows = data.draw(rows_of(table))
    with TemporaryDirectory() as name:
        folder = Path(name)
        source = study_of(folder, **{table: rows})
        for kind in ("geojson", "csv"):
            export_study(kind if table == "findings" else f"events_{kind}", source, folder / f"out.{kind}")
        content = json.loads((folder / "out.geojson").read_text(encoding="utf-8"))
        assert [feature["properties"] for feature in content["features"]] == [plain(row) for row in rows]
        points = [shapely.wkb.loads(row["geometry"]) for row in rows]
        assert [feature["geometry"]["coordinates"] for feature in content["features"]] == [[p.x, p.y] for p in points]
        read = read_csv(folder / "out.csv")
        assert [typed(table, row) for row in read] == [plain(row) for row in rows]
        assert [(float(row["lon"]), float(row["lat"])) for row in read] == [(p.x, p.y) for p in points]
        assert [row["WKT"] for row in read] == [f"POINT ({p.x!r} {p.y!r})" for p in points]


def read_csv(path: Path) -> list[dict]:
    """Read what we wrote: an empty field is None, a text has its apostrophe taken off."""
    text = path.read_bytes().decode("utf-8")
    # Python's reader makes no difference between nothing and "": mark the latter.
    marked = re.sub(r'(?<=[,\n])""(?=[,\r])', '"\x00"', text)
    rows = list(csv.reader(marked.splitlines(keepends=True)))
    names = rows[0]
    read = []
    for row in rows[1:]:
        values = [None if value == "" else value.replace("\x00", "") for value in row]
        values = [value[1:] if value and re.match(r"'+[=+\-@\t\r]", value) else value for value in values]
        read.append(dict(zip(names, values)))
    return read


@SLOW
@given(rows_of("itineraries"), rows_of("stops"), rows_of("legs"))
def test_itineraries_come_out_of_gpx_and_kml_as_they_went_in(itineraries, stops, legs):
    with TemporaryDirectory() as name:
        folder = Path(name)
        rows = {"itineraries": itineraries, "stops": stops, "legs": legs}
        source = study_of(folder, **rows)
        for kind in ("gpx", "kml"):
            export_study(kind, source, folder / f"out.{kind}")
        gpx = ElementTree.parse(folder / "out.gpx").getroot()
        for table, tag in (("stops", "wpt"), ("legs", "rte"), ("itineraries", "trk")):
            found = [
                {one.tag.removeprefix(OURS): one.text or "" for one in part.find(f"{GPX}extensions")}
                for part in gpx.findall(f"{GPX}{tag}")
            ]
            assert [typed(table, values) for values in found] == expected(rows[table])
        assert [(float(at.get("lon")), float(at.get("lat"))) for at in gpx.findall(f"{GPX}wpt")] == [
            shapely.wkb.loads(row["geometry"]).coords[0] for row in stops
        ]
        kml = ElementTree.parse(folder / "out.kml").getroot()
        for table, part in zip(("itineraries", "stops", "legs"), kml.iter(f"{KML}Folder")):
            marks = part.findall(f"{KML}Placemark")
            found = [{one.get("name"): one.text or "" for one in mark.iter(f"{KML}SimpleData")} for mark in marks]
            assert [typed(table, values) for values in found] == expected(rows[table])
            drawn = [[at.text for at in mark.iter(f"{KML}coordinates")] for mark in marks]
            assert drawn == [[" ".join(f"{x!r},{y!r}" for x, y in line) for line in lines(row)] for row in rows[table]]


def lines(row: dict) -> list:
    shape = shapely.wkb.loads(row["geometry"])
    return [list(part.coords) for part in getattr(shape, "geoms", [shape])]


@pytest.fixture
def study(tmp_path) -> Path:
    """Two itineraries of two stops and one leg each, three findings, one with a hostile name, and two events."""
    start = 1_690_372_800_250
    base = {"sentence": "12 devices after 3", "spot_name": "Hôtel", "category": "hotel"}
    base.update(dict.fromkeys(DAYS, "2023-07-26"), **dict.fromkeys(SHARES, 0.25))

    def filled(name, number, **known):
        schema = SCHEMAS[name]
        values = {column: {INTEGER: number, REAL: number / 3}.get(kind, "") for column, kind in schema.columns.items()}
        return {**values, **{key: value for key, value in {**base, **known}.items() if key in schema.columns}}

    findings = [filled("findings", n, geometry=None) for n in (11, 12, 3)]  # three are too few to be told
    for n, row in enumerate(findings):
        row["geometry"] = shapely.wkb.dumps(Point(2.1 + n / 7, 13.5 + n / 9))
    findings[1]["spot_name"] = "<script>alert(1)</script> & <img src=http://x.example/a.png>"
    itineraries, stops, legs = [], [], []
    for n in (1, 2):
        way = LineString([(2, 13 + n), (3, 14 + n)])
        row = filled("itineraries", n, started_ms=start, finished_ms=start + 10)
        itineraries.append({**row, "geometry": shapely.wkb.dumps(MultiLineString([way]))})
        leg = filled("legs", n, mode="air", departed_after_ms=start, arrived_before_ms=start + 5)
        legs.append({**leg, "geometry": shapely.wkb.dumps(way)})
        for seq, at in enumerate(way.coords):
            stop = filled("stops", n, seq=seq, arrived_ms=start + seq, departed_ms=start + seq + 1)
            stop["seq"] = seq
            stops.append({**stop, "geometry": shapely.wkb.dumps(Point(at))})
    events = [{**filled("events", n), "geometry": shapely.wkb.dumps(Point(2 + n, 13))} for n in (21, 22)]
    return study_of(tmp_path, findings=findings, events=events, itineraries=itineraries, stops=stops, legs=legs)


# The network as GraphML is none of QGIS's formats: it is read again by networkx above.
LAYERS = {
    "events_geojson": {"": ("Point", 2)},
    "events_csv": {"": ("Point", 2)},
    "geojson": {"": ("Point", 3)},
    "csv": {"": ("Point", 3)},
    "gpx": {"waypoints": ("Point", 4), "routes": ("LineString", 2), "tracks": ("MultiLineString", 2)},
    "kml": {"Itineraries": ("LineString", 2), "Stops": ("Point", 4), "Legs": ("LineString", 2)},
}


@pytest.mark.parametrize(("kind", "layer"), [(kind, layer) for kind, found in LAYERS.items() for layer in found])
def test_qgis_opens_it_with_right_counts_and_shapes(study, tmp_path, kind, layer):
    shape, count = LAYERS[kind][layer]
    path = tmp_path / f"out{FORMATS[kind].suffix}"
    export_study(kind, study, path)
    opened = QgsVectorLayer(f"{path}|layername={layer}" if layer else str(path), "opened", "ogr")
    assert opened.isValid() and opened.featureCount() == count
    features = list(opened.getFeatures())
    kinds = {feature.geometry().asWkt().split(" ")[0].removesuffix("Z") for feature in features}
    assert kinds <= {shape, f"Multi{shape}"} and len(kinds) == 1
    if not kind.endswith("csv"):  # a CSV file has no way to say its CRS
        assert opened.crs().authid() == "EPSG:4326"
    if kind in ("geojson", "csv"):
        (first,) = (feature for feature in features if str(feature["finding_id"]) == "11")
        assert first.geometry().asPoint().x() == 2.1 and float(first["expected"]) == 11 / 3
    if layer == "tracks":
        inner = QgsVectorLayer(f"{path}|layername=track_points", "points", "ogr")
        assert inner.featureCount() == 8  # each stop, when it came and when it went
        times = {feature["time"].toString("yyyy-MM-ddTHH:mm:ss.zzz") for feature in inner.getFeatures()}
        assert "2023-07-26T12:00:00.250" in times
        assert {feature["sitelight_started_ms"] for feature in features} == {1_690_372_800_250.0}
    if layer == "Stops":
        assert {feature["arrived_ms"] for feature in features} == {1_690_372_800_250.0, 1_690_372_800_251.0}


def faults(path: Path) -> list[str]:
    """Return what GDAL's validator finds wrong, warnings too."""
    validator = validate_gpkg.GPKGChecker(str(path), False, True, warning_as_error=True)
    validator.check()
    return [str(error) for error in validator.errors]


@pytest.mark.parametrize("kind", ["study", "bundle"])
def test_the_study_that_is_exported_is_one_by_the_standard_and_opens_whole(study, tmp_path, kind):
    path = tmp_path / "out.gpkg"
    export_study(kind, study, path if kind == "study" else tmp_path / "out.zip")
    if kind == "bundle":
        with zipfile.ZipFile(tmp_path / "out.zip") as archive:
            path.write_bytes(archive.read("study.gpkg"))
    assert faults(path) == []
    tables = {name: table for name, table in read_results(study).tables.items() if len(table)}
    assert set(tables) >= set(TABLES)
    counts = {}
    for name in tables:
        layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
        assert layer.isValid()
        counts[name] = (layer.featureCount(), len(list(layer.getFeatures())))
    assert counts == {name: (len(table), len(table)) for name, table in tables.items()}


def test_every_export_is_opened_here():
    assert {*LAYERS, "study", "bundle", "graphml"} == set(FORMATS)


def test_hidden_counts_stay_hidden_and_texts_are_texts(study, tmp_path):
    for kind in ("geojson", "csv", "bundle"):
        export_study(kind, study, tmp_path / f"out{FORMATS[kind].suffix}")
    content = json.loads((tmp_path / "out.geojson").read_text(encoding="utf-8"))
    assert [feature["properties"]["devices"] for feature in content["features"]] == [11, 12, None]
    assert read_csv(tmp_path / "out.csv")[2]["devices"] is None
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        report = archive.read("report.html").decode("utf-8")
    assert "<script" not in report and "<img" not in report and "&lt;script&gt;" in report
    assert "nan" not in report.lower().replace("financ", "")


def test_the_bundle_holds_the_study_a_report_and_right_sums(study, tmp_path):
    target = tmp_path / "evidence.zip"
    export_study("bundle", study, target)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    assert set(files) == {"study.gpkg", "report.html", "SHA256SUMS"}
    sums = dict(line.split("  ")[::-1] for line in files["SHA256SUMS"].decode().splitlines())
    assert sums == {name: hashlib.sha256(files[name]).hexdigest() for name in ("study.gpkg", "report.html")}
    report = files["report.html"].decode("utf-8")
    for part in ("12 devices after 3", "Limits", "A device is not a person", "Screening", "Record of the run"):
        assert part in report
    assert not re.search(r"(src|href|url)\s*[=(]", re.sub(r"&lt;.*?&gt;", "", report))
    (tmp_path / "again.gpkg").write_bytes(files["study.gpkg"])
    check = check_study(tmp_path / "again.gpkg")
    assert check.fits and short_seal(check.seal) in report  # the project inside goes by its name: no table is touched
    pd.testing.assert_frame_equal(
        read_results(tmp_path / "again.gpkg").tables["findings"], read_results(study).tables["findings"]
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_replaces_an_earlier_one_and_nothing_else(study, tmp_path, kind):
    target = tmp_path / f"out{FORMATS[kind].suffix}"
    export_study(kind, study, target)
    export_study(kind, study, target)
    mine = tmp_path / f"mine{FORMATS[kind].suffix}"
    mine.write_text("a file of the analyst")
    with pytest.raises(InputError, match="not known as an earlier result"):
        export_study(kind, study, mine)
    assert mine.read_text() == "a file of the analyst"
    with pytest.raises(InputError, match="is open"):
        export_study(kind, study, target, [f"{target}|layername=x"])
    with pytest.raises(InputError, match="is open"):
        export_study(kind, study, study)
    left = os.listdir(tmp_path)
    assert not [name for name in left if name.startswith(".sitelight") or name.endswith(("-wal", "-shm"))]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "study"])
def test_a_cancelled_export_leaves_what_was_there(study, tmp_path, kind):
    target = tmp_path / f"out{FORMATS[kind].suffix}"
    export_study(kind, study, target)
    before = target.read_bytes()
    with pytest.raises(Cancelled):
        export_study(kind, study, target, progress=Progress(is_cancelled=lambda: True))
    assert target.read_bytes() == before


def test_no_study_is_said(tmp_path):
    text = tmp_path / "text.gpkg"
    text.write_text("none")
    for kind in ("geojson", "bundle"):
        with pytest.raises(InputError):
            export_study(kind, text, tmp_path / f"out{FORMATS[kind].suffix}")
    assert os.listdir(tmp_path) == ["text.gpkg"]


@SLOW
@given(st.data())
def test_networks_come_out_of_graphml_as_they_went_in(data):
    count = data.draw(st.integers(2, 5))
    ends = st.integers(0, count - 1)
    pairs = data.draw(st.lists(st.tuples(ends, ends), max_size=count, unique=True))

    def table(columns, rows, geometry):
        values = {INTEGER: integers, REAL: st.one_of(st.just(np.nan), reals)}
        frame = pd.DataFrame({
            name: data.draw(st.lists(values.get(kind, words), min_size=rows, max_size=rows))
            for name, kind in columns.items()
        })  # fmt: skip
        frame["geometry"] = pd.Series(
            data.draw(st.lists(shapes(geometry), min_size=rows, max_size=rows)), dtype=object
        )
        return frame

    places, links = table(PLACE_COLUMNS, count, "point"), table(LINK_COLUMNS, len(pairs), "line")
    places["spot_id"] = [f"cell <{number}> é" for number in range(count)]
    links["from_id"], links["to_id"] = ([places["spot_id"][pair[end]] for pair in pairs] for end in (0, 1))
    with TemporaryDirectory() as name:
        path = Path(name) / "network.graphml"
        export_network(path, places, links, "flows")
        export_network(path, places, links, "flows")
        read = networkx.read_graphml(path)
    assert read.is_directed() and set(read.nodes) == set(places["spot_id"])
    assert sorted(read.edges()) == sorted(zip(links["from_id"], links["to_id"]))
    for row in places.to_dict("records"):
        assert_same(row, read.nodes[row["spot_id"]], PLACE_COLUMNS)
        point = shapely.wkb.loads(row["geometry"])
        assert (read.nodes[row["spot_id"]]["lon"], read.nodes[row["spot_id"]]["lat"]) == (point.x, point.y)
    for row in links.to_dict("records"):
        assert_same(row, read.edges[row["from_id"], row["to_id"]], LINK_COLUMNS)


def assert_same(row, found, columns):
    for name in columns:
        value = row[name]
        if value is None or value != value:
            assert name not in found
        else:
            assert found[name] == xml_plain(value) and isinstance(found[name], type(value))


def test_gdal_reads_gpx_and_kml_without_a_word(study, tmp_path):
    told: list[str] = []
    for kind in ("gpx", "kml", "geojson"):
        path = tmp_path / f"out{FORMATS[kind].suffix}"
        export_study(kind, study, path)
        gdal.PushErrorHandler(lambda _level, _number, text: told.append(text))
        try:
            dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR)
            for number in range(dataset.GetLayerCount()):
                list(dataset.GetLayer(number))
        finally:
            gdal.PopErrorHandler()
    assert told == []
