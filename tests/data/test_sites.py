"""Sites and reference data: points, polygons, radii, categories, countries, and what is refused."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from osgeo import ogr, osr
from pyproj import Geod
from qgis.core import QgsFeature, QgsField, QgsGeometry, QgsVectorLayer
from qgis.PyQt.QtCore import QVariant
from shapely.geometry import Point, box
from sitelight.plugin.data.library import load_vocabulary
from sitelight.plugin.data.polygons import polygon_of_wkb
from sitelight.plugin.data.site_layers import SitesSnapshot, peek_sites_layer, read_sites_layer
from sitelight.plugin.data.sites import peek_sites_file, read_sites_file
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.base import InputError
from sitelight_package import SHARED

TABLE = (
    "site_id,name,category,latitude,longitude,radius_m,country\n"
    "b1,Garrison,caserne,13.52,2.11,300,NE\nb2,Embassy,embassy,0.39,9.45,,Gabon\nb3,Field,my own word,48.85,2.35,0,\n"
)


def write(folder: Path, text: str) -> Path:
    path = folder / "sites.csv"
    path.write_text(text, encoding="utf-8")
    return path


def sites_layer(kind: str, crs: str, rows: list) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"{kind}?crs={crs}", "places", "memory")
    layer.dataProvider().addAttributes([QgsField("name", QVariant.String), QgsField("radius", QVariant.Double)])
    layer.updateFields()
    for name, radius, wkt in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes([name, radius])
        if wkt:
            feature.setGeometry(QgsGeometry.fromWkt(wkt))
        assert layer.dataProvider().addFeature(feature)
    return layer


def test_points_of_a_table(tmp_path):
    sites = read_sites_file(write(tmp_path, TABLE)).sites
    assert sites.site_id.tolist() == ["b1", "b2", "b3"]
    assert sites.radius_m.tolist() == [300, 150, 150]
    assert sites.country.tolist() == ["NE", "GA", "FR"]
    assert sites.given_category.tolist() == ["caserne", "embassy", "my own word"]
    assert sites.category.tolist() == [load_vocabulary().category_of(word) for word in sites.given_category]
    assert sites.category[:2].tolist() == ["military", "embassy"]
    assert sites.polygon.tolist() == [None] * 3


def test_fields_can_be_chosen_or_left_out(tmp_path):
    path = write(tmp_path, TABLE)
    names, chosen, count = peek_sites_file(path)
    known = {"name": "name", "category": "category", "radius": "radius_m", "country": "country", "id": "site_id"}
    assert chosen == known
    assert count == 3 and names[0] == "site_id"
    sites = read_sites_file(path, {"name": "category", "radius": ""}).sites
    assert sites.name[0] == "caserne" and sites.radius_m.tolist() == [150] * 3
    with pytest.raises(InputError, match='no column "foo"'):
        read_sites_file(path, {"radius": "foo"})


def test_polygons_of_a_layer_in_a_projected_crs(qgis_new_project):
    square = box(400_000, 1_490_000, 402_000, 1_492_000)
    layer = sites_layer("Polygon", "EPSG:32631", [("Base", None, square.wkt)])
    sites = read_sites_layer(layer).sites
    shape = sites.polygon[0]
    assert shape.contains(Point(sites.lon[0], sites.lat[0]))
    # UTM near its central meridian keeps lengths to 4 parts in 10 000: half the diagonal of 2 km is 1414 m.
    assert sites.radius_m[0] == pytest.approx(2_000 / np.sqrt(2), rel=1e-3)
    corners = np.asarray(shape.exterior.coords)
    side_m = Geod(ellps="WGS84").inv(*corners[0], *corners[1])[2]
    assert side_m == pytest.approx(2_000, rel=1e-3)
    assert sites.country.tolist() == ["NE"]


def test_invalid_polygons_are_mended_not_halved():
    bow_tie = ogr.CreateGeometryFromWkt("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))")
    shape = polygon_of_wkb(bytes(bow_tie.ExportToWkb()))
    assert shape.is_valid and shape.area == pytest.approx(2.0)
    assert polygon_of_wkb(b"nonsense") is None


def test_points_of_a_layer_and_its_selection(qgis_new_project):
    layer = sites_layer("Point", "EPSG:4326", [("A", 50.0, "POINT (2 13)"), ("B", None, "POINT (9 0.4)")])
    assert read_sites_layer(layer).sites.radius_m.tolist() == [50, 150]
    layer.selectByIds([max(layer.allFeatureIds())])
    assert read_sites_layer(layer, selected_only=True).sites.name.tolist() == ["B"]


def test_points_of_a_shapefile(tmp_path):
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(3857)
    dataset = ogr.GetDriverByName("ESRI Shapefile").CreateDataSource(str(tmp_path / "s.shp"))
    layer = dataset.CreateLayer("s", reference, ogr.wkbPoint)
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetGeometry(ogr.CreateGeometryFromWkt("POINT (222638.981586547 1459732.2727)"))
    layer.CreateFeature(feature)
    del feature, layer, dataset
    sites = read_sites_file(tmp_path / "s.shp").sites
    # Web Mercator: lon = x / 6378137, lat = 2 atan(exp(y / 6378137)) - pi/2
    expected = np.degrees(2 * np.arctan(np.exp(1459732.2727 / 6378137)) - np.pi / 2)
    assert (sites.lon[0], sites.lat[0]) == (pytest.approx(2.0), pytest.approx(expected))
    assert sites.site_id.tolist() == ["site-1"] and sites.name.tolist() == ["site-1"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("name,lat,lon,radius_m\nA,13,2,wide\n", 'Row 1 has text of 4 characters in "radius_m", no radius'),
        ("name,lat,lon,radius_m\nA,13,2,-5\n", 'Row 1 has a number in "radius_m", no radius in meters'),
        ("name,lat,lon\nA,,\nB,,\n", "None of the 2 sites in sites.csv has a usable"),
        ("name,lat,lon\n", "holds no sites"),
        ("name,place\nA,x\n", "no columns of latitude"),
    ],
)
def test_unusable_sites_are_refused(tmp_path, text, word):
    with pytest.raises(InputError, match=word):
        read_sites_file(write(tmp_path, text))


def test_sites_without_a_position_are_left_out_and_counted(tmp_path, qgis_new_project):
    rows = "a,North,13,2,\nb,Nowhere,,,wide\nc,South,12,2,40\nd,Too far,95,2,\n"
    reading = read_sites_file(write(tmp_path, "site_id,name,lat,lon,radius_m\n" + rows))
    assert reading.sites.site_id.tolist() == ["a", "c"]
    assert reading.sites.name.tolist() == ["North", "South"]
    assert reading.sites.lat.tolist() == [13, 12] and reading.sites.radius_m.tolist() == [150, 40]
    assert reading.note.endswith(" 2 of 4 sites in sites.csv have no position and were left out.")
    layer = sites_layer("Polygon", "EPSG:4326", [("A", None, "POLYGON ((0 0, 0 1, 1 1, 0 0))"), ("B", None, "")])
    reading = read_sites_layer(layer)
    assert reading.sites.name.tolist() == ["A"] and reading.sites.polygon[0].area == pytest.approx(0.5)
    assert reading.note.endswith(" 1 of 2 sites in places has no position and was left out.")
    whole = read_sites_layer(sites_layer("Point", "EPSG:4326", [("A", 50.0, "POINT (2 13)")]))
    assert whole.note.startswith("No column of places tells a category") and "position" not in whole.note


def test_a_title_above_the_names_is_told_and_a_site_there_is_not_lost(tmp_path):
    titled = read_sites_file(write(tmp_path, "My places\n" + TABLE))
    assert len(titled.sites) == 3 and "line 2; what stands above is left out" in titled.note
    with pytest.raises(InputError, match="column"):
        read_sites_file(write(tmp_path, "b0,Camp,military,13.56,2.05,300,NE\n" + TABLE))


@pytest.mark.parametrize("far", [1e18, -91.0, 1e308])
def test_polygons_beyond_the_globe_are_left_out_and_counted(tmp_path, far):
    ring = [[2, far], [2.1, 13], [2.1, 13.1], [2, 13.1], [2, far]]
    shapes = ({"type": "Polygon", "coordinates": [ring]}, {"type": "Point", "coordinates": [2.05, 13.56]})
    features = [{"type": "Feature", "properties": {"name": "Camp"}, "geometry": shape} for shape in shapes]
    path = tmp_path / "sites.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    reading = read_sites_file(path)
    assert len(reading.sites) == 1 and "1 of 2 sites in sites.geojson" in reading.note


def test_a_layer_is_taken_as_it_was_and_read_in_another_thread(qgis_new_project):
    layer = sites_layer("Point", "EPSG:4326", [("A", 50.0, "POINT (2 13)"), ("B", None, "POINT (12 -1)")])
    snapshot = SitesSnapshot(layer)
    del layer
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(snapshot.read, {"radius": ""}).result()
    assert reading.sites.name.tolist() == ["A", "B"] and reading.sites.radius_m.tolist() == [150, 150]
    assert reading.sites.country.tolist() == ["NE", "GA"]


def test_peeking_at_a_layer_names_its_fields(qgis_new_project):
    layer = sites_layer("Point", "EPSG:4326", [("A", 50.0, "POINT (2 13)"), ("B", None, "POINT (9 0.4)")])
    names, chosen, count = peek_sites_layer(layer)
    assert chosen["name"] == "name" and chosen["name"] in names and count == 2


def test_unusable_layers_are_refused(qgis_new_project):
    line = sites_layer("LineString", "EPSG:4326", [("A", None, "LINESTRING (0 0, 1 1)")])
    with pytest.raises(InputError, match="None of the 1 sites"):
        read_sites_layer(line)
    with pytest.raises(InputError, match="not valid"):
        read_sites_layer(QgsVectorLayer("/nowhere.gpkg", "gone", "ogr"))
    with pytest.raises(InputError, match="no sites"):
        read_sites_layer(sites_layer("Point", "EPSG:4326", []))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not on this machine")
def test_venues_of_a_simulated_city():
    sites = read_sites_file(SHARED / "pol-anomaly" / "central_venues.csv").sites
    assert len(sites) == 1_222
    assert set(sites.given_category) == {"Apartment", "Workplace", "Restaurant", "Pub"}
    assert set(sites.country) == {"US"}


def test_world_knows_its_countries():
    started = time.perf_counter()
    world = load_world()
    again = load_world()
    assert again is world and time.perf_counter() - started < 10
    codes = world.country_code.tolist()
    assert {"FR", "NO", "XK", "NA", "SS", "IL", "PS", "NE", "ML", "GA", "TG", "RU", "UA", "LY"} <= set(codes)
    assert not any(code.startswith("-") for code in codes)
    assert all(shape.is_valid and shape.geom_type in ("Polygon", "MultiPolygon") for shape in world.country_shape)


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [(2.35, 48.85, "FR"), (10.75, 59.91, "NO"), (2.11, 13.51, "NE"), (21.16, 42.66, "XK"), (17.08, -22.56, "NA"),
     (-7.99, 12.65, "ML"), (31.6, 4.85, "SS"), (35.2, 31.9, "PS")],
)
def test_capitals_lie_in_their_countries(lon, lat, code):
    world = load_world()
    inside = [c for c, shape in zip(world.country_code, world.country_shape) if shape.contains(Point(lon, lat))]
    assert inside == [code]


def test_gazetteer_keeps_namibia():
    world = load_world()
    if not len(world.airports):
        pytest.skip("the gazetteer has not been built")
    assert "NA" in set(world.airports.country) and "NA" in set(world.cities.country)
    assert np.isfinite(world.airports.lat).all() and np.isfinite(world.cities.lon).all()
