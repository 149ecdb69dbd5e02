"""The log of a study: whatever was changed in the file is told, and what only looks like a change is not."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import sqlite3
import struct
from pathlib import Path

import pytest
import shapely.wkb
from data.test_geopackage import ThreeRows, make_results, make_study
from forged_files import change
from osgeo import gdal, ogr
from qgis.core import QgsProject, QgsVectorLayer
from shapely.affinity import translate
from sitelight.plugin.data.audit_log import UNPROVEN, append_audit, check_study, short_seal
from sitelight.plugin.data.content_hashes import BLOCK_ROWS, hash_rows, hash_tables
from sitelight.plugin.data.geopackage import copy_results, read_results, write_results
from sitelight.plugin.data.run_record import make_record
from sitelight.plugin.data.signature_files import write_matches
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.tables import SCHEMAS
from sitelight_package import ROOT

TABLES = [name for name in SCHEMAS if name != "audit"]
FORGED = {"text": "forged", "integer": 77, "real": 0.123}


@pytest.fixture(scope="module")
def untouched(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("log") / "study.gpkg"
    results = make_results(4)
    styles = {"heat": (ROOT / "resources/styles/heat.qml").read_text("utf-8")}
    for frame in results.tables.values():  # every row is another one, so that their order can be seen
        column = next(name for name in frame.columns if frame[name].dtype == object and name != "geometry")
        frame[column] = [f"{value} {number}" for number, value in enumerate(frame[column])]
    write_results(results, path, make_record(make_study(), ThreeRows(), results), styles)
    return path


@pytest.fixture
def study(untouched, tmp_path) -> Path:
    return Path(shutil.copy(untouched, tmp_path / "study.gpkg"))


def rows_of_log(path: Path) -> list[dict]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM audit ORDER BY fid")]


def faulty_tables(path: Path, seal: str = "") -> list[str]:
    check = check_study(path, seal=seal)
    assert check.fits == (not check.sentences)
    return [sentence.partition(":")[0] for sentence in check.sentences]


def test_a_study_as_written_fits(study):
    check = check_study(study)
    assert check.fits and check.is_proven and check.sentences == ()
    assert check.seal == rows_of_log(study)[-1]["hash"]
    for row in rows_of_log(study):
        assert set(json.loads(row["detail"])["content"]) == set(SCHEMAS)


@pytest.mark.parametrize("table, column", [(name, column) for name in TABLES for column in SCHEMAS[name].columns])
def test_one_forged_cell_is_told(study, table, column):
    value = FORGED[SCHEMAS[table].columns[column]]
    change(study, (f'UPDATE "{table}" SET "{column}" = ? WHERE fid = 2', (value,)))
    assert faulty_tables(study) == [table]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("attack", [
    "DELETE FROM {t} WHERE fid = 2",
    "DELETE FROM {t}",
    "DELETE FROM {t} WHERE fid % 2",
    "INSERT INTO {t} DEFAULT VALUES",
    "INSERT INTO {t} ({c}) SELECT {c} FROM {t} WHERE fid = 1",
    "UPDATE {t} SET fid = CASE fid WHEN 1 THEN -1 WHEN 2 THEN -2 ELSE fid END WHERE fid IN (1, 2)",
    "UPDATE {t} SET fid = -fid",
    "ALTER TABLE {t} RENAME TO other",
    "ALTER TABLE {t} ADD COLUMN more TEXT",
    "ALTER TABLE {t} RENAME COLUMN {first} TO renamed",
    "DROP TABLE {t}",
    "DELETE FROM gpkg_contents WHERE table_name = '{t}'",
    "UPDATE {t} SET {first} = NULL WHERE fid = 3",
    "UPDATE {t} SET {first} = CAST({first} AS BLOB) WHERE fid = 3",
])
def test_rows_columns_and_tables_that_were_changed_are_told(study, table, attack):
    columns = list(SCHEMAS[table].columns) + (["geom"] if SCHEMAS[table].geometry else [])
    quoted = ", ".join(f'"{name}"' for name in columns)
    change(study, attack.format(t=table, c=quoted, first=f'"{columns[0]}"'))
    assert faulty_tables(study) == [table, *(["other"] if "RENAME TO" in attack else [])]


TRIGGER = "CREATE TRIGGER {name} AFTER UPDATE ON {on} BEGIN {does}; END"


@pytest.mark.parametrize("name, statement", [
    ("evidence", "CREATE TABLE evidence (a)"),
    ("Notes", 'CREATE TABLE "Notes" (fid INTEGER PRIMARY KEY, a TEXT)'),
    ("late", TRIGGER.format(name="late", on="signatures", does="DELETE FROM findings")),
    ("rtree_x", TRIGGER.format(name="rtree_x", on="heat", does='UPDATE OR IGNORE "findings" SET rank = 1')),
    ("rtree_y", TRIGGER.format(name="rtree_y", on="heat", does="DELETE/* rtree_heat_geom */FROM 'findings'")),
    ("gpkg_z", TRIGGER.format(name="gpkg_z", on="audit", does="INSERT OR REPLACE INTO [run] VALUES (1, 'a', 'b')")),
    ("gpkg_notes", "CREATE TABLE gpkg_notes (a)"),
    ("rtree_other", "CREATE TABLE rtree_other (a)"),
    ("gpkg_a'b", 'CREATE TRIGGER "gpkg_a\'b" AFTER UPDATE ON run BEGIN DELETE FROM findings; SELECT \'\'; END'),
    ("still", TRIGGER.format(name="still", on="heat", does="SELECT RAISE(IGNORE)")),
    ("w", TRIGGER.format(name="w", on="run", does="SELECT 'BEGIN'; UPDATE heat -- rtree_\n SET score = 9")),
])
def test_tables_and_triggers_that_were_added_are_told(study, name, statement):
    change(study, statement)
    assert faulty_tables(study) == [name]
    assert "was added." in check_study(study).faults[0]


@pytest.mark.parametrize("table", SCHEMAS)
def test_a_column_of_another_type_is_told(study, table):
    """The values stay as they are: only the declared type differs."""
    column = list(SCHEMAS[table].columns)[0]
    with contextlib.closing(sqlite3.connect(study)) as connection:
        (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        kind = "MEDIUMINT" if "MEDIUMINT" in sql else "INTEGER" if f'"{column}" INTEGER' in sql else "TEXT"
        changed = sql.replace(f'"{column}" {kind}', f'"{column}" BLOB', 1)
        assert changed != sql
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (changed, table))
        connection.commit()
    assert faulty_tables(study) == [table]


def test_tables_that_were_swapped_are_told(study):
    change(study, "ALTER TABLE stops RENAME TO other", "ALTER TABLE findings RENAME TO stops",
           "ALTER TABLE other RENAME TO findings")  # fmt: skip
    assert faulty_tables(study) == ["findings", "stops"]


def test_two_equal_tables_cannot_stand_for_each_other(untouched):
    """The hash of a table holds its name: a table of the same columns and rows does not pass for another."""
    head, rows = ["a", [["x", "TEXT"]]], [(bytearray(b"1"),)]
    assert hash_rows(head, rows) != hash_rows(["b", *head[1:]], rows)
    with contextlib.closing(sqlite3.connect(untouched)) as connection:
        found = hash_tables(connection, SCHEMAS, "audit")
    assert len({one.sha256 for one in found.values()}) == len(SCHEMAS)


@pytest.mark.parametrize("table", [name for name in TABLES if SCHEMAS[name].geometry])
def test_a_shape_moved_by_ten_millionths_of_a_degree_is_told(study, table):
    with contextlib.closing(sqlite3.connect(study)) as connection:
        (blob,) = connection.execute(f"SELECT geom FROM {table} WHERE fid = 1").fetchone()
    moved = translate(shapely.wkb.loads(blob[8:]), 1e-7, 0)
    change(study, (f"UPDATE {table} SET geom = ? WHERE fid = 1", (blob[:8] + shapely.wkb.dumps(moved, srid=None),)))
    assert faulty_tables(study) == [table]


@pytest.mark.parametrize("statement", [
    "UPDATE gpkg_geometry_columns SET srs_id = 0 WHERE table_name = 'heat'",
    "UPDATE gpkg_geometry_columns SET geometry_type_name = 'POINT' WHERE table_name = 'heat'",
    "UPDATE heat SET geom = substr(geom, 1, 4) || x'00000000' || substr(geom, 9) WHERE fid = 1",
])
def test_another_reference_system_is_told(study, statement):
    change(study, statement)
    assert faulty_tables(study) == ["heat"]


def test_settings_changed_in_the_run_record_are_told(study):
    with contextlib.closing(sqlite3.connect(study)) as connection:
        (value,) = connection.execute("SELECT value FROM run WHERE key = 'study'").fetchone()
    settings = {**json.loads(value), "days_before": 99}
    change(study, ("UPDATE run SET value = ? WHERE key = 'study'", (json.dumps(settings),)))
    assert faulty_tables(study) == ["run"]


@pytest.mark.parametrize("statements", [
    ("DELETE FROM audit WHERE seq = 2",),
    ("DELETE FROM audit",),
    ("DELETE FROM audit WHERE seq = 1",),
    ("DELETE FROM audit WHERE seq = 2", "DELETE FROM sqlite_sequence"),
    ("UPDATE audit SET fid = 3 - fid + 10",),
    ("UPDATE audit SET seq = 3 WHERE seq = 2",),
    ("UPDATE audit SET time = '2020-01-01T00:00:00Z' WHERE seq = 1",),
    ("UPDATE audit SET action = 'walk' WHERE seq = 1",),
    ("UPDATE audit SET detail = '{}' WHERE seq = 2",),
    ("UPDATE audit SET detail = x'00' WHERE seq = 2",),
    ("UPDATE audit SET hash = NULL",),
    ("INSERT INTO audit (seq, time, action, detail, previous_hash, hash) SELECT 3, time, action, detail, hash, hash"
     " FROM audit WHERE seq = 2",),
])
def test_a_log_that_was_changed_is_told(study, statements):
    change(study, *statements)
    assert faulty_tables(study) == ["audit"]


def rebuilt(path: Path, with_content: str) -> None:
    """Forge a finding and write the log anew, with hashes of the content "old", "new" or "none"."""
    change(path, "UPDATE findings SET p_value = 1e-9 WHERE fid = 1")
    rows: list[dict] = []
    for row in rows_of_log(path):
        detail = json.loads(row["detail"])
        content, count = detail.pop("content"), detail.pop("log_rows")
        if with_content == "old":
            detail.update(content=content, log_rows=count)
        with contextlib.closing(sqlite3.connect(path)) as connection:
            found = hash_tables(connection, SCHEMAS, "audit") if with_content == "new" else None
        rows = append_audit(rows, row["action"], detail, found, count)
    names = ", ".join(SCHEMAS["audit"].columns)
    change(path, "DELETE FROM audit", "UPDATE sqlite_sequence SET seq = 0 WHERE name = 'audit'", *(
        (f"INSERT INTO audit ({names}) VALUES (?, ?, ?, ?, ?, ?)", tuple(row[name] for name in names.split(", ")))
        for row in rows
    ))  # fmt: skip


def test_a_log_written_anew_is_told_unless_it_is_whole_and_then_by_the_seal(study):
    seal = check_study(study).seal
    kept = study.read_bytes()
    rebuilt(study, "old")
    assert faulty_tables(study) == ["findings"]
    study.write_bytes(kept)
    rebuilt(study, "none")
    assert faulty_tables(study) == ["audit"]
    change(study, "DELETE FROM run WHERE key = 'log_version'")
    check = check_study(study)
    assert not check.fits and check.sentences == (UNPROVEN,)
    study.write_bytes(kept)
    rebuilt(study, "new")
    assert check_study(study).fits  # what a chain without a secret cannot tell
    for given in (seal, short_seal(seal), short_seal(seal).upper().replace("-", " ")):
        (sentence,) = check_study(study, seal=given).sentences
        assert sentence.startswith("The seal is not that of this study")
    study.write_bytes(kept)
    assert check_study(study, seal=short_seal(seal)).fits


@pytest.mark.parametrize("text", ["1a2b", "g" * 24, "the seal", "1a2b-" * 5, "0x" + "1" * 30])
def test_what_is_no_seal_is_refused(study, text):
    with pytest.raises(InputError, match="24 to 64 digits"):
        check_study(study, seal=text)


def test_a_seal_of_an_earlier_step_names_what_came_after(study):
    seal = check_study(study).seal
    matches = read_results(study).tables["signatures"].assign(signature="B")
    write_matches(study, matches, {"signature": "B"})
    assert check_study(study).fits
    (sentence,) = check_study(study, seal=seal).sentences
    assert sentence == "The seal is that of row 2 of 3 of the log and proves nothing of: signatures."
    assert check_study(study, seal=check_study(study).seal).fits
    write_matches(study, matches, {"signature": "B"})
    change(study, "DELETE FROM audit WHERE seq = 4")
    assert faulty_tables(study) == ["audit"]  # the content is that of row 3, and yet a row is missing


@pytest.mark.parametrize("table, is_refused", [("signatures", True), ("findings", False)])
def test_a_change_that_nobody_logged_is_not_taken_into_the_log(study, table, is_refused):
    matches = read_results(study).tables["signatures"].assign(signature="B")
    with contextlib.closing(sqlite3.connect(study)) as connection:
        connection.execute("DROP TRIGGER IF EXISTS trigger_insert_feature_count_signatures")
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? AND name LIKE '%update%'", (table,)
        ).fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute(f"UPDATE {table} SET spot_name = 'forged' WHERE fid = 1")
        connection.commit()
    before = study.read_bytes()
    if is_refused:
        with pytest.raises(InputError, match="does not fit"):
            write_matches(study, matches, {})
        assert study.read_bytes() == before
    else:
        write_matches(study, matches, {})
    assert faulty_tables(study) == [table]


def test_an_earlier_study_is_unproven_and_stays_so(study):
    rows = append_audit((), "run", {})
    change(study, "DELETE FROM run WHERE key = 'log_version'", "DELETE FROM audit WHERE seq = 2",
           "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'audit'",
           ("UPDATE audit SET time = ?, detail = ?, hash = ?", tuple(rows[0][n] for n in ("time", "detail", "hash"))))
    for _step in range(2):
        check = check_study(study)
        assert (check.fits, check.is_proven, check.faults, check.sentences) == (False, False, (), (UNPROVEN,))
        write_matches(study, read_results(study).tables["signatures"].assign(signature="B"), {})
    assert len(read_results(study).tables["findings"]) == 4
    change(study, "UPDATE audit SET action = 'x' WHERE seq = 1")
    assert faulty_tables(study)[0] == "audit" and not check_study(study).is_proven


def test_what_qgis_and_exports_do_to_a_file_is_no_change(study, tmp_path, qgis_new_project):
    seal = check_study(study).seal
    layers = [QgsVectorLayer(f"{study}|layername={name}", name, "ogr") for name in SCHEMAS]
    QgsProject.instance().addMapLayers(layers)
    assert all(layer.isValid() and sum(1 for _row in layer.getFeatures()) for layer in layers)
    for layer in layers:
        if layer.isSpatial():
            layer.saveStyleToDatabase("mine", "a style of the user's", True, "")
        layer.startEditing()
        layer.commitChanges()
    assert check_study(study).fits  # while QGIS has it open
    copy_results(study, tmp_path / "export.gpkg")
    QgsProject.instance().removeAllMapLayers()
    with contextlib.closing(sqlite3.connect(study)) as connection:
        assert connection.execute("SELECT count(*) FROM layer_styles").fetchone()[0] > 1
    dataset = gdal.OpenEx(str(study), gdal.OF_VECTOR | gdal.OF_UPDATE)
    dataset.ExecuteSQL("RECOMPUTE EXTENT ON heat")
    dataset.ExecuteSQL("SELECT DisableSpatialIndex('heat', 'geom')")
    dataset.ExecuteSQL("SELECT CreateSpatialIndex('heat', 'geom')")
    dataset = None
    for path in (study, tmp_path / "export.gpkg"):
        assert check_study(path, seal=seal).fits


def test_layout_of_the_file_is_no_content(study, tmp_path):
    seal = check_study(study).seal
    with contextlib.closing(sqlite3.connect(study)) as connection:
        connection.execute("PRAGMA page_size = 16384")
        connection.execute("VACUUM")
        for name in TABLES:
            connection.execute(f"CREATE INDEX more_{name} ON {name} ({list(SCHEMAS[name].columns)[0]!r})")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.commit()
    assert check_study(study, seal=seal).fits
    change(study, *(f"UPDATE {name} SET fid = fid + 1000" for name in TABLES),
           *(f"UPDATE {name} SET fid = (fid - 1000) * 10" for name in TABLES))  # fmt: skip
    assert check_study(study, seal=seal).fits
    gdal.VectorTranslate(str(tmp_path / "copy.gpkg"), str(study), options="-f GPKG")
    assert check_study(tmp_path / "copy.gpkg", seal=seal).fits


def test_an_envelope_is_no_content_but_any_other_bit_is():
    wkb = ogr.CreateGeometryFromWkt("POINT (2 13)").ExportToWkb(ogr.wkbNDR)
    plain = struct.pack("<2sBBi", b"GP", 0, 1, 4326) + bytes(wkb)
    with_envelope = struct.pack("<2sBBi4d", b"GP", 0, 1 | 1 << 1, 4326, 2, 2, 13, 13) + bytes(wkb)
    big = struct.pack(">2sBBi", b"GP", 0, 0, 4326) + bytes(wkb)
    hashes = [hash_rows([], [(blob,)], 0).sha256 for blob in (plain, with_envelope, big)]
    assert len(set(hashes)) == 1
    for place in range(len(plain)):
        for bit in range(8):
            changed = bytearray(plain)
            changed[place] ^= 1 << bit
            if hash_rows([], [(bytes(changed),)], 0).sha256 == hashes[0]:
                pytest.fail(f"bit {bit} of byte {place} is not hashed")


def test_the_hash_is_that_of_the_format(tmp_path):
    """Written out by hand, so that no other version of the code can count the same study as another one."""
    rows = [(1, 0.5, bytearray("é".encode()), None, b"\x00\xff"), (-2, None, bytearray(b""), 3, None)]
    wanted = hashlib.sha256(b'["t"]' + struct.pack("<q", 2))
    wanted.update(b"ii" + struct.pack("<qq", 1, -2))
    wanted.update(b"rn" + struct.pack("<d", 0.5))
    wanted.update(b"tt" + struct.pack("<qq", 2, 0) + "é".encode())
    wanted.update(b"ni" + struct.pack("<q", 3))
    wanted.update(b"bn" + struct.pack("<q", 2) + b"\x00\xff")
    assert hash_rows(["t"], rows).sha256 == wanted.hexdigest()


def test_rows_beyond_a_block_count_too():
    rows = [(number,) for number in range(BLOCK_ROWS + 3)]
    whole = hash_rows([], rows)
    assert whole.rows == BLOCK_ROWS + 3
    assert hash_rows([], rows[:-1]) != whole and hash_rows([], [*rows[:-1], (-1,)]) != whole
    assert hash_rows([], [*rows[1:], rows[0]]) != whole


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 4096])
def test_what_is_no_study_is_said_to_be_none(tmp_path, content):
    path = tmp_path / "x.gpkg"
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be checked|holds no Sitelight study that can be read"):
        check_study(path)
    assert path.read_bytes() == content and [one.name for one in tmp_path.iterdir()] == ["x.gpkg"]
    with pytest.raises(InputError, match="no file"):
        check_study(tmp_path / "none.gpkg")
