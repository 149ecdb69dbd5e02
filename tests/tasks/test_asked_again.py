"""Runs on files that are as they were do not read them again, and runs on any others do."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from osgeo import gdal
from qgis.core import QgsVectorLayer
from sitelight.plugin.data.geopackage import read_results
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.observation_layers import take_layer
from sitelight.plugin.data.sites import read_sites_file
from sitelight.plugin.data.source_fingerprints import fingerprint_of
from sitelight.plugin.engine.base import Progress
from sitelight.plugin.engine.study import Study
from sitelight.plugin.tasks.study_task import NOT_READ_AGAIN, StudyRequest, run_request
from worlds.small_world import KEY_DATE, write_observations, write_sites

KEY_DAY = date.fromisoformat(KEY_DATE)
STUDY = Study((KEY_DAY,), purpose="Test on made-up data", rekey=b"test")
OTHER_DATE = KEY_DAY - timedelta(days=14)


@pytest.fixture
def files(tmp_path) -> tuple[Path, Path]:
    (tmp_path / "in").mkdir()
    return write_observations(tmp_path / "in" / "pings.csv", seed=913), write_sites(tmp_path / "sites.geojson")


def ask(files, output: Path, known=None, study: Study = STUDY, open_source=None):
    open_source = open_source or partial(open_observations_file, files[0])
    return run_request(
        StudyRequest(study, open_source, partial(read_sites_file, files[1]), str(output), {}, (), known), Progress()
    )


def without_times(path: Path) -> dict:
    return {name: table for name, table in read_results(path).tables.items() if name not in ("run", "audit")}


def test_another_date_is_answered_without_reading_and_as_by_reading(files, tmp_path):
    first = ask(files, tmp_path / "first.gpkg")
    assert NOT_READ_AGAIN not in first.notes
    study = replace(STUDY, key_dates=(OTHER_DATE,))
    again = ask(files, tmp_path / "again.gpkg", first.known, study)
    anew = ask(files, tmp_path / "anew.gpkg", None, study)
    assert again.notes == (*anew.notes, NOT_READ_AGAIN)
    for name, table in without_times(tmp_path / "anew.gpkg").items():
        pd.testing.assert_frame_equal(table, without_times(tmp_path / "again.gpkg")[name], check_exact=True, obj=name)
    records = [read_results(tmp_path / f"{name}.gpkg").run for name in ("again", "anew")]
    assert records[0]["source"] == records[1]["source"]
    assert NOT_READ_AGAIN in ask(files, tmp_path / "first.gpkg", again.known).notes


def grown(path: Path) -> None:
    rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*rows, rows[-1]]), encoding="utf-8")


def rewritten_in_place(path: Path) -> None:
    """The same bytes but one digit of the last position, and the time of change of before."""
    before, text = path.stat(), path.read_bytes()
    changed = text[:-3] + (b"1" if text[-3:-2] != b"1" else b"2") + text[-2:]
    assert len(changed) == len(text) and changed != text
    copy = path.with_suffix(".new")
    copy.write_bytes(changed)
    os.replace(copy, path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def touched(path: Path) -> None:
    found = path.stat()
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + 1))


def written_over(path: Path) -> None:
    """The same bytes but one digit, in the same entry of the disk, and the time of change of before."""
    before, text = path.stat(), path.read_bytes()
    with open(path, "r+b") as file:
        file.write(text[:-3] + (b"1" if text[-3:-2] != b"1" else b"2") + text[-2:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size and path.stat().st_ino == before.st_ino


@pytest.mark.parametrize("change", [grown, rewritten_in_place, written_over, touched])
def test_a_file_that_changed_is_read_again(files, tmp_path, change):
    first = ask(files, tmp_path / "study.gpkg")
    change(files[0])
    again = ask(files, tmp_path / "study.gpkg", first.known)
    assert NOT_READ_AGAIN not in again.notes
    assert again.tables["screening"]["rows"].iloc[0] == first.tables["screening"]["rows"].iloc[0] + (change is grown)


def test_a_folder_with_another_file_is_read_again(files, tmp_path):
    folder = files[0].parent
    open_source = partial(open_observations_file, folder)
    first = ask(files, tmp_path / "study.gpkg", None, STUDY, open_source)
    assert NOT_READ_AGAIN in ask(files, tmp_path / "study.gpkg", first.known, STUDY, open_source).notes
    shutil.copy(files[0], folder / "more.csv")
    again = ask(files, tmp_path / "study.gpkg", first.known, STUDY, open_source)
    assert NOT_READ_AGAIN not in again.notes
    assert again.tables["screening"]["rows"].iloc[0] == 2 * first.tables["screening"]["rows"].iloc[0]


def test_a_study_beside_a_file_is_no_part_of_it(files, tmp_path):
    output = files[0].with_name("pings_sitelight.gpkg")
    first = ask(files, output)
    assert NOT_READ_AGAIN in ask(files, tmp_path / "again.gpkg", first.known).notes


def test_other_columns_and_readings_of_one_file_are_other_observations(files):
    rows = pd.read_csv(files[0])
    rows.assign(other=np.roll(rows.iloc[:, 0].to_numpy(), 1)).to_csv(files[0], index=False)
    source = open_observations_file(files[0])
    assert fingerprint_of(source) == fingerprint_of(open_observations_file(files[0])) != ""
    other = replace(source.roles, device="other")
    assert fingerprint_of(open_observations_file(files[0], other)) != fingerprint_of(source)
    zoned = replace(source.settings, time_zone="Europe/Athens")
    assert fingerprint_of(open_observations_file(files[0], None, None, zoned)) != fingerprint_of(source)


def test_a_layer_of_a_file_is_known_by_file_and_filter_and_an_edited_one_is_not(files, tmp_path, qgis_new_project):
    table = tmp_path / "in" / "pings.gpkg"
    places = ["X_POSSIBLE_NAMES=longitude", "Y_POSSIBLE_NAMES=latitude", "AUTODETECT_TYPE=YES"]
    gdal.VectorTranslate(
        str(table), gdal.OpenEx(str(files[0]), open_options=places), srcSRS="EPSG:4326", dstSRS="EPSG:4326"
    )
    layer = QgsVectorLayer(str(table), "pings", "ogr")
    assert layer.isValid()
    first = ask(files, tmp_path / "study.gpkg", None, STUDY, take_layer(layer).open_source)
    assert NOT_READ_AGAIN in ask(
        files, tmp_path / "study.gpkg", first.known, STUDY, take_layer(layer).open_source
    ).notes
    whole = fingerprint_of(take_layer(layer).open_source())
    assert layer.setSubsetString('"fid" > 20')
    assert fingerprint_of(take_layer(layer).open_source()) not in (whole, "")
    assert layer.setSubsetString("") and layer.startEditing()
    assert fingerprint_of(take_layer(layer).open_source()) == ""
    assert layer.deleteFeatures([1, 2])
    again = ask(files, tmp_path / "study.gpkg", first.known, STUDY, take_layer(layer).open_source)
    assert NOT_READ_AGAIN not in again.notes
    assert again.tables["screening"]["rows"].iloc[0] == first.tables["screening"]["rows"].iloc[0] - 2
    layer.rollBack()
