"""The panel filled in, run and looked at, as the tests of its parts need it."""

from __future__ import annotations

from datetime import date

from qgis.core import (
    QgsProject,
)
from qgis.PyQt.QtWidgets import QLabel
from sitelight.plugin.gui.panel import SitelightPanel
from sitelight.plugin.gui.widgets.texts import ZERO_WIDTH_SPACE
from sitelight.plugin.layers.result_layers import GROUP_KEY
from worlds.small_world import KEY_DATE

LIMIT_MS = 120_000


def fill(panel: SitelightPanel, world, output) -> None:
    page = panel.study_page
    page._observations.picker.set_path(str(world[0]))
    page._sites.picker.set_path(str(world[1]))
    page._key_dates.set_key_dates((date.fromisoformat(KEY_DATE),))
    page._purpose.setText("Test with synthetic data")
    page._advanced.set_output_path(str(output))


def run_to_end(panel: SitelightPanel, qtbot) -> None:
    with qtbot.waitSignal(panel.controller.ended, timeout=LIMIT_MS):
        panel.study_page.footer._button.click()


def message(panel: SitelightPanel) -> str:
    item = panel.bar.currentItem()
    texts = [] if item is None else [label.text() for label in item.findChildren(QLabel) if label.wordWrap()]
    return " ".join(texts).replace(ZERO_WIDTH_SPACE, "")


def groups() -> list:
    found = QgsProject.instance().layerTreeRoot().findGroups(True)
    return [group for group in found if group.customProperty(GROUP_KEY)]


def load(panel: SitelightPanel, path, qtbot, monkeypatch) -> None:
    chooser = "sitelight.plugin.gui.study.study_files.QFileDialog.getOpenFileName"
    monkeypatch.setattr(chooser, lambda *_: (str(path), ""))
    with qtbot.waitSignal(panel.controller.ended, timeout=LIMIT_MS):
        panel.study_page.footer._load.click()
