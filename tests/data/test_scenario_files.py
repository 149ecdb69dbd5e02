"""Writing the scenario: readable files, all or nothing, and no foreign folder harmed."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from osgeo import ogr
from seeds import shifted
from sitelight.plugin.data.event_tables import read_table_file
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.scenario_files import csv_rows, write_scenario
from sitelight.plugin.engine.base import Cancelled, InputError, Progress
from sitelight.plugin.engine.scenario import ScenarioSettings, make_observations, scenario_sites, scenario_truth, world

SETTINGS = ScenarioSettings(devices=30, days=20, seed=shifted(611))


def read_all(paths: list[str]) -> pd.DataFrame:
    return pd.concat([pd.read_csv(path) for path in paths], ignore_index=True)


def test_files_say_what_was_made(tmp_path):
    made = write_scenario(SETTINGS, str(tmp_path / "Sahel ñ"))
    assert sorted(p.name for p in (tmp_path / "Sahel ñ").iterdir()) == [
        "README.md", "calendar.csv", "observations.csv", "sites.gpkg", "truth.json"
    ]  # fmt: skip
    assert [p.name for p in tmp_path.iterdir()] == ["Sahel ñ"]
    expected = pd.concat(make_observations(SETTINGS), ignore_index=True)
    pd.testing.assert_frame_equal(read_all(made["observations"]), expected, check_dtype=False, atol=1e-9, rtol=0)
    with open(made["truth"], encoding="utf-8") as file:
        assert json.load(file) == scenario_truth(SETTINGS)
    assert "SYNTHETIC" in (tmp_path / "Sahel ñ" / "README.md").read_text(encoding="utf-8")


def test_the_folder_is_read_as_one_table_of_observations(tmp_path, monkeypatch):
    monkeypatch.setattr(world, "PART_ROWS", 15_000)
    monkeypatch.setattr(world, "_BLOCK_ROWS", 4_000)
    made = write_scenario(ScenarioSettings(devices=8, days=62, seed=shifted(611)), str(tmp_path / "out"))
    assert len(made["observations"]) > 1
    source = open_observations_file(made["folder"])
    assert sum(map(len, source.chunks())) == len(read_all(made["observations"]))
    left_out = " ".join(source.notes())
    assert all(name in left_out for name in ("calendar.csv", "truth.json", "sites.gpkg"))


def test_the_calendar_tells_the_closures_of_those_weeks(tmp_path):
    made = write_scenario(SETTINGS, str(tmp_path / "out"))
    spans = read_table_file(made["calendar"]).calendar()
    niger = {(span.kind, span.start, span.end, span.neighbours) for span in spans if span.country == "NE"}
    # Press and travel warnings of those weeks: shut with the coup, towards five neighbours open again on 2 August.
    assert ("closed border", "2023-07-26", "2023-08-01", "") in niger
    assert ("closed border", "2023-08-02", "2024-02-24", "BJ NG") in niger
    assert ("closed airspace", "2023-08-06", "2023-09-03", "") in niger
    assert {span.country for span in spans} == {"NE", "GA"}


def test_sites_layer_has_points_and_fields(tmp_path):
    made = write_scenario(SETTINGS, str(tmp_path / "out"))
    dataset = ogr.Open(made["sites"])
    layer = dataset.GetLayerByName("sites")
    assert layer.GetSpatialRef().GetAuthorityCode(None) == "4326"
    sites = scenario_sites()
    assert layer.GetFeatureCount() == len(sites)
    layer.SetAttributeFilter("name = 'Mopti airport (Ambodedjo)'")
    feature = layer.GetNextFeature()
    assert feature["category"] == "airport" and feature["country"] == "ML" and feature["fictional"] == 0
    assert feature["radius_m"] == 800.0
    point = feature.GetGeometryRef()
    assert (point.GetX(), point.GetY()) == pytest.approx((-4.07956, 14.5128))


def test_large_worlds_are_written_in_numbered_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(world, "PART_ROWS", 15_000)
    monkeypatch.setattr(world, "_BLOCK_ROWS", 4_000)
    made = write_scenario(SETTINGS, str(tmp_path / "out"))
    names = [path.rsplit("/", 1)[1] for path in made["observations"]]
    assert len(names) > 1 and names[:2] == ["observations-0001.csv", "observations-0002.csv"]
    assert len(read_all(made["observations"])) == sum(len(p) for p in make_observations(SETTINGS))


@pytest.mark.parametrize("after", [0, 1, 3, 4])
def test_cancel_leaves_nothing(tmp_path, after):
    calls = []
    progress = Progress(lambda stage, done: calls.append(stage), lambda: len(calls) >= after)
    with pytest.raises(Cancelled):
        write_scenario(ScenarioSettings(800, 30, 2), str(tmp_path / "new" / "deep"), progress)
    assert list(tmp_path.iterdir()) == []


def test_cancel_leaves_the_earlier_scenario_untouched(tmp_path):
    made = write_scenario(SETTINGS, str(tmp_path / "out"))
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with pytest.raises(Cancelled):
        write_scenario(ScenarioSettings(30, 20, 612), made["folder"], Progress(is_cancelled=lambda: True))
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_an_earlier_scenario_is_replaced_and_other_files_stay(tmp_path, monkeypatch):
    folder = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(world, "PART_ROWS", 15_000)
        patch.setattr(world, "_BLOCK_ROWS", 4_000)
        write_scenario(SETTINGS, str(folder))
    (folder / "my results.txt").write_text("mine", encoding="utf-8")
    made = write_scenario(ScenarioSettings(30, 20, 612), str(folder))
    assert sorted(p.name for p in folder.glob("observations*")) == ["observations.csv"]
    assert (folder / "my results.txt").read_text(encoding="utf-8") == "mine"
    with open(made["truth"], encoding="utf-8") as file:
        assert json.load(file)["settings"]["seed"] == 612


@pytest.mark.parametrize("content", ["notes.txt", "truth.json"])
def test_a_folder_with_something_else_is_refused(tmp_path, content):
    (tmp_path / content).write_text('["not ours"]', encoding="utf-8")
    with pytest.raises(InputError, match="choose an empty folder"):
        write_scenario(SETTINGS, str(tmp_path))
    assert [p.name for p in tmp_path.iterdir()] == [content]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    with pytest.raises(InputError, match="choose a folder"):
        write_scenario(SETTINGS, str(tmp_path / "out"))
    with pytest.raises(InputError):
        write_scenario(SETTINGS, str(tmp_path / "out" / "below"))


def test_csv_text_of_awkward_numbers():
    frame = pd.DataFrame({
        "device_id": ["a" * 32, "0123456789abcdef" * 2, "f" * 32],
        "timestamp": np.array([0, 1_690_000_000, 4_102_444_800]),
        "latitude": [-0.000001, np.nan, 399.5],
        "longitude": [-719.25, 0.0, np.nan],
        "horizontal_accuracy": [5.0, 15.25, 25_000.0],
    })  # fmt: skip
    assert csv_rows(frame).decode() == (
        f"{'a' * 32},0,-0.000001,-719.250000,5.0\n"
        f"{'0123456789abcdef' * 2},1690000000,,0.000000,15.2\n"
        f"{'f' * 32},4102444800,399.500000,,25000.0\n"
    )
