"""A panel that is shut down does nothing any more, and leaves nothing when it goes."""

from __future__ import annotations

from gui.panel_runs import close, fill, groups, message, press, run_to_end
from qgis.core import QgsProject
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject
from sitelight.plugin.gui.panel import SitelightPanel
from worlds.camp_world import write_camp_world


def listeners(project: QgsProject) -> list[int]:
    signals = project.readProject, project.writeProject, project.cleared, project.layersAdded
    return [project.receivers(signal) for signal in signals]


def test_a_panel_that_is_shut_down_follows_neither_lists_nor_project(qgis_iface, qgis_new_project, tmp_path, qtbot):
    before, canvas = listeners(QgsProject.instance()), qgis_iface.mapCanvas()
    items = len(canvas.scene().items())
    panel = SitelightPanel(canvas)
    fill(panel, write_camp_world(tmp_path), tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    findings = groups()[0].findLayers()[0].layer()
    panel.findings_page.choose(0)
    assert len(canvas.scene().items()) > items and findings.selectedFeatureCount() == 1
    findings.removeSelection()
    for _twice in range(2):
        panel.shut_down()
        assert len(canvas.scene().items()) == items
    panel.findings_page.choose(1)
    panel.findings_page.opened.emit(panel.controller.results.tables["findings"].iloc[0].to_dict())
    assert len(canvas.scene().items()) == items and findings.selectedFeatureCount() == 0
    assert panel.tabs.currentWidget() is panel.findings_page
    panel.bar.clearWidgets()
    press(panel, "run")
    QgsProject.instance().clear()
    assert panel.controller.results is not None and not panel.controller.is_running() and message(panel) == ""
    parts = [panel, *panel.findChildren(QObject)]
    close(panel)
    assert len(parts) > 500 and all(sip.isdeleted(part) for part in parts)
    assert listeners(QgsProject.instance()) == before
