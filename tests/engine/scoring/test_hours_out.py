"""Who is out after dark in a country: counted by hand, and told only where that moved by itself."""

from __future__ import annotations

import numpy as np
import pytest
from bench.tree import study_tree
from bench.tree_worlds import EVENINGS, OUT_AFTER_DARK, make_tree_world
from seeds import at_most, shifted
from sitelight.plugin.engine.findings import told_regions
from sitelight.plugin.engine.scoring import AFTER_DARK, BY_NIGHT, away_from_home
from worlds.engine_worlds import make_panel
from worlds.evening_worlds import DARK, HOME, make_town, study_town

DEVICES, PLACES, WEEKS, KEY_WEEK = 400, 40, 12, 10
FIRST, LAST = 7 * KEY_WEEK, 7 * KEY_WEEK + 6


def key_days(town) -> np.ndarray:
    return (town.day >= FIRST) & (town.day <= LAST)


def test_home_is_where_most_nights_of_all_the_data_are_spent():
    """Device 0 is seen at spot 0 by day before any of its nights; device 1 has no nights; device 2 has two homes."""
    nights = [(0, 0, 24 * day + 23.0) for day in range(20, 26)]
    nights += [(0, 2, 24 * day + 23.0) for day in range(9)] + [(3, 2, 24 * day + 23.0) for day in range(10, 15)]
    seen = [(0, 0, 10.0), (1, 0, 12.0), (1, 1, 20.0), (3, 2, 40.0)]
    spot, device, hour = (np.array(values) for values in zip(*nights, *seen))
    order = np.lexsort((hour, device))
    away = away_from_home(make_panel(spot, device, hour, 4))
    where = list(zip(spot[order].tolist(), device[order].tolist()))
    assert dict(zip(where, away.tolist())) == {
        (0, 0): False, (1, 0): True, (1, 1): True, (0, 2): False, (3, 2): True,
    }  # fmt: skip


def test_who_is_out_is_counted_once_a_night_and_not_at_home():
    """Eighty devices, each out every evening but for thirty in the key week, and at home by night."""
    town = make_town(80, PLACES, WEEKS, 1.0, np.random.default_rng(1))
    town = town.take(~(key_days(town) & (town.what == DARK) & (town.device < 30)))
    again = town.take(town.what == DARK)  # once more on the same evening, elsewhere or at the same place
    elsewhere = (again.device + 1 + again.day % 5) % PLACES
    town = town.beside(DARK, elsewhere, again.device, again.day)
    countries = study_town(town, KEY_WEEK).plain.regions.levels[0]
    days, dark, night = countries.measures
    assert (days.hours, dark.hours, night.hours) == (None, AFTER_DARK, BY_NIGHT)
    assert dark.counts[0, 0].tolist() == [80 * 7.0] * KEY_WEEK + [50 * 7.0]
    assert dark.counts[2, 0].tolist() == [80 * 5.0] * KEY_WEEK + [50 * 5.0]
    assert not dark.counts[1].any()  # two days with 160 are too few to tell
    assert (days.counts[0, 0] == 80 * 7).all()
    assert not night.counts.any()  # by night all are at home


def told_of(town):
    return told_regions(study_town(town, KEY_WEEK))


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_curfew_in_the_only_country_is_told_by_who_is_out(share):
    rng = np.random.default_rng(shifted(11))
    town = make_town(DEVICES, PLACES, WEEKS, 0.4, rng)
    kept = ~(key_days(town) & (town.what == DARK)) | (rng.random(len(town.day)) < share)
    (told,) = told_of(town.take(kept))
    assert told.hours == AFTER_DARK and told.squares == 0 and told.is_fall
    out = town.take(kept)
    first, number = ((FIRST, 7), (FIRST, 2), (FIRST + 2, 5))[told.change.phase]
    inside = (out.day >= first) & (out.day < first + number) & (out.what == DARK)
    assert told.observed == pytest.approx(inside.sum() / number, abs=1e-9)
    assert told.expected == pytest.approx(DEVICES * 0.4, rel=0.05)
    assert told.devices == len(np.unique(out.device[inside]))
    assert told.all_hours == pytest.approx(1.0, abs=0.01)  # every night at home


def test_nights_at_which_twice_as_many_are_out_are_told():
    rng = np.random.default_rng(shifted(12))
    town = make_town(DEVICES, PLACES, WEEKS, 0.3, rng)
    device, day = np.nonzero(rng.random((DEVICES, 7)) < 0.5)
    town = town.beside(DARK, (device + 1 + rng.integers(0, PLACES - 1, len(device))) % PLACES, device, day + FIRST)
    (told,) = told_of(town)
    assert told.hours == AFTER_DARK and not told.is_fall
    assert told.observed == pytest.approx(DEVICES * (1.0 - 0.7 * 0.5), rel=0.06)


def test_a_crowd_at_one_place_by_night_is_no_country():
    rng = np.random.default_rng(shifted(13))
    town = make_town(DEVICES, PLACES, WEEKS, 0.3, rng)
    device, day = np.nonzero(np.ones((DEVICES, 7), bool))
    town = town.beside(DARK, np.full(len(day), 7), device, day + FIRST)
    assert told_of(town) == []


def test_devices_that_are_not_seen_at_all_are_told_as_such():
    """A shutdown moves who is out as it moves all others."""
    rng = np.random.default_rng(shifted(14))
    town = make_town(DEVICES, PLACES, WEEKS, 0.4, rng)
    gone = key_days(town) & (rng.random(DEVICES) < 0.6)[town.device]
    (told,) = told_of(town.take(~gone))
    assert told.hours is None and told.is_fall


def test_evenings_that_are_not_delivered_are_no_curfew():
    """Who is at home is missing in these hours as well."""
    rng = np.random.default_rng(shifted(15))
    town = make_town(DEVICES, PLACES, WEEKS, 0.4, rng)
    lost = key_days(town) & np.isin(town.what, (DARK, HOME)) & (rng.random(len(town.day)) < 0.8)
    assert all(one.hours is None for one in told_of(town.take(~lost)))


@pytest.mark.parametrize("kind", sorted(EVENINGS))
def test_worlds_with_evenings_are_told_as_they_are(kind):
    world = make_tree_world(shifted(810), kind)
    told = told_regions(study_tree(world)[0])
    if EVENINGS[kind] in OUT_AFTER_DARK:
        (one,) = told
        assert one.name == "Aland" and one.hours is not None and one.is_fall == ("curfew" in kind)
    else:
        assert [one for one in told if one.hours is not None] == []


def test_a_curfew_that_has_lasted_for_weeks_is_no_news():
    rng = np.random.default_rng(shifted(16))
    town = make_town(DEVICES, PLACES, WEEKS, 0.4, rng)
    since = (town.day >= FIRST - 21) & (town.what == DARK) & (rng.random(len(town.day)) < 0.9)
    assert told_of(town.take(~since)) == []


def test_where_nothing_happens_nobody_is_told_to_be_out():
    found = 0
    for seed in range(8):
        rng = np.random.default_rng(shifted(900 + seed))
        found += len(told_of(make_town(DEVICES, PLACES, WEEKS, 0.4, rng))) > 0
    assert at_most(found, 8, 0.03)
