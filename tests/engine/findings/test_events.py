"""Events: what happened is told once, for what tells most, in words that fit together."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.behaviors import event_sentences as words
from sitelight.plugin.engine.behaviors import finding_sentence, is_sound
from sitelight.plugin.engine.findings import find_findings
from sitelight.plugin.engine.findings.events import _event_q, _linked, _numbered
from sitelight.plugin.engine.findings.names import Fact, Group, _facts, _find_seed
from sitelight.plugin.engine.findings.times import times_of
from sitelight.plugin.engine.study import Study, run
from worlds.engine_town import KEY_DATE, SITES, TEAM, town
from worlds.engine_worlds import make_history, make_sites, square_world

DAY = 19_478  # 1 May 2023, a Monday: the first day of hand-made stays


@pytest.fixture(scope="module")
def studied():
    return run(Study((KEY_DATE,), load_library(), SITES, square_world(), rekey=b"key"), town(5_519))


def test_the_team_at_the_hotel_is_the_first_event_and_told_once(studied):
    """Eight devices that live in Celand (CC) slept five nights from the day before the key date at the Grand Hotel."""
    events, findings = studied.tables["events"], studied.tables["findings"]
    first = events.iloc[0]
    assert first["rank"] == 1 and first["spot_name"] == "Grand Hotel"
    # One resident in ten spends an evening there on these days, too; few beside the team are not told.
    assert TEAM - 4 < first["devices"] < TEAM + 5
    assert "Celand" in first["title"] and "Celand" in first["sentence"]
    assert "lodged at Grand Hotel" in first["sentence"] and " by air " in first["sentence"]
    nights = first["sentence"].partition("on the nights of ")[2]
    assert nights[:2] in ("24", "25") and nights[6:8] in ("28", "29")  # the first day begins half an hour past midnight
    assert first["started"] in ("2023-07-24", "2023-07-25") and first["key_date"] == KEY_DATE.isoformat()
    at_hotel = findings[(findings["spot_name"] == "Grand Hotel") & (findings["change"] != "Falls away")]
    assert set(at_hotel["event_id"]) == {1}
    assert (events["spot_name"] == "Grand Hotel").sum() == 1


def test_every_finding_is_of_one_event_and_each_event_has_its_main_finding(studied):
    events, findings = studied.tables["events"], studied.tables["findings"]
    assert set(findings["event_id"]) == set(events["event_id"]) == set(range(1, len(events) + 1))
    main = findings.set_index("finding_id").loc[events["finding_id"]]
    assert main["event_id"].tolist() == events["event_id"].tolist()
    assert main["spot_id"].tolist() == events["spot_id"].tolist()
    holds = events["q_value"] <= 0.05
    assert holds.is_monotonic_decreasing  # those that hold come first
    assert (events["started"] <= events["finished"]).all()


def test_events_of_the_results_are_those_of_their_findings(studied):
    again = find_findings(studied.evidence)
    assert again.table["event_id"].tolist() == studied.tables["findings"]["event_id"].tolist()


def make_group(devices, spot=0, is_fall=False):
    return Group(spot, np.array(devices, np.int32), len(devices), 0.0, True, 0, 7, (0, 6), is_fall, (), None)


def test_groups_of_mostly_the_same_devices_are_one_event():
    groups = [make_group(range(9)), make_group(range(4, 12)), make_group(range(8, 14)), make_group(range(30, 40))]
    window = np.zeros(4, np.int64)
    assert _numbered(groups, window, np.ones(4, bool)).tolist() == [0, 0, 0, 3]  # 8 to 13 hang on by 4 to 11
    assert _numbered(groups, np.array([0, 1, 1, 0]), np.ones(4, bool)).tolist() == [0, 1, 1, 3]  # another key date


def test_a_fall_a_crowd_and_weak_findings_join_no_two_events():
    same = [make_group(range(9)), make_group(range(9), is_fall=True)]
    assert not _linked(same, np.zeros(2, np.int64)).any()
    crowd = [make_group(range(9)), make_group(range(300)), make_group(range(100, 109))]
    assert not _linked(crowd, np.zeros(3, np.int64)).any()
    bridge = [make_group(range(8)), make_group(range(20, 28)), make_group([*range(5, 8), *range(20, 23)])]
    number = _numbered(bridge, np.zeros(3, np.int64), np.array([True, True, False]))
    assert number[0] != number[1] and number[2] in number[:2].tolist()


def test_q_of_events_counts_events_and_not_their_places():
    """Ten places at q = 0.01, nine of them one event: a false one among the ten is a false one of two events."""
    assert _event_q(np.array([0.01, 0.01]), np.full(10, 0.01)) == pytest.approx([0.05, 0.05])
    alone = np.array([0.001, 0.01, 0.04])
    assert _event_q(alone, alone) == pytest.approx(alone)
    q = _event_q(np.array([0.04, 0.002, 0.3]), np.array([0.002] * 6 + [0.04]))
    assert q[1] < q[0] < q[2] <= 1.0


def masks(count, **true):
    """Return masks of `count` devices: axis__id -> the devices that have it."""
    found = {}
    for name, rows in true.items():
        own = np.zeros(count, bool)
        own[list(rows)] = True
        found[tuple(name.replace("__", "|").replace("_", ":").split("|"))] = own
    return found


def test_the_name_is_what_tells_those_beyond_the_usual_from_all_others():
    """Seventeen at a palace: fourteen soldiers whom nobody there was before; a market everybody has been at."""
    now = masks(17, link__military_often=range(14), link__market_seen=range(17), origin__nearby=range(15))
    past = masks(24, link__military_often=[], link__market_seen=range(22), origin__nearby=range(20))
    others = masks(400, link__military_often=range(30), link__market_seen=range(300), origin__nearby=range(200))
    named = np.ones(17, bool)
    assert _find_seed(now, named, 0.4, past, 1 / 8, others, 3.0) == (("link", "military:often"),)
    group = {key: mask[:14] for key, mask in now.items()}
    assert [fact.id for fact in _facts(group, past, others)] == ["military:often"]


def test_nothing_is_named_that_everybody_has_in_common():
    everybody = masks(40, link__market_seen=range(38), tie__new=range(39))
    others = masks(300, link__market_seen=range(290), tie__new=range(300))
    assert _facts(everybody, masks(100, link__market_seen=range(95), tie__new=range(97)), others) == ()


def test_a_group_is_told_by_one_trait_of_each_kind():
    count = 10
    group = masks(
        count, origin__from_4=range(10), origin__abroad=range(10), tie__new=range(10), tie__often=[],
        link__military_often=range(10), link__military_seen=range(10), link__police_seen=range(9),
        link__embassy_seen=range(9),
    )  # fmt: skip
    others = {key: np.zeros(200, bool) for key in group}
    facts = _facts(group, {}, others)
    axes = [fact.axis for fact in facts]
    assert axes.count("origin") == 1 and axes.count("tie") <= 1 and axes.count("link") == 2
    kinds = [fact.id.partition(":")[0] for fact in facts if fact.axis == "link"]
    assert len(set(kinds)) == 2


def test_lasting_visits_are_told_by_nights_and_others_by_hours():
    """Three devices from 23:30 to 02:30 of two nights, and three that stay over two days."""
    sites = make_sites(("Camp", "military", 5.0, 5.0, 200.0))
    raid = [(one, 24 * day + 1.0, 24 * day + 3.5, 5.0, 5.0) for one in range(3) for day in (2, 3)]
    times = times_of(make_history(raid, sites), np.arange(6))
    assert times.nights == () and times.part == "night" and times.days == (DAY + 2, DAY + 3)
    assert words.hours_words(times.part, times.from_hour, times.to_hour, times.hours) == "by night, from about 1 to 4 h"
    stay = [(one, 24 * 2 + 20.0, 24 * 4 + 8.0, 5.0, 5.0) for one in range(3)]
    times = times_of(make_history(stay, sites), np.arange(3))
    assert times.nights == (DAY + 2, DAY + 3)
    assert words.days_words(times.nights, "night") == "on the nights of 3 to 4 May"


def test_days_are_told_in_plain_words():
    assert words.days_words([DAY]) == "on 1 May"
    assert words.days_words([DAY, DAY + 2]) == "on 1 and 3 May"
    assert words.days_words(range(DAY, DAY + 7)) == "from 1 May to 7 May"
    assert words.days_words([DAY, DAY + 2, DAY + 3, DAY + 9]) == "on 4 days from 1 May to 10 May"
    assert words.days_words([DAY - 1, DAY], "night") == "on the nights of 30 April to 1 May"
    assert words.days_words([]) == ""


def test_counts_of_few_are_not_told():
    assert words.count_words(4) == "Fewer than 5 devices" and words.count_words(1_200) == "1,200 devices"
    assert words.usual_words(0.6, 7, True) == words.usual_words(0.0, 7, True)
    assert words.usual_words(0.0, 7, True) == "hardly any like them in an ordinary week"
    assert words.usual_words(2.4, 7, False) == "about 2 in an ordinary week"
    assert words.usual_words(2.5, 1, False) == "about 3 in an ordinary day"


CONTRADICTION = re.compile(
    r"(overnight|for days) at \w+ (at night|at dawn|in working|in the evening|round the|in hours)"
)


def test_no_finding_says_overnight_with_hours_of_the_day():
    library = load_library()
    odd = 0
    for who, when, what in product(library.who, library.when, library.what):
        odd += not is_sound(who, when, what)
        sentence = finding_sentence(
            library, who.id, when.id, what.id, "appears", 9, "on 1 May 2023", 0.1, 0, 8, "Palace"
        )
        assert not CONTRADICTION.search(sentence), sentence
    assert 0 < odd < len(library.who) * len(library.when) * len(library.what) / 4


def test_a_fact_is_told_of_most_or_of_all():
    fact = Fact("origin", "abroad", 0.7)
    assert words.share_words("from abroad", fact.share) == "most of them from abroad"
    assert words.share_words("from abroad", 0.9) == "from abroad"
