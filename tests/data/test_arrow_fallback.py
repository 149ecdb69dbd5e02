"""Where GDAL's Arrow reader raises, at its start or in its midst, features give the same rows, each once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial

import pandas as pd
import pytest
from osgeo import ogr
from pandas.testing import assert_frame_equal
from sitelight.plugin.data import ogr_files
from sitelight.plugin.data.geopackage import read_results
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.ogr_files import OgrReader
from sitelight.plugin.data.sites import read_sites_file
from sitelight.plugin.engine.base import InputError, Progress
from sitelight.plugin.engine.study import Study
from sitelight.plugin.tasks.study_task import StudyRequest, run_request
from worlds.small_world import KEY_DATE, write_observations, write_sites

pytestmark = pytest.mark.skipif(
    not hasattr(ogr.Layer, "GetArrowStreamAsNumPy"), reason="this GDAL has no Arrow stream, and reads features anyway"
)
ROWS = 70_000  # two batches of at most 65,536
NEGATIVE = "Negative size passed to PyUnicode_FromStringAndSize"


@pytest.fixture
def breaks_after(monkeypatch):
    """Let every stream raise what GDAL 3.10 was seen to raise, after a number of batches; -1: let GDAL have none.

    Our opening is replaced, not the method of GDAL's class: putting that back leaves another function there (3.6).
    """
    plain = ogr_files._open_stream
    broken: list[str] = []

    def batches(stream: Iterator[dict], limit: int) -> Iterator[dict]:
        for number, batch in enumerate(stream):
            if number == limit:
                broken.append(NEGATIVE)
                raise SystemError(NEGATIVE)
            yield batch

    def set_limit(limit: int) -> list[str]:
        def opened(table: ogr.Layer, options: Sequence[str]) -> Iterator[dict]:
            if limit < 0:
                broken.append("no stream")
                return plain(object(), options)
            return batches(plain(table, options), limit)

        monkeypatch.setattr(ogr_files, "_open_stream", opened)
        return broken

    return set_limit


@pytest.fixture(scope="module")
def long_layer(tmp_path_factory):
    """A GeoPackage of more rows than one batch has, with gaps, texts of other scripts and an empty text."""
    path = tmp_path_factory.mktemp("long") / "pings.gpkg"
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    layer = dataset.CreateLayer("pings", None, ogr.wkbNone)
    for name, kind in (("device", ogr.OFTString), ("number", ogr.OFTInteger64), ("accuracy", ogr.OFTReal)):
        layer.CreateField(ogr.FieldDefn(name, kind))
    del layer, dataset
    rows = [
        (f"δ{number % 7}" if number % 5 else None, number, None if number % 3 else number / 4)
        for number in range(ROWS)
    ]
    with sqlite3.connect(path) as connection:
        connection.executemany("INSERT INTO pings (device, number, accuracy) VALUES (?, ?, ?)", rows)
    return path


def read(path, subset: str = "") -> pd.DataFrame:
    frames = OgrReader(path, "pings", subset).frames(["device", "number", "accuracy"], False)
    frame = pd.concat(list(frames), ignore_index=True)
    texts = frame["device"].map(lambda text: text.decode() if isinstance(text, bytes) else text)
    return frame.assign(device=texts.where(texts.notna(), None), accuracy=frame["accuracy"].astype("float64"))


@pytest.mark.parametrize(
    ("limit", "subset"), [(-1, "number % 35 = 1"), (0, "number % 35 = 1"), (1, ""), (1, "number > 99")]
)
def test_observations_come_once_each(long_layer, breaks_after, limit, subset):
    whole = read(long_layer, subset)
    broken = breaks_after(limit)
    rest = read(long_layer, subset)
    assert broken
    wanted = {"": range(ROWS), "number > 99": range(100, ROWS)}.get(subset, range(1, ROWS, 35))
    assert whole["number"].tolist() == list(wanted)
    assert_frame_equal(rest, whole, check_dtype=False)


def test_rows_that_were_lost_meanwhile_are_told(long_layer, breaks_after, monkeypatch):
    breaks_after(1)
    plain = ogr_files.skip_features
    monkeypatch.setattr(ogr_files, "skip_features", lambda table, count: plain(table, count + 1))
    with pytest.raises(InputError, match=f"holds {ROWS:,} rows and only {ROWS - 1:,} can be read"):
        read(long_layer)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    observations = write_observations(folder / "pings.csv", seed=4711, residents=3, crowd=9)
    sites = write_sites(folder / "sites.geojson")
    run_request(
        StudyRequest(
            Study((date.fromisoformat(KEY_DATE),), purpose="Test on made-up data"),
            partial(open_observations_file, observations), partial(read_sites_file, sites),
            str(folder / "study.gpkg"), {},
        ), Progress(),
    )  # fmt: skip
    return folder / "study.gpkg"


@pytest.mark.parametrize("limit", [-1, 0])
def test_a_study_is_loaded_all_the_same(study, breaks_after, limit):
    whole = read_results(study)
    broken = breaks_after(limit)
    rest = read_results(study)
    assert broken
    assert rest.notes == whole.notes and rest.run == whole.run
    assert len(whole.tables["findings"]) and len(whole.tables["heat"]) and len(whole.tables["screening"])
    for name, table in whole.tables.items():
        assert_frame_equal(rest.tables[name], table, check_exact=True)
