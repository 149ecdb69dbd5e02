"""Name and style of the layers that Processing loads from an algorithm's output."""

from __future__ import annotations

from qgis.core import (
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsVectorLayer,
)
from qgis.PyQt import sip

from .styles import apply_style


class OutputStyle(QgsProcessingLayerPostProcessorInterface):
    """Gives an output its style from resources/styles once Processing loads it, which is on the main thread."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def postProcessLayer(
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Apply the style; its times let the temporal controller play the layer."""
        if isinstance(layer, QgsVectorLayer):
            apply_style(layer, self._name)
            layer.triggerRepaint()


# Processing calls a style long after the algorithm is gone, when Python would have forgotten it, and deletes it.
_kept: list[OutputStyle] = []


def present_output(context: QgsProcessingContext, identity: str, style: str, title: str, name: str) -> None:
    """Have the output `identity` styled when it is loaded; one still called by its plain `title` is called `name`."""
    if not context.willLoadLayerOnCompletion(identity):
        return
    details = context.layerToLoadOnCompletionDetails(identity)
    _kept[:] = [kept for kept in _kept if not sip.isdeleted(kept)]
    _kept.append(OutputStyle(style))
    details.setPostProcessor(_kept[-1])
    if details.name == title:
        details.name = name
