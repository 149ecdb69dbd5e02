"""Sound inputs of every kind that is read, which the fuzz damages: written once into a folder, a few kilobytes each."""

from __future__ import annotations

import gzip
import json
from datetime import date
from functools import partial
from pathlib import Path

from osgeo import gdal, ogr, osr
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.parquet_files import usable_duckdb
from sitelight.plugin.data.result_styles import read_styles
from sitelight.plugin.data.sites import read_sites_file
from sitelight.plugin.engine.base import Progress
from sitelight.plugin.engine.results import Results
from sitelight.plugin.engine.study import Study
from sitelight.plugin.tasks.study_task import StudyRequest, run_request
from worlds.camp_world import write_camp_world
from worlds.small_world import KEY_DATE

ROWS = 240
COLUMNS = ("device_id", "timestamp", "latitude", "longitude", "horizontal_accuracy")
DRIVERS = {
    "gpkg": "GPKG", "geojson": "GeoJSON", "kml": "KML", "gpx": "GPX", "shp": "ESRI Shapefile", "fgb": "FlatGeobuf",
    "xlsx": "XLSX", "ods": "ODS", "gml": "GML", "sqlite": "SQLite",
}  # fmt: skip
OWN = {
    "who": [{"id": "own_guest", "title": "Own guest", "sentence": "of my kind", "definition": "Mine.",
             "confused_with": ["first_time"], "requires": [["unknown_home"], ["first_time", "occasional"]]}],
    "when": [{"id": "own_late", "title": "Own late", "sentence": "late", "definition": "Mine.",
              "requires": [["night"]]}],
    "what": [{"id": "own_stop", "title": "Own stop", "sentence": "stopping", "definition": "Mine.",
              "past": "stopped at {spot}", "requires": [["short_stop"]]}],
}  # fmt: skip
SIGNATURE = {
    "format": "sitelight signature", "version": 1, "name": "Guests",
    "weights": [
        {"axis": "who", "id": "abroad", "title": "Living abroad", "present": 0.5, "absent": -0.5, "example_share": 0.5,
         "background_share": 0.25, "example_devices": 3, "background_devices": 30},
        {"axis": "when", "id": "night", "title": "Night", "present": 1.5, "absent": -0.1, "example_share": 0.5,
         "background_share": 0.25, "example_devices": 3, "background_devices": 30},
    ],
    "examples": {"places": 3, "windows": 3, "devices": 30},
    "background": {"places": 30, "windows": 300, "devices": 3000},
    "skill": {"auc": 0.9, "ap": 0.6, "chance_ap": 0.1, "chance_auc_high": 0.7, "p_value": 0.01}, "library": "1",
    "marked": [{"spot_id": "x", "spot_name": "Hotel", "first_day": "2023-07-26", "last_day": "2023-07-28"}],
}  # fmt: skip
STATE = {
    "observations": {"layer": "", "path": "", "columns": {"device": "device_id"}}, "sites": {},
    "key_dates": ["2023-06-28"], "days": [2, 4], "purpose": "Test with synthetic data",
    "behaviors": [{"who": ["abroad"], "when": [], "what": [], "change": []}],
    "advanced": {"cell_size_m": 1000.0, "lookback_days": 30, "linked_categories": ["military"], "output": ""},
}  # fmt: skip


def write_samples(folder: Path) -> None:
    """Write all samples into `folder`; their names begin with what they are, then the format."""
    records = [
        (f"dev-é{k % 7}", f"2023-07-{1 + k // 24:02d}T{k % 24:02d}:00:00Z", 13.5 + k % 7 / 100, 2.1 + k % 5 / 1e4, 12.5)
        for k in range(ROWS)
    ]  # fmt: skip
    lines = [",".join(COLUMNS), *(",".join(map(str, record)) for record in records)]
    text = "\n".join(lines) + "\n"
    (folder / "observations.csv").write_text(text, encoding="utf-8")
    (folder / "observations.tsv").write_text(text.replace(",", "\t"), encoding="utf-8")
    (folder / "observations.csv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    (folder / "observations16.csv").write_bytes(text.encode("utf-16"))
    for ending, driver in DRIVERS.items():
        _write_layer(folder / f"observations.{ending}", driver, records)
    duckdb = usable_duckdb()
    if duckdb is not None:
        with duckdb.connect() as connection:
            source, target = folder / "observations.csv", folder / "observations.parquet"
            connection.read_csv(str(source)).write_parquet(str(target))
    _write_sites(folder)
    (folder / "behaviors.json").write_text(json.dumps(OWN, indent=1), encoding="utf-8")
    (folder / "signature.json").write_text(json.dumps(SIGNATURE, indent=1), encoding="utf-8")
    (folder / "state.json").write_text(json.dumps(STATE, indent=1), encoding="utf-8")


def write_study(folder: Path) -> Results:
    """Write a study with findings and itineraries into `folder`, with its inputs; return it with its evidence."""
    (folder / "world").mkdir()
    observations, sites = write_camp_world(folder / "world")
    study = Study((date.fromisoformat(KEY_DATE),), purpose="to test what is damaged")
    request = StudyRequest(
        study, partial(open_observations_file, observations), partial(read_sites_file, sites),
        str(folder / "study.gpkg"), read_styles(),
    )  # fmt: skip
    return run_request(request, Progress())


def _write_layer(path: Path, driver: str, records: list[tuple]) -> None:
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(4326)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    options = ["GPX_USE_EXTENSIONS=YES"] if driver == "GPX" else []
    dataset = gdal.GetDriverByName(driver).Create(str(path), 0, 0, 0, gdal.GDT_Unknown, options)
    is_plain = driver in ("XLSX", "ODS")
    layer = dataset.CreateLayer(
        "waypoints" if driver == "GPX" else "pings", reference, ogr.wkbNone if is_plain else ogr.wkbPoint
    )
    names = ("device_id", "time", "lat", "lon", "accuracy")
    for name in names:
        if not (driver == "GPX" and name == "time"):
            layer.CreateField(ogr.FieldDefn(name, ogr.OFTReal if name in names[2:] else ogr.OFTString))
    for device, moment, lat, lon, accuracy in records:
        feature = ogr.Feature(layer.GetLayerDefn())
        values = zip(
            names, (device, moment.replace("-", "/").replace("T", " ").replace("Z", "+00"), lat, lon, accuracy)
        )
        for name, value in values:
            feature.SetField(name, moment if name == "time" and driver != "GPX" else value)
        if not is_plain:
            shape = ogr.Geometry(ogr.wkbPoint)
            shape.AddPoint_2D(lon, lat)
            feature.SetGeometry(shape)
        layer.CreateFeature(feature)


def _write_sites(folder: Path) -> None:
    sites = [("Hotel Pâlm", "hotel", 13.52, 2.12, 150, "NE"), ("Camp", "military", 13.56, 2.05, 300, "NE")]
    names = ("name", "category", "lat", "lon", "radius_m", "country")
    rows = [",".join(names), *(",".join(map(str, site)) for site in sites)]
    (folder / "sites.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    square = {"type": "Polygon", "coordinates": [[[2, 13], [2.1, 13], [2.1, 13.1], [2, 13.1], [2, 13]]]}
    features = [
        {"type": "Feature", "properties": dict(zip(names, site)),
         "geometry": {"type": "Point", "coordinates": [site[3], site[2]]} if number else square}
        for number, site in enumerate(sites)
    ]  # fmt: skip
    collection = {"type": "FeatureCollection", "features": features}
    (folder / "sites.geojson").write_text(json.dumps(collection, indent=1), encoding="utf-8")
    for ending in ("gpkg", "kml", "shp"):
        source = gdal.OpenEx(str(folder / "sites.geojson"))
        gdal.VectorTranslate(
            str(folder / f"sites.{ending}"),
            source,
            format=DRIVERS[ending],
            where="name = 'Camp'",
            geometryType="POINT",
        )
