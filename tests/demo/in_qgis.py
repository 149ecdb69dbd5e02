"""Runs inside QGIS (`--code`): does in the panel what an analyst would, then saves project and pictures.

Settings come as JSON in the environment variable SITELIGHT_DEMO; the outcome is written as JSON at the end.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from datetime import date
from pathlib import Path

from qgis import utils
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFillSymbol,
    QgsMarkerSymbol,
    QgsProject,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QEventLoop, QObject, QTimer
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QAction, QApplication, QLineEdit, QListView, QPushButton, QWidget
from qgis.utils import iface

SETTINGS = json.loads(os.environ["SITELIGHT_DEMO"])
FOLDER = Path(SETTINGS["folder"])
sys.path.insert(0, SETTINGS["scripts"])

NIAMEY = (2.02, 13.44, 2.24, 13.60)
LIBREVILLE = (9.36, 0.32, 9.56, 0.46)
SAHEL = (-20.0, -6.0, 62.0, 60.0)


def pause(milliseconds: int) -> None:
    """Let QGIS work for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def log(message: str, tag: str, level: int) -> None:
    """Repeat QGIS's own log on the terminal's log file."""
    print(f"[{tag}] {message}", file=sys.stderr, flush=True)


def add_basemap() -> QgsVectorLayer:
    """Add the countries that come with QGIS, muted."""
    source = Path(QgsApplication.pkgDataPath()) / "resources" / "data" / "world_map.gpkg"
    layer = QgsVectorLayer(f"{source}|layername=countries", "Countries (Natural Earth)", "ogr")
    symbol = QgsFillSymbol.createSimple(
        {"color": "#f4f2ec", "outline_color": "#b9b4a8", "outline_width": "0.2", "outline_style": "solid"}
    )
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    QgsProject.instance().addMapLayer(layer)
    return layer


def add_sites() -> QgsVectorLayer:
    """Add the scenario's sites as small grey squares."""
    layer = QgsVectorLayer(SETTINGS["sites"], "Sites (synthetic)", "ogr")
    if not layer.isValid() or not layer.isSpatial():
        raise OSError(f"The sites {SETTINGS['sites']} could not be opened as a point layer.")
    symbol = QgsMarkerSymbol.createSimple(
        {"name": "square", "color": "#8a8a8a", "outline_color": "white", "outline_width": "0.2", "size": "2"}
    )
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    QgsProject.instance().addMapLayer(layer)
    return layer


def find(window: QWidget, kind: type, name: str) -> QObject:
    """Return what is in a window or in the panel by its object name."""
    found = window.findChild(kind, name)
    if found is None:
        raise LookupError(f"There is no {kind.__name__} with the name {name}.")
    return found


def fill_panel(panel: QWidget, sites: QgsVectorLayer) -> None:
    """Choose inputs, key dates, calendar, purpose and output, as an analyst does."""
    find(panel, QWidget, "sitelight_observations_picker").set_path(SETTINGS["observations"])
    find(panel, QWidget, "sitelight_sites_picker").set_layer(sites)
    find(panel, QWidget, "sitelight_key_dates").set_key_dates(
        tuple(date.fromisoformat(day) for day in SETTINGS["key_dates"])
    )
    find(panel, QWidget, "sitelight_calendar_picker").set_path(SETTINGS["calendar"])
    find(panel, QLineEdit, "sitelight_purpose").setText("Demo on synthetic data")
    find(panel, QWidget, "sitelight_output").setFilePath(SETTINGS["output"])


def run_study(panel: QWidget) -> float:
    """Press Run and return the seconds until the results are on the map."""
    loop, errors = QEventLoop(), []
    controller = panel.controller
    controller.failed.connect(errors.append)
    controller.failed.connect(lambda _error: loop.quit())
    controller.results_changed.connect(loop.quit)
    QTimer.singleShot(int(SETTINGS["run_timeout_s"] * 1000), loop.quit)
    started = time.monotonic()
    find(panel, QPushButton, "sitelight_run").click()
    if controller.is_running():
        loop.exec()
    if errors:
        raise errors[0]
    if controller.results is None:
        raise TimeoutError("The study did not finish; the message bar of the panel says why.")
    return time.monotonic() - started


def show(extent: tuple[float, float, float, float]) -> None:
    """Zoom the canvas to these degrees and wait until it is drawn."""
    from demo.pictures import map_extent

    canvas = iface.mapCanvas()
    canvas.setExtent(map_extent(*extent))
    canvas.refresh()
    pause(300)
    canvas.waitWhileRendering()
    pause(300)


def find_row(panel: QWidget, name: str, words: str) -> int:
    """Return the first row of the list of findings or itineraries whose text has `words`, else the first row."""
    model = find(panel, QListView, f"sitelight_{name}_list").model()
    rows = range(model.rowCount())
    return next((row for row in rows if words in model.index(row, 0).data()), 0)


def save_pictures(panel: QWidget) -> list[str]:
    """Write three map sheets and two pictures of the window; return their names."""
    from demo.pictures import map_extent, save_sheet

    root = QgsProject.instance().layerTreeRoot()
    group = root.children()[0]
    roles = {node.layer().customProperty("sitelight/role"): node.layer() for node in group.findLayers()}
    basemap = [node.layer() for node in root.findLayers() if node.layer() not in roles.values()]
    results = [roles[name] for name in ("events", "stops", "legs", "itineraries", "heat") if name in roles]
    routes = [roles[name] for name in ("stops", "legs", "itineraries") if name in roles]
    for name, title, extent, layers in (
        ("niamey", "Niamey around 2023-07-26: heat and events (synthetic)", NIAMEY, results),
        ("libreville", "Libreville around 2023-08-30: heat and events (synthetic)", LIBREVILLE, results),
        ("sahel", "Itineraries that led to the findings (synthetic)", SAHEL, routes),
    ):
        save_sheet(FOLDER / f"{name}.png", title, map_extent(*extent), layers + basemap)
    window = iface.mainWindow()
    nodes = {name: root.findLayer(roles[name]) for name in roles}
    for name in ("stops", "legs", "silences", "itineraries"):
        if name in nodes:
            nodes[name].setItemVisibilityChecked(False)
    panel.findings_page.choose(find_row(panel, "findings", "Niamey"))
    show(NIAMEY)
    pause(800)
    window.grab().save(str(FOLDER / "window-findings.png"))
    for node in nodes.values():
        node.setItemVisibilityChecked(True)
    panel.tabs.setCurrentWidget(panel.itineraries_page)
    if panel.itineraries_page.row_count():
        panel.itineraries_page.choose(find_row(panel, "itineraries", "Ussuriysk garrison"))
    show(SAHEL)
    window.grab().save(str(FOLDER / "window-itineraries.png"))
    return ["niamey.png", "libreville.png", "sahel.png", "window-findings.png", "window-itineraries.png"]


def run_demo() -> dict:
    """Do the whole demo and return its outcome."""
    if "sitelight" not in utils.plugins:
        raise RuntimeError("QGIS did not load the plugin.")
    if not SETTINGS["stay_open"]:  # no window manager on a virtual display
        iface.mainWindow().setGeometry(QApplication.primaryScreen().geometry())
    project = QgsProject.instance()
    project.setBackgroundColor(QColor("#dfe7ec"))
    project.setTitle("Sitelight demo (synthetic data)")
    add_basemap()
    sites = add_sites()
    pause(500)
    project.setCrs(QgsCoordinateReferenceSystem("EPSG:3857"))  # after the first layer has brought its own
    show(SAHEL)
    find(iface.mainWindow(), QAction, "sitelight_panel_action").trigger()
    pause(500)
    panel = find(iface.mainWindow(), QWidget, "sitelight_panel")
    fill_panel(panel, sites)
    pause(500)
    iface.mainWindow().grab().save(str(FOLDER / "window-study.png"))
    seconds = run_study(panel)
    pause(500)
    pictures = ["window-study.png", *save_pictures(panel)]
    if not project.write(SETTINGS["project"]):
        raise OSError(f"The project {SETTINGS['project']} could not be written.")
    return {"seconds": seconds, "pictures": pictures, "notes": list(panel.controller.results.notes)}


def main() -> None:
    """Run the demo, write its outcome, and quit unless QGIS is to stay open."""
    try:
        outcome = run_demo()
    except Exception as error:  # noqa: BLE001 - whatever went wrong must reach the terminal
        traceback.print_exc()
        pause(500)
        iface.mainWindow().grab().save(str(FOLDER / "failure.png"))
        outcome = {"error": f"{type(error).__name__}: {error}"}
    part = Path(SETTINGS["outcome"]).with_suffix(".part")
    part.write_text(json.dumps(outcome), encoding="utf-8")
    part.rename(SETTINGS["outcome"])
    if not SETTINGS["stay_open"]:
        QgsProject.instance().setDirty(False)
        QTimer.singleShot(0, iface.actionExit().trigger)


QgsApplication.messageLog().messageReceived.connect(log)
QTimer.singleShot(1500, main)
