"""The comparison with the planted truth accepts what is right and refuses each kind of wrong."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from shapely.geometry import Point

from demo.compare import (
    PlantedGroup,
    PlantedItinerary,
    PlantedStop,
    match_groups,
    match_itineraries,
    planted_groups,
    planted_itineraries,
)

LOME = (6.1656, 1.2545)
NIAMEY = (13.4815, 2.1836)
GARRISON = (44.0, 132.0)
DAY_MS = 86_400_000


def day_ms(text: str) -> int:
    return int(pd.Timestamp(f"{text}T12:00Z").value // 1_000_000)


def finding(
    rank: int, lat: float, lon: float, window=("2023-07-23", "2023-07-30"), q_value: float = 0.01,
    spot_kind: str = "site",
) -> dict:
    return {
        "rank": rank, "spot_kind": spot_kind, "q_value": q_value, "window_start": window[0], "window_end": window[1],
        "sentence": f"finding {rank}",
        "geometry": Point(lon, lat).wkb,
    }  # fmt: skip


HOTEL = PlantedGroup("hotel", 13.52, 2.11, 90.0, "2023-07-26", "2023-07-24", "2023-08-01")


def test_group_takes_its_best_ranked_finding():
    rows = [finding(5, 13.5201, 2.1101, q_value=0.03), finding(2, 13.52, 2.11), finding(1, 14.0, 2.11)]
    (match,) = match_groups(pd.DataFrame(rows), [HOTEL])
    assert (match.rank, match.q_value, match.sentence) == (2, 0.01, "finding 2")


@pytest.mark.parametrize(
    ("spot_kind", "north_km", "east_km", "is_match"),
    [("cell", 2.7, 2.6, True), ("cell", 2.9, 0.0, False), ("cell", 0.0, 3.0, False), ("site", 2.7, 2.6, False)],
)
def test_an_unnamed_place_is_matched_by_its_square(spot_kind, north_km, east_km, is_match):
    lat, lon = 13.52 + north_km / 110.65, 2.11 + east_km / (111.32 * 0.9723)  # cosine of 13.52 degrees
    (match,) = match_groups(pd.DataFrame([finding(1, lat, lon, spot_kind=spot_kind)]), [HOTEL])
    assert (match.rank is not None) == is_match


@pytest.mark.parametrize(
    ("lat", "window", "is_match"),
    [
        (13.52 + 1400 / 110_650, ("2023-07-23", "2023-07-30"), True),  # one degree of latitude is 110.65 km here
        (13.52 + 1600 / 110_650, ("2023-07-23", "2023-07-30"), False),
        (13.52, ("2023-08-01", "2023-08-07"), True),
        (13.52, ("2023-08-02", "2023-08-07"), False),
        (13.52, ("2023-07-15", "2023-07-23"), False),
    ],
)
def test_group_needs_place_and_time(lat, window, is_match):
    (match,) = match_groups(pd.DataFrame([finding(1, lat, 2.11, window)]), [HOTEL])
    assert (match.rank is not None) == is_match


def test_no_findings_match_nothing():
    empty = pd.DataFrame(columns=["rank", "q_value", "window_start", "window_end", "sentence", "geometry"])
    assert match_groups(empty, [HOTEL])[0].rank is None


ROUTE = PlantedItinerary(
    "by air to Togo, by road to Niger",
    ("Barracks", "Depot"),
    (
        PlantedStop("garrison", *GARRISON, 500.0, None),
        PlantedStop("Lome airport", *LOME, 1200.0, date(2023, 7, 27)),
        PlantedStop("Niamey", *NIAMEY, 1200.0, date(2023, 7, 29)),
    ),
    ("air", "surface"),
)


def route_tables(places, days, modes, identity=1, rank=3, based_at="Barracks", spot_name="anywhere"):
    stops = pd.DataFrame({
        "itinerary_id": identity, "seq": range(len(places)), "arrived_ms": [day_ms(day) for day in days],
        "geometry": [Point(lon, lat).wkb for lat, lon in places], "spot_name": spot_name,
    })  # fmt: skip
    legs = pd.DataFrame({"itinerary_id": identity, "seq": range(len(modes)), "mode": modes})
    return pd.DataFrame({"itinerary_id": [identity], "rank": [rank], "based_at": [based_at]}), stops, legs


def test_itinerary_with_all_stops_days_and_modes_is_recovered():
    places = [GARRISON, (45.0, 131.0), GARRISON, LOME, NIAMEY]
    days = ["2023-06-01", "2023-06-20", "2023-07-01", "2023-07-27", "2023-07-29"]
    (match,) = match_itineraries(*route_tables(places, days, ["road", "road", "air", "road"]), [ROUTE])
    assert match.is_recovered
    assert match.stops_found == (2, 3, 4)
    assert match.rank == 3


def test_two_legs_by_road_and_air_between_stops_count_as_air():
    places = [GARRISON, (43.4, 132.1), LOME, NIAMEY]
    days = ["2023-07-01", "2023-07-26", "2023-07-27", "2023-07-29"]
    (match,) = match_itineraries(*route_tables(places, days, ["road", "air", "unknown"]), [ROUTE])
    assert match.is_recovered


@pytest.mark.parametrize(
    ("places", "days", "modes", "found", "right"),
    [
        ([GARRISON, NIAMEY, LOME], ["2023-07-01", "2023-07-27", "2023-07-29"], ["air", "road"], 1, 2),
        ([GARRISON, LOME, NIAMEY], ["2023-07-01", "2023-07-27", "2023-07-30"], ["air", "road"], 2, 2),
        ([GARRISON, LOME, NIAMEY], ["2023-07-01", "2023-07-27", "2023-07-29"], ["road", "road"], 3, 1),
        ([GARRISON, LOME, NIAMEY], ["2023-07-01", "2023-07-27", "2023-07-29"], ["air", "air"], 3, 1),
        ([LOME, NIAMEY], ["2023-07-27", "2023-07-29"], ["road"], 2, 2),
        ([GARRISON, NIAMEY], ["2023-07-01", "2023-07-29"], ["air"], 2, 2),
        ([GARRISON, NIAMEY], ["2023-07-01", "2023-07-29"], ["road"], 2, 1),
    ],
    ids=["order", "day", "drove", "flew", "no first stop", "no middle stop", "no middle stop, drove"],
)
def test_itinerary_with_one_thing_wrong_is_not_recovered(places, days, modes, found, right):
    (match,) = match_itineraries(*route_tables(places, days, modes), [ROUTE])
    assert not match.is_recovered
    assert sum(stop is not None for stop in match.stops_found) == found
    assert sum(match.modes_right) == right


def test_best_of_several_itineraries_is_taken():
    good = route_tables(
        [GARRISON, LOME, NIAMEY], ["2023-07-01", "2023-07-27", "2023-07-29"], ["air", "road"], 8, 9
    )
    poor = route_tables([LOME, NIAMEY], ["2023-07-27", "2023-07-29"], ["road"], 7, 1)
    tables = [pd.concat(pair, ignore_index=True) for pair in zip(poor, good)]
    (match,) = match_itineraries(*tables, [ROUTE])
    assert (match.itinerary_id, match.rank, match.is_recovered) == (8, 9, True)


def test_days_are_local():
    """22:00 UTC on the 28th is the 29th at 132 degrees east (6:48 by the sun), the 28th in Niamey."""
    east = PlantedItinerary("east", ("Barracks",), (PlantedStop("garrison", *GARRISON, 500.0, date(2023, 7, 29)),), ())
    west = PlantedItinerary("west", ("Barracks",), (PlantedStop("Niamey", *NIAMEY, 500.0, date(2023, 7, 29)),), ())
    itineraries, stops, legs = route_tables([GARRISON, NIAMEY], ["2023-07-28", "2023-07-28"], ["air"])
    stops["arrived_ms"] = day_ms("2023-07-28") + 10 * 3_600_000
    found = [match.stops_found[0] for match in match_itineraries(itineraries, stops, legs, [east, west])]
    assert found == [0, None]


def test_truth_is_reduced_to_stops_at_sites():
    places = [("s1", "garrison", *GARRISON, "2023-07-21T20:00:00Z"), (None, "halt", 11.1, 2.9, "2023-07-28T22:30:00Z"),
              ("s2", "Niamey", *NIAMEY, "2023-07-29T16:30:00Z"), ("s3", "base", 13.4, 2.2, "2023-07-30T08:30:00Z")]
    stops = [dict(zip(("site_id", "name", "lat", "lon", "arrived"), place)) for place in places]
    group = {"title": "Team", "spot_name": "Hotel", "lat": 13.52, "lon": 2.11, "radius_m": 90.0,
             "key_date": "2023-07-26", "started": "2023-07-24T00:00:00Z", "ended": "2023-08-01T12:00:00Z"}
    truth = {"groups": [group], "itineraries": [
        {"case": "Niger", "based_at": "home", "also_frequents": ["base"], "stops": stops,
         "modes": ["air", "road", "road"]}
    ]}
    (route,) = planted_itineraries(truth)
    assert route.base == ("home", "base")
    assert [stop.name for stop in route.stops] == ["garrison", "Niamey"]
    assert [stop.day for stop in route.stops] == [date(2023, 7, 22), date(2023, 7, 29)]
    assert route.modes == ("air",)
    expected = PlantedGroup("Team (Hotel)", 13.52, 2.11, 90.0, "2023-07-26", "2023-07-24", "2023-08-01")
    assert planted_groups(truth) == [expected]


def test_a_finding_counts_for_the_nearer_of_two_groups():
    other = PlantedGroup("ministry", 13.528, 2.11, 90.0, "2023-07-26", "2023-07-24", "2023-08-01")
    hotel, ministry = match_groups(pd.DataFrame([finding(4, 13.521, 2.11)]), [HOTEL, other])
    assert (hotel.rank, ministry.rank) == (4, None)


@pytest.mark.parametrize(
    ("based_at", "spot_name", "is_right"),
    [("Barracks", "anywhere", True), ("near Vladivostok", "Depot", True), ("near Vladivostok", "anywhere", False)],
)
def test_itinerary_must_begin_at_the_base(based_at, spot_name, is_right):
    days = ["2023-07-01", "2023-07-27", "2023-07-29"]
    tables = route_tables([GARRISON, LOME, NIAMEY], days, ["air", "road"], based_at=based_at, spot_name=spot_name)
    (match,) = match_itineraries(*tables, [ROUTE])
    assert (match.is_base_right, match.is_recovered) == (is_right, is_right)
