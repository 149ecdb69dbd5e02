"""WHEN and WHAT: one small hand-made past for each entry's condition; hours count from Monday 0:00."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitelight.plugin.engine.behaviors import WHAT_ATOMS, WHEN_ATOMS
from sitelight.plugin.engine.calendars import Calendar, make_country_days
from sitelight.plugin.engine.facets.what import what_atoms
from sitelight.plugin.engine.facets.when import when_atoms
from sitelight.plugin.engine.facets.who import who_atoms
from worlds.engine_worlds import MONDAY, make_history, make_sites

HERE, BARRACKS, PORT = (5.0, 5.0), (5.1, 5.0), (5.2, 5.0)
SITES = make_sites(
    ("here", "palace", *HERE, 100.0), ("barracks", "military", *BARRACKS, 100.0), ("port", "port", *PORT, 100.0)
)
LINKED = ("military", "port")


def true_atoms(atoms, index: int = 0) -> set[str]:
    return {name for name, values in atoms.items() if values[index]}


def when_of(begin, end) -> set[str]:
    atoms = when_atoms(make_history([(0, begin, end, *HERE)], SITES), np.array([0]), MONDAY)
    assert set(atoms) == set(WHEN_ATOMS)
    return true_atoms(atoms)


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        (9, 16, {"working"}),
        (1, 4, {"night"}),
        (22.5, 23, {"night"}),
        (5, 6.9, {"dawn"}),
        (18, 21, {"evening"}),
        (4.4, 5.6, {"night", "dawn"}),
        (4.8, 6.0, {"dawn"}),  # 12 minutes of night are too few
        (4.9, 5.2, {"night"}),  # shorter than half an hour: where it begins
        (16.5, 17.5, {"working", "evening"}),
        (5 * 24 + 9, 5 * 24 + 16, {"rest_day"}),  # Saturday
        (4 * 24 + 23, 5 * 24 + 1, {"night", "rest_day"}),
        (8, 26, {"working", "evening", "night", "round_clock"}),
        (8, 25.9, {"working", "evening", "night"}),
        (-2, -1, {"night", "rest_day"}),  # Sunday night
    ],
)
def test_hours_and_days(begin, end, expected):
    assert when_of(begin, end) == expected


def test_off_hours_are_those_in_which_nobody_usually_comes():
    # Twenty visits begin at 9:00 before the profile ends; later ones at 9:00 and at 15:00.
    usual = [(device, 24 * day + 9, 24 * day + 10, *HERE) for device in range(4) for day in range(5)]
    late = [(9, 24 * 40 + 9, 24 * 40 + 10, *HERE), (9, 24 * 40 + 15, 24 * 40 + 16, *HERE)]
    history = make_history([*usual, *late], SITES)
    off = when_atoms(history, np.array([20, 21]), MONDAY + 30)["off_hours"]
    assert off.tolist() == [False, True]
    # One earlier visit less, and the spot's hours are not told; visits after the profile do not count.
    history = make_history([*usual[1:], *late], SITES)
    assert not when_atoms(history, np.array([19, 20]), MONDAY + 30)["off_hours"].any()


def what_of_last(rows, lasting=True) -> set[str]:
    history = make_history(rows, SITES, linked=LINKED, lasting=lasting)
    atoms = what_atoms(history, np.array([len(rows) - 1]))
    assert set(atoms) == set(WHAT_ATOMS)
    return true_atoms(atoms)


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        (9, 9 + 9 / 60, {"passing"}),
        (9, 9 + 10 / 60, {"short_stop"}),
        (9, 9.74, {"short_stop"}),
        (9, 9.75, {"meeting"}),
        (9, 12, set()),  # three to five hours have no name
        (9, 14, {"shift"}),
        (9, 20.9, {"shift"}),
        (19, 26.1, {"overnight"}),  # 4.1 hours after 22:00, seven in all
        (19, 25.9, {"shift"}),
        (20, 20 + 48, {"overnight", "multi_day"}),
        (19, 19 + 35, {"overnight", "multi_day"}),  # not yet 36 hours, but two nights
        (8, 8 + 35, {"overnight"}),  # one night and a half
    ],
)
def test_durations(begin, end, expected):
    assert what_of_last([(0, begin, end, *HERE)]) == expected


def test_a_lone_fix_is_passing_whatever_its_length():
    assert what_of_last([(0, 9, 15, *HERE)], lasting=[False]) == {"passing"}


def test_daily_return_needs_yesterday_and_three_of_four_days():
    def days(*numbers):
        return [(0, 24 * day + 9, 24 * day + 9.2, *HERE) for day in numbers]

    assert "daily_return" in what_of_last(days(1, 2, 3, 4))
    assert "daily_return" in what_of_last(days(0, 1, 3, 4))
    assert "daily_return" not in what_of_last(days(0, 1, 2, 4))  # not yesterday
    assert "daily_return" not in what_of_last(days(0, 3, 4))  # two of four


def test_arrivals_by_air_by_road_and_over_a_border():
    flown = what_of_last([(0, 0, 2, 5.0, 45.0), (0, 8, 9, *HERE)])  # 4,400 km in six hours
    assert flown & {"by_air", "from_afar", "cross_border"} == {"by_air", "cross_border"}
    driven = what_of_last([(0, 0, 2, 5.0, 6.5), (0, 8, 9, *HERE)])  # 166 km in six hours
    assert driven & {"by_air", "from_afar", "cross_border"} == {"from_afar"}
    near = what_of_last([(0, 0, 2, 5.0, 6.2), (0, 8, 9, *HERE)])  # 133 km
    assert not near & {"by_air", "from_afar", "cross_border"}
    over = what_of_last([(0, 0, 2, 5.0, 10.3), (0, 3, 4, 5.0, 9.7)])  # 66 km from BB into AA
    assert over & {"by_air", "from_afar", "cross_border"} == {"cross_border"}


def together(count: int, minutes_apart: float, origin=(5.3, 5.0)):
    """Return `count` devices that leave one place and arrive `minutes_apart` after each other; row of the last."""
    rows = []
    for device in range(count):
        begin = 10 + device * minutes_apart / 60
        rows += [(device, 2, 3, *origin), (device, begin, begin + 0.5, *HERE)]
    return rows


@pytest.mark.parametrize(
    ("count", "minutes_apart", "expected"),
    [
        (1, 0, set()), (2, 20, {"company"}), (3, 8, {"company", "convoy"}), (5, 4, {"company", "convoy"}),
        (6, 3, {"group", "convoy"}), (2, 90, set()),
    ],
)
def test_company_groups_and_convoys(count, minutes_apart, expected):
    assert what_of_last(together(count, minutes_apart)) & {"company", "group", "convoy"} == expected


def test_a_convoy_comes_from_at_least_twenty_kilometres_away():
    found = what_of_last(together(3, 5, origin=(5.15, 5.0)))  # 16.7 km
    assert found & {"company", "convoy"} == {"company"}


def test_those_from_other_places_are_no_company():
    rows = [(0, 2, 3, 5.3, 5.0), (0, 10, 11, *HERE), (1, 2, 3, 5.6, 5.0), (1, 10, 11, *HERE)]
    assert "company" not in what_of_last(rows)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([(0, 60, 61, *PORT)], True),  # 47 hours after the visit
        ([(0, 62, 63, *PORT)], False),  # 49 hours after
        ([(0, 20, 21, *HERE), (0, 40, 41, *PORT)], True),
        ([(0, 20, 21, 5.4, 5.0)], False),
        ([(1, 20, 21, *PORT)], False),
    ],
)
def test_goes_on_to_a_linked_place(after, expected):
    history = make_history([(0, 12, 13, *HERE), *after], SITES, linked=LINKED)
    assert bool(what_atoms(history, np.array([0]))["goes_on_linked"][0]) == expected


@pytest.mark.parametrize("returns", [0, 1, 2, 5])
def test_a_return_to_the_same_linked_place_is_not_going_on(returns):
    again = [(0, 15 + 2 * n, 16 + 2 * n, *BARRACKS) for n in range(returns)]
    stays = [(0, 12, 13, *BARRACKS), *again]
    there = make_history(stays, SITES, linked=LINKED)
    assert not what_atoms(there, np.array([0]))["goes_on_linked"][0]
    onward = make_history([*stays, (0, 40, 41, *PORT)], SITES, linked=LINKED)
    assert what_atoms(onward, np.array([0]))["goes_on_linked"][0]


@pytest.mark.parametrize(("leaves_at", "expected"), [(80, True), (86, False)])
def test_leaves_the_country_within_72_hours(leaves_at, expected):
    # The device stays at a hotel in AA until `leaves_at`, then crosses into BB.
    rows = [(0, 12, 13, *HERE), (0, 20, leaves_at, 5.0, 9.5), (0, leaves_at + 4, leaves_at + 9, 5.0, 10.5)]
    history = make_history(rows, SITES, linked=LINKED)
    assert bool(what_atoms(history, np.array([0]))["leaves_country"][0]) == expected
    assert not what_atoms(history, np.array([2]))["leaves_country"][0]


PLACES = [HERE, BARRACKS, PORT, (5.0, 6.6), (5.0, 10.5), (5.0, 45.0)]
steps = st.tuples(st.integers(0, 3), st.integers(0, len(PLACES) - 1), st.sampled_from([0.1, 0.6, 2.0, 9.0, 20.0]))


@settings(deadline=None, max_examples=40)
@given(st.lists(steps, min_size=4, max_size=30), st.integers(0, 29))
def test_only_two_atoms_look_past_the_visit(plan, chosen):
    clock = dict.fromkeys(range(4), 0.0)
    rows = []
    for device, place, hours in plan:
        begin = clock[device] + 3.0
        rows.append((device, begin, begin + hours, *PLACES[place]))
        clock[device] = begin + hours
    rows.sort()
    visit = rows[chosen % len(rows)]
    # Arrivals together are told an hour after the visit begins at the latest; nothing later may matter.
    known = [row for row in rows if row[1] <= visit[1] + (1.0 if row[0] != visit[0] else 0.0)]
    found = []
    for past in (rows, known):
        history, at = make_history(past, SITES, linked=LINKED), np.array([past.index(visit)])
        atoms = {**who_atoms(history, at), **when_atoms(history, at, MONDAY), **what_atoms(history, at)}
        found.append(true_atoms(atoms) - {"goes_on_linked", "leaves_country"})
    assert found[0] == found[1]


def week_of(code: str, *holidays: str) -> Calendar:
    """Return a calendar in which the country rests on Friday and Saturday, and on holidays."""
    rest = pd.DataFrame([(code, "2015-01-01", "Fri Sat")], columns=["country", "from", "days"])
    days = pd.DataFrame([(code, "holiday", "Feast", iso) for iso in holidays],
                        columns=["country", "kind", "name", "days"], dtype=object)  # fmt: skip
    return Calendar((), make_country_days(days, rest, "by hand"))


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        (4 * 24 + 9, 4 * 24 + 16, {"rest_day"}),  # Friday
        (5 * 24 + 9, 5 * 24 + 16, {"rest_day"}),
        (6 * 24 + 9, 6 * 24 + 16, {"working"}),  # Sunday
        (3 * 24 + 23, 4 * 24 + 1, {"night", "rest_day"}),
        (3 * 24 + 22.5, 4 * 24 + 0.25, {"night"}),  # a quarter of an hour of the rest day is too little
        (2 * 24 + 9, 2 * 24 + 16, {"rest_day"}),  # Wednesday 3 May, a feast
        (1 * 24 + 16, 2 * 24 + 8, {"working", "evening", "night", "dawn", "rest_day"}),
        (2 * 24 + 12, 2 * 24 + 12.2, {"rest_day"}),  # shorter than half an hour: where it begins
        (1 * 24 + 12, 3 * 24 + 6, {"working", "evening", "night", "dawn", "rest_day", "round_clock"}),
    ],
)
def test_rest_days_and_working_hours_are_those_of_the_country(begin, end, expected):
    history = replace(make_history([(0, begin, end, *HERE)], SITES), calendar=week_of("AA", "2023-05-03"))
    assert true_atoms(when_atoms(history, np.array([0]), MONDAY)) == expected


def test_each_country_has_its_own_rest_days_and_the_sea_those_that_are_usual():
    rows = [(0, 4 * 24 + 9, 4 * 24 + 16, 5.0, 5.0), (1, 4 * 24 + 9, 4 * 24 + 16, 5.0, 15.0),
            (2, 4 * 24 + 9, 4 * 24 + 16, -20.0, 5.0)]  # fmt: skip
    history = replace(make_history(rows, SITES), calendar=week_of("AA"))
    assert history.visits.country.tolist() == [0, 1, -1]
    found = when_atoms(history, np.arange(3), MONDAY)
    assert found["rest_day"].tolist() == [True, False, False] and found["working"].tolist() == [False, True, True]


@settings(deadline=None, max_examples=40)
@given(st.integers(-300, 900), st.integers(0, 600), st.sets(st.integers(0, 20), max_size=6))
def test_rest_days_agree_with_counting_quarter_hours(start_quarter, quarters, feasts):
    named = [str(np.datetime64(MONDAY + number, "D")) for number in feasts]
    history = make_history([(0, start_quarter / 4, (start_quarter + quarters) / 4, *HERE)], SITES)
    found = when_atoms(replace(history, calendar=week_of("AA", *named)), np.array([0]), MONDAY)
    spent = np.arange(start_quarter, start_quarter + quarters)
    day, hour = spent // 96, spent % 96 / 4
    rest = np.isin(day % 7, (4, 5)) | np.isin(day, sorted(feasts))
    work = ~rest & (hour >= 7) & (hour < 17)
    if quarters >= 2:
        assert found["rest_day"][0] == (rest.sum() >= 2) and found["working"][0] == (work.sum() >= 2)
