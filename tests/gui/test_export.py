"""The one dialog of exports: formats, names that it suggests, and what is left when it ends."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import networkx
import pytest
from gui.panel_runs import fill, load, message, part, press, run_to_end
from qgis.core import QgsProject, QgsVectorLayer
from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import QCoreApplication, QEvent
from qgis.PyQt.QtWidgets import QComboBox, QDialogButtonBox, QLabel
from sitelight.plugin.data.geopackage import read_results
from sitelight.plugin.gui.study.export_dialog import ExportDialog
from worlds.small_world import write_observations, write_sites


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    return write_observations(folder / "observations.csv", seed=811), write_sites(folder / "sites.geojson")


def opened(panel) -> ExportDialog:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    press(panel, "export")
    return part(panel, ExportDialog, "export_dialog")


def save(dialog):
    return part(dialog, QDialogButtonBox, "export_buttons").button(QDialogButtonBox.StandardButton.Save)


def choose(dialog, kind) -> str:
    """Choose a format; return the file that is suggested."""
    formats = part(dialog, QComboBox, "export_format")
    formats.setCurrentIndex(formats.findData(kind))
    return part(dialog, QgsFileWidget, "export_file").filePath()


def export(panel, kind, path, qtbot) -> None:
    dialog = opened(panel)
    choose(dialog, kind)
    part(dialog, QgsFileWidget, "export_file").setFilePath(str(path))
    panel.bar.clearWidgets()
    save(dialog).click()
    qtbot.waitUntil(lambda: bool(message(panel)), timeout=60_000)


def test_every_format_from_the_panel(panel, world, tmp_path, qtbot, monkeypatch):
    study = tmp_path / "étude 1.gpkg"
    fill(panel, world, study)
    run_to_end(panel, qtbot)
    dialog = opened(panel)
    kinds = ("study", "bundle", "events_geojson", "events_csv", "geojson", "csv", "gpx", "kml", "graphml")
    assert [Path(choose(dialog, kind)).name for kind in kinds] == [
        "étude 1_copy.gpkg", "étude 1_evidence.zip", "étude 1_events.geojson", "étude 1_events.csv",
        "étude 1_findings.geojson", "étude 1_findings.csv",
        "étude 1_itineraries.gpx", "étude 1_itineraries.kml", "étude 1_network.graphml",
    ]  # fmt: skip
    dialog.reject()
    findings = read_results(study).tables["findings"]
    export(panel, "geojson", tmp_path / "a", qtbot)  # the suffix comes by itself
    assert "exported to" in message(panel)
    content = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))
    assert [one["properties"]["sentence"] for one in content["features"]] == findings["sentence"].tolist()
    assert QgsVectorLayer(str(tmp_path / "a.geojson"), "a", "ogr").featureCount() == len(findings)
    export(panel, "bundle", tmp_path / "b.zip", qtbot)
    assert zipfile.ZipFile(tmp_path / "b.zip").testzip() is None
    export(panel, "graphml", tmp_path / "n.graphml", qtbot)
    graph = networkx.read_graphml(tmp_path / "n.graphml")
    assert "Hotel Palm" in {data["spot_name"] for _node, data in graph.nodes(data=True)}
    export(panel, "gpx", tmp_path / "i.gpx", qtbot)
    assert QgsVectorLayer(f"{tmp_path / 'i.gpx'}|layername=tracks", "i", "ogr").isValid()
    mine = tmp_path / "mine.kml"
    mine.write_text("a file of the analyst")
    export(panel, "kml", mine, qtbot)
    assert "not known as an earlier result" in message(panel) and mine.read_text() == "a file of the analyst"
    export(panel, "study", study, qtbot)
    assert "is open in this project" in message(panel)
    load(panel, study, qtbot, monkeypatch)
    dialog = opened(panel)
    choose(dialog, "graphml")
    assert save(dialog).isEnabled() and "Gephi" in part(dialog, QLabel, "export_about").text()
    dialog.reject()


def test_the_project_inside_a_study_shows_it(panel, world, tmp_path, qtbot):
    study = tmp_path / "study.gpkg"
    fill(panel, world, study)
    run_to_end(panel, qtbot)
    export(panel, "study", tmp_path / "copy.gpkg", qtbot)
    panel.shut_down()
    project = QgsProject()
    assert project.read(f"geopackage:{tmp_path / 'copy.gpkg'}?projectName=Sitelight study"), project.error()
    layers = [node.layer() for node in project.layerTreeRoot().findLayers()]
    assert [layer.name() for layer in layers][0] == "Events"
    assert all(layer.isValid() and str(tmp_path / "copy.gpkg") in layer.source() for layer in layers)
    assert layers[0].renderer().type() == "categorizedSymbol" and layers[0].featureCount() > 0
    assert [layers[0].attributeAlias(1), layers[0].attributeAlias(3)] == ["Event", "Title"]
    project.clear()
