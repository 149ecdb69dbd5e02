"""Holidays: windows that hold one are compared with such; a quiet city and full parks are no findings, events are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bench.scoring_engine import study_world
from bench.scoring_plants import PLANT_KINDS
from bench.scoring_worlds import WORLD_KINDS, make_world
from seeds import at_least, at_most, shifted
from sitelight.plugin.engine.calendars import Calendar, CalendarSpan
from sitelight.plugin.engine.scoring.holidays import UNLIKE_WEIGHT, Holidays, kept_away, spread_of
from sitelight.plugin.engine.scoring.robust import Pool, find_baseline

SPOTS, WORLDS = 300, 8


def holidays(*countries: list[int]) -> Holidays:
    table = np.array(countries, bool)
    return Holidays(np.arange(len(table)), table, np.zeros((2, 1, table.shape[1])), np.zeros(table.shape))


def test_windows_are_compared_with_their_like():
    found = holidays([0, 1, 0, 0, 1], [0, 1, 0, 0, 0], [0, 0, 0, 0, 1])
    earlier = np.array([True, True, True, True, False])
    weight = found.weight(np.arange(3), 4, earlier)
    unlike = UNLIKE_WEIGHT
    assert weight[0].tolist() == [unlike, 1, unlike, unlike]  # a holiday, as one window before
    assert weight[1].tolist() == [1, unlike, 1, 1]  # none, as three before
    assert weight[2].tolist() == [1, 1, 1, 1]  # a holiday, as none before: all there is


def baseline_at(means: np.ndarray):
    past = np.repeat(means[:, None], 8, axis=1)
    return find_baseline(past, np.ones(past.shape), np.ones(len(means)), Pool(1.0, 0.005))


def test_what_differs_at_many_places_is_the_holidays_and_at_one_is_not():
    rng = np.random.default_rng(shifted(1_700))
    means = np.full(100, 40.0)
    base, usual = baseline_at(means), rng.poisson(means)
    assert spread_of(usual, base, are_fewer=False) < 0.02
    full = usual.copy()
    full[:12] *= 3
    spread = spread_of(full, base, are_fewer=False)
    p = base.loosened(np.full(100, spread)).upper_p(full)
    assert p[:12].min() > 0.01 and base.upper_p(full)[:12].max() < 1e-4
    assert spread_of(full, base, are_fewer=True) < 0.02  # nobody stayed away
    event = usual.copy()
    event[0] = 300
    assert spread_of(event, base, are_fewer=False) < 0.02
    loose = base.loosened(np.full(100, spread_of(event, base, are_fewer=False)))
    assert loose.upper_p(event)[0] < 1e-6
    assert spread_of(full[:5], base.take(np.arange(5)), are_fewer=False) == 0.0  # too few places to tell


def test_whom_a_holiday_brings_is_bounded():
    away = kept_away(np.array([10, 60, 400, 0]), np.full(4, 20.0), 0.25)
    assert away.tolist() == [-10.0, 30.0, 30.0, -20.0]


def test_a_curfew_is_no_holiday():
    spans = (
        CalendarSpan("AA", "2023-07-26", "2023-07-26", "curfew", "", ""),
        CalendarSpan("AA", "2023-07-27", "2023-07-27", "holiday", "a day", ""),
    )
    assert Calendar(spans).holidays().spans == spans[1:]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["holiday", "holiday as before"])
def test_a_holiday_on_which_nothing_else_happens_is_no_finding(kind):
    worlds = (make_world(shifted(91_100 + seed), WORLD_KINDS[kind], SPOTS, 0.0) for seed in range(WORLDS))
    found = [(study_world(world).scores.q_value <= 0.05).any() for world in worlds]
    assert at_most(sum(found), WORLDS, 0.07)


@pytest.mark.slow
def test_events_on_a_holiday_are_found_as_it_has_been_before():
    kind, hits, number = replace(WORLD_KINDS["holiday as before"], holiday_weeks=(6, 9, 12, 17, 22)), 0, 0
    for seed in range(4):
        world = make_world(shifted(91_300 + seed), kind, SPOTS, 0.03)
        studied = study_world(world)
        scores, plants = studied.scores, world.plants
        holds = scores.q_value <= 0.05
        sure = set(zip(np.searchsorted(scores.key_windows, scores.window[holds]), scores.spot[holds]))
        for kind_index in (PLANT_KINDS.index("x10"), PLANT_KINDS.index("strangers")):
            mine = np.flatnonzero(plants.kind == kind_index)
            hits += sum((plants.date[row], studied.own[plants.spot[row]]) in sure for row in mine)
            number += len(mine)
    assert number >= 12 and at_least(hits, number, 0.5)
