"""Packed files, archives and folders: the records of the plain file, or one sentence; nothing is left out unsaid."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from osgeo import ogr, osr
from sitelight.plugin.data.observation_files import open_observations_file, open_table
from sitelight.plugin.data.sites import read_sites_file
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.engine.screening import Roles

HEADER = "device_id,timestamp,latitude,longitude\n"
A = "".join(f"a,2024-03-10T08:{minute:02d}:00Z,13.5,2.1\n" for minute in range(10))
B = "".join(f"b,2024-03-10T09:{minute:02d}:00Z,13.6,2.2\n" for minute in range(10))
EXPECTED = sorted(
    (device, 1_710_057_600_000 + 60_000 * (minute + 60 * hour), lat, lon)
    for device, hour, lat, lon in (("a", 0, 13.5, 2.1), ("b", 1, 13.6, 2.2)) for minute in range(10)
)


def read(path: Path, roles: Roles | None = None) -> tuple[list[tuple], tuple[str, ...]]:
    source = open_observations_file(path, roles)
    chunks = list(source.chunks())
    ids = source.device_ids()
    rows = [
        (ids[device] if device >= 0 else "", time, lat, lon)
        for chunk in chunks
        for device, time, lat, lon in zip(chunk.device, chunk.time_ms.tolist(), chunk.lat.tolist(), chunk.lon.tolist())
    ]
    return sorted(rows), source.notes()


def packed_with_zstandard(data: bytes) -> bytes:
    arrow = pytest.importorskip("pyarrow", reason="nothing here packs Zstandard")
    return arrow.compress(data, codec="zstd", asbytes=True)


PACKERS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": packed_with_zstandard}


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("parts", [1, 3])
def test_packed_text_reads_as_the_plain_file(tmp_path, suffix, parts):
    text = (HEADER + A + B).encode()
    cuts = [text[len(text) * k // parts : len(text) * (k + 1) // parts] for k in range(parts)]
    path = tmp_path / f"pings.csv{suffix}"
    path.write_bytes(b"".join(PACKERS[suffix](cut) for cut in cuts))
    assert read(path)[0] == EXPECTED


@pytest.mark.parametrize("suffix", PACKERS)
def test_packed_text_that_is_cut_is_refused(tmp_path, suffix):
    rng = np.random.default_rng(7)
    places = rng.uniform(0, 9, 150_000)
    rows = "".join(f"d{k},{1_710_057_600 + k},{lat:.6f},{lat:.6f}\n" for k, lat in enumerate(places))
    whole = PACKERS[suffix]((HEADER + rows).encode())
    path = tmp_path / f"pings.csv{suffix}"
    for share in (0.3, 0.9, 0.9999):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(InputError) as caught:
            read(path)
        assert str(caught.value).startswith("pings.csv") and "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".bz2", ".xz", ".zst", ".zip"])
def test_packed_data_that_grow_too_far_are_refused(tmp_path, suffix):
    part = b"a,2024-03-10T08:00:00Z,13.5,2.1\n" * (1 << 13)
    path = tmp_path / f"bomb.csv{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bomb.csv", (HEADER + A).encode() + part * 500)
    else:
        path.write_bytes(PACKERS[suffix]((HEADER + A).encode()) + PACKERS[suffix](part) * 500)
    with pytest.raises(InputError, match="unpacks to more than 200 times its size"):
        read(path)


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_an_archive_of_parts_reads_as_one_table(tmp_path):
    path = write_zip(tmp_path / "delivery.zip", {
        "day=1/part.csv": (HEADER + A).encode(), "day=2/part.csv.gz": gzip.compress((HEADER + B).encode()),
        "README.txt": b"Delivery of March.\nAsk the vendor.\n", "__MACOSX/._part.csv": b"\x00\x05",
        "terms.pdf": b"%PDF-1.4", "empty.csv": b"",
    })  # fmt: skip
    rows, notes = read(path)
    assert rows == EXPECTED
    left_out = "README.txt, empty.csv, terms.pdf"
    assert notes[0] == f"Read of delivery.zip: 2 CSV files. Left out, as no part of the table: {left_out}."
    assert open_table(path).names == ["device_id", "timestamp", "latitude", "longitude"]


def test_a_shapefile_and_a_parquet_file_in_archives_are_read(tmp_path):
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32631)
    driver = ogr.GetDriverByName("ESRI Shapefile")
    dataset = driver.CreateDataSource(str(tmp_path / "pings.shp"))
    layer = dataset.CreateLayer("pings", reference, ogr.wkbPoint)
    for name in ("device_id", "time"):
        layer.CreateField(ogr.FieldDefn(name))
    feature = ogr.Feature(layer.GetLayerDefn())
    feature["device_id"], feature["time"] = "a", "2024-03-10T08:00:00Z"
    feature.SetGeometry(ogr.CreateGeometryFromWkt("POINT(500000 1492000)"))
    layer.CreateFeature(feature)
    del layer, dataset
    sides = {f"in/{one.name}": one.read_bytes() for one in tmp_path.glob("pings.*")}
    ((device, _time, lat, lon),), notes = read(write_zip(tmp_path / "shape.zip", {**sides, "README.txt": b"words\n"}))
    assert device == "a" and abs(lon - 3) < 1e-6 and 13.4 < lat < 13.6
    assert "Left out" in notes[0] and "README.txt" in notes[0] and ".dbf" not in notes[0]

    pytest.importorskip("pyarrow", reason="nothing here writes Parquet")
    table = io.BytesIO()
    pd.read_csv(io.StringIO(HEADER + A + B)).to_parquet(table)
    assert read(write_zip(tmp_path / "table.zip", {"pings.parquet": table.getvalue()}))[0] == EXPECTED


@pytest.mark.parametrize("damage", ["cut", "flipped", "encrypted", "none"])
def test_damaged_archives_are_told_in_one_sentence(tmp_path, damage):
    path = write_zip(tmp_path / "pings.zip", {"pings.csv": (HEADER + A + B).encode()})
    content = bytearray(path.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[80] ^= 0xFF
    elif damage == "encrypted":
        content[6] |= 1
        content[content.rindex(b"PK\x01\x02") + 8] |= 1
    else:
        content = bytearray(b"this is none")
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value).startswith("pings.") and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a.tar.gz", "a.7z", "a.tgz"])
def test_other_archives_name_the_way_out(tmp_path, name):
    (tmp_path / name).write_bytes(b"something")
    with pytest.raises(InputError, match="unpack it and choose the folder"):
        open_observations_file(tmp_path / name)


def test_parts_in_another_order_under_other_names_and_in_other_formats_are_one_table(tmp_path):
    (tmp_path / "1.csv").write_text(HEADER + A)
    lines = [line.split(",") for line in B.splitlines()]
    text = "longitude;LAT;maid;time\n" + "".join(f"{lon};{lat};{device};{time}\n" for device, time, lat, lon in lines)
    (tmp_path / "2.txt").write_text(text.replace("longitude", "lng"))
    assert read(tmp_path)[0] == EXPECTED
    frame = pd.read_csv(io.StringIO(HEADER + B))
    (tmp_path / "2.txt").unlink()
    frame.to_json(tmp_path / "2.jsonl", orient="records", lines=True)
    rows, notes = read(tmp_path)
    assert rows == EXPECTED and notes[0] == f"Read of {tmp_path.name}: 1 CSV, 1 JSON files."


def test_parts_without_names_take_those_of_the_first(tmp_path):
    (tmp_path / "part-00").with_suffix(".csv").write_text(HEADER + A)
    (tmp_path / "part-01.csv").write_text(B)
    assert read(tmp_path)[0] == EXPECTED


def test_a_part_that_lacks_only_the_device_stops_the_run(tmp_path):
    (tmp_path / "1.csv").write_text(HEADER + A)
    (tmp_path / "2.csv").write_text(HEADER.replace("device_id", "colour") + B)
    with pytest.raises(InputError, match=r"2\.csv: No column was recognised as the device id"):
        open_observations_file(tmp_path)


def test_a_part_without_a_column_that_was_asked_for_stops_the_run(tmp_path):
    (tmp_path / "1.csv").write_text(HEADER.replace("device_id", "colour") + A)
    (tmp_path / "2.csv").write_text(HEADER + B)
    with pytest.raises(InputError, match='2.csv has no column "colour"'):
        open_observations_file(tmp_path, Roles(device="colour"))


# Tables without a row of names


def test_a_table_without_names_says_so_and_takes_them_by_position(tmp_path):
    path = tmp_path / "1131.txt"  # as the T-Drive taxis are delivered
    path.write_text("".join(f"1131,2008-02-02 13:3{k}:00,116.4{k},39.9{k}\n" for k in range(9)))
    with pytest.raises(InputError, match="There is no row of column names: .* 1 to 4.*DEVICE_FIELD=1"):
        open_observations_file(path)
    rows, notes = read(path, Roles(device="1", time="2", lon="3", lat="4"))
    assert Counter(row[0] for row in rows) == {"1131": 9}
    assert rows[0][2:] == (39.90, 116.40) and any("no row of column names" in note for note in notes)
    assert open_table(path).names == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    "text",
    [
        "sep=,\n" + HEADER + A + B,
        "# exported on Monday\n# by nobody\n" + HEADER + A + B,
        "# " + HEADER + A + B,
        HEADER.replace("\n", ",2020,2021,2022\n") + (A + B).replace("\n", ",1,2,3\n"),
    ],
    ids=["excel", "comments", "commented header", "years"],
)
def test_what_stands_before_a_table_is_no_row_of_it(tmp_path, text):
    (tmp_path / "pings.csv").write_text(text)
    assert read(tmp_path / "pings.csv")[0] == EXPECTED


def test_counted_columns_are_names(tmp_path):
    text = "0,1,2,3\n" + A + B
    (tmp_path / "pings.csv").write_text(text)
    assert read(tmp_path / "pings.csv", Roles(device="0", time="1", lat="2", lon="3"))[0] == EXPECTED


@pytest.mark.parametrize(
    "name", ["berg", "track", "individual", "individual-local-identifier", "tag", "vessel", "collar", "collar_id",
             "tag-local-identifier", "ptt", "animal_id", "ship_name"],
)  # fmt: skip
def test_ids_of_public_tracks_are_found_by_their_names(tmp_path, name):
    (tmp_path / "tracks.csv").write_text((HEADER + A + B).replace("device_id", name))
    assert read(tmp_path / "tracks.csv")[0] == EXPECTED


def test_sites_come_packed_too(tmp_path):
    (tmp_path / "sites.csv.bz2").write_bytes(bz2.compress(b"name,lat,lon\nCamp,13.5,2.1\n"))
    path = write_zip(tmp_path / "sites.zip", {"sites.csv": b"name,lat,lon\nCamp,13.5,2.1\n", "README.txt": b"words\n"})
    for one in (tmp_path / "sites.csv.bz2", path):
        assert read_sites_file(one).sites.name.tolist() == ["Camp"]


@pytest.mark.parametrize("suffix", ["xlsx", "gpkg", "kml", "shp"])
def test_a_file_that_is_packed_under_a_suffix_of_gdal_is_read_or_refused_in_a_sentence(tmp_path, suffix):
    path = tmp_path / f"observations.{suffix}"
    path.write_bytes(bz2.compress(b"no such format at all"))
    with pytest.raises(InputError, match="observations"):
        open_table(path)


@pytest.mark.parametrize("member", [".", "..", "/", "a/..", " ", "\\", "con", "a//b.csv", "./p.csv"])
def test_members_of_odd_names_are_read_or_refused_in_a_sentence(tmp_path, member):
    path = tmp_path / "odd.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, HEADER + A)
    try:
        rows, _notes = read(path)
    except InputError:
        return
    assert rows == [row for row in EXPECTED if row[0] == "a"]
