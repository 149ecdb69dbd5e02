"""Fields of layers, made so that every QGIS takes them: from 3.38 on by Qt 6's names of types, before by Qt 5's."""

from __future__ import annotations

from qgis.core import Qgis, QgsField
from qgis.PyQt.QtCore import QMetaType, QVariant

TEXT, WHOLE, LONG, REAL = QMetaType.Type.QString, QMetaType.Type.Int, QMetaType.Type.LongLong, QMetaType.Type.Double
_TAKES_META_TYPES = 33800  # QGIS's version as a number; what took QVariant's types until then warns since


def make_field(name: str, kind: QMetaType.Type) -> QgsField:
    """Return a field of one of the types above."""
    return QgsField(name, kind if Qgis.versionInt() >= _TAKES_META_TYPES else QVariant.Type(kind))
