"""Shapes in a column of a table: WKT, GeoJSON or hexadecimal WKB, in lon/lat degrees."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np
import pandas as pd
import shapely.geometry
import shapely.wkb
import shapely.wkt
from shapely.errors import ShapelyError

SAMPLE_ROWS = 1_000
_WKT = re.compile(r"\s*(?:SRID\s*=\s*(\d+)\s*;)?\s*((?:MULTI)?POLYGON|POINT)\s*(?:ZM|Z|M)?\s*\(", re.IGNORECASE)
_JSON = re.compile(r"\s*\{.*\"type\"\s*:\s*\"(?:(?:Multi)?Polygon|Point)\"", re.DOTALL)
_HEX = re.compile(r"\s*(?:0x|\\x)?(0[01](?:[0-9A-Fa-f]{2}){20,})\s*")
_AREAS = re.compile(r"POLYGON", re.IGNORECASE)
_FOUND = 0.5  # the share of a sample's values that has to be shapes
_DEGREES = ("", "4326", "4979")


@dataclass(frozen=True)
class ShapeColumn:
    """The shapes of a column called `name`, None where there is none, and how many texts could not be read."""

    name: str
    shapes: np.ndarray
    unread: int


def shape_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns whose texts are shapes, those of polygons first."""
    found = []
    for name in frame.columns:
        values = frame[name].iloc[:SAMPLE_ROWS].dropna()
        texts = [value for value in values.tolist() if isinstance(value, str) and value.strip()]
        if texts and sum(_is_shape(text) for text in texts) >= _FOUND * len(values):
            has_areas = any(_AREAS.search(text[:200]) or _HEX.fullmatch(text) for text in texts)
            found.append((not has_areas, len(found), name))
    return [name for _is_point, _place, name in sorted(found)]


def find_shapes(frame: pd.DataFrame) -> Optional[ShapeColumn]:
    """Return the first column of shapes that lie in degrees, None if there is none."""
    for name in shape_columns(frame):
        texts = frame[name].tolist()
        shapes = np.full(len(texts), None, dtype=object)
        for row, text in enumerate(texts):
            if isinstance(text, str) and text.strip():
                shapes[row] = _shape(text)
        is_given = np.array([isinstance(text, str) and bool(text.strip()) for text in texts])
        read = np.array([shape is not None for shape in shapes])
        if read.any():
            return ShapeColumn(name, shapes, int((is_given & ~read).sum()))
    return None


def _is_shape(text: str) -> bool:
    return any(form.match(text) is not None for form in (_WKT, _JSON, _HEX))


def _shape(text: str) -> Optional[Any]:
    """Return the shape that a text describes in lon/lat degrees, None if it is none."""
    try:
        if found := _WKT.match(text):
            shape = shapely.wkt.loads(text[found.start(2) :]) if (found[1] or "") in _DEGREES else None
        elif found := _HEX.fullmatch(text):
            shape = shapely.wkb.loads(bytes.fromhex(found[1]))
        else:
            content = json.loads(text)
            shape = shapely.geometry.shape(content.get("geometry", content))
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, RecursionError, IndexError):
        return None
    if shape is None or shape.is_empty:
        return None
    west, south, east, north = shape.bounds
    return shape if -360 <= west <= east <= 540 and -90 <= south <= north <= 90 else None
