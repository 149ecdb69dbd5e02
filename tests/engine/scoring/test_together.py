"""Key dates of one kind asked together: against scipy, on p-values drawn, and through a study."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from seeds import at_least, at_most, shifted
from sitelight.plugin.engine.scoring.together import ask_together, fisher

FESTIVALS = np.array([0.018, 0.0044, 0.023, 0.021, 0.011, 0.024])
PLACES = 93


def asked(key: np.ndarray, ordinary: np.ndarray, groups: int = 1):
    """Ask p-values (dates, spots) of one kind together."""
    places = key.shape[1]
    return ask_together(
        np.arange(len(key)), np.arange(places), key[:, None], np.ones((1, places)), ordinary[:, None], np.ones(places),
        groups, np.zeros(1, np.int64),
    )  # fmt: skip


def test_fisher_is_that_of_scipy_and_what_is_not_known_counts_as_one():
    p = np.random.default_rng(shifted(71)).uniform(size=(7, 5)) ** 3
    assert fisher(p) == pytest.approx(stats.chi2.sf(-2 * np.log(p).sum(axis=0), 14))
    p[2:, 0], p[:, 1] = np.nan, np.nan
    known = fisher(p)
    assert known[0] == pytest.approx(stats.chi2.sf(-2 * np.log(p[:2, 0]).sum(), 14))
    assert np.isnan(known[1])


def test_a_yearly_festival_holds_though_no_year_does_by_itself():
    """Six years of weeks: some eighty ordinary dates. The smallest p-value alone among 93 places is worth 0.4."""
    rng = np.random.default_rng(shifted(72))
    found, number = 0, 60
    for _ in range(number):
        key, ordinary = rng.uniform(size=(6, PLACES)), rng.uniform(size=(78, PLACES))
        key[:, 5] = FESTIVALS
        q_value = asked(key, ordinary).q_value
        found += bool(q_value[5] < 0.015)
    assert at_least(found, number, 0.9)
    assert asked(key, ordinary, groups=3).q_value[5] == pytest.approx(3 * q_value[5])


@pytest.mark.parametrize("ordinary_dates", [0, 6, 12, 78])
def test_places_that_are_restless_on_every_date_are_not_unusual(ordinary_dates):
    """A tenth of the places has p-values that are the cubes of what they should be, on ordinary dates too."""
    rng = np.random.default_rng(shifted(73))
    any_found, number = 0, 100
    for _ in range(number):
        power = np.where(rng.random(PLACES) < 0.1, 3.0, 1.0)
        key, ordinary = (rng.uniform(size=(dates, PLACES)) ** power for dates in (6, ordinary_dates))
        any_found += bool((asked(key, ordinary).q_value <= 0.05).any())
    assert at_most(any_found, number, 0.05)
