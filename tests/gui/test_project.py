"""The panel and the project: a study comes back with its project, moved or not, and goes with it."""

from __future__ import annotations

import shutil
from datetime import date

import pytest
from gui.panel_runs import (
    LIMIT_MS,
    close,
    fill,
    groups,
    key_dates,
    load,
    message,
    observations,
    part,
    press,
    purpose,
    run_to_end,
    write_to,
)
from qgis.core import QgsProject
from qgis.PyQt.QtWidgets import QLabel
from sitelight.plugin.gui.panel import SitelightPanel
from sitelight.plugin.gui.widgets.texts import ZERO_WIDTH_SPACE
from worlds.small_world import CROWD_LAT, CROWD_LON, KEY_DATE, write_observations, write_sites

PURPOSE = "Test with synthetic data"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    return write_observations(folder / "observations.csv", seed=812), write_sites(folder / "sites.geojson")


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
    write_to(first, tmp_path / "second.gpkg")
    run_to_end(first, qtbot)
    assert len(groups()) == 2
    project = str(tmp_path / "first" / "project.qgz")
    assert QgsProject.instance().write(project)
    close(first)
    QgsProject.instance().clear()
    assert QgsProject.instance().read(project)
    later = SitelightPanel(qgis_iface.mapCanvas())
    wait_for_study(later, qtbot)
    assert later.controller.path == str(tmp_path / "second.gpkg")
    assert later.findings_page.row_count() > 0
    close(later)


def test_a_study_that_is_gone_is_told(panel, world, tmp_path, qtbot):
    saved_project(panel, world, tmp_path / "first", qtbot)
    QgsProject.instance().clear()
    (tmp_path / "first" / "study.gpkg").unlink()
    QgsProject.instance().read(str(tmp_path / "first" / "project.qgz"))
    assert "no longer at" in message(panel) and "study.gpkg" in message(panel)
    assert not panel.controller.is_running()


def test_a_loaded_study_tells_its_settings_and_fills_the_form_when_asked(panel, world, tmp_path, qtbot, monkeypatch):
    fill(panel, world, tmp_path / "study.gpkg")
    key_dates(panel).set_days(3, 3)
    run_to_end(panel, qtbot)
    record = panel.study_page.record
    assert record.isHidden()
    QgsProject.instance().clear()
    purpose(panel).setText("Something else that I typed")
    key_dates(panel).set_key_dates((date(2023, 6, 1),))
    observations(panel).set_layer(None)
    load(panel, tmp_path / "study.gpkg", qtbot, monkeypatch)
    assert not record.isHidden()
    told = part(record, QLabel, "record_text").text().replace(ZERO_WIDTH_SPACE, "")
    for words in ("study.gpkg", "observations.csv", KEY_DATE, "3 days before, 3 after", PURPOSE):
        assert words in told
    assert purpose(panel).text() == "Something else that I typed"
    panel.show_place(CROWD_LAT, CROWD_LON)
    assert part(panel, QLabel, "place_title").text()
    press(panel, "record_take")
    assert purpose(panel).text() == PURPOSE
    assert key_dates(panel).key_dates() == (date.fromisoformat(KEY_DATE),)
    assert key_dates(panel).days() == (3, 3)
    assert observations(panel).path() == str(world[0])
