"""Files that would end QGIS, go on for ever, lose rows or fill the memory: each is read whole or refused in a sentence.

Each kind is read in a process of its own with limits of time and memory.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import random
import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from osgeo import gdal, ogr
from sitelight.plugin.data import trials
from sitelight.plugin.data.expansion import MOST_TIMES
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.parquet_files import usable_duckdb
from sitelight.plugin.data.sites import read_sites_file
from sitelight.plugin.data.trials import find_interpreter, require_safe, stopped_by
from sitelight.plugin.engine.base import Cancelled, InputError, Progress
from sitelight.plugin.engine.screening import NO_TIME, ReadingSettings
from sitelight_package import ROOT, SHARED

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not on this machine")
HEADER = "device_id,timestamp,latitude,longitude,horizontal_accuracy\n"
LIMIT_S, LIMIT_BYTES = 60, 3 << 30

CHILD = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)
sys.path.insert(0, sys.argv[1])
import sitelight_package
sitelight_package.load()
from pathlib import Path
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.sites import read_sites_file
from sitelight.plugin.engine.base import InputError
for path in map(Path, sys.argv[4:]):
    try:
        if sys.argv[3] == "sites":
            told = len(read_sites_file(path).sites)
        else:
            told = sum(len(chunk) for chunk in open_observations_file(path).chunks())
    except InputError as error:
        told = str(error)
    print(json.dumps([path.name, told]), flush=True)
"""


def told_of(paths: list[Path], kind: str = "observations", limit: int = LIMIT_BYTES) -> dict[str, object]:
    """Return for each file how many rows were read, or the sentence that refuses it."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(ROOT / "tests"), str(limit), kind, *map(str, paths)],
        capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (paths, done.returncode, done.stderr[-2000:])
    told = dict(json.loads(line) for line in done.stdout.splitlines() if line.startswith("["))
    assert set(told) == {path.name for path in paths}
    assert all(isinstance(text, int) or ("\n" not in text and text.endswith(".")) for text in told.values()), told
    return told


def rows(count: int) -> list[str]:
    return [f"d{k % 7},{1_688_169_600 + 60 * k},{13 + k / 1e4:.5f},{2 + k / 1e4:.5f},12\n" for k in range(count)]


# Tracks without times

TRACK = """<?xml version="1.0" encoding="{encoding}"?>
{before}<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document>
<Placemark><name>a</name><gx:Track>{when}{coords}</gx:Track></Placemark></Document></kml>
"""
WHEN, COORD = "<when>2023-07-26T00:00:00Z</when>", "<gx:coord>2.1 13.5 0</gx:coord>"
TRACKS = {
    "none": ("", COORD * 3, ""),
    "empty": ("<when/>" * 2, COORD * 3, ""),
    "fewer": (WHEN, COORD * 3, ""),
    "comment": (f"<!-- {WHEN * 3} -->", COORD * 3, "<!-- a <kml> that is none -->\n"),
    "hidden": ("<![CDATA[ <!-- ]]>", COORD * 3, "<?a <!-- ?>"),
    "cdata": (f"<![CDATA[{WHEN * 3}]]>", COORD * 3, ""),
    "nested": ("", f"<gx:MultiTrack>{COORD}</gx:MultiTrack>" + COORD, ""),
}
ENDINGS = (".kml", ".xml", ".gpx", ".geojson", ".json", ".txt.kml", ".csv.kml", "", ".KML")


def write_tracks(folder: Path) -> list[Path]:
    paths = []
    for kind, (when, coords, before) in TRACKS.items():
        for number, ending in enumerate(ENDINGS):
            encoding = ("UTF-8", "UTF-16", "UTF-8")[number % 3]
            text = TRACK.format(encoding=encoding, when=when, coords=coords, before=before)
            path = folder / f"{kind}{number}{ending}"
            path.write_bytes(text.encode(encoding) if number % 3 != 2 else b"\xef\xbb\xbf" + text.encode())
            paths.append(path)
        packed = folder / f"{kind}.kmz"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("doc.kml", TRACK.format(encoding="UTF-8", when=when, coords=coords, before=before))
        paths.append(packed)
    return paths


@pytest.mark.parametrize("kind", ["observations", "sites"])
def test_no_track_without_times_ends_the_process(tmp_path, kind):
    told = told_of(write_tracks(tmp_path), kind)
    assert all(isinstance(text, str) for text in told.values()), told
    assert any("would end QGIS" in text for text in told.values())


@needs_shared
def test_damaged_files_are_read_whole_or_refused():
    folder = SHARED / "damaged"
    paths = [path for path in sorted(folder.iterdir()) if path.suffix in (".kml", ".kmz", ".xml", ".geojson", ".gpkg")]
    told = told_of(paths)
    assert all(text in (720, 721) or isinstance(text, str) for text in told.values()), told
    assert "breaks off" in told["obs1_1150_F_flip70.gpkg"]
    for name in told:
        if "_X_" in name:
            assert "would end QGIS" in told[name]


def test_comments_without_end_take_no_time(tmp_path):
    (tmp_path / "a.kml").write_text("<kml>" + "<!--" * 500_000)
    (tmp_path / "b.kml").write_text("<kml>" + "<gx:Track><when" * 200_000)
    assert all(isinstance(text, str) for text in told_of(sorted(tmp_path.iterdir())).values())


def test_a_good_file_passes_its_trial(tmp_path):
    path = tmp_path / "good.kml"
    path.write_text(TRACK.format(encoding="UTF-8", when=WHEN * 3, coords=COORD * 3, before=""))
    require_safe(path)
    assert ogr.Open(str(path)) is not None


def test_without_an_interpreter_kml_is_refused_and_the_rest_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "find_interpreter", lambda: None)
    path = tmp_path / "track.xml"
    path.write_text(TRACK.format(encoding="UTF-8", when=WHEN, coords=COORD, before=""))
    with pytest.raises(InputError, match="cannot be tried first"):
        require_safe(path)
    other = tmp_path / "a.gpx"
    other.write_text('<?xml version="1.0"?><gpx version="1.1"/>')
    require_safe(other)


def test_seconds_without_end_are_no_time(tmp_path):
    """GDAL reads them as infinite."""
    path = tmp_path / "a.gpx"
    times = ("2023-07-01T00:00:00Z", f"2023-07-01T01:00:0{'9' * 3000}Z", "2023-07-01T02:00:00Z")
    points = "".join(f'<wpt lat="13.5" lon="2.1"><time>{time}</time></wpt>' for time in times)
    path.write_text(f'<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{points}</gpx>')
    source = open_observations_file(path, settings=ReadingSettings(one_device=True))
    (chunk,) = source.chunks()
    assert chunk.time_ms.tolist() == [1_688_169_600_000, NO_TIME, 1_688_176_800_000]


def test_the_interpreter_is_found_where_the_executable_is_qgis(monkeypatch):
    assert find_interpreter() == Path(sys.executable)
    monkeypatch.setattr(trials.sys, "executable", "/usr/bin/qgis")
    assert find_interpreter().stem.startswith("python") and find_interpreter().is_file()


def endless_view(path: Path, table: str = "pings") -> Path:
    """Write a database of which a table, by default its only layer, is a question without end."""
    kind, options = ("GPKG", ["ADD_GPKG_OGR_CONTENTS=NO"]) if path.suffix == ".gpkg" else ("SQLite", [])
    dataset = gdal.GetDriverByName(kind).Create(str(path), 0, 0, 0, gdal.GDT_Unknown, options)
    layer = dataset.CreateLayer("pings", None, ogr.wkbNone)
    layer.CreateField(ogr.FieldDefn("device_id", ogr.OFTString))
    layer.CreateFeature(ogr.Feature(layer.GetLayerDefn()))
    del layer, dataset
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT was.* FROM n, was WHERE i < 0"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO was")
        connection.execute(f"CREATE VIEW {table} AS {endless}")
        connection.commit()
    return path


def test_a_layer_that_is_a_question_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "LEAST_MS", 3_000)
    with pytest.raises(InputError, match="was not read within 3 seconds: save the data as"):
        open_observations_file(endless_view(tmp_path / "endless.gpkg"))


def test_a_list_of_layers_that_is_a_question_without_end_is_refused(tmp_path, monkeypatch):
    """GDAL asks it already to tell the format: that is left to the trial."""
    monkeypatch.setattr(trials, "LEAST_MS", 3_000)
    with pytest.raises(InputError, match="was not read within 3 seconds: save the data as"):
        open_observations_file(endless_view(tmp_path / "endless.sqlite", "geometry_columns"))


def test_a_trial_ends_when_its_run_is_cancelled(tmp_path):
    path, begun = endless_view(tmp_path / "endless.gpkg"), time.monotonic()
    progress = Progress(is_cancelled=lambda: time.monotonic() > begun + 1.0)
    with pytest.raises(Cancelled), stopped_by(progress):
        open_observations_file(path)
    assert time.monotonic() < begun + 0.9 * trials.LEAST_MS / 1000


def test_a_name_that_no_file_can_have_is_told(tmp_path):
    for name in ("x" * 5000 + ".csv", "POINT(" + "9" * 1_000_000 + " 1)", "a/" * 4000, "\x00.csv"):
        require_safe(Path(name))
        for read in (open_observations_file, read_sites_file):
            with pytest.raises(InputError) as caught:
                read(Path(name))
            assert len(str(caught.value)) < 700


def test_a_footer_that_counts_other_rows_than_there_are_is_told(tmp_path):
    duckdb = usable_duckdb()
    if duckdb is None:
        pytest.skip("duckdb is not installed")
    (tmp_path / "pings.csv").write_text(HEADER + "".join(rows(240)))
    path = tmp_path / "pings.parquet"
    with duckdb.connect() as connection:
        connection.read_csv(str(tmp_path / "pings.csv")).write_parquet(str(path))
    assert sum(len(chunk) for chunk in open_observations_file(path).chunks()) == 240
    data = path.read_bytes()
    begin = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    held, said = b"\x16\xe0\x03", b"\x16\xfe\x7f"  # Thrift's way to write 240 and 8,191 in a field of 64 bits
    places = [at for at in range(begin, len(data)) if data.startswith(held, at)]
    for at in places:
        (tmp_path / f"changed{at}.parquet").write_bytes(data[:at] + said + data[at + len(held) :])
    told = told_of(sorted(tmp_path.glob("changed*")))
    assert len(told) > 3 and all(text == 240 or "rows" in str(text) for text in told.values()), told
    assert any(text != 240 for text in told.values())


# Quotes that stray


def with_pair(lines: list[str], first: int, last: int, columns: tuple[int, int]) -> list[str]:
    """Return the lines with a quote before a field of one line and after a field of another."""
    changed = list(lines)
    for number, column, is_before in ((first, columns[0], True), (last, columns[1], False)):
        fields = changed[number].rstrip("\n").split(",")
        fields[column] = f'"{fields[column]}' if is_before else f'{fields[column]}"'
        changed[number] = ",".join(fields) + "\n"
    return changed


def test_stray_quotes_lose_no_row(tmp_path):
    random.seed(20_261)
    lines = rows(720)
    paths = []
    for number in range(40):
        first = random.randrange(0, 715)
        last = min(719, first + random.choice((1, 1, 2, 5, 100, 700)))
        path = tmp_path / f"pair{number}.csv"
        path.write_text(HEADER + "".join(with_pair(lines, first, last, (random.randrange(5), random.randrange(5)))))
        paths.append(path)
    unclosed = tmp_path / "unclosed.csv"
    unclosed.write_text(HEADER + "".join(lines[:300]) + '"' + "".join(lines[300:]))
    told = told_of([*paths, unclosed])
    assert all(text == 720 or "quotation mark" in str(text) for text in told.values()), told
    assert "quotation mark" in told["unclosed.csv"]


@pytest.mark.parametrize("kind", ["plain", "gzip", "utf-16", "cp1252", "semicolon", "crlf"])
def test_stray_quotes_far_down_a_file_are_told(tmp_path, kind):
    lines = with_pair(rows(60_000), 50_000, 50_400, (1, 3))
    text = HEADER + "".join(lines)
    path = tmp_path / f"{kind}.csv"
    text = text.replace(",", ";") if kind == "semicolon" else text.replace("\n", "\r\n") if kind == "crlf" else text
    if kind == "gzip":
        path = tmp_path / "pings.csv.gz"
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_bytes(text.encode(kind if kind in ("utf-16", "cp1252") else "utf-8"))
    (told,) = told_of([path]).values()
    assert "line 50,002" in str(told)


@needs_shared
def test_the_pairs_of_the_shared_files_are_told():
    told = told_of(sorted((SHARED / "damaged").glob("011*_Q_pair*.csv")))
    assert len(told) == 4 and all("quotation mark" in str(text) for text in told.values())


def test_honest_fields_over_several_lines_are_read(tmp_path):
    header = "note,device_id,timestamp,latitude,longitude,remark\n"
    texts = ('"one, two\nthree, 4"', '"a ""word"", b\n\nc, d, e, f, g"', "", '"1,2,3,4,5\n6"', '5" wide', '"x"')
    lines = [
        f"{texts[k % 6]},d{k % 7},{1_688_169_600 + k},13.5,2.1,{texts[(k + 1) % 6]}\n" for k in range(600)
    ]
    (tmp_path / "notes.csv").write_text(header + "".join(lines) + "\n\n")
    (tmp_path / "blank.csv").write_text(HEADER + "\n".join(rows(100)) + "\n")
    (tmp_path / "open.csv").write_text(HEADER + "".join(rows(100))[:-1])
    (tmp_path / "mac.csv").write_text(HEADER.replace("\n", "\r") + "".join(rows(100)).replace("\n", "\r"), newline="")
    assert told_of(sorted(tmp_path.iterdir())) == {"notes.csv": 600, "blank.csv": 100, "open.csv": 100, "mac.csv": 100}


# Data that grow


def test_packed_data_that_grow_too_far_are_refused(tmp_path):
    line = rows(1)[0]
    repeated = HEADER.encode() + line.encode() * 6_000_000  # 290 MB
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(repeated, 9))
    parts = [gzip.compress(repeated[: 58 << 20], 9)] * 5 + [gzip.compress(b"\n")]  # the last part is honest
    (tmp_path / "parts.csv.gz").write_bytes(b"".join(parts))
    assert len(repeated) > MOST_TIMES * (tmp_path / "bomb.csv.gz").stat().st_size
    for name, member in (("bomb.kmz", "doc.kml"), ("bomb.zip", "a.shp"), ("bomb.xlsx", "xl/workbook.xml")):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(member, bytes(100 << 20))
    with zipfile.ZipFile(tmp_path / "many.kmz", "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}.kml", "")
    told = told_of(sorted(tmp_path.iterdir()), limit=2 << 30)
    assert all("unpack" in str(text) for text in told.values()), told


def test_honest_packed_data_are_read(tmp_path):
    path = tmp_path / "pings.csv.gz"
    path.write_bytes(gzip.compress((HEADER + "".join(rows(1)) * 40_000).encode(), 9))  # all rows equal: 1 to 250
    assert told_of([path]) == {"pings.csv.gz": 40_000}


def test_lines_and_nesting_without_end_are_refused(tmp_path):
    (tmp_path / "one.csv").write_bytes(b"a," * (40 << 20))
    (tmp_path / "later.csv").write_text(HEADER + "".join(rows(100)) + "d1,1688169600,13.5,2.1," + "9" * (40 << 20))
    (tmp_path / "quoted.csv").write_text(HEADER + '"' + "".join(rows(20_000)))
    nested = "[" * 200_000 + "]" * 200_000
    (tmp_path / "deep.geojson").write_text('{"type":"FeatureCollection","features":' + nested + "}")
    (tmp_path / "deeper.json").write_text('{"a":' * 200_000 + "1" + "}" * 200_000)
    deep = '{"type":"GeometryCollection","geometries":[' * 50_000
    (tmp_path / "shape.geojson").write_text('{"type":"Feature","properties":{},"geometry":' + deep)
    for kind in ("observations", "sites"):
        told = told_of(sorted(tmp_path.iterdir()), kind, limit=2 << 30)
        assert all(isinstance(text, str) for text in told.values()), told


def test_bytes_that_are_no_text_do_not_end_the_reading(tmp_path):
    feature = {"type": "Feature", "properties": {"device_id": "a", "time": "2023-07-26T00:00:00Z", "n\u00e9": "\u00e9"},
               "geometry": {"type": "Point", "coordinates": [2.1, 13.5]}}
    text = json.dumps({"type": "FeatureCollection", "features": [feature] * 3}, ensure_ascii=False).encode()
    (tmp_path / "bytes.geojson").write_bytes(text.replace("\u00e9".encode(), b"\xe9\xff"))
    (tmp_path / "half.geojson").write_bytes(text.replace("\u00e9".encode(), b"\\udc80"))
    assert told_of(sorted(tmp_path.iterdir())) == {"bytes.geojson": 3, "half.geojson": 3}
