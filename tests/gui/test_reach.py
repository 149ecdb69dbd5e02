"""Where from and where to in the site card: asked in the background, shown as a table and as flows on the map."""

from __future__ import annotations

import pytest
from gui.panel_runs import close, fill, part, press, run_to_end
from gui.reach_texts import cells_of, text_of
from qgis.core import QgsProject
from qgis.PyQt.QtWidgets import QComboBox, QPushButton, QSpinBox
from sitelight.plugin.gui.panel import SitelightPanel
from sitelight.plugin.layers.result_layers import find_result_layer
from worlds.camp_world import write_camp_world
from worlds.small_world import CROWD_LAT, CROWD_LON

TIMEOUT_MS = 30_000


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return write_camp_world(tmp_path_factory.mktemp("reach"))


def test_a_place_is_asked_and_flows_are_one_layer_that_the_next_answer_replaces(panel, world, tmp_path, qtbot):
    fill(panel, world, tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    findings = panel.controller.results.tables["findings"]
    row = findings[findings["spot_name"] == "Hotel Palm"].iloc[0].to_dict()
    ask = part(panel, QPushButton, "reach_ask")
    # The run keeps the answer for 30 days; with 29 it is looked for in the background, and kept too.
    for days, is_kept in ((30, True), (29, False), (29, True)):
        panel.findings_page.opened.emit(row)
        part(panel, QSpinBox, "reach_days").setValue(days)
        assert part(panel, QComboBox, "reach_window").currentData()[0] == row["window_start"]
        assert text_of(panel) == ""
        with qtbot.waitSignal(panel.questions.reach.answered, timeout=TIMEOUT_MS):
            ask.click()
            assert ask.isEnabled() == is_kept
        assert ask.isEnabled()
        layer = find_result_layer(panel.controller.path, "flows:place")
        assert layer.providerType() == "ogr" and layer.source().startswith(panel.controller.path)
    # Twelve of the crowd and the six: before, only the six were seen elsewhere, at the camp.
    assert "18 devices were at Hotel Palm" in text_of(panel)
    assert cells_of(panel)["North Camp"][:2] == ["6", "33"]
    names = [layer.name() for layer in QgsProject.instance().mapLayers().values()]
    assert names.count("Flows – Hotel Palm") == 1
    layer = find_result_layer(panel.controller.path, "flows:place")
    (flow,) = layer.getFeatures()
    assert (flow["name"], flow["direction"], flow["devices"]) == ("North Camp", "before", "6")


def test_closing_the_panel_while_it_looks_back_is_safe(qgis_iface, qgis_new_project, world, tmp_path, qtbot):
    panel = SitelightPanel(qgis_iface.mapCanvas())
    fill(panel, world, tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    panel.show_place(CROWD_LAT, CROWD_LON)
    part(panel, QSpinBox, "reach_days").setValue(29)
    press(panel, "reach_ask")
    close(panel)
    qtbot.wait(500)
    assert find_result_layer(str(tmp_path / "study.gpkg"), "flows:place") is None
