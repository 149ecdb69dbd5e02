"""Days, hours and countries that lack; clocks that are wrong; positions at centres; devices seen more often."""

from __future__ import annotations

import numpy as np
import pytest
from worlds.engine_worlds import DAY_MS, HOUR_MS, MONDAY
from worlds.panel_rows import Panel, checks, examined, make_panel, screened_only

PANEL = make_panel(11, 240, 63)


@pytest.mark.parametrize(("first", "last"), [(20, 20), (30, 35), (10, 22), (60, 60)])
def test_days_that_were_not_delivered_are_named(first, last):
    left = PANEL.take((PANEL.day < first) | (PANEL.day > last))
    screened, health = examined(left)
    assert checks(health) == ["days missing"]
    fault = health.faults[0]
    assert (fault.start, fault.end) == (MONDAY + first, MONDAY + last)
    assert health.gaps.missing.tolist() == list(range(MONDAY + first, MONDAY + last + 1))
    assert screened.counts == screened_only(left).counts


def test_rest_days_are_no_missing_days():
    _, health = examined(PANEL.take(PANEL.day % 7 < 5))
    assert health.faults == ()


@pytest.mark.parametrize("hours", [(17, 24), (12, 24), (4, 24), (0, 9)])
def test_a_truncated_day_is_named(hours):
    hour = PANEL.time_ms % DAY_MS // HOUR_MS
    lost = (PANEL.day == 40) & (hour >= hours[0]) & (hour < hours[1])
    _, health = examined(PANEL.take(~lost))
    assert checks(health) == ["days missing" if hours == (4, 24) else "hours missing"]  # little is left of that day
    assert health.gaps.missing.tolist() == [MONDAY + 40]


@pytest.mark.parametrize("span", [(30, 30), (40, 46)])
def test_a_country_that_was_not_delivered_is_named(span):
    lost = (PANEL.lon > 10.0) & (PANEL.day >= span[0]) & (PANEL.day <= span[1])
    _, health = examined(PANEL.take(~lost))
    assert checks(health) == ["country missing"]
    fault = health.faults[0]
    assert (fault.country, fault.start, fault.end) == ("BB", MONDAY + span[0], MONDAY + span[1])
    assert "Beland" in fault.sentence
    assert set(health.gaps.country.tolist()) == {1} and len(health.gaps.missing) == 0


@pytest.mark.parametrize("hours", [-9, -3, 2, 5, 8])
@pytest.mark.parametrize("day", [8, 33, 57])
def test_a_shifted_clock_is_named_and_set_right(hours, day):
    late = (PANEL.day >= day) * (hours * HOUR_MS)
    wrong = Panel(PANEL.device, PANEL.time_ms + late, PANEL.lat, PANEL.lon)
    screened, health = examined(wrong)
    assert "clock shifted" in checks(health)
    fault = health.faults[checks(health).index("clock shifted")]
    assert abs(fault.start - MONDAY - day) <= 1
    after = screened.fixes.time_ms // DAY_MS - MONDAY
    profiles = [
        np.bincount(screened.fixes.time_ms[part] % DAY_MS // HOUR_MS, minlength=24)
        for part in (after < day - 1, after > day + 1)
    ]
    assert np.corrcoef(*profiles)[0, 1] > 0.8
    order = np.lexsort((screened.fixes.time_ms, screened.fixes.device))
    assert (order == np.arange(len(order))).all()


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_positions_at_the_middle_of_a_town_are_dropped(share):
    rng = np.random.default_rng(3)
    hit = np.flatnonzero((PANEL.day >= 30) & (rng.random(len(PANEL)) < share))
    middle = np.where(PANEL.lon[hit] < 10.0, 5.0123, 15.0321)
    screened, health = examined(PANEL.moved(hit, lat=np.full(len(hit), 5.0456), lon=middle))
    assert checks(health) == ["positions at centres"]
    assert screened.counts["position shared by improbably many devices"] >= 0.98 * len(hit)


def test_positions_that_are_all_rounded_are_no_fault():
    rounded = Panel(PANEL.device, PANEL.time_ms, np.round(PANEL.lat, 2), np.round(PANEL.lon, 2))
    screened, health = examined(rounded)
    assert "positions at centres" not in checks(health)
    assert screened.counts["kept"] > 0.95 * screened.read


@pytest.mark.parametrize(("share", "times"), [(0.5, 3), (1.0, 2), (1.0, 5)])
def test_a_fleet_that_is_seen_more_often_is_seen_as_before(share, times):
    rng = np.random.default_rng(9)
    more = PANEL.take((PANEL.day >= 40) & (PANEL.device < share * 240))
    extra = [
        Panel(more.device, more.time_ms + rng.integers(1_000, 1_200_000, len(more)), more.lat, more.lon + 1e-5 * number)
        for number in range(1, times)
    ]
    screened, health = examined(Panel.joined([PANEL, *extra]))
    assert checks(health) == ["seen more often"]
    assert health.faults[0].start == MONDAY + 40
    day = screened.fixes.time_ms // DAY_MS - MONDAY
    before, after = ((day >= 30) & (day < 40)).sum(), ((day >= 41) & (day < 51)).sum()
    assert after / before == pytest.approx(1.0, abs=0.25)
