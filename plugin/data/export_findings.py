"""Events and findings of a written study as GeoJSON and as CSV, with every value as it stands in the table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from ..engine.base import Progress
from ..engine.tables import SCHEMAS
from .export_values import plain_rows, points_of

_BLOCK = 5_000
# What spreadsheets take for a formula when a cell begins with it; an apostrophe before it makes it text.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def geojson_mark(table: str) -> str:
    """Return what the head of a GeoJSON file of `table` has that we wrote."""
    return f"sitelight {table}"


def write_geojson(table: str, path: Path, tables: dict[str, pd.DataFrame], progress: Progress) -> None:
    """Write `table` as RFC 7946: points in lon, lat degrees, a missing value as null."""
    names, mark = list(SCHEMAS[table].columns), geojson_mark(table)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(f'{{"type": "FeatureCollection", "name": "{table}", "generator": "{mark}", "features": [')
        for number, (values, point) in enumerate(_rows(table, tables, progress)):
            geometry = None if point is None else {"type": "Point", "coordinates": point}
            feature = {"type": "Feature", "properties": dict(zip(names, values)), "geometry": geometry}
            file.write(("," if number else "") + "\n" + json.dumps(feature, ensure_ascii=False, allow_nan=False))
        file.write("\n]}\n")


def write_csv(table: str, path: Path, tables: dict[str, pd.DataFrame], progress: Progress) -> None:
    """Write `table` as UTF-8: WKT (GDAL knows it as the position), the table's columns, lon and lat (degrees).

    A missing value is an empty field, an empty text "". A text that a spreadsheet would run as a formula gets an
    apostrophe before it.
    """
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(csv_header(table) + "\r\n")
        for values, point in _rows(table, tables, progress):
            wkt = "" if point is None else f'"POINT ({point[0]!r} {point[1]!r})"'
            place = ("", "") if point is None else tuple(map(repr, point))
            file.write(",".join((wkt, *map(_cell, values), *place)) + "\r\n")


def csv_header(table: str) -> str:
    """Return the first line of `table` as CSV."""
    return ",".join(("WKT", *SCHEMAS[table].columns, "lon", "lat"))


def _rows(name: str, tables: dict[str, pd.DataFrame], progress: Progress) -> Iterator[tuple[list[Any], Any]]:
    """Yield the values and the lon, lat of each row (None without a position)."""
    table = tables[name]
    rows = zip(plain_rows(name, table), points_of(table))
    for number, row in enumerate(rows):
        if number % _BLOCK == 0:
            progress.step("Exporting", number / max(1, len(table)))
        yield row


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(value)
    text = f"'{value}" if _FORMULA.match(value) else value
    return '"' + text.replace('"', '""') + '"'
