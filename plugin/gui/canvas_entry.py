"""The two ways from the map to a place: the canvas context menu and a map tool."""

from __future__ import annotations

import math
from typing import Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsPointXY,
    QgsProject,
)
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapTool
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, Qt, pyqtBoundSignal, pyqtSignal
from qgis.PyQt.QtGui import QIcon, QKeyEvent
from qgis.PyQt.QtWidgets import QAction, QMenu, QWidget

WGS84 = "EPSG:4326"


def to_wgs84(canvas: QgsMapCanvas, point: QgsPointXY) -> Optional[QgsPointXY]:
    """Return a canvas point as lon/lat degrees, or None where the map's CRS does not reach the ground."""
    crs = canvas.mapSettings().destinationCrs()
    if crs.isValid():
        transform = QgsCoordinateTransform(crs, QgsCoordinateReferenceSystem(WGS84), QgsProject.instance())
        try:
            point = transform.transform(point)
        except QgsCsException:
            return None
    is_on_earth = math.isfinite(point.x()) and math.isfinite(point.y()) and abs(point.y()) <= 90
    return point if is_on_earth and abs(point.x()) <= 540 else None


class PlaceTool(QgsMapTool):
    """Picks one point; Esc leaves the tool."""

    point_picked = pyqtSignal(QgsPointXY)
    left = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:
        """Report the point under a left click."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.point_picked.emit(event.mapPoint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the tool at Esc."""
        if event.key() == Qt.Key.Key_Escape:
            event.accept()
            self.left.emit()


class CanvasEntry(QObject):
    """Offers "Analyze This Place" on the canvas and reports picked places in WGS84 degrees (lat, lon)."""

    place_picked = pyqtSignal(float, float)
    example_picked = pyqtSignal(float, float)

    def __init__(self, canvas: QgsMapCanvas, parent: QWidget, icon: QIcon) -> None:
        super().__init__(parent)
        self.setObjectName("sitelight_canvas_entry")
        self._canvas = canvas
        self._icon = icon
        self._tool_before: Optional[QgsMapTool] = None
        self._offers_examples = False
        self.action = QAction(icon, self.tr("Analyze a Place"), self)
        self.action.setObjectName("sitelight_place_action")
        self.action.setToolTip(self.tr("Click a place on the map to see what happened there (Esc to leave)"))
        self.action.setCheckable(True)
        self.action.triggered.connect(self._on_action_triggered)
        self._tool = PlaceTool(canvas)
        self._tool.setAction(self.action)
        self._tool.point_picked.connect(self._pick)
        self._tool.left.connect(self._leave_tool)
        canvas.contextMenuAboutToShow.connect(self._on_context_menu)

    def offer_examples(self, offers: bool) -> None:
        """Offer "Add as Signature Example" in the context menu or not: it needs the counts of a study."""
        self._offers_examples = offers

    def shut_down(self) -> None:
        """Disconnect from the canvas and give it back its tool; the entry deletes itself."""
        self._canvas.contextMenuAboutToShow.disconnect(self._on_context_menu)
        self._leave_tool()
        self._tool.deleteLater()
        self.action.deleteLater()
        self.deleteLater()

    def _on_context_menu(self, menu: QMenu, event: QgsMapMouseEvent) -> None:
        # The action belongs to the menu, which QGIS deletes after use: keep no reference.
        point = QgsPointXY(event.mapPoint())
        action = QAction(self._icon, self.tr("Analyze This Place"), menu)
        action.setObjectName("sitelight_context_action")
        action.triggered.connect(lambda _checked=False: self._pick(point))
        menu.addAction(action)
        if self._offers_examples:
            example = QAction(self._icon, self.tr("Add as Signature Example…"), menu)
            example.setObjectName("sitelight_context_example")
            example.triggered.connect(lambda _checked=False: self._pick(point, self.example_picked))
            menu.addAction(example)

    def _on_action_triggered(self, checked: bool) -> None:
        if not checked:
            self._leave_tool()
        elif self._canvas.mapTool() is not self._tool:
            self._tool_before = self._canvas.mapTool()
            self._canvas.setMapTool(self._tool)

    def _leave_tool(self) -> None:
        if self._canvas.mapTool() is self._tool:
            self._canvas.unsetMapTool(self._tool)
            # The tool before may belong to a plugin that has been unloaded meanwhile.
            if self._tool_before is not None and not sip.isdeleted(self._tool_before):
                self._canvas.setMapTool(self._tool_before)
        self._tool_before = None

    def _pick(self, point: QgsPointXY, signal: Optional[pyqtBoundSignal] = None) -> None:
        place = to_wgs84(self._canvas, point)
        if place is not None:
            (signal or self.place_picked).emit(place.y(), (place.x() + 180) % 360 - 180)
