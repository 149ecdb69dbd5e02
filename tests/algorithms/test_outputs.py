"""No run destroys an input or an earlier result, whatever it is told to write and whatever ends it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from osgeo import ogr
from processing_runs import algorithm, registered_provider, rows_of, run
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsVectorLayer,
)
from sitelight_package import ROOT
from worlds.small_world import KEY_DATE, write_observations, write_sites


@pytest.fixture(scope="module")
def provider():
    yield from registered_provider()


@pytest.fixture()
def world(tmp_path):
    """Observations and sites in a folder of their own, each also as a GeoPackage."""
    folder = tmp_path / "in"
    folder.mkdir()
    pings = write_observations(folder / "pings.csv", seed=4711, residents=3, crowd=9)
    sites = write_sites(folder / "sites.geojson")
    pack(folder / "pings.gpkg", "CSV", pings)
    pack(folder / "sites.gpkg", "GeoJSON", sites)
    return folder


def pack(target: Path, driver: str, source: Path) -> None:
    read = ogr.Open(str(source))
    made = ogr.GetDriverByName("GPKG").CreateDataSource(str(target))
    made.CopyLayer(read.GetLayer(0), target.stem)
    del made, read


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def refused(name: str, parameters: dict) -> str:
    """Return the sentence with which both the check before a run and the run itself refuse."""
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    is_fine, sentence = algorithm(name).create().checkParameterValues(parameters, context)
    with pytest.raises(QgsProcessingException) as caught:
        run(name, parameters, context)
    assert not is_fine and sentence in str(caught.value) and "\n" not in sentence and sentence.endswith(".")
    return sentence


STUDY = {"KEY_DATES": KEY_DATE}


@pytest.mark.parametrize(("name", "output", "more"), [
    ("analyze", "OUTPUT", STUDY), ("detectstays", "OUTPUT", {}), ("detectlegs", "OUTPUT", {}),
    ("scorespots", "HEAT", STUDY),
    ("findmeetinglocations", "OUTPUT", {"PURPOSE": "Test on made-up data"}), ("linknetwork", "OUTPUT", {}),
])  # fmt: skip
def test_no_algorithm_writes_over_what_it_reads(provider, world, name, output, more):
    before = contents(world)
    (world.parent / "link").symlink_to(world)
    pings, sites = world / "pings.csv", world / "sites.gpkg"
    layer = f"ogr:dbname='{sites}' table=\"sites\" (geom)"
    given = {"OBSERVATIONS_FILE": str(pings), "SITES": str(sites), **more}
    for text in (pings, world.parent / "link" / "pings.csv", sites, world / ".." / "in" / "sites.gpkg"):
        assert "is read in this run" in refused(name, {**given, output: str(text)})
    if output != "OUTPUT" or name != "analyze":
        assert "is read in this run" in refused(name, {**given, output: layer})
        sink = QgsProcessingOutputLayerDefinition(str(sites))
        assert "is read in this run" in refused(name, {**given, output: sink})
        assert "is read in this run" in refused(name, {**given, output: str(world / "sites")})
    for text in (world / "pings.gpkg", world / "sites.geojson"):
        assert "choose another file name" in refused(name, {**given, output: str(text)})
    folder = {**given, "OBSERVATIONS_FILE": str(world)}
    assert "which is read" in refused(name, {**folder, output: str(world / "new.gpkg")})
    assert contents(world) == before


def test_layers_of_the_project_are_inputs_too(provider, world, qgis_new_project):
    before = contents(world)
    layer = QgsVectorLayer(f"{world / 'sites.gpkg'}|layername=sites", "my sites", "ogr")
    table = QgsVectorLayer(f"file://{world / 'pings.csv'}?type=csv&xField=longitude&yField=latitude&crs=EPSG:4326",
                           "my pings", "delimitedtext")
    assert layer.isValid() and table.isValid()
    QgsProject.instance().addMapLayers([layer, table])
    for given in (table, table.id(), table.name(), QgsProcessingFeatureSourceDefinition(table.id(), False)):
        parameters = {"OBSERVATIONS": given, "SITES": layer.id()}
        for output in ("pings.csv", "sites.gpkg"):
            assert "is read in this run" in refused("detectstays", {**parameters, "OUTPUT": str(world / output)})
    assert contents(world) == before


def test_a_file_that_would_end_qgis_is_refused_before_it_is_opened(provider, world, tmp_path):
    track = tmp_path / "track.gpx"
    track.write_text('<kml xmlns:gx="http://www.google.com/kml/ext/2.2"><Document><Placemark><gx:Track>'
                     "<gx:coord>2 13 0</gx:coord></gx:Track></Placemark></Document></kml>")
    given = {"OBSERVATIONS_FILE": str(world / "pings.csv"), "OUTPUT": "memory:"}
    assert "would end QGIS" in refused("detectstays", {**given, "SITES": str(track)})
    assert "would end QGIS" in refused("detectstays", {"OBSERVATIONS": str(track), "OUTPUT": "memory:"})


@pytest.mark.parametrize("ending", ["gpkg", "csv", "geojson", "shp"])
def test_a_result_replaces_the_one_before(provider, world, tmp_path, ending):
    path = tmp_path / "out" / f"stays.{ending}"
    path.parent.mkdir()
    parameters = {"OBSERVATIONS_FILE": str(world / "pings.csv"), "OUTPUT": str(path)}
    run("detectstays", parameters)
    names = sorted(os.listdir(path.parent))
    results, _log = run("detectstays", {**parameters, "SITES": str(world / "sites.gpkg")})
    assert sorted(os.listdir(path.parent)) == names
    rows = rows_of(QgsVectorLayer(str(path), "stays", "ogr"))
    assert len(rows) == results["STAYS"] > 0 and "spot_name" in rows[0]
    assert str(path) in results["OUTPUT"]


def test_processing_loads_the_layer_from_its_place(provider, world, tmp_path, qgis_new_project):
    path = tmp_path / "stays.gpkg"
    sink = QgsProcessingOutputLayerDefinition(str(path), QgsProject.instance())
    context = QgsProcessingContext()
    results, _log = run("detectstays", {"OBSERVATIONS_FILE": str(world / "pings.csv"), "OUTPUT": sink}, context)
    (identity,) = context.layersToLoadOnCompletion()
    assert identity == results["OUTPUT"] and str(path) in identity
    assert context.layerToLoadOnCompletionDetails(identity).project == QgsProject.instance()


def test_a_folder_of_a_scenario_keeps_what_is_not_of_it(provider, tmp_path):
    folder = tmp_path / "scenario"
    parameters = {"OUTPUT_FOLDER": str(folder), "DEVICES": 3, "DAYS": 20}
    run("makescenario", parameters)
    (folder / "observations-of-mine.csv").write_text("mine")
    run("makescenario", parameters)
    assert (folder / "observations-of-mine.csv").read_text() == "mine"
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to(tmp_path / "elsewhere.md")
    with pytest.raises(QgsProcessingException, match="no plain file"):
        run("makescenario", parameters)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    with pytest.raises(QgsProcessingException, match="is not empty"):
        run("makescenario", {**parameters, "OUTPUT_FOLDER": str(tmp_path / "full")})


CHILD = """
import resource, sys
sys.path.insert(0, sys.argv[1])
import sitelight_package
sitelight_package.load()
if int(sys.argv[2]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback
app = QgsApplication([], False)
app.initQgis()
from sitelight.plugin.algorithms.provider import SitelightProvider
provider = SitelightProvider()
QgsApplication.processingRegistry().addProvider(provider)
from processing_runs import run
print("ready", flush=True)
try:
    run(sys.argv[3], dict(pair.split("=", 1) for pair in sys.argv[4:]))
except Exception as error:
    print("told", repr(str(error).strip().splitlines()[-1]), flush=True)
else:
    print("done", flush=True)
import os
os._exit(0)
"""


def start(name: str, parameters: dict, most_bytes: int = 0) -> subprocess.Popen:
    given = [f"{key}={value}" for key, value in parameters.items()]
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(ROOT / "tests"), str(most_bytes), name, *given],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


@pytest.mark.parametrize("most_bytes", [1 << 12, 1 << 16, 1 << 18])
@pytest.mark.parametrize("name", ["analyze", "detectstays"])
def test_a_full_disk_is_told_and_the_earlier_result_stays(provider, world, tmp_path, name, most_bytes):
    path = tmp_path / "out" / "result.gpkg"
    path.parent.mkdir()
    parameters = {"OBSERVATIONS_FILE": world / "pings.csv", "OUTPUT": path, **(STUDY if name == "analyze" else {})}
    run(name, {key: str(value) for key, value in parameters.items()})
    before = path.read_bytes()
    assert len(before) > most_bytes or name == "detectstays"
    told, _ = start(name, parameters, most_bytes).communicate(timeout=240)
    last = told.strip().splitlines()[-1]
    assert last == "done" or ("disk is full" in last and last.endswith(".'")), told
    if last != "done":
        assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["result.gpkg"]


def test_a_killed_run_leaves_earlier_results_and_the_next_run_cleans_up(provider, world, tmp_path):
    path = tmp_path / "out" / "study.gpkg"
    path.parent.mkdir()
    pings = str(world / "pings.csv")
    parameters = {"OBSERVATIONS_FILE": pings, "OUTPUT": str(path), "PURPOSE": "Test on made-up data", **STUDY}
    run("analyze", parameters)
    before = path.read_bytes()
    child = start("analyze", parameters)
    deadline = time.monotonic() + 240
    while child.poll() is None and time.monotonic() < deadline:
        drafts = list(path.parent.glob(".sitelight-*/draft.gpkg"))
        if drafts and drafts[0].stat().st_size > 0:
            break
        time.sleep(0.002)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert path.read_bytes() == before
    left = [one for one in path.parent.iterdir() if one != path]
    assert len(left) == 1, "the run was not killed while it wrote"
    run("analyze", parameters)
    assert os.listdir(path.parent) == ["study.gpkg"]
    with sqlite3.connect(path) as study:
        assert study.execute("PRAGMA integrity_check").fetchone() == ("ok",)
