"""WHO: one small hand-made past for each entry's condition; hours count from Monday 0:00."""

from __future__ import annotations

import numpy as np
import pytest
from sitelight.plugin.engine.behaviors import WHO_ATOMS
from sitelight.plugin.engine.facets.who import SEEN, who_atoms
from sitelight.plugin.engine.places import Places
from worlds.engine_worlds import column, make_history, make_sites, square_world

HERE = (5.0, 5.0)
FLATS = (5.0, 5.01)  # 1.1 km from HERE
SUBURB = (5.0, 5.2)  # 22 km
TOWN = (5.0, 7.0)  # 221 km, same country
NEXT_DOOR = (5.0, 12.0)  # country BB
OVERSEAS = (5.0, 45.0)  # country CC
CATEGORY_PLACES = {category: (7.0 + 0.1 * n, 5.0) for n, category in enumerate(SEEN.values())}
SITES = make_sites(
    ("here", "palace", *HERE, 100.0),
    *((category, category, *place, 100.0) for category, place in CATEGORY_PLACES.items()),
    ("second barracks", "military", 7.95, 5.0, 100.0),
    ("second hotel", "hotel", 7.97, 5.0, 100.0),
)
WEEKS = 4 * 7 * 24


def nights(place, days=range(25), device=0):
    return [(device, 24 * day + 20, 24 * day + 31, *place) for day in days]


def atoms_of_last(rows, linked=(), world=None, lasting=True) -> set[str]:
    history = make_history(rows, SITES, world, linked, lasting=lasting)
    atoms = who_atoms(history, np.array([len(rows) - 1]))
    assert set(atoms) == set(WHO_ATOMS)
    return {name for name, values in atoms.items() if values[0]}


HOMES = {"resident", "local", "domestic", "neighbouring", "abroad", "unknown_home"}


@pytest.mark.parametrize(
    ("home", "expected"),
    [
        (HERE, "resident"), (FLATS, "resident"), (SUBURB, "local"), (TOWN, "domestic"),
        (NEXT_DOOR, "neighbouring"), (OVERSEAS, "abroad"),
    ],
)
def test_home_decides(home, expected):
    found = atoms_of_last([*nights(home), (0, WEEKS + 12, WEEKS + 13, *HERE)])
    assert found & HOMES == {expected}


def test_without_nights_the_home_is_unknown():
    assert atoms_of_last([(0, WEEKS + 12, WEEKS + 13, *HERE)]) & HOMES == {"unknown_home"}


@pytest.mark.parametrize(("earlier_days", "expected"), [(0, "first_time"), (1, "occasional"), (7, "occasional"),
                                                        (8, "regular"), (20, "regular")])
def test_days_at_the_spot_decide_on_recurrence(earlier_days, expected):
    rows = [(0, 24 * day + 10, 24 * day + 11, *HERE) for day in range(28 - earlier_days, 28)]
    # Two visits on one day are one day.
    rows += [(0, 24 * 27 + 14, 24 * 27 + 15, *HERE)] if earlier_days else []
    found = atoms_of_last([*rows, (0, WEEKS + 12, WEEKS + 13, *HERE)])
    assert found & {"first_time", "occasional", "regular"} == {expected}


def test_visits_more_than_thirty_days_ago_are_forgotten():
    last = (0, 24 * 40 + 12, 24 * 40 + 13, *HERE)
    assert "first_time" in atoms_of_last([(0, 24 * 9 + 12, 24 * 9 + 13, *HERE), last])
    assert "occasional" in atoms_of_last([(0, 24 * 10 + 12, 24 * 10 + 13, *HERE), last])


@pytest.mark.parametrize("atom", list(SEEN))
def test_seen_at_each_kind_of_place(atom):
    place = CATEGORY_PLACES[SEEN[atom]]
    last = (0, WEEKS + 12, WEEKS + 13, *HERE)
    seen = {name for name in atoms_of_last([(0, WEEKS - 48, WEEKS - 47, *place), last]) if name.startswith("seen")}
    assert seen == {atom}
    # Thirty-one days before is too long ago, and a lone fix counts like a stay.
    assert atom not in atoms_of_last([(0, WEEKS + 12 - 31 * 24, WEEKS + 13 - 31 * 24, *place), last])
    assert atom in atoms_of_last([(0, WEEKS - 48, WEEKS - 48, *place), last], lasting=[False, True])


def test_the_visited_site_itself_does_not_count_as_seen():
    barracks = CATEGORY_PLACES["military"]
    again = [(0, WEEKS - 48, WEEKS - 47, *barracks), (0, WEEKS, WEEKS + 1, *barracks)]
    assert "seen_military" not in atoms_of_last(again)
    elsewhere = [(0, WEEKS - 72, WEEKS - 71, 7.95, 5.0), *again]
    assert "seen_military" in atoms_of_last(elsewhere)


def test_two_kinds_of_linked_places():
    last = (0, WEEKS + 12, WEEKS + 13, *HERE)
    barracks = (0, WEEKS - 60, WEEKS - 59, *CATEGORY_PLACES["military"])
    other_barracks = (0, WEEKS - 58, WEEKS - 57, 7.95, 5.0)
    embassy = (0, WEEKS - 48, WEEKS - 47, *CATEGORY_PLACES["embassy"])
    linked = ("military", "embassy")
    assert "seen_linked_2" in atoms_of_last([barracks, embassy, last], linked)
    assert "seen_linked_2" not in atoms_of_last([barracks, other_barracks, last], linked)
    assert "seen_linked_2" not in atoms_of_last([barracks, embassy, last], ("military",))


def test_based_at_a_military_site():
    last = (0, WEEKS + 12, WEEKS + 13, *HERE)
    assert "home_military" in atoms_of_last([*nights(CATEGORY_PLACES["military"]), last])
    assert "home_military" in atoms_of_last([*nights(CATEGORY_PLACES["air base"]), last])
    assert "home_military" not in atoms_of_last([*nights(CATEGORY_PLACES["police"]), last])


def test_lodged_in_a_hotel_in_the_last_seven_days():
    hotel = CATEGORY_PLACES["hotel"]
    for days_ago, expected in ((1, True), (7, True), (8, False)):
        begin = WEEKS - 24 * (days_ago + 1) + 20  # the night ends on the morning `days_ago` days before
        found = atoms_of_last([(0, begin, begin + 10, *hotel), (0, WEEKS + 12, WEEKS + 13, *HERE)])
        assert ("lodged_hotel" in found) == expected
    # An afternoon in a hotel is no night.
    assert "lodged_hotel" not in atoms_of_last([(0, WEEKS - 12, WEEKS - 8, *hotel), (0, WEEKS + 12, WEEKS + 13, *HERE)])


def test_flown_into_the_country_within_96_hours():
    airports = Places(column(["far", "near"]), column(["CC", "AA"]), np.array([5.0, 5.0]), np.array([45.0, 5.3]))
    world = square_world(airports)
    flight = [(0, 0, 2, *OVERSEAS), (0, 8, 9, 5.0, 5.3)]  # 4,400 km in six hours
    assert "by_air_96h" in atoms_of_last([*flight, (0, 104, 105, *HERE)], world=world)
    assert "by_air_96h" not in atoms_of_last([*flight, (0, 105, 106, *HERE)], world=world)
    # Flown into AA and driven 110 km on into BB: that is not flown into the spot's country.
    at_the_border = [(0, 0, 2, *OVERSEAS), (0, 8, 9, 5.0, 9.5)]
    assert "by_air_96h" in atoms_of_last([*at_the_border, (0, 60, 61, 5.0, 9.6)], world=world)
    assert "by_air_96h" not in atoms_of_last([*at_the_border, (0, 60, 61, 5.0, 10.5)], world=world)
    by_road = [(0, 0, 2, *TOWN), (0, 8, 9, 5.0, 5.3), (0, 60, 61, *HERE)]
    assert "by_air_96h" not in atoms_of_last(by_road, world=world)


def test_other_devices_change_nothing():
    own = [(0, WEEKS - 48, WEEKS - 47, *CATEGORY_PLACES["port"]), (0, WEEKS + 12, WEEKS + 13, *HERE)]
    others = [*nights(OVERSEAS, device=1), (1, WEEKS, WEEKS + 1, *CATEGORY_PLACES["military"])]
    alone = who_atoms(make_history(own, SITES), np.array([1]))
    among = who_atoms(make_history([*own, *others], SITES), np.array([1]))
    assert {name: bool(values[0]) for name, values in alone.items()} == {
        name: bool(values[0]) for name, values in among.items()
    }
