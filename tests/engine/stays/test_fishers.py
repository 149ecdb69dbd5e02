"""The merging detector on two real animals' collars: properties that hold whatever the truth is, counted anew."""

from __future__ import annotations

import numpy as np
import pytest
from sitelight.plugin.engine.screening import Fixes
from sitelight.plugin.engine.stays.detect import detect_stays
from sitelight.plugin.engine.stays.settings import StaySettings
from sitelight.plugin.engine.stays.sliding import SlidingSettings, detect_sliding_stays
from sitelight.plugin.engine.stays.table import Stays
from worlds.engine_worlds import HOUR_MS
from worlds.fisher_tracks import read_fishers, with_fishers

pytestmark = with_fishers
EARTH_M = 6_371_008.8


@pytest.fixture(scope="module")
def fixes() -> Fixes:
    return read_fishers()


@pytest.fixture(scope="module")
def halts(fixes) -> Stays:
    return detect_stays(fixes, keep_short=True)


def away_m(lat, lon, lat_0: float, lon_0: float) -> np.ndarray:
    """Return great-circle distances (haversine)."""
    lat, lon, lat_0, lon_0 = (np.radians(value) for value in (lat, lon, lat_0, lon_0))
    half = np.sin((lat - lat_0) / 2) ** 2 + np.cos(lat) * np.cos(lat_0) * np.sin((lon - lon_0) / 2) ** 2
    return 2 * EARTH_M * np.arcsin(np.sqrt(half))


def test_every_fix_is_in_one_halt_and_halts_follow_each_other(fixes, halts):
    assert halts.n_fixes.sum() == len(fixes) > 9000
    after = np.cumsum(halts.n_fixes)
    first, last = after - halts.n_fixes, after - 1
    for name, rows in (("start_ms", first), ("end_ms", last)):
        np.testing.assert_array_equal(getattr(halts, name), fixes.time_ms[rows])
    np.testing.assert_array_equal(halts.device, fixes.device[first])
    np.testing.assert_array_equal(halts.device, fixes.device[last])
    same = halts.device[1:] == halts.device[:-1]
    assert same.sum() == len(halts) - 2
    assert (halts.arrived_ms <= halts.start_ms).all()
    assert (halts.departed_ms >= halts.end_ms).all()
    assert (halts.departed_ms[:-1] <= halts.arrived_ms[1:])[same].all()
    for device in (0, 1):  # nothing before the first fix or after the last
        own, mine = halts.device == device, fixes.time_ms[fixes.device == device]
        assert (halts.arrived_ms[own].min(), halts.departed_ms[own].max()) == (mine[0], mine[-1])


def test_centre_radius_and_longest_gap_are_those_of_the_fixes(fixes, halts):
    after = np.cumsum(halts.n_fixes)
    for halt, (begin, end) in enumerate(zip(after - halts.n_fixes, after)):
        weight = 1.0 / np.maximum(fixes.accuracy_m[begin:end].astype(float), 5.0) ** 2
        lat, lon = (np.average(values[begin:end], weights=weight) for values in (fixes.lat, fixes.lon))
        assert away_m(lat, lon, halts.lat[halt], halts.lon[halt]) < 0.01
        reach_m = away_m(fixes.lat[begin:end], fixes.lon[begin:end], halts.lat[halt], halts.lon[halt]).max()
        assert halts.radius_m[halt] == pytest.approx(reach_m, abs=0.05)
        gaps_ms = np.diff(fixes.time_ms[begin:end])
        assert halts.longest_gap_s[halt] == pytest.approx(gaps_ms.max(initial=0) / 1000.0, rel=1e-6)
    assert halts.longest_gap_s.max() <= StaySettings().max_bridge_hours * 3600.0


def test_neighbours_that_could_be_merged_are_merged(fixes, halts):
    """Left apart: longer silent than is bridged, or centres farther apart than the radius."""
    same = halts.device[1:] == halts.device[:-1]
    apart_m = away_m(halts.lat[1:], halts.lon[1:], halts.lat[:-1], halts.lon[:-1])
    silent = halts.start_ms[1:] - halts.end_ms[:-1] > StaySettings().max_bridge_hours * HOUR_MS
    assert (apart_m[same & ~silent] > 0.999 * StaySettings().radius_m).all()


def test_what_the_classical_detector_calls_a_stay_is_one_here_too(fixes, halts):
    """Of the time that an animal stayed within 50 m for ten minutes, nearly all lies in stays."""
    stays = halts.take(halts.lasting)
    classical = detect_sliding_stays(fixes, SlidingSettings(50.0, 10.0, 60.0, include_last=True))
    assert len(classical) > 500
    shared_ms = np.minimum(stays.end_ms, classical.end_ms[:, None])
    shared_ms = shared_ms - np.maximum(stays.start_ms, classical.start_ms[:, None])
    shared_ms[(shared_ms < 0) | (stays.device != classical.device[:, None])] = 0
    assert shared_ms.sum() >= 0.95 * (classical.end_ms - classical.start_ms).sum()
    assert len(stays) < 0.6 * len(classical)  # bridging joins what gaps had split
