"""Synthetic lives with known stays, made without regard to any detector, and the score of what a detector finds.

A device sleeps at home, goes to work on most weekdays and runs errands; between places it travels at the speed of the
way. Sparse devices are seen in bursts of about five fixes with log-normal silences (median 40 min, about 100 fixes a
day), dense ones once a minute. Position errors follow the stated accuracy (68 % of fixes within it), log-normal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LAT, LON = 13.5, 2.1
METRES_PER_DEGREE = 111_195.0
START_MS = 1_683_504_000_000  # Monday 8 May 2023, 00:00 UTC
DAY_S = 86_400.0
MIN_STAY_S = 600.0


@dataclass(frozen=True)
class World:
    """`fixes`: columns device, time_ms, lat, lon, accuracy_m. `truth`: columns device, start_ms, end_ms, lat, lon."""

    fixes: dict[str, np.ndarray]
    truth: dict[str, np.ndarray]


def make_world(seed: int, devices: int, days: int, dense: bool) -> World:
    """Return a world of `devices` over `days`; fixes sorted by device and time, stays of 10 minutes or more."""
    rng = np.random.default_rng(seed)
    fixes, truth = [], []
    for device in range(devices):
        knots, places = live(rng, days)
        seconds = every_minute(rng, days) if dense else in_bursts(rng, days)
        accuracy = np.clip(rng.lognormal(np.log(15.0), 0.8, len(seconds)), 3.0, 1000.0)
        # Rayleigh errors: 68 % of them are within 1.51 standard deviations of one axis.
        error = rng.normal(0.0, 1.0, (2, len(seconds))) * accuracy / 1.51
        east = np.interp(seconds, knots.ravel(), np.repeat(places[:, 0], 2)) + error[0]
        north = np.interp(seconds, knots.ravel(), np.repeat(places[:, 1], 2)) + error[1]
        fixes.append((np.full(len(seconds), device), to_ms(seconds), *to_degrees(east, north), accuracy))
        begin, end = np.maximum(knots[:, 0], 0.0), np.minimum(knots[:, 1], days * DAY_S)
        long = end - begin >= MIN_STAY_S
        truth.append((np.full(long.sum(), device), to_ms(begin[long]), to_ms(end[long]), *to_degrees(*places[long].T)))
    names = ("device", "time_ms", "lat", "lon", "accuracy_m")
    columns = [np.concatenate(parts) for parts in zip(*fixes)]
    known = [np.concatenate(parts) for parts in zip(*truth)]
    return World(dict(zip(names, columns)), dict(zip(("device", "start_ms", "end_ms", "lat", "lon"), known)))


def live(rng: np.random.Generator, days: int) -> tuple[np.ndarray, np.ndarray]:
    """Return when (begin, end in s) and where (east, north in m) one device stays, in order; neighbours differ."""
    home = rng.normal(0.0, 5000.0, 2)
    work = home + polar(rng, 3000.0 + rng.exponential(4000.0))
    haunts = [home + polar(rng, 300.0 + rng.exponential(2500.0)) for _ in range(4)]
    begins, ends, places, free = [-DAY_S], [], [home], 0.0

    def go(place: np.ndarray, leave: float) -> None:
        if place is not places[-1]:
            ends.append(leave)
            begins.append(leave + travel_s(rng, places[-1], place))
            places.append(place)

    for day in range(days):
        for hour, hours, place in plan_day(rng, day, home, work, haunts):
            leave = max(day * DAY_S + hour * 3600.0, free)
            if leave - free > 2 * 3600.0:
                go(home, free)
            go(place, max(leave, begins[-1] + 900.0))
            free = max(begins[-1], leave) + hours * 3600.0
        go(home, free)
        free = max(free, begins[-1] + 1800.0)
    ends.append((days + 1) * DAY_S)
    return np.stack((begins, ends), axis=1), np.array(places)


def plan_day(
    rng: np.random.Generator, day: int, home: np.ndarray, work: np.ndarray, haunts: list[np.ndarray]
) -> list[tuple[float, float, np.ndarray]]:
    """Return what a device means to do on a day: (hour of leaving, hours there, place), in order."""
    plan = []
    if day % 7 < 5 and rng.random() < 0.85:
        plan.append((rng.normal(7.7, 0.7), max(3.0, rng.normal(8.3, 0.9)), work))
    for hour in np.sort(rng.uniform(9.0, 20.0, rng.poisson(1.2))):
        place = haunts[rng.integers(4)] if rng.random() < 0.75 else home + polar(rng, 300.0 + rng.exponential(4000.0))
        plan.append((hour, float(np.clip(rng.lognormal(np.log(0.7), 0.6), 0.25, 3.0)), place))
    return plan


def polar(rng: np.random.Generator, distance_m: float) -> np.ndarray:
    """Return a step of `distance_m` in a random direction (east, north in m)."""
    angle = rng.uniform(0.0, 2.0 * np.pi)
    return distance_m * np.array([np.cos(angle), np.sin(angle)])


def travel_s(rng: np.random.Generator, here: np.ndarray, there: np.ndarray) -> float:
    """Return how long a way takes: on foot below 1 km, else by road, with a detour and two minutes of standing."""
    way_m = 1.3 * float(np.hypot(*(there - here)))
    speed = rng.uniform(1.1, 1.6) if way_m < 1300.0 else rng.uniform(4.0, 11.0)
    return way_m / speed + 120.0


def every_minute(rng: np.random.Generator, days: int) -> np.ndarray:
    """Return seconds of fixes, one a minute, from a random second on."""
    return np.arange(rng.uniform(0.0, 60.0), days * DAY_S, 60.0)


def in_bursts(rng: np.random.Generator, days: int) -> np.ndarray:
    """Return seconds of fixes in bursts of about five, a minute apart, with log-normal silences between them."""
    count = int(days * 40 + 50)
    sizes = 1 + rng.poisson(4.0, count)
    steps = rng.exponential(60.0, int(sizes.sum()))
    steps[np.cumsum(sizes) - sizes] = rng.lognormal(np.log(2400.0), 1.08, count)
    seconds = np.cumsum(steps)
    return seconds[seconds < days * DAY_S]


def to_ms(seconds: np.ndarray) -> np.ndarray:
    """Return seconds since the world's beginning as UTC epoch ms."""
    return START_MS + np.rint(seconds * 1000.0).astype(np.int64)


def to_degrees(east_m: np.ndarray, north_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return lat, lon of metres east and north of the world's middle."""
    return LAT + north_m / METRES_PER_DEGREE, LON + east_m / (METRES_PER_DEGREE * np.cos(np.radians(LAT)))


def repeat_devices(fixes: dict[str, np.ndarray], times: int) -> dict[str, np.ndarray]:
    """Return the fixes `times` over, each time as other devices: a larger world for timing."""
    step = int(fixes["device"].max()) + 1
    columns = {name: np.tile(values, times) for name, values in fixes.items()}
    columns["device"] += np.repeat(np.arange(times, dtype=columns["device"].dtype) * step, len(fixes["device"]))
    return columns


def as_one_device(fixes: dict[str, np.ndarray], days: int) -> dict[str, np.ndarray]:
    """Return the fixes as one device's, its former devices one after the other in time."""
    shift_ms = fixes["device"].astype(np.int64) * int(days * DAY_S * 1000)
    return {**fixes, "device": np.zeros_like(fixes["device"]), "time_ms": fixes["time_ms"] + shift_ms}
