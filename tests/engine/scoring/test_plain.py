"""Plain questions in small towns: who leaves on the key date, what an earlier event hides, and short histories."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds import at_least, at_most, shifted
from sitelight.plugin.engine.counting import count_plain, find_presence, make_windows
from sitelight.plugin.engine.earth import local_day
from sitelight.plugin.engine.findings import find_findings, odd_window_notes
from worlds.engine_worlds import MONDAY, make_panel
from worlds.plain_worlds import key_date, staff_days, study_days, town_days

PLACES, WEEKS, KEY_WEEK = 12, 16, 14
KEY_DAY = 7 * KEY_WEEK + 2
EMBASSY = 0


def found_at(evidence, spot: int, change: str, level: float = 0.05) -> np.ndarray:
    """Return the tests of a change at a spot that hold."""
    scores = evidence.scores
    ids = np.array([one.id for one in scores.changes])[scores.change]
    return np.flatnonzero((scores.spot == spot) & (ids == change) & (scores.q_value <= level))


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 10_000), st.integers(0, 3), st.integers(0, 5))
def test_plain_counts_are_distinct_devices_and_device_days_of_each_phase(seed, before, after):
    rng = np.random.default_rng(shifted(seed))
    visits, places = 600, 4
    history = make_panel(
        rng.integers(0, places, visits), rng.integers(0, 15, visits), rng.uniform(0, 7 * 24 * 8, visits), places,
        hours=rng.choice([1.0, 30.0, 80.0], visits),
    )  # fmt: skip
    windows = make_windows([key_date(5), key_date(7, 4)], before, after, MONDAY, MONDAY + 55, 0)
    counts = count_plain(history, find_presence(history, windows), windows, 3)
    first, last = history.day, local_day(history.end_ms)
    device, spot = history.visits.stays.device, history.visits.spot
    assert [phase.length_days for phase in counts.phases][:1] == [before + after + 1]
    assert sum(phase.length_days for phase in counts.phases[1:]) in (0, before + after + 1)
    for number, phase in enumerate(counts.phases):
        for window, start in enumerate(windows.start_day + phase.first_day):
            pairs = {
                (spot[row], device[row], day)
                for row in range(visits)
                for day in range(max(first[row], start), min(last[row], start + phase.length_days - 1) + 1)
            }
            for row, place in enumerate(counts.spot):
                assert counts.days[number, row, window] == sum(one[0] == place for one in pairs)
                assert counts.devices[number, row, window] == len({one[1] for one in pairs if one[0] == place})


def embassy_town(seed: int, leaves: int | None):
    """Return the evidence of a town with 14 staff at an embassy every day, who leave on day `leaves`."""
    rng = np.random.default_rng(shifted(seed))
    days = town_days(rng, PLACES, WEEKS, 30.0)
    kept = days[0] != EMBASSY
    staff = staff_days(10_000, 14, EMBASSY, range(7 * WEEKS if leaves is None else leaves))
    seen = rng.random(len(staff[0])) < 0.8
    both = [np.concatenate((town[kept], own[seen])) for town, own in zip(days, staff)]
    return study_days(both, PLACES, WEEKS, [key_date(KEY_WEEK)], rng)


def test_windows_of_other_key_dates_are_not_told_among_earlier_ones():
    """Ordinary windows are few, so the first key date's counts beside the second; its own finding may say fewer."""
    rng = np.random.default_rng(shifted(690))
    weeks, first, second = 10, 5, 8
    days = town_days(rng, PLACES, weeks, 30.0)
    always = staff_days(10_000, 12, EMBASSY, range(7 * weeks))
    often = staff_days(10_012, 25, EMBASSY, range(7 * second + 2))
    not_at_first = staff_days(10_037, 3, EMBASSY, [*range(7 * first), *range(7 * first + 7, 7 * second + 2)])
    both = [np.concatenate((town[days[0] != EMBASSY], *own)) for town, *own in zip(days, always, often, not_at_first)]
    evidence = study_days(both, PLACES, weeks, [key_date(first), key_date(second)], rng)
    windows = evidence.plain.counts.windows
    assert windows.baseline[windows.key_window[1], windows.key_window[0]]
    findings = find_findings(evidence).table
    row = findings[(findings.spot_name == f"s{EMBASSY}") & (findings.change == "Falls away")].iloc[0]
    assert row.key_date == key_date(second).isoformat()
    assert "after 40, 40, 40, 40, 40 and 40 in earlier windows" in row.sentence


def test_an_embassy_that_leaves_on_the_day_itself_is_found_and_told_plainly():
    seeds = range(20)
    found = [embassy_town(700 + seed, KEY_DAY) for seed in seeds]
    hits = [len(found_at(evidence, EMBASSY, "falls_away")) > 0 for evidence in found]
    assert at_least(sum(hits), len(hits), 0.95)
    table = find_findings(found[hits.index(True)]).table
    first = table.iloc[0]
    assert (first.spot_name, first.change, first.who) == ("s0", "Falls away", "Anyone")
    assert "after 14, 14, 14, 14, 14 and 14 in earlier windows" in first.sentence
    assert "days of presence" in first.sentence
    assert first.window_end == "2023-08-13"
    assert first.window_start in ("2023-08-07", "2023-08-09")  # the whole window, or from the key date on


def test_where_nobody_leaves_nothing_is_found():
    found = [embassy_town(800 + seed, None) for seed in range(12)]
    assert at_most(sum((evidence.scores.q_value <= 0.05).any() for evidence in found), len(found), 0.07)


def test_a_like_dip_five_weeks_earlier_hides_no_fall_and_is_told():
    """Twenty of 120 places at about 40 devices a week fall to a fifth, as they did once before."""
    rng = np.random.default_rng(shifted(900))
    places = 120
    closed = np.arange(0, places, 6)
    days = town_days(rng, places, WEEKS, 55.0, 0.18)
    away = np.isin(days[2] // 7, (KEY_WEEK, KEY_WEEK - 5)) & np.isin(days[0], closed) & (days[1] % 5 > 0)
    evidence = study_days([column[~away] for column in days], places, WEEKS, [key_date(KEY_WEEK)], rng)
    assert sum(len(found_at(evidence, spot, "falls_away")) > 0 for spot in closed) == 20
    assert evidence.plain.regions.changes == ()
    (note,) = [one for one in odd_window_notes(evidence) if "below" in one]
    assert note.startswith("The 7 days from 3 July 2023 lie far below all others at ")


@pytest.mark.parametrize("week", [3, 4])
def test_three_earlier_weeks_are_enough_to_miss_who_left(week):
    rng = np.random.default_rng(shifted(950) + week)
    days = town_days(rng, PLACES, week + 1, 30.0)
    both = [
        np.concatenate((town, own))
        for town, own in zip(days, staff_days(10_000, 40, EMBASSY, range(7 * week)))
    ]
    # Days follow, so that the window does not reach the last one.
    both = [np.append(column, value) for column, value in zip(both, (1, 0, 7 * week + 10))]
    evidence = study_days(both, PLACES, week + 2, [key_date(week)], rng)
    assert len(evidence.windows.tested) == 0
    assert len(found_at(evidence, EMBASSY, "falls_away"))
    assert {evidence.scores.changes[number].is_plain for number in evidence.scores.change.tolist()} == {True}


def weekly_town(seed: int, crowd: int):
    """Return the evidence of seven weekly key dates after five weeks; a crowd comes to a place on the sixth."""
    rng = np.random.default_rng(shifted(seed))
    days = town_days(rng, PLACES, 13, 30.0)
    more = staff_days(20_000, crowd, EMBASSY, range(7 * 10 + 2, 7 * 10 + 4))
    both = [np.concatenate((town, own)) for town, own in zip(days, more)]
    return study_days(both, PLACES, 13, [key_date(week) for week in range(5, 12)], rng, lookback_days=0)


@pytest.mark.slow
def test_a_crowd_among_weekly_key_dates_is_found_and_nothing_where_none_came():
    seeds = range(15)
    hits = sum(len(found_at(weekly_town(1_100 + seed, 60), EMBASSY, "surges")) > 0 for seed in seeds)
    assert at_least(hits, len(seeds), 0.95)
    null = sum((weekly_town(1_200 + seed, 0).scores.q_value <= 0.05).any() for seed in seeds)
    assert at_most(null, len(seeds), 0.07)


def test_what_is_told_of_few_who_are_left_is_the_same_for_each_small_number():
    figures = set()
    for left in range(5):
        rng = np.random.default_rng(shifted(970))
        days = town_days(rng, PLACES, WEEKS, 30.0)
        staff = staff_days(10_000, 20, EMBASSY, range(KEY_DAY - 2))
        stay = staff_days(10_000, left, EMBASSY, range(KEY_DAY - 2, 7 * WEEKS))
        both = [np.concatenate((town[days[0] > 0], *own)) for town, own in zip(days, zip(staff, stay))]
        evidence = study_days(both, PLACES, WEEKS, [key_date(KEY_WEEK)], np.random.default_rng(shifted(971)))
        told, scores = evidence.told, evidence.scores
        is_plain_fall = np.array([change.is_plain and change.is_fall for change in scores.changes])[scores.change]
        (whole,) = np.flatnonzero((scores.spot == EMBASSY) & (scores.phase == 0) & is_plain_fall)
        figures.add((round(float(told.p_value[whole]), 15), round(float(told.expected[whole]), 9)))
        assert told.p_value[whole] >= scores.p_value[whole]
    assert len(figures) == 1
