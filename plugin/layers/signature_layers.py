"""The map layer of a signature's matches, in the group of its study (main thread only)."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsProject, QgsProviderRegistry, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication

from .result_layers import ROLE_KEY, find_result_layer, require_main_thread
from .styles import style_path

TABLE = "signatures"


def show_matches(path: str, name: str) -> Optional[QgsVectorLayer]:
    """Add the layer of the signature `name` on top of the study's heat and return it; an earlier one goes.

    None where the study at `path` has no group in the project, or no rows of that name.
    """
    require_main_thread()
    beside = find_result_layer(path, "heat")
    node = QgsProject.instance().layerTreeRoot().findLayer(beside.id()) if beside is not None else None
    if node is None:
        return None
    role = f"{TABLE}:{name}"
    earlier = find_result_layer(path, role)
    if earlier is not None:
        QgsProject.instance().removeMapLayer(earlier)
    layer = _open(path, name)
    if layer is None:
        return None
    layer.setCustomProperty(ROLE_KEY, role)
    group = node.parent()
    QgsProject.instance().addMapLayer(layer, False)
    group.insertLayer(group.children().index(node), layer)
    return layer


def _open(path: str, name: str) -> Optional[QgsVectorLayer]:
    # The filter is part of the source: set afterwards, GDAL 3.6 loses the other layers of the same GeoPackage.
    quoted = name.replace("'", "''")
    parts = {"path": path, "layerName": TABLE, "subset": f"\"signature\" = '{quoted}'"}
    options = QgsVectorLayer.LayerOptions(QgsProject.instance().transformContext())
    options.loadDefaultStyle = False
    title = QCoreApplication.translate("SignatureLayers", "Signature – {name}").format(name=name)
    layer = QgsVectorLayer(QgsProviderRegistry.instance().encodeUri("ogr", parts), title, "ogr", options)
    if not layer.isValid() or layer.featureCount() == 0:
        return None
    layer.loadNamedStyle(str(style_path(TABLE)))
    return layer
