"""Held positions and spoofed stretches: real aircraft tracks, generated ones, and tracks that have none."""

from __future__ import annotations

import csv
from datetime import datetime, timezone

import numpy as np
import pytest
from pyproj import Geod
from seeds import shifted
from sitelight.plugin.engine.screening.columns import Roles
from sitelight.plugin.engine.screening.screen import Screened, screen
from sitelight.plugin.engine.screening.settings import DUPLICATE, HELD, KEPT, TELEPORT, ScreeningSettings
from worlds.engine_worlds import DAY_MS, MONDAY, ListSource, square_world
from worlds.flight_samples import read, write_samples

GEOD = Geod(ellps="WGS84")
START_MS = MONDAY * DAY_MS
M_PER_DEGREE = 111_195.0
FLIGHT_MS = 250.0 / M_PER_DEGREE  # degrees a second at 900 km/h


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    return write_samples(tmp_path_factory.mktemp("flights"))


def screened(time_s, lat, lon, device="a") -> Screened:
    ids = np.full(len(time_s), device)
    source = ListSource(ids, START_MS + np.asarray(time_s, np.int64) * 1000, np.asarray(lat), np.asarray(lon))
    return screen(source, ScreeningSettings(), square_world(), b"k" * 32)


def flight(seconds: int = 4000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One fix a second along a meridian at 900 km/h, with two metres of noise."""
    rng = np.random.default_rng(shifted(50_321))
    time_s = np.arange(seconds)
    noise = rng.normal(0, 2.0 / M_PER_DEGREE, (2, seconds))
    return time_s, 0.5 + time_s * FLIGHT_MS + noise[0], 5.0 + noise[1]


def test_positions_held_in_flight_are_dropped_and_counted():
    rng = np.random.default_rng(shifted(9_917))
    time_s, lat, lon = flight()
    begin = np.arange(50, 3900, 60)
    length = rng.integers(3, 16, len(begin))
    for first, count in zip(begin, length):
        lat[first : first + count], lon[first : first + count] = lat[first], lon[first]
    found = screened(time_s, lat, lon)
    assert found.counts[HELD] == int((length - 1).sum())
    assert found.counts[KEPT] + found.counts[HELD] == found.read == len(time_s)


def test_a_spoofed_stretch_is_dropped_and_counted():
    time_s, lat, lon = flight()
    lon[2000:2120] += 0.3  # 33 km aside for two minutes
    found = screened(time_s, lat, lon)
    assert found.counts[TELEPORT] == 120
    assert found.counts[KEPT] == len(time_s) - 120
    assert np.abs(found.fixes.lon - 5.0).max() < 0.1


@pytest.mark.parametrize("decimals", [3, 4])
def test_a_parked_device_and_a_drive_in_rounded_degrees_lose_nothing(decimals):
    parked = np.full(7200, 0.5)
    drive = 0.5 + np.arange(3600) * 33.0 / M_PER_DEGREE  # 119 km/h
    lat = np.round(np.concatenate((parked, drive, np.full(7200, drive[-1]))), decimals)
    found = screened(np.arange(len(lat)), lat, np.full(len(lat), 5.0))
    assert found.counts[HELD] == found.counts[TELEPORT] == found.counts[DUPLICATE] == 0


def test_a_journey_of_hours_between_two_impossible_steps_is_kept():
    """A clock that jumps makes the flight there and the flight back too fast; three days of fixes are no spoofing."""
    hours = np.arange(0, 24 * 15)
    lat = np.where((hours >= 96) & (hours < 168), 30.5, 0.5)
    found = screened(hours * 3600, lat, np.full(len(hours), 5.0))
    assert found.counts[KEPT] == len(hours)


@pytest.mark.parametrize(("minutes", "dropped"), [(100, 101), (140, 0)])
def test_a_spoofed_stretch_lasts_two_hours_at_most(minutes, dropped):
    minute = np.arange(600)
    lat = np.where((minute >= 200) & (minute <= 200 + minutes), 3.5, 0.5)  # 330 km in a minute
    lat += np.random.default_rng(shifted(71)).normal(0, 2.0 / M_PER_DEGREE, 600)
    assert screened(minute * 60, lat, np.full(600, 5.0)).counts[TELEPORT] == dropped


def test_of_two_places_the_one_with_more_rows_is_not_the_false_one():
    second = np.arange(500) * 10
    lat = np.where((second >= 1000) & (second < 4000), 0.8, 0.5)  # 100 rows, 300 rows 33 km away, 100 rows
    assert screened(second, lat, np.full(500, 5.0)).counts[KEPT] == 500


def test_a_flight_by_a_slow_clock_seen_in_bursts_loses_nothing():
    """The clock runs at six tenths of the time: every way between two bursts is too fast, and none leads back."""
    speeds_kmh, minutes = np.array([1400.0, 1600.0, 1400.0, 1600.0]), 10
    burst_s = np.concatenate(([0], np.cumsum(np.full(4, minutes * 60))))
    burst_lat = 0.5 + np.concatenate(([0.0], np.cumsum(speeds_kmh * minutes / 60.0))) * 1000.0 / M_PER_DEGREE
    rows = np.array([9, 5, 9, 5, 9])
    within_s = np.concatenate([np.arange(count) for count in rows])
    lat = np.repeat(burst_lat, rows) + within_s * 1500.0 / 3.6 / M_PER_DEGREE
    assert screened(np.repeat(burst_s, rows) + within_s, lat, np.full(len(lat), 5.0)).counts[KEPT] == rows.sum()


def rows_between_jumps(path) -> tuple[int, list[float]]:
    """Return how many positions one aircraft's file has between its two impossible jumps, and the rows' times (s).

    A jump is a step from one position to the next other one of 2 km or more, faster than 1,200 km/h. The first leads
    33 km aside, the second back to a flight that is 560 km on by then.
    """
    with open(path, encoding="utf-8", newline="") as file:
        rows = [
            (datetime.fromisoformat(row["timestamp"]).replace(tzinfo=timezone.utc).timestamp(),
             float(row["latitude"]), float(row["longitude"]))
            for row in csv.DictReader(file)
        ]  # fmt: skip
    rows.sort(key=lambda row: row[0])
    jumps, positions, last = [], [0], 0
    for number, (second, lat, lon) in enumerate(rows):
        if (lat, lon) == rows[last][1:]:
            continue
        metres = GEOD.inv(rows[last][2], rows[last][1], lon, lat)[2]
        if metres > 2000.0 and metres / max(second - rows[positions[-1]][0], 1.0) > 1200.0 / 3.6:
            jumps.append((number, len(positions)))
        positions.append(number)
        last = number
    (first, first_position), (second, second_position) = jumps
    return second_position - first_position, [row[0] for row in rows[first:second]]


def test_real_tracks_with_spoofing_and_clock_faults_lose_those_rows(samples):  # noqa: F811
    """Counted on the file by hand: rows that repeat the position before them, 1,888 and 3,987; over 54 knots by the
    file's own speed 1,888 and 2,973.

    Holds of a second or two, after which the aircraft is less than half a kilometre on, stay.
    """
    clock, spoofed = (read(samples[f"noisy/{name}"], Roles()) for name in ("noisy_time_issue", "noisy_spoofing"))
    assert 0.85 * 1888 < clock.counts[HELD] <= 1888
    assert 0.85 * 2973 < spoofed.counts[HELD] <= 3987
    changed, times_s = rows_between_jumps(samples["noisy/noisy_spoofing"])
    assert (changed, len(times_s)) == (127, 1108)
    # Some of the repeats count as held instead, but none of these rows is left.
    assert changed <= spoofed.counts[TELEPORT] <= len(times_s)
    kept_s = spoofed.fixes.time_ms / 1000.0
    assert not ((kept_s >= times_s[0]) & (kept_s <= times_s[-1])).any()
    for found in (clock, spoofed):
        assert sum(found.counts.values()) == found.read
