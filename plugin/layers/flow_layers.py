"""The map layer of flows from and to one place, in the group of its study (main thread only)."""

from __future__ import annotations

from typing import Optional

import pandas as pd
from qgis.core import QgsFeature, QgsField, QgsGeometry, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication, QVariant

from ..engine.results import INTEGER, REAL, SCHEMAS
from .result_layers import ROLE_KEY, find_result_layer, require_main_thread
from .styles import style_path

TABLE = "flows"
ROLE = "flows:place"
_TYPES = {INTEGER: QVariant.LongLong, REAL: QVariant.Double}


def show_flows(path: str, title: str, flows: pd.DataFrame) -> Optional[QgsVectorLayer]:
    """Add a temporary layer of rows of table `flows` on top of the study's heat and return it; an earlier one goes.

    None where the study at `path` has no group in the project, or there are no rows.
    """
    require_main_thread()
    remove_flows(path)
    beside = find_result_layer(path, "heat")
    node = QgsProject.instance().layerTreeRoot().findLayer(beside.id()) if beside is not None else None
    if node is None or flows.empty:
        return None
    layer = _make_layer(title, flows)
    layer.setCustomProperty(ROLE_KEY, ROLE)
    group = node.parent()
    QgsProject.instance().addMapLayer(layer, False)
    group.insertLayer(group.children().index(node), layer).setExpanded(False)
    return layer


def remove_flows(path: str) -> None:
    """Remove the layer of an earlier place."""
    earlier = find_result_layer(path, ROLE)
    if earlier is not None:
        QgsProject.instance().removeMapLayer(earlier)


def _make_layer(title: str, flows: pd.DataFrame) -> QgsVectorLayer:
    name = QCoreApplication.translate("FlowLayers", "Flows – {place}").format(place=title)
    layer = QgsVectorLayer("MultiLineString?crs=EPSG:4326", name, "memory")
    columns = SCHEMAS[TABLE].columns
    layer.dataProvider().addAttributes(
        [QgsField(column, _TYPES.get(kind, QVariant.String)) for column, kind in columns.items()]
    )
    layer.updateFields()
    features = []
    for *values, blob in zip(*(flows[column].tolist() for column in columns), flows["geometry"]):
        feature, geometry = QgsFeature(layer.fields()), QgsGeometry()
        geometry.fromWkb(blob)
        feature.setGeometry(geometry)
        feature.setAttributes(values)
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    layer.loadNamedStyle(str(style_path(TABLE)))
    # All rows are of one window: with the temporal controller on another day the layer would seem empty.
    layer.temporalProperties().setIsActive(False)
    return layer
