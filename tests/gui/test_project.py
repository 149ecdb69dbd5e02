"""The panel and the project: a study comes back with its project, moved or not, and goes with it."""

from __future__ import annotations

import shutil
from datetime import date

import pytest
from gui.panel_runs import LIMIT_MS, fill, groups, load, message, run_to_end
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QCoreApplication, QEvent, Qt
from qgis.PyQt.QtWidgets import QLabel, QPushButton
from sitelight.plugin.gui.panel import SitelightPanel
from sitelight.plugin.gui.widgets.texts import ZERO_WIDTH_SPACE
from worlds.small_world import CROWD_LAT, CROWD_LON, KEY_DATE, write_observations, write_sites

PURPOSE = "Test with synthetic data"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    return write_observations(folder / "observations.csv", seed=812), write_sites(folder / "sites.geojson")


@pytest.fixture()
def panel(qgis_iface, qgis_new_project):
    made = SitelightPanel(qgis_iface.mapCanvas())
    yield made
    end(made)


def end(panel: SitelightPanel) -> None:
    panel.shut_down()
    panel.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def wait_for_study(panel: SitelightPanel, qtbot) -> None:
    qtbot.waitUntil(lambda: not panel.controller.is_running(), timeout=LIMIT_MS)


def saved_project(panel: SitelightPanel, world, folder, qtbot) -> int:
    """Run a study in `folder`, save the project beside it, and return the number of findings."""
    folder.mkdir()
    fill(panel, world, folder / "study.gpkg")
    run_to_end(panel, qtbot)
    assert QgsProject.instance().write(str(folder / "project.qgz"))
    return panel.findings_page.row_count()


def test_a_study_comes_back_with_its_project_and_goes_with_it(panel, world, tmp_path, qtbot):
    count = saved_project(panel, world, tmp_path / "first", qtbot)
    assert count > 0
    QgsProject.instance().clear()
    assert panel.findings_page.row_count() == 0
    assert panel.controller.results is None
    assert panel.tabs.currentWidget() is panel.study_page
    shutil.move(tmp_path / "first", tmp_path / "moved elsewhere")
    assert QgsProject.instance().read(str(tmp_path / "moved elsewhere" / "project.qgz"))
    assert not QgsProject.instance().isDirty()
    layers = set(QgsProject.instance().mapLayers())
    wait_for_study(panel, qtbot)
    assert panel.controller.path == str(tmp_path / "moved elsewhere" / "study.gpkg")
    assert panel.findings_page.row_count() == count
    assert set(QgsProject.instance().mapLayers()) == layers  # the analyst's layers, styles and order stay
    panel.findings_page.choose(0)
    assert groups()[0].findLayers()[0].layer().selectedFeatureCount() == 1


def test_the_last_of_several_studies_comes_back_to_a_panel_made_later(
    qgis_iface, qgis_new_project, world, tmp_path, qtbot
):
    first = SitelightPanel(qgis_iface.mapCanvas())
    saved_project(first, world, tmp_path / "first", qtbot)
    first.study_page._advanced.set_output_path(str(tmp_path / "second.gpkg"))
    run_to_end(first, qtbot)
    assert len(groups()) == 2
    project = str(tmp_path / "first" / "project.qgz")
    assert QgsProject.instance().write(project)
    end(first)
    QgsProject.instance().clear()
    assert QgsProject.instance().read(project)
    later = SitelightPanel(qgis_iface.mapCanvas())
    wait_for_study(later, qtbot)
    assert later.controller.path == str(tmp_path / "second.gpkg")
    assert later.findings_page.row_count() > 0
    end(later)


def test_a_study_that_is_gone_is_told(panel, world, tmp_path, qtbot):
    saved_project(panel, world, tmp_path / "first", qtbot)
    QgsProject.instance().clear()
    (tmp_path / "first" / "study.gpkg").unlink()
    QgsProject.instance().read(str(tmp_path / "first" / "project.qgz"))
    assert "no longer at" in message(panel) and "study.gpkg" in message(panel)
    assert not panel.controller.is_running()


def test_a_loaded_study_tells_its_settings_and_fills_the_form_when_asked(panel, world, tmp_path, qtbot, monkeypatch):
    fill(panel, world, tmp_path / "study.gpkg")
    panel.study_page._key_dates.set_days(3, 3)
    run_to_end(panel, qtbot)
    record = panel.study_page.record
    assert record.isHidden()
    QgsProject.instance().clear()
    page = panel.study_page
    page._purpose.setText("Something else that I typed")
    page._key_dates.set_key_dates((date(2023, 6, 1),))
    page._observations.picker.set_layer(None)
    load(panel, tmp_path / "study.gpkg", qtbot, monkeypatch)
    assert not record.isHidden()
    told = record.findChild(QLabel, "sitelight_record_text").text().replace(ZERO_WIDTH_SPACE, "")
    for words in ("study.gpkg", "observations.csv", KEY_DATE, "3 days before, 3 after", PURPOSE):
        assert words in told
    assert page._purpose.text() == "Something else that I typed"
    panel.show_place(CROWD_LAT, CROWD_LON)
    assert "run the study again" in panel.place_page._empty.text()
    qtbot.mouseClick(record.findChild(QPushButton, "sitelight_record_take"), Qt.MouseButton.LeftButton)
    assert page._purpose.text() == PURPOSE
    assert page._key_dates.key_dates() == (date.fromisoformat(KEY_DATE),)
    assert page._key_dates.days() == (3, 3)
    assert page._observations.picker.path() == str(world[0])
