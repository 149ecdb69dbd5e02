"""Layers of some rows of a study's GeoPackage, on top of its heat (main thread only)."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsProject, QgsProviderRegistry, QgsVectorLayer

from ..data.geopackage_tables import GEOMETRY
from .result_layers import ROLE_KEY, find_result_layer, has_rows, require_main_thread
from .styles import dress, inert, name_fields


def open_rows(path: str, table: str, rows: str, title: str) -> Optional[QgsVectorLayer]:
    """Return a layer of those rows of a table that the SQL condition `rows` is true of, None if there are none.

    Rows without a shape are left out: of a look-back, names that are no line.
    """
    require_main_thread()
    # The filter is part of the source: set afterwards, GDAL 3.6 loses the other layers of the same GeoPackage.
    parts = {"path": path, "layerName": table, "subset": f'({rows}) AND "{GEOMETRY}" IS NOT NULL'}
    options = QgsVectorLayer.LayerOptions(QgsProject.instance().transformContext())
    options.loadDefaultStyle = False
    layer = QgsVectorLayer(QgsProviderRegistry.instance().encodeUri("ogr", parts), inert(title), "ogr", options)
    if not layer.isValid() or not has_rows(layer):
        return None
    dress(layer, table)
    name_fields(layer, table)
    return layer


def put_in_study(
    path: str, role: str, layer: Optional[QgsVectorLayer], is_expanded: bool = False
) -> Optional[QgsVectorLayer]:
    """Put a layer on the heat of the study at `path`, instead of an earlier one of the same `role`; return it.

    None where the study has no group in the project. Without a layer the earlier one only goes.
    """
    require_main_thread()
    earlier = find_result_layer(path, role)
    if earlier is not None:
        QgsProject.instance().removeMapLayer(earlier)
    beside = find_result_layer(path, "heat")
    node = QgsProject.instance().layerTreeRoot().findLayer(beside.id()) if beside is not None else None
    if node is None or layer is None:
        return None
    layer.setCustomProperty(ROLE_KEY, role)
    group = node.parent()
    QgsProject.instance().addMapLayer(layer, False)
    group.insertLayer(group.children().index(node), layer).setExpanded(is_expanded)
    return layer
