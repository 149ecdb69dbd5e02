"""Traits of devices: what they were at before, counted in days, and how they came, by the clock of the study."""

from __future__ import annotations

import numpy as np
import pytest
from sitelight.plugin.engine.earth import Grid
from sitelight.plugin.engine.findings.traits import LINKS, TraitFinder
from sitelight.plugin.engine.history import build_history
from sitelight.plugin.engine.legs import detect_legs
from sitelight.plugin.engine.visits import attribute_visits
from worlds.engine_worlds import make_history, make_sites, make_stays, square_world

DAY = 19_478  # 1 May 2023, a Monday: the first day of hand-made stays
MARKET = list(LINKS).index("market")
MARKETS = [(f"Market {number}", "market", 5.0, 5.0 + 0.05 * number, 100.0) for number in range(3)]
HOME = ("Quarter", "place", 5.3, 5.3, 100.0)


def at_markets(days, markets=range(3)):
    """Return the stays of a device at markets, one after the other, on some days of 30; it is at home before."""
    rows = [(0, 1.0, 5.0, 5.3, 5.3)]
    rows += [
        (0, 24 * day + 8 + 2 * one, 24 * day + 9 + 2 * one, 5.0, 5.0 + 0.05 * one) for day in days for one in markets
    ]
    return make_history(sorted(rows), make_sites(*MARKETS, HOME))


def links_of(history, spot):
    """Return (seen, often) of markets of the device 31 days after its first, seen from a spot."""
    here = np.flatnonzero(history.visits.spot == spot)
    traits = TraitFinder(history).of(np.array([0]), np.array([DAY + 30]), 7, spot, here)
    return bool(traits.seen[0, MARKET]), bool(traits.often[0, MARKET])


def spot_of(history, name):
    return int(np.flatnonzero(history.visits.spots.name == name)[0])


def test_three_markets_on_three_days_are_three_days_and_not_often():
    history = at_markets((5, 15, 25))
    assert links_of(history, spot_of(history, "Quarter")) == (True, False)


@pytest.mark.parametrize(("days", "often"), [(10, True), (8, True), (7, False)])
def test_one_market_on_a_quarter_of_the_days_is_often(days, often):
    history = at_markets(range(2, 2 + days), (0,))
    assert links_of(history, spot_of(history, "Quarter")) == (True, often)


def test_the_place_itself_is_left_out_and_a_day_at_it_and_another_counts():
    """Seen from a market: ten days at it alone are none elsewhere; ten at all three are ten."""
    alone = at_markets(range(2, 12), (0,))
    assert links_of(alone, spot_of(alone, "Market 0")) == (False, False)
    every = at_markets(range(2, 12))
    assert links_of(every, spot_of(every, "Market 0")) == (True, True)


@pytest.mark.parametrize(("zone_hours", "day"), [(0.0, 3), (8.0, 4), (None, 3)])
def test_days_of_ways_are_those_of_the_study(zone_hours, day):
    """A way from AA into BB that ends at 20 h UTC: the next day 8 hours farther east, the same by the sun at 10 E."""
    stays = make_stays((0, 1.0, 24 * 3 + 18.0, 5.0, 9.9), (0, 24 * 3 + 20.0, 24 * 5.0, 5.0, 10.2))
    world = square_world()
    visits = attribute_visits(stays, make_sites(), Grid(5, 5, 1000.0), world)
    history = build_history(visits, detect_legs(stays, world), world, (), 30, zone_hours)
    legs = history.legs
    assert len(legs) == 1
    assert history.days_at(legs.arrived_before_ms, legs.to_stay).tolist() == [DAY + day]
    # Windows are of local days: one that follows at once knows of the way, one that ends before does not.
    spot = int(visits.spot[-1])
    start = np.array([DAY + day, DAY + day - 7])
    traits = TraitFinder(history).of(np.zeros(2, np.int64), start, 7, spot, np.array([1]))
    assert traits.by_land.tolist() == [True, False]
