"""Loading and unloading leave QGIS as it was; the panel fits a narrow dock."""

from __future__ import annotations

import pytest
from qgis.core import QgsApplication, QgsProject
from qgis.gui import QgsMapToolPan
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt
from qgis.PyQt.QtGui import QKeyEvent
from qgis.PyQt.QtTest import QSignalSpy
from qgis.PyQt.QtWidgets import QAction, QMenu
from sitelight.plugin.gui.map.canvas_entry import CanvasEntry
from sitelight.plugin.gui.map.map_tools import PlaceTool
from sitelight.plugin.gui.panel import SitelightPanel
from sitelight.plugin.plugin import SitelightPlugin


def flush() -> None:
    """Let deferred deletions happen."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()


def panel_action(iface) -> QAction:
    return iface.mainWindow().findChild(QAction, "sitelight_panel_action")


def canvas_entry(iface) -> CanvasEntry:
    return iface.mainWindow().findChild(CanvasEntry, "sitelight_canvas_entry")


def census(iface) -> dict:
    """Count what the plugin could leave behind."""
    canvas, project = iface.mapCanvas(), QgsProject.instance()
    ours = [
        child.objectName()
        for child in iface.mainWindow().findChildren(QObject)
        if child.objectName().startswith("sitelight")
    ]
    return {
        "objects": sorted(ours),
        "canvas items": len(canvas.scene().items()),
        "context menu": canvas.receivers(canvas.contextMenuAboutToShow),
        "read project": project.receivers(project.readProject),
        "layers added": project.receivers(project.layersAdded),
        "provider": QgsApplication.processingRegistry().providerById("sitelight") is not None,
        "tasks": QgsApplication.taskManager().count(),
    }


@pytest.fixture()
def plugin(qgis_iface):
    made = SitelightPlugin(qgis_iface)
    made.initGui()
    yield made
    made.unload()
    flush()


def test_three_loads_and_unloads_leave_nothing(qgis_iface, qgis_new_project):
    flush()
    before = census(qgis_iface)
    for _round in range(3):
        made = SitelightPlugin(qgis_iface)
        made.initGui()
        panel_action(qgis_iface).trigger()
        canvas_entry(qgis_iface).place_picked.emit(13.5, 2.1)
        flush()
        assert census(qgis_iface)["provider"]
        assert "sitelight_panel" in census(qgis_iface)["objects"]
        made.unload()
        flush()
    assert census(qgis_iface) == before


def test_without_an_interface_only_the_provider_is_added():
    made = SitelightPlugin(None)
    made.initProcessing()
    assert QgsApplication.processingRegistry().providerById("sitelight") is not None
    made.unload()
    assert QgsApplication.processingRegistry().providerById("sitelight") is None


def test_panel_fits_280_pixels(plugin, qgis_iface):
    panel_action(qgis_iface).trigger()
    panel = qgis_iface.mainWindow().findChild(SitelightPanel, "sitelight_panel")
    for position in range(panel.tabs.count()):
        panel.tabs.setCurrentIndex(position)
        assert panel.minimumSizeHint().width() <= 280
        assert panel.tabs.widget(position).minimumSizeHint().width() <= 280


def test_context_menu_offers_the_place_under_the_cursor(plugin, qgis_iface):
    canvas = qgis_iface.mapCanvas()
    picked = QSignalSpy(canvas_entry(qgis_iface).place_picked)
    menu = QMenu()
    from qgis.gui import QgsMapMouseEvent

    event = QgsMapMouseEvent(canvas, QEvent.Type.MouseButtonPress, QPoint(10, 10))
    canvas.contextMenuAboutToShow.emit(menu, event)
    actions = [action for action in menu.actions() if action.objectName() == "sitelight_context_action"]
    assert [action.parent() for action in actions] == [menu]
    actions[0].trigger()
    lat, lon = picked[0]
    assert -90 <= lat <= 90
    assert -180 <= lon < 180


def test_escape_gives_the_tool_before_back(plugin, qgis_iface):
    canvas = qgis_iface.mapCanvas()
    pan = QgsMapToolPan(canvas)
    canvas.setMapTool(pan)
    place_action = canvas_entry(qgis_iface).actions[0]
    place_action.trigger()
    assert isinstance(canvas.mapTool(), PlaceTool)
    escape = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    canvas.mapTool().keyPressEvent(escape)
    assert canvas.mapTool() is pan
    assert not place_action.isChecked()
    canvas.unsetMapTool(pan)
