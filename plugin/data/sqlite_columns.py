"""Columns of SQLite that hold other values than they are declared for: GDAL cuts those off without a word."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import accumulate
from typing import Optional

from osgeo import gdal, ogr

_DRIVERS = ("SQLite", "GPKG")
_LOOKED_AT = 20_000  # rows; a GeoPackage must hold what it declares and mostly does
# GDAL cuts numbers to what is declared: INTEGER of SQLite has 32 bits, of which milliseconds since 1970 make the year
# 2038; SMALLINT and BOOLEAN of a GeoPackage have 16 bits and one.
_WIDEST = 2**31 - 1
_NARROWEST = {ogr.OFSTInt16: 2**15 - 1, ogr.OFSTBoolean: 1}
# The storage classes of SQLite that GDAL reads to the last digit into a field of each type.
_EXACT = {
    ogr.OFTInteger: ("integer",), ogr.OFTInteger64: ("integer",), ogr.OFTReal: ("integer", "real"),
    ogr.OFTDateTime: ("text",), ogr.OFTDate: ("text",), ogr.OFTTime: ("text",),
}  # fmt: skip
# Texts, names and comments of SQL, in which brackets and semicolons are letters.
_LITERALS = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/""", re.DOTALL)


def exact_casts(dataset: gdal.Dataset, table: ogr.Layer, names: Collection[str], of_all_rows: bool) -> dict[str, str]:
    """Return the types to read columns of a table as, by name, for those whose values GDAL would cut off.

    `of_all_rows` looks at every row of the columns that may be too narrow, and at them only; else the first rows tell.
    """
    driver = dataset.GetDriver().ShortName
    if driver not in _DRIVERS:
        return {}
    fields = [field for field in table.schema if field.GetName() in names and field.GetType() in _EXACT]
    if of_all_rows:
        narrow = [one for one in fields if driver != "GPKG" or one.GetType() == ogr.OFTInteger]
        return _casts(dataset, table, narrow, None)
    # GDAL makes 32 bits of FLOAT, which a GeoPackage keeps in 64.
    floats = [one.GetName() for one in fields if driver == "GPKG" and one.GetSubType() == ogr.OFSTFloat32]
    return {**dict.fromkeys(floats, "REAL"), **_casts(dataset, table, fields, _LOOKED_AT)}


def exact_query(table: ogr.Layer, casts: dict[str, str], subset: str) -> str:
    """Return a query that reads columns of a table as `casts` says, of the rows that a filter in SQL leaves."""
    columns = [_quoted(field.GetName()) for field in table.schema]
    columns = [
        f"CAST({column} AS {casts[field.GetName()]}) AS {column}" if field.GetName() in casts else column
        for field, column in zip(table.schema, columns)
    ]
    geometry = [_quoted(table.GetGeometryColumn())] if table.GetGeometryColumn() else []
    query = " ".join(("SELECT", ", ".join(columns + geometry), "FROM", _quoted(table.GetName())))
    # The filter may end with a comment. On the rows of the query it would find fid counted from 0.
    return f"{query} WHERE ({subset}\n)" if subset else query


def is_condition(subset: str) -> bool:
    """Tell whether a filter is one condition of SQL: it closes no bracket that it did not open, and ends no query."""
    bare = _LITERALS.sub(" ", subset)
    depths = list(accumulate((letter == "(") - (letter == ")") for letter in bare)) or [0]
    return min(depths) >= 0 and depths[-1] == 0 and not re.search(r"""[;'"`]|/\*|^\s*SELECT\b""", bare, re.IGNORECASE)


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
    questions = ", ".join(_question(field, f"q{number}") for number, field in enumerate(fields))
    found = _first_row(dataset, " ".join(("SELECT", questions, "FROM", name)))
    if found is None:
        return {}
    # As INTEGER, GDAL makes numbers as wide as that of the first row.
    return {field.GetName(): "TEXT" for field, is_cut in zip(fields, found) if is_cut}


def _question(field: ogr.FieldDefn, alias: str) -> str:
    """Return what tells whether a column has values of other classes, or numbers beyond its type."""
    column = _quoted(field.GetName())
    kind = field.GetType()
    classes = ", ".join(f"'{one}'" for one in ("null", *_EXACT[kind]))
    has_others = f"typeof({column}) NOT IN ({classes})"
    if kind in (ogr.OFTDateTime, ogr.OFTDate):  # GDAL reads no date with the day in front
        has_others += f" OR {column} NOT GLOB '[0-9][0-9][0-9][0-9][-/]*'"
    widest = _NARROWEST.get(field.GetSubType(), _WIDEST)
    is_wide = f"max({column}) > {widest} OR min({column}) < -{widest}" if kind == ogr.OFTInteger else "0"
    return f"(max({has_others}) OR {is_wide}) AS {alias}"


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
