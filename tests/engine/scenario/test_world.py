"""The synthetic world: repeatable by seed, part by part, with rates, accuracy and faults as promised."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from seeds import shifted
from sitelight.plugin.engine.base import Cancelled, Progress, StudyError
from sitelight.plugin.engine.scenario import (
    ScenarioSettings,
    make_observations,
    people,
    scenario_sites,
    scenario_truth,
    world,
)
from sitelight.plugin.engine.scenario.bad_records import shared_positions

START_S, END_S = 1_687_651_200, 1_694_131_200  # 2023-06-25 and 2023-09-08, by `date -u`
DAYS = 75
SETTINGS = ScenarioSettings(devices=160, days=DAYS, seed=shifted(20_117))


def everything(settings: ScenarioSettings) -> pd.DataFrame:
    return pd.concat(make_observations(settings), ignore_index=True)


def away_m(frame: pd.DataFrame, lat: float, lon: float) -> np.ndarray:
    """Return rough distances, written apart from the maker's own: flat Earth, fine within some kilometres."""
    north = (frame["latitude"] - lat) * 111_132.0
    east = (frame["longitude"] - lon) * 111_320.0 * np.cos(np.radians(lat))
    return np.hypot(north, east).to_numpy()


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    return everything(SETTINGS)


@pytest.fixture(scope="module")
def null() -> pd.DataFrame:
    return everything(ScenarioSettings(devices=160, days=DAYS, seed=shifted(20_117), null=True))


@pytest.fixture(scope="module")
def good(null: pd.DataFrame) -> pd.DataFrame:
    """Return the records of the null world that carry no gross fault, each once."""
    frame = null.drop_duplicates()
    frame = frame[frame["timestamp"].between(START_S, END_S - 1) & (frame["horizontal_accuracy"] <= 500)]
    lat, lon = frame["latitude"], frame["longitude"]
    return frame[lat.between(-60, 80) & lon.between(-180, 180) & ((lat != 0) | (lon != 0))]


def test_columns_types_and_pseudonyms(planted):
    assert list(planted.columns) == ["device_id", "timestamp", "latitude", "longitude", "horizontal_accuracy"]
    assert planted["timestamp"].dtype == np.int64
    assert planted["latitude"].dtype == planted["horizontal_accuracy"].dtype == np.float64
    names = pd.Series(planted["device_id"].unique())
    assert names.str.fullmatch("[0-9a-f]{32}").all()
    # 160 background devices, the embassy's 24, 49 group members and 4 travellers; a short life may go unseen
    assert 160 + 24 + 49 + 4 - 8 <= len(names) <= 160 + 24 + 49 + 4


def test_same_seed_same_world_other_seed_other_world(planted):
    again = everything(SETTINGS)
    pd.testing.assert_frame_equal(planted, again)
    other = everything(ScenarioSettings(devices=160, days=DAYS, seed=shifted(20_118)))
    assert not set(other["device_id"]) & set(planted["device_id"])
    # The rates of 160 devices are log-normal and capped: two sums of them differ by 15 % or so.
    assert 0.4 < len(other) / len(planted) < 2.5


def test_null_world_is_the_same_background(planted, null):
    extra = {name for group in scenario_truth(SETTINGS)["groups"] for name in group["device_ids"]}
    extra |= {trip["device_id"] for trip in scenario_truth(SETTINGS)["itineraries"]}
    background = planted[~planted["device_id"].isin(extra)]
    shared = null[null["device_id"].isin(set(background["device_id"]))]
    order = ["device_id", "timestamp", "latitude", "longitude", "horizontal_accuracy"]
    left, right = (frame.sort_values(order, ignore_index=True) for frame in (background, shared))
    pd.testing.assert_frame_equal(left, right)


def test_null_world_has_no_planted_device_but_the_embassys_staff(null):
    truth = scenario_truth(SETTINGS)
    seen = set(null["device_id"])
    for group in truth["groups"]:
        members = set(group["device_ids"])
        assert members <= seen if group["expected_change"] == "falls away" else not members & seen
    assert not {trip["device_id"] for trip in truth["itineraries"]} & seen


def test_parts_are_bounded_and_hold_whole_devices(monkeypatch):
    monkeypatch.setattr(world, "PART_ROWS", 150_000)
    monkeypatch.setattr(world, "_BLOCK_ROWS", 40_000)
    parts = list(make_observations(SETTINGS))
    assert len(parts) >= 3
    owners = [set(part["device_id"]) for part in parts]
    assert sum(map(len, owners)) == len(set().union(*owners))
    # only a single block (the planted devices) may exceed the limit, never a part of several
    assert all(len(part) <= 150_000 for part in parts[1:])


def test_a_block_does_not_depend_on_the_size_of_the_world():
    """The first block of a world is byte for byte what it is when no other block is made."""
    role, city = (np.arange(40) % 9, np.zeros(40, dtype=np.int64))
    alone = world._background(ScenarioSettings(40, 20, 9), 3, role, city)
    list(make_observations(ScenarioSettings(60, 20, 9)))
    again = world._background(ScenarioSettings(40, 20, 9), 3, role, city)
    pd.testing.assert_frame_equal(alone, again)
    other = world._background(ScenarioSettings(40, 20, 9), 4, role, city)
    assert not set(other["device_id"]) & set(alone["device_id"])


def test_rates_are_log_normal_between_2_and_200_a_day(good):
    day = good["timestamp"] // 86_400
    daily = good.groupby(["device_id", day]).size().groupby("device_id").mean()
    # a day with any fix has at least one burst of five, so slow devices show more than their rate on such days
    assert 10 < daily.median() < 24
    assert daily.max() < 320
    assert daily.quantile(0.9) / daily.quantile(0.1) > 4
    seen_days = good.groupby("device_id")["timestamp"].agg(lambda t: t.floordiv(86_400).nunique())
    assert (seen_days < DAYS).mean() > 0.9, "whole days without a fix are common"


def test_fixes_come_in_bursts(good):
    ordered = good.sort_values(["device_id", "timestamp"])
    gap = ordered["timestamp"].diff()[ordered["device_id"] == ordered["device_id"].shift()]
    assert 0.70 < (gap <= 300).mean() < 0.90  # four of five gaps lie inside bursts of five
    between = gap[gap > 900]
    assert 0.7 < np.log(between).std() < 1.8


def test_more_use_by_day_than_by_night(good):
    niamey = good[away_m(good, 13.5137, 2.1098) < 15_000]
    hour = (niamey["timestamp"] // 3600 + 1) % 24
    assert (hour.between(9, 20)).mean() > 3 * (hour.between(1, 4)).mean()


def test_accuracy_median_15_between_5_and_500(good):
    assert good["horizontal_accuracy"].between(5, 500).all()
    assert good["horizontal_accuracy"].median() == pytest.approx(15, rel=0.05)


def test_bad_records_are_2_to_3_percent(null):
    lat, lon, accuracy = null["latitude"], null["longitude"], null["horizontal_accuracy"]
    share = {
        "null island": ((lat == 0) & (lon == 0)).mean(),
        "no coordinate": (lat.isna() | lon.isna()).mean(),
        "out of range": ((lat.abs() > 90) | (lon.abs() > 180)).mean(),
        "poor accuracy": (accuracy > 1000).mean(),
        "wrong time": ((null["timestamp"] < START_S) | (null["timestamp"] >= END_S)).mean(),
        "shared": pd.Series(list(zip(lat, lon))).isin(list(zip(*shared_positions()))).mean(),
    }
    bounds = {"null island": (0.002, 0.004), "no coordinate": (0.002, 0.004), "out of range": (0.001, 0.002),
              "poor accuracy": (0.003, 0.005), "wrong time": (0.0005, 0.0015), "shared": (0.006, 0.010)}
    for name, (low, high) in bounds.items():
        assert low < share[name] < high, name
    assert 0.016 < sum(share.values()) < 0.027  # teleports of 0.3 % come on top
    assert 0.008 < null.duplicated().mean() < 0.013


def test_shared_positions_belong_to_many_devices_and_to_no_site(null):
    on_it = null.groupby(["latitude", "longitude"])["device_id"].nunique()
    assert on_it.max() > 20
    sites = scenario_sites()
    for lat, lon in zip(*shared_positions()):
        there = sites.assign(latitude=sites["lat"], longitude=sites["lon"])
        assert (away_m(there, lat, lon) > sites["radius_m"]).all()


def test_the_panel_grows_slowly(good):
    """By 4 % in these weeks, which 160 devices show within 2 or 3 % only: the spans of many show that it grows."""
    week = (good["timestamp"] - START_S) // (7 * 86_400)
    devices = good.groupby(week)["device_id"].nunique()
    assert 0.9 < devices.loc[7:9].mean() / devices.loc[0:2].mean() < 1.25
    first, last = people._panel_span(np.random.default_rng(shifted(6)), SETTINGS, 20_000)
    early, late = (((first <= at) & (at <= last)).sum() for at in (START_S + 7 * 86_400, END_S - 7 * 86_400))
    assert 1.02 < late / early < 1.06


def test_ordinary_life_has_flights_borders_and_weekdays(good):
    near = {name: away_m(good, lat, lon) < 400_000 for name, (lat, lon) in
            {"Niger": (13.5, 2.1), "Gabon": (0.4, 9.45), "France": (48.86, 2.35), "Russia": (55.7, 37.6)}.items()}
    where = pd.DataFrame(near).groupby(good["device_id"].to_numpy()).any()
    assert (where.sum(axis=1) > 1).sum() >= 4, "people fly between continents in a null world"
    sites = scenario_sites()
    crossing = sites[sites["category"] == "border crossing"]
    passed = set()
    for lat, lon in zip(crossing["lat"], crossing["lon"]):
        passed |= set(good["device_id"][away_m(good, lat, lon) < 400])
    assert len(passed) >= 4
    embassy = sites[sites["name"] == "Embassy of France, Niamey"].iloc[0]
    there = good[away_m(good, embassy["lat"], embassy["lon"]) < 100]
    weekday = (there["timestamp"] // 86_400 + 3) % 7
    assert (weekday < 5).sum() > 10 * (weekday >= 5).sum()


def test_a_short_history_ends_on_the_same_day_and_plants_only_what_fits():
    short = ScenarioSettings(devices=20, days=14, seed=shifted(3))
    frame = everything(short)
    times = frame["timestamp"][frame["timestamp"].between(1_500_000_000, 2_000_000_000)]
    assert times.min() >= END_S - 14 * 86_400 and END_S - 86_400 < times.max() < END_S
    truth = scenario_truth(short)
    assert {group["id"] for group in truth["groups"]} == {"palace-nights", "television"}
    assert truth["itineraries"] == []


def test_one_device_one_day():
    frame = everything(ScenarioSettings(devices=1, days=1, seed=shifted(5), null=True))
    assert len(frame) > 0  # the embassy's staff


@pytest.mark.parametrize("wrong", [{"devices": 0}, {"days": 0}, {"seed": -1}, {"days": 5000}])
def test_numbers_out_of_range_are_refused_by_name(wrong):
    with pytest.raises(StudyError, match=next(iter(wrong))):
        ScenarioSettings(**wrong)


def test_cancel_stops_between_blocks():
    reported = []
    progress = Progress(lambda stage, done: reported.append(done), lambda: len(reported) >= 2)
    with pytest.raises(Cancelled):
        list(make_observations(ScenarioSettings(2000, 30, 1), progress))
    assert len(reported) == 2 and reported == sorted(reported)
