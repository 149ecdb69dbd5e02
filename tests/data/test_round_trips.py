"""Every format that can be written as well as read: what goes in comes out, to the last digit."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from osgeo import ogr, osr
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.engine.screening import ReadingSettings

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
PLACES = 9  # decimals of a degree: a tenth of a millimetre
FIRST_MS, LAST_MS = 1_325_376_000_000, 1_767_225_600_000  # 2012 to 2025
Table = list[tuple[str, int, float, float]]


def iso(ms: int) -> str:
    return (EPOCH + timedelta(milliseconds=ms)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@st.composite
def tables(draw: Callable) -> Table:
    """Draw devices with ids of every kind, and for each of twelve times in thousandths a position of nine decimals."""
    ids = ["007", "a,b", "Ä ö", "8939107500012345670", "8939107500012345671", "x;y|z", "d1"]
    rows = st.tuples(
        st.sampled_from(ids), st.integers(FIRST_MS, LAST_MS), st.integers(-(10**PLACES) * 89, 10**PLACES * 89),
        st.integers(-(10**PLACES) * 179, 10**PLACES * 179),
    )  # fmt: skip
    drawn = draw(st.lists(rows, min_size=12, max_size=12, unique_by=lambda row: row[1]))
    return [(device, ms, lat / 10**PLACES, lon / 10**PLACES) for device, ms, lat, lon in drawn]


def rows_of(path: Path, one_device: bool = False) -> Table:
    """Return what is read, by time: some formats have an order of their own."""
    source = open_observations_file(path, settings=ReadingSettings(one_device=one_device))
    chunks = list(source.chunks())
    device, time, lat, lon = (
        np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in ("device", "time_ms", "lat", "lon")
    )
    ids = source.device_ids()[device]
    rows = zip(ids.tolist(), time.tolist(), lat.round(PLACES).tolist(), lon.round(PLACES).tolist())
    return sorted(rows, key=lambda row: row[1])


def by_time(table: Table) -> Table:
    return sorted(table, key=lambda row: row[1])


# How a time stands in a table: its text, its number, or the format's own type.
SPELLINGS = {"text": iso, "number": lambda ms: ms, "own": iso}


def frame_of(table: Table, spelling: str) -> pd.DataFrame:
    names = ["device_id", "time", "lat", "lon"]
    return pd.DataFrame([(device, SPELLINGS[spelling](ms), *at) for device, ms, *at in table], columns=names)


def csv_text(table: Table, spelling: str, mark: str = ",") -> bytes:
    return frame_of(table, spelling).to_csv(index=False, sep=mark).encode()


def zstandard(data: bytes) -> bytes:
    return pytest.importorskip("pyarrow").compress(data, "zstd", asbytes=True)


def zipped(data: bytes, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pings.csv", data)


TEXTS: dict[str, Callable[[Table, str], bytes]] = {
    "csv": csv_text,
    "tsv": lambda table, spelling: csv_text(table, spelling, "\t"),
    "psv": lambda table, spelling: csv_text(table, spelling, "|"),
    "csv.gz": lambda table, spelling: gzip.compress(csv_text(table, spelling)),
    "csv.bz2": lambda table, spelling: bz2.compress(csv_text(table, spelling)),
    "csv.xz": lambda table, spelling: lzma.compress(csv_text(table, spelling)),
    "csv.zst": lambda table, spelling: zstandard(csv_text(table, spelling)),
    "jsonl": lambda table, spelling: frame_of(table, spelling).to_json(
        orient="records", lines=True, double_precision=15
    ).encode(),
    "json": lambda table, spelling: json.dumps(frame_of(table, spelling).to_dict("records")).encode(),
    "jsonl.gz": lambda table, spelling: gzip.compress(TEXTS["jsonl"](table, spelling)),
}  # fmt: skip
given_tables = given(tables())
few = settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("spelling", ["text", "number"])
@pytest.mark.parametrize("suffix", TEXTS)
@few
@given_tables
def test_texts_and_their_packings(tmp_path, suffix, spelling, table):
    path = tmp_path / f"pings.{suffix}"
    path.write_bytes(TEXTS[suffix](table, spelling))
    assert rows_of(path) == by_time(table)


@few
@given_tables
def test_an_archive(tmp_path, table):
    zipped(csv_text(table, "text"), tmp_path / "pings.zip")
    assert rows_of(tmp_path / "pings.zip") == by_time(table)


# The driver, the suffix, and how times can be written.
DRIVERS = {
    "GPKG": ("gpkg", ("text", "number", "own")),
    "SQLite": ("sqlite", ("text", "number", "own")),
    "FlatGeobuf": ("fgb", ("text", "number", "own")),
    "GeoJSON": ("geojson", ("text", "number", "own")),
    "GeoJSONSeq": ("geojsonl", ("text", "number", "own")),
    "ESRI Shapefile": ("shp", ("text", "number")),
    "MapInfo File": ("mif", ("text",)),
    "LIBKML": ("kml", ("text", "own")),
    "XLSX": ("xlsx", ("text", "number")),
    "ODS": ("ods", ("text", "number")),
}  # fmt: skip
SHEETS = ("XLSX", "ODS")
KINDS = {"text": ogr.OFTString, "number": ogr.OFTInteger64, "own": ogr.OFTDateTime}
OPTIONS = {"SQLite": ["SPATIALITE=NO"]}
LAYER_OPTIONS = {"GeoJSON": ["COORDINATE_PRECISION=15"], "GeoJSONSeq": ["COORDINATE_PRECISION=15"],
                 "ESRI Shapefile": ["ENCODING=UTF-8"]}  # fmt: skip


def write_with_gdal(path: Path, driver: str, table: Table, spelling: str, has_points: bool) -> None:
    wgs84 = osr.SpatialReference()
    wgs84.ImportFromEPSG(4326)
    wgs84.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    path.unlink(missing_ok=True)
    dataset = ogr.GetDriverByName(driver).CreateDataSource(str(path), OPTIONS.get(driver, []))
    kind = ogr.wkbPoint if has_points else ogr.wkbNone
    layer = dataset.CreateLayer(path.stem, wgs84 if has_points else None, kind, LAYER_OPTIONS.get(driver, []))
    for name, of in (("device_id", ogr.OFTString), ("timestamp", KINDS[spelling])):
        field = ogr.FieldDefn(name, of)
        field.SetWidth(40 if of == ogr.OFTString else 0)
        layer.CreateField(field)
    for name in () if has_points else ("lat", "lon"):
        layer.CreateField(ogr.FieldDefn(name, ogr.OFTReal))
    layer.StartTransaction()
    for device, ms, lat, lon in table:
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetField("device_id", device)
        if spelling == "own":
            moment = EPOCH + timedelta(milliseconds=ms)
            feature.SetField(
                feature.GetFieldIndex("timestamp"), *moment.timetuple()[:5], moment.second + ms % 1000 / 1000, 100
            )
        else:
            feature.SetField("timestamp", SPELLINGS[spelling](ms))
        if has_points:
            point = ogr.Geometry(ogr.wkbPoint)
            point.AddPoint_2D(lon, lat)
            feature.SetGeometry(point)
        else:
            feature.SetField("lat", lat)
            feature.SetField("lon", lon)
        layer.CreateFeature(feature)
    layer.CommitTransaction()
    del feature, layer, dataset


WAYS = [(driver, spelling) for driver, (_suffix, spellings) in DRIVERS.items() for spelling in spellings]


@pytest.mark.parametrize(("driver", "spelling"), WAYS)
@few
@given_tables
def test_what_gdal_writes(tmp_path, driver, spelling, table):
    path = tmp_path / f"pings.{DRIVERS[driver][0]}"
    write_with_gdal(path, driver, table, spelling, driver not in SHEETS)
    assert rows_of(path) == by_time(table)


@pytest.mark.parametrize("spelling", ["text", "number", "own"])
@pytest.mark.parametrize("driver", ["GPKG", "SQLite"])
@few
@given_tables
def test_a_table_without_geometry(tmp_path, driver, spelling, table):
    path = tmp_path / f"pings.{DRIVERS[driver][0]}"
    write_with_gdal(path, driver, table, spelling, False)
    assert rows_of(path) == by_time(table)


@few
@given_tables
def test_waypoints_of_gpx_are_of_one_device(tmp_path, table):
    path = tmp_path / "way.gpx"
    points = "".join(f'<wpt lat="{lat!r}" lon="{lon!r}"><time>{iso(ms)}</time></wpt>' for _id, ms, lat, lon in table)
    path.write_text(f'<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">{points}</gpx>')
    assert rows_of(path, True) == [("one device", *row[1:]) for row in by_time(table)]


@pytest.mark.parametrize("spelling", ["text", "number", "own"])
@pytest.mark.parametrize("is_geographic", [False, True])
@few
@given_tables
def test_parquet(tmp_path, spelling, is_geographic, table):
    arrow = pytest.importorskip("pyarrow")
    frame = frame_of(table, spelling)
    if spelling == "own":
        frame["time"] = pd.to_datetime(frame["time"])
    if is_geographic:
        lat, lon = frame.pop("lat"), frame.pop("lon")
        frame["geometry"] = [ogr.CreateGeometryFromWkt(f"POINT ({x!r} {y!r})").ExportToWkb(ogr.wkbNDR)
                             for x, y in zip(lon.tolist(), lat.tolist())]  # fmt: skip
        frame["geometry"] = frame["geometry"].map(bytes)
    written = arrow.Table.from_pandas(frame)
    if is_geographic:
        columns = {"geometry": {"encoding": "WKB", "geometry_types": ["Point"]}}
        told = {"version": "1.0.0", "primary_column": "geometry", "columns": columns}
        written = written.replace_schema_metadata({**written.schema.metadata, b"geo": json.dumps(told).encode()})
    pytest.importorskip("pyarrow.parquet").write_table(written, tmp_path / "pings.parquet")
    assert rows_of(tmp_path / "pings.parquet") == by_time(table)


def test_every_format_that_is_offered_is_written_here():
    """GPX is written by hand, PLT and the recorder of OwnTracks are written by nothing that is here."""
    from sitelight.plugin.data.formats import FORMATS

    offered = {suffix for one in FORMATS for suffix in one.suffixes}
    here = {f".{suffix.split('.')[0]}" for suffix in (*TEXTS, *(suffix for suffix, _ways in DRIVERS.values()))}
    same = {".txt", ".tab", ".dat", ".ndjson", ".pq", ".geoparquet"}  # names of the same formats
    assert offered - here - same == {".gpx", ".parquet", ".plt", ".rec"}
