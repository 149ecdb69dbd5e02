"""An output layer as an algorithm declares it: its parameter, the count of its rows, its columns, style and texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qgis.core import QgsProcessing

POINTS = QgsProcessing.SourceType.TypeVectorPoint
LINES = QgsProcessing.SourceType.TypeVectorLine
POLYGONS = QgsProcessing.SourceType.TypeVectorPolygon


@dataclass(frozen=True)
class LayerOutput:
    """The layer written to the sink parameter `name`; the output number `rows` counts its rows.

    `schema` has the columns that it always has (see `record_sink.Records`), `style` is a .qml of resources/styles.
    `title` is the name of the layer and `help` says what one row is; both are marked for translation.
    """

    name: str
    rows: str
    style: str
    schema: Mapping[str, str]
    shape: QgsProcessing.SourceType
    title: str
    help: str
