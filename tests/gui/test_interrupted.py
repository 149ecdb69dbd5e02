"""The project changes during a run: closed, replaced, its layers removed; results go where they were asked for."""

from __future__ import annotations

import contextlib
import os
import sqlite3

import pytest
import windows_files
from gui.panel_runs import LIMIT_MS, fill, groups, load, message, observations, press, purpose, run_to_end
from qgis.core import QgsFeature, QgsGeometry, QgsPointXY, QgsProject, QgsVectorLayer
from sitelight.plugin.data.geopackage import read_results
from sitelight.plugin.gui.study.project_study import CHOICES, SCOPE
from worlds.small_world import write_observations, write_sites

STAGES = ("Reading observations", "Writing the GeoPackage", "Adding layers")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    return write_observations(folder / "pings.csv", seed=90_417), write_sites(folder / "sites.geojson")


def run_and(panel, qtbot, stage: str, act) -> None:
    """Run the study and call `act` once when `stage` begins; return when the run has ended."""
    seen = []

    def at(name: str) -> None:
        if name == stage and not seen:
            seen.append(name)
            act()

    panel.controller.stage_changed.connect(at)
    run_to_end(panel, qtbot)
    assert seen


@pytest.mark.parametrize("stage", STAGES)
def test_results_of_a_run_come_into_no_other_project(panel, world, tmp_path, qtbot, monkeypatch, stage):
    path = tmp_path / "study.gpkg"
    fill(panel, world, path)
    run_and(panel, qtbot, stage, QgsProject.instance().clear)
    project = QgsProject.instance()
    assert groups() == [] and project.mapLayers() == {} and project.layerTreeRoot().children() == []
    assert f"nothing was added to this one; the results are in {path}." in message(panel)
    assert panel.controller.results is None and not panel.controller.is_running()
    assert panel.findings_page.row_count() == 0
    assert os.listdir(tmp_path) == ["study.gpkg"]
    load(panel, path, qtbot, monkeypatch)
    assert panel.findings_page.row_count() == len(read_results(path).tables["events"]) > 0
    assert len(groups()) == 1


def test_a_project_that_is_opened_during_a_run_shows_its_own_study_afterwards(panel, world, tmp_path, qtbot):
    project, own, other = QgsProject.instance(), tmp_path / "own.gpkg", tmp_path / "other.gpkg"
    fill(panel, world, own)
    run_to_end(panel, qtbot)
    assert project.write(str(tmp_path / "own.qgz"))
    project.clear()
    fill(panel, world, other)
    with qtbot.waitSignal(panel.controller.results_changed, timeout=LIMIT_MS):
        run_and(panel, qtbot, "Reading observations", lambda: project.read(str(tmp_path / "own.qgz")))
        assert str(other) in message(panel)
    assert panel.controller.path == str(own)
    (group,) = groups()
    assert all(str(own) in node.layer().source() for node in group.findLayers())
    assert len(read_results(other).tables["findings"]) > 0


def test_a_run_over_the_study_of_a_project_that_closes_replaces_it_there(panel, world, tmp_path, qtbot):
    path = tmp_path / "study.gpkg"
    fill(panel, world, path)
    run_to_end(panel, qtbot)
    before = path.read_bytes()
    fill(panel, world, path)
    run_and(panel, qtbot, "Reading observations", QgsProject.instance().clear)
    assert path.read_bytes() != before and len(read_results(path).tables["findings"]) > 0
    assert groups() == [] and os.listdir(tmp_path) == ["study.gpkg"]


@pytest.mark.parametrize("stage", STAGES[:2])
def test_a_layer_that_is_removed_during_a_run_was_taken_before(panel, world, tmp_path, qtbot, stage):
    fill(panel, world, tmp_path / "study.gpkg")
    run_to_end(panel, qtbot)
    wanted = len(read_results(tmp_path / "study.gpkg").tables["heat"])
    layer = memory_layer(world[0])
    QgsProject.instance().addMapLayer(layer)
    fill(panel, world, tmp_path / "second.gpkg")
    observations(panel).set_layer(layer)
    run_and(panel, qtbot, stage, lambda: QgsProject.instance().removeMapLayer(layer.id()))
    assert len(read_results(tmp_path / "second.gpkg").tables["heat"]) == wanted
    assert panel.controller.path == str(tmp_path / "second.gpkg")


def memory_layer(path) -> QgsVectorLayer:
    fields = "field=device_id:string&field=timestamp:int8&field=accuracy:double"
    layer = QgsVectorLayer(f"Point?crs=EPSG:4326&{fields}", "p", "memory")
    features = []
    for line in path.read_text().splitlines()[1:]:
        device, second, lat, lon, accuracy = line.split(",")
        feature = QgsFeature(layer.fields())
        feature.setAttributes([device, int(second), float(accuracy)])
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(float(lon), float(lat))))
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    assert layer.featureCount() > 1000
    return layer


@pytest.mark.skipif(
    bool(os.environ.get(windows_files.SWITCH)), reason="Windows replaces no open file: see data/test_locked_files.py"
)
@pytest.mark.parametrize("moment", ["before", "during"])
def test_a_target_that_another_program_has_locked_is_whole_afterwards(panel, world, tmp_path, qtbot, moment):
    path = tmp_path / "study.gpkg"
    fill(panel, world, path)
    run_to_end(panel, qtbot)
    QgsProject.instance().clear()
    fill(panel, world, path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        lock = lambda: other.execute("BEGIN EXCLUSIVE")  # noqa: E731
        if moment == "before":
            lock()
            run_to_end(panel, qtbot)
        else:
            run_and(panel, qtbot, "Writing the GeoPackage", lock)
    assert len(read_results(path).tables["findings"]) > 0
    assert os.listdir(tmp_path) == ["study.gpkg"]


def test_a_purpose_that_is_no_sentence_starts_no_run(panel, world, tmp_path):
    fill(panel, world, tmp_path / "study.gpkg")
    purpose(panel).setText("x")
    press(panel, "run")
    assert "“x” is no sentence" in message(panel) and not panel.controller.is_running()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("state", [
    '{"days": 3}', '{"days": ["a", 2]}', '{"key_dates": 5}', '{"observations": []}', '{"behaviors": 7}',
    '{"advanced": {"cell_size_m": "wide"}}', '{"advanced": {"linked_categories": "air_base"}}',
    '{"days": [1e99, 2]}',
])  # fmt: skip
def test_choices_of_a_damaged_project_are_told(panel, state):
    QgsProject.instance().writeEntry(SCOPE, CHOICES, state)
    panel.study_page.restore_state()
    assert "project" in message(panel) and message(panel).endswith((".", ")"))
