"""Values of written tables as plain Python, for formats that are text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

import numpy as np
import pandas as pd
from shapely import wkb

from ..engine.tables import INTEGER, REAL, SCHEMAS

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
Point = list[float]


def plain_rows(name: str, table: pd.DataFrame) -> Iterator[list[Any]]:
    """Yield the rows of a result table in the order of its columns: int, float, str, or None where missing."""
    columns = [_plain(table[column], kind) for column, kind in SCHEMAS[name].columns.items()]
    return (list(row) for row in zip(*columns))


def points_of(table: pd.DataFrame) -> list[Optional[Point]]:
    """Return lon, lat (degrees) of each row of a table of points, None without one."""
    return [lines[0][0] if lines else None for lines in lines_of(table)]


def lines_of(table: pd.DataFrame) -> list[list[list[Point]]]:
    """Return the lines of each row, each a list of lon, lat (degrees); a point is a line of one, none is []."""
    return [_lines(blob) if isinstance(blob, (bytes, bytearray)) else [] for blob in table["geometry"].tolist()]


def iso_ms(time_ms: Any) -> str:
    """Return UTC epoch ms as ISO 8601 with milliseconds, "" for none."""
    if time_ms is None:
        return ""
    return (EPOCH + timedelta(milliseconds=int(time_ms))).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(time_ms) % 1000:03d}Z"


def _lines(blob: bytes) -> list[list[Point]]:
    shape = wkb.loads(bytes(blob))
    if shape.is_empty:
        return []
    return [[[x, y] for x, y in np.asarray(part.coords)[:, :2].tolist()] for part in getattr(shape, "geoms", [shape])]


def _plain(values: pd.Series, kind: str) -> list[Any]:
    missing = values.isna().tolist()
    if kind == REAL:
        numbers = pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan)
        return [value if finite else None for value, finite in zip(numbers.tolist(), np.isfinite(numbers).tolist())]
    to_plain = int if kind == INTEGER else str
    return [None if gone else to_plain(value) for value, gone in zip(values.tolist(), missing)]
