"""The classical sliding detector: by hand, against its textbook form, and beside trackintel where that is installed."""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rules.source_tree import ROOT
from seeds import shifted
from sitelight.plugin.engine.base import Cancelled, Progress
from sitelight.plugin.engine.screening import Fixes
from sitelight.plugin.engine.stays.sliding import SlidingSettings, detect_sliding_stays
from worlds.engine_worlds import DAY_MS, METRES_PER_DEGREE, MONDAY, make_fixes
from worlds.fisher_tracks import read_fishers, with_fishers

START_MS = MONDAY * DAY_MS
MINUTE_MS = 60_000
PEER_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
with_peer = pytest.mark.skipif(not PEER_PYTHON.exists(), reason="trackintel is not installed: run `make trackintel`")
LAST = SlidingSettings(include_last=True)


def track(minutes, east_m, device=0) -> Fixes:
    minutes, east_m = (np.asarray(values, float) for values in (minutes, east_m))
    lon = 20.0 + east_m / (METRES_PER_DEGREE * math.cos(math.radians(10.0)))
    time_ms = START_MS + np.rint(minutes * MINUTE_MS).astype(np.int64)
    return make_fixes(np.full(len(minutes), device), time_ms, np.full(len(minutes), 10.0), lon)


def minutes_of(time_ms: np.ndarray) -> list[int]:
    return ((time_ms - START_MS) // MINUTE_MS).tolist()


def test_a_stay_ends_with_the_first_fix_too_far_away():
    stays = detect_sliding_stays(track([0, 3, 6, 9, 10], [0, 40, 80, 150, 400]))
    assert minutes_of(stays.arrived_ms) == [0]
    assert minutes_of(stays.departed_ms) == [9]
    assert (minutes_of(stays.start_ms), minutes_of(stays.end_ms)) == ([0], [6])
    assert stays.n_fixes.tolist() == [3]
    assert stays.longest_gap_s.tolist() == [180.0]
    # The middle of 0, 40 and 80 m; the farthest fix is 40 m from it.
    assert (stays.lon[0] - 20.0) * METRES_PER_DEGREE * math.cos(math.radians(10.0)) == pytest.approx(40.0, abs=0.01)
    assert stays.radius_m[0] == pytest.approx(40.0, rel=0.002)
    assert stays.lasting.all()


def test_too_short_a_time_is_no_stay_and_the_next_one_starts_at_the_far_fix():
    stays = detect_sliding_stays(track([0, 2, 4, 8, 12], [0, 0, 500, 500, 1000]))
    assert minutes_of(stays.arrived_ms) == [4]
    assert minutes_of(stays.departed_ms) == [12]


def test_a_gap_drops_what_was_not_left_before_it():
    # At the same place for 12 minutes, then silence of 16: the device was not seen to leave.
    minutes, east = [0, 6, 12, 28, 34, 36], [0, 0, 0, 0, 0, 900]
    stays = detect_sliding_stays(track(minutes, east))
    assert minutes_of(stays.arrived_ms) == [28]
    assert minutes_of(stays.departed_ms) == [36]
    assert minutes_of(detect_sliding_stays(track([0, 6, 12, 27, 33, 36], east)).arrived_ms) == [0]


def test_the_last_stay_counts_on_request():
    fixes = track([0, 3, 6, 12], [0, 0, 0, 0])
    assert len(detect_sliding_stays(fixes)) == 0
    stays = detect_sliding_stays(fixes, LAST)
    assert (minutes_of(stays.arrived_ms), minutes_of(stays.departed_ms)) == ([0], [12])
    assert stays.n_fixes.tolist() == [4]


def test_the_last_stay_of_every_device_counts_but_not_one_before_a_gap():
    one, two = track([0, 10, 40, 50], [0, 0, 0, 0]), track([0, 10], [0, 0], device=1)
    both = make_fixes(*(np.concatenate((getattr(one, name), getattr(two, name)))
                        for name in ("device", "time_ms", "lat", "lon")))  # fmt: skip
    stays = detect_sliding_stays(both, LAST)
    assert stays.device.tolist() == [0, 1]
    assert minutes_of(stays.arrived_ms) == [40, 0]


def test_the_centre_is_the_mean_of_distinct_positions():
    stays = detect_sliding_stays(track([0, 1, 2, 3, 4, 5, 6], [0, 90, 0, 0, 0, 90, 500]))
    assert (stays.lon[0] - 20.0) * METRES_PER_DEGREE * math.cos(math.radians(10.0)) == pytest.approx(45.0, abs=0.01)


def test_the_antimeridian_is_no_border():
    lon = np.array([179.9999, -179.9999, 179.9999, -179.9999, 179.99])
    fixes = make_fixes(np.zeros(5), START_MS + np.arange(5) * 3 * MINUTE_MS, np.zeros(5), lon)
    stays = detect_sliding_stays(fixes)
    assert minutes_of(stays.departed_ms) == [12]
    assert abs(stays.lon[0]) == pytest.approx(180.0, abs=1e-9)


def test_no_fixes_one_fix_and_a_distance_without_end():
    assert len(detect_sliding_stays(track([], []))) == 0
    assert len(detect_sliding_stays(track([3], [0]), LAST)) == 0
    everywhere = SlidingSettings(distance_m=1e9, include_last=True)
    assert minutes_of(detect_sliding_stays(track([0, 10, 20], [0, 1e6, -1e6]), everywhere).departed_ms) == [20]


def test_cancelling_is_noticed():
    with pytest.raises(Cancelled):
        detect_sliding_stays(track([0, 10], [0, 0]), progress=Progress(is_cancelled=lambda: True))


def random_track(seed: int, devices: int, count: int, stay_fixes: float, gap_share: float) -> Fixes:
    """Return devices that jitter around places, move on at random and fall silent at random; coordinates repeat."""
    rng = np.random.default_rng(shifted(seed))
    total = devices * count
    moves = rng.random(total) < 1 / stay_fixes
    east = np.cumsum(np.where(moves, rng.normal(0, 500, total), 0.0)) + rng.normal(0, 25, total)
    north = rng.normal(0, 25, total)
    wait_s = np.where(rng.random(total) < gap_share, rng.integers(900, 40_000, total), rng.integers(0, 130, total))
    lat = np.round(10 + north / METRES_PER_DEGREE, 4 + seed % 3)
    lon = np.round(20 + east / METRES_PER_DEGREE, 4 + seed % 3)
    time_ms = START_MS + np.cumsum(wait_s * 1000 + 1)
    return make_fixes(np.repeat(np.arange(devices), count), time_ms, lat, lon)


def textbook(fixes: Fixes, settings: SlidingSettings) -> list[tuple[int, int, int, int]]:
    """Return (device, arrival, departure, fixes inside) by the plain loop over fixes of Li et al. (2008)."""
    found = []
    lat, lon = np.radians(fixes.lat), np.radians(fixes.lon)
    for device in np.unique(fixes.device):
        rows = np.flatnonzero(fixes.device == device)
        start = row = rows[0]
        for row in rows[1:]:
            if fixes.time_ms[row] - fixes.time_ms[row - 1] > settings.max_gap_minutes * MINUTE_MS:
                start = row
                continue
            cosine = math.cos(lat[start] - lat[row])
            cosine -= math.cos(lat[start]) * math.cos(lat[row]) * (1 - math.cos(lon[start] - lon[row]))
            if 6_371_000 * math.acos(cosine) >= settings.distance_m:
                if fixes.time_ms[row] - fixes.time_ms[start] >= settings.min_minutes * MINUTE_MS:
                    found.append((device, fixes.time_ms[start], fixes.time_ms[row], row - start))
                start = row
        if settings.include_last and fixes.time_ms[row] - fixes.time_ms[start] >= settings.min_minutes * MINUTE_MS:
            found.append((device, fixes.time_ms[start], fixes.time_ms[row], row + 1 - start))
    return found


# Long runs are cut into pieces of at least 1024 fixes, so the first two worlds have several pieces a run.
@pytest.mark.parametrize("devices, count, stay_fixes, gap_share", [
    (1, 9000, 40, 0.0), (2, 6000, 3000, 0.0), (4, 1500, 2, 0.05), (150, 20, 5, 0.1), (1, 5000, 1e9, 0.0),
])  # fmt: skip
@pytest.mark.parametrize("seed", [611, 612, 613])
def test_equals_the_textbook(seed, devices, count, stay_fixes, gap_share):
    fixes = random_track(seed, devices, count, stay_fixes, gap_share)
    for settings in (SlidingSettings(), SlidingSettings(60.0, 12.0, 5.0, include_last=True)):
        stays = detect_sliding_stays(fixes, settings)
        got = zip(*(c.tolist() for c in (stays.device, stays.arrived_ms, stays.departed_ms, stays.n_fixes)))
        assert list(got) == textbook(fixes, settings)


def take_devices(fixes: Fixes, wanted: list[int]) -> Fixes:
    rows = np.isin(fixes.device, wanted)
    return make_fixes(fixes.device[rows], fixes.time_ms[rows], fixes.lat[rows], fixes.lon[rows])


@hypothesis_settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.sets(st.integers(0, 5), min_size=1, max_size=5))
def test_any_partition_by_device_gives_the_same_rows_to_the_bit(seed, chosen):
    fixes = random_track(seed, 6, 400, 10 + seed % 90, 0.02)
    whole = detect_sliding_stays(fixes, LAST)
    part = detect_sliding_stays(take_devices(fixes, sorted(chosen)), LAST)
    expected = whole.take(np.isin(whole.device, list(chosen)))
    for name, values in vars(expected).items():
        np.testing.assert_array_equal(values, getattr(part, name), err_msg=name)


def test_blocks_and_pieces_do_not_change_the_result(monkeypatch):
    fixes = random_track(71, 12, 2000, 50, 0.001)
    whole = detect_sliding_stays(fixes)
    monkeypatch.setattr("sitelight.plugin.engine.stays.sliding.BLOCK_FIXES", 3000)
    parts = detect_sliding_stays(fixes)
    assert len(whole) > 100
    for name, values in vars(whole).items():
        np.testing.assert_array_equal(values, getattr(parts, name), err_msg=name)


def peer_stays(fixes: Fixes, settings: SlidingSettings, folder: Path) -> dict[str, np.ndarray]:
    """Return the stays that trackintel finds, running it in its own environment."""
    given_file, found_file = folder / "fixes.npz", folder / "stays.npz"
    np.savez(given_file, device=fixes.device, time_ms=fixes.time_ms, lat=fixes.lat, lon=fixes.lon)
    parameters = {
        "dist_threshold": settings.distance_m, "time_threshold": settings.min_minutes,
        "gap_threshold": settings.max_gap_minutes, "include_last": settings.include_last,
    }  # fmt: skip
    script = ROOT / "tests" / "bench" / "peers.py"
    subprocess.run(
        [PEER_PYTHON, script, "trackintel", json.dumps(parameters), given_file, found_file],
        check=True, stdout=subprocess.DEVNULL, timeout=300,
    )  # fmt: skip
    with np.load(found_file) as stored:
        return dict(stored)


def assert_equals_peer(fixes: Fixes, settings: SlidingSettings, folder: Path, at_least: int) -> None:
    peer, ours = peer_stays(fixes, settings, folder), detect_sliding_stays(fixes, settings)
    assert len(peer["device"]) >= at_least
    np.testing.assert_array_equal(ours.device, peer["device"])
    np.testing.assert_array_equal(ours.arrived_ms, peer["start_ms"])
    np.testing.assert_array_equal(ours.departed_ms, peer["end_ms"])
    # Ours are kept to eight decimals, so that they do not depend on the processor: half a millimetre.
    np.testing.assert_allclose(ours.lat, peer["lat"], rtol=0, atol=5.1e-9)
    np.testing.assert_allclose(ours.lon, peer["lon"], rtol=0, atol=5.1e-9)


@pytest.mark.slow
@with_peer
@pytest.mark.parametrize("include_last", [False, True])
def test_equals_trackintel_on_random_tracks(include_last, tmp_path):
    worlds = [random_track(seed, 3, 1200, 3 ** (seed % 6), 0.01) for seed in range(3301, 3307)]
    columns = {name: np.concatenate([getattr(world, name) for world in worlds]) for name in ("time_ms", "lat", "lon")}
    device = np.concatenate([world.device + 3 * number for number, world in enumerate(worlds)])
    assert_equals_peer(make_fixes(device, **columns), SlidingSettings(include_last=include_last), tmp_path, 300)


@pytest.mark.slow
@with_peer
@with_fishers
@pytest.mark.parametrize("settings", [SlidingSettings(), SlidingSettings(50.0, 10.0, 60.0, include_last=True)])
def test_equals_trackintel_on_real_animals(settings, tmp_path):
    assert_equals_peer(read_fishers(), settings, tmp_path, at_least=100)
