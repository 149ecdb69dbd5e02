"""The styles of the result layers, shipped as .qml and stored inside each GeoPackage, and what else layers say.

A loaded study is only read: its styles and descriptions may be anyone's, and QGIS loads what they name.
"""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsCoordinateReferenceSystem, QgsLayerMetadata, QgsVectorLayer
from qgis.PyQt.QtXml import QDomDocument

from ..engine.tables import SCHEMAS

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "styles"


def style_path(table: str) -> Path:
    """Return the .qml of a result table."""
    return FOLDER / f"{table}.qml"


def read_styles() -> dict[str, str]:
    """Return the QML text of every result table with geometry."""
    names = [name for name, schema in SCHEMAS.items() if schema.geometry is not None]
    return {name: style_path(name).read_text(encoding="utf-8") for name in names}


def apply_style(layer: QgsVectorLayer, style: str) -> None:
    """Give a layer a style of ours; `loadNamedStyle` would prefer a default style that the layer's file brings."""
    document = QDomDocument()
    document.setContent(style_path(style).read_text(encoding="utf-8"))
    layer.importNamedStyle(document)


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
