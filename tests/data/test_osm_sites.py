"""Sites from OpenStreetMap exports: files as their exporters write them, and what is sensitive in each.

The layouts follow the documentation of QuickOSM, Geofabrik's shapefiles, HOT's Export Tool, osmtogeojson (Overpass
Turbo), the Overpass API, osmium export, osm2pgsql and GDAL's OSM driver, which reads a file itself here.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from osgeo import gdal, ogr, osr
from processing_runs import registered_provider, run
from qgis.core import QgsVectorLayer
from sitelight.plugin.data.library import load_vocabulary
from sitelight.plugin.data.site_layers import read_sites_layer
from sitelight.plugin.data.sites import peek_sites_file, read_sites_file
from sitelight.plugin.engine.places import find_tag_columns

# Every row: name, what the exporter writes, and the category that a person would give it.
QUICKOSM = (
    ("full_id", "osm_id", "osm_type", "name", "type", "amenity", "religion", "building", "phone"),
    [
        (("r1", "1", "relation", "Central", "multipolygon", "hospital", None, "yes", "+22790000001"), "medical"),
        (("w2", "2", "way", "Great", "", "place_of_worship", "muslim", "mosque", None), "religious"),
        (("w3", "3", "way", "Lycee", None, "school", None, "school", None), "education"),
        (("w4", "4", "way", "Post", None, "police", None, "yes", None), "police"),
        (("w5", "5", "way", "Church in use as a library", None, "library", None, "church", None), "religious"),
    ],
)
GEOFABRIK_POFW = (
    ("osm_id", "code", "fclass", "name"),
    [
        ((str(n), str(3100 + n), fclass, "x"), "religious")
        for n, fclass in enumerate(
            [
                "muslim",
                "muslim_sunni",
                "muslim_shia",
                "christian",
                "christian_catholic",
                "christian_orthodox",
                "jewish",
                "buddhist",
                "hindu",
                "sikh",
                "shintoist",
                "taoist",
            ]
        )
    ],
)
GEOFABRIK_POIS = (
    ("osm_id", "code", "fclass", "name"),
    [
        ((str(n), "2000", fclass, "x"), category)
        for n, (fclass, category) in enumerate(
            [
                ("hospital", "medical"),
                ("clinic", "medical"),
                ("doctors", "medical"),
                ("dentist", "medical"),
                ("pharmacy", "medical"),
                ("nursing_home", "medical"),
                ("school", "education"),
                ("kindergarten", "education"),
                ("university", "education"),
                ("college", "education"),
                ("prison", "correctional"),
                ("graveyard", "religious"),
                ("police", "police"),
                ("embassy", "embassy"),
                ("hotel", "hotel"),
                ("town_hall", "government"),
                ("market_place", "market"),
                ("bus_station", "transport hub"),
                ("shelter", "road stop"),
            ]
        )
    ],
)
GEOFABRIK_BUILDINGS = (
    ("osm_id", "code", "fclass", "name", "type"),
    [
        (("1", "1500", "building", "a", "church"), "religious"),
        (("2", "1500", "building", "b", "hospital"), "medical"),
        (("3", "1500", "building", "c", "school"), "education"),
        (("4", "1500", "building", "d", "barracks"), "military"),
    ],
)
HOT_HEALTH = (
    (
        "name",
        "name:fr",
        "amenity",
        "building",
        "healthcare",
        "healthcare:speciality",
        "operator:type",
        "addr:city",
        "source",
        "osm_id",
        "osm_type",
    ),
    [
        (("A", None, None, "yes", "centre", None, "government", "Zinder", "survey", "1", "nodes"), "medical"),
        (("B", None, "hospital", "hospital", "hospital", "general", None, None, None, "2", "ways_poly"), "medical"),
        (("C", None, None, None, "midwife", None, None, None, None, "3", "nodes"), "medical"),
        (("D", None, "marketplace", None, None, None, None, None, None, "4", "nodes"), "market"),
    ],
)
HOT_EDUCATION_SHAPEFILE = (
    ("name", "amenity", "building", "operator_t", "capacity_p", "addr_full", "osm_id", "social_fac"),
    [
        (("A", "kindergarten", None, "private", "20", None, "1", None), "education"),
        (("B", None, "university", None, None, None, "2", None), "education"),
        (("C", None, None, None, None, None, "3", "shelter"), "shelter"),
        (("D", "fuel", None, None, None, None, "4", None), "road stop"),
    ],
)
OVERPASS_FLAT = (
    ("@id", "amenity", "name", "landuse", "social_facility"),
    [
        (("node/1", "hospital;pharmacy", "x", None, None), "medical"),
        (("way/2", None, "x", "cemetery", None), "religious"),
        (("way/3", "social_facility", "x", None, "shelter"), "shelter"),
        (("way/4", None, "x", "military", None), "military"),
    ],
)
OVERPASS_TAGS = (
    ("type", "id", "tags"),
    [
        (("node", "1", '{"amenity": "place_of_worship", "name": "x", "religion": "jewish"}'), "religious"),
        (("relation", "2", '{"type":"multipolygon","amenity":"prison"}'), "correctional"),
        (("way", "3", '{"aeroway":"aerodrome","name":"amenity\\"=\\"hospital"}'), "airport"),
    ],
)
GDAL_OSM = (
    ("osm_id", "osm_way_id", "name", "type", "amenity", "building", "other_tags"),
    [
        (("1", None, "x", "multipolygon", None, None, '"healthcare"=>"clinic","phone"=>"+1 202 555 0100"'), "medical"),
        ((None, "2", "x", None, "school", None, '"addr:city"=>"Gao"'), "education"),
        ((None, "3", "x", None, None, "yes", '"denomination"=>"sunni"'), "religious"),
        ((None, "4", "x", None, None, "yes", '"name"=>"a \\"hospital\\"","military"=>"barracks"'), "military"),
    ],
)
OSMIUM_TEXT = (
    ("@type", "@id", "tags"),
    [(("way", "1", "amenity=school,name=x"), "education"), (("way", "2", "name=x,office=government"), "government")],
)
EXPORTS = {
    "quickosm.gpkg": QUICKOSM,
    "gis_osm_pofw_free_1.shp": GEOFABRIK_POFW,
    "gis_osm_pois_a_free_1.shp": GEOFABRIK_POIS,
    "gis_osm_buildings_a_free_1.shp": GEOFABRIK_BUILDINGS,
    "hotosm_ner_health_facilities.gpkg": HOT_HEALTH,
    "hotosm_education.shp": HOT_EDUCATION_SHAPEFILE,
    "overpass.geojson": OVERPASS_FLAT,
    "tags.geojson": OVERPASS_TAGS,
    "multipolygons.gpkg": GDAL_OSM,
    "osmium.geojson": OSMIUM_TEXT,
    "quickosm.csv": QUICKOSM,
    "hot.csv": HOT_HEALTH,
    "gdal_osm.csv": GDAL_OSM,
}
DRIVERS = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON"}


def write(path: Path, names: tuple[str, ...], rows: list) -> Path:
    """Write the rows at 14 N, 8 E and farther north, with GDAL's driver for the suffix."""
    if path.suffix == ".csv":
        import csv

        with path.open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow([*names, "@lat", "@lon"])
            out.writerows(
                [[*("" if one is None else one for one in row), 14 + 0.01 * n, 8] for n, row in enumerate(rows)]
            )
        return path
    dataset = ogr.GetDriverByName(DRIVERS[path.suffix]).CreateDataSource(str(path))
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(4326)
    layer = dataset.CreateLayer(path.stem, reference, ogr.wkbPoint)
    for name in names:
        layer.CreateField(ogr.FieldDefn(name, ogr.OFTString))
    for number, row in enumerate(rows):
        feature = ogr.Feature(layer.GetLayerDefn())
        for place, value in enumerate(row):
            if value is not None:
                feature.SetField(place, value)
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POINT (8 {14 + 0.01 * number})"))
        layer.CreateFeature(feature)
    return path


@pytest.mark.parametrize("name", EXPORTS)
def test_each_exporters_file_gives_the_categories_that_its_tags_say(name, tmp_path):
    names, rows = EXPORTS[name]
    reading = read_sites_file(write(tmp_path / name, names, [row for row, _category in rows]))
    assert reading.sites.category.tolist() == [category for _row, category in rows]
    assert f"Categories of {name} were taken from OpenStreetMap tags in: " in reading.note


@pytest.mark.parametrize("name", ["quickosm.gpkg", "multipolygons.gpkg", "tags.geojson", "gis_osm_pofw_free_1.shp"])
def test_a_layer_of_the_project_gives_the_same(name, tmp_path, qgis_new_project):
    names, rows = EXPORTS[name]
    layer = QgsVectorLayer(str(write(tmp_path / name, names, [row for row, _category in rows])), "places", "ogr")
    reading = read_sites_layer(layer)
    assert reading.sites.category.tolist() == [category for _row, category in rows]
    assert "OpenStreetMap tags" in reading.note


def test_the_note_names_the_columns_and_a_telephone_is_not_read(tmp_path):
    path = write(tmp_path / "quickosm.gpkg", QUICKOSM[0], [row for row, _category in QUICKOSM[1]])
    reading = read_sites_file(path)
    assert reading.note.endswith("OpenStreetMap tags in: amenity, religion, building.")
    assert set(reading.attributes.columns) == {"osm_id", "name", "amenity", "religion", "building"}
    names, chosen, _count = peek_sites_file(path)
    assert chosen["category"] == "amenity" and chosen["name"] == "name" and "type" in names


def test_a_file_that_gdal_reads_as_openstreetmap_data(tmp_path):
    """GDAL's own driver makes the columns here, other_tags among them."""
    path, packed = tmp_path / "extract.osm", tmp_path / "points.gpkg"
    nodes = [("hospital", "amenity"), ("clinic", "healthcare"), ("muslim", "religion"), ("aerodrome", "aeroway")]
    path.write_text(
        "<osm version='0.6'>"
        + "".join(
            f"<node id='{n}' lat='{14 + n / 100}' lon='8' version='1' timestamp='2023-01-01T00:00:00Z'>"
            f"<tag k='{key}' v='{value}'/><tag k='name' v='n{n}'/></node>"
            for n, (value, key) in enumerate(nodes, 1)
        )
        + "</osm>"
    )
    gdal.VectorTranslate(str(packed), str(path), layers=["points"], format="GPKG")
    reading = read_sites_file(packed)
    assert reading.sites.category.tolist() == ["medical", "medical", "religious", "airport"]
    assert "other_tags" in reading.note
    assert read_sites_file(path, layer="points").sites.category.tolist() == reading.sites.category.tolist()


def test_a_sensitive_tag_counts_whatever_column_is_chosen(tmp_path):
    names = ("osm_id", "name", "kind_of_place", "amenity")
    rows = [("1", "a", "garrison", "hospital"), ("2", "b", "garrison", "fuel"), ("3", "c", None, "fuel")]
    path = write(tmp_path / "mine.gpkg", names, rows)
    sites = read_sites_file(path, {"category": "kind_of_place"}).sites
    assert sites.category.tolist() == ["medical", "military", "road stop"]
    assert sites.given_category.tolist() == ["garrison", "garrison", "amenity=fuel"]
    assert read_sites_file(path, {"category": ""}).sites.category.tolist() == ["medical", "road stop", "road stop"]
    assert read_sites_file(path, {"category": "amenity"}).sites.category[0] == "medical"


OTHER_TABLES = [
    ("site_id", "name", "category", "latitude", "longitude", "radius_m", "country"),
    ("name", "type", "building"),
    ("port", "country", "kind"),
    ("station", "lines"),
    ("id", "police"),
]


@pytest.mark.parametrize("names", OTHER_TABLES)
def test_tables_of_analysts_are_no_exports(names):
    assert find_tag_columns(names, load_vocabulary().keys).columns() == []


@pytest.mark.parametrize(
    "names, rows",
    [
        (("name", "code"), [("a", "7"), ("b", "9")]),
        (("name", "category"), [("a", None), ("b", None)]),
        (("name", "type"), [("a", "zone 7"), ("b", "zone 9")]),
        (("osm_id", "name"), [("1", "a"), ("2", "b")]),
    ],
)
def test_it_is_said_when_no_column_tells_a_category(names, rows, tmp_path):
    note = read_sites_file(write(tmp_path / "plain.gpkg", names, rows)).note
    assert note.startswith("No column of plain.gpkg tells a category") and "sensitive places" in note


@pytest.fixture(scope="module", autouse=True)
def provider():
    yield from registered_provider()


def test_an_algorithm_drops_what_is_sensitive_in_an_export_and_says_what_it_took(tmp_path):
    """A device at each place of an export for a day: only those at places that are not sensitive are kept."""
    names, rows = QUICKOSM
    sites = write(tmp_path / "quickosm.gpkg", names, [row for row, _category in rows])
    lines = ["device_id,timestamp,latitude,longitude,horizontal_accuracy"]
    for number in range(len(rows)):
        lines += [
            f"d{number},2023-07-26T{hour:02}:00:00Z,{14 + 0.01 * number + hour * 1e-6},8,10" for hour in range(20)
        ]
    pings = tmp_path / "pings.csv"
    pings.write_text("\n".join(lines))
    results, log = run("detectstays", {"OBSERVATIONS_FILE": str(pings), "SITES": str(sites), "OUTPUT": "memory:"})
    assert results["KEPT"] == 20 and "Dropped – sensitive place: 80" in log
    assert "OpenStreetMap tags in: amenity, religion, building" in log
    assert "education, medical, religious" in log


def test_json_of_a_tags_object_is_read_too(tmp_path):
    """The Overpass API's own properties, as osmtogeojson keeps them: an object, which GDAL hands on as JSON."""
    shape = {"type": "Point", "coordinates": [8, 14]}
    tags = [{"amenity": "kindergarten"}, {"office": "union"}, {"name": "nothing"}]
    features = [
        {"type": "Feature", "properties": {"type": "node", "id": n, "tags": one, "meta": {}}, "geometry": shape}
        for n, one in enumerate(tags)
    ]
    path = tmp_path / "api.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert read_sites_file(path).sites.category.tolist() == ["education", "union", ""]
