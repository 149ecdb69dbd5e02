"""Writes result tables of the engine as output layers of an algorithm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from qgis.core import (
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingParameterFeatureSink,
    QgsWkbTypes,
)

from ...engine.base import Progress
from ...engine.tables import SCHEMAS, told_table
from ...layers.output_layers import present_output
from .file_checks import mark_layer
from .record_sink import BIG_INTEGER, Records, write_output

SOURCE_TYPES = {
    "point": QgsProcessing.SourceType.TypeVectorPoint, "polygon": QgsProcessing.SourceType.TypeVectorPolygon,
    "line": QgsProcessing.SourceType.TypeVectorLine, "multiline": QgsProcessing.SourceType.TypeVectorLine,
    None: QgsProcessing.SourceType.TypeVector,
}  # fmt: skip
GEOMETRY_TYPES = {
    "point": QgsWkbTypes.Type.Point, "polygon": QgsWkbTypes.Type.Polygon, "line": QgsWkbTypes.Type.LineString,
    "multiline": QgsWkbTypes.Type.MultiLineString, None: QgsWkbTypes.Type.NoGeometry,
}  # fmt: skip


def table_sink(table: str, name: str, title: str, is_optional: bool = False) -> QgsProcessingParameterFeatureSink:
    """Return the output parameter `name` of a result table."""
    sink = QgsProcessingParameterFeatureSink(
        name, title, SOURCE_TYPES[SCHEMAS[table].geometry], optional=is_optional, createByDefault=True
    )
    mark_layer(sink, list(SCHEMAS[table].columns))
    return sink


def write_table(
    algorithm: QgsProcessingAlgorithm,
    name: str,
    table: str,
    frame: pd.DataFrame,
    parameters: dict[str, Any],
    context: QgsProcessingContext,
    progress: Progress,
) -> str:
    """Write `frame`, rows of result table `table`, to the sink parameter `name`; return what Processing knows it by.

    "" where an optional output was left out. Raises Cancelled or QgsProcessingException; no unfinished file stays.
    """
    schema, frame = SCHEMAS[table], told_table(table, frame)
    columns = [frame[column].to_numpy() for column in schema.columns]
    kinds = {column: BIG_INTEGER if column.endswith("_ms") else kind for column, kind in schema.columns.items()}
    geometry = frame["geometry"].to_numpy() if schema.geometry else np.full(len(frame), None, dtype=object)
    records = Records(kinds, columns, geometry, GEOMETRY_TYPES[schema.geometry])
    identity = write_output(algorithm, name, records, parameters, context, progress)
    if schema.geometry:
        present_output(context, identity, table, schema.title, schema.title)
    return identity
