"""Changes at a whole kind of place: too small at each, found for all of them together as one site of many parts."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from bench.independent_city import (
    GLOBAL,
    LOOKBACK_DAYS,
    SHARED,
    TOGETHER,
    ask,
    dissolved,
    expected_power,
    read_check_ins,
    read_days,
    read_panel,
)
from seeds import at_most, by_chance, shifted
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.places import Sites
from sitelight.plugin.engine.study import Study, run
from worlds.engine_worlds import DAY_MS, HOUR_MS, ListSource, make_sites, square_world

FIRST = date(2024, 1, 1)
DAYS, DEVICES, RESTAURANTS, OFFICES, BLOCKS = 63, 1200, 40, 30, 30
KEY_DATE, ORDINARY_DATE = FIRST + timedelta(days=58), FIRST + timedelta(days=51)  # Wednesdays
USUAL, FACTOR = 0.4, 1.5
RNG = np.random.default_rng(shifted(52_007))
KINDS = ("restaurant", "office", "block")
KIND = np.repeat(KINDS, (RESTAURANTS, OFFICES, BLOCKS))
LAT, LON = (RNG.permutation(np.linspace(5.0, 5.4, len(KIND))) for _ in "ab")


def city(seed: int, factor: float) -> ListSource:
    """Return a fix at home, at work and at home again each day, and lunch at any restaurant on four days of ten.

    On `KEY_DATE`, `factor` times as many go out for lunch.
    """
    rng = np.random.default_rng(shifted(seed))
    home = rng.choice(np.flatnonzero(KIND == "block"), DEVICES)
    work = rng.choice(np.flatnonzero(KIND == "office"), DEVICES)
    day, device = (grid.ravel() for grid in np.meshgrid(np.arange(DAYS), np.arange(DEVICES), indexing="ij"))
    share = np.where(day == (KEY_DATE - FIRST).days, factor * USUAL, USUAL)
    out = np.flatnonzero(rng.random(len(day)) < share)
    lunch = rng.integers(0, RESTAURANTS, len(out))
    parts = [
        (device, day, 7.0, LAT[home[device]], LON[home[device]]),
        (device, day, 9.0, LAT[work[device]], LON[work[device]]),
        (device[out], day[out], 12.5, LAT[lunch], LON[lunch]),
        (device, day, 20.0, LAT[home[device]], LON[home[device]]),
    ]
    who = np.concatenate([part[0] for part in parts])
    hour = np.concatenate([24.0 * part[1] + part[2] for part in parts]) + rng.uniform(0, 0.9, len(who))
    time_ms = (FIRST - date(1970, 1, 1)).days * DAY_MS + np.rint(hour * HOUR_MS).astype(np.int64)
    lat, lon = (np.concatenate([part[axis] for part in parts]) for axis in (3, 4))
    noise = rng.normal(0, 5.0 / 111_195.0, (2, len(who)))
    return ListSource(np.char.add("d", who.astype(str)), time_ms, lat + noise[0], lon + noise[1])


def each_place() -> Sites:
    return make_sites(*((f"{kind} {n}", kind, y, x, 40.0) for n, (kind, y, x) in enumerate(zip(KIND, LAT, LON))))


def together() -> Sites:
    sites = make_sites(*((f"all {kind}s", kind, 5.2, 5.2, 40_000.0) for kind in KINDS))
    for row, kind in enumerate(KINDS):
        sites.polygon[row] = dissolved(LAT[kind == KIND], LON[kind == KIND], 40.0)
    return sites


def spots_of(findings) -> set[tuple[str, str]]:
    """Return the spots with findings and their dates: those of one spot and date are one thing told in several ways."""
    return set(zip(findings.spot_name, findings.key_date))


def findings_of(source: ListSource, sites: Sites):
    study = Study(
        key_dates=(KEY_DATE, ORDINARY_DATE), library=load_library(), sites=sites, world=square_world(), days_before=0,
        days_after=0, lookback_days=LOOKBACK_DAYS, time_zone_hours=0.0, rekey=b"key",
    )  # fmt: skip
    findings = run(study, source).tables["findings"]
    return findings[findings.q_value < 0.05]


@pytest.mark.parametrize("seed", [71, 72, 73])
def test_a_small_shift_at_forty_restaurants_is_found_at_all_of_them_together(seed):
    held = findings_of(city(seed, FACTOR), together())
    is_true = (held.spot_name == "all restaurants") & (held.key_date == KEY_DATE.isoformat())
    assert at_most(len(spots_of(held[~is_true])), 5, 0.05)  # two kinds on both dates, and this one on the other
    held = held[is_true]
    total = held[(held.who == "Anyone") & (held.observed > 0.5 * FACTOR * USUAL * DEVICES)]
    assert len(total)
    assert total.ratio.to_numpy() == pytest.approx(FACTOR, abs=0.25)


def test_at_each_restaurant_it_is_too_small_and_nothing_false_is_said():
    # Twelve guests a day each, and eighteen on the day: the best of tests would find one in twenty.
    usual = [USUAL * DEVICES / RESTAURANTS] * RESTAURANTS
    assert expected_power(usual, FACTOR, len(KIND)) < 0.1
    held = findings_of(city(71, FACTOR), each_place())
    is_true = (held.key_date == KEY_DATE.isoformat()) & held.spot_name.str.startswith("restaurant")
    assert by_chance(len(spots_of(held[~is_true])), 0.05)


@pytest.mark.parametrize("sites", [each_place, together])
def test_where_nothing_changes_nothing_is_found(sites):
    held = spots_of(findings_of(city(74, 1.0), sites()))
    assert by_chance(len(held), 0.05) and at_most(len(held), 2 * len(sites()), 0.05)


def test_expected_power_by_hand():
    # Mean 4, level 0.025: P(X >= 9) = 0.0214 <= 0.025 < P(X >= 8) = 0.0511. With mean 8, P(X >= 9) = 0.4075.
    assert expected_power([4.0], 2.0, 2) == pytest.approx(0.4075, abs=1e-4)
    # A fall from 4 to nothing is no surprise at 0.0125, since P(0) = 0.0183; one from 8 is.
    assert expected_power([4.0], 0.0, 4) == 0.0
    assert expected_power([8.0], 0.0, 4) == 1.0


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not on this machine")
def test_a_published_city_on_its_strongest_days():
    by_label = {(day.kind, day.severity): day.day for day in read_days()}
    hunger, work, social = by_label["hunger", "red"], by_label["work", "red"], by_label["social", "orange"]
    panel = read_panel(TOGETHER, *read_check_ins(GLOBAL))
    held = ask(panel, [hunger, work, social])[1].query("q_value < 0.05")
    assert (held[(held.spot_name == "Restaurant together") & (held.key_date == hunger.isoformat())].ratio > 1).any()
    assert (held[(held.spot_name == "Workplace together") & (held.key_date == work.isoformat())].ratio < 0.2).any()
    assert set(held[held.key_date == social.isoformat()].spot_name) <= {"Pub together"}
