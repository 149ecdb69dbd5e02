"""Polygons as the engine takes them: shapely, valid, areas only."""

from __future__ import annotations

from typing import Any, Optional

import shapely.wkb
from shapely.errors import ShapelyError
from shapely.ops import unary_union
from shapely.validation import make_valid


def polygon_of_wkb(wkb: bytes) -> Optional[Any]:
    """Return the valid shapely polygon or multipolygon in a WKB, None if it has no area or cannot be read."""
    try:
        shape = shapely.wkb.loads(wkb)
    except (ShapelyError, ValueError):
        return None
    if not shape.is_valid:
        shape = make_valid(shape)
    if shape.geom_type == "GeometryCollection":
        shape = unary_union([part for part in shape.geoms if part.geom_type in ("Polygon", "MultiPolygon")])
    return shape if shape.geom_type in ("Polygon", "MultiPolygon") and not shape.is_empty else None
