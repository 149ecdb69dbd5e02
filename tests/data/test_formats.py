"""The table of formats: with one more row, a format is read, offered, named and found in folders."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from qgis.core import QgsMapLayerProxyModel
from qgis.PyQt.QtWidgets import QFileDialog, QToolButton
from sitelight.plugin.algorithms.analyze import AnalyzeAlgorithm
from sitelight.plugin.data import formats
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.sites import read_sites_file
from sitelight.plugin.data.stored_files import StoredFile
from sitelight.plugin.engine.base import InputError
from sitelight.plugin.gui.widgets.source_picker import SourcePicker

RECORDS = [
    {"device": f"d{number % 3}", "time": f"2023-07-26T0{number}:00:00Z", "lat": 13.5, "lon": 2.1 + 0.01 * number}
    for number in range(6)
]


class LinesReader:
    """One record a line, in JSON, under a suffix of its own."""

    has_geometry = False

    def __init__(self, file: StoredFile) -> None:
        self.name = file.name
        with file.open() as stream:
            self._frame = pd.read_json(stream, lines=True, convert_dates=False)
        self.names, self.sample, self.row_count = list(self._frame.columns), self._frame, len(self._frame)

    def frames(self, columns, points=False):
        yield self._frame[list(columns)]

    def describe(self):
        return {"path": self.name}

    def notes(self):
        return ()


ROW = formats.Format(
    "Lines",
    (".lines",),
    lambda file, _layer, _beside: LinesReader(file),
    reads_sites=True,
)


@pytest.fixture()
def one_more_format(monkeypatch):
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS[:-1], ROW, formats.GDAL))


def write_lines(path: Path, records: list[dict]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def rows_read(path: Path) -> int:
    return sum(len(chunk.lat) for chunk in open_observations_file(path).chunks())


def test_a_file_of_a_new_format_is_read(one_more_format, tmp_path):
    assert rows_read(write_lines(tmp_path / "pings.lines", RECORDS)) == 6


def test_a_folder_of_a_new_format_is_one_table_with_those_of_other_formats(one_more_format, tmp_path):
    for part in range(2):
        write_lines(tmp_path / f"part{part}.lines", RECORDS[3 * part : 3 * part + 3])
    assert rows_read(tmp_path) == 6
    pd.DataFrame(RECORDS).to_csv(tmp_path / "more.csv", index=False)
    assert rows_read(tmp_path) == 12
    assert "1 CSV, 2 Lines files" in open_observations_file(tmp_path).notes()[0]


def test_an_empty_folder_says_which_formats_it_could_hold(one_more_format, tmp_path):
    kinds = "CSV or Parquet or JSON or OwnTracks or GeoLife PLT or Lines"
    with pytest.raises(InputError, match=f"holds no {kinds} files"):
        open_observations_file(tmp_path)


def test_sites_come_in_a_new_format_too(one_more_format, tmp_path):
    path = write_lines(tmp_path / "sites.lines", [{"name": "Camp", "category": "military", "lat": 13.5, "lon": 2.1}])
    sites = read_sites_file(path).sites
    assert sites.name.tolist() == ["Camp"] and sites.lat.tolist() == [13.5]


def test_the_help_names_a_new_format(one_more_format, qgis_app):
    algorithm = AnalyzeAlgorithm()
    algorithm.initAlgorithm()
    assert "(CSV, Parquet, JSON, OwnTracks, GeoLife PLT, Lines, GeoPackage and more)" in algorithm.shortHelpString()
    told = algorithm.parameterDefinition("OBSERVATIONS_FILE").help()
    assert told.startswith(
        "CSV, Parquet, JSON, OwnTracks, GeoLife PLT, Lines, GeoPackage and more, or a folder of such files."
    )


def test_the_picker_offers_what_the_table_has(one_more_format, qgis_app, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *arguments: asked.append(arguments) or ("", ""))
    picker = SourcePicker("observations", QgsMapLayerProxyModel.Filter.PointLayer, "None", False)
    qtbot.addWidget(picker)
    picker.findChild(QToolButton, "sitelight_observations_browse").click()
    offered = asked[0][3].partition("(")[2].partition(")")[0].split()
    suffixes = {suffix for one in (*formats.FORMATS, ROW) for suffix in one.suffixes}
    assert {f"*{suffix}" for suffix in suffixes} | {"*.gz", "*.bz2", "*.xz", "*.zst", "*.zstd", "*.zip"} == set(offered)


def test_every_suffix_belongs_to_one_format():
    suffixes = [suffix for one in formats.FORMATS for suffix in one.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in suffixes)


@pytest.mark.parametrize(
    "name, title",
    [("a.CSV", "CSV"), ("a.tsv.gz", "CSV"), ("a.pq", "Parquet"), ("a.gpkg", "GeoPackage"), ("a.tab.xyz", "GeoPackage")],
)
def test_the_suffix_decides_whatever_its_case(name, title):
    assert formats.format_of(StoredFile(Path(name))).title == title
