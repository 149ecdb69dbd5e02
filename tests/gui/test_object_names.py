"""Widgets are found by their object names: whatever is acted on has one, and none has that of another."""

from __future__ import annotations

from collections import Counter

from gui.panel_runs import close, fill, press, run_to_end
from qgis.gui import QgsCollapsibleGroupBoxBasic, QgsFileWidget, QgsMessageBar
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QObject
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QDialogButtonBox,
    QDockWidget,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QTabWidget,
    QTextBrowser,
    QWidget,
)
from sitelight.plugin.gui.panel import SitelightPanel
from sitelight.plugin.gui.widgets.count_table import CountTable
from worlds.camp_world import write_camp_world
from worlds.small_world import CROWD_LAT, CROWD_LON

ACTED_ON = (
    QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QProgressBar,
    QTabWidget, QTextBrowser,
)  # fmt: skip
# These are named as a whole: what they are made of is Qt's, or comes and goes with what they show.
WHOLE = (
    QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QTextBrowser, QTabWidget, QDialogButtonBox,
    QgsCollapsibleGroupBoxBasic, QgsFileWidget, QgsMessageBar, CountTable,
)  # fmt: skip


def is_ours(thing: QObject) -> bool:
    return thing.objectName().startswith("sitelight_")


def whole_of(widget: QWidget) -> QWidget:
    """Return the nearest widget around this one that has a name of ours."""
    parent = widget.parentWidget()
    while not is_ours(parent):
        parent = parent.parentWidget()
    return parent


def test_everything_has_one_name(qgis_iface, qgis_new_project, tmp_path, qtbot):
    panel = SitelightPanel(qgis_iface.mapCanvas(), profile=tmp_path / "profile")
    fill(panel, write_camp_world(tmp_path), tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    for _twice in range(2):  # the second card takes the place of the first
        panel.show_place(CROWD_LAT, CROWD_LON)
    press(panel, "own_add")
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    nameless = [
        f"{type(widget).__name__} {widget.objectName()} in {whole_of(widget).objectName()}"
        for widget in panel.findChildren(QWidget)
        if isinstance(widget, ACTED_ON) and not is_ours(widget) and not isinstance(whole_of(widget), WHOLE)
        and not (isinstance(widget.parent(), QDockWidget) and widget.objectName().startswith("qt_"))
    ]  # fmt: skip
    names = Counter(thing.objectName() for thing in (panel, *panel.findChildren(QObject)) if is_ours(thing))
    close(panel)
    assert nameless == []
    assert [name for name, count in names.items() if count > 1] == []
    assert len(names) > 150
