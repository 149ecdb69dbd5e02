"""A damaged or changed study is refused in a sentence that names table and column, before anything is shown of it."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import sqlite3
import subprocess
import sys
from datetime import date

import numpy as np
import pytest
import shapely.wkb
from shapely.geometry import LineString, MultiLineString, Point, Polygon
from sitelight.plugin.data.geopackage import read_results, write_results
from sitelight.plugin.data.record_checks import require_sound_record
from sitelight.plugin.data.run_record import make_record
from sitelight.plugin.data.study_checks import DAYS, MAY_MISS
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.results import Results
from sitelight.plugin.engine.study import Study
from sitelight.plugin.engine.tables import INTEGER, REAL, SCHEMAS, empty_table
from sitelight_package import SHARED

SHAPES = {
    "point": Point(2.1, 13.5), "polygon": Polygon([(2, 13), (3, 13), (2.5, 14)]),
    "line": LineString([(2, 13), (3, 14)]),
    "multiline": MultiLineString([[(2, 13), (3, 14)], [(4, 15), (5, 16)]]),
}  # fmt: skip


class Source:
    """Stands where a source stands in the record: a name and plain values."""

    name = "pings.csv"

    def describe(self) -> dict:
        return {"path": "pings.csv", "columns": {"device": "maid", "accuracy": None}}


def record() -> dict:
    return make_record(Study((date(2023, 7, 26),), purpose="to test what is damaged"), Source(), Results(tables={}))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a study with three rows in every table."""
    tables = {}
    for name, schema in SCHEMAS.items():
        if name in ("run", "audit"):
            continue
        frame = empty_table(name).reindex(range(3))
        for column, kind in schema.columns.items():
            frame[column] = "2023-07-26" if column in DAYS else {INTEGER: 7, REAL: 0.25}.get(kind, "text")
        if schema.geometry:
            frame["geometry"] = [shapely.wkb.dumps(SHAPES[schema.geometry])] * 3
        tables[name] = frame
    path = tmp_path_factory.mktemp("whole") / "study.gpkg"
    write_results(Results(tables), path, record(), {})
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')  # they call functions that only GDAL has
        connection.commit()
    return path.read_bytes()


@pytest.fixture()
def study(tmp_path, whole):
    path = tmp_path / "study.gpkg"
    path.write_bytes(whole)
    return path


def change(path, statement: str, *values) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(statement, values)
        connection.commit()


def refused(path) -> str:
    with pytest.raises(InputError) as caught:
        read_results(path)
    told = str(caught.value)
    assert told.endswith(".") and "\n" not in told and len(told) < 400
    return told


def test_a_sound_study_is_read(study):
    assert {len(table) for name, table in read_results(study).tables.items() if name not in ("run", "audit")} == {3}


COLUMNS = [(name, column, kind) for name, schema in SCHEMAS.items() for column, kind in schema.columns.items()]
WRONG = {"text": (b"x", 5.5), "integer": ("x", 1.5, b"x", None), "real": ("x", b"", float("inf"), 1e301)}


@pytest.mark.parametrize(("table", "column", "kind"), COLUMNS)
def test_a_value_of_another_kind_is_named(study, whole, table, column, kind):
    if table in ("run", "audit"):
        wrong = (b"x",)
    elif column == "finding_id" and table in ("heat", "itineraries"):
        wrong = ("x", 1.5, -1)  # none is there where there is no finding
    else:
        wrong = WRONG[kind]
        if column in MAY_MISS:
            wrong = tuple(value for value in wrong if value is not None)
    for value in wrong:
        study.write_bytes(whole)
        change(study, f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = 1', value)
        with contextlib.closing(sqlite3.connect(study)) as connection:
            (kept,) = connection.execute(f'SELECT typeof("{column}") FROM "{table}" WHERE rowid = 1').fetchone()
        if kept == kind:  # SQLite made it what the column holds
            continue
        assert f"The table {table} of study.gpkg holds 1 wrong values in {column}" in refused(study)


@pytest.mark.parametrize(("table", "column", "value"), [
    ("findings", "key_date", "2023-02-31"), ("findings", "key_date", None), ("findings", "window_start", "0000-01-01"),
    ("heat", "window_end", "26 July"), ("heat", "q_value", 1.5), ("findings", "p_value", -0.1),
    ("legs", "confidence", 7.0), ("findings", "rank", -1), ("findings", "devices", -2**63), ("origins", "share", 2.0),
    ("signatures", "key_date", ""),
])  # fmt: skip
def test_a_value_beyond_its_range_is_named(study, table, column, value):
    change(study, f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = 2', value)
    told = refused(study)
    assert column in told or "cannot be read" in told


@pytest.mark.parametrize("table", [name for name, schema in SCHEMAS.items() if schema.geometry])
def test_a_geometry_that_is_none_is_named(study, whole, table):
    kind = SCHEMAS[table].geometry
    header = b"GP\x00\x01" + (4326).to_bytes(4, "little")
    far = [shapely.wkb.dumps(Point(*xy)) for xy in ((2.1, np.inf), (1e6, 2), (np.nan, np.nan))]
    other = shapely.wkb.dumps(SHAPES["polygon" if kind != "polygon" else "point"])
    good = shapely.wkb.dumps(SHAPES[kind])
    for blob in (*far, other, good[:-5], good[:3], b"\xff" * 40):
        study.write_bytes(whole)
        change(study, f'UPDATE "{table}" SET geom = ? WHERE rowid = 1', header + blob)
        assert table in refused(study)
    study.write_bytes(whole)
    change(study, f'UPDATE "{table}" SET geom = NULL WHERE rowid = 1')
    if kind in ("line", "multiline"):
        assert read_results(study).tables[table]["geometry"].isna().tolist() == [True, False, False]
    else:
        assert table in refused(study)


@pytest.mark.parametrize(("path", "value"), [
    (("study",), []), (("study",), "x"), (("study", "key_dates"), 3), (("study", "key_dates"), ["2023-02-31"]),
    (("study", "key_dates"), [None]), (("study", "days_before"), "two"), (("study", "days_before"), 10**12),
    (("study", "sites"), 5), (("study", "sites"), {"count": "many"}), (("study", "screening"), []),
    (("study", "screening", "keep_device_ids"), "yes"), (("study", "cell_size_m"), None), (("study", "who"), "abroad"),
    (("study", "behaviors"), {"who": 1}), (("study", "linked_categories"), [["x"]]), (("source",), None),
    (("source", "columns"), ["a"]), (("source", "columns"), {"device": 3}), (("source", "name"), 7),
    (("source", "path"), {}), (("notes",), "x"), (("notes",), [None]), (("purpose",), None), (("finished",), 5),
    (("counts",), {"findings": "x"}), (("versions",), []),
])  # fmt: skip
def test_a_wrong_entry_of_the_run_record_is_named(study, path, value):
    content = json.loads(json.dumps(record()))
    owner = content
    for step in path[:-1]:
        owner = owner[step]
    owner[path[-1]] = value
    change(study, "UPDATE run SET value = ? WHERE key = ?", json.dumps(content[path[0]]), path[0])
    told = refused(study)
    assert "run record of study.gpkg has a wrong value" in told
    assert any(f"“{step}”" in told for step in path)


def test_the_record_that_is_written_is_sound_and_what_is_unknown_is_passed():
    require_sound_record(json.loads(json.dumps(record())), "x")
    require_sound_record({}, "x")
    require_sound_record({"later": {"a": [1]}, "study": {"later": None}}, "x")


@pytest.mark.parametrize("text", ["", "{", "NaN", "1e999", "9" * 5000, "[" * 100_000, '"\\ud800"'])
def test_a_record_that_is_no_json_is_refused(study, text):
    change(study, "UPDATE run SET value = ? WHERE key = 'notes'", text)
    assert "The run record of study.gpkg" in refused(study)


def read_in_a_process(study) -> subprocess.CompletedProcess:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\nimport sitelight_package\nsitelight_package.load()\n"
        "from sitelight.plugin.data.geopackage import read_results\nread_results(sys.argv[2])"
    )
    words = [sys.executable, "-c", code, os.path.dirname(os.path.dirname(__file__)), str(study)]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def test_a_table_that_is_a_query_is_never_asked(study):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT was.* FROM n, was WHERE i < 0"
    change(study, "ALTER TABLE heat RENAME TO was")
    change(study, f"CREATE VIEW heat AS {endless}")
    done = read_in_a_process(study)
    assert "InputError" in done.stderr and "heat" in done.stderr


@pytest.mark.parametrize("name", ["", "key", "FID2"])
def test_a_table_with_another_key_is_refused_before_it_is_read(study, name):
    """On a key without a name GDAL's Arrow stream ends the process: this is asked of a process of its own."""
    change(study, f'ALTER TABLE explanations RENAME COLUMN fid TO "{name}"')
    done = read_in_a_process(study)
    assert "InputError" in done.stderr and "another key" in done.stderr


def test_a_missing_table_or_column_is_said(study, whole):
    change(study, "ALTER TABLE findings DROP COLUMN sentence")
    assert "findings has no column sentence" in refused(study)
    study.write_bytes(whole)
    change(study, "DROP TABLE heat")
    refused(study)


def test_a_study_that_another_program_has_locked_is_told(study):
    with contextlib.closing(sqlite3.connect(study, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "locked" in refused(study)
    assert len(read_results(study).tables["findings"]) == 3


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not on this machine")
@pytest.mark.parametrize("name", ["study_0446_b2_flip", "study_0530_blob_findings_sentence"])
def test_damaged_studies_of_the_shared_data_are_refused(tmp_path, name):
    path = tmp_path / "study.gpkg"
    path.write_bytes(gzip.decompress((SHARED / "damaged" / f"{name}.gpkg.gz").read_bytes()))
    refused(path)
