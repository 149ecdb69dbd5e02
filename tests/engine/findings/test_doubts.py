"""What speaks against a finding, each doubt in a world that calls for it and in one that does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import box
from sitelight.plugin.engine.findings.doubts import find_doubts, find_panel
from sitelight.plugin.engine.findings.evidence import Evidence
from sitelight.plugin.engine.scoring import PRIOR_DEVICES
from worlds.engine_evidence import DAILY, PLACE, changes_at, make_evidence, place_evidence, week_windows
from worlds.engine_worlds import make_history, make_panel, make_sites, square_world

WEEKS = 13
"""The key window is the last week, from Monday 24 July to Sunday 30 July 2023."""
KEY_DAY = 7 * (WEEKS - 1)
THURSDAY = KEY_DAY + 3
USUAL = np.array([30.0, 40.0])
EIGHT = 24.0 + 5.0 * np.arange(8)
"""Tuesday and Wednesday, five hours apart."""
NIGHT, NOON = 26.0, 36.0


def surge(arrived=EIGHT, weeks: int = WEEKS, **more) -> Evidence:
    """Return the evidence of a place where two devices come each week, and as many as `arrived` in the last."""
    return place_evidence([USUAL] * (weeks - 1) + [np.asarray(arrived)], **more)


def daily(count: int = DAILY, **changed: int) -> np.ndarray:
    """Return the crowd of each day: `changed` in the `week` or on the `thursday` of the key window, or every week."""
    table = np.full(7 * WEEKS, count)
    table[KEY_DAY:] = changed.get("week", count)
    table[3::7] = changed.get("thursdays", table[3::7])
    table[5::7] = changed.get("saturdays", table[5::7])
    table[THURSDAY] = changed.get("thursday", table[THURSDAY])
    return table


def widest_test(evidence: Evidence, spot: int = PLACE) -> int:
    """Return the strongest of the tests that count all devices of the key window."""
    scores, found = evidence.scores, changes_at(evidence, spot, "appears", "surges")
    return int(found[np.argmax(scores.counts.devices[scores.row[found], scores.window[found]])])


def doubts_of(evidence: Evidence, start: str, test: int | None = None) -> list[str]:
    """Return the doubts on a test (by default the widest one) that begin with `start`."""
    test = widest_test(evidence) if test is None else test
    return [text for text in find_doubts(evidence, test, find_panel(evidence)) if text.startswith(start)]


def panel_doubts(evidence: Evidence, test: int | None = None) -> list[str]:
    return doubts_of(evidence, "The panel changed", test) + doubts_of(evidence, "On ", test)


def test_the_place():
    evidence = surge()
    test, scores = widest_test(evidence), evidence.scores
    assert len(evidence.visits_of_test(test)) == len(evidence.devices_of_test(test)) == 8
    assert scores.expected[test] == pytest.approx((0.5 + 20) / 10 * (DAILY + 8) / (DAILY + 2))
    assert evidence.windows.dates(int(scores.window[test]))[0].isoformat() == "2023-07-24"


@pytest.mark.parametrize(("thin", "fixes", "said"), [(4, 2, "50%"), (8, 1, "100%"), (3, 2, ""), (8, 3, "")])
def test_few_fixes(thin, fixes, said):
    evidence = surge()
    evidence.history.visits.stays.n_fixes[evidence.visits_of_test(widest_test(evidence))[:thin]] = fixes
    expected = [f"Few fixes: {said} of the 8 visits rest on fewer than 3 fixes."] if said else []
    assert doubts_of(evidence, "Few fixes") == expected


def test_visits_elsewhere_and_earlier_may_rest_on_few_fixes():
    evidence = surge()
    others = np.ones(len(evidence.history.visits), bool)
    others[evidence.visits_of_test(widest_test(evidence))] = False
    evidence.history.visits.stays.n_fixes[others] = 1
    evidence.history.visits.stays.radius_m[others] = 900.0
    assert doubts_of(evidence, "Few fixes") == doubts_of(evidence, "Wide positions") == []


@pytest.mark.parametrize(("wide", "radius_m", "said"), [(4, 101, "50%"), (8, 150, "100%"), (3, 900, ""), (8, 100, "")])
def test_wide_positions_at_a_site_of_100_m(wide, radius_m, said):
    evidence = surge()
    evidence.history.visits.stays.radius_m[evidence.visits_of_test(widest_test(evidence))[:wide]] = radius_m
    texts = doubts_of(evidence, "Wide positions")
    assert len(texts) == bool(said)
    if said:
        assert f"the fixes of {said} of the visits" in texts[0]
        assert "wide (100 m from its middle)" in texts[0]
    if said == "100%":
        assert "(median 150 m)" in texts[0]


@pytest.mark.parametrize(("radius_m", "doubted"), [(400.0, False), (501.0, True)])
def test_wide_positions_in_a_cell_of_1000_m(radius_m, doubted):
    rows = [(device, 24.0 * day + 12, 24.0 * day + 13, 1.0, 1.0) for device in range(40) for day in range(7 * WEEKS)]
    rows += [(50, 168.0 * week + 30, 168.0 * week + 31, 1.5, 1.5) for week in range(WEEKS)]
    rows += [(60 + n, 24.0 * KEY_DAY + hour, 24.0 * KEY_DAY + hour + 1, 1.5, 1.5) for n, hour in enumerate(EIGHT)]
    history = make_history(sorted(rows), make_sites())
    evidence = make_evidence(history, week_windows(WEEKS - 1, 7 * WEEKS))
    test = widest_test(evidence, int(history.visits.spot[-1]))
    history.visits.stays.radius_m[evidence.visits_of_test(test)] = radius_m
    texts = doubts_of(evidence, "Wide positions", test)
    assert len(texts) == doubted
    assert all("wide (500 m from its middle)" in text for text in texts)


@pytest.mark.parametrize(
    ("week", "factor"),  # the place itself adds 8 devices to the crowd in the key window, 2 before
    [(120, "2.1"), (73, "1.3"), (30, "0.6"), (DAILY, ""), (70, ""), (45, "")],
)
def test_the_panel_changed(week, factor):
    texts = panel_doubts(surge(daily=daily(week=week)))
    assert len(texts) == bool(factor)
    assert all(text.startswith(f"The panel changed: {factor} times the usual") for text in texts)


@pytest.mark.parametrize(("week", "factor"), [(200, ""), (400, "2.1")])
def test_a_shift_at_a_crowded_spot_is_no_change_of_the_panel(week, factor):
    """Four times as many devices at the place, most of them now at night; the panel is steady or doubles."""
    usual, now = np.repeat([NIGHT, NOON], 5), np.repeat([NIGHT, NOON], [35, 5])
    evidence = place_evidence([usual] * (WEEKS - 1) + [now], daily=daily(200, week=week))
    shifts = changes_at(evidence, PLACE, "shifts")
    assert evidence.scores.p_value[shifts[0]] < 0.1
    for test in shifts:
        texts = panel_doubts(evidence, int(test))
        assert len(texts) == bool(factor)  # 240 over 210 devices, or 440
        assert all(f"{factor} times" in text for text in texts)


def test_a_vendor_that_fails_for_a_day_is_noticed():
    assert panel_doubts(surge(daily=daily(thursday=24))) == [
        "On 2023-07-27 only 40% of the usual number of devices were seen in the surroundings; a vendor may have failed."
    ]
    assert "On 2023-07-27 only 0% of" in panel_doubts(surge(daily=daily(thursday=0)))[0]


def test_a_vendor_that_delivers_double_for_a_day_is_noticed():
    # All 120 of the Thursday are known from Saturdays: over the whole week no more devices are seen than usual.
    assert panel_doubts(surge(daily=daily(saturdays=120, thursday=120))) == [
        "On 2023-07-27 2.0 times the usual number of devices were seen in the surroundings; a vendor may have "
        "delivered more than it used to."
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"thursday": 42},  # 70 %
        {"saturdays": 120, "thursday": 85},  # 140 %
        {"thursdays": 15},  # every Thursday is quiet here
        {"week": 70},
    ],
)
def test_ordinary_days_are_not_doubted(changed):
    assert panel_doubts(surge(daily=daily(**changed))) == []


def test_too_few_devices_tell_nothing_of_a_day():
    # Half of 32 may well be chance, half of 200 not.
    assert panel_doubts(surge(daily=daily(32, thursday=16))) == []
    assert "only 50%" in panel_doubts(surge(daily=daily(200, thursday=100)))[0]


def test_earlier_failures_do_not_make_a_day_unusual():
    table = daily()
    table[[THURSDAY - 7 * weeks for weeks in (1, 3, 4, 7)]] = 0
    assert panel_doubts(surge(daily=table)) == []


def test_days_after_the_last_of_the_data_are_not_silent():
    evidence = surge(days=THURSDAY)
    assert evidence.windows.partial[evidence.windows.key_window[0]]
    assert panel_doubts(evidence) == []


def two_countries():
    """Return a world where the crowd is in AA and the place in BB."""
    shapes = square_world().country_shape.copy()
    shapes[:2] = box(0, 0, 1.01, 10), box(1.01, 0, 20, 10)
    return replace(square_world(), country_shape=shapes)


def test_a_country_with_few_devices_is_judged_by_the_whole_panel():
    evidence = surge(daily=daily(thursday=24), world=two_countries())
    spots = evidence.history.visits.spots
    assert spots.country.tolist() == ["AA", "BB"]
    assert "On 2023-07-27 only 40%" in panel_doubts(evidence)[0]
    evidence = surge(daily=daily(week=120), world=two_countries())
    assert "2.1 times" in panel_doubts(evidence)[0]


FORTY_A_DAY = np.concatenate([24.0 * day + np.linspace(0, 20, 40) for day in range(7)])


@pytest.mark.parametrize(
    ("crowd", "thursday", "said"),
    [
        (daily(thursday=0), 40, ""),
        (daily(thursday=0), 16, "On 2023-07-27 only 40%"),
        (daily(300, week=600), 40, ""),  # of the whole panel half as many again
    ],
)
def test_what_happens_next_door_is_no_doubt(crowd, thursday, said):
    """BB, where the place is, has 40 devices on each day, or fewer on one; the vendor in AA fails or grows."""
    now = np.delete(FORTY_A_DAY, np.arange(120 + thursday, 160))
    evidence = place_evidence([FORTY_A_DAY] * (WEEKS - 1) + [now], daily=crowd, world=two_countries())
    test = changes_at(evidence, PLACE, "appears", "surges", "shifts", "falls_away")[0]
    texts = panel_doubts(evidence, int(test))
    assert len(texts) == bool(said)
    assert all(text.startswith(said) for text in texts)


SPOTS = 12


def small_country(everywhere: int = 6, crowd: int = 0, weeks: int = WEEKS, elsewhere: bool = False) -> Evidence:
    """Return the evidence of a country of twelve spots with six devices each, every Thursday at noon.

    In the last week there are as many as `everywhere`, and a `crowd` more: at the PLACE, or `elsewhere` where they come
    each week, so that only their place is new.
    """
    rows = [
        (spot, 100 * spot + guest, 168.0 * week + 84.0)
        for week in range(weeks)
        for spot in range(SPOTS)
        for guest in range(everywhere if week == weeks - 1 else 6)
    ]
    rows += [(PLACE, 5000 + guest, 168.0 * (weeks - 1) + 84.0) for guest in range(crowd)]
    if elsewhere:
        rows += [(2, 5000 + guest, 168.0 * week + 84.0) for week in range(weeks - 1) for guest in range(crowd)]
    return make_evidence(make_panel(*map(np.array, zip(*rows)), SPOTS), week_windows(weeks - 1, 7 * weeks + 1))


def test_a_crowd_at_the_spot_itself_is_no_change_of_a_small_country():
    """Seventy more than 72, all at one spot on one day; scoring takes that out of the exposure of the country."""
    evidence = small_country(crowd=70)
    test, scores = widest_test(evidence), evidence.scores
    assert scores.counts.devices[scores.row[test], scores.window[test]] == 76
    assert scores.exposure[test] == pytest.approx(1.0)
    assert panel_doubts(evidence) == []


def test_a_small_country_that_grew_everywhere_is_doubted():
    evidence = small_country(everywhere=12)
    assert evidence.scores.exposure[widest_test(evidence)] == pytest.approx(2.0)
    assert panel_doubts(evidence)[0].startswith("The panel changed: 2.0 times the usual")
    evidence = small_country(everywhere=12, crowd=70)
    assert panel_doubts(evidence)[0].startswith("The panel changed: 2.0 times the usual")


def test_who_only_moved_to_the_spot_leaves_no_day_silent():
    assert panel_doubts(small_country(crowd=70, elsewhere=True)) == []


def test_exposure_is_that_of_the_expectation():
    """Whatever is counted, shares apart, the expectation is the mean of the baseline, prior and all, times it."""
    for evidence in (small_country(everywhere=9), surge(daily=daily(week=90)), surge(weeks=9)):
        scores, windows = evidence.scores, evidence.windows
        tests = np.flatnonzero([scores.change_of(test).id != "shifts" for test in range(len(scores.row))])
        baseline = windows.baseline[scores.window[tests]]
        total = (scores.counts.devices[scores.row[tests]] * baseline).sum(axis=1)
        mean = (PRIOR_DEVICES + total) / baseline.sum(axis=1)
        # The exposure is kept to six decimals.
        np.testing.assert_allclose(scores.expected[tests], mean * scores.exposure[tests], rtol=2e-6)


@pytest.mark.parametrize(
    ("arrived", "said"),
    [
        (np.full(8, 33.0), "8 of the 8"),
        ([26, 26.25, 26.5, 27, 36, 46, 56, 66], "half or more of the 8"),
        ([26, 26.25, 26.5, 27.01, 36, 46, 56, 66], ""),
        ([26, 26.25, 26.5, 27, 36, 46, 56, 66, 76], ""),  # 4 of 9
        ([26, 26.5, 27], ""),  # three are no group
        (EIGHT, ""),
    ],
)
def test_came_together(arrived, said):
    texts = doubts_of(surge(arrived), "Came together")
    assert len(texts) == bool(said)
    assert all(text.startswith(f"Came together: {said} devices arrived within one hour") for text in texts)


def test_those_who_remain_of_fewer_are_not_said_to_have_come_together():
    usual, now = np.repeat([NIGHT, NOON], 30), np.repeat([NIGHT, NOON], [4, 56])
    evidence = place_evidence([usual] * (WEEKS - 1) + [now], daily=200, days=7 * WEEKS + 1)
    scores, shifts = evidence.scores, changes_at(evidence, PLACE, "shifts")
    observed = scores.counts.devices[scores.row[shifts], scores.window[shifts]]
    fewer, more = int(shifts[observed == 4][0]), int(shifts[observed == 56][0])
    assert scores.p_value[fewer] < 0.05
    assert doubts_of(evidence, "Came together", fewer) == []
    assert "56 of the 56" in doubts_of(evidence, "Came together", more)[0]


def test_a_fall_is_not_said_to_have_come_together():
    evidence = place_evidence([np.full(20, NOON)] * (WEEKS - 1) + [np.empty(0)], daily=200, days=7 * WEEKS + 1)
    fall = int(changes_at(evidence, PLACE, "falls_away")[0])
    assert len(evidence.devices_of_test(fall)) == 20
    assert doubts_of(evidence, "Came together", fall) == doubts_of(evidence, "New in the data", fall) == []


@pytest.mark.parametrize(("weeks", "earlier"), [(9, 6), (10, 7), (11, 0), (WEEKS, 0)])
def test_short_history(weeks, earlier):
    # Two weeks of look-back and the key window itself are no earlier windows: 11 weeks leave eight.
    expected = [f"Short history: only {earlier} earlier windows to compare with."] if earlier else []
    assert doubts_of(surge(weeks=weeks), "Short history") == expected
