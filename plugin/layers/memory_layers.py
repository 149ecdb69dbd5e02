"""Temporary layers made from tables of the engine (main thread only)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from qgis.core import QgsFeature, QgsGeometry, QgsVectorLayer

from ..data import field_types
from ..engine.tables import INTEGER, REAL
from .result_layers import require_main_thread
from .styles import apply_style

_TYPES = {INTEGER: field_types.LONG, REAL: field_types.REAL}


def make_memory_layer(
    title: str, geometry: str, columns: Mapping[str, str], table: pd.DataFrame, style: str
) -> QgsVectorLayer:
    """Return a layer of the rows of `table` (`columns` as in result tables, and `geometry` WKB in EPSG:4326).

    `geometry` is the type as QGIS names it, such as Point; `style` the name of one in resources/styles, ""
    for QGIS's own.
    """
    require_main_thread()
    layer = QgsVectorLayer(f"{geometry}?crs=EPSG:4326", title, "memory")
    layer.dataProvider().addAttributes(
        [field_types.make_field(column, _TYPES.get(kind, field_types.TEXT)) for column, kind in columns.items()]
    )
    layer.updateFields()
    features = []
    for *values, blob in zip(*(table[column].tolist() for column in columns), table["geometry"]):
        feature, shape = QgsFeature(layer.fields()), QgsGeometry()
        if blob is not None:
            shape.fromWkb(blob)
            feature.setGeometry(shape)
        feature.setAttributes([_plain(value) for value in values])
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    if style:
        apply_style(layer, style)
    return layer


def _plain(value: Any) -> Any:
    """Return a value that an attribute can be; NaN would be written as a number."""
    return None if value != value else value
