"""The map tools: a click picks a place, clicks around an area draw it."""

from __future__ import annotations

from qgis.core import QgsGeometry, QgsPointXY, QgsWkbTypes
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapTool, QgsRubberBand
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QKeyEvent

LINE, FILL = QColor(255, 0, 170), QColor(255, 0, 170, 40)
MIN_CORNERS = 3


class LeavingTool(QgsMapTool):
    """A tool with a cross that Esc leaves."""

    left = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the tool at Esc."""
        if event.key() == Qt.Key.Key_Escape:
            event.accept()
            self.left.emit()


class PlaceTool(LeavingTool):
    """Picks one point."""

    point_picked = pyqtSignal(QgsPointXY)

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:
        """Report the point under a left click."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.point_picked.emit(event.mapPoint())


class AreaTool(LeavingTool):
    """Draws a polygon: a left click adds a corner, Backspace takes it back, a right or double click ends."""

    area_drawn = pyqtSignal(list)

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self._corners: list[QgsPointXY] = []
        self._is_double = False
        self._band = QgsRubberBand(canvas, QgsWkbTypes.GeometryType.PolygonGeometry)
        self._band.setStrokeColor(LINE)
        self._band.setFillColor(FILL)
        self._band.setWidth(2)

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:
        """Add a corner, or end."""
        if self._is_double:
            self._is_double = False
            self._end()
        elif event.button() == Qt.MouseButton.RightButton:
            self._end()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._corners.append(event.mapPoint())
            self._draw(event.mapPoint())

    def canvasDoubleClickEvent(self, _event: QgsMapMouseEvent) -> None:
        """End with the release that follows; the click before has added the last corner."""
        self._is_double = True

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:
        """Let the last corner follow the mouse."""
        if self._corners:
            self._draw(event.mapPoint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the last corner back at Backspace; Esc gives up what is drawn, and leaves when nothing is."""
        if event.key() == Qt.Key.Key_Backspace and self._corners:
            event.accept()
            self._corners.pop()
            self._draw()
        elif event.key() == Qt.Key.Key_Escape and self._corners:
            event.accept()
            self.clear()
        else:
            super().keyPressEvent(event)

    def deactivate(self) -> None:
        """Forget what is drawn when another tool is chosen."""
        self.clear()
        super().deactivate()

    def clear(self) -> None:
        """Forget what is drawn."""
        self._corners = []
        self._band.reset(QgsWkbTypes.GeometryType.PolygonGeometry)

    def shut_down(self) -> None:
        """Take the band off the canvas."""
        self.clear()
        self.canvas().scene().removeItem(self._band)

    def _draw(self, *mouse: QgsPointXY) -> None:
        self._band.setToGeometry(QgsGeometry.fromPolygonXY([[*self._corners, *mouse]]), None)

    def _end(self) -> None:
        corners = list(self._corners)
        if len(corners) >= MIN_CORNERS:
            self.clear()
            self.area_drawn.emit(corners)
