"""Zoom to a result and mark it on the canvas."""

from __future__ import annotations

from typing import Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsProject,
    QgsRectangle,
    QgsWkbTypes,
)
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

MARK = QColor(255, 0, 170)
HALO = QColor(255, 255, 255, 200)
LEAST_WIDTH_DEG = 0.06
MOST_VERTICES = 500


class CanvasHighlight:
    """Marks one geometry at a time with a bright line on a white halo; readable on any background."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self._bands: list[QgsRubberBand] = []

    def show(self, wkb: Optional[bytes]) -> None:
        """Zoom to a geometry (WKB, EPSG:4326) and mark it; None only clears the mark."""
        self.clear()
        if not wkb:
            return
        geometry = QgsGeometry()
        geometry.fromWkb(bytes(wkb))
        if geometry.isEmpty() or not self._zoom(geometry):
            return
        if geometry.constGet().nCoordinates() > MOST_VERTICES:
            geometry = geometry.simplify(geometry.boundingBox().width() / 1000)
        for color, width in ((HALO, 6), (MARK, 3)):
            self._bands.append(self._band(geometry, color, width))

    def clear(self) -> None:
        """Remove the mark."""
        for band in self._bands:
            self._canvas.scene().removeItem(band)
        self._bands = []

    def _band(self, geometry: QgsGeometry, color: QColor, width: int) -> QgsRubberBand:
        kind = geometry.type()
        band = QgsRubberBand(self._canvas, kind)
        band.setStrokeColor(color)
        band.setWidth(width)
        band.setFillColor(QColor(0, 0, 0, 0))
        if kind == QgsWkbTypes.GeometryType.PointGeometry:
            band.setIcon(QgsRubberBand.IconType.ICON_CIRCLE)
            band.setIconSize(26)
        else:
            band.setBrushStyle(Qt.BrushStyle.NoBrush)
        band.setToGeometry(geometry, QgsCoordinateReferenceSystem("EPSG:4326"))
        return band

    def _zoom(self, geometry: QgsGeometry) -> bool:
        box = geometry.boundingBox()
        box.scale(1.3)
        if box.width() < LEAST_WIDTH_DEG:
            box.grow((LEAST_WIDTH_DEG - box.width()) / 2)
        crs = self._canvas.mapSettings().destinationCrs()
        source = QgsCoordinateReferenceSystem("EPSG:4326")
        try:
            target: QgsRectangle = (
                QgsCoordinateTransform(source, crs, QgsProject.instance()).transformBoundingBox(box)
                if crs.isValid()
                else box
            )
        except QgsCsException:
            return False
        self._canvas.setExtent(target)
        self._canvas.refresh()
        return True
