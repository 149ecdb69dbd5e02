"""The tables of a GeoPackage: made and indexed by OGR, filled by SQLite."""

from __future__ import annotations

import contextlib
import sqlite3
import struct
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from functools import partial
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Callable, Optional

import numpy as np
import pandas as pd
import shapely.wkb
from osgeo import gdal, ogr, osr

from ..engine.base import InputError, Progress
from ..engine.tables import INTEGER, REAL, SCHEMAS, TableSchema
from .ogr_files import quiet_ogr
from .outputs import why_unwritten

STAGE = "Writing the GeoPackage"
BLOCK_ROWS = 10_000
INDEX_SHARE = 0.3
GEOMETRY = "geom"
SRS_ID = 4326
# Magic, version, flags (little endian, no envelope) and SRS id: GeoPackage Encoding Standard 1.3, clause 2.1.3.
BLOB_HEADER = struct.pack("<2sBBi", b"GP", 0, 1, SRS_ID)
_FIELD_TYPES = {INTEGER: ogr.OFTInteger64, REAL: ogr.OFTReal}
_GEOMETRY_TYPES = {
    "point": ogr.wkbPoint, "polygon": ogr.wkbPolygon, "line": ogr.wkbLineString, "multiline": ogr.wkbMultiLineString,
    None: ogr.wkbNone,
}
_STYLE_COLUMNS = (
    "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column", "styleName", "styleQML", "styleSLD",
    "description", "owner", "ui",
)
# What GDAL's triggers call to keep a spatial index, from the bounds of a shape: west, south, east, north.
_BOUNDS: dict[str, Callable[[tuple[float, ...]], Any]] = {
    "ST_MinX": itemgetter(0), "ST_MinY": itemgetter(1), "ST_MaxX": itemgetter(2), "ST_MaxY": itemgetter(3),
    "ST_IsEmpty": lambda bounds: not bounds or bounds[0] != bounds[0],
}


def write_tables(
    path: Path,
    tables: Mapping[str, pd.DataFrame],
    styles: Mapping[str, str],
    progress: Progress,
) -> None:
    """Write a new GeoPackage of `tables` with `styles` (layer name -> QML) at `path`; raises InputError, Cancelled.

    OGR makes the tables, SQLite takes the rows (several times as fast), and OGR makes the spatial indexes. Counts of
    devices are written as they may be told.
    """
    used = [SCHEMAS[name] for name in tables]
    with quiet_ogr():
        # Without OGR's own table of row counts, whose trigger fires at every row and doubles the time.
        options = ["ADD_GPKG_OGR_CONTENTS=NO"]
        dataset = gdal.GetDriverByName("GPKG").Create(str(path), 0, 0, 0, gdal.GDT_Unknown, options)
        if dataset is None:
            raise _unwritten(path, gdal.GetLastErrorMsg())
        gdal.ErrorReset()
        for schema in used:
            _create_table(dataset, schema)
        _write_styles(dataset, styles)
        dataset = None  # closes the file
        if gdal.GetLastErrorType() >= gdal.CE_Failure:
            raise _unwritten(path, gdal.GetLastErrorMsg())
    _insert_tables(path, used, tables, progress.part(0.0, 1.0 - INDEX_SHARE))
    progress.step(STAGE, 1.0 - INDEX_SHARE)
    _index_tables(path, [schema for schema in used if schema.geometry])
    progress.step(STAGE, 1.0)


def _create_table(dataset: gdal.Dataset, schema: TableSchema) -> None:
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(SRS_ID)
    kind = _GEOMETRY_TYPES[schema.geometry]
    options = [f"IDENTIFIER={schema.title}", f"DESCRIPTION={schema.description}"]
    spatial = [f"GEOMETRY_NAME={GEOMETRY}", "SPATIAL_INDEX=NO"]
    options += spatial if schema.geometry else ["ASPATIAL_VARIANT=GPKG_ATTRIBUTES"]
    layer = dataset.CreateLayer(schema.name, reference if schema.geometry else None, kind, options)
    if layer is None:  # the disk is full: told once the file is closed
        return
    for column, column_kind in schema.columns.items():
        layer.CreateField(ogr.FieldDefn(column, _FIELD_TYPES.get(column_kind, ogr.OFTString)))


def _insert_tables(
    path: Path, schemas: Sequence[TableSchema], tables: Mapping[str, pd.DataFrame], progress: Progress
) -> None:
    """Insert all rows in one transaction; raise InputError if SQLite refuses one, so that none is lost silently."""
    total = sum(len(tables[schema.name]) for schema in schemas) + 1
    written = 0
    with open_for_change(path) as connection:
        for schema in schemas:
            rows = _rows(schema, tables[schema.name])
            statement = _insert_statement(schema)
            while block := list(islice(rows, BLOCK_ROWS)):
                progress.step(STAGE, written / total)
                connection.executemany(statement, block)
                written += len(block)


@contextlib.contextmanager
def open_for_change(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection whose changes are kept as a whole if all goes well, or not at all; raises InputError."""
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            # Before anything is asked: what a spatial index holds open lets no function be made again.
            for function, of_bounds in _BOUNDS.items():
                connection.create_function(function, 1, partial(_of_shape, of_bounds), deterministic=True)
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise _unwritten(path, str(error)) from error


def replace_rows(connection: sqlite3.Connection, name: str, column: str, rows: pd.DataFrame) -> None:
    """Put rows of a table in place of those with the same values of `column`; also its extent, if it has shapes."""
    schema = SCHEMAS[name]
    deletion = " ".join(("DELETE FROM", '"' + name + '"', "WHERE", '"' + column + '"', "= ?"))
    connection.executemany(deletion, [(value,) for value in rows[column].unique().tolist()])
    connection.executemany(_insert_statement(schema), list(_rows(schema, rows)))
    if schema.geometry is None:
        return
    index = f"rtree_{name}_{GEOMETRY}"
    asked = ("SELECT min(minx), min(miny), max(maxx), max(maxy)", "FROM", '"' + index + '"')
    extent = connection.execute(" ".join(asked)).fetchone()
    connection.execute(
        "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?", (*extent, name)
    )


def _of_shape(of_bounds: Callable[[tuple[float, ...]], Any], blob: Optional[bytes]) -> Any:
    """Return what `of_bounds` says of the bounds (west, south, east, north) of a shape as `_rows` makes it."""
    return None if blob is None else of_bounds(shapely.wkb.loads(blob[len(BLOB_HEADER) :]).bounds)


def _insert_statement(schema: TableSchema) -> str:
    """Return the SQL that inserts one row; all names are those of the schema."""
    names = [*schema.columns, GEOMETRY] if schema.geometry else list(schema.columns)
    quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    marks = ", ".join("?" for _name in names)
    return " ".join(("INSERT INTO", '"' + schema.name + '"', "(", quoted, ")", "VALUES", "(", marks, ")"))


def _rows(schema: TableSchema, table: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Yield rows of plain values, the geometry last as a GeoPackage blob: a header of 8 bytes before the WKB."""
    columns = [_plain(table[column], kind) for column, kind in schema.columns.items()]
    if schema.geometry:
        shapes = table["geometry"].tolist()
        columns.append([BLOB_HEADER + bytes(wkb) if isinstance(wkb, (bytes, bytearray)) else None for wkb in shapes])
    return zip(*columns)


def _index_tables(path: Path, schemas: Sequence[TableSchema]) -> None:
    """Make the spatial indexes and note the extents; the names are those of the schemas."""
    with quiet_ogr():
        dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_UPDATE)
        if dataset is None:
            raise _unwritten(path, gdal.GetLastErrorMsg())
        gdal.ErrorReset()
        dataset.StartTransaction()
        for schema in schemas:
            for statement in (
                f"SELECT CreateSpatialIndex('{schema.name}', '{GEOMETRY}')",
                f"RECOMPUTE EXTENT ON {schema.name}",
            ):
                dataset.ReleaseResultSet(dataset.ExecuteSQL(statement))
        is_done = dataset.CommitTransaction() == ogr.OGRERR_NONE and gdal.GetLastErrorType() < gdal.CE_Failure
        reason = gdal.GetLastErrorMsg()
        dataset = None  # closes the file
    if not is_done:
        raise _unwritten(path, reason)


def _unwritten(path: Path, reason: str) -> InputError:
    """Return the error that says why a GeoPackage cannot be written; a full disk is what it most often is."""
    return InputError(f"The GeoPackage cannot be written: {why_unwritten(path, reason)}.")


def _plain(values: pd.Series, kind: str) -> list[Any]:
    """Return plain Python values, None where missing; SQLite takes no numpy scalars."""
    if kind == INTEGER:
        return [None if missing else int(value) for value, missing in zip(values.tolist(), values.isna().tolist())]
    if kind == REAL:
        numbers = pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan)
        return [value if finite else None for value, finite in zip(numbers.tolist(), np.isfinite(numbers).tolist())]
    return [None if missing else str(value) for value, missing in zip(values.tolist(), values.isna().tolist())]


def _write_styles(dataset: gdal.Dataset, styles: Mapping[str, str]) -> None:
    """Write the table in which QGIS looks for default styles."""
    layer = dataset.CreateLayer("layer_styles", None, ogr.wkbNone, ["FID=id", "ASPATIAL_VARIANT=GPKG_ATTRIBUTES"])
    if layer is None:
        return
    for column in _STYLE_COLUMNS:
        layer.CreateField(ogr.FieldDefn(column, ogr.OFTString))
    default = ogr.FieldDefn("useAsDefault", ogr.OFTInteger)
    default.SetSubType(ogr.OFSTBoolean)
    layer.CreateField(default)
    layer.CreateField(ogr.FieldDefn("update_time", ogr.OFTDateTime))
    for name, qml in styles.items():
        feature = ogr.Feature(layer.GetLayerDefn())
        spatial = name in SCHEMAS and SCHEMAS[name].geometry is not None
        texts = ("", "", name, "geom" if spatial else "", name, qml, "", f"Sitelight: {name}", "", "")
        for column, text in zip(_STYLE_COLUMNS, texts):
            feature.SetField(column, text)
        feature.SetField("useAsDefault", 1)
        feature.SetField("update_time", datetime.now(timezone.utc).strftime("%Y/%m/%d %H:%M:%S+00"))
        layer.CreateFeature(feature)
