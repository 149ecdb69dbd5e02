"""Stays against planted truth, in two worlds made apart from each other and from the detector, and how they are scored.

Both are as sparse advertising data are (bursts of about five fixes, log-normal silences of median 40 min, about 100
fixes a day, accuracy log-normal of median 15 m) or dense (one fix a minute); no seed here was used to choose settings.
"""

from __future__ import annotations

import numpy as np
import pytest
from bench import stay_worlds
from bench.stay_scores import score
from seeds import shifted
from sitelight.plugin.engine.stays.detect import detect_stays
from sitelight.plugin.engine.stays.table import Stays
from worlds.engine_worlds import DAY_MS, METRES_PER_DEGREE, MONDAY, make_fixes

LAT, LON = -1.3, 36.8
DAYS = 14
MEDIAN_SILENCE_S, MEDIAN_ACCURACY_M = 2400.0, 15.0


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
    sizes = 1 + rng.poisson(4.0, 1500)
    steps = rng.exponential(50, sizes.sum())
    steps[np.cumsum(sizes) - sizes] = rng.lognormal(np.log(MEDIAN_SILENCE_S), 1.0, len(sizes))
    seconds = np.cumsum(steps)
    return seconds[seconds < DAYS * 86_400.0]


def positions(spans: np.ndarray, places: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Return where a device is at each moment: at a place, or on a straight line to the next."""
    knots = spans.ravel()
    return np.stack([np.interp(seconds, knots, np.repeat(places[:, axis], 2)) for axis in (0, 1)], axis=1)


def make_world(seed: int, devices: int, dense: bool):
    rng = np.random.default_rng(shifted(seed))
    columns, truth = [], []
    for device in range(devices):
        spans, places = plan_device(rng)
        seconds = sample_times(rng, dense)
        accuracy = np.clip(rng.lognormal(np.log(MEDIAN_ACCURACY_M), 0.9, len(seconds)), 3, 500)
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


def as_columns(stays: Stays) -> dict[str, np.ndarray]:
    """Return stays as the bench scores them, by estimated arrival and departure."""
    return {
        "device": stays.device, "start_ms": stays.arrived_ms, "end_ms": stays.departed_ms,
        "lat": stays.lat, "lon": stays.lon,
    }  # fmt: skip


def truth_columns(truth: list[tuple]) -> dict[str, np.ndarray]:
    device, begin, end, place = (np.array(values) for values in zip(*truth))
    stretch = METRES_PER_DEGREE * np.cos(np.radians(LAT))
    begin_ms, end_ms = (MONDAY * DAY_MS + (seconds * 1000).astype(np.int64) for seconds in (begin, end))
    return {
        "device": device, "start_ms": begin_ms, "end_ms": end_ms,
        "lat": LAT + place[:, 1] / METRES_PER_DEGREE, "lon": LON + place[:, 0] / stretch,
    }  # fmt: skip


def assert_fractions(found: dict[str, float], dense: bool) -> None:
    """Check the ways of losing a stay against each other and against what such data can give."""
    assert found["recall"] <= 1.0 - found["missed"]
    assert found["split"] <= 0.02  # gaps at the same place are bridged
    assert found["merged"] <= (0.02 if dense else 0.35)  # sparse: an errand between two fixes at home is not seen
    assert found["missed"] <= (0.01 if dense else 0.45)
    assert found["precision"] >= (0.98 if dense else 0.85)
    if not dense:
        assert min(found["missed"], found["merged"]) > 0.1  # nobody can find stays without fixes


@pytest.mark.parametrize(("seed", "dense"), [(90210, False), (4471, False), (777, True), (31337, True)])
def test_lives_around_a_home(seed, dense):
    devices = 8 if dense else 60
    fixes, truth = make_world(seed, devices, dense)
    assert np.median(fixes.accuracy_m) == pytest.approx(MEDIAN_ACCURACY_M, rel=0.02)
    if not dense:
        gaps_s = np.diff(fixes.time_ms)[np.diff(fixes.device) == 0] / 1000
        assert 85 < len(fixes) / devices / DAYS < 115
        assert np.median(gaps_s[gaps_s > 600]) == pytest.approx(MEDIAN_SILENCE_S, rel=0.2)
    stays = detect_stays(fixes)
    found = score(truth_columns(truth), as_columns(stays))
    assert f1_of(stays, truth) >= (0.98 if dense else 0.65)
    assert found["f1"] == pytest.approx(f1_of(stays, truth), abs=0.003)  # two scorers, written apart
    assert_fractions(found, dense)


@pytest.mark.parametrize(("seed", "dense"), [(880_101, False), (880_102, False), (880_103, True), (880_104, True)])
def test_lives_of_the_bench(seed, dense):
    devices = 5 if dense else 50
    world = stay_worlds.make_world(shifted(seed), devices, DAYS, dense)
    assert np.median(world.fixes["accuracy_m"]) == pytest.approx(MEDIAN_ACCURACY_M, rel=0.02)
    if not dense:
        assert 85 < len(world.fixes["device"]) / devices / DAYS < 115
    found = score(world.truth, as_columns(detect_stays(make_fixes(**world.fixes))))
    assert found["f1"] >= (0.98 if dense else 0.65)
    assert_fractions(found, dense)


HOURS = [(0, 8), (9, 17), (18, 24)]  # at places 0, 1 and 0


def columns_of(*rows: tuple[float, float, int], device: int = 0) -> dict[str, np.ndarray]:
    """Return stays of (begin h, end h, place), the places 1 km apart."""
    begin, end, place = np.array(rows, float).T
    return {
        "device": np.full(len(rows), device), "start_ms": (begin * 3_600_000).astype(np.int64),
        "end_ms": (end * 3_600_000).astype(np.int64), "lat": 13.0 + place / 111.195, "lon": np.full(len(rows), 2.0),
    }  # fmt: skip


@pytest.mark.parametrize(("found", "expected"), [
    ([(0, 8, 0), (9, 17, 1), (18, 24, 0)], {"f1": 1.0, "missed": 0.0, "merged": 0.0, "split": 0.0}),
    ([(0, 8, 0), (18, 24, 0)], {"f1": 0.8, "missed": 1 / 3}),
    ([(0, 8, 0), (9, 17, 1.19), (18, 24, 0)], {"f1": 1.0}),  # 190 m away
    ([(0, 8, 0), (9, 17, 1.21), (18, 24, 0)], {"f1": 2 / 3, "missed": 1 / 3}),
    ([(0, 4.1, 0), (9, 17, 1), (18, 24, 0)], {"f1": 1.0}),  # overlap of one half
    ([(0, 3.9, 0), (9, 17, 1), (18, 24, 0)], {"f1": 2 / 3, "missed": 0.0}),
    ([(0, 24, 0)], {"f1": 0.0, "merged": 1.0, "missed": 1 / 3, "split": 0.0}),  # the longest is a third of it
    ([(0, 4, 0), (4.1, 8, 0), (9, 17, 1), (18, 24, 0)], {"f1": 6 / 7, "split": 1 / 3, "merged": 0.0, "missed": 0.0}),
])  # fmt: skip
def test_scores_of_stays_lost_in_known_ways(found, expected):
    truth = columns_of(*((begin, end, number % 2) for number, (begin, end) in enumerate(HOURS)))
    scores = score(truth, columns_of(*found))
    assert {name: scores[name] for name in expected} == pytest.approx(expected)
    other = score(truth, columns_of(*found, device=1))
    assert (other["f1"], other["missed"]) == (0.0, 1.0)
