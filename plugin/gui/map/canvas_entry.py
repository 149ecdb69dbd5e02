"""The ways from the map to a place: the canvas context menu, a tool that picks, and one that draws an area."""

from __future__ import annotations

import math
from functools import partial
from typing import Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
)
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapTool
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, pyqtBoundSignal, pyqtSignal
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction, QMenu, QWidget

from ..widgets.form_parts import named
from ..widgets.texts import tip
from .map_tools import AreaTool, LeavingTool, PlaceTool

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


class CanvasEntry(QObject):
    """Reports places picked on the canvas in WGS84 degrees (lat, lon), and areas drawn on it (WKB, lon/lat)."""

    place_picked = pyqtSignal(float, float)
    example_picked = pyqtSignal(float, float)
    area_drawn = pyqtSignal(bytes)

    def __init__(self, canvas: QgsMapCanvas, parent: QWidget, place_icon: QIcon, area_icon: QIcon) -> None:
        super().__init__(parent)
        named(self, "canvas_entry")
        self._canvas = canvas
        self._icon = place_icon
        self._tool_before: Optional[QgsMapTool] = None
        self._offers_examples = False
        self._place_tool, self._area_tool = PlaceTool(canvas), AreaTool(canvas)
        self._place_tool.point_picked.connect(self._pick)
        self._area_tool.area_drawn.connect(self._take_area)
        place_action = self._action(
            "place", self._place_tool, place_icon, self.tr("Analyze a Place"),
            self.tr("Click a place on the map to see what happened there (Esc to leave)"),
        )
        area_action = self._action(
            "area", self._area_tool, area_icon, self.tr("Analyze an Area"),
            self.tr("Click around an area on the map, right-click to end, and see what happened there (Esc to leave)"),
        )
        self.actions = (place_action, area_action)
        canvas.contextMenuAboutToShow.connect(self._on_context_menu)

    def offer_examples(self, offers: bool) -> None:
        """Offer "Add as Signature Example" in the context menu or not: it needs the counts of a study."""
        self._offers_examples = offers

    def shut_down(self) -> None:
        """Disconnect from the canvas and give it back its tool; the entry deletes itself."""
        self._canvas.contextMenuAboutToShow.disconnect(self._on_context_menu)
        self._leave(self._place_tool)
        self._leave(self._area_tool)
        self._area_tool.shut_down()
        for part in (self._place_tool, self._area_tool, *self.actions):
            part.deleteLater()
        self.deleteLater()

    def _action(self, name: str, tool: LeavingTool, icon: QIcon, title: str, about: str) -> QAction:
        action = named(QAction(icon, title, self), f"{name}_action")
        action.setToolTip(tip(about))
        action.setCheckable(True)
        action.triggered.connect(partial(self._on_action_triggered, tool))
        tool.setAction(action)
        tool.left.connect(partial(self._leave, tool))
        return action

    def _on_context_menu(self, menu: QMenu, event: QgsMapMouseEvent) -> None:
        # The action belongs to the menu, which QGIS deletes after use: keep no reference.
        point = QgsPointXY(event.mapPoint())
        action = named(QAction(self._icon, self.tr("Analyze This Place"), menu), "context_action")
        action.triggered.connect(lambda _checked=False: self._pick(point))
        menu.addAction(action)
        if self._offers_examples:
            example = named(QAction(self._icon, self.tr("Add as Signature Example…"), menu), "context_example")
            example.triggered.connect(lambda _checked=False: self._pick(point, self.example_picked))
            menu.addAction(example)

    def _on_action_triggered(self, tool: LeavingTool, checked: bool) -> None:
        current = self._canvas.mapTool()
        if not checked:
            self._leave(tool)
        elif current is not tool:
            if current not in (self._place_tool, self._area_tool):
                self._tool_before = current
            self._canvas.setMapTool(tool)

    def _leave(self, tool: LeavingTool) -> None:
        if self._canvas.mapTool() is tool:
            self._canvas.unsetMapTool(tool)
            # The tool before may belong to a plugin that has been unloaded meanwhile.
            if self._tool_before is not None and not sip.isdeleted(self._tool_before):
                self._canvas.setMapTool(self._tool_before)
            self._tool_before = None

    def _pick(self, point: QgsPointXY, signal: Optional[pyqtBoundSignal] = None) -> None:
        place = to_wgs84(self._canvas, point)
        if place is not None:
            (signal or self.place_picked).emit(place.y(), (place.x() + 180) % 360 - 180)

    def _take_area(self, corners: list[QgsPointXY]) -> None:
        """Report an area; drawn across the antimeridian it runs on beyond 180 degrees."""
        degrees = [to_wgs84(self._canvas, corner) for corner in corners]
        if None not in degrees:
            self.area_drawn.emit(bytes(QgsGeometry.fromPolygonXY([degrees]).asWkb()))
