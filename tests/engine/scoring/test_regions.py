"""Countries and districts that move as a whole are told once, and their places are not."""

from __future__ import annotations

import numpy as np
import pytest
from seeds import at_most, shifted
from sitelight.plugin.engine.earth import BLOCK, district_ids
from sitelight.plugin.engine.findings import told_regions
from worlds.plain_worlds import key_date, study_days, town_days

PLACES, WEEKS, KEY_WEEK = 60, 16, 14
KEY_DAY = 7 * KEY_WEEK + 2
DISTRICT = np.arange(12)  # places lie 2 km apart, eight in a row


def town(seed: int, share: float, places: np.ndarray, number: int = PLACES):
    """Return the evidence of a town of `number` places where `share` of the visits to `places` are made."""
    rng = np.random.default_rng(shifted(seed))
    days = town_days(rng, number, WEEKS, 25.0)
    within = np.isin(days[0], places) & (days[2] >= KEY_DAY - 2) & (days[2] < KEY_DAY + 5)
    gone = within & (rng.random(len(within)) > share)
    more = within & (rng.random(len(within)) < share - 1.0)
    both = [np.concatenate((column[~gone], column[more])) for column in days]
    both[1] = np.concatenate((days[1][~gone], 100_000 + np.arange(more.sum())))
    return study_days(both, number, WEEKS, [key_date(KEY_WEEK)], rng)


def plainly_found(evidence) -> set[int]:
    """Return the places where a plain question holds."""
    scores = evidence.scores
    is_plain = np.array([change.is_plain for change in scores.changes])[scores.change]
    return set(scores.spot[is_plain & (scores.q_value <= 0.05)].tolist())


def held(evidence) -> int:
    return int((evidence.scores.spot_q <= 0.05).sum())


@pytest.mark.parametrize("share", [0.3, 1.8])
def test_a_country_that_shuts_down_or_fills_up_is_told_once_and_none_of_its_places(share):
    evidence = town(31, share, np.arange(PLACES))
    first = evidence.plain.regions.changes[0]
    assert first.level == 0 and len(first.spots) == PLACES
    assert first.ratio == pytest.approx(share, rel=0.15)
    assert [one.name for one in told_regions(evidence)] == ["Aland"]
    assert held(evidence) <= 1


def test_shutdowns_one_after_the_other_are_all_told():
    """Half of the weeks before the last were shut down, as is named: each of these counts for half."""
    rng, weeks, closed = np.random.default_rng(shifted(61)), 8, range(3, 7)
    days = town_days(rng, PLACES, weeks, 25.0)
    week = (days[2] + 7) // 7 - 1  # windows run from Monday to Sunday
    kept = ~np.isin(week, closed) | (rng.random(len(week)) < 0.5)
    dates = [key_date(one) for one in closed]
    evidence = study_days([column[kept] for column in days], PLACES, weeks, dates, rng, lookback_days=0)
    regions = evidence.plain.regions
    told = [one.change.window for one in told_regions(evidence) if one.squares == 0 and one.is_fall]
    assert sorted(told) == regions.windows.tolist() and len(told) == len(dates)


def test_where_nothing_happens_no_region_moves():
    found = [len(town(50 + seed, 1.0, DISTRICT).plain.regions.changes) > 0 for seed in range(10)]
    assert at_most(sum(found), len(found), 0.03)


def test_one_place_makes_no_district():
    evidence = town(71, 0.0, np.array([5]))
    assert evidence.plain.regions.changes == ()
    assert evidence.scores.spot_q[0, 5] <= 0.05


def test_a_quarter_that_is_busier_is_told_as_a_district():
    """Of a town of 35 km those places that lie in one square of 20 km."""
    places = 256
    lat, lon = 1.0 + (np.arange(places) // 16) * 0.02, 1.0 + (np.arange(places) % 16) * 0.02
    square = district_ids(lat, lon, BLOCK).astype(str)
    keys, number = np.unique(square, return_counts=True)
    quarter = np.flatnonzero(square == keys[number.argmin() if number.min() >= 15 else np.argsort(number)[-2]])
    evidence = town(81, 1.7, quarter, places)
    wide = [one for one in evidence.plain.regions.changes if one.level == 1]
    assert len(wide) == 1 and set(wide[0].spots) == set(quarter)
    assert wide[0].ratio == pytest.approx(1.7 / (1.0 + 0.7 * len(quarter) / places), rel=0.1)  # beside the country
    assert len(plainly_found(evidence) & set(quarter)) <= 0.1 * len(quarter)
