"""The star of favourites, hollow while it is off; QGIS's theme has only the full one."""

from __future__ import annotations

import math

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QPointF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

STAR_SIZE = 32


def star_icon(outline: QColor) -> QIcon:
    """Return the theme's star, hollow while it is off."""
    corners = []
    for corner in range(10):
        reach, angle = STAR_SIZE * (0.42 if corner % 2 == 0 else 0.18), math.pi * (corner / 5 - 0.5)
        corners.append(QPointF(STAR_SIZE / 2 + reach * math.cos(angle), STAR_SIZE / 2 + reach * math.sin(angle)))
    hollow = QPixmap(STAR_SIZE, STAR_SIZE)
    hollow.fill(Qt.GlobalColor.transparent)
    painter = QPainter(hollow)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(outline, STAR_SIZE / 14))
    painter.drawPolygon(QPolygonF(corners))
    painter.end()
    icon = QIcon()
    icon.addPixmap(hollow, QIcon.Mode.Normal, QIcon.State.Off)
    theme = QgsApplication.getThemeIcon("/mIconFavorites.svg")
    icon.addPixmap(theme.pixmap(QSize(STAR_SIZE, STAR_SIZE)), QIcon.Mode.Normal, QIcon.State.On)
    return icon
