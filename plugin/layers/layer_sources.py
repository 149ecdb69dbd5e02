"""What a layer of the project is read from (main thread only)."""

from __future__ import annotations

from qgis.core import QgsMapLayer, QgsProject, QgsVectorLayer, QgsVirtualLayerDefinition
from qgis.PyQt.QtCore import QUrl


def sources_of(layer: QgsMapLayer) -> list[str]:
    """Return the sources of a layer: its own, and those of the layers that are joined to it or that it is made of."""
    sources = [layer.source()]
    if not isinstance(layer, QgsVectorLayer):
        return sources
    sources += [join.joinLayer().source() for join in layer.vectorJoins() if join.joinLayer() is not None]
    if layer.providerType() == "virtual":
        definition = QgsVirtualLayerDefinition.fromUrl(QUrl.fromEncoded(layer.source().encode("utf-8")))
        for part in definition.sourceLayers():
            known = QgsProject.instance().mapLayer(part.reference()) if part.isReferenced() else None
            sources.append(part.source() if known is None else known.source())
    return sources
