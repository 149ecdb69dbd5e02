"""Sites across the 180th meridian, around a pole and as large as countries: right holders, no more memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from osgeo import ogr
from pyproj import Geod
from qgis.core import QgsApplication
from seeds import shifted
from shapely.geometry import Point, Polygon, box, mapping, shape
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.sites import SiteReading, read_sites_file
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.places import SiteLookup, sites_at
from sitelight_package import ROOT, SHARED

CASES = SHARED / "field-cases"
EAST_OF_180 = box(177.0, -19.0, 182.0, -15.0)  # Fiji, in longitudes that go on


def split(whole: Polygon) -> dict:
    """Return the GeoJSON of a shape cut at 180 degrees, as the standard asks."""
    east = whole.intersection(box(-180, -90, 180, 90))
    west = Polygon([(x - 360, y) for x, y in whole.intersection(box(180, -90, 540, 90)).exterior.coords])
    return {"type": "MultiPolygon", "coordinates": [mapping(east)["coordinates"], mapping(west)["coordinates"]]}


def jumping(whole: Polygon) -> dict:
    """Return the GeoJSON of a shape whose edges jump from 179 to -179."""
    ring = [((x + 180) % 360 - 180, y) for x, y in whole.exterior.coords]
    return {"type": "Polygon", "coordinates": [ring]}


WAYS = {"split": split, "jumping": jumping, "beyond 180": mapping,
        "before -180": lambda whole: mapping(Polygon([(x - 360, y) for x, y in whole.exterior.coords]))}  # fmt: skip


def read(folder: Path, *geometries: dict) -> SiteReading:
    features = [
        {"type": "Feature", "properties": {"name": f"site {number}"}, "geometry": geometry}
        for number, geometry in enumerate(geometries)
    ]
    path = folder / "sites.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return read_sites_file(path)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "whole",
    [EAST_OF_180, Polygon([(172, 64), (190, 62), (191, 69), (178, 70)]), Polygon([(160, -55), (188, -50), (186, -30)])],
    ids=["Fiji", "Chukotka", "Chatham"],
)
def test_a_site_across_180_holds_what_lies_in_it(tmp_path, way, whole):
    sites = read(tmp_path, WAYS[way](whole)).sites
    rng = np.random.default_rng(shifted(180))
    west, south, east, north = whole.bounds
    lon, lat = rng.uniform(west - 5, east + 5, 2_000), rng.uniform(south - 2, north + 2, 2_000)
    expected = np.array([whole.contains(Point(x, y)) for x, y in zip(lon, lat)])
    near_edge = np.array([whole.exterior.distance(Point(x, y)) < 0.001 for x, y in zip(lon, lat)])
    held = sites_at(sites, lat, (lon + 180) % 360 - 180) == 0
    assert expected.sum() > 200 and (held == expected)[~near_edge].all()
    lon_0, lat_0 = (sites.lon[0] + 360) % 360, sites.lat[0]
    assert whole.centroid.distance(Point(lon_0, lat_0)) < 1e-6
    corners = np.asarray(whole.exterior.coords)
    away_m = Geod(ellps="WGS84").inv(np.full(len(corners), lon_0), np.full(len(corners), lat_0), *corners.T)[2]
    assert away_m.max() - 0.001 <= sites.radius_m[0] < 1.1 * away_m.max()


@pytest.mark.parametrize("way", WAYS)
def test_the_meridian_itself_is_inside(tmp_path, way):
    lookup = SiteLookup(read(tmp_path, WAYS[way](EAST_OF_180)).sites)
    lat = np.array([-17.0, -17.0, -17.0, -17.0, -20.0])
    point, _site, _away = lookup.pairs_at(lat, np.array([180.0, -180.0, 179.99999999, -179.99999999, 180.0]))
    assert sorted(point.tolist()) == [0, 1, 2, 3]


def test_an_edge_on_the_meridian_reaches_over_it(tmp_path):
    lookup = SiteLookup(read(tmp_path, mapping(box(179.0, -18.0, 180.0, -17.0))).sites, 30.0)
    point, _site, _away = lookup.pairs_at(np.full(3, -17.5), np.array([-179.9999, -179.9990, 179.5]))
    assert sorted(point.tolist()) == [0, 2]  # 11 m and 106 m beyond


def test_a_hole_across_180_is_none_of_the_site(tmp_path):
    whole = Polygon(EAST_OF_180.exterior.coords, [box(179.0, -18.0, 181.0, -16.0).exterior.coords])
    wrapped = [[((x + 180) % 360 - 180, y) for x, y in ring.coords] for ring in (whole.exterior, *whole.interiors)]
    sites = read(tmp_path, {"type": "Polygon", "coordinates": wrapped}).sites
    assert (sites_at(sites, np.array([-17.0, -17.0, -17.0, -18.5]), np.array([179.5, -179.5, 178.0, -179.5]))
            == [-1, -1, 0, 0]).all()  # fmt: skip


@pytest.mark.parametrize("sign", [1, -1])
def test_a_ring_around_a_pole_holds_the_pole(tmp_path, sign):
    ring = [(lon, sign * (70 + 5 * np.cos(np.radians(lon)))) for lon in range(-175, 180, 10)]
    sites = read(tmp_path, {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}).sites
    rng = np.random.default_rng(shifted(90))
    lon, lat = rng.uniform(-180, 180, 2_000), sign * rng.uniform(50, 90, 2_000)
    edge = np.interp(lon, *np.array([(x + turn, y) for turn in (-360, 0, 360) for x, y in ring]).T)
    clear = np.abs(lat - edge) > 0.001
    assert ((sites_at(sites, lat, lon) == 0) == (np.abs(lat) > np.abs(edge)))[clear].all()


@pytest.mark.parametrize(("lat", "lon", "radius"), [(-17.0, 179.999, 5_000), (-17.0, -180.0, 150), (89.95, 10, 9_000),
                                                    (-90.0, 0, 150), (66.0, 180.0, 400_000)])  # fmt: skip
def test_circles_reach_over_the_meridian_and_the_poles(tmp_path, lat, lon, radius):
    (tmp_path / "sites.csv").write_text(f"name,lat,lon,radius_m\nCamp,{lat},{lon},{radius}\n")
    sites = read_sites_file(tmp_path / "sites.csv").sites
    azimuth = np.arange(0.0, 360.0, 5.0)
    for share, expected in ((0.9, True), (1.1, False)):
        ends = Geod(ellps="WGS84").fwd(np.full(72, lon), np.full(72, lat), azimuth, np.full(72, share * radius))
        point, _site, _away = SiteLookup(sites).pairs_at(ends[1], ends[0])
        assert (len(point) == 72) == expected and (expected or len(point) == 0)


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared data are not on this machine")
def test_the_shared_strait_holds_both_stays():
    sites = read_sites_file(CASES / "04-am-site.geojson").sites
    chunks = list(open_observations_file(CASES / "04-am-obs.csv").chunks())
    assert len(chunks) and all((sites_at(sites, chunk.lat, chunk.lon) == 0).all() for chunk in chunks)


CHILD = """
import json, resource, sys, time
sys.path.insert(0, sys.argv[1])
import sitelight_package
sitelight_package.load()
import numpy as np
from sitelight.plugin.data.sites import read_sites_file
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.places import SiteLookup
load_world()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.process_time()
lookup = SiteLookup(read_sites_file(sys.argv[2], layer=sys.argv[3] or None).sites, 30.0)
rng = np.random.default_rng(7)
lat, lon = np.degrees(np.arcsin(rng.uniform(-1, 1, 200_000))), rng.uniform(-180, 180, 200_000)
point, site, _away = lookup.pairs_at(lat, lon)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([len(point), (after - before) / 1024, time.process_time() - began]))
"""


def cost(path: str, layer: str = "") -> tuple[int, float, float]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(ROOT / "tests"), path, layer], capture_output=True, text=True, check=True
    )
    pairs, megabytes, seconds = json.loads(done.stdout.splitlines()[-1])
    return pairs, megabytes, seconds


def test_countries_and_sites_across_180_take_no_more_memory_than_others(tmp_path, qgis_app):
    world = Path(QgsApplication.pkgDataPath()) / "resources" / "data" / "world_map.gpkg"
    pairs, megabytes, seconds = cost(str(world), "countries")
    assert 0.25 < pairs / 200_000 < 0.33  # the land's share of the globe
    assert megabytes < 400 and seconds < 60
    read(tmp_path, *[split(EAST_OF_180) for _ in range(5)])
    _pairs, megabytes, _seconds = cost(str(tmp_path / "sites.geojson"))
    assert megabytes < 200


def test_the_worlds_countries_hold_what_they_hold(qgis_app):
    world = Path(QgsApplication.pkgDataPath()) / "resources" / "data" / "world_map.gpkg"
    sites = read_sites_file(world, layer="countries").sites
    dataset = ogr.Open(str(world))  # kept: a layer does not keep it
    layer = dataset.GetLayerByName("countries")
    shapes = [shape(json.loads(feature.GetGeometryRef().ExportToJson())) for feature in layer]
    rng = np.random.default_rng(shifted(181))
    lat, lon = rng.uniform(-90, 83, 400), np.concatenate([rng.uniform(-180, 180, 200), rng.uniform(160, 200, 200)])
    lon = (lon + 180) % 360 - 180
    point, site, _away = SiteLookup(sites).pairs_at(lat, lon)
    expected = {
        (number, row) for row, one in enumerate(shapes) for number in range(400)
        if one.contains(Point(lon[number], lat[number]))
    }
    assert len(expected) > 40 and set(zip(point.tolist(), site.tolist())) == expected


def test_a_site_whose_edges_jump_is_told(tmp_path):
    reading = read(tmp_path, jumping(EAST_OF_180))
    assert "taken as crossing the 180th meridian" in reading.note
    assert "180th" not in read(tmp_path, split(EAST_OF_180)).note
    with pytest.raises(InputError, match="usable point or polygon"):
        read(tmp_path, {"type": "LineString", "coordinates": [[179, 1], [-179, 2]]})
