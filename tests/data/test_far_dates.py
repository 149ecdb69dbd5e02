"""Dates that nobody means (year 1, year 9999) are rows like others: read, and counted as wrong by screening."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import ogr, osr
from qgis.core import QgsFeature, QgsGeometry, QgsPointXY, QgsVectorLayer
from qgis.PyQt.QtCore import QDate, QDateTime, QTime
from sitelight.plugin.data.date_times import bounded
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.observation_layers import take_layer
from sitelight.plugin.data.observation_source import TableSource
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.screening import ScreeningSettings, screen

YEARS = (1, 1500, 2024, 2500, 9999)
FAR = len(YEARS) - 1


def _points(path, driver, kind=ogr.OFTDateTime):
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(4326)
    data = ogr.GetDriverByName(driver).CreateDataSource(str(path))
    layer = data.CreateLayer("points", reference, ogr.wkbPoint)
    layer.CreateField(ogr.FieldDefn("device_id", ogr.OFTString))
    layer.CreateField(ogr.FieldDefn("timestamp", kind))
    for year in YEARS:
        for minute in range(40 if year == 2024 else 1):
            feature = ogr.Feature(layer.GetLayerDefn())
            feature["device_id"] = "a"
            feature.SetField("timestamp", year, 3, 10, 8, minute, 0.0, 100)
            feature.SetGeometry(ogr.CreateGeometryFromWkt("POINT (2.1 13.5)"))
            layer.CreateFeature(feature)
    return path


def _counts(source):
    screened = screen(source, ScreeningSettings(), load_world(), b"key")
    assert sum(screened.counts.values()) == screened.read == 40 + FAR
    return screened.counts


@pytest.mark.parametrize(("driver", "suffix"), [("GPKG", "gpkg"), ("GeoJSON", "geojson"), ("FlatGeobuf", "fgb")])
def test_far_dates_of_files_are_counted_as_wrong(tmp_path, driver, suffix):
    counts = _counts(open_observations_file(_points(tmp_path / f"points.{suffix}", driver)))
    assert sum(rows for reason, rows in counts.items() if "time" in reason) == FAR


def test_far_dates_of_a_layer_are_counted_as_wrong(qgis_app):
    layer = QgsVectorLayer("Point?crs=EPSG:4326&field=device_id:string&field=timestamp:datetime", "points", "memory")
    features = []
    for year in YEARS:
        for minute in range(40 if year == 2024 else 1):
            feature = QgsFeature(layer.fields())
            feature.setAttributes(["a", QDateTime(QDate(year, 3, 10), QTime(8, minute))])
            feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(2.1, 13.5)))
            features.append(feature)
    layer.dataProvider().addFeatures(features)
    counts = _counts(TableSource(take_layer(layer).open_reader()))
    assert sum(rows for reason, rows in counts.items() if "time" in reason) == FAR


def test_bounded_keeps_what_fits_to_the_millisecond_and_missing_missing():
    stamps = np.array(["2023-07-26T01:02:03.004", "NaT", "0001-01-01", "9999-12-31"], dtype="datetime64[ms]")
    kept = bounded(stamps)
    assert kept[0] == stamps[0] and np.isnat(kept[1])
    assert kept[2] == np.datetime64("1677-09-22") and kept[3] == np.datetime64("2262-04-11")


def test_far_dates_in_a_track_file_of_days_are_counted_as_wrong(tmp_path):
    head = "Geolife trajectory\nWGS 84\nAltitude is in Feet\nReserved 3\n0,2,255,My Track,0,0,2,8421376\n0\n"
    days = [45361.333 + minute / 1440 for minute in range(40)] + [1.0, 1e5 * 3, 1e9, 1e300]
    lines = [f"13.5,2.1,0,492,{day!r},2024-03-10,08:00:00" for day in days]
    path = tmp_path / "track.plt"
    path.write_text(head + "\n".join(lines) + "\n")
    counts = _counts(open_observations_file(path))
    assert sum(rows for reason, rows in counts.items() if "time" in reason) == FAR
