"""Sheets whose columns GDAL calls Field1, Field2 and so on: below titles, or of texts alone, it knows no header."""

from __future__ import annotations

import re

from osgeo import gdal, ogr

from ..engine.screening import count_named_roles
from .text_lines import HEADER_LINES

_DRIVERS = ("XLSX", "ODS", "XLS")
_LEAST_ROLES = 2  # a row that names two of device, time, latitude and longitude names the columns


def named_query(dataset: gdal.Dataset, table: ogr.Layer) -> str:
    """Return a query that gives a sheet's rows below its header under the names there; "" where none is needed."""
    names = [field.GetName() for field in table.schema]
    if dataset.GetDriver().ShortName not in _DRIVERS or not all(re.fullmatch(r"Field\d+", name) for name in names):
        return ""
    rows: list[list[str]] = []
    table.ResetReading()
    while len(rows) < HEADER_LINES and (feature := table.GetNextFeature()) is not None:
        rows.append([str(feature.GetField(place) or "").strip() for place in range(len(names))])
    table.ResetReading()
    labels = max(rows, key=count_named_roles, default=[])
    if count_named_roles(labels) < _LEAST_ROLES:
        return ""
    seen: set[str] = set()
    columns = []
    for name, label in zip(names, labels):
        shown = label if label and label.casefold() not in seen else name
        seen.add(shown.casefold())
        columns.append(f"{_quoted(name)} AS {_quoted(shown)}")
    below = str(rows.index(labels) + 1)
    return " ".join(("SELECT", ", ".join(columns), "FROM", _quoted(table.GetName()), "OFFSET", below))


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
