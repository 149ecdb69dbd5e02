"""Writes result tables of the engine as output layers of an algorithm."""

from __future__ import annotations

from typing import Any

import pandas as pd
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingParameterFeatureSink,
    QgsWkbTypes,
)

from ..engine.progress import Progress
from ..engine.results import SCHEMAS
from ..layers.output_layers import present_output
from .record_sink import Records, discard_output, make_fields, write_records

SOURCE_TYPES = {
    "point": QgsProcessing.SourceType.TypeVectorPoint, "polygon": QgsProcessing.SourceType.TypeVectorPolygon,
}
KINDS = {"point": QgsWkbTypes.Type.Point, "polygon": QgsWkbTypes.Type.Polygon}


def table_sink(table: str, name: str, title: str, is_optional: bool = False) -> QgsProcessingParameterFeatureSink:
    """Return the output parameter `name` of a result table with points or polygons."""
    geometry = SCHEMAS[table].geometry or "point"
    return QgsProcessingParameterFeatureSink(
        name, title, SOURCE_TYPES[geometry], optional=is_optional, createByDefault=True
    )


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
    schema = SCHEMAS[table]
    sink, identity = algorithm.parameterAsSink(
        parameters, name, context, make_fields(schema.columns), KINDS[schema.geometry or "point"],
        QgsCoordinateReferenceSystem("EPSG:4326"),
    )  # fmt: skip
    if sink is None:
        return ""
    columns = [frame[column].to_numpy() for column in schema.columns]
    records = Records(schema.columns, columns, frame["geometry"].to_numpy(), KINDS[schema.geometry or "point"])
    failure = write_records(sink, records, progress)
    del sink  # closes the file
    if failure is not None:
        discard_output(identity)
        raise failure
    present_output(context, identity, table, schema.title, schema.title)
    return str(identity)
