"""The GeoPackage of a study: whole or not at all, readable by QGIS, and the same when read back."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from datetime import date, datetime, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely.wkb
from osgeo import ogr
from qgis.core import QgsVectorLayer
from seeds import shifted
from shapely.affinity import translate
from shapely.geometry import LineString, MultiLineString, Point, Polygon
from sitelight.plugin.data.audit_log import append_audit, verify_audit
from sitelight.plugin.data.exports import export_study
from sitelight.plugin.data.geopackage import copy_results, read_results, write_results
from sitelight.plugin.data.library import load_library
from sitelight.plugin.data.run_record import make_record
from sitelight.plugin.data.study_checks import DAYS
from sitelight.plugin.engine.base import Cancelled, InputError, Progress
from sitelight.plugin.engine.results import Results
from sitelight.plugin.engine.screening import ScreeningSettings
from sitelight.plugin.engine.study import Study
from sitelight.plugin.engine.tables import INTEGER, REAL, SCHEMAS, empty_table
from sitelight_package import ROOT

SHAPES = {
    "point": Point(2.1, 13.5),
    "polygon": Polygon([(2, 13), (3, 13), (2.5, 14)]),
    "line": LineString([(2, 13), (3, 14)]),
    "multiline": MultiLineString([[(2, 13), (3, 14)], [(4, 15), (5, 16)]]),
}


class ThreeRows:
    """Stands where a source stands in the record: a name and plain values."""

    name = "pings.csv"

    def describe(self) -> dict:
        return {"path": "pings.csv", "rows": np.int64(3)}


def make_results(rows: int = 3) -> Results:
    tables = {}
    for name, schema in SCHEMAS.items():
        if name in ("run", "audit"):
            continue
        frame = empty_table(name).reindex(range(rows))
        for number, (column, kind) in enumerate(schema.columns.items()):
            values = {INTEGER: 1_690_372_800_250 + number, REAL: 0.25}.get(kind, f"Näme {number} — é")
            values = "2023-07-26" if column in DAYS else values
            frame[column] = [values] * rows
        if schema.geometry:
            frame["geometry"] = [shapely.wkb.dumps(SHAPES[schema.geometry])] * rows
        tables[name] = frame
    if rows > 1:
        tables["itineraries"].loc[1, ["device", "finding_id", "geometry"]] = None
    tables["heat"].loc[0, "q_value"] = np.nan
    return Results(tables, notes=("The history is too short.",), run={"rows": 3})


def make_study() -> Study:
    return Study(
        (date(2023, 7, 26),), purpose="test of the writer", screening=ScreeningSettings(keep_device_ids=True)
    )


@pytest.fixture
def written(tmp_path) -> Path:
    path = tmp_path / "study.gpkg"
    results = make_results()
    started = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    styles = {"heat": (ROOT / "resources/styles/heat.qml").read_text("utf-8")}
    write_results(results, path, make_record(make_study(), ThreeRows(), results, started), styles)
    return path


def test_tables_come_back_as_they_went(written):
    back, wanted = read_results(written), make_results()
    assert set(back.tables) == set(SCHEMAS)
    for name, frame in wanted.tables.items():
        read = back.tables[name]
        assert list(read.columns) == list(frame.columns)
        for column, kind in SCHEMAS[name].columns.items():
            if kind in (INTEGER, REAL):
                np.testing.assert_array_equal(read[column].to_numpy(float), frame[column].to_numpy(float))
            else:
                assert read[column].tolist() == frame[column].fillna("").tolist()
        if SCHEMAS[name].geometry:
            shape = shapely.wkb.loads(read["geometry"].iloc[0])
            assert shape.equals(SHAPES[SCHEMAS[name].geometry])
    assert back.tables["stops"]["arrived_ms"].dtype == np.int64
    assert back.notes == wanted.notes


def test_only_the_file_is_left_and_it_is_whole(written):
    assert os.listdir(written.parent) == ["study.gpkg"]
    with sqlite3.connect(written) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        kinds = dict(connection.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall())
        titles = dict(connection.execute("SELECT table_name, identifier FROM gpkg_contents").fetchall())
        shapes = dict(connection.execute("SELECT table_name, geometry_type_name FROM gpkg_geometry_columns").fetchall())
        systems = {row[0] for row in connection.execute("SELECT srs_id FROM gpkg_geometry_columns").fetchall()}
        indexed = {row[0] for row in connection.execute("SELECT table_name FROM gpkg_extensions").fetchall()}
    connection.close()
    assert {name for name, kind in kinds.items() if kind == "features"} == set(shapes)
    assert {name: titles[name] for name in SCHEMAS} == {name: schema.title for name, schema in SCHEMAS.items()}
    assert shapes == {"events": "POINT", "findings": "POINT", "heat": "POLYGON", "itineraries": "MULTILINESTRING",
                      "stops": "POINT", "legs": "LINESTRING", "silences": "LINESTRING",
                      "flows": "MULTILINESTRING", "signatures": "POLYGON",
                      "places": "POLYGON", "look_back_flows": "MULTILINESTRING", "linked_places": "POINT",
                      "links": "MULTILINESTRING"}  # fmt: skip
    assert systems == {4326}
    assert set(shapes) <= indexed


def test_rows_are_found_by_place_and_the_extent_is_known(tmp_path):
    rng = np.random.default_rng(shifted(90_210))
    lon, lat = rng.uniform(-179, 179, 3_000), rng.uniform(-80, 80, 3_000)
    results = make_results(3_000)
    for name, schema in SCHEMAS.items():
        if schema.geometry:
            shape = SHAPES[schema.geometry]
            moved = [translate(shape, x - shape.bounds[0], y - shape.bounds[1]) for x, y in zip(lon, lat)]
            results.tables[name]["geometry"] = [shapely.wkb.dumps(one) for one in moved]
    path = tmp_path / "study.gpkg"
    write_results(results, path, {"audit": []}, {})
    dataset = ogr.Open(str(path))
    for name, schema in SCHEMAS.items():
        layer = dataset.GetLayerByName(name)
        if not schema.geometry:
            continue
        bounds = np.array([shapely.wkb.loads(wkb).bounds for wkb in results.tables[name]["geometry"]])
        assert layer.TestCapability(ogr.OLCFastSpatialFilter)
        whole = [*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0)]
        west, east, south, north = layer.GetExtent(0)
        np.testing.assert_allclose([west, south, east, north], whole, atol=1e-4)
        layer.SetSpatialFilterRect(10, 20, 40, 50)
        found = {feature.GetFID() for feature in layer}
        inside = (bounds[:, 0] <= 40) & (bounds[:, 2] >= 10) & (bounds[:, 1] <= 50) & (bounds[:, 3] >= 20)
        # OGR tests the shapes, not only their bounds: fewer polygons and lines than boxes, and never another one.
        assert found <= set((np.flatnonzero(inside) + 1).tolist())
        assert len(found) > 0.8 * inside.sum() > 0
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM rtree_heat_geom").fetchone() == (3_000,)
    connection.close()


def test_logs_of_an_earlier_file_are_not_played_back_into_the_new_one(tmp_path):
    """A program that was killed leaves its log: SQLite takes it for the log of whatever file stands there."""
    path, left = tmp_path / "study.gpkg", tmp_path / "study.gpkg-wal"
    write_results(make_results(), path, {"audit": []}, {})
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("UPDATE screening SET rows = -1")
        other.commit()
        log = left.read_bytes()
    other.close()
    path.unlink()
    left.write_bytes(log)
    (tmp_path / "study.gpkg-shm").write_bytes(b"")
    (tmp_path / "study.gpkg-journal").write_bytes(b"")
    write_results(make_results(), path, {"audit": []}, {})
    assert os.listdir(tmp_path) == ["study.gpkg"]
    assert read_results(path).tables["screening"].equals(make_results().tables["screening"])


def test_qgis_opens_every_layer_with_its_default_style(written, qgis_new_project):
    for name, schema in SCHEMAS.items():
        layer = QgsVectorLayer(f"{written}|layername={name}", name, "ogr")
        assert layer.isValid() and layer.isSpatial() == (schema.geometry is not None)
        if schema.geometry:
            assert layer.crs().authid() == "EPSG:4326"
    heat = QgsVectorLayer(f"{written}|layername=heat", "heat", "ogr")
    message, loaded = heat.loadDefaultStyle()
    assert loaded, message
    assert heat.temporalProperties().isActive()
    stops = QgsVectorLayer(f"{written}|layername=stops", "stops", "ogr")
    assert not stops.loadDefaultStyle()[1] or stops.listStylesInDatabase()[0] == 0


def test_record_holds_what_makes_the_run_repeatable(written):
    run = read_results(written).run
    assert run["study"]["key_dates"] == ["2023-07-26"] and run["study"]["days_before"] == make_study().days_before
    assert run["source"] == {"name": "pings.csv", "path": "pings.csv", "rows": 3}
    assert run["purpose"] == "test of the writer"
    assert run["started"] == "2026-01-02T03:04:05Z" and run["finished"].endswith("Z")
    assert run["versions"]["numpy"] == np.__version__
    assert run["counts"]["findings"] == 3
    assert date.fromisoformat(run["retain_until"]) > date.today()


def test_audit_log_shows_any_change(written):
    rows = read_results(written).tables["audit"].to_dict("records")
    assert [row["action"] for row in rows] == ["run", "keep device ids"]
    assert verify_audit(rows)
    more = append_audit(rows, "export", {"path": "x.gpkg"})
    assert verify_audit(more) and len(more) == 3
    assert not verify_audit(more[1:]) and not verify_audit(more[::-1])
    for column in ("time", "action", "detail", "previous_hash", "hash", "seq"):
        changed = [dict(row) for row in more]
        changed[1][column] = 7 if column == "seq" else changed[1][column] + "x"
        assert not verify_audit(changed), column


def test_cancel_and_error_leave_what_was_there(written, tmp_path):
    before = written.read_bytes()
    results = make_results(20)
    record = make_record(make_study(), ThreeRows(), results)
    calls = []
    progress = Progress(is_cancelled=lambda: calls.append(1) or len(calls) > 3)
    with pytest.raises(Cancelled):
        write_results(results, written, record, {}, progress)
    broken = Results({**results.tables, "legs": results.tables["legs"].drop(columns="mode")})
    with pytest.raises(KeyError):
        write_results(broken, written, record, {})
    with pytest.raises(Cancelled):
        write_results(results, tmp_path / "new.gpkg", record, {}, Progress(is_cancelled=lambda: True))
    assert written.read_bytes() == before
    assert os.listdir(tmp_path) == ["study.gpkg"]


def test_writing_again_replaces_the_file(written):
    results = make_results(1)
    write_results(results, written, make_record(make_study(), ThreeRows(), results), {})
    assert len(read_results(written).tables["findings"]) == 1


def test_empty_results_can_be_written_and_read(tmp_path):
    results = Results({})
    write_results(results, tmp_path / "empty.gpkg", make_record(make_study(), ThreeRows(), results), {})
    back = read_results(tmp_path / "empty.gpkg")
    assert all(len(back.tables[name]) == 0 for name in ("findings", "heat", "legs", "screening"))


def test_impossible_places_are_refused(tmp_path, written):
    results = make_results(1)
    record = make_record(make_study(), ThreeRows(), results)
    with pytest.raises(InputError, match="does not exist"):
        write_results(results, tmp_path / "no" / "x.gpkg", record, {})
    with pytest.raises(InputError, match="no Sitelight study"):
        plain = tmp_path / "plain.gpkg"
        ogr.GetDriverByName("GPKG").CreateDataSource(str(plain)).CreateLayer("points")
        read_results(plain)
    with pytest.raises(InputError, match="no file"):
        read_results(tmp_path / "none.gpkg")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folder_is_refused(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    results = make_results(1)
    with pytest.raises(InputError, match="cannot be written"):
        write_results(results, folder / "x.gpkg", make_record(make_study(), ThreeRows(), results), {})


def test_copy_takes_what_is_still_in_the_log(written, tmp_path):
    open_file = sqlite3.connect(written)
    open_file.execute("PRAGMA journal_mode = WAL")
    open_file.execute("INSERT INTO screening (reason, rows) VALUES ('late', 5)")
    open_file.commit()
    assert Path(f"{written}-wal").stat().st_size > 0
    target = tmp_path / "copy" / "study copy.gpkg"
    target.parent.mkdir()
    copy_results(written, target)
    open_file.close()
    assert read_results(target).tables["screening"]["reason"].tolist()[-1] == "late"
    assert os.listdir(target.parent) == ["study copy.gpkg"]


def test_copy_never_lands_on_an_open_file(written, tmp_path):
    other = tmp_path / "other.gpkg"
    other.write_bytes(written.read_bytes())
    with pytest.raises(InputError, match="is the study itself"):
        copy_results(written, written)
    for target, open_sources in ((written, []), (other, [f"{other}|layername=findings"])):
        with pytest.raises(InputError, match="is open"):
            export_study("study", written, target, open_sources)
    copy_results(written, other)
    with pytest.raises(InputError, match="cannot be copied"):
        text = tmp_path / "text.gpkg"
        text.write_text("this is none" * 100)
        copy_results(text, tmp_path / "copy.gpkg")
    assert sorted(os.listdir(tmp_path)) == ["other.gpkg", "study.gpkg", "text.gpkg"]


def test_integers_with_gaps_stay_exact_where_they_are_set(written):
    read = read_results(written).tables["itineraries"]["finding_id"]
    assert pd.isna(read[1]) and read[0] == make_results().tables["itineraries"]["finding_id"][0]


def test_the_record_names_the_library_and_keeps_the_key_of_the_pseudonyms_out():
    study = Study(key_dates=(date(2023, 7, 26),), library=load_library(), rekey=b"a key that nobody may read")
    record = make_record(study, ThreeRows(), Results(tables={}))
    told = json.dumps(record)
    assert "nobody may read" not in told and "rekey" not in told
    assert load_library().version in told


def test_a_study_of_an_earlier_version_can_be_read(written):
    """Versions before had no flows, and no routes among the itineraries."""
    with contextlib.closing(sqlite3.connect(written)) as study:
        study.execute("ALTER TABLE itineraries DROP COLUMN route")
        study.execute("ALTER TABLE itineraries DROP COLUMN n_same_route")
        study.execute("DELETE FROM gpkg_contents WHERE table_name = 'flows'")
        study.commit()
    back = read_results(written)
    assert len(back.tables["flows"]) == 0
    assert back.tables["itineraries"]["route"].tolist() == [0, 0, 0]
    assert list(back.tables["itineraries"].columns) == [*SCHEMAS["itineraries"].columns, "geometry"]
    with contextlib.closing(sqlite3.connect(written)) as study:
        study.execute("ALTER TABLE itineraries DROP COLUMN borders")
        study.commit()
    with pytest.raises(InputError, match="has no column borders"):
        read_results(written)
