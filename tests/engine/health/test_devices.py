"""Copies and made-up devices are dropped and counted; those who share a life with others are not."""

from __future__ import annotations

import numpy as np
import pytest
from worlds.engine_worlds import DAY_MS, HOUR_MS, MONDAY
from worlds.panel_rows import Panel, checks, examined, make_panel

PANEL = make_panel(5)
METRE = 1.0 / 111_000.0


def joined(*parts: Panel) -> Panel:
    return Panel.joined(parts)


def copy_of(panel: Panel, share: float, shift_ms: float = 0.0, jitter_ms: float = 0.0, jitter_m: float = 0.0) -> Panel:
    rng = np.random.default_rng(1)
    again = panel.take(panel.device < share * 120)
    late = np.rint(shift_ms + rng.normal(0, 1, len(again)) * jitter_ms).astype(np.int64)
    noise = rng.normal(0, jitter_m * METRE, (2, len(again)))
    return Panel(again.device + 1000, again.time_ms + late, again.lat + noise[0], again.lon + noise[1])


@pytest.mark.parametrize("share", [0.1, 0.5])
@pytest.mark.parametrize(
    ("shift_ms", "jitter_ms", "jitter_m"), [(0, 0, 0), (0, 30_000, 30), (-420_000, 0, 40), (90_000, 20_000, 60)]
)
def test_one_of_each_pair_of_copies_is_kept(share, shift_ms, jitter_ms, jitter_m):
    copies = copy_of(PANEL, share, shift_ms, jitter_ms, jitter_m)
    screened, health = examined(joined(PANEL, copies))
    assert checks(health) == ["copied devices"]
    assert health.faults[0].devices == int(share * 120)
    kept = {int(name) for name in screened.fixes.pseudonyms}
    assert {device % 1000 for device in kept} == set(range(120)) and len(kept) == 120
    assert sum(screened.counts.values()) == screened.read == len(PANEL) + len(copies)
    assert screened.counts["kept"] == len(screened.fixes)


def test_families_that_go_everywhere_together_are_no_copies():
    rng = np.random.default_rng(2)
    panel = make_panel(6, 240, 70, bursts=12.0)
    # Two phones at the same places: device n and n + 120 have one home and work, each its own moments.
    place = panel.device % 120
    home = 5.0 + 0.02 * (place % 12), 5.0 + 0.02 * (place // 12)
    out = (panel.time_ms % DAY_MS > 9 * HOUR_MS) & (panel.time_ms % DAY_MS < 17 * HOUR_MS)
    noise = rng.normal(0, 15 * METRE, (2, len(panel)))
    twins = Panel(panel.device, panel.time_ms, home[0] + 0.05 * out + noise[0], home[1] + noise[1])
    screened, health = examined(twins)
    assert health.faults == () and screened.fixes.device_count == 240


@pytest.mark.parametrize("kind", ["box", "town"])
@pytest.mark.parametrize("days", [3, 60])
def test_made_up_devices_are_dropped_and_counted(kind, days):
    rng = np.random.default_rng(4)
    device = 5000 + np.repeat(np.arange(40), 30)
    time_ms = MONDAY * DAY_MS + rng.integers(4 * DAY_MS, (4 + days) * DAY_MS, len(device))
    if kind == "box":
        lat, lon = rng.uniform(1, 9, len(device)), rng.uniform(1, 19, len(device))
    else:
        lat, lon = 5.0 + rng.normal(0, 0.04, (2, len(device)))
    screened, health = examined(joined(PANEL, Panel(device, time_ms, lat, lon)))
    assert checks(health) == ["made-up devices"]
    assert health.faults[0].devices >= (32 if days == 3 else 38)  # of the others most jumps were too fast for screening
    assert {int(name) for name in screened.fixes.pseudonyms} >= set(range(120))
    assert screened.counts["made-up device"] == health.faults[0].rows
    assert sum(screened.counts.values()) == screened.read


def test_travellers_who_never_return_are_kept():
    rng = np.random.default_rng(5)
    device = 7000 + np.repeat(np.arange(30), 200)
    step = np.tile(np.arange(200), 30)
    # A fix every three hours along a way of 25 days that never crosses itself: lorries, ships.
    lat = 1.0 + 0.035 * step + rng.normal(0, 0.002, len(step))
    lon = 1.0 + 0.002 * (device % 30) * step + rng.normal(0, 0.002, len(step))
    travellers = Panel(device, MONDAY * DAY_MS + (device % 30 + 5) * DAY_MS + step * 3 * HOUR_MS, lat, lon)
    screened, health = examined(joined(PANEL, travellers))
    assert health.faults == () and screened.fixes.device_count == 150
    assert health.settled.sum() == 120  # but they live nowhere


def test_one_odd_device_is_neither_dropped_nor_told():
    rng = np.random.default_rng(6)
    odd = Panel(
        np.full(40, 9000), MONDAY * DAY_MS + np.sort(rng.integers(0, 60 * DAY_MS, 40)), rng.uniform(1, 9, 40),
        rng.uniform(1, 9, 40),
    )  # fmt: skip
    screened, health = examined(joined(PANEL, odd))
    assert health.faults == () and screened.fixes.device_count == 121


@pytest.mark.parametrize("lag_s", [0, 37])
def test_a_convoy_of_trackers_that_report_by_the_clock_is_no_copy(lag_s):
    """Six vehicles stay and drive together for six weeks, each with a fix every half hour: their ways are one."""
    rng = np.random.default_rng(412)
    moments = np.arange(2 * 24 * 42)
    driving = (moments // 48) % 7 == 3  # one day a week, to another camp and on
    way = 5.0 + 0.01 * np.cumsum(driving), np.full(len(moments), 5.0)
    device = np.repeat(np.arange(6), len(moments))
    time_ms = MONDAY * DAY_MS + np.tile(moments, 6) * HOUR_MS // 2 + 1000 * lag_s * device
    noise = rng.normal(0, 20 * METRE, (2, len(device)))
    convoy = Panel(7000 + device, time_ms, np.tile(way[0], 6) + noise[0], np.tile(way[1], 6) + noise[1])
    screened, health = examined(joined(PANEL, convoy))
    assert health.faults == () and screened.fixes.device_count == 126
