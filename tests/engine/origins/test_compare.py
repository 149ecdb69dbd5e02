"""Origins against hand-counted towns, scipy's Fisher test, and worlds in which nothing is planted."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seeds import at_least, at_most, shifted
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.earth import Grid
from sitelight.plugin.engine.origins.compare import Gathering, Whereabouts, find_origins, gather, settle
from sitelight.plugin.engine.origins.tables import gather_finding, hide_small_counts, in_order
from sitelight.plugin.engine.stats import more_than_control
from sitelight.plugin.engine.study import Study, run
from sitelight.plugin.engine.visits import attribute_visits
from worlds.engine_evidence import changes_at, make_evidence, week_windows
from worlds.engine_town import KEY_DATE, TEAM
from worlds.engine_town import SITES as TOWN_SITES
from worlds.engine_town import town as town_source
from worlds.engine_worlds import DAY_MS, MONDAY, column, make_history, make_sites, make_stays, square_world

CODES = column(["AA", "BB", "CC"])
HOTEL, CAMP, PORT, INN = (5.0, 5.0), (5.0, 15.0), (6.0, 5.0), (5.5, 5.5)
SITES = make_sites(("Hotel", "hotel", *HOTEL, 200.0), ("Camp", "military", *CAMP, 200.0),
                   ("Port", "port", *PORT, 200.0), ("Inn", "hotel", *INN, 200.0))  # fmt: skip
START_MS = MONDAY * DAY_MS


def visits_of(rows):
    """Visits of (device, start day, end day, place); rows sorted by device and start."""
    stays = make_stays(*((device, 24 * start, 24 * end, *place) for device, start, end, place in sorted(rows)))
    return attribute_visits(stays, SITES, Grid(5, 5, 1000.0), square_world())


def at(visits, name: str) -> np.ndarray:
    return (visits.spots.name == name)[visits.spot]


def window(first: float, last: float) -> tuple[int, int]:
    return START_MS + int(first * DAY_MS), START_MS + int(last * DAY_MS)


def found_from(visits, gathering: Gathering, direction: str) -> pd.DataFrame:
    """The origins of a gathering settled for a direction."""
    return find_origins(Whereabouts(visits, CODES), settle(visits, gathering, direction), direction)


@pytest.fixture()
def town():
    """Four devices come to the hotel on day 50; three were at the camp within 30 days, one 40 days before.

    In the weeks before, 24 others came to the hotel, two of them from the camp and twelve from the port.
    """
    rows = []
    for device in range(3):
        rows += [(device, 35, 36, CAMP), (device, 50, 51, HOTEL), (device, 60, 61, PORT)]
    rows += [(3, 10, 11, CAMP), (3, 50, 51, HOTEL)]
    for guest in range(24):
        before = [(4 + guest, 20, 21, CAMP if guest < 2 else PORT)] if guest < 14 else []
        rows += [*before, (4 + guest, 43, 44, HOTEL)]
    return visits_of(rows)


def test_shares_of_the_town_by_hand(town):
    gathering = gather(town, at(town, "Hotel"), *window(49, 56), [window(42, 49)])
    assert gathering.control_says == "visitors of the same place in earlier windows"
    table = find_origins(Whereabouts(town, CODES), gathering).set_index(["kind", "name"])
    camp = table.loc[("site", "Camp")]
    assert (camp.devices, camp.share) == (3, 0.75)
    assert camp.expected_share == pytest.approx(2.5 / 25)
    assert camp.lift == pytest.approx(7.5)
    # 3 of 4 against 2 of 24: C(5,3) C(23,1) / C(28,4), and 4 of 4 with C(5,4).
    ways = math.comb(5, 3) * math.comb(23, 1) + math.comb(5, 4)
    assert camp.p_value == pytest.approx(ways / math.comb(28, 4))
    assert table.loc[("category", "military")].devices == 3
    assert table.loc[("country", "BB")].devices == 3
    assert ("site", "Hotel") not in table.index
    assert ("site", "Port") not in table.index  # nobody of the four was there before


def test_after_looks_the_other_way(town):
    gathering = gather(town, at(town, "Hotel"), *window(49, 56), [window(42, 49)])
    table = found_from(town, gathering, "after").set_index(["kind", "name"])
    assert table.loc[("site", "Port")].devices == 3
    assert ("site", "Camp") not in table.index


def test_a_longer_span_reaches_farther_back(town):
    gathering = gather(town, at(town, "Hotel"), *window(49, 56), [window(42, 49)])
    table = find_origins(Whereabouts(town, CODES), gathering, days=45).set_index(["kind", "name"])
    assert table.loc[("site", "Camp")].devices == 4


def test_too_few_earlier_visitors_are_replaced_by_those_of_like_places():
    rows = [(0, 35, 36, CAMP), (0, 50, 51, HOTEL)]
    rows += [row for guest in range(1, 9) for row in ((guest, 40, 41, PORT), (guest, 51, 52, INN))]
    visits = visits_of(rows)
    gathering = gather(visits, at(visits, "Hotel"), *window(49, 56), [window(42, 49)])
    assert gathering.control_says == "visitors of like places at the time"
    table = find_origins(Whereabouts(visits, CODES), gathering).set_index(["kind", "name"])
    assert table.loc[("site", "Camp")].expected_share == pytest.approx(0.5 / 9)
    assert table.loc[("site", "Camp")].p_value == pytest.approx(1 / 9)


def test_who_came_to_a_like_place_cannot_have_come_from_it_but_from_another():
    """Asked is the hotel; one of its two guests was at the inn. Of the lodge's ten guests two were at the inn before.

    The inn's own ten guests came to it twice: that is no way from the inn.
    """
    places = (("Hotel", HOTEL), ("Inn", INN), ("Lodge", PORT))
    sites = make_sites(*((name, "hotel", *place, 200.0) for name, place in places))
    rows = [(0, 45, 46, INN), (0, 50, 51, HOTEL), (1, 50, 51, HOTEL)]
    rows += [row for guest in range(2, 12) for row in ((guest, 40, 41, INN), (guest, 51, 52, INN))]
    rows += [(guest, 51, 52, PORT) for guest in range(12, 22)] + [(guest, 40, 41, INN) for guest in (12, 13)]
    stays = make_stays(*((device, 24 * start, 24 * end, *place) for device, start, end, place in sorted(rows)))
    visits = attribute_visits(stays, sites, Grid(5, 5, 1000.0), square_world())
    gathering = gather(visits, at(visits, "Hotel"), *window(49, 56), [])
    table = find_origins(Whereabouts(visits, CODES), gathering).set_index(["kind", "name"])
    assert table.loc[("site", "Inn")].expected_share == pytest.approx(2.5 / 11)
    assert table.loc[("category", "hotel")].expected_share == pytest.approx(2.5 / 21)


def test_a_stay_that_began_before_the_span_counts():
    visits = visits_of([(0, 1, 30, CAMP), (0, 50, 51, HOTEL)])
    gathering = gather(visits, at(visits, "Hotel"), *window(49, 56), [])
    assert "Camp" in set(find_origins(Whereabouts(visits, CODES), gathering, days=25).name)
    assert "Camp" not in set(find_origins(Whereabouts(visits, CODES), gathering, days=15).name)


def test_bad_questions_get_a_sentence(town):
    nobody = gather(town, at(town, "Camp"), *window(90, 95), [])
    with pytest.raises(StudyError, match="Nobody was seen at this place"):
        find_origins(Whereabouts(town, CODES), nobody)
    gathering = gather(town, at(town, "Hotel"), *window(49, 56), [])
    with pytest.raises(StudyError, match="before or after"):
        find_origins(Whereabouts(town, CODES), gathering, "sideways")


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 60)), min_size=1, max_size=8),
       st.integers(30, 60), st.integers(60, 200))  # fmt: skip
def test_fisher_equals_the_sum_of_exact_fractions(counts, units, control_units):
    hits, control = (np.array(values) for values in zip(*counts))
    for p, hit, other in zip(more_than_control(hits, units, control, control_units), hits, control):
        total = int(hit + other)
        ways = sum(math.comb(units, k) * math.comb(control_units, total - k) for k in range(hit, min(total, units) + 1))
        assert p == pytest.approx(ways / math.comb(units + control_units, total), rel=1e-9)


@given(st.integers(0, 15), st.integers(0, 30), st.integers(15, 30), st.integers(30, 90))
def test_counts_in_clumps_of_two_are_worth_half(hit, other, units, control):
    one = np.array([1])
    whole = more_than_control(hit * one, units, other * one, control)
    assert more_than_control(2 * hit * one, 2 * units, 2 * other * one, 2 * control, 2.0, 2.0) == pytest.approx(whole)
    # Broken counts lie between the whole ones beside them.
    between = more_than_control((2 * hit + 1) * one, 2 * units, 2 * other * one, 2 * control, 2.0, 2.0)
    assert more_than_control((hit + 1) * one, units, other * one, control) <= between * (1 + 1e-9)
    assert between <= whole * (1 + 1e-9)


def test_far_tails_and_large_counts_stay_exact():
    hits, control = np.array([40, 300, 9_000, 50_000, 0]), np.array([0, 100, 30_000, 2, 7])
    p = more_than_control(hits, 50_000, control, 170_000)
    assert p[0] == pytest.approx(np.prod((50_000 - np.arange(40)) / (220_000 - np.arange(40))), rel=1e-6)
    # 300 of 400 where 91 are expected (standard deviation 8.4) is 25 deviations, 9,000 of 39,000 nearly as expected.
    assert 0.0 < p[1] < 1e-90
    assert 0.0 <= p[3] < 1e-300
    mean = 39_000 * 50 / 220
    deviation = math.sqrt(mean * (170 / 220) * (181_000 / 220_000))
    normal = 0.5 * math.erfc((9_000 - 0.5 - mean) / deviation / math.sqrt(2.0))
    assert p[2] == pytest.approx(normal, rel=0.02)
    assert p[4] == 1.0


WEEKS = 7
SPANS = list(pairwise(range(29, 30 + 7 * WEEKS, 7)))
HABITS = {
    "no regulars": (0, 60, (), (0.15, 0.5)),
    "only regulars": (60, 0, (0.15, 0.5), ()),
    "regulars of the same habits": (30, 30, (0.15, 0.5), (0.15, 0.5)),
    "regulars of other habits": (30, 30, (0.05, 1.0), (0.5, 0.1)),
    "regulars who go to one place always": (30, 30, (0.0, 8.0), (0.2, 0.05)),
    "mostly regulars": (50, 10, (0.1, 0.6), (0.5, 0.1)),
}
"""Regulars, new guests a week, and how often a month the one and the other are at the camp and at the port."""


def weekly_guests(rng: np.random.Generator, habits: str, attend: float = 1.0, team_weeks: tuple[int, ...] = ()):
    """Visits of a hotel in WEEKS weeks, in each of `team_weeks` with six more devices, from the camp and back there."""
    regulars, new, often, seldom = HABITS[habits]
    last = 30 + 7 * WEEKS + 30
    rows = []
    for device in range(regulars + new * WEEKS):
        is_regular = device < regulars
        # Regulars come before the first week and after the last one too, or these would differ from the others.
        came = np.flatnonzero(rng.random(4 + WEEKS + 5) < attend) - 4
        weeks = came if is_regular else [(device - regulars) // new]
        rows += [(device, 30 + 7 * week, 30.5 + 7 * week, HOTEL) for week in weeks]
        for place, monthly in zip((CAMP, PORT), often if is_regular else seldom):
            days = rng.uniform(0, last, rng.poisson(monthly * last / 30))
            clear = [day for day in days if all(abs(day - 30 - 7 * week) > 0.8 for week in weeks)]
            rows += [(device, day, day + 0.1, place) for day in clear]
    for device, week in enumerate(np.repeat(team_weeks, 6), regulars + new * WEEKS):
        day = 30 + 7 * week
        rows += [(device, day - 3, day - 2.5, CAMP), (device, day, day + 0.5, HOTEL), (device, day + 2, day + 3, CAMP)]
    return visits_of(rows)


def ask_last_week(visits, direction: str) -> pd.DataFrame:
    """The rows of sites, by name, of the hotel's last week against all weeks before."""
    gathering = gather(visits, at(visits, "Hotel"), *window(*SPANS[-1]), [window(*week) for week in SPANS[:-1]])
    table = found_from(visits, gathering, direction)
    return table[table.kind == "site"].set_index("name")


@pytest.mark.parametrize("attend", [1.0, 0.6])
@pytest.mark.parametrize("habits", HABITS)
def test_without_a_plant_small_p_values_are_seldom(habits, attend):
    """Whoever comes, and however often: each week is like the others, so p <= 0.05 for at most one in twenty."""
    rng = np.random.default_rng([shifted(40_529), list(HABITS).index(habits), int(10 * attend)])
    p_values = {"before": [], "after": []}
    for _ in range(25):
        visits = weekly_guests(rng, habits, attend)
        for direction, found in p_values.items():
            found += ask_last_week(visits, direction).p_value.reindex(["Camp", "Port"], fill_value=1.0).tolist()
    for found in p_values.values():
        assert at_most(np.count_nonzero(np.array(found) <= 0.05), len(found), 0.05)


def test_regulars_weigh_in_the_control_as_in_the_window():
    """Thirty regulars, always at the port, and thirty guests of one week, never: a half is expected, not 30/210."""
    rows = [(device, 30 + 7 * week - gap, 30 + 7 * week - gap + 0.5, place) for week in range(WEEKS)
            for device in range(30) for gap, place in ((2, PORT), (0, HOTEL))]  # fmt: skip
    rows += [(30 + guest, 30 + 7 * (guest % WEEKS), 31 + 7 * (guest % WEEKS), HOTEL) for guest in range(30 * WEEKS)]
    port = ask_last_week(visits_of(rows), "before").loc["Port"]
    assert (port.devices, port.share) == (30, 0.5)
    assert port.expected_share == pytest.approx((180 + 0.5) / (360 + 1))
    assert port.p_value > 0.3


@pytest.mark.parametrize("direction", ["before", "after"])
@pytest.mark.parametrize("habits", ["no regulars", "regulars of the same habits", "regulars of other habits"])
def test_six_devices_from_where_few_come_are_found(habits, direction, monkeypatch):
    """Six of 66; of the others one in 200 is at the camp in a month."""
    regulars, new, often, seldom = HABITS[habits]
    seldom_there = {habits: (regulars, new, (0.005, *often[1:]), (0.005, *seldom[1:]))}
    monkeypatch.setattr(f"{__name__}.HABITS", seldom_there)
    rng = np.random.default_rng(shifted(61_861))
    p_values = []
    for _ in range(20):
        visits = weekly_guests(rng, habits, team_weeks=(WEEKS - 1,))
        p_values.append(ask_last_week(visits, direction).loc["Camp"].p_value)
    # One of the others was at the camp in about every second draw: p is 0.002 then. Where two regulars were, each
    # counts in up to five weeks.
    assert np.median(p_values) < 0.005
    assert at_least(sum(p <= 0.05 for p in p_values), len(p_values), 0.95)


def test_what_regulars_do_for_the_first_time_after_the_week_stands_out():
    """Thirty come every week; after the last one eight of them go to the camp, where none of them ever was."""
    weeks = 12
    rows = [(device, 30 + 7 * week, 30.5 + 7 * week, HOTEL) for week in range(weeks) for device in range(30)]
    rows += [(device, 27 + 7 * weeks, 28 + 7 * weeks, CAMP) for device in range(8)]
    visits = visits_of(rows)
    spans = [window(29 + 7 * week, 36 + 7 * week) for week in range(weeks)]
    gathering = gather(visits, at(visits, "Hotel"), *spans[-1], spans[:-1])
    table = found_from(visits, gathering, "after")
    camp = table.set_index(["kind", "name"]).loc[("site", "Camp")]
    assert camp.devices == 8
    # Of eleven earlier weeks, the days after the last four reach to the camp; seven weeks of thirty stay as control.
    assert camp.expected_share == pytest.approx(0.5 / 211)
    assert camp.p_value < 1e-6


def test_a_team_that_came_in_one_earlier_week_too_is_less_surprising():
    """Six of 66 from the camp, and six in one of the six weeks before: few by device, but two weeks of seven."""
    rows = [(60 * week + guest, 30 + 7 * week, 31 + 7 * week, HOTEL) for week in range(WEEKS) for guest in range(60)]
    for device, week in enumerate([2] * 6 + [WEEKS - 1] * 6, 60 * WEEKS):
        rows += [(device, 27 + 7 * week, 28 + 7 * week, CAMP), (device, 30 + 7 * week, 31 + 7 * week, HOTEL)]
    camp = ask_last_week(visits_of(rows), "before").loc["Camp"]
    assert camp.expected_share == pytest.approx(6.5 / 367)
    one = np.array([6])
    assert more_than_control(one, 66, one, 366) < 0.01
    assert 0.05 < camp.p_value < 0.5


FINDING_WEEKS = 13


def guests_of_a_hotel(from_camp: int, new_way: bool = False):
    """Evidence of a hotel with ten new guests a week, and `from_camp` more who had been at a camp two days before.

    In the last week fifteen had, and `new_way`: they came by the port, where the others seldom were.
    """
    rows, device = [], 0
    for week in range(FINDING_WEEKS):
        is_last = week == FINDING_WEEKS - 1
        for guest in range(10 + (15 if is_last else from_camp)):
            day = 7 * week + 3
            if guest >= 10:
                rows.append((device, 24 * (day - 2), 24 * (day - 2) + 9, *CAMP))
            if guest < 2 or (guest >= 10 and is_last and new_way):
                rows.append((device, 24 * (day - 1), 24 * (day - 1) + 6, *PORT))
            rows.append((device, 24 * day, 24 * day + 9, *HOTEL))
            device += 1
    history = make_history(sorted(rows), SITES)
    return make_evidence(history, week_windows(FINDING_WEEKS - 1, 7 * FINDING_WEEKS + 1))


def seen_at_the_camp(evidence, from_camp: int) -> int:
    """The test of the hotel's guests from the camp: fifteen now, and `from_camp` in each earlier week."""
    hotel = int(np.flatnonzero(evidence.history.visits.spots.name == "Hotel")[0])
    tests, scores = changes_at(evidence, hotel, "surges"), evidence.scores
    devices, windows = scores.counts.devices[scores.row[tests]], evidence.windows
    window = int(windows.key_window[0])
    same = (devices[:, window] == 15) & (devices[:, windows.baseline[window]] == from_camp).all(axis=1)
    return int(tests[same][0])


def sites_before(evidence, test: int) -> tuple[Gathering, pd.DataFrame]:
    """The gathering of a finding and its rows of sites, by name."""
    gathering, _spot = gather_finding(evidence, test, 0.0)
    table = found_from(evidence.history.visits, gathering, "before")
    return gathering, table[table.kind == "site"].set_index("name")


def test_what_a_behavior_itself_says_of_its_devices_is_no_origin_that_stands_out():
    """Three a week had been at the camp, too: compared with these, all had been there and always had."""
    evidence = guests_of_a_hotel(from_camp=3)
    gathering, sites = sites_before(evidence, seen_at_the_camp(evidence, 3))
    assert gathering.control_says == "visitors of the same place and behavior in earlier windows"
    assert len(gathering.rows) == 15
    # Ten earlier weeks follow the two of look-back.
    assert len(gathering.control) == 30 and np.bincount(gathering.group).tolist() == [3] * 10
    camp = sites.loc["Camp"]
    assert (camp.devices, camp.share, camp.p_value) == (15, 1.0, pytest.approx(1.0))
    assert camp.expected_share == pytest.approx(30.5 / 31)
    assert "Port" not in sites.index  # where two of the ten others had been


def test_what_sets_them_apart_from_earlier_ones_of_the_behavior_does():
    evidence = guests_of_a_hotel(from_camp=3, new_way=True)
    _gathering, sites = sites_before(evidence, seen_at_the_camp(evidence, 3))
    assert sites.loc["Camp"].p_value == pytest.approx(1.0)
    assert (sites.loc["Port"].devices, sites.loc["Port"].share) == (15, 1.0)
    assert sites.loc["Port"].p_value < 1e-6


def test_too_few_earlier_ones_of_the_behavior_are_replaced_by_all_visitors():
    """One a week makes ten devices: too few, so the camp stands out against all 110 earlier visitors."""
    evidence = guests_of_a_hotel(from_camp=1)
    gathering, sites = sites_before(evidence, seen_at_the_camp(evidence, 1))
    assert gathering.control_says == "visitors of the same place in earlier windows"
    assert len(gathering.control) == 110
    assert sites.loc["Camp"].expected_share == pytest.approx(10.5 / 111)
    assert sites.loc["Camp"].p_value < 1e-6


def test_like_places_are_compared_as_a_whole():
    """Five weeks with two guests each: the control are the inn's guests, whatever their behavior."""
    days = [7 * week + 3 for week in range(8)]
    rows = [(100 * week + guest, 24 * day, 24 * day + 9, *HOTEL) for week, day in enumerate(days)
            for guest in range(2 if day < days[-1] else 9)]  # fmt: skip
    rows += [(1000 + guest, 24 * days[-1], 24 * days[-1] + 9, *INN) for guest in range(25)]
    evidence = make_evidence(make_history(sorted(rows), SITES), week_windows(7, 57))
    hotel = int(np.flatnonzero(evidence.history.visits.spots.name == "Hotel")[0])
    gathering, _spot = gather_finding(evidence, int(changes_at(evidence, hotel, "appears", "surges")[0]), 0.0)
    assert gathering.is_spot
    assert len(gathering.control) == 25


def test_a_study_says_where_its_findings_came_from():
    """Eight devices that live in CC come to the hotel of a town in AA and go home again."""
    study = Study(key_dates=(KEY_DATE,), library=load_library(), sites=TOWN_SITES, world=square_world(), rekey=b"key")
    results = run(study, town_source(7_719))
    origins, findings = results.tables["origins"], results.tables["findings"]
    assert findings.spot_name[0] == "Grand Hotel"
    first = origins[(origins.finding_id == 1) & (origins.kind == "country")]
    for direction in ("before", "after"):
        row = first[(first.direction == direction) & (first.name == "CC")].iloc[0]
        assert int(str(row.devices).rstrip("+")) >= TEAM - 4  # "11+" where the exact count would tell one below five
        # Missing where they would tell how few the others are.
        assert not row.share <= 0.3 and not row.lift <= 5.0 and not row.p_value >= 0.01


def test_small_counts_are_hidden_in_what_leaves_the_machine():
    """With the sizes of both groups p gives a count away: none of the figures of a small count may stay."""
    frame = pd.DataFrame({"name": list("abcd"), "devices": [4, 5, 12, 18], "share": [0.2, 0.25, 0.6, 0.9],
                          "at_least": [-1, -1, -1, 16], "told_expected_share": [0.1, 0.1, 0.2, 0.3],
                          "told_lift": [2.0, 2.5, 3.0, 3.0], "told_p_value": [0.1, 0.2, 0.3, 0.4]})  # fmt: skip
    hidden = hide_small_counts(frame)
    figures = ["share", "expected_share", "lift", "p_value"]
    assert hidden.devices.tolist() == ["<5", "5", "12", "16+"]
    assert hidden.loc[1:2, figures].to_numpy().tolist() == [[0.25, 0.1, 2.5, 0.2], [0.6, 0.2, 3.0, 0.3]]
    assert hidden.loc[0, figures].isna().all()
    assert hidden.loc[3, ["share", "lift"]].isna().all()
    assert hidden.loc[3, ["expected_share", "p_value"]].tolist() == [0.3, 0.4]


def test_the_place_of_a_small_count_among_the_others_tells_nothing():
    """By rising p a small count would stand between two known ones; so it stands behind them, by name."""
    rows = [("site", "Quay", 9), ("site", "Mill", 2), ("site", "Camp", 6), ("site", "Barn", 4), ("country", "BB", 3),
            ("category", "port", 8), ("country", "AA", 7)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["kind", "name", "devices"]).assign(
        told_p_value=np.linspace(0.01, 0.9, len(rows))
    )
    assert in_order(frame)["name"].tolist() == ["Quay", "Camp", "Barn", "Mill", "port", "AA", "BB"]
    assert in_order(frame.iloc[:0]).empty
