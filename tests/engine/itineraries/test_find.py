"""Itineraries: a hand-made world with expected tables, and the synthetic scenario's planted truth."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
import shapely.wkb
from seeds import shifted
from sitelight.plugin.engine.calendars import Calendar, CalendarSpan
from sitelight.plugin.engine.earth import Grid
from sitelight.plugin.engine.history import build_history
from sitelight.plugin.engine.itineraries.find import find_itineraries
from sitelight.plugin.engine.itineraries.settings import FindingDevices
from sitelight.plugin.engine.legs import detect_legs
from sitelight.plugin.engine.places import Places, Sites
from sitelight.plugin.engine.screening import Observations, ScreeningSettings, screen
from sitelight.plugin.engine.stays import detect_stays
from sitelight.plugin.engine.study import DEFAULT_LINKED_CATEGORIES
from sitelight.plugin.engine.tables import schemas
from sitelight.plugin.engine.visits import attribute_visits, find_usual
from worlds.coarse_grid import is_middle, middle_of
from worlds.countries_world import AIRPORTS, as_text, world_of_qgis
from worlds.itinerary_visits import (
    DAY_MS,
    KEY,
    KEY_MS,
    SITES,
    itineraries_of,
    nights_at,
    residents,
    site,
    traveller,
    visits_of,
)


@pytest.fixture(scope="module")
def known() -> dict[str, pd.DataFrame]:
    return itineraries_of(visits_of(*traveller(0), *residents(1, 12)))


def test_the_traveller_comes_first_with_every_stop_in_order(known):
    first = known["itineraries"].iloc[0]
    stops = known["stops"][known["stops"]["itinerary_id"] == first["itinerary_id"]]
    assert first["device"] == "device-0"
    assert stops["spot_name"].tolist() == [
        "Garrison East", "Sheremetyevo", "Lome airport", "near Kandi", "Camp Niamey", "Base 101",
    ]
    assert stops["country"].tolist() == ["RU", "RU", "TG", "BJ", "NE", "NE"]
    assert stops["category"].tolist() == ["military", "airport", "airport", "", "military", "air base"]
    # -3.5 days is 22 July 12 UTC; Lome at -2.9 days is 23 July; the stay at Kandi begins on the key date
    assert stops["days_from_key_date"].tolist()[1:] == [-4, -3, 0, 1, 2]
    assert stops["seq"].tolist() == [1, 2, 3, 4, 5, 6]
    assert stops["arrived"].tolist()[1] == "2023-07-22T12:00:00Z"
    assert stops["arrived_ms"].tolist()[1] == KEY_MS - 3.5 * DAY_MS


def test_the_text_reads_like_the_journey(known):
    first = known["itineraries"].iloc[0]
    assert first["based_at"] == "Garrison East"
    assert first["stops"] == (
        "Garrison East → Sheremetyevo (22 Jul) → Lome airport (23 Jul) → near Kandi (26 Jul) → "
        "Camp Niamey (27 Jul) → Base 101 (28 Jul)"
    )
    assert first["borders"] == "RU>TG (air, 23 Jul); TG>BJ (road, 26 Jul); BJ>NE (road, 27 Jul)"
    assert (first["key_date"], first["finding_id"]) == ("2023-07-26", 0)


def test_legs_join_the_stops_with_modes_and_times(known):
    legs = known["legs"][known["legs"]["itinerary_id"] == 1]
    assert legs["seq"].tolist() == [1, 2, 3, 4, 5]
    assert legs["mode"].tolist() == ["road", "air", "road", "road", "road"]
    assert legs["borders"].tolist() == ["", "RU>TG", "TG>BJ", "BJ>NE", ""]
    flight = legs.iloc[1]
    assert flight["departed_after_ms"] == KEY_MS - round(3.3 * DAY_MS)
    assert flight["arrived_before_ms"] == KEY_MS - round(2.9 * DAY_MS)
    assert flight["inferred"] == 0
    # The way over land begins where the device left the town of Lome, not when it left the airport.
    assert legs.iloc[2]["departed_after_ms"] == KEY_MS - round(0.5 * DAY_MS)


def test_lines_run_from_stop_to_stop_and_flights_are_arcs(known):
    stops = [shapely.wkb.loads(one) for one in known["stops"].query("itinerary_id == 1")["geometry"]]
    legs = [shapely.wkb.loads(one) for one in known["legs"].query("itinerary_id == 1")["geometry"]]
    for leg, start, end in zip(legs, stops[:-1], stops[1:]):
        assert leg.geom_type == "LineString"
        assert leg.coords[0] == pytest.approx(start.coords[0])
        assert leg.coords[-1] == pytest.approx(end.coords[0])
    assert len(legs[1].coords) > 20
    whole = shapely.wkb.loads(known["itineraries"].iloc[0]["geometry"])
    assert whole.geom_type == "MultiLineString"
    assert len(whole.geoms) == 5


def test_tables_have_the_columns_of_the_results(known):
    for name in ("itineraries", "stops", "legs"):
        empty = schemas.empty_table(name)
        assert list(known[name].columns) == list(empty.columns)
        for column in empty.columns:
            assert (known[name][column].dtype == object) == (empty[column].dtype == object), (name, column)


def test_home_that_is_no_site_is_shown_on_a_coarse_grid_only(known):
    resident = known["itineraries"].query("device == 'device-5'").iloc[0]
    stops = known["stops"][known["stops"]["itinerary_id"] == resident["itinerary_id"]]
    home = (13.508, 2.10)
    assert resident["based_at"] == "near Niamey"
    assert stops["spot_name"].tolist()[:2] == ["near Niamey", "Base 101"]
    assert stops["spot_id"].iloc[0] == ""
    base = shapely.wkb.loads(stops["geometry"].iloc[0])
    assert (base.y, base.x) == pytest.approx(middle_of(*home))
    for line in known["legs"].loc[known["legs"]["itinerary_id"] == resident["itinerary_id"], "geometry"]:
        points = np.array(shapely.wkb.loads(line).coords)
        assert np.abs(points - np.array(home[::-1])).max(axis=1).min() > 0.001


def test_a_finding_leads_to_its_devices_and_is_named():
    rows = [*nights_at(0, (13.52, 2.12), -75, 21), (0, 1.4, 1.6, (13.60, 2.30)), *residents(1, 3)]
    visits = visits_of(*rows)
    spot = int(visits.spot[(visits.stays.device == 0) & np.isclose(visits.stays.lat, 13.60)][0])
    finding = FindingDevices(7, spot, KEY_MS, KEY_MS + 5 * DAY_MS, np.array([0, 2]))
    tables = itineraries_of(visits, findings=[finding])
    assert tables["itineraries"].query("finding_id == 7")["device"].tolist() == ["device-0"]
    outside = FindingDevices(7, spot, KEY_MS + 3 * DAY_MS, KEY_MS + 5 * DAY_MS, np.array([0]))
    assert "device-0" not in itineraries_of(visits, findings=[outside])["itineraries"]["device"].tolist()


def test_a_place_of_every_day_leads_to_nobody():
    guard = [row for day in range(-75, 21) for row in [(0, day + 0.3, day + 0.7, site("Base 101"))]]
    visits = visits_of(*nights_at(0, (13.52, 2.12), -75, 21), *guard)
    tables = itineraries_of(visits)
    assert [len(tables[name]) for name in ("itineraries", "stops", "legs")] == [0, 0, 0]
    assert list(tables["stops"].columns) == list(schemas.empty_table("stops").columns)


def test_regular_is_more_than_three_of_thirty_days():
    rows = [(0, day + 0.4, day + 0.5, site("Base 101")) for day in (-50, -40, -30, -20, -15, -12, 15)]
    visits = visits_of(*nights_at(0, (13.52, 2.12), -90, 21), *rows)
    at_base = visits.spots.name[visits.spot] == "Base 101"
    day = visits.stays.start_ms // DAY_MS
    # Days in the 30 before each visit: 0, 1, 2, 3 (-50 -40 -30), 3 (-40 -30 -20), 4 (-40 -30 -20 -15), 2 (-15 -12)
    assert find_usual(visits, day, at_base, 30, 3)[at_base].tolist() == [False] * 5 + [True, False]


def test_the_first_days_of_the_data_look_ahead_instead():
    rows = [(0, day + 0.4, day + 0.5, site("Base 101")) for day in (-75, -74, -73, -72, -71)]
    visits = visits_of(*nights_at(0, (13.52, 2.12), -76, 21), *rows)
    at_base = visits.spots.name[visits.spot] == "Base 101"
    day = visits.stays.start_ms // DAY_MS
    assert find_usual(visits, day, at_base, 30, 3)[at_base].tolist() == [True] * 5


def test_the_key_date_with_visits_near_it_is_chosen():
    visits = visits_of(*traveller(0), *residents(1, 3))
    tables = itineraries_of(visits, key_dates=(date(2023, 6, 1), KEY, date(2023, 8, 30)))
    assert tables["itineraries"].query("device == 'device-0'")["key_date"].tolist() == ["2023-07-26"]


def test_findings_give_key_dates_their_country():
    """The same visits count for a later key date once its findings lie in their country."""
    rows = [*nights_at(0, (0.40, 9.45), -75, 60), (0, 2.4, 2.6, (0.4586, 9.4123))]
    sites = {name: np.append(getattr(SITES, name), value) for name, value in (
        ("site_id", "s6"), ("name", "Palace"), ("category", "government"), ("given_category", ""), ("country", "GA"),
        ("lat", 0.4586), ("lon", 9.4123), ("radius_m", 500.0), ("polygon", None))}
    stays = visits_of(*rows, *residents(1, 2)).stays
    visits = attribute_visits(stays, Sites(**sites), Grid(10, 5, 1000.0), world_of_qgis())
    later = date(2023, 8, 10)
    palace = FindingDevices(1, 5, KEY_MS + 12 * DAY_MS, KEY_MS + 19 * DAY_MS, np.array([99]))
    chosen = [
        itineraries_of(visits, key_dates=(KEY, later), findings=findings)["itineraries"]
        .query("device == 'device-0'")["key_date"].tolist()
        for findings in ((), (palace,))
    ]
    assert chosen == [["2023-07-26"], ["2023-08-10"]]


def test_only_so_many_itineraries_are_kept_best_first():
    tables = itineraries_of(visits_of(*traveller(0), *residents(1, 12)), max_itineraries=3)
    assert tables["itineraries"]["rank"].tolist() == [1, 2, 3]
    assert tables["itineraries"]["score"].is_monotonic_decreasing
    assert set(tables["stops"]["itinerary_id"]) == set(tables["legs"]["itinerary_id"]) == {1, 2, 3}


def test_a_flight_over_the_antimeridian_is_split():
    sites = Sites(as_text(["a", "b"]), as_text(["Nadi", "Apia"]), as_text(["airport"] * 2), as_text([""] * 2),
                  as_text(["FJ", "WS"]), AIRPORTS.lat[-2:], AIRPORTS.lon[-2:], np.full(2, 800.0),
                  np.full(2, None, dtype=object))
    stays = visits_of(*nights_at(0, (-17.62, 177.45), -75, 0), (0, 0.5, 0.6, (-17.7554, 177.4434)),
                      (0, 0.8, 0.9, (-13.83, -172.0083)), *residents(1, 3)).stays
    visits = attribute_visits(stays, sites, Grid(-15, 180, 1000.0), world_of_qgis())
    tables = itineraries_of(visits)
    assert tables["legs"]["borders"].tolist()[-1] == "FJ>WS"
    whole = shapely.wkb.loads(tables["itineraries"]["geometry"].iloc[0])
    for part in whole.geoms:
        lon = np.array(part.coords)[:, 0]
        assert np.ptp(lon) < 20.0
        assert np.abs(lon).max() <= 180.0 + 1e-9
    leg = np.array(shapely.wkb.loads(tables["legs"]["geometry"].iloc[-1]).coords)
    assert np.abs(np.diff(leg[:, 0])).max() < 5.0


class ScenarioSource:
    """The synthetic scenario's feed as an observation source."""

    name = "synthetic scenario"
    row_count = None

    def __init__(self, parts) -> None:
        self._parts = list(parts)
        every = pd.concat([part["device_id"] for part in self._parts])
        self._ids = pd.unique(every)

    def chunks(self):
        index = pd.Index(self._ids)
        for part in self._parts:
            yield Observations(
                index.get_indexer(part["device_id"]).astype(np.int64), part["timestamp"].to_numpy() * 1000,
                part["latitude"].to_numpy(), part["longitude"].to_numpy(),
                part["horizontal_accuracy"].to_numpy(np.float32),
            )

    def device_ids(self):
        return as_text(self._ids)

    def notes(self):
        return ()

    def describe(self):
        return {}


@pytest.fixture(scope="module")
def scenario():
    from sitelight.plugin.engine.scenario.geography import scenario_sites
    from sitelight.plugin.engine.scenario.plants import cast
    from sitelight.plugin.engine.scenario.settings import ScenarioSettings
    from sitelight.plugin.engine.scenario.world import make_observations

    settings = ScenarioSettings(devices=200, days=80, seed=shifted(4711))
    world, table = world_of_qgis(), scenario_sites()
    source = ScenarioSource(make_observations(settings))
    fixes = screen(source, ScreeningSettings(keep_device_ids=True), world, b"key").fixes
    sites = Sites(**{name: as_text(table[name]) for name in ("site_id", "name", "category", "country")},
                  given_category=as_text(table["category"]), lat=table["lat"].to_numpy(), lon=table["lon"].to_numpy(),
                  radius_m=table["radius_m"].to_numpy(float), polygon=np.full(len(table), None, dtype=object))
    visits = attribute_visits(detect_stays(fixes, keep_short=True), sites, Grid(10, 5, 1000.0), world)
    field = np.isin(table["category"], ("airport", "air base"))
    airfields = Places(sites.name[field], sites.country[field], sites.lat[field], sites.lon[field])
    legs = detect_legs(visits.stays, world, country=visits.country, airfields=airfields)
    history = build_history(visits, legs, world, DEFAULT_LINKED_CATEGORIES, 30)
    tables = find_itineraries(history, (KEY, date(2023, 8, 30)), DEFAULT_LINKED_CATEGORIES, fixes.pseudonyms)
    people = cast(settings)
    device_ids = people.people.device_id[people.travellers]
    return tables, {trip.case: (trip, device) for trip, device in zip(people.itineraries, device_ids)}


EXPECTED = {
    "Niger": (
        ["Moscow airport (Sheremetyevo)", "Lome airport (Tokoin)", "Garrison Tondibiah, Niamey", "Air Base 101, Niamey",
         "Garrison Bagagi Iya, Niamey", "Logistics depot Goudel, Niamey"],
        ["07-24", "07-25", "07-29", "07-30", "07-31", "08-01"],
        {"Lome airport (Tokoin)": "air", "Garrison Tondibiah, Niamey": "road"},
    ),
    "Mali, first": (
        ["Moscow airport (Sheremetyevo)", "Al Jufra air base", "Bamako airport (Modibo Keita)",
         "Mopti airport (Ambodedjo)", "Mopti airport (Ambodedjo)"],
        ["07-16", "07-16", "08-05", "08-05", "08-15"],
        {"Al Jufra air base": "air", "Bamako airport (Modibo Keita)": "air", "Mopti airport (Ambodedjo)": "air"},
    ),
    "Mali, second": (
        ["Bamako airport (Modibo Keita)", "Mopti airport (Ambodedjo)"], ["08-03", "08-06"],
        {"Bamako airport (Modibo Keita)": "air"},
    ),
    "Gabon": (
        ["Embassy of Russia, Libreville", "Senate, Libreville", "Treasury, Libreville",
         "Presidential palace, Libreville"],
        ["07-11", "07-11", "07-11", "07-25"],
        {},
    ),
}


@pytest.mark.parametrize("case", EXPECTED)
def test_planted_itinerary_is_recovered_in_order_with_days_and_modes(scenario, case):
    tables, truth = scenario
    trip, device = truth[case]
    found = tables["itineraries"].query("device == @device")
    assert len(found) == 1
    print(case, "rank", int(found["rank"].iloc[0]), "score", float(found["score"].iloc[0]))
    itinerary = found["itinerary_id"].iloc[0]
    assert trip.based_at == found["based_at"].iloc[0]
    stops = tables["stops"][tables["stops"]["itinerary_id"] == itinerary]
    legs = tables["legs"][tables["legs"]["itinerary_id"] == itinerary].set_index("seq")["mode"]
    names, days, modes = EXPECTED[case]
    seen = list(zip(stops["spot_name"], stops["arrived"].str.slice(5, 10), stops["seq"]))
    position = 0
    for name, day in zip(names, days):
        while position < len(seen) and seen[position][:2] != (name, day):
            position += 1
        assert position < len(seen), (name, day, seen)
        if name in modes and day == days[names.index(name)]:
            assert legs[seen[position][2] - 1] == modes[name], name
        position += 1


def test_planted_travellers_rank_high_among_all(scenario):
    tables, truth = scenario
    rank_of = tables["itineraries"].set_index("device")["rank"]
    ranks = {case: int(rank_of[device]) for case, (_, device) in truth.items()}
    print(ranks)
    assert max(ranks.values()) <= 10


def moved_in_its_square(where, share: float):
    """Return another position in the same square of 5 km; sites stay where they are."""
    lat, lon = where
    if np.hypot(SITES.lat - lat, SITES.lon - lon).min() < 0.01:
        return where
    return tuple(value + 0.02 * share for value in middle_of(lat, lon))


@pytest.mark.parametrize("share", [0.3, 0.6, 1.0])  # on one side of the border at Lome: countries are told
def test_what_is_written_is_the_same_wherever_in_their_squares_hidden_places_lie(share):
    """No guess from the tables is better than the square of 5 km: nothing changes when places move inside it."""
    rows = [*traveller(0), *residents(1, 12)]
    hidden = [(*row[:3], moved_in_its_square(row[3], 0.0)) for row in rows]
    moved = [(*row[:3], moved_in_its_square(row[3], share)) for row in rows]
    assert sum(a[3] != b[3] for a, b in zip(hidden, moved)) > 20
    tables, others = itineraries_of(visits_of(*hidden)), itineraries_of(visits_of(*moved))
    assert len(tables["itineraries"]) > 0
    assert (tables["stops"]["spot_id"] == "").any()
    for name, table in tables.items():
        # How rare a way is depends on the cells that it shares with others; that tells no place.
        same = [column for column in table.columns if column != "score"]
        pd.testing.assert_frame_equal(table[same], others[name][same], check_exact=True)


def test_every_corner_drawn_is_a_site_or_on_the_coarse_grid():
    tables = itineraries_of(visits_of(*traveller(0), *residents(1, 12)))
    ground = tables["legs"][tables["legs"]["mode"] != "air"]  # flights are drawn as arcs between such corners
    corners = np.concatenate([np.array(shapely.wkb.loads(line).coords) for line in ground["geometry"]])
    at_site = np.hypot(corners[:, :1] - SITES.lon, corners[:, 1:] - SITES.lat).min(axis=1) < 0.02
    on_grid = np.array([is_middle(y, x) for x, y in corners])
    assert on_grid.any() and at_site.any()
    assert (at_site | on_grid).all()


def closed(kind: str, start: str, end: str) -> tuple[CalendarSpan, ...]:
    return (CalendarSpan("NE", start, end, kind, "Shut", "days.csv"),)


@pytest.mark.parametrize(
    ("spans", "mark", "told"),
    [
        (closed("closed border", "2023-07-26", "2023-08-01"), "BJ>NE (road, 27 Jul, while closed)",
         "Crossed from Benin into Niger between 26 Jul and 27 Jul while the border was closed (Shut, 26 Jul – 1 Aug)"),
        (closed("closed border", "2023-07-27", "2023-08-01"), "BJ>NE (road, 27 Jul, perhaps while closed)",
         "Crossed from Benin into Niger between 26 Jul and 27 Jul, perhaps while the border was closed (Shut, 27 Jul – "
         "1 Aug)"),
        (closed("closed border", "2023-07-28", "2023-08-01"), "BJ>NE (road, 27 Jul)", ""),
        (closed("closed airspace", "2023-07-01", "2023-08-01"), "BJ>NE (road, 27 Jul)", ""),
    ],
)  # fmt: skip
def test_a_border_crossed_while_it_was_closed_is_said(spans, mark, told):
    tables = itineraries_of(visits_of(*traveller(0), *residents(1, 12)), calendar=Calendar(spans))
    first = tables["itineraries"].iloc[0]
    assert mark in first["borders"].split("; ") and first["closures"] == told
    legs = tables["legs"][tables["legs"]["itinerary_id"] == first["itinerary_id"]]
    assert [text for text in legs["closures"] if text] == ([told] if told else [])
