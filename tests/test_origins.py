"""Origins against hand-counted towns, scipy's Fisher test, and worlds in which nothing is planted."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from engine_town import KEY_DATE, TEAM
from engine_town import SITES as TOWN_SITES
from engine_town import town as town_source
from engine_worlds import DAY_MS, MONDAY, column, make_sites, make_stays, square_world
from hypothesis import given
from hypothesis import strategies as st
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.errors import StudyError
from sitelight.plugin.engine.fisher import more_than_control
from sitelight.plugin.engine.grid import Grid
from sitelight.plugin.engine.origin_tables import hide_small_counts, in_order
from sitelight.plugin.engine.origins import Whereabouts, find_origins, gather
from sitelight.plugin.engine.study import Study, run
from sitelight.plugin.engine.visits import attribute_visits

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
    table = find_origins(Whereabouts(town, CODES), gathering, "after").set_index(["kind", "name"])
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


def test_without_a_plant_p_values_are_seldom_small():
    """Sixty guests a week with origins drawn alike each week: p <= 0.05 for at most about one origin in twenty."""
    rng = np.random.default_rng(88_203)
    p_values = []
    for _ in range(40):
        rows = []
        for device in range(360):
            week = device // 60
            places = [place for place, share in ((CAMP, 0.15), (PORT, 0.4)) if rng.random() < share]
            days = np.sort(rng.uniform(7 * week + 1, 7 * week + 28, len(places)))
            rows += [(device, day, day + 0.2, place) for day, place in zip(days, places)]
            rows += [(device, 30 + 7 * week, 31 + 7 * week, HOTEL)]
        visits = visits_of(rows)
        weeks = list(pairwise(range(29, 72, 7)))
        gathering = gather(visits, at(visits, "Hotel"), *window(*weeks[-1]), [window(*week) for week in weeks[:-1]])
        table = find_origins(Whereabouts(visits, CODES), gathering)
        p_values += table[table.kind == "site"].p_value.tolist()
    assert len(p_values) == 80
    # A valid test gives at most 4 of 80 on average; 11 or more would happen once in 500.
    assert np.count_nonzero(np.array(p_values) <= 0.05) <= 10


def weekly_guests(rng: np.random.Generator):
    """Visits of a hotel in seven weeks: 30 regulars and 30 new guests a week, all elsewhere at the same rates."""
    rows = []
    for device in range(30 + 30 * 7):
        weeks = range(7) if device < 30 else [(device - 30) // 30]
        rows += [(device, 30 + 7 * week, 30.5 + 7 * week, HOTEL) for week in weeks]
        for place, monthly in ((CAMP, 0.15), (PORT, 0.5)):
            days = rng.uniform(0, 110, rng.poisson(monthly * 110 / 30))
            rows += [(device, day, day + 0.1, place) for day in days if min(abs(day - 30 - 7 * w) for w in weeks) > 0.8]
    return visits_of(rows)


@pytest.mark.parametrize("direction", ["before", "after"])
def test_regular_guests_make_small_p_values_no_more_frequent(direction):
    """Regulars are among the guests and among those they are compared with."""
    rng = np.random.default_rng(52_711)
    p_values = []
    for _ in range(60):
        visits = weekly_guests(rng)
        weeks = list(pairwise(range(29, 79, 7)))
        gathering = gather(visits, at(visits, "Hotel"), *window(*weeks[-1]), [window(*week) for week in weeks[:-1]])
        table = find_origins(Whereabouts(visits, CODES), gathering, direction)
        p_values += table[table.kind == "site"].p_value.tolist()
    assert len(p_values) == 120
    # A valid test gives at most 6 of 120 on average; 14 or more would happen once in 400.
    assert np.count_nonzero(np.array(p_values) <= 0.05) <= 13


def test_a_study_says_where_its_findings_came_from():
    """Eight devices that live in CC come to the hotel of a town in AA and go home again."""
    study = Study(key_dates=(KEY_DATE,), library=load_library(), sites=TOWN_SITES, world=square_world(), rekey=b"key")
    results = run(study, town_source(7_719))
    origins, findings = results.tables["origins"], results.tables["findings"]
    assert findings.spot_name[0] == "Grand Hotel"
    first = origins[(origins.finding_id == 1) & (origins.kind == "country")]
    for direction in ("before", "after"):
        row = first[(first.direction == direction) & (first.name == "CC")].iloc[0]
        assert int(row.devices) >= TEAM
        assert row.share > 0.3
        assert row.lift > 5.0
        assert row.p_value < 0.01


def test_small_counts_are_hidden_in_what_leaves_the_machine():
    """With the sizes of both groups p gives a count away: none of the figures of a small count may stay."""
    frame = pd.DataFrame({"name": ["a", "b", "c"], "devices": [4, 5, 12], "share": [0.2, 0.25, 0.6],
                          "expected_share": [0.1, 0.1, 0.2], "lift": [2.0, 2.5, 3.0],
                          "p_value": [0.1, 0.2, 0.3]})  # fmt: skip
    hidden = hide_small_counts(frame)
    assert hidden.devices.tolist() == ["<5", "5", "12"]
    pd.testing.assert_frame_equal(hidden.iloc[1:].drop(columns="devices"), frame.iloc[1:].drop(columns="devices"))
    assert hidden.drop(columns=["name", "devices"]).iloc[0].isna().all()


def test_the_place_of_a_small_count_among_the_others_tells_nothing():
    """By rising p a small count would stand between two known ones; so it stands behind them, by name."""
    rows = [("site", "Quay", 9), ("site", "Mill", 2), ("site", "Camp", 6), ("site", "Barn", 4), ("country", "BB", 3),
            ("category", "port", 8), ("country", "AA", 7)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["kind", "name", "devices"]).assign(p_value=np.linspace(0.01, 0.9, len(rows)))
    assert in_order(frame)["name"].tolist() == ["Quay", "Camp", "Barn", "Mill", "port", "AA", "BB"]
    assert in_order(frame.iloc[:0]).empty
