"""The panel filled in, run and looked at, as the tests of its parts need it."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from qgis.core import QgsProject
from qgis.gui import QgsFileWidget, QgsMessageBar
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QObject
from qgis.PyQt.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget
from sitelight.plugin.gui.panel import SitelightPanel
from sitelight.plugin.gui.study.key_dates_group import KeyDatesGroup
from sitelight.plugin.gui.widgets.source_picker import SourcePicker
from sitelight.plugin.gui.widgets.texts import ZERO_WIDTH_SPACE
from sitelight.plugin.layers.result_layers import GROUP_KEY
from worlds.small_world import KEY_DATE

LIMIT_MS = 120_000


Kind = TypeVar("Kind", bound=QObject)


def part(whole: QWidget, kind: type[Kind], name: str) -> Kind:
    """Return the widget or action called `sitelight_` and `name`, of which there is one."""
    (found,) = whole.findChildren(kind, f"sitelight_{name}")
    return found


def press(whole: QWidget, name: str) -> None:
    part(whole, QAbstractButton, name).click()


def observations(panel: SitelightPanel) -> SourcePicker:
    return part(panel, SourcePicker, "observations_picker")


def sites(panel: SitelightPanel) -> SourcePicker:
    return part(panel, SourcePicker, "sites_picker")


def key_dates(panel: SitelightPanel) -> KeyDatesGroup:
    return part(panel, KeyDatesGroup, "key_dates")


def purpose(panel: SitelightPanel) -> QLineEdit:
    return part(panel, QLineEdit, "purpose")


def write_to(panel: SitelightPanel, path) -> None:
    """Choose the GeoPackage of the next run."""
    part(panel, QgsFileWidget, "output").setFilePath(str(path))


def fill(panel: SitelightPanel, world, output) -> None:
    observations(panel).set_path(str(world[0]))
    sites(panel).set_path(str(world[1]))
    key_dates(panel).set_key_dates((date.fromisoformat(KEY_DATE),))
    purpose(panel).setText("Test with synthetic data")
    write_to(panel, output)


def run_to_end(panel: SitelightPanel, qtbot) -> None:
    with qtbot.waitSignal(panel.controller.ended, timeout=LIMIT_MS):
        press(panel, "run")


def told_in(bar: QgsMessageBar) -> str:
    """Return the sentence that a bar shows, "" for none."""
    item = bar.currentItem()
    texts = [] if item is None else [label.text() for label in item.findChildren(QLabel) if label.wordWrap()]
    return " ".join(texts).replace(ZERO_WIDTH_SPACE, "")


def message(panel: SitelightPanel) -> str:
    return told_in(panel.bar)


def close(panel: SitelightPanel) -> None:
    panel.shut_down()
    panel.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def groups() -> list:
    found = QgsProject.instance().layerTreeRoot().findGroups(True)
    return [group for group in found if group.customProperty(GROUP_KEY)]


def load(panel: SitelightPanel, path, qtbot, monkeypatch) -> None:
    chooser = "sitelight.plugin.gui.study.study_files.QFileDialog.getOpenFileName"
    monkeypatch.setattr(chooser, lambda *_: (str(path), ""))
    with qtbot.waitSignal(panel.controller.ended, timeout=LIMIT_MS):
        press(panel, "load")
