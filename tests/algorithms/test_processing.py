"""The algorithms through Processing's registry and through qgis_process, on a small synthetic town."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest
from processing_runs import CancelAt, algorithm, registered_provider, run
from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsVectorLayer,
)
from sitelight_package import ROOT
from worlds.small_world import CROWD_LAT, CROWD_LON, DAYS, KEY_DATE, START_S, write_observations, write_sites

QGIS_PROCESS = Path("/usr/bin/qgis_process.bin")
# Design section 3: names and parameters are public.
PARAMETERS = {
    "analyze": {
        "OBSERVATIONS", "OBSERVATIONS_FILE", "DEVICE_FIELD", "TIME_FIELD", "LAT_FIELD", "LON_FIELD", "ACCURACY_FIELD",
        "KEEP_DEVICE_IDS", "SITES", "KEY_DATES", "DAYS_BEFORE", "DAYS_AFTER", "CELL_SIZE", "LOOKBACK_DAYS",
        "LINKED_CATEGORIES", "WHO", "WHEN", "WHAT", "CHANGE", "PURPOSE", "OUTPUT",
    },
    "makescenario": {"DEVICES", "DAYS", "SEED", "NULL_WORLD", "OUTPUT_FOLDER"},
    "detectstays": {
        "OBSERVATIONS", "OBSERVATIONS_FILE", "DEVICE_FIELD", "TIME_FIELD", "LAT_FIELD", "LON_FIELD", "ACCURACY_FIELD",
        "KEEP_DEVICE_IDS", "SITES", "OUTPUT",
    },
    "detectlegs": {
        "OBSERVATIONS", "OBSERVATIONS_FILE", "DEVICE_FIELD", "TIME_FIELD", "LAT_FIELD", "LON_FIELD", "ACCURACY_FIELD",
        "KEEP_DEVICE_IDS", "OUTPUT",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def provider():
    yield from registered_provider()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    return write_observations(folder / "pings.csv", seed=4711), write_sites(folder / "sites.geojson")


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_public_names_parameters_and_help(provider, name):
    found = algorithm(name)
    assert PARAMETERS[name] <= {definition.name() for definition in found.parameterDefinitions()}
    assert len(found.shortHelpString()) > 80
    assert found.helpUrl().endswith(f"resources/help/algorithms.html#{name}")
    assert len(found.tags()) >= 3
    assert not found.icon().isNull()
    assert not found.flags() & QgsProcessingAlgorithm.Flag.FlagNoThreading


def test_analyze_finds_the_planted_crowd(provider, world, tmp_path):
    parameters = {
        "OBSERVATIONS_FILE": str(world[0]), "SITES": str(world[1]), "KEY_DATES": KEY_DATE,
        "PURPOSE": "Test on made-up data",
        "OUTPUT": str(tmp_path / "study.gpkg"),
    }  # fmt: skip
    results, log = run("analyze", parameters)
    with sqlite3.connect(results["OUTPUT"]) as study:
        names = [row[0] for row in study.execute("SELECT spot_name FROM findings WHERE q_value < 0.05 ORDER BY rank")]
        styles = {row[0] for row in study.execute("SELECT f_table_name FROM layer_styles WHERE useAsDefault")}
        (read,) = study.execute("SELECT rows FROM screening WHERE reason = 'read'").fetchone()
    assert names[0] == "Hotel Palm"
    assert results["FINDINGS"] >= len(names)
    assert {"findings", "heat", "itineraries", "stops", "legs"} <= styles
    assert read == sum(1 for _line in world[0].open(encoding="utf-8")) - 1
    assert "Hotel Palm" in log


def test_analyze_reads_a_layer_as_it_is_filtered(provider, world, tmp_path):
    uri = f"{world[0].as_uri()}?delimiter=,&xField=longitude&yField=latitude&crs=EPSG:4326&detectTypes=yes"
    layer = QgsVectorLayer(uri, "pings", "delimitedtext")
    assert layer.setSubsetString("\"device_id\" LIKE 'resident%'")
    QgsProject.instance().addMapLayer(layer)
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    parameters = {
        "OBSERVATIONS": layer.id(), "SITES": str(world[1]), "KEY_DATES": KEY_DATE,
        "OUTPUT": str(tmp_path / "study.gpkg"),
    }  # fmt: skip
    results, _log = run("analyze", parameters, context)
    with sqlite3.connect(results["OUTPUT"]) as study:
        names = {row[0] for row in study.execute("SELECT spot_name FROM findings WHERE q_value < 0.05")}
        (read,) = study.execute("SELECT rows FROM screening WHERE reason = 'read'").fetchone()
    QgsProject.instance().removeMapLayer(layer)
    assert "Hotel Palm" not in names
    assert read == sum(line.startswith("resident") for line in world[0].open(encoding="utf-8"))


def test_stays_are_where_the_crowd_was(provider, world):
    context = QgsProcessingContext()
    results, _log = run(
        "detectstays",
        {"OBSERVATIONS_FILE": str(world[0]), "KEEP_DEVICE_IDS": True, "OUTPUT": "memory:", "EXACT_POSITIONS": True,
         "PURPOSE": "Test on synthetic data"}, context,
    )  # fmt: skip
    layer = context.takeResultLayer(results["OUTPUT"])
    guests = [feature for feature in layer.getFeatures() if feature["device"].startswith("guest")]
    assert len({feature["device"] for feature in guests}) == 12
    for feature in guests:
        assert abs(feature["lat"] - CROWD_LAT) < 1e-3
        assert abs(feature["lon"] - CROWD_LON) < 1e-3
        assert feature["arrived_ms"] <= feature["started_ms"] < feature["finished_ms"] <= feature["departed_ms"]
        assert START_S * 1000 <= feature["started_ms"] <= (START_S + DAYS * 86_400) * 1000
        assert feature["started"].endswith("Z")


def test_stays_get_the_site_around_them(provider, world, tmp_path):
    sites = tmp_path / "sites.csv"
    sites.write_text(
        f"site_id,name,category,lat,lon,radius_m\nx7,Palm,auberge,{CROWD_LAT},{CROWD_LON},120\nx8,Nowhere,hotel,,,\n",
        encoding="utf-8",
    )  # fmt: skip
    context = QgsProcessingContext()
    parameters = {
        "OBSERVATIONS_FILE": str(world[0]), "SITES": str(sites), "KEEP_DEVICE_IDS": True, "OUTPUT": "memory:",
    }  # fmt: skip
    results, log = run("detectstays", parameters, context)
    assert "1 of 2 sites in sites.csv has no position and was left out." in log
    layer = context.takeResultLayer(results["OUTPUT"])
    assert [field.name() for field in layer.fields()][-4:] == ["spot_id", "spot_name", "category", "country"]
    at_hotel, elsewhere = [], []
    for feature in layer.getFeatures():
        found = tuple(feature[name] for name in ("spot_id", "spot_name", "category", "country"))
        (at_hotel if feature["device"].startswith("guest") else elsewhere).append(found)
    assert set(at_hotel) == {("x7", "Palm", "hotel", "NE")}
    assert ("", "", "", "") in set(elsewhere)


def test_ids_are_replaced_unless_kept(provider, world):
    context = QgsProcessingContext()
    results, _log = run("detectstays", {"OBSERVATIONS_FILE": str(world[0]), "OUTPUT": "memory:"}, context)
    devices = {feature["device"] for feature in context.takeResultLayer(results["OUTPUT"]).getFeatures()}
    assert len(devices) == 37
    assert not any(device.startswith(("guest", "resident")) for device in devices)


def test_selected_features_only(provider, world):
    layer = QgsVectorLayer("Point?crs=EPSG:4326&field=device_id:string&field=timestamp:string", "pings", "memory")
    from qgis.core import QgsFeature, QgsGeometry, QgsPointXY

    features = []
    for device in ("a", "b"):
        for hour in range(24):
            feature = QgsFeature(layer.fields())
            feature.setAttributes([device, f"2023-05-01T{hour:02d}:00:00Z"])
            feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(2.1, 13.5)))
            features.append(feature)
    assert layer.dataProvider().addFeatures(features)[0]
    layer.selectByExpression("\"device_id\" = 'b'")
    QgsProject.instance().addMapLayer(layer)
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    parameters = {
        "OBSERVATIONS": QgsProcessingFeatureSourceDefinition(layer.id(), True), "KEEP_DEVICE_IDS": True,
        "OUTPUT": "memory:",
    }  # fmt: skip
    results, _log = run("detectstays", parameters, context)
    devices = {feature["device"] for feature in context.takeResultLayer(results["OUTPUT"]).getFeatures()}
    QgsProject.instance().removeMapLayer(layer)
    assert devices == {"b"}


def test_legs_lead_from_stay_to_stay(provider, world):
    context = QgsProcessingContext()
    results, _log = run("detectlegs", {"OBSERVATIONS_FILE": str(world[0]), "OUTPUT": "memory:"}, context)
    legs = list(context.takeResultLayer(results["OUTPUT"]).getFeatures())
    assert len(legs) > DAYS
    for leg in legs[:500]:
        assert leg["departed_after_ms"] < leg["arrived_before_ms"]
        assert leg["mode"] in {"air", "road", "foot", "water", "unknown"}
        assert leg["mode"] != "air"  # nobody in the town flies
        assert leg["distance_km"] < 30


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"OBSERVATIONS_FILE": ""}, "OBSERVATIONS_FILE"),
        ({"OBSERVATIONS_FILE": "/nowhere/pings.csv"}, "no file or folder"),
        ({"KEY_DATES": "26 July"}, "26 July"),
        ({"KEY_DATES": " , "}, "at least one key date"),
        ({"KEY_DATES": "2031-01-01"}, "2031-01-01"),
        ({"TIME_FIELD": "device_id"}, "device_id"),
        ({"DEVICE_FIELD": "serial"}, "serial"),
        ({"SITES": "/nowhere/sites.gpkg"}, "/nowhere/sites.gpkg"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(provider, world, tmp_path, changes, words):
    output = tmp_path / "study.gpkg"
    parameters = {"OBSERVATIONS_FILE": str(world[0]), "KEY_DATES": KEY_DATE, "OUTPUT": str(output), **changes}
    with pytest.raises(QgsProcessingException) as caught:
        run("analyze", parameters)
    assert words in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_cancelled_analysis_leaves_no_file(provider, world, tmp_path):
    parameters = {"OBSERVATIONS_FILE": str(world[0]), "KEY_DATES": KEY_DATE, "OUTPUT": str(tmp_path / "study.gpkg")}
    _results, is_done = algorithm("analyze").create().run(parameters, QgsProcessingContext(), CancelAt("Finding stays"))
    assert not is_done
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not QGIS_PROCESS.exists(), reason="qgis_process.bin is where Debian puts it")
def test_qgis_process_makes_and_analyzes_a_scenario(tmp_path):
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "sitelight").symlink_to(ROOT, target_is_directory=True)
    profile = tmp_path / ".local" / "share" / "QGIS" / "QGIS3" / "profiles" / "default" / "QGIS"
    profile.mkdir(parents=True)
    (profile / "QGIS3.ini").write_text("[PythonPlugins]\nsitelight=true\n", encoding="utf-8")
    # pytest-qgis points QGIS_... at settings of its own.
    clean = {key: value for key, value in os.environ.items() if not key.startswith("QGIS_")}
    environment = {
        **clean, "HOME": str(tmp_path), "QGIS_PLUGINPATH": str(plugins), "QT_QPA_PLATFORM": "offscreen",
        "XDG_RUNTIME_DIR": str(tmp_path),
    }  # fmt: skip

    def qgis_process(*arguments: str) -> str:
        done = subprocess.run(
            [str(QGIS_PROCESS), "run", *arguments], env=environment, capture_output=True, text=True, timeout=300,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    folder = tmp_path / "scenario"
    qgis_process("sitelight:makescenario", "--DEVICES=40", "--DAYS=100", "--SEED=97", f"--OUTPUT_FOLDER={folder}")
    observations = sorted(folder.glob("observations*.csv"))
    assert observations
    output = tmp_path / "study.gpkg"
    said = qgis_process(
        "sitelight:analyze", f"--OBSERVATIONS_FILE={observations[0]}", f"--SITES={folder / 'sites.gpkg'}",
        "--KEY_DATES=2023-08-30", "--PURPOSE=Test with synthetic data", f"--OUTPUT={output}",
    )  # fmt: skip
    assert "FINDINGS:" in said
    for name in ("stays", "legs"):
        said = qgis_process(
            f"sitelight:detect{name}", f"--OBSERVATIONS_FILE={observations[0]}", f"--SITES={folder / 'sites.gpkg'}",
            f"--OUTPUT={tmp_path / name}.gpkg",
        )  # fmt: skip
        (count,) = re.findall(rf"^{name.upper()}:\s+(\d+)$", said, re.M)
        with sqlite3.connect(tmp_path / f"{name}.gpkg") as written:
            assert written.execute(f"SELECT count(*) FROM {name}").fetchone() == (int(count),)
    with sqlite3.connect(output) as study:
        assert study.execute("SELECT count(*) FROM heat").fetchone()[0] > 0
