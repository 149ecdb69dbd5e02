"""Example places and windows as a parameter: features or rows, with the days of each and a site or a geometry."""

from __future__ import annotations

from datetime import date
from typing import Any, Optional

import numpy as np
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsFeatureRequest,
    QgsFeatureSource,
    QgsGeometry,
    QgsProcessingContext,
    QgsWkbTypes,
)
from shapely import wkb

from ...engine.base import InputError, value_kind
from ...engine.screening import readable, require_pseudonyms, require_readable
from ...engine.signatures import Mark

PLACE_FIELDS = ("spot_id", "site_id", "place", "name")
START_FIELDS = ("window_start", "start", "started", "first_day")
END_FIELDS = ("window_end", "end", "finished", "last_day")
MAX_EXAMPLES = 2000


def read_marks(
    source: QgsFeatureSource, context: QgsProcessingContext, place: str = "", start: str = "", end: str = ""
) -> list[Mark]:
    """Return the marks of a layer or table; fields left empty are found by name.

    No other field is read. Raises InputError naming the row and field of a day that is missing or none, and a layer
    without what is needed; for a field that is never read.
    """
    require_readable(filter(None, (place, start, end)))
    every = [field.name() for field in source.fields()]
    names = readable(every)
    place = place or _first(PLACE_FIELDS, names)
    start, end = start or _first(START_FIELDS, names), end or _first(END_FIELDS, names)
    if not start or not end:
        raise InputError(
            "The examples have no columns for the first and last day of a window; choose START_FIELD and END_FIELD."
        )
    is_spatial = source.wkbType() != QgsWkbTypes.Type.NoGeometry
    if not is_spatial and not place:
        raise InputError("The examples have neither a geometry nor a column that names the site; choose PLACE_FIELD.")
    transform = _to_degrees(source, context) if is_spatial else None
    request = QgsFeatureRequest().setSubsetOfAttributes([every.index(name) for name in (place, start, end) if name])
    marks = []
    for number, feature in enumerate(source.getFeatures(request), start=1):
        if number > MAX_EXAMPLES:
            raise InputError(f"There are more than {MAX_EXAMPLES:,} examples; select those to learn from.")
        days = [_day(feature[name], name, number) for name in (start, end)]
        marks.append(Mark(*days, spot=_text(feature[place]) if place else "", **_position(feature, transform)))
    require_pseudonyms(place, [mark.spot for mark in marks])
    return marks


def _first(wanted: tuple[str, ...], names: list[str]) -> str:
    by_lower = {name.lower(): name for name in names}
    return next((by_lower[name] for name in wanted if name in by_lower), "")


def _to_degrees(source: QgsFeatureSource, context: QgsProcessingContext) -> QgsCoordinateTransform:
    if not source.sourceCrs().isValid():
        raise InputError("The layer of the examples has no CRS; set it, then run again.")
    return QgsCoordinateTransform(
        source.sourceCrs(), QgsCoordinateReferenceSystem("EPSG:4326"), context.transformContext()
    )


def _position(feature: QgsFeature, transform: Optional[QgsCoordinateTransform]) -> dict[str, Any]:
    if transform is None or not feature.hasGeometry():
        return {}
    geometry = QgsGeometry(feature.geometry())
    geometry.transform(transform)
    inside = geometry.pointOnSurface().asPoint()
    is_area = geometry.type() == QgsWkbTypes.GeometryType.PolygonGeometry
    polygon = wkb.loads(bytes(geometry.asWkb())) if is_area else None
    return {"lat": float(inside.y()), "lon": float(inside.x()), "polygon": polygon}


def _text(value: Any) -> str:
    return "" if _is_null(value) else str(value).strip()


def _is_null(value: Any) -> bool:
    return value is None or type(value).__name__ == "QVariant" or (isinstance(value, float) and np.isnan(value))


def _day(value: Any, name: str, number: int) -> date:
    """Return the day of a QDate, a QDateTime or ISO text; a time of day is left out, days are local to the place."""
    if hasattr(value, "date"):
        value = value.date()
    text = value.toString("yyyy-MM-dd") if hasattr(value, "toString") else _text(value)
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise InputError(
            f"Example {number} has no day in {name} but {value_kind(text)}; write days as 2023-07-26."
        ) from error
