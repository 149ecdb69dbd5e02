"""Observation files: real files, written files, and 56 broken ones."""

from __future__ import annotations

import gzip
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from osgeo import gdal, ogr, osr
from seeds import shifted
from sitelight.plugin.data.observation_files import open_observations_file, open_table
from sitelight.plugin.data.ogr_files import OgrReader
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.screening import NO_TIME, Observations, Roles
from sitelight_package import ROOT, SHARED

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not on this machine")
HEADER = "device_id,timestamp,latitude,longitude,horizontal_accuracy\n"
ROWS = "ab,1688169600,13.5,2.1,12\n007,1688169660,13.6,2.2,\nab,1688169720,bad,2.3,5\n,1688169780,13.7,2.4,7\n"


def read(source) -> tuple[Observations, np.ndarray]:
    """Return all chunks as one, and the ids."""
    chunks = list(source.chunks())
    columns = ("device", "time_ms", "lat", "lon", "accuracy_m")
    whole = Observations(*(np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in columns))
    return whole, source.device_ids()


def write(folder: Path, text: str, name: str = "pings.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


# What ROWS say: ids, then device, time, latitude, longitude and accuracy of each row.
EXPECTED = (
    ["ab", "007"], [0, 1, 0, -1], [1_688_169_600_000 + 60_000 * k for k in range(4)], [13.5, 13.6, None, 13.7],
    [2.1, 2.2, 2.3, 2.4], [12, None, 5, 7],
)  # fmt: skip


def rows_of(path: Path) -> tuple[list, ...]:
    """Return what is read of a file, None for what is missing; it is read twice."""
    source = open_observations_file(path)
    records, ids = read(source)
    again, ids_again = read(source)
    assert again.device.tolist() == records.device.tolist() and ids_again.tolist() == ids.tolist()
    assert records.device.dtype == np.int64
    columns = [getattr(records, name).tolist() for name in ("device", "time_ms", "lat", "lon", "accuracy_m")]
    return ids.tolist(), *([None if value != value else value for value in column] for column in columns)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_csv_in_every_encoding(tmp_path, encoding):
    assert rows_of(write(tmp_path, HEADER + ROWS, encoding=encoding)) == EXPECTED


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators(tmp_path, separator):
    assert rows_of(write(tmp_path, (HEADER + ROWS).replace(",", separator), "pings.txt")) == EXPECTED


def test_gzip_and_accented_paths(tmp_path):
    folder = tmp_path / "Δοκιμή ñ x"
    folder.mkdir()
    path = folder / "pings.csv.gz"
    path.write_bytes(gzip.compress((HEADER + ROWS).encode()))
    assert rows_of(path) == EXPECTED


def test_folder_of_parts_keeps_ids_across_parts(tmp_path):
    (tmp_path / "day=1").mkdir()
    lines = ROWS.splitlines(keepends=True)
    write(tmp_path / "day=1", HEADER + "".join(lines[:2]), "part-0.csv")
    write(tmp_path, HEADER + "".join(lines[2:]), "part-1.csv")
    write(tmp_path, "", "_SUCCESS")
    assert rows_of(tmp_path) == EXPECTED


def test_a_file_of_other_columns_in_a_folder_is_left_out_and_told(tmp_path):
    write(tmp_path, HEADER + ROWS, "a.csv")
    write(tmp_path, "x,y\n1,2\n", "b.csv")
    assert rows_of(tmp_path) == EXPECTED
    assert "Left out, as no part of the table: b.csv." in open_observations_file(tmp_path).notes()[0]


@pytest.mark.parametrize("library", ["duckdb", "pyarrow"])
def test_parquet_reads_the_same_with_both_libraries(tmp_path, library, monkeypatch):
    pytest.importorskip(library)
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({
        "device_id": ["ab", "007", "ab", None], "timestamp": 1_688_169_600 + 60 * np.arange(4),
        "latitude": [13.5, 13.6, np.nan, 13.7], "longitude": [2.1, 2.2, 2.3, 2.4],
        "horizontal_accuracy": [12, np.nan, 5, 7],
    })
    path = tmp_path / "pings.parquet"
    frame.to_parquet(path)
    if library == "pyarrow":
        monkeypatch.setattr("sitelight.plugin.data.parquet_files.usable_duckdb", lambda: None)
    assert open_observations_file(path).describe()["read by"] == library
    assert rows_of(path) == EXPECTED


def test_decimal_commas(tmp_path):
    path = write(tmp_path, "id;time;lat;lon\na;2021-03-20T00:00:00Z;13,5;2,1\n")
    records, _ = read(open_observations_file(path))
    assert (records.lat[0], records.lon[0]) == (13.5, 2.1)


def test_rows_too_long_and_too_short_are_all_kept(tmp_path):
    path = write(tmp_path, "id,time,lat,lon\na,2021-03-20T00:00:00Z,1,2,3,4\nb,2021-03-20T00:00:00Z\n")
    records, ids = read(open_observations_file(path))
    assert ids.tolist() == ["a", "b"]
    np.testing.assert_array_equal(records.lat, [1, np.nan])


def test_chunks_of_a_file_agree_with_the_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("sitelight.plugin.data.text_files.CHUNK_ROWS", 7)
    rng = np.random.default_rng(shifted(20_231))
    ids = np.array([f"{number:032x}" for number in rng.integers(0, 2**60, 9)])[rng.integers(0, 9, 100)]
    frame = pd.DataFrame({"device_id": ids, "timestamp": 1_688_169_600 + np.arange(100),
                          "latitude": rng.uniform(-90, 90, 100), "longitude": rng.uniform(-180, 180, 100)})
    frame.to_csv(tmp_path / "pings.csv", index=False)
    source = open_observations_file(tmp_path / "pings.csv")
    records, known = read(source)
    assert len(list(source.chunks())) == 15
    assert known[records.device].tolist() == ids.tolist()
    np.testing.assert_allclose(records.lat, frame["latitude"], rtol=0, atol=1e-12)


def test_only_role_columns_are_read(tmp_path):
    path = write(tmp_path, "caid,utc_timestamp,latitude,longitude,ip_address\na,1688169600,1,2,10.0.0.1\n")
    source = open_observations_file(path)
    assert source.roles == Roles("caid", "utc_timestamp", "latitude", "longitude", None)
    assert "Veraset" in source.detection.reasons["device"]


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("none.csv", None, "no file"),
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n\n  \n", "is empty"),
        ("zip.csv", b"PK\x03\x04" + bytes(range(256)) * 8 + b"\x00" * 900, "not a text file"),
        ("cut.csv.gz", gzip.compress(HEADER.encode() + ROWS.encode() * 9000)[:3000], "cannot be|not a readable"),
        ("values.csv", b"1,1688169600,13.5,2.1\n2,1688169601,13.6,2.2\n", "column names"),
        ("other.csv", b"a,b\n1,2\n", "device id"),
        ("broken.parquet", b"PAR1 this is none", "Parquet"),
        ("broken.gpkg", b"this is none", "cannot be read"),
        ("picture.png", b"\x89PNG\r\n\x1a\n", "cannot be read"),
    ],
)
def test_unusable_files_are_refused_with_one_sentence(tmp_path, name, content, word):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=word) as caught:
        read(open_observations_file(path))
    assert "\n" not in str(caught.value)


def test_missing_devices_times_and_points_of_a_geopackage(tmp_path):
    path = tmp_path / "points.gpkg"
    make_points(path, "GPKG", 4326, ["2023-07-26T00:00:00Z"] * 5, ogr.OFTString)
    dataset = gdal.OpenEx(str(path), gdal.OF_UPDATE | gdal.OF_VECTOR)
    layer = dataset.GetLayer(0)
    layer.CreateField(ogr.FieldDefn("accuracy", ogr.OFTInteger))
    for fid, hidden in ((1, "device_id"), (2, "time"), (3, "geometry")):
        feature = layer.GetFeature(fid)
        if hidden == "geometry":
            feature.SetGeometryDirectly(None)
        else:
            feature.SetFieldNull(hidden)
        feature.SetField("accuracy", fid)
        layer.SetFeature(feature)
    del feature, layer, dataset
    records, ids = read(open_observations_file(path))
    assert records.device.tolist() == [-1, 0, 1, 0, 1] and ids.tolist() == ["b", "a"]
    assert (records.time_ms == NO_TIME).tolist() == [False, True, False, False, False]
    np.testing.assert_allclose(records.lon, [2.1, 2.2, np.nan, 2.4, 2.5])
    np.testing.assert_array_equal(records.accuracy_m, np.float32([1, 2, 3, np.nan, np.nan]))


def make_points(path: Path, driver: str, epsg: int, times: list, kind: int = ogr.OFTString) -> None:
    """Write points at lon 2.1, 2.2, … lat 13.5 of devices a, b, a, b …"""
    target, wgs84 = osr.SpatialReference(), osr.SpatialReference()
    target.ImportFromEPSG(epsg)
    wgs84.ImportFromEPSG(4326)
    for reference in (target, wgs84):
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    way = osr.CoordinateTransformation(wgs84, target)
    dataset = ogr.GetDriverByName(driver).CreateDataSource(str(path))
    layer = dataset.CreateLayer("points", target, ogr.wkbPoint)
    layer.CreateField(ogr.FieldDefn("device_id", ogr.OFTString))
    layer.CreateField(ogr.FieldDefn("time", kind))
    for number, time in enumerate(times):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetField("device_id", "ab"[number % 2])
        if time is not None:
            feature.SetField("time", time)
        x, y, _ = way.TransformPoint(2.1 + number / 10, 13.5)
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POINT ({x} {y})"))
        layer.CreateFeature(feature)
    del feature, layer, dataset


@pytest.mark.parametrize("epsg", [4326, 3857, 32631])
def test_points_of_any_crs_become_degrees(tmp_path, epsg):
    path = tmp_path / "points.gpkg"
    make_points(path, "GPKG", epsg, ["2023-07-26T00:00:00Z", "2023-07-26T01:00:00Z"])
    records, ids = read(open_observations_file(path))
    np.testing.assert_allclose(records.lon, [2.1, 2.2], atol=1e-8)
    np.testing.assert_allclose(records.lat, [13.5, 13.5], atol=1e-8)
    assert ids.tolist() == ["a", "b"]


ZONED = ["2023/07/26 12:00:00.250+00", "2023/07/26 12:00:00.250+03", None, "2023/07/26 12:00:00.250-0330"]
ZONED_MS = [
    int(datetime(2023, 7, 26, hour, minute, tzinfo=timezone.utc).timestamp() * 1000) + 250
    for hour, minute in ((12, 0), (9, 0), (15, 30))
]


@pytest.mark.parametrize(("driver", "name"), [("GPKG", "t.gpkg"), ("GeoJSON", "t.geojson"), ("FlatGeobuf", "t.fgb")])
def test_date_time_fields_keep_zone_and_milliseconds(tmp_path, driver, name):
    make_points(tmp_path / name, driver, 4326, ZONED, ogr.OFTDateTime)
    records, _ = read(open_observations_file(tmp_path / name))
    assert sorted(records.time_ms.tolist()) == [NO_TIME, *sorted(ZONED_MS)]


@pytest.mark.skipif(not hasattr(ogr.Layer, "GetArrowStreamAsNumPy"), reason="this GDAL has no Arrow stream")
def test_feature_loop_and_arrow_stream_agree(tmp_path, monkeypatch):
    path = tmp_path / "points.gpkg"
    make_points(path, "GPKG", 32631, [f"2023-07-26T{hour:02d}:00:00Z" for hour in range(12)], ogr.OFTDateTime)
    fast, _ = read(open_observations_file(path))
    monkeypatch.setattr(OgrReader, "_arrow_is_exact", lambda *given: False)
    slow, _ = read(open_observations_file(path))
    for column in ("device", "time_ms", "lat", "lon"):
        np.testing.assert_array_equal(getattr(fast, column), getattr(slow, column))


def test_a_file_with_several_tables_asks_for_one(tmp_path):
    path = tmp_path / "two.gpkg"
    make_points(path, "GPKG", 4326, ["2023-07-26T00:00:00Z"])
    dataset = gdal.OpenEx(str(path), gdal.OF_UPDATE | gdal.OF_VECTOR)
    dataset.CopyLayer(dataset.GetLayerByName("points"), "more")
    del dataset
    with pytest.raises(InputError, match="points, more"):
        open_observations_file(path)
    assert len(read(open_observations_file(path, layer="more"))[0]) == 1


def test_an_open_table_shows_columns_and_rows(tmp_path):
    table = open_table(write(tmp_path, HEADER + ROWS))
    assert table.names == HEADER.strip().split(",") and len(table.sample) == 4
    assert table.row_count == 4 and table.has_geometry is False


@needs_shared
def test_ever_given_ships():
    source = open_observations_file(SHARED / "evergiven-ais" / "boat-positions.csv")
    assert source.roles == Roles("ID", "ais_pos_timestamp", "latitude", "longitude", None)
    records, ids = read(source)
    assert (len(records), len(ids)) == (22_287, 256)
    assert source.time_format.order == "dmy"
    first, last = (pd.Timestamp(int(value), unit="ms") for value in (records.time_ms.min(), records.time_ms.max()))
    assert (str(first), str(last)) == ("2021-03-20 00:00:00", "2021-03-24 12:52:00")


@needs_shared
@pytest.mark.parametrize(("name", "rows", "located"), [("leroy", 1_990, 919), ("ricky", 10_846, 8_958)])
def test_fishers_with_empty_positions(name, rows, located):
    source = open_observations_file(SHARED / "movebank-fishers" / f"{name}.csv.gz")
    records, ids = read(source)
    assert len(records) == rows and len(ids) == 1
    assert np.isfinite(records.lat).sum() == located
    assert np.nanmin(records.accuracy_m) >= 2 and np.nanmax(records.accuracy_m) <= 97.5
    assert (records.time_ms != NO_TIME).all()


CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
import conftest
from pathlib import Path
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.engine.base import InputError
for path in sorted(Path(sys.argv[2]).iterdir()):
    try:
        source = open_observations_file(path)
        print(path.name, "read", sum(len(chunk) for chunk in source.chunks()), sep="|", flush=True)
    except InputError as error:
        print(path.name, "refused", repr(str(error)), sep="|", flush=True)
"""


@needs_shared
def test_every_broken_file_is_read_or_refused_in_one_sentence():
    folder = SHARED / "bad-inputs"
    # In a process of its own, because one of the files ends the process that opens it carelessly.
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(ROOT / "tests"), str(folder)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line.split("|", 2) for line in done.stdout.splitlines() if "|" in line]
    assert {line[0] for line in lines} == {path.name for path in folder.iterdir()}
    assert all("\\n" not in text and text.strip("'\"").endswith(".") for _, kind, text in lines if kind == "refused")
    read_rows = {name: int(text) for name, kind, text in lines if kind == "read"}
    assert read_rows["togeojson__run.gpx"] == 206
    assert read_rows["pymove__geolife_sample_erro_datetime.csv"] == 4


FAULTY, ALL = 5_000, 40_000


def sorted_feed() -> pd.DataFrame:
    """Records sorted by time, the faulty ones (time 0) first; a second column of small numbers is no time."""
    rng = np.random.default_rng(shifted(4_117))
    stamps = np.r_[np.zeros(FAULTY, np.int64), 1_688_169_600 + np.sort(rng.integers(0, 10**6, ALL - FAULTY))]
    return pd.DataFrame({
        "device_id": [f"d{number}" for number in rng.integers(0, 50, ALL)], "timestamp": stamps,
        "latitude": rng.uniform(13, 14, ALL).round(5), "longitude": rng.uniform(2, 3, ALL).round(5),
        "remark": ['said "no", twice'] * ALL,
    })


def times_of(path: Path) -> list[int]:
    """Return the times (epoch s) read of the sorted feed."""
    source = open_observations_file(path)
    assert source.roles.time == "timestamp"
    assert int((pd.to_numeric(source.reader.sample["timestamp"]) > 0).sum()) >= 500
    records, ids = read(source)
    assert source.time_format.unit == "s" and len(ids) == 50
    return (records.time_ms // 1000).tolist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_text_that_begins_with_faulty_times(tmp_path, encoding):
    feed = sorted_feed()
    assert times_of(write(tmp_path, feed.to_csv(index=False), encoding=encoding)) == feed["timestamp"].tolist()


def test_gzipped_text_that_begins_with_faulty_times(tmp_path):
    path = tmp_path / "pings.csv.gz"
    path.write_bytes(gzip.compress(sorted_feed().to_csv(index=False).encode(), 1))
    assert times_of(path) == sorted_feed()["timestamp"].tolist()


@pytest.mark.parametrize("library", ["duckdb", "pyarrow"])
def test_parquet_that_begins_with_faulty_times(tmp_path, library, monkeypatch):
    pytest.importorskip(library)
    pytest.importorskip("pyarrow")
    sorted_feed().to_parquet(tmp_path / "pings.parquet", row_group_size=2_000)
    if library == "pyarrow":
        monkeypatch.setattr("sitelight.plugin.data.parquet_files.usable_duckdb", lambda: None)
    assert times_of(tmp_path / "pings.parquet") == sorted_feed()["timestamp"].tolist()


def test_geopackage_that_begins_with_faulty_times(tmp_path):
    feed = sorted_feed()
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(tmp_path / "pings.gpkg"))
    layer = dataset.CreateLayer("pings", None, ogr.wkbNone)
    for name, kind in (("device_id", ogr.OFTString), ("timestamp", ogr.OFTInteger64), ("latitude", ogr.OFTReal),
                       ("longitude", ogr.OFTReal)):
        layer.CreateField(ogr.FieldDefn(name, kind))
    layer.StartTransaction()
    for row in feed.itertuples(index=False):
        feature = ogr.Feature(layer.GetLayerDefn())
        for field, value in enumerate(row[:4]):
            feature.SetField(field, value)
        layer.CreateFeature(feature)
    layer.CommitTransaction()
    del feature, layer, dataset
    assert times_of(tmp_path / "pings.gpkg") == sorted_feed()["timestamp"].tolist()


def test_first_chunk_without_a_good_time_is_read_by_the_sample(tmp_path, monkeypatch):
    monkeypatch.setattr("sitelight.plugin.data.text_files.CHUNK_ROWS", 1_000)
    assert times_of(write(tmp_path, sorted_feed().to_csv(index=False))) == sorted_feed()["timestamp"].tolist()
