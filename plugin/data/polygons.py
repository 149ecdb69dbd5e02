"""Polygons as the engine takes them: shapely, valid, areas only."""

from __future__ import annotations

from typing import Any, Optional

import shapely.wkb
from shapely.errors import ShapelyError
from shapely.ops import transform, unary_union
from shapely.validation import make_valid

from ..engine.earth import WayToDegrees, areas_of, crosses_by_jump, within_180


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


MOST_LON, MOST_LAT = 540.0, 90.001
"""Degrees beyond which nothing is on Earth: some count on across the antimeridian, or round at a pole."""


def area_in_degrees(shape: Any, to_wgs84: Optional[WayToDegrees]) -> Optional[Any]:
    """Return a shape's polygon or multipolygon in lon/lat degrees within -180..180, valid; None if no area on Earth."""
    if not shape.is_empty and to_wgs84 is not None:
        shape = transform(to_wgs84.transform, shape)
    shape = areas_of(shape)
    if shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
        return None
    west, south, east, north = shape.bounds
    if not (-MOST_LON <= west <= east <= MOST_LON and -MOST_LAT <= south <= north <= MOST_LAT):
        return None
    if not shape.is_valid and not crosses_by_jump(shape):
        shape = areas_of(make_valid(shape))
    shape = within_180(shape)
    return shape if shape.geom_type in ("Polygon", "MultiPolygon") and not shape.is_empty else None


def shape_of_wkb(wkb: bytes) -> Optional[Any]:
    """Return the shape in a WKB, None if it cannot be read."""
    try:
        return shapely.wkb.loads(wkb)
    except (ShapelyError, ValueError):
        return None
