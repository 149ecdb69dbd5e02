"""Inputs that lead on: formats, archives and addresses through which GDAL would go to the network."""

from __future__ import annotations

import sqlite3
import time
import zipfile
from pathlib import Path

import pytest
from loopback import Door
from osgeo import gdal, ogr
from processing_runs import registered_provider, run
from qgis.core import QgsProcessingException
from sitelight.plugin.data.file_paths import require_local, require_offline
from sitelight.plugin.data.observation_files import open_table
from sitelight.plugin.data.sites import read_sites_file
from sitelight.plugin.engine.base import InputError

VRT = """<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{at}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"""
WFS = "<OGRWFSDataSource><URL>{url}/wfs?</URL></OGRWFSDataSource>"
GML = """<?xml version="1.0"?><ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/"
 xmlns:gml="http://www.opengis.net/gml" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://ogr.maptools.org/ {url}/x?SERVICE=WFS&amp;REQUEST=DescribeFeatureType&amp;typename=a">
 <gml:featureMember><ogr:a fid="1"><ogr:device>d</ogr:device></ogr:a></gml:featureMember></ogr:FeatureCollection>"""
KML = """<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY out SYSTEM "{url}/entity.xml">]>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link><href>{url}/more.kml</href></Link></NetworkLink>
<Style id="s"><IconStyle><Icon><href>{url}/icon.png</href></Icon></IconStyle></Style>
<Placemark><name>&out;</name><styleUrl>{url}/style.kml#s</styleUrl><Point><coordinates>2,13</coordinates></Point>
</Placemark></Document></kml>"""
GPX = """<?xml version="1.0"?>
<!DOCTYPE gpx [<!ENTITY % out SYSTEM "{url}/entity.dtd">%out;<!ENTITY e SYSTEM "{url}/e">]>
<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg><trkpt lat="13" lon="2">
<time>2023-07-20T00:00:00Z</time><name>&e;</name></trkpt></trkseg></trk></gpx>"""
GEORSS = """<?xml version="1.0"?><!DOCTYPE rss SYSTEM "{url}/rss.dtd"><rss version="2.0"><channel><item><title>a</title>
<link>{url}/a</link></item></channel></rss>"""
GEOJSON = """{{"type": "FeatureCollection", "links": [{{"rel": "next", "href": "{url}/next"}}], "next": "{url}/next",
"crs": {{"type": "link", "properties": {{"href": "{url}/crs", "type": "proj4"}}}}, "features": [{{"type": "Feature",
"properties": {{"device": "d", "name": "n", "time": "2023-07-20T00:00:00Z"}},
"geometry": {{"type": "Point", "coordinates": [2, 13]}}}}]}}"""
ESRI = """{{"geometryType": "esriGeometryPoint", "exceededTransferLimit": true, "spatialReference": {{"wkid": 4326}},
"fields": [], "features": [{{"attributes": {{}}, "geometry": {{"x": 2, "y": 13}}}}], "url": "{url}/page"}}"""
FILES = {
    "curl.vrt": VRT.replace("{at}", "/vsicurl/{url}/a.geojson"), "url.vrt": VRT.replace("{at}", "{url}/a.geojson"),
    "wfs.vrt": VRT.replace("{at}", "WFS:{url}/wfs"), "curl.csv": VRT.replace("{at}", "/vsicurl/{url}/a.csv"),
    "curl.gpkg": VRT.replace("{at}", "/vsicurl/{url}/a.gpkg"), "wfs.xml": WFS, "schema.gml": GML, "links.kml": KML,
    "entity.gpx": GPX, "dtd.xml": GEORSS, "next.geojson": GEOJSON, "page.json": ESRI,
    "escaped.json": GEOJSON.replace('"link"', '"l\\u0069NK"').replace("href", "hr\\u0065f").replace("crs", "\\u0063rs"),
}  # fmt: skip


@pytest.fixture(scope="module")
def provider():
    yield from registered_provider()


def written(folder: Path, name: str, door: Door) -> Path:
    path = folder / name
    path.write_text(FILES[name].format(url=f"http://127.0.0.1:{door.port}"), encoding="utf-8")
    return path


def knocks(door: Door) -> list[str]:
    time.sleep(0.3)
    return door.knocks


@pytest.mark.parametrize("name", ["curl.vrt", "url.vrt", "next.geojson"])
def test_gdal_alone_would_knock(door, tmp_path, name):
    """The control."""
    dataset = gdal.OpenEx(str(written(tmp_path, name, door)), gdal.OF_VECTOR)
    if dataset is not None:
        list(dataset.GetLayer(0) or ())
    assert knocks(door)


@pytest.mark.parametrize("read", [open_table, read_sites_file], ids=["observations", "sites"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_leads_on_knocks_nowhere(door, tmp_path, name, read):
    path = written(tmp_path, name, door)
    refused = ""
    try:
        read(path)
    except InputError as error:
        refused = str(error)
    assert knocks(door) == []
    if path.suffix in (".vrt", ".gml") or "wfs" in name:
        assert "reads other files or addresses" in refused
    if name in ("next.geojson", "escaped.json"):
        assert "has its coordinate system at an address" in refused


@pytest.mark.parametrize("name", ["curl.vrt", "schema.gml", "next.geojson", "links.kml"])
def test_a_packed_file_that_leads_on_knocks_nowhere(door, tmp_path, provider, name):
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(written(tmp_path, name, door), name)
    for source in (str(packed), f"/vsizip/{packed}/{name}", f"/vsizip/{{{packed}}}/{name}"):
        for parameter in ("OBSERVATIONS", "OBSERVATIONS_FILE"):
            with pytest.raises(QgsProcessingException):
                run("detectstays", {parameter: source, "OUTPUT": "TEMPORARY_OUTPUT"})
        with pytest.raises(InputError):
            open_table(source)
    assert knocks(door) == []


@pytest.mark.parametrize("form", [
    "/vsicurl/{url}/a.geojson", "/vsicurl_streaming/{url}/a.csv", "/vsizip//vsicurl/{url}/a.zip/b.csv", "{url}/a.csv",
    "/vsigzip//vsicurl/{url}/a.gz", "/vsicurl?url={url}/a.csv", "WFS:{url}/wfs", "url='{url}/wfs' typename='a'",
    "/vsisubfile/0_9,/vsicurl/{url}/a.csv", "GeoJSON:{url}/a.geojson",
])  # fmt: skip
def test_an_address_given_as_an_input_is_refused(door, tmp_path, provider, form):
    address = form.format(url=f"http://127.0.0.1:{door.port}")
    for parameter in ("OBSERVATIONS", "OBSERVATIONS_FILE"):
        with pytest.raises(QgsProcessingException):
            run("detectstays", {parameter: address, "OUTPUT": "TEMPORARY_OUTPUT"})
    with pytest.raises(InputError):
        open_table(address)
    with pytest.raises(InputError):
        require_offline(address)
    assert knocks(door) == []


@pytest.mark.parametrize("path", [
    "/vsicurl/http://a/b.gpkg", "\\\\server\\share\\a.csv", "//server/share/a.csv", " //server/a",
    "file://server/share/a.csv",
    "\\/server\\a", "http://a/b.csv", "PG:dbname=x", "WFS:a", "/vsis3/bucket/a.csv", "/vsizip//vsicurl/http://a/b.zip/c",
    "\\\\?\\UNC\\server\\share\\a.csv", "smb://server/a", "postgres://a", "a.vrt|/vsicurl/x",
])  # fmt: skip
def test_a_path_that_a_study_names_stays_on_this_machine(path):
    with pytest.raises(InputError, match="choose the file yourself"):
        require_local(path)


@pytest.mark.parametrize("path", ["/data/a.csv", "C:\\data\\a.csv", "C:/data/a.csv", "é b.gpkg", "a|layername=b", ""])
def test_a_path_of_this_machine_is_left_as_it_is(path):
    assert require_local(path) == path and require_offline(path) == path


def test_a_database_whose_view_leads_on_knocks_nowhere(door, tmp_path):
    """GDAL's SQL functions reach the network from inside a view."""
    path = tmp_path / "view.gpkg"
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    source.CreateLayer("points").CreateField(ogr.FieldDefn("device"))
    source = None
    connection = sqlite3.connect(path)
    url = f"http://127.0.0.1:{door.port}"
    connection.execute(f"CREATE VIEW v AS SELECT 1 AS device, ogr_geocode('{url}') AS name,"
                       f" gdal_get_layer_pixel_value('/vsicurl/{url}/a.tif', 1, 'pixel', 0, 0) AS t")  # fmt: skip
    connection.execute("INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('v', 'attributes', 'v')")
    connection.commit()
    connection.close()
    for layer in (None, "v"):
        with pytest.raises(InputError):
            open_table(path, layer)
    assert knocks(door) == []
