"""Columns of SQLite that hold other values than they are declared for: GDAL cuts those off without a word."""

from __future__ import annotations

from typing import Optional

from osgeo import gdal, ogr

_DRIVER = "SQLite"  # a GeoPackage must hold what it declares
_WIDEST = 2**31 - 1  # GDAL reads what is declared INTEGER as 32 bits: of milliseconds since 1970 it makes the year 2038
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
    if dataset.GetDriver().ShortName != _DRIVER or not asked:
        return ""
    name = _quoted(table.GetName())
    questions = ", ".join(_questions(field, f"q{number}") for number, field in enumerate(asked))
    found = _first_row(dataset, " ".join(("SELECT", questions, "FROM", name)))
    if found is None:
        return ""
    casts = {field.GetName(): cast for number, field in enumerate(asked) if (cast := _cast(found[2 * number :][:2]))}
    if not casts:
        return ""
    columns = [_quoted(field.GetName()) for field in fields]
    columns = [
        f"CAST({column} AS {casts[field.GetName()]}) AS {column}" if field.GetName() in casts else column
        for field, column in zip(fields, columns)
    ]
    geometry = [_quoted(table.GetGeometryColumn())] if table.GetGeometryColumn() else []
    return " ".join(("SELECT", ", ".join(columns + geometry), "FROM", name))


def _questions(field: ogr.FieldDefn, alias: str) -> str:
    """Return what tells whether a column has values of other classes, and whether it has numbers of more than 32 bits.
    """
    column = _quoted(field.GetName())
    kind = field.GetType()
    classes = ", ".join(f"'{one}'" for one in ("null", *_EXACT[kind]))
    has_others = f"typeof({column}) NOT IN ({classes})"
    if kind in (ogr.OFTDateTime, ogr.OFTDate):  # GDAL reads no date with the day in front
        has_others += f" OR {column} NOT GLOB '[0-9][0-9][0-9][0-9][-/]*'"
    is_wide = f"max({column}) > {_WIDEST} OR min({column}) < -{_WIDEST}" if kind == ogr.OFTInteger else "0"
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
