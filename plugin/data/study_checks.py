"""What a study's GeoPackage must be before its rows are used: whole, of plain tables, with values as they were written.

SQLite keeps any value in any column and a damaged page reads as other values: whatever uses a study's tables trusts
that they were checked here.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

import pandas as pd
from osgeo import ogr

from ..engine.base import InputError
from ..engine.tables import INTEGER, REAL, SCHEMAS, TEXT, TableSchema
from .ogr_files import quiet_ogr

DAYS = ("key_date", "window_start", "window_end", "day")
SHARES = ("p_value", "q_value", "share", "expected_share", "confidence")
WITHOUT_FINDING = ("heat", "itineraries")  # tables in which a row need not belong to a finding
SIGNED = ("days_from_key_date",)  # other whole numbers count something, or are times in ms
MAY_MISS = ("observed", "devices", "n_same_route", "fixes")  # a small count is hidden
_KINDS = {TEXT: "'text', 'null'", INTEGER: "'integer', 'null'", REAL: "'real', 'integer', 'null'"}
_SHAPES = {
    "point": (ogr.wkbPoint,), "polygon": (ogr.wkbPolygon, ogr.wkbMultiPolygon), "line": (ogr.wkbLineString,),
    "multiline": (ogr.wkbMultiLineString, ogr.wkbLineString),
}  # fmt: skip
MOST_LON, MOST_LAT = 540.0, 90.0  # a line that crosses the antimeridian runs on beyond 180 degrees
_ADVICE = "load another copy of the study, or run it again."


def require_plain_tables(source: Path) -> None:
    """Raise InputError for a file that does more than hold tables when it is read, or names things in HTML.

    Views and virtual tables can call what reaches the network, and QGIS shows names and descriptions of columns, and
    paths, as HTML.
    """
    if "<" in str(source):
        raise InputError(f"The path {source} has a “<” in it, which QGIS takes for HTML: rename the file or folder.")
    asked = (
        "SELECT name FROM sqlite_master WHERE type = 'view' OR"
        " (type = 'table' AND sql LIKE 'CREATE VIRTUAL%' AND sql NOT LIKE '%USING rtree%')"
        " UNION SELECT c.name FROM sqlite_master m, pragma_table_xinfo(m.name) c WHERE m.type = 'table'"
        " AND instr(c.name, '<')"
    )
    described = (
        "SELECT column_name FROM gpkg_data_columns"
        " WHERE instr(coalesce(name, '') || coalesce(title, '') || coalesce(description, ''), '<')"
    )
    try:
        with contextlib.closing(sqlite3.connect(source)) as connection:
            found = connection.execute(asked).fetchall()
            has_words = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'gpkg_data_columns'").fetchone()
            if has_words and not found:  # a view of that name could run for ever
                found = connection.execute(described).fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:  # a message that quotes damaged text cannot be read
        raise InputError(
            f"{source.name} holds no Sitelight study that can be read ({error}): choose a GeoPackage of Sitelight's."
        ) from error
    if found:
        raise InputError(f"{source.name} has “{found[0][0]}”, which Sitelight did not write: load the study as it was.")


def require_sound_tables(path: Path) -> None:
    """Raise InputError naming the first table and column of a GeoPackage whose values are not as Sitelight writes them.

    Tables and columns that are missing are left to the reader.
    """
    with open(path, "rb") as file:
        if file.read(16) != b"SQLite format 3\x00":
            raise InputError(f"{path.name} is no GeoPackage: choose one that Sitelight wrote.")
    try:
        with contextlib.closing(_connect(path)) as connection:
            _require_whole(connection, path.name)
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (name,) in tables:
                if name in SCHEMAS:
                    _require_values(connection, SCHEMAS[name], path.name)
    except (sqlite3.Error, UnicodeDecodeError) as error:  # a message that quotes damaged text cannot be read
        reason = str(error).rstrip(".")
        advice = "close it in other programs." if "locked" in reason or "busy" in reason else _ADVICE
        raise InputError(f"{path.name} cannot be read ({reason}): {advice}") from error


def require_shapes(schema: TableSchema, table: pd.DataFrame) -> None:
    """Raise InputError if a geometry is missing, of another kind than its table's, broken or beyond the globe.

    Lines alone may be missing.
    """
    kinds = _SHAPES[str(schema.geometry)]
    may_miss = "line" in str(schema.geometry)
    with quiet_ogr():
        # OGR checks one geometry at a time; distinct ones are few beside the rows of heat.
        good = {blob: _is_shape(blob, kinds) for blob in set(table["geometry"].tolist()) if blob is not None}
    good[None] = may_miss
    if not all(good[blob] for blob in set(table["geometry"].tolist())):
        raise InputError(f"The table {schema.name} has a geometry that is missing or damaged: {_ADVICE}")


def _connect(path: Path) -> sqlite3.Connection:
    """Open a file for reading; where it cannot be locked, as on a read-only medium, as one that nobody changes."""
    address = Path(os.path.realpath(path)).as_uri()
    connection = sqlite3.connect(f"{address}?mode=ro", uri=True)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if "open" not in str(error):
            raise
        connection = sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True)
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    return connection


def _require_whole(connection: sqlite3.Connection, name: str) -> None:
    connection.execute("PRAGMA trusted_schema = OFF")
    (told,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if told != "ok":
        raise InputError(f"{name} is damaged: {_ADVICE}")


def _require_values(connection: sqlite3.Connection, schema: TableSchema, name: str) -> None:
    """Count the values that are wrong, column by column in one pass over the table."""
    columns = connection.execute(f"PRAGMA table_info({_quoted(schema.name)})").fetchall()
    there = {row[1] for row in columns}
    if [row[1] for row in columns if row[5]] != ["fid"] or "" in there:  # GDAL's Arrow stream ends QGIS on others
        raise InputError(f"The table {schema.name} of {name} has another key than Sitelight writes: {_ADVICE}")
    conditions = dict(_wrong_values(schema, there))
    if not conditions:
        return
    counts = ", ".join(f"sum({condition})" for condition in conditions.values())
    statement = " ".join(("SELECT", counts, "FROM", _quoted(schema.name)))
    for column, count in zip(conditions, connection.execute(statement).fetchone()):
        if count:
            raise InputError(
                f"The table {schema.name} of {name} holds {count:,} wrong values in {column}: it is damaged or was"
                f" changed; {_ADVICE}"
            )


def _wrong_values(schema: TableSchema, there: set[str]) -> Iterator[tuple[str, str]]:
    """Yield (column, SQL that is true of a wrong value); all names are those of the schema."""
    for column, kind in schema.columns.items():
        if column not in there:
            continue
        value = _quoted(column)
        wrong = [f"typeof({value}) NOT IN ({_KINDS[kind]})"]
        if kind == TEXT and column in DAYS:
            # Only a day that is counted with is put right, so that 31 February differs.
            wrong.append(f"date({value}, '+0 days') IS NOT {value} OR coalesce({value}, '') < '0001-01-01'")
        elif kind == INTEGER:
            refers = column == "finding_id" and schema.name in WITHOUT_FINDING
            wrong += [] if refers or column in MAY_MISS else [f"{value} IS NULL"]
            wrong += [] if column in SIGNED or column.endswith("_ms") else [f"{value} < 0"]
        elif kind == REAL:
            wrong.append(f"abs({value}) > 1e300")
            wrong += [f"{value} < 0 OR {value} > 1.000001"] if column in SHARES else []
        yield column, f"coalesce({' OR '.join(wrong)}, 0)"


def _is_shape(blob: bytes, kinds: tuple[int, ...]) -> bool:
    shape: Optional[ogr.Geometry] = ogr.CreateGeometryFromWkb(blob)
    if shape is None or ogr.GT_Flatten(shape.GetGeometryType()) not in kinds or shape.IsEmpty():
        return False
    west, east, south, north = shape.GetEnvelope()
    return -MOST_LON <= west <= east <= MOST_LON and -MOST_LAT <= south <= north <= MOST_LAT


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
