"""Choosing in the list itself, with the keyboard, as an analyst does: Qt tells of it in two signals."""

from __future__ import annotations

from qgis.core import QgsMapLayerProxyModel, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from sitelight.plugin.gui.widgets.source_picker import SourcePicker


def test_an_entry_chosen_in_the_list_stays_chosen(qgis_app, qgis_new_project, qtbot):
    first, second = (QgsVectorLayer("Point?crs=EPSG:4326", name, "memory") for name in ("alpha", "beta"))
    QgsProject.instance().addMapLayers([first, second])
    picker = SourcePicker("observations", QgsMapLayerProxyModel.Filter.PointLayer, "None", False)
    qtbot.addWidget(picker)
    picker.set_layer(first)
    QTest.keyClick(picker.combo, Qt.Key.Key_Down)
    qtbot.wait(20)
    assert picker.layer() is second
    assert picker.combo.currentLayer() is second
    QTest.keyClick(picker.combo, Qt.Key.Key_Home)
    qtbot.wait(20)
    assert picker.layer() is None
