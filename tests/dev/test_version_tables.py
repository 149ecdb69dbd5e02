"""What two versions of QGIS made differs as soon as one cell, column, file or word of the log does."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from dev import version_tables

CHANGES = {
    "a last digit": "UPDATE findings SET expected = expected + 1e-15",
    "a type": "UPDATE findings SET expected = CAST(expected AS BLOB)",
    "a row": "DELETE FROM findings WHERE devices = 3",
    "a column": "ALTER TABLE findings ADD COLUMN more TEXT",
    "a table": "CREATE TABLE more (a TEXT)",
    "a run record": "UPDATE run SET value = 'another' WHERE key = 'grid'",
}


@pytest.fixture
def folders(tmp_path) -> tuple[Path, Path]:
    """Two folders with the same study and the same file, as two versions would make them."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    with contextlib.closing(sqlite3.connect(one / "study.gpkg")) as file:
        file.executescript(
            "CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT);"
            "CREATE TABLE gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id);"
            "CREATE TABLE gpkg_spatial_ref_sys (srs_id, organization, organization_coordsys_id);"
            "CREATE TABLE findings (fid INTEGER PRIMARY KEY, devices INTEGER, expected REAL);"
            "INSERT INTO findings (devices, expected) VALUES (7, 0.1), (3, 2.5);"
            "CREATE TABLE run (key TEXT, value TEXT);"
            "INSERT INTO run VALUES ('grid', '5 km'), ('started', '12:00'), ('versions', 'QGIS 3.22');"
        )
    (one / "findings.csv").write_text("7,0.1\n")
    shutil.copytree(one, other)
    return one, other


def differ(one: Path, other: Path) -> bool:
    for folder in (one, other):
        told = {"versions": {}, "hashes": version_tables.hashes_of(folder)}
        (folder / version_tables.HASHES).write_text(json.dumps(told))
    return version_tables.compare(one, other)


def change(folder: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / "study.gpkg")) as file:
        file.execute(statement)
        file.commit()


def test_the_same_is_the_same(folders):
    change(folders[1], "UPDATE run SET value = 'another' WHERE key IN ('started', 'versions')")
    change(folders[1], "VACUUM")
    assert not differ(*folders)


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_a_change_is_told(folders, capsys, statement):
    change(folders[1], statement)
    assert differ(*folders)
    assert "study.gpkg" in capsys.readouterr().out
    assert differ(*folders[::-1])


def test_another_or_a_missing_file_is_told(folders, capsys):
    (folders[1] / "findings.csv").write_text("7,0.10\n")
    assert differ(*folders)
    (folders[1] / "findings.csv").unlink()
    assert differ(*folders)
    assert differ(*folders[::-1])
    assert capsys.readouterr().out.count("findings.csv DIFFERS") == 3
