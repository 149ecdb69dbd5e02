"""The map layer of a signature's matches, in the group of its study (main thread only)."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsProject, QgsProviderRegistry, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication

from .memory_layers import put_in_study
from .styles import dress, inert

TABLE = "signatures"


def show_matches(path: str, name: str) -> Optional[QgsVectorLayer]:
    """Add the layer of the signature `name` on top of the study's heat and return it; an earlier one goes.

    None where the study at `path` has no group in the project, or no rows of that name.
    """
    return put_in_study(path, f"{TABLE}:{name}", _open(path, name), is_expanded=True)


def _open(path: str, name: str) -> Optional[QgsVectorLayer]:
    # The filter is part of the source: set afterwards, GDAL 3.6 loses the other layers of the same GeoPackage.
    quoted = name.replace("'", "''")
    parts = {"path": path, "layerName": TABLE, "subset": f"\"signature\" = '{quoted}'"}
    options = QgsVectorLayer.LayerOptions(QgsProject.instance().transformContext())
    options.loadDefaultStyle = False
    title = QCoreApplication.translate("SignatureLayers", "Signature – {name}").format(name=inert(name))
    layer = QgsVectorLayer(QgsProviderRegistry.instance().encodeUri("ogr", parts), title, "ogr", options)
    if not layer.isValid() or layer.featureCount() == 0:
        return None
    dress(layer, TABLE)
    return layer
