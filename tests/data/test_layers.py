"""Observation layers of QGIS: every way a layer can differ from its file, in other threads and time zones."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from osgeo import ogr, osr
from pyproj import Transformer
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsVectorLayer,
    QgsVectorLayerJoinInfo,
)
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QDateTime, Qt, QVariant
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.observation_layers import FeatureReader, open_layer, snapshot_layer
from sitelight.plugin.data.ogr_files import OgrReader
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.screening import NO_TIME, Roles
from sitelight_package import ROOT

NOON_MS = 1_690_372_800_250  # 2023-07-26T12:00:00.250Z


def write_points(path: Path, times: list, kind: int = ogr.OFTDateTime, epsg: int = 4326) -> None:
    """Write points of devices a, b, a, b … with x 1, 2, … and y 10 in the CRS given."""
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(epsg)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    layer = dataset.CreateLayer("points", reference, ogr.wkbPoint)
    for name, field_kind in (("device_id", ogr.OFTString), ("time", kind), ("accuracy", ogr.OFTReal)):
        layer.CreateField(ogr.FieldDefn(name, field_kind))
    for number, time in enumerate(times):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetField("device_id", "ab"[number % 2])
        if time is not None:
            feature.SetField("time", time)
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POINT ({number + 1} 10)"))
        layer.CreateFeature(feature)
    del feature, layer, dataset


def read(source) -> dict:
    """Read a source in another thread, as a task does, and return whole columns."""
    chunks: list = []
    reader = threading.Thread(target=lambda: chunks.extend(source.chunks()))
    reader.start()
    reader.join()
    names = ("device", "time_ms", "lat", "lon", "accuracy_m")
    return {name: np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in names}


@pytest.fixture
def gpkg_layer(tmp_path, qgis_new_project) -> QgsVectorLayer:
    path = tmp_path / "points.gpkg"
    write_points(path, [f"2023/07/26 1{hour}:00:00.250+00" for hour in range(4)] + [None])
    layer = QgsVectorLayer(f"{path}|layername=points", "Pings", "ogr")
    assert layer.isValid()
    return layer


def memory_layer(crs: str = "EPSG:4326", kind: str = "Point") -> QgsVectorLayer:
    layer = QgsVectorLayer(kind + (f"?crs={crs}" if crs else ""), "memory", "memory")
    fields = [QgsField("device_id", QVariant.String), QgsField("time", QVariant.DateTime)]
    layer.dataProvider().addAttributes([*fields, QgsField("n", QVariant.Int)])
    layer.updateFields()
    return layer


def add(layer: QgsVectorLayer, attributes: list, x: float, y: float) -> None:
    feature = QgsFeature(layer.fields())
    feature.setAttributes(attributes)
    feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(x, y)))
    assert layer.dataProvider().addFeature(feature)


def test_plain_file_layer_is_read_through_ogr_and_equals_the_file(gpkg_layer):
    source = snapshot_layer(gpkg_layer)
    assert isinstance(open_layer(gpkg_layer), OgrReader)
    assert source.name == "Pings" and source.row_count == 5
    records = read(source)
    expected = [NOON_MS + 3_600_000 * (hour - 2) for hour in range(4)] + [NO_TIME]
    assert records["time_ms"].tolist() == expected
    assert records["lon"].tolist() == [1, 2, 3, 4, 5] and records["lat"].tolist() == [10] * 5
    assert source.device_ids()[records["device"]].tolist() == list("ababa")
    from_file = read(open_observations_file(gpkg_layer.source().split("|")[0]))
    for name, values in records.items():
        np.testing.assert_array_equal(values, from_file[name])


def test_filter_of_the_layer_counts(gpkg_layer):
    gpkg_layer.setSubsetString("\"device_id\" = 'b'")
    assert read(snapshot_layer(gpkg_layer))["lon"].tolist() == [2, 4]


def test_selection(gpkg_layer):
    gpkg_layer.selectByIds([2, 3])
    source = snapshot_layer(gpkg_layer, selected_only=True)
    assert read(source)["lon"].tolist() == [2, 3]
    assert source.describe()["selected"] == 2
    gpkg_layer.removeSelection()
    with pytest.raises(InputError, match="selected"):
        snapshot_layer(gpkg_layer, selected_only=True)


def test_unsaved_edits_count(gpkg_layer):
    gpkg_layer.startEditing()
    gpkg_layer.changeAttributeValue(1, gpkg_layer.fields().indexOf("device_id"), "edited")
    gpkg_layer.deleteFeature(5)
    source = snapshot_layer(gpkg_layer)
    records = read(source)
    assert source.device_ids()[records["device"]].tolist() == ["edited", "b", "a", "b"]
    assert records["time_ms"].tolist() == [NOON_MS + 3_600_000 * (hour - 2) for hour in range(4)]
    gpkg_layer.rollBack()


def test_joined_field_as_role(gpkg_layer, qgis_new_project):
    other = QgsVectorLayer("NoGeometry", "names", "memory")
    other.dataProvider().addAttributes([QgsField("key", QVariant.String), QgsField("label", QVariant.String)])
    other.updateFields()
    for key, label in (("a", "first"), ("b", "second")):
        feature = QgsFeature(other.fields())
        feature.setAttributes([key, label])
        other.dataProvider().addFeature(feature)
    QgsProject.instance().addMapLayers([gpkg_layer, other])
    join = QgsVectorLayerJoinInfo()
    join.setJoinLayer(other)
    join.setJoinFieldName("key")
    join.setTargetFieldName("device_id")
    join.setUsingMemoryCache(True)
    join.setPrefix("j_")
    gpkg_layer.addJoin(join)
    source = snapshot_layer(gpkg_layer, Roles(device="j_label"))
    records = read(source)
    assert source.device_ids()[records["device"]].tolist() == ["first", "second", "first", "second", "first"]


def test_layer_deleted_while_it_is_read(gpkg_layer):
    copy = gpkg_layer.clone()
    copy.startEditing()
    source = snapshot_layer(copy)
    assert isinstance(source.reader, FeatureReader)
    sip.delete(copy)
    assert len(read(source)["lon"]) == 5


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:32631"])
def test_memory_layer_in_any_crs(qgis_new_project, crs):
    layer = memory_layer(crs)
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(2.1, 13.5)
    add(layer, ["a", QDateTime(2023, 7, 26, 12, 0, 0, 250, Qt.TimeSpec.UTC), 1], x, y)
    add(layer, [None, None, None], x, y)
    records = read(snapshot_layer(layer))
    np.testing.assert_allclose(records["lon"], [2.1, 2.1], atol=1e-8)
    np.testing.assert_allclose(records["lat"], [13.5, 13.5], atol=1e-8)
    assert records["device"].tolist() == [0, -1]
    assert records["time_ms"].tolist() == [NOON_MS, NO_TIME]


def test_custom_crs(qgis_new_project):
    crs = QgsCoordinateReferenceSystem.fromProj("+proj=laea +lat_0=13 +lon_0=2 +datum=WGS84 +units=m +no_defs")
    layer = memory_layer("")
    layer.setCrs(crs)
    add(layer, ["a", QDateTime(2023, 7, 26, 12, 0, 0, 0, Qt.TimeSpec.UTC), 1], 0.0, 0.0)
    records = read(snapshot_layer(layer))
    np.testing.assert_allclose([records["lon"][0], records["lat"][0]], [2, 13], atol=1e-9)


def test_unusable_layers_are_refused(qgis_new_project, gpkg_layer):
    empty = memory_layer()
    with pytest.raises(InputError, match="memory is empty"):
        snapshot_layer(empty)
    no_crs = memory_layer("")
    no_crs.setCrs(QgsCoordinateReferenceSystem())
    add(no_crs, ["a", QDateTime(2023, 7, 26, 12, 0, 0, 0, Qt.TimeSpec.UTC), 1], 0.0, 0.0)
    with pytest.raises(InputError, match="no CRS"):
        snapshot_layer(no_crs)
    with pytest.raises(InputError, match="holds no points"):
        snapshot_layer(memory_layer(kind="Polygon"))
    with pytest.raises(InputError, match="not a valid"):
        snapshot_layer(QgsVectorLayer("/nowhere.gpkg", "gone", "ogr"))
    with pytest.raises(InputError, match='no column "foo"'):
        snapshot_layer(gpkg_layer, Roles(time="foo"))


def test_delimited_text_layer_equals_its_file(tmp_path, qgis_new_project):
    path = tmp_path / "pings.csv"
    path.write_text("device_id,timestamp,latitude,longitude\n007,1688169600,13.5,2.1\nab,1688169660,,\n")
    uri = f"file://{path}?delimiter=,&detectTypes=yes&geomType=none"
    layer = QgsVectorLayer(uri, "text", "delimitedtext")
    assert layer.isValid()
    source = snapshot_layer(layer)
    records = read(source)
    assert records["time_ms"].tolist() == [1_688_169_600_000, 1_688_169_660_000]
    np.testing.assert_array_equal(records["lat"], [13.5, np.nan])
    assert source.device_ids()[1] == "ab"


def test_an_open_layer_shows_columns_and_rows(gpkg_layer):
    table = open_layer(gpkg_layer)
    assert [name for name in table.names if name != "fid"] == ["device_id", "time", "accuracy"]
    assert (len(table.sample), table.row_count, table.has_geometry) == (5, 5, True)


CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
import conftest
from qgis.core import QgsApplication, QgsVectorLayer
app = QgsApplication([], False)
app.initQgis()
from sitelight.plugin.data.observation_layers import FeatureReader, open_layer, snapshot_layer
layer = QgsVectorLayer(sys.argv[2] + "|layername=points", "points", "ogr")
plain = snapshot_layer(layer)
layer.startEditing()
edited = snapshot_layer(layer)
assert isinstance(open_layer(layer), FeatureReader)
for source in (plain, edited):
    print("times", *[time for chunk in source.chunks() for time in chunk.time_ms.tolist()])
layer.rollBack()
"""


@pytest.mark.parametrize("zone", ["UTC", "Europe/Athens", "America/St_Johns"])
def test_times_do_not_depend_on_this_machines_zone(tmp_path, zone):
    path = tmp_path / "points.gpkg"
    write_points(path, ["2023/07/26 12:00:00.250+00", "2023/03/26 03:30:00.001+00"])  # 03:30 does not exist in Athens
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(ROOT / "tests"), str(path)],
        capture_output=True, text=True, timeout=60, env={**os.environ, "TZ": zone, "QT_QPA_PLATFORM": "offscreen"},
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("times")]
    assert lines == [f"times {NOON_MS} 1679801400001"] * 2, done.stderr[-1500:]


def test_both_readers_take_the_same_records(gpkg_layer):
    slow = FeatureReader(gpkg_layer, False)
    fast = open_layer(gpkg_layer)
    slow_frame = next(slow.frames(["device_id", "time"], True))
    fast_frame = next(fast.frames(["device_id", "time"], True))
    for column in slow_frame.columns[1:]:
        np.testing.assert_array_equal(slow_frame[column].to_numpy(), fast_frame[column].to_numpy())
