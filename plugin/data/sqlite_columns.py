"""Columns of SQLite that hold other values than they are declared for: GDAL cuts those off without a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from osgeo import gdal, ogr

_DRIVERS = ("SQLite", "GPKG")
_LOOKED_AT = 20_000  # rows of a GeoPackage, which must hold what it declares and mostly does
# GDAL cuts numbers to what is declared: INTEGER of SQLite has 32 bits, of which milliseconds since 1970 make the year
# 2038; SMALLINT and BOOLEAN of a GeoPackage have 16 bits and one.
_WIDEST = 2**31 - 1
_NARROWEST = {ogr.OFSTInt16: 2**15 - 1, ogr.OFSTBoolean: 1}
# The storage classes of SQLite that GDAL reads to the last digit into a field of each type.
_EXACT = {
    ogr.OFTInteger: ("integer",), ogr.OFTInteger64: ("integer",), ogr.OFTReal: ("integer", "real"),
    ogr.OFTDateTime: ("text",), ogr.OFTDate: ("text",), ogr.OFTTime: ("text",),
}  # fmt: skip


def exact_query(dataset: gdal.Dataset, table: ogr.Layer) -> str:
    """Return a query that gives a table's rows as they are stored, "" where reading the table itself does so.

    Looks at all rows of columns that are no texts.
    """
    definition = table.GetLayerDefn()
    fields = [definition.GetFieldDefn(number) for number in range(definition.GetFieldCount())]
    asked = [field for field in fields if field.GetType() in _EXACT]
    driver = dataset.GetDriver().ShortName
    if driver not in _DRIVERS or not asked:
        return ""
    is_geopackage = driver == "GPKG"
    narrow = [field for field in asked if not is_geopackage or _is_narrow(field)]
    casts = {
        **_casts(dataset, table, [field for field in asked if field not in narrow], _LOOKED_AT),
        **_casts(dataset, table, narrow, None),
        # GDAL makes 32 bits of FLOAT, which a GeoPackage keeps in 64.
        **{field.GetName(): "REAL" for field in asked if is_geopackage and field.GetSubType() == ogr.OFSTFloat32},
    }
    name = _quoted(table.GetName())
    if not casts:
        return ""
    columns = [_quoted(field.GetName()) for field in fields]
    columns = [
        f"CAST({column} AS {casts[field.GetName()]}) AS {column}" if field.GetName() in casts else column
        for field, column in zip(fields, columns)
    ]
    geometry = [_quoted(table.GetGeometryColumn())] if table.GetGeometryColumn() else []
    return " ".join(("SELECT", ", ".join(columns + geometry), "FROM", name))


def _is_narrow(field: ogr.FieldDefn) -> bool:
    return field.GetType() == ogr.OFTInteger or field.GetSubType() == ogr.OFSTFloat32


def _casts(
    dataset: gdal.Dataset, table: ogr.Layer, fields: Sequence[ogr.FieldDefn], rows: Optional[int]
) -> dict[str, str]:
    """Return the types to read columns as by name, for those that hold something else; looks at so many rows, or all.
    """
    if not fields:
        return {}
    name = _quoted(table.GetName())
    if rows is not None:
        columns = ", ".join(_quoted(field.GetName()) for field in fields)
        name = " ".join(("(SELECT", columns, "FROM", name, "LIMIT", f"{rows})"))
    questions = ", ".join(_questions(field, f"q{number}") for number, field in enumerate(fields))
    found = _first_row(dataset, " ".join(("SELECT", questions, "FROM", name)))
    if found is None:
        return {}
    return {field.GetName(): cast for number, field in enumerate(fields) if (cast := _cast(found[2 * number :][:2]))}


def _questions(field: ogr.FieldDefn, alias: str) -> str:
    """Return what tells whether a column has values of other classes, and whether its numbers are beyond its type."""
    column = _quoted(field.GetName())
    kind = field.GetType()
    classes = ", ".join(f"'{one}'" for one in ("null", *_EXACT[kind]))
    has_others = f"typeof({column}) NOT IN ({classes})"
    if kind in (ogr.OFTDateTime, ogr.OFTDate):  # GDAL reads no date with the day in front
        has_others += f" OR {column} NOT GLOB '[0-9][0-9][0-9][0-9][-/]*'"
    widest = _NARROWEST.get(field.GetSubType(), _WIDEST)
    is_wide = f"max({column}) > {widest} OR min({column}) < -{widest}" if kind == ogr.OFTInteger else "0"
    return f"max({has_others}) AS {alias}a, ({is_wide}) AS {alias}b"


def _cast(answers: list[Optional[int]]) -> str:
    has_others, is_wide = answers
    return "TEXT" if has_others else "INTEGER" if is_wide else ""


def _first_row(dataset: gdal.Dataset, query: str) -> Optional[list[Optional[int]]]:
    result = dataset.ExecuteSQL(query)
    if result is None:
        return None
    feature = result.GetNextFeature()
    values = None if feature is None else [feature.GetField(place) for place in range(feature.GetFieldCount())]
    dataset.ReleaseResultSet(result)
    return values


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
