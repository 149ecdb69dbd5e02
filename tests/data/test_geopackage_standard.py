"""A study's GeoPackage against the standard (GDAL's own validator), and what it says of itself to QGIS."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from data.test_geopackage import ThreeRows, make_results, make_study
from osgeo import gdal
from osgeo_utils.samples import validate_gpkg
from qgis.core import QgsProject, QgsVectorLayer
from sitelight.plugin.data.exports import export_study
from sitelight.plugin.data.geopackage import rename_project, write_results
from sitelight.plugin.data.outputs import is_study
from sitelight.plugin.data.result_styles import read_styles
from sitelight.plugin.data.run_record import make_record
from sitelight.plugin.engine.tables import SCHEMAS, column_title


@pytest.fixture
def study(tmp_path) -> Path:
    path = tmp_path / "étude 1 & co.gpkg"
    results = make_results()
    write_results(results, path, make_record(make_study(), ThreeRows(), results), read_styles())
    return path


def faults(path: Path) -> list[str]:
    """Return what GDAL's validator finds wrong, warnings too."""
    validator = validate_gpkg.GPKGChecker(str(path), False, True, warning_as_error=True)
    validator.check()
    return [str(error) for error in validator.errors]


def test_it_is_a_geopackage_by_the_standard(study, tmp_path):
    assert faults(study) == []
    export_study("study", study, tmp_path / "copy.gpkg")
    assert faults(tmp_path / "copy.gpkg") == []
    assert sorted(os.listdir(tmp_path)) == ["copy.gpkg", study.name]


def test_the_validator_would_tell(study):
    with sqlite3.connect(study) as connection:
        connection.execute("UPDATE gpkg_contents SET data_type = 'nonsense' WHERE table_name = 'findings'")
        connection.execute("DELETE FROM gpkg_extensions WHERE extension_name = 'gpkg_schema'")
    assert faults(study) != []


def test_gdal_and_qgis_read_it_without_a_word_and_leave_nothing_beside(study):
    told = []
    gdal.PushErrorHandler(lambda _level, _number, text: told.append(text))
    try:
        dataset = gdal.OpenEx(str(study), gdal.OF_VECTOR | gdal.OF_UPDATE)
        names = {dataset.GetLayer(number).GetName() for number in range(dataset.GetLayerCount())}
        dataset = None
    finally:
        gdal.PopErrorHandler()
    assert told == [] and names == {*SCHEMAS, "layer_styles"}
    layer = QgsVectorLayer(f"{study}|layername=findings", "findings", "ogr")
    assert layer.isValid() and layer.featureCount() == 3
    del layer
    assert os.listdir(study.parent) == [study.name]


def test_titles_and_metadata_reach_qgis(study):
    layer = QgsVectorLayer(f"{study}|layername=findings", "findings", "ogr")
    layer.loadDefaultStyle()
    for name in SCHEMAS["findings"].columns:
        assert layer.attributeAlias(layer.fields().indexFromName(name)) == column_title(name)
    assert layer.metadata().title() == "Findings" and "A device is not a person" in layer.metadata().abstract()
    with sqlite3.connect(study) as connection:
        titles = connection.execute("SELECT table_name, column_name, title FROM gpkg_data_columns").fetchall()
    assert {(table, name) for table, name, _title in titles} == {
        (name, column) for name, schema in SCHEMAS.items() for column in schema.columns
    }
    assert not [title for _table, _name, title in titles if not title or "<" in title or "_" in title]


def read_project(path: Path) -> QgsProject:
    project = QgsProject()
    assert project.read(f"geopackage:{path}?projectName=Sitelight study"), project.error()
    return project


def test_the_project_shows_the_layers_wherever_the_file_was_written(study, tmp_path):
    for path in (study, tmp_path / "copy.gpkg"):
        if path != study:
            export_study("study", study, path)
        project = read_project(path)
        layers = {node.layer().customProperty("sitelight/role"): node for node in project.layerTreeRoot().findLayers()}
        assert list(layers) == [
            "events", "findings", "stops", "legs", "silences", "itineraries", "flows", "heat", "places"
        ]
        assert all(node.layer().isValid() and path.name in node.layer().source() for node in layers.values())
        assert not layers["flows"].itemVisibilityChecked() and layers["events"].itemVisibilityChecked()
        assert project.pathResolver().readPath(project.readEntry("sitelight", "/results", "")[0]) == str(path)
        assert not project.crs().isGeographic() or project.crs().authid() == "EPSG:4326"
        project.clear()


def test_a_renamed_study_finds_its_layers_once_it_is_told(study, tmp_path):
    moved = tmp_path / "moved.gpkg"
    rename_project(study, moved.name)
    study.rename(moved)
    project = read_project(moved)
    assert all(layer.isValid() for layer in project.mapLayers().values()) and len(project.mapLayers()) == 9
    project.clear()


@pytest.mark.parametrize("name", ["My map", "Sitelight study"])
def test_a_study_with_a_project_of_the_analyst_is_not_replaced(study, name):
    assert is_study(study)
    project = QgsProject()
    layer = QgsVectorLayer("Point?crs=EPSG:4326", "mine", "memory")
    project.addMapLayer(layer)
    assert project.write(f"geopackage:{study}?projectName={name}")
    project.clear()
    assert not is_study(study)


def test_it_opens_in_a_process_that_knows_no_sitelight(study):
    script = (
        "import sys; from osgeo import ogr; ogr.UseExceptions(); d = ogr.Open(sys.argv[1]);"
        "print(sorted(d.GetLayer(i).GetFeatureCount() for i in range(d.GetLayerCount())))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(study)], capture_output=True, text=True, check=True)
    assert done.stderr == "" and done.stdout.count("3") >= 10
