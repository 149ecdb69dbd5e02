"""Columns whose type is too narrow for what they hold, or is one of the library's own: right, or refused."""

from __future__ import annotations

import datetime as dates
import sqlite3
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from osgeo import ogr
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.ogr_files import OgrReader
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.screening import NO_TIME

TIMES = [1_710_805_200 + 600 * k for k in range(4)]
IDS = [3_000_000_000 + k for k in range(4)]
TYPES = ["MEDIUMINT", "INT", "TINYINT", "SMALLINT", "INTEGER", "BOOLEAN", "FLOAT", "REAL", "TEXT(4)", "BLOB"]


def geopackage(path, of_device, of_time, ids, times, count=1) -> None:
    """Write a table without geometry whose columns are declared so, whatever they hold."""
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    dataset.CreateLayer("first", None, ogr.wkbNone)
    del dataset
    with sqlite3.connect(path) as base:
        base.execute(
            f"CREATE TABLE pings (fid INTEGER PRIMARY KEY, device_id {of_device}, time {of_time}, lat REAL, lon REAL)"
        )
        rows = [(device, time, 13.5 + k / 8, 2.25) for k, (device, time) in enumerate(zip(ids, times))]
        base.executemany("INSERT INTO pings (device_id, time, lat, lon) VALUES (?, ?, ?, ?)", rows * count)
        base.execute("UPDATE gpkg_contents SET table_name = 'pings', identifier = 'pings'")
        base.execute("DROP TABLE first")


def read(path) -> tuple[list, list, list]:
    """Return the ids ("" for none), times (ms) and latitudes of a file."""
    source = open_observations_file(path)
    chunks = list(source.chunks())
    ids = np.append(source.device_ids(), "")
    codes, times, lats = (
        np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in ("device", "time_ms", "lat")
    )
    return ids[np.maximum(codes, -1)].tolist(), times.tolist(), lats.tolist()


@pytest.mark.parametrize("kind", TYPES)
def test_ids_beyond_the_type_of_their_column_stay_apart(tmp_path, kind):
    geopackage(tmp_path / "ids.gpkg", kind, "INTEGER", IDS, TIMES)
    assert read(tmp_path / "ids.gpkg")[0] == list(map(str, IDS))


@pytest.mark.parametrize("kind", [*TYPES[:-1], "DATE", "DATETIME"])
@pytest.mark.parametrize("factor", [1, 1000])
def test_times_beyond_the_type_of_their_column_are_right(tmp_path, kind, factor):
    geopackage(tmp_path / "times.gpkg", "TEXT", kind, "abab", [time * factor for time in TIMES])
    assert read(tmp_path / "times.gpkg")[1] == [time * 1000 for time in TIMES]


@pytest.mark.parametrize("kind", ["INTEGER", "REAL", "DATE", "DATETIME", "BOOLEAN"])
def test_days_first_in_a_column_declared_for_something_else(tmp_path, kind):
    texts = [f"{dates.datetime.fromtimestamp(time, dates.timezone.utc):%d/%m/%Y %H:%M:%S}" for time in TIMES]
    geopackage(tmp_path / "texts.gpkg", "TEXT", kind, "abab", texts)
    assert read(tmp_path / "texts.gpkg")[1] == [time * 1000 for time in TIMES]


def test_the_last_of_many_rows_counts_for_a_narrow_column(tmp_path):
    geopackage(tmp_path / "many.gpkg", "SMALLINT", "INTEGER", [1, 2, 3, 70_000], TIMES, count=40_000)
    assert sorted(set(read(tmp_path / "many.gpkg")[0])) == ["1", "2", "3", "70000"]


def test_zones_of_times_beside_a_narrow_column_count(tmp_path):
    clocks = "18T23:40:00Z", "19T02:50:00+03:00", "19T00:00:00.000Z", "19T05:40:00+05:30"
    texts = [f"2024-03-{clock}" for clock in clocks]
    geopackage(tmp_path / "zones.gpkg", "SMALLINT", "DATETIME", IDS, texts)
    found = read(tmp_path / "zones.gpkg")
    assert found[:2] == (list(map(str, IDS)), [time * 1000 for time in TIMES])


def parquet(path, **columns) -> None:
    pytest.importorskip("pyarrow")
    plain = {"device_id": list("abab"), "time": TIMES, "lat": [13.5, 13.625, 13.75, 13.875], "lon": 2.25}
    pd.DataFrame({**plain, **columns}).to_parquet(path)


# Columns of a Parquet file, and the ids and times (s) that they say.
LONG = 8_939_107_500_012_345_670
KINDS = {
    "unsigned ids": (
        {"device_id": np.array([2**63 + k for k in range(4)], np.uint64)}, [2**63 + k for k in range(4)], TIMES,
    ),
    "unsigned times": ({"time": np.array([time * 10**9 for time in TIMES], np.uint64)}, None, TIMES),
    "ids with a gap": (
        {"device_id": pd.array([LONG, None, LONG + 1, LONG + 2], "Int64")}, [LONG, "", LONG + 1, LONG + 2], TIMES,
    ),
    "times with a gap": (
        {"time": pd.array([TIMES[0] * 10**9 + 1, None, *(time * 10**9 + 999_999 for time in TIMES[2:])], "Int64")},
        None, [TIMES[0], None, *TIMES[2:]],
    ),
    "bytes": (
        {"device_id": [bytes([200 + k]) * 16 for k in range(4)]}, [f"{200 + k:x}" * 16 for k in range(4)], TIMES,
    ),
    "bytes of texts": ({"device_id": [b"a1", b"b2", b"a1", b"b2"]}, ["a1", "b2", "a1", "b2"], TIMES),
    "times of a zone": (
        {"time": pd.to_datetime([time * 10**9 for time in TIMES]).tz_localize("UTC").tz_convert("Asia/Tokyo")}, None,
        TIMES,
    ),
    "local times of a column of zones": (
        {"time": None, "local_time": pd.to_datetime([(time + 32_400) * 10**9 for time in TIMES]), "tz": "Asia/Tokyo"},
        None, TIMES,
    ),
}  # fmt: skip


@pytest.mark.parametrize("library", ["duckdb", "pyarrow"])
@pytest.mark.parametrize("kind", KINDS)
def test_types_of_parquet_say_what_they_hold(tmp_path, kind, library, monkeypatch):
    pytest.importorskip(library)
    if library == "pyarrow":
        monkeypatch.setattr("sitelight.plugin.data.parquet_files.usable_duckdb", lambda: None)
    columns, ids, times = KINDS[kind]
    parquet(tmp_path / "feed.parquet", **columns)
    found = read(tmp_path / "feed.parquet")
    assert found[0] == [str(one) for one in ids or "abab"]
    assert found[1] == [NO_TIME if time is None else time * 1000 for time in times]
    assert found[2] == [13.5, 13.625, 13.75, 13.875]


LOST = {
    "times of 32 bits": ({"time": np.array(TIMES, np.float32)}, "numbers of 32 bits"),
    "ids of 32 bits": ({"device_id": np.array([16_777_216, 16_777_217, 5, 6], np.float32)}, "too large to be kept"),
    "decimal ids": ({"device_id": [Decimal(10) ** 19 + k for k in range(4)]}, "too large to be kept"),
    "yes and no": ({"device_id": [True, False, True, False]}, "recognised as the device id"),
}


@pytest.mark.parametrize("kind", LOST)
def test_types_that_have_lost_digits_are_refused(tmp_path, kind):
    columns, words = LOST[kind]
    parquet(tmp_path / "feed.parquet", **columns)
    with pytest.raises(InputError, match=words):
        read(tmp_path / "feed.parquet")


@pytest.mark.parametrize("width", [10, 18])
def test_wide_numbers_of_a_shapefile_stay_whole(tmp_path, width):
    ids = [10**width - 1 - k for k in range(4)]
    driver = ogr.GetDriverByName("ESRI Shapefile")
    dataset = driver.CreateDataSource(str(tmp_path / "pings.dbf"))
    table = dataset.CreateLayer("pings", None, ogr.wkbNone)
    for name, places in (("device_id", width), ("time", 13)):
        field = ogr.FieldDefn(name, ogr.OFTInteger64)
        field.SetWidth(places)
        table.CreateField(field)
    for name in ("lat", "lon"):
        table.CreateField(ogr.FieldDefn(name, ogr.OFTReal))
    for k, device in enumerate(ids):
        feature = ogr.Feature(table.GetLayerDefn())
        for name, value in (("device_id", device), ("time", TIMES[k] * 1000), ("lat", 13.5 + k / 8), ("lon", 2.25)):
            feature.SetField(name, value)
        table.CreateFeature(feature)
    del feature, table, dataset
    found = read(tmp_path / "pings.dbf")
    assert found[:2] == (list(map(str, ids)), [time * 1000 for time in TIMES])


FILTERS = {
    "fid > 2": [2, 3], "fid = 1 OR (lat > 13.8 AND device_id LIKE '%B')": [0, 3], "fid > 3 -- the last; one": [3],
    "device_id = ';)' OR fid = 2": [1],
}  # fmt: skip


@pytest.mark.parametrize("kind", ["FLOAT", "REAL", "SMALLINT"])
@pytest.mark.parametrize("subset", FILTERS)
def test_a_filter_finds_its_rows_beside_a_narrow_column(tmp_path, kind, subset):
    geopackage(tmp_path / "some.gpkg", "TEXT", kind, "abab", TIMES)
    reader = OgrReader(tmp_path / "some.gpkg", "pings", subset)
    found = pd.concat(reader.frames(["device_id", "time", "lat"], False))
    rows = FILTERS[subset]
    assert found["lat"].tolist() == [13.5 + row / 8 for row in rows] and reader.row_count == len(rows)
    assert [int(time) for time in found["time"]] == [TIMES[row] for row in rows]  # digits may come as text


@pytest.mark.parametrize(
    "subset", ["fid = 1) UNION SELECT * FROM pings WHERE (1", "1); SELECT 1; --", "SELECT fid FROM pings", "nobody = 1"]
)
def test_a_filter_that_is_no_condition_is_refused_beside_a_narrow_column(tmp_path, subset):
    geopackage(tmp_path / "some.gpkg", "TEXT", "FLOAT", "abab", TIMES)
    with pytest.raises(InputError, match="The filter of layer pings cannot be applied"):
        OgrReader(tmp_path / "some.gpkg", "pings", subset)


def test_a_narrow_column_that_nobody_reads_leaves_the_fast_stream(tmp_path, monkeypatch):
    geopackage(tmp_path / "fast.gpkg", "FLOAT", "DATETIME", IDS, [f"2024-03-18T23:4{k}:00Z" for k in range(4)])
    reader = OgrReader(tmp_path / "fast.gpkg", "pings")
    with monkeypatch.context() as patch:
        patch.setattr(reader, "_take", None)  # what reads feature by feature
        found = pd.concat(reader.frames(["time", "lat"], False))
    assert found["time"].tolist() == [pd.Timestamp(f"2024-03-18 23:4{k}") for k in range(4)]


def test_opening_looks_at_the_first_rows_only(tmp_path, monkeypatch):
    geopackage(tmp_path / "many.gpkg", "MEDIUMINT", "INTEGER", [1, 2, 3, IDS[0]], TIMES, count=10)
    monkeypatch.setattr("sitelight.plugin.data.sqlite_columns._LOOKED_AT", 3)
    reader = OgrReader(tmp_path / "many.gpkg", "pings")
    assert reader.sample["device_id"][3] != IDS[0]  # cut off: nobody has looked at the fourth row
    found = pd.concat(reader.frames(["device_id", "lat"], False))
    assert [int(device) for device in found["device_id"]] == [1, 2, 3, IDS[0]] * 10
