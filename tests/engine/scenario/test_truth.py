"""The planted truth: dates and stops as published, visible in the records, and sites as promised."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from seeds import at_most, shifted
from sitelight.plugin.engine.scenario import ScenarioSettings, make_observations, scenario_sites, scenario_truth

SETTINGS = ScenarioSettings(devices=24, days=95, seed=shifted(40_771))
CATEGORIES = {
    "military", "air base", "airport", "port", "border crossing", "government", "embassy", "police",
    "energy or mining", "telecom", "hotel", "market", "transport hub",
}  # fmt: skip


def epoch_s(text: str) -> float:
    return pd.Timestamp(text).timestamp()


def away_m(frame: pd.DataFrame, lat: float, lon: float) -> np.ndarray:
    north = (frame["latitude"] - lat) * 111_132.0
    east = (frame["longitude"] - lon) * 111_320.0 * np.cos(np.radians(lat))
    return np.hypot(north, east).to_numpy()


@pytest.fixture(scope="module")
def truth() -> dict:
    return scenario_truth(SETTINGS)


@pytest.fixture(scope="module")
def records() -> pd.DataFrame:
    return pd.concat(make_observations(SETTINGS), ignore_index=True)


def stops(truth: dict, case: str) -> list[tuple[str, str]]:
    (trip,) = [trip for trip in truth["itineraries"] if trip["case"] == case]
    return [(stop["name"], stop["arrived"][:10]) for stop in trip["stops"]]


def in_order(wanted: list[tuple[str, str]], found: list[tuple[str, str]]) -> bool:
    rest = iter(found)
    return all(any(name in have[0] and day == have[1] for have in rest) for name, day in wanted)


@pytest.mark.parametrize(
    ("case", "published"),
    [
        ("Niger", [("Moscow airport", "2023-07-24"), ("Lome airport", "2023-07-25"),
                   ("Gaya-Malanville", "2023-07-29"), ("Garrison", "2023-07-29"), ("Air Base 101", "2023-07-30"),
                   ("Garrison Bagagi Iya", "2023-07-31"), ("depot", "2023-08-01")]),
        ("Mali, first", [("Moscow airport (Sheremetyevo)", "2023-07-16"), ("Al Jufra air base", "2023-07-16"),
                         ("Bamako airport", "2023-08-05"), ("Mopti airport", "2023-08-05"),
                         ("Mopti airport", "2023-08-15")]),
        ("Mali, second", [("Belbek", "2023-08-03"), ("Bamako airport", "2023-08-03"), ("Mopti", "2023-08-06")]),
        ("Gabon", [("Gendarmerie", "2023-07-10"), ("Embassy of Russia", "2023-07-11"), ("Senate", "2023-07-11"),
                   ("Treasury", "2023-07-11"), ("Presidential palace", "2023-07-25")]),
    ],
)  # fmt: skip
def test_itineraries_are_the_published_ones(truth, case, published):
    assert in_order(published, stops(truth, case))


def test_each_leg_has_a_mode_and_borders_and_stops_follow_in_time(truth):
    assert len(truth["itineraries"]) == 4
    for trip in truth["itineraries"]:
        times = [epoch_s(stop[key]) for stop in trip["stops"] for key in ("arrived", "departed")]
        assert times == sorted(times)
        assert len(trip["modes"]) == len(trip["borders"]) == len(trip["stops"]) - 1
        assert set(trip["modes"]) <= {"air", "road"}
        for before, after, crossed in zip(trip["stops"], trip["stops"][1:], trip["borders"]):
            # a border site lies on the line itself, so that only legs between other countries are certain
            if "Border crossing" not in before["name"] + after["name"]:
                assert bool(crossed) == (before["country"] != after["country"])
                assert not crossed or crossed[0] == f"{before['country']}>{after['country']}"


def test_niger_enters_by_road_from_togo_on_the_29th(truth):
    (trip,) = [trip for trip in truth["itineraries"] if trip["case"] == "Niger"]
    crossed = [pair for pairs in trip["borders"] for pair in pairs]
    assert crossed == ["RU>TG", "TG>BJ", "BJ>NE"]
    into_niger = next(number for number, pairs in enumerate(trip["borders"]) if "BJ>NE" in pairs)
    assert trip["modes"][into_niger] == "road"
    assert trip["stops"][into_niger + 1]["arrived"].startswith("2023-07-29")


def test_stops_are_visible_at_their_places_and_times(truth, records):
    radius = scenario_sites().set_index("site_id")["radius_m"]
    for trip in truth["itineraries"]:
        mine = records[records["device_id"] == trip["device_id"]]
        for stop in trip["stops"]:
            arrived, departed = epoch_s(stop["arrived"]), epoch_s(stop["departed"])
            assert departed - arrived >= 40 * 60
            during = mine[mine["timestamp"].between(arrived, departed)]
            near = away_m(during, stop["lat"], stop["lon"]) <= radius.get(stop["site_id"], 100.0)
            assert near.sum() >= 8, stop["name"]
            assert near.mean() > 0.85, stop["name"]


def test_planted_devices_are_well_observed(truth, records):
    names = {trip["device_id"] for trip in truth["itineraries"]}
    names |= {name for group in truth["groups"] for name in group["device_ids"]}
    per_day = records[records["device_id"].isin(names)].groupby("device_id").size() / SETTINGS.days
    assert len(per_day) == len(names)
    assert per_day.min() >= 30


def test_niger_device_frequents_eastern_military_sites_for_weeks(truth, records):
    (trip,) = [trip for trip in truth["itineraries"] if trip["case"] == "Niger"]
    mine = records[(records["device_id"] == trip["device_id"]) & (records["timestamp"] < epoch_s("2023-07-20"))]
    sites = scenario_sites().set_index("name")
    for name in (trip["based_at"], *trip["also_frequents"]):
        site = sites.loc[name]
        assert (site["category"], site["country"]) == ("military", "RU")
        there = mine["timestamp"][away_m(mine, site["lat"], site["lon"]) <= site["radius_m"]]
        assert there.floordiv(86_400).nunique() >= 5, name


GROUPS = {
    "foreign-team": (9, "2023-07-26"),
    "palace-nights": (14, "2023-08-30"),
    "desert-camp": (10, "2023-07-26"),
    "embassy-emptying": (24, "2023-07-26"),
    "convoy-halt": (8, "2023-07-26"),
    "television": (8, "2023-08-30"),
}


def test_groups_and_their_sizes(truth):
    assert {g["id"]: (len(set(g["device_ids"])), g["key_date"]) for g in truth["groups"]} == GROUPS


@pytest.mark.parametrize("name", [name for name in GROUPS if name != "embassy-emptying"])
def test_groups_are_at_their_spot_then_and_only_then(truth, records, name):
    (group,) = [group for group in truth["groups"] if group["id"] == name]
    mine = records[records["device_id"].isin(group["device_ids"])]
    there = mine[away_m(mine, group["lat"], group["lon"]) <= group["radius_m"] + 100]
    there = there[there["timestamp"].between(1_500_000_000, 2_000_000_000)]
    during = there["timestamp"].between(epoch_s(group["started"]) - 3600, epoch_s(group["ended"]) + 3600)
    assert there[during]["device_id"].nunique() == len(group["device_ids"])
    assert during.mean() > 0.98


def test_palace_is_full_by_night(truth, records):
    (group,) = [group for group in truth["groups"] if group["id"] == "palace-nights"]
    there = records[away_m(records, group["lat"], group["lon"]) <= group["radius_m"]]
    night = there[((there["timestamp"] // 3600 + 1) % 24).isin([22, 23, 0, 1, 2, 3, 4])]
    day = (night["timestamp"] - 6 * 3600) // 86_400
    per_night = night.groupby(day)["device_id"].nunique()
    nights = np.arange(epoch_s("2023-06-06"), epoch_s("2023-08-28"), 86_400) // 86_400
    ordinary = per_night.reindex(nights, fill_value=0)
    assert ordinary.max() <= 4
    assert per_night[(per_night.index >= epoch_s("2023-08-30") // 86_400)].head(3).min() >= 9


def test_camp_lies_where_nothing_was(truth, records):
    (camp,) = [group for group in truth["groups"] if group["id"] == "desert-camp"]
    sites = scenario_sites().rename(columns={"lat": "latitude", "lon": "longitude"})
    assert away_m(sites, camp["lat"], camp["lon"]).min() > 20_000
    # A wrong clock tells of 1970: what it was, it was in the camp's own days.
    before = records[records["timestamp"].between(1, epoch_s("2023-07-25") - 1)]
    assert (away_m(before, camp["lat"], camp["lon"]) < 5_000).sum() <= 2  # a teleport may strike anywhere


def test_embassy_empties_on_the_27th_and_not_in_the_null_world(truth, records):
    (group,) = [group for group in truth["groups"] if group["expected_change"] == "falls away"]
    null = pd.concat(make_observations(ScenarioSettings(24, 95, shifted(40_771), null=True)))
    after = {}
    for name, frame in (("planted", records), ("null", null)):
        staff = frame[frame["device_id"].isin(group["device_ids"])]
        there = staff[away_m(staff, group["lat"], group["lon"]) <= 150]
        spring = there[there["timestamp"] < epoch_s("2023-07-27")]
        daily = spring.groupby(spring["timestamp"] // 86_400)["device_id"].nunique()
        assert (daily >= 12).sum() >= 30, "they come every working day"
        later = there["timestamp"].between(epoch_s("2023-07-27") + 1, 2_000_000_000)
        after[name] = there[later]["device_id"].nunique()
    assert after["null"] == 24
    assert at_most(after["planted"], 24, 0.1)  # they live in the town, and one or another passes by in six weeks


def test_truth_is_json_and_says_that_it_is_synthetic(truth):
    again = json.loads(json.dumps(truth))
    assert again == truth
    assert truth["synthetic"] is True
    assert truth["settings"] == {"devices": 24, "days": 95, "seed": shifted(40_771), "null": False}


def test_null_world_plants_nothing():
    truth = scenario_truth(ScenarioSettings(24, 95, shifted(40_771), null=True))
    assert truth["groups"] == truth["itineraries"] == []


def test_sites_have_categories_countries_and_places():
    sites = scenario_sites()
    assert list(sites.columns) == [
        "site_id", "name", "category", "country", "lat", "lon", "radius_m", "fictional"
    ]  # fmt: skip
    assert len(sites) >= 120
    assert set(sites["category"]) == CATEGORIES
    assert sites["site_id"].is_unique and sites["name"].is_unique
    assert sites["country"].str.fullmatch("[A-Z]{2}").all()
    assert not ((sites["lat"].abs() < 0.01) & (sites["lon"].abs() < 0.01)).any()
    assert sites["radius_m"].between(50, 3000).all()
    assert set(sites["fictional"]) == {0, 1}


def test_sites_do_not_overlap():
    sites = scenario_sites().rename(columns={"lat": "latitude", "lon": "longitude"})
    for number, (lat, lon, radius) in enumerate(zip(sites["latitude"], sites["longitude"], sites["radius_m"])):
        gap = away_m(sites, lat, lon) - sites["radius_m"].to_numpy() - radius
        gap[number] = np.inf
        assert gap.min() > 0, sites["name"][number]


def test_airports_are_where_they_are():
    """Positions from the aeronautical publications (AIP), rounded to a kilometre or so."""
    published = {
        "Niamey airport (Diori Hamani)": (13.48, 2.18), "Bamako airport (Modibo Keita)": (12.53, -7.95),
        "Libreville airport (Leon Mba)": (0.46, 9.41), "Lome airport (Tokoin)": (6.17, 1.25),
        "Mopti airport (Ambodedjo)": (14.51, -4.08), "Moscow airport (Sheremetyevo)": (55.97, 37.41),
        "Al Jufra air base": (29.20, 16.00),
    }  # fmt: skip
    sites = scenario_sites().set_index("name")
    for name, (lat, lon) in published.items():
        assert sites.loc[name, "fictional"] == 0
        assert sites.loc[name, "lat"] == pytest.approx(lat, abs=0.01)
        assert sites.loc[name, "lon"] == pytest.approx(lon, abs=0.01)
