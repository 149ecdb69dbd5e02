"""Reach-back from chosen places: by hand on square countries, and flow lines against pyproj's geodesics."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
import shapely.wkb
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import MultiPolygon, box
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.earth import Grid, great_circle, segments
from sitelight.plugin.engine.origins.flows import find_flows
from sitelight.plugin.engine.origins.reach import earlier_windows, reach
from sitelight.plugin.engine.visits import ChosenPlace, GivenWindow, Span, attribute_visits, find_place
from worlds.engine_worlds import DAY_MS, MONDAY, make_sites, make_stays, square_world

HOTEL, CAMP, FAR = (5.0, 5.0), (5.0, 15.0), (5.0, 45.0)
SITES = make_sites(("Hotel", "hotel", *HOTEL, 200.0), ("Camp", "military", *CAMP, 200.0),
                   ("Inn", "hotel", 5.5, 5.5, 200.0), ("Inn", "hotel", 5.6, 5.6, 200.0))  # fmt: skip
GRID = Grid(5, 5, 1000.0)
START_MS = MONDAY * DAY_MS
SPHERE = Geod(a=6_371_008.8, b=6_371_008.8)


def visits_of(rows):
    """Visits of (device, start day, end day, place)."""
    stays = make_stays(*((device, 24 * start, 24 * end, *place) for device, start, end, place in sorted(rows)))
    return attribute_visits(stays, SITES, GRID, square_world())


def span(first: float, last: float) -> Span:
    return Span(START_MS + int(first * DAY_MS), START_MS + int(last * DAY_MS))


@pytest.fixture(scope="module")
def town():
    """Twelve devices come on day 50 to a field 900 m from the hotel; seven were at the camp, three far away before.

    In each of the three weeks before, ten others came to the field, none of them from anywhere that is known. The data
    begin on day 0, far away.
    """
    field = (5.008, 5.0)
    rows = [(99, 0, 1, FAR)]
    for device in range(12):
        if device < 7:
            rows.append((device, 40, 41, CAMP))
        elif device < 10:
            rows.append((device, 42, 43, FAR))
        rows.append((device, 50, 50.5, field))
    for guest in range(30):
        day = 29 + 7 * (guest // 10)
        rows.append((12 + guest, day, day + 0.5, field))
    return visits_of(rows)


def drawn(town):
    return find_place(ChosenPlace(polygon=box(4.99, 5.006, 5.01, 5.01)), town, SITES, GRID)


def test_a_drawn_area_is_asked_by_positions_not_by_cells(town):
    place = drawn(town)
    assert place.here.sum() == 42
    beside = find_place(ChosenPlace(polygon=box(4.99, 4.99, 5.01, 5.0079)), visits_of([(0, 1, 2, HOTEL)]), SITES, GRID)
    assert beside.here.tolist() == [True]
    with pytest.raises(StudyError, match="Nobody was ever seen at the drawn area"):
        find_place(ChosenPlace(polygon=box(4.99, 5.009, 5.01, 5.02)), town, SITES, GRID)


def test_shares_of_the_town_by_hand(town):
    found = reach(town, square_world(), drawn(town), span(49, 56), ("before",))
    table = found.origins.set_index(["kind", "name"])
    camp = table.loc[("site", "Camp")]
    assert (camp.devices, camp.share) == (7, pytest.approx(7 / 12))
    # Of the weeks before, those that begin on days 42 and 35 are 30 days after the data's begin: 20 devices.
    assert camp.expected_share == pytest.approx(0.5 / 21)
    assert camp.lift == pytest.approx(7 / 12 / (0.5 / 21))
    assert camp.p_value == pytest.approx(math.comb(12, 7) / math.comb(32, 7))
    assert table.loc[("country", "BB")].devices == 7
    assert table.loc[("country", "CC")].devices == 3
    assert table.loc[("category", "military")].devices == 7
    assert "12 devices were at the drawn area" in found.notes[0]
    assert "compared with 20 visitors of the same place in earlier windows" in found.notes[0]


def test_few_visitors_and_few_who_are_compared_are_not_counted_out():
    """Three come to the inn; of like places, the hotel had two at the time."""
    rows = [*((device, 50, 51, (5.5, 5.5)) for device in range(3)), *((device, 50, 51, HOTEL) for device in (3, 4))]
    visits = visits_of([*rows, (9, 0, 1, FAR), (9, 90, 91, FAR)])
    place = find_place(ChosenPlace(lat=np.array([5.5]), lon=np.array([5.5])), visits, SITES, GRID)
    note, few = reach(visits, square_world(), place, span(49, 56)).notes
    assert note.startswith("<5 devices were at Inn")
    assert note.endswith("They are compared with <5 visitors of like places at the time.")
    assert few.startswith("The control is 1 place: too few")


@pytest.fixture(scope="module")
def club():
    """Twenty-five devices come every week for twelve weeks; after the last one some go to the camp."""
    rows = [(device, 7 * week, 7 * week + 0.5, HOTEL) for week in range(4, 16) for device in range(25)]
    rows += [(device, 107, 108, CAMP) for device in range(8)]
    return visits_of([*rows, (99, 0, 1, FAR), (99, 150, 151, FAR)])


def reached(visits, *directions: str, last: int = 112) -> tuple[pd.DataFrame, tuple[str, ...]]:
    place = find_place(ChosenPlace(spot="Hotel"), visits, SITES, GRID)
    answer = reach(visits, square_world(), place, span(last - 7, last), directions)
    return answer.origins, answer.notes


def test_the_notes_tell_whom_each_direction_is_compared_with(club):
    """Of ten earlier weeks from day 30 on, four reach into the asked one within the 30 days after them."""
    same, settled = ("compared with 25 visitors of the same place in earlier windows",) * 2
    settled += " that end 30 days before."
    origins, notes = reached(club, "before", "after")
    assert notes[0].endswith(f"Before, they are {same}. After, they are {settled}")
    camp = origins.set_index(["direction", "kind", "name"]).loc[("after", "site", "Camp")]
    assert camp.devices == 8
    assert camp.expected_share == pytest.approx(0.5 / (6 * 25 + 1))
    assert reached(club, "before")[1][0].endswith(f"They are {same}.")
    assert reached(club, "after")[1][0].endswith(f"They are {settled}")


def test_one_sentence_tells_it_where_both_directions_are_compared_with_the_same(club):
    """With six earlier weeks, too few would be left for the days after."""
    notes = reached(club, "before", "after", last=84)[1]
    assert notes[0].endswith("They are compared with 25 visitors of the same place in earlier windows.")


def test_earlier_windows_have_the_same_length_and_weekdays_and_leave_room_to_look_back():
    windows = earlier_windows(span(100, 109), START_MS, 30)
    # Nine days need steps of two weeks; day 100 - 14 k, not before day 30.
    assert windows == [(START_MS + day * DAY_MS, START_MS + (day + 9) * DAY_MS) for day in (86, 72, 58, 44, 30)]
    assert earlier_windows(span(100, 109), START_MS, 95) == []


def test_a_day_is_local_to_the_place_and_belongs_to_the_window_as_a_whole():
    day = date(2023, 7, 26)
    window = GivenWindow(day, day).at(15.0)
    assert window == Span(1_690_326_000_000, 1_690_326_000_000 + DAY_MS)  # 2023-07-25T23:00Z, an hour east
    at_noon = GivenWindow(day, 1_690_372_800_000).at(0.0)
    assert at_noon.end_ms == 1_690_372_800_000
    assert GivenWindow(1_690_372_800_000, day).days() == (day, day)
    with pytest.raises(StudyError, match="ends before it begins"):
        GivenWindow(day, date(2023, 7, 20)).at(0.0)


def test_places_are_found_by_id_position_and_circle(town):
    hotel = visits_of([(0, 1, 2, HOTEL), (1, 1, 2, CAMP)])
    assert find_place(ChosenPlace(spot="Hotel"), hotel, SITES, GRID).here.tolist() == [True, False]
    at = {"lat": np.array([5.0]), "lon": np.array([5.001])}
    assert find_place(ChosenPlace(**at), hotel, SITES, GRID).name == "Hotel"
    cell = town.spots.spot_id[town.spot[town.stays.lat > 5.007]][0]
    assert find_place(ChosenPlace(spot=cell), town, SITES, GRID).here.sum() == 42
    around = find_place(ChosenPlace(**at, radius_m=950.0), town, SITES, GRID)
    assert around.here.sum() == 42
    assert around.name == "the 950 m around 5.000 N, 5.001 E"


def test_bad_places_and_windows_get_a_sentence(town):
    for place, says in (
        (ChosenPlace(), "No place is chosen"),
        (ChosenPlace(spot="Palace"), "No site or cell is called “Palace”"),
        (ChosenPlace(spot="Hotel"), "Nobody was ever seen at Hotel"),
        (ChosenPlace(lat=np.array([7.0]), lon=np.array([7.0])), "Nobody was ever seen at this position"),
    ):
        with pytest.raises(StudyError, match=says):
            find_place(place, town, SITES, GRID)
    twice = attribute_visits(town.stays, SITES, GRID, square_world())
    twice.spots.spot_id[2:4] = ["inn-1", "inn-2"]
    with pytest.raises(StudyError, match="2 sites are called “Inn”"):
        find_place(ChosenPlace(spot="Inn"), twice, SITES, GRID)
    with pytest.raises(StudyError, match="has no data, which run from"):
        reach(town, square_world(), drawn(town), span(900, 901))
    with pytest.raises(StudyError, match="Nobody was seen at the drawn area from"):
        reach(town, square_world(), drawn(town), span(1, 2))


def test_ends_of_the_data_are_said(town):
    notes = reach(town, square_world(), drawn(town), span(49, 56)).notes
    # The last visit ends on day 50.5, before the window does.
    assert notes[1].startswith("The control is 2 earlier windows: too few")
    assert notes[2:] == ("The data miss 30 of the 30 days after the window, so shares are too low there.",)


def test_an_area_drawn_across_the_antimeridian_holds_both_sides():
    stays = make_stays((0, 1, 2, -17.0, 179.5), (1, 1, 2, -17.0, -179.5), (2, 1, 2, -17.0, 170.0))
    visits = attribute_visits(stays, SITES, GRID, square_world())
    for polygon in (box(179, -18, 181, -16), box(-181, -18, -179, -16),
                    MultiPolygon([box(179, -18, 180, -16), box(-180, -18, -179, -16)])):  # fmt: skip
        assert find_place(ChosenPlace(polygon=polygon), visits, SITES, GRID).here.tolist() == [True, True, False]


def origins(*rows) -> pd.DataFrame:
    """Rows of (direction, kind, name, spot)."""
    frame = pd.DataFrame(rows, columns=["direction", "kind", "name", "spot"])
    return frame.assign(devices=9, share=0.5, expected_share=0.1, lift=5.0, p_value=0.01)


def test_flows_lead_from_origins_and_to_destinations(town):
    found = find_flows(
        origins(("before", "site", "Camp", 1), ("after", "site", "Camp", 1), ("before", "country", "CC", -1),
                ("before", "country", "AA", -1), ("before", "category", "military", -1)),
        town.spots, square_world(), *HOTEL,
    )  # fmt: skip
    assert found["name"].tolist() == ["Camp", "Camp", "Celand"]
    assert found["country"].tolist() == ["BB", "BB", "CC"]
    assert found["category"].tolist() == ["military", "military", ""]
    ends = []
    for blob in found["geometry"]:
        shape = shapely.wkb.loads(blob)
        assert shape.geom_type == "MultiLineString"
        ends.append((shape.geoms[0].coords[0], shape.geoms[-1].coords[-1]))
    assert ends[0] == (pytest.approx((15.0, 5.0)), pytest.approx((5.0, 5.0)))
    assert ends[1] == (pytest.approx((5.0, 5.0)), pytest.approx((15.0, 5.0)))
    assert ends[2] == (pytest.approx((45.0, 5.0)), pytest.approx((5.0, 5.0)))  # the middle of a square country


@given(st.floats(-80, 80), st.floats(-180, 180), st.floats(-80, 80), st.floats(-180, 180))
def test_lines_are_great_circles_that_never_span_the_map(lat_a, lon_a, lat_b, lon_b):
    _away, _back, length_m = SPHERE.inv(lon_a, lat_a, lon_b, lat_b)
    # Between antipodes any way is as good, and close to a pole no line in degrees is right.
    assume(1000.0 < length_m < 18_000_000.0)
    assume(all(abs(lat) < 80 for _lon, lat in SPHERE.npts(lon_a, lat_a, lon_b, lat_b, 50)))
    line = shapely.wkb.loads(great_circle(lat_a, lon_a, lat_b, lon_b))
    total_m = 0.0
    for part in line.geoms:
        lon, lat = np.array(part.coords).T
        assert (np.abs(lon) <= 180.0 + 1e-9).all()
        assert (np.abs(np.diff(lon)) < 180.0).all()
        total_m += SPHERE.line_length(lon, lat)
    assert total_m == pytest.approx(length_m, rel=1e-3)
    first, last = line.geoms[0].coords[0], line.geoms[-1].coords[-1]
    assert SPHERE.inv(*first, lon_a, lat_a)[2] < 1.0
    assert SPHERE.inv(*last, lon_b, lat_b)[2] < 1.0


@pytest.mark.parametrize(
    ("lon_a", "lon_b", "ends"),
    [
        (1.0, -180.0, [(1.0, 180.0), (-180.0, -180.0)]),
        (-180.0, 1.0, [(-180.0, -180.0), (180.0, 1.0)]),
        (-1.0, 180.0, [(-1.0, -180.0), (180.0, 180.0)]),
        (0.0, 180.0, [(0.0, 180.0)]),
        (0.0, -180.0, [(0.0, -180.0)]),
        (-179.0, -180.0, [(-179.0, -180.0)]),
        (180.0, -180.0, [(180.0, 180.0), (-180.0, -180.0)]),
        (-180.0, 180.0, [(-180.0, -180.0), (180.0, 180.0)]),
        (179.0, -179.0, [(179.0, 180.0), (-180.0, -179.0)]),
    ],
)
def test_segments_to_the_edge_of_the_map_go_the_shorter_way(lon_a, lon_b, ends):
    (blob,) = segments(*(np.array([value]) for value in (10.0, lon_a, 20.0, lon_b)))
    parts = shapely.wkb.loads(blob).geoms
    assert [(part.coords[0][0], part.coords[-1][0]) for part in parts] == ends
    assert (parts[0].coords[0][1], parts[-1].coords[-1][1]) == (10.0, 20.0)
    assert len(parts) == 1 or 10.0 <= parts[0].coords[-1][1] == parts[1].coords[0][1] <= 20.0
