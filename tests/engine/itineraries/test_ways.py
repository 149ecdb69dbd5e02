"""Ways over sites of all sizes, of devices seen as rarely as anybody: every stop that left a record is told."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from seeds import at_least, at_most, shifted
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.itineraries.anchors import lodged_near
from sitelight.plugin.engine.itineraries.site_stays import stayed
from worlds.itinerary_visits import itineraries_of, nights_at, residents, site, visits_of
from worlds.way_worlds import Score, WayWorld

SEEDS = (shifted(90210), shifted(90211))  # never looked at while the rules were made
GATES_DEG = 0.006  # degrees, about 670 m: two gates of an airport


@cache
def scores() -> tuple[Score, ...]:
    return tuple(WayWorld(seed, load_world()).score() for seed in SEEDS)


def total(name: str) -> int:
    return sum(getattr(score, name) for score in scores())


def test_stops_that_left_a_record_are_in_the_itineraries():
    print(scores())
    assert total("stops") > 100
    assert at_least(total("found"), total("stops"), 0.97)


def test_most_actors_are_whole_and_few_stops_are_false():
    assert at_least(total("whole"), total("actors"), 0.85)
    assert at_least(total("listed"), total("actors"), 0.97)
    assert at_most(total("false"), total("listed"), 0.3)


def gates(device: int, day: float, hours: float) -> list[tuple]:
    """Return two lone fixes at the two ends of the airport of Lome."""
    lat, lon = site("Lome airport")
    return [(device, day, day, (lat, lon)), (device, day + hours / 24, day + hours / 24, (lat + GATES_DEG, lon))]


@pytest.mark.parametrize(("hours", "is_one"), [(0.05, False), (0.5, True), (5.0, True), (7.0, False)])
def test_fixes_at_both_ends_of_a_site_are_one_stay_if_within_a_few_hours(hours, is_one):
    visits = visits_of(*nights_at(0, site("Garrison East"), -75, -3), *gates(0, -2.0, hours))
    there = visits.spots.name[visits.spot] == "Lome airport"
    assert not visits.stays.lasting[there].any()
    assert stayed(visits)[there].tolist() == [is_one, is_one]


def test_fixes_apart_in_a_cell_are_no_stay():
    visits = visits_of((0, 0.0, 0.0, (13.60, 2.30)), (0, 0.1, 0.1, (13.602, 2.30)))
    assert stayed(visits).tolist() == [False, False]


def stops_of(*rows) -> pd.DataFrame:
    """Return the stops of device 0, whose last row is what led to it: a stay at the camp."""
    return itineraries_of(visits_of(*rows, *residents(1, 3)))["stops"].query("itinerary_id == 1")


HOME = nights_at(0, site("Garrison East"), -75, -3)
CAMP = (0, 1.0, 1.35, site("Camp Niamey"))


def test_a_lone_fix_at_an_airport_that_is_a_site_is_a_stop():
    told = stops_of(*HOME, (0, -2.0, -2.0, site("Lome airport")), CAMP)
    assert told["spot_name"].tolist() == ["Garrison East", "Lome airport", "Camp Niamey"]
    assert told["n_fixes"].tolist()[1] == 5  # one visit of five fixes at once


NIAMEY = nights_at(0, (13.52, 2.12), -75, -3)
LOME = (0, -3.0, -2.9, site("Lome airport"))


def test_the_air_base_at_home_by_which_it_left_is_a_stop_and_one_passed_on_another_day_is_not():
    lone = [(0, day, day, site("Base 101")) for day in (-20.5, -3.4)]
    told = stops_of(*sorted([*NIAMEY, *lone]), LOME)
    assert told["spot_name"].tolist() == ["near Niamey", "Base 101", "Lome airport"]
    assert told["days_from_key_date"].tolist()[1] == -4


def test_a_lone_fix_far_away_that_no_airport_supports_is_no_stop():
    told = stops_of(*HOME, (0, -2.0, -2.0, (20.0, 12.0)), CAMP)
    assert told["spot_name"].tolist() == ["Garrison East", "Camp Niamey"]


def test_a_site_flown_over_is_no_stop():
    """Base 101 lies at the airport of Niamey: passed at 600 km/h on the way from Lome to the north and back."""
    lat, lon = site("Base 101")
    minutes = (0, 5, 10)
    over = [(0, n / 1440 - 1.0, n / 1440 - 1.0, (lat + (n - 5) * 0.09, lon)) for n in minutes]
    told = stops_of(*HOME, (0, -2.0, -1.2, site("Lome airport")), *over, CAMP)
    assert told["spot_name"].tolist() == ["Garrison East", "Lome airport", "Camp Niamey"]


def test_lone_fixes_at_home_are_no_stops():
    lone = [(0, day + 0.5, day + 0.5, site(name)) for day in range(-50, -20, 9) for name in ("Base 101", "Camp Niamey")]
    told = stops_of(*sorted([*NIAMEY, *lone]), LOME)
    assert told["spot_name"].tolist() == ["near Niamey", "Lome airport"]


def test_stops_of_lone_fixes_are_written_where_the_site_is():
    told = stops_of(*HOME, *gates(0, -2.0, 3.0), CAMP)
    assert told["n_fixes"].tolist()[1] == 10
    assert np.diff(told["arrived_ms"]).min() > 0


@pytest.mark.parametrize("waits, lodges", [([0.2], False), ([0.2, 0.2], False), ([0.3], True), ([0.2, 0.2, 0.2], True)])
def test_who_lodges_near_an_airport_is_not_told_to_be_at_it(waits, lodges):
    """The square and the circle around the airport together would tell a home better than it (halts in days)."""
    visits = visits_of(*((0, day, day + wait, (18.10, -15.95)) for day, wait in enumerate(waits)))
    row = np.arange(len(waits))
    here, nowhere = (lodged_near(visits, row, 0 * row, field + 0 * row) for field in (4, -1))
    assert here.tolist() == [lodges] * len(waits) and not nowhere.any()
