"""Generated tracks for the tests of screening: owners of phones, flyers, and the faults that feeds are known for."""

from __future__ import annotations

import numpy as np
from worlds.engine_worlds import DAY_MS, HOUR_MS, METRES_PER_DEGREE, MONDAY

START_MS = MONDAY * DAY_MS
MINUTE_MS = 60_000


def moments(rng, days: int, dense: bool) -> np.ndarray:
    """Return times of fixes (ms, rising): one a minute from 6 to 23 h, or about twelve bursts of eight a day."""
    if dense:
        minutes = np.arange(6 * 60, 23 * 60)
        time_ms = (np.arange(days)[:, None] * DAY_MS + minutes * MINUTE_MS).ravel()
        return START_MS + time_ms + rng.integers(0, 20_000, time_ms.size)
    bursts = rng.uniform(6, 23, (days, 12)) * HOUR_MS + np.arange(days)[:, None] * DAY_MS
    steps = np.cumsum(rng.exponential(45_000, (days, 12, 8)), axis=2)
    return START_MS + np.unique((bursts[..., None] + steps).astype(np.int64))


def owner(rng, lat: float, lon: float, days: int, dense: bool):
    """Return time, lat, lon of one who sleeps at home and works some kilometres away on weekdays."""
    time_ms = moments(rng, days, dense)
    work = np.array([lat, lon]) + rng.uniform(-0.05, 0.05, 2)
    hour, day = (time_ms % DAY_MS) / HOUR_MS, (time_ms - START_MS) // DAY_MS
    # Half an hour of even travel each way, so that the way is no jump.
    share = np.clip(np.minimum((hour - 8.0) / 0.5, (17.5 - hour) / 0.5), 0.0, 1.0) * (day % 7 < 5)
    noise = rng.normal(0, 12.0 / METRES_PER_DEGREE, (2, len(time_ms)))
    return time_ms, lat + share * (work[0] - lat) + noise[0], lon + share * (work[1] - lon) + noise[1]


def together(*tracks):
    """Return the columns of one id used for all `tracks`, by time."""
    columns = [np.concatenate(values) for values in zip(*tracks)]
    order = np.argsort(columns[0], kind="stable")
    return tuple(values[order] for values in columns)


def moved(track, rows, lat: float, lon: float):
    """Return the track with some rows put to another place."""
    time_ms, lats, lons = (values.copy() for values in track)
    lats[rows], lons[rows] = lat, lon
    return time_ms, lats, lons


def flyer(rng, lat: float, lon: float, days: int, dense: bool, km: float, every: int = 2, in_flight: bool = True):
    """Return the track of one who flies to a second home, `km` to the north, and back, on every so many days."""
    time_ms, lats, lons = owner(rng, lat, lon, days, dense)
    hours = km / 800.0
    hour_of_all = (time_ms - START_MS) / HOUR_MS
    leave = 24.0 * np.arange(0, days, every) + 12.0
    flight = np.searchsorted(leave, hour_of_all, side="right") - 1
    since = np.where(flight >= 0, hour_of_all - leave[np.maximum(flight, 0)], 1e9)
    done = np.clip(since / hours, 0.0, 1.0)
    north = np.where(flight < 0, 0.0, np.where(flight % 2 == 0, done, 1.0 - done))
    kept = in_flight | (done >= 1.0)
    shift = north * km * 1000.0 / METRES_PER_DEGREE
    return time_ms[kept], (lats + shift)[kept], lons[kept]
