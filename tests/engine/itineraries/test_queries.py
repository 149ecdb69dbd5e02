"""Queries of itineraries: hand-made ways through several countries, shared routes, silences, and thinned worlds."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from demo.compare import positions
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.earth import Grid
from sitelight.plugin.engine.history import build_history
from sitelight.plugin.engine.itineraries.queries import linked_spots
from sitelight.plugin.engine.itineraries.trace_back import AskedPlace, LinkedTo, trace_back
from sitelight.plugin.engine.legs import detect_legs
from sitelight.plugin.engine.screening import ScreeningSettings
from sitelight.plugin.engine.study import DEFAULT_LINKED_CATEGORIES, Study, read_history
from sitelight.plugin.engine.visits import ChosenPlace, GivenWindow
from worlds.countries_world import as_text, world_of_qgis
from worlds.itinerary_visits import SITES, nights_at, residents, site, traveller, visits_of
from worlds.itinerary_worlds import is_in_order, query_world

AROUND_NIAMEY = ChosenPlace(lat=np.array([13.5137]), lon=np.array([2.1098]), radius_m=20_000.0)
WINDOW = GivenWindow(date(2023, 7, 26), date(2023, 7, 31))
MILITARY_IN_RUSSIA = LinkedTo(("military",), ("RU",))


def ask(*rows, linked=MILITARY_IN_RUSSIA, place=AROUND_NIAMEY, window=WINDOW, **more):
    visits, world = visits_of(*rows), world_of_qgis()
    legs = detect_legs(visits.stays, world, country=visits.country)
    history = build_history(visits, legs, world, DEFAULT_LINKED_CATEGORIES, 30)
    codes = as_text([f"device-{code}" for code in range(int(visits.stays.device.max()) + 1)])
    return trace_back(
        history, Grid(10, 5, 1000.0), SITES, codes, [AskedPlace(place, window)], linked,
        watched_categories=DEFAULT_LINKED_CATEGORIES, **more,
    )  # fmt: skip


def tourist(device: int) -> list[tuple]:
    """Lives near Moscow, never at the garrison; flies the same way as the traveller."""
    away = [row for row in traveller(device) if row[1] > -3.6]
    return [*nights_at(device, (55.70, 37.60), -75, -3), *away]


def test_only_those_who_were_at_the_linked_places_before_are_listed():
    """The traveller comes by way of Lome and Kandi: three stops and three borders lie between."""
    tables = ask(*traveller(0), *tourist(1), *residents(2, 12))
    assert tables["itineraries"]["device"].tolist() == ["device-0"]
    stops = tables["stops"]["spot_name"].tolist()
    assert [name for name in stops if name in ("Garrison East", "Lome airport", "Camp Niamey")] == [
        "Garrison East", "Lome airport", "Camp Niamey",
    ]  # fmt: skip
    everyone = ask(*traveller(0), *tourist(1), *residents(2, 12), linked=LinkedTo())
    assert {"device-0", "device-1"} <= set(everyone["itineraries"]["device"])
    assert everyone["itineraries"]["device"][0] in ("device-0", "device-1")


def test_a_link_after_the_visit_does_not_count():
    before, after = nights_at(0, (55.70, 37.60), -75, -3), nights_at(0, site("Garrison East"), 5, 15)
    late = [*before, (0, 0.2, 1.0, site("Camp Niamey")), *after]
    assert len(ask(*late, *residents(1, 12))["itineraries"]) == 0


def test_a_link_too_long_ago_does_not_count():
    rows = [*traveller(0), *residents(1, 12)]
    old = [row for row in rows if row[0] != 0 or row[1] < -40 or row[1] > -3]
    assert len(ask(*old, days_before=60)["itineraries"]) == 1
    assert len(ask(*old, days_before=30)["itineraries"]) == 0


def test_whoever_only_passes_by_is_not_there():
    halts = [row for row in traveller(0) if row[1] < 0.9]
    once = [*halts, (0, 1.0, 1.0, site("Camp Niamey"))]
    assert len(ask(*once, *residents(1, 12))["itineraries"]) == 0
    twice = [*once, (0, 1.2, 1.2, site("Base 101"))]
    assert ask(*twice, *residents(1, 12))["itineraries"]["device"].tolist() == ["device-0"]


def test_devices_on_the_same_route_stand_behind_one():
    rows = [*traveller(0), *traveller(1), *traveller(2), *tourist(3), *residents(4, 12)]
    listed = ask(*rows, linked=LinkedTo())["itineraries"]
    together = listed[listed["n_same_route"] == 3]
    assert set(together["device"]) == {"device-0", "device-1", "device-2", "device-3"}
    assert together["route"].nunique() == 1
    head = together.iloc[0]
    assert head["itinerary_id"] == head["route"]
    assert head["stops"].endswith("and fewer than 5 more devices on the same route")
    # The other three come after every itinerary that stands for itself.
    alone = listed[listed["route"] == listed["itinerary_id"]]
    assert alone["rank"].max() < together["rank"].iloc[1:].min()


def test_a_long_silence_is_said():
    rows = [row for row in traveller(0) if not -3 < row[1] < 0.9]
    text = ask(*rows, *residents(1, 12))["itineraries"]["stops"][0]
    # Last seen 3.3 days before the key date, then on the first day after it: 4.3 days.
    assert "Camp Niamey (27 Jul, after 4 days unseen)" in text


def test_days_count_from_the_key_date_that_is_given():
    tables = ask(*traveller(0), *residents(1, 12), key_dates=(date(2023, 7, 20),))
    assert tables["itineraries"]["key_date"].tolist() == ["2023-07-20"]
    camp = tables["stops"][tables["stops"]["spot_name"] == "Camp Niamey"]
    assert camp["days_from_key_date"].tolist() == [7]


def test_bad_questions_get_a_sentence():
    rows = [*traveller(0), *residents(1, 3)]
    far = ChosenPlace(lat=np.array([48.0]), lon=np.array([2.0]), radius_m=1000.0)
    for more, says in (
        ({"linked": LinkedTo(("zoo",))}, "No site has the category “zoo”. Categories here: air base, airport"),
        ({"linked": LinkedTo((), ("XQ",))}, "There is no country “XQ”"),
        ({"linked": LinkedTo(("air base",), ("RU",))}, "No site of air base lies in RU"),
        ({"place": far}, "Nobody was ever seen at the 1 km around 48.000 N, 2.000 E"),
        ({"window": GivenWindow(date(2024, 7, 1), date(2024, 7, 2))}, "has no data, which run from"),
    ):
        with pytest.raises(StudyError, match=says):
            ask(*rows, **more)


def test_linked_spots_are_sites_of_the_categories_in_the_countries():
    visits, world = visits_of(*traveller(0)), world_of_qgis()
    chosen = linked_spots(visits.spots, world, ("airport", "military"), ("RU",))
    assert visits.spots.name[chosen].tolist() == ["Garrison East", "Sheremetyevo"]
    assert linked_spots(visits.spots, world, (), ()) is None
    in_niger = linked_spots(visits.spots, world, (), ("NE",))
    assert visits.spots.name[in_niger].tolist() == ["Camp Niamey", "Base 101"]


def test_planted_ways_are_found_in_order_in_a_thinned_world():
    """One small world; `make bench PART=itineraries` measures twenty large ones."""
    made = query_world(52_711, devices=250, drawn=4)
    study = Study(key_dates=(), sites=made.sites, world=load_world(), screening=ScreeningSettings(keep_device_ids=True))
    history, grid, sites, pseudonyms = read_history(study, made.source)
    exact, firsts = [], []
    for case in made.cases[:6]:  # the published ones, and those drawn that are seen well
        tables = trace_back(
            history, grid, sites, pseudonyms, [AskedPlace(case.place, case.window)], case.narrow,
            watched_categories=DEFAULT_LINKED_CATEGORIES,
        )  # fmt: skip
        own = tables["itineraries"].query("device == @case.device")
        firsts.append(len(own) == 1 and own["rank"].iloc[0] <= 5)
        stops = tables["stops"]
        stops = stops[stops["itinerary_id"].isin(own["itinerary_id"])].sort_values("seq")
        exact.append(is_in_order(stops, *positions(stops), case.stops))
    assert sum(firsts) >= 5
    assert sum(exact) >= 5
