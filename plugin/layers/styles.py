"""What layers say: our styles and titles, and nothing else that a loaded study's file may bring.

A loaded study is only read: its styles and descriptions may be anyone's, and QGIS loads what they name.
"""

from __future__ import annotations

from qgis.core import QgsCoordinateReferenceSystem, QgsFeatureRequest, QgsLayerMetadata, QgsVectorLayer
from qgis.PyQt.QtXml import QDomDocument

from ..data.result_styles import LEVEL_KINDS, PLACES_SCORE, style_path
from ..engine.tables import SCHEMAS, column_title


def name_fields(layer: QgsVectorLayer, table: str) -> None:
    """Let the attribute table and forms of a result layer show the titles of its columns."""
    for name in SCHEMAS[table].columns:
        number = layer.fields().indexFromName(name)
        if number >= 0:  # a study of an earlier version lacks some
            layer.setFieldAlias(number, column_title(name))


def apply_style(layer: QgsVectorLayer, style: str) -> None:
    """Give a layer a style of ours; `loadNamedStyle` would prefer a default style that the layer's file brings."""
    document = QDomDocument()
    document.setContent(style_path(style).read_text(encoding="utf-8"))
    layer.importNamedStyle(document)
    if style == "heat" and not _has_levels(layer):
        layer.renderer().setClassAttribute(PLACES_SCORE)


def _has_levels(layer: QgsVectorLayer) -> bool:
    """Return whether the heat of a study has countries or districts, which its style draws by scale."""
    kinds = ", ".join(f"'{kind}'" for kind in LEVEL_KINDS)
    request = QgsFeatureRequest().setFilterExpression(f'"spot_kind" IN ({kinds})').setLimit(1)
    request.setFlags(QgsFeatureRequest.Flag.NoGeometry).setNoAttributes()
    return next(layer.getFeatures(request), None) is not None


def dress(layer: QgsVectorLayer, style: str) -> None:
    """Give a layer of a study our style, description and CRS instead of those that its file may bring."""
    apply_style(layer, style)
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:4326"))  # of all tables; a file may describe it in HTML
    described = QgsLayerMetadata()
    described.setTitle(layer.name())
    layer.setMetadata(described)


def inert(text: str) -> str:
    """Return a name from data for a layer or group: QGIS shows names of layers as HTML in places, never this one."""
    return text.replace("<", "\u2039").replace(">", "\u203a")
