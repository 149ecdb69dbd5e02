"""Stays against planted truth, in worlds that were not used to choose the detector's settings."""

from __future__ import annotations

import numpy as np
import pytest
from engine_worlds import DAY_MS, METRES_PER_DEGREE, MONDAY, make_fixes
from sitelight.plugin.engine.stays import detect_stays

LAT, LON = -1.3, 36.8
DAYS = 14


def plan_device(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the planned stays (arrival s, departure s) and their places (east m, north m) of one device."""
    home = rng.normal(0, 6000, 2)
    work = home + rng.normal(0, 4000, 2)
    favourites = home + rng.normal(0, 2500, (3, 2))
    spans, places, clock, here = [], [], 0.0, home
    for day in range(DAYS):
        start = day * 86_400.0
        outings = []
        if day % 7 < 5 and rng.random() < 0.9:
            outings.append((work, start + rng.normal(8, 0.8) * 3600, rng.normal(8.3, 1) * 3600))
        for _ in range(rng.integers(0, 3)):
            place = favourites[rng.integers(3)] if rng.random() < 0.7 else home + rng.normal(0, 3500, 2)
            outings.append((place, start + rng.uniform(17.5, 20) * 3600, rng.uniform(0.4, 1.8) * 3600))
        for place, leave, length in outings:
            leave = max(leave, clock + 1200)
            spans.append((clock, leave))
            places.append(here)
            travel = 1.25 * np.hypot(*(place - here)) / rng.uniform(4, 10) + 90
            clock, here = leave + travel, place
            leave = clock + max(length, 900)
            spans.append((clock, leave))
            places.append(here)
            clock, here = leave + 1.25 * np.hypot(*(home - here)) / rng.uniform(4, 10) + 90, home
    spans.append((clock, max(clock + 900, DAYS * 86_400.0)))
    places.append(here)
    return np.array(spans), np.array(places)


def sample_times(rng: np.random.Generator, dense: bool) -> np.ndarray:
    """Return seconds of fixes: one a minute, or bursts of a few fixes with long silences between them."""
    if dense:
        return np.arange(0, DAYS * 86_400.0, 60.0) + rng.uniform(0, 5, DAYS * 1440)
    bursts = np.cumsum(rng.lognormal(np.log(2700), 0.9, 1500))
    sizes = 1 + rng.poisson(3.5, len(bursts))
    offsets = np.concatenate([np.cumsum(rng.exponential(50, size)) for size in sizes])
    seconds = np.sort(np.repeat(bursts, sizes) + offsets)
    return seconds[seconds < DAYS * 86_400.0]


def positions(spans: np.ndarray, places: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Return where a device is at each moment: at a place, or on a straight line to the next."""
    knots = spans.ravel()
    return np.stack([np.interp(seconds, knots, np.repeat(places[:, axis], 2)) for axis in (0, 1)], axis=1)


def make_world(seed: int, devices: int, dense: bool):
    rng = np.random.default_rng(seed)
    columns, truth = [], []
    for device in range(devices):
        spans, places = plan_device(rng)
        seconds = sample_times(rng, dense)
        accuracy = np.clip(rng.lognormal(np.log(6 if dense else 15), 0.5 if dense else 0.9, len(seconds)), 3, 500)
        east, north = (positions(spans, places, seconds) + rng.normal(0, accuracy[:, None] / 1.5, (len(seconds), 2))).T
        columns.append((np.full(len(seconds), device), seconds, east, north, accuracy))
        # Visits home right after an outing may touch the next stay at home: the same place is one stay.
        truth.extend(merged(device, spans, places))
    device, seconds, east, north, accuracy = (np.concatenate(parts) for parts in zip(*columns))
    stretch = METRES_PER_DEGREE * np.cos(np.radians(LAT))
    time_ms = MONDAY * DAY_MS + (seconds * 1000).astype(np.int64)
    return make_fixes(device, time_ms, LAT + north / METRES_PER_DEGREE, LON + east / stretch, accuracy), truth


def merged(device: int, spans: np.ndarray, places: np.ndarray) -> list[tuple]:
    rows: list[list] = []
    for (begin, end), place in zip(spans, places):
        if rows and np.hypot(*(rows[-1][3] - place)) < 1 and begin - rows[-1][2] < 1:
            rows[-1][2] = end
        else:
            rows.append([device, begin, end, place])
    return [tuple(row) for row in rows if row[2] - row[1] >= 600]


def f1_of(stays, truth) -> float:
    """Match one to one, best overlap first: temporal intersection over union >= 0.5 and centres within 200 m."""
    begin = (stays.arrived_ms - MONDAY * DAY_MS) / 1000
    end = (stays.departed_ms - MONDAY * DAY_MS) / 1000
    east = (stays.lon - LON) * METRES_PER_DEGREE * np.cos(np.radians(LAT))
    north = (stays.lat - LAT) * METRES_PER_DEGREE
    pairs = []
    for number, (device, planned_begin, planned_end, place) in enumerate(truth):
        both = np.minimum(end, planned_end) - np.maximum(begin, planned_begin)
        either = np.maximum(end, planned_end) - np.minimum(begin, planned_begin)
        near = np.hypot(east - place[0], north - place[1]) <= 200
        for row in np.flatnonzero((stays.device == device) & (both / either >= 0.5) & near):
            pairs.append((both[row] / either[row], number, row))
    planned, found = set(), set()
    for _, number, row in sorted(pairs, reverse=True):
        if number not in planned and row not in found:
            planned.add(number)
            found.add(row)
    return 2 * len(planned) / (len(truth) + len(stays))


@pytest.mark.parametrize("seed", [90210, 4471])
def test_sparse_bursts(seed):
    fixes, truth = make_world(seed, 60, dense=False)
    per_day = len(fixes) / 60 / DAYS
    assert 60 < per_day < 180  # what advertising-grade data look like
    assert f1_of(detect_stays(fixes), truth) >= 0.58


@pytest.mark.parametrize("seed", [777, 31337])
def test_one_fix_a_minute(seed):
    fixes, truth = make_world(seed, 8, dense=True)
    assert f1_of(detect_stays(fixes), truth) >= 0.98
