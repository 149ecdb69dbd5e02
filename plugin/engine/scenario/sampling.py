"""Advertising-grade sampling of timetables: when a device is seen, where, and how accurately."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .geography import distance_km, moved
from .people import People
from .settings import BURN_IN_DAYS, DAY_S, ScenarioSettings
from .timetable import AIR

BURST_FIXES = 5.0  # mean fixes in a burst
BURST_GAP_S = 40.0  # mean seconds between them
GAP_SIGMA = 1.0  # of the log-normal gaps between bursts
ACCURACY_MEDIAN_M, ACCURACY_SIGMA, ACCURACY_LIMITS_M = 15.0, 0.8, (5.0, 500.0)
# relative activity by local hour 0..23
_ACTIVITY = np.array([3, 2, 1.5, 1.5, 2, 4, 7, 9, 9, 9, 9, 9, 10, 10, 9, 9, 9, 10, 11, 12, 12, 11, 8, 5], float)
_HOUR_OF_SHARE = np.concatenate([[0.0], np.cumsum(_ACTIVITY) / _ACTIVITY.sum()])


class Whereabouts:
    """Looks up where devices are by a complete timetable (sorted by device and time)."""

    def __init__(self, timetable: pd.DataFrame, settings: ScenarioSettings) -> None:
        self._origin = settings.start_s - (BURN_IN_DAYS + 10.0) * DAY_S
        self._span = settings.end_s + 120.0 * DAY_S - self._origin
        self._table = {name: timetable[name].to_numpy() for name in ("arrive", "depart", "lat", "lon", "mode")}
        self._key = self._keys(timetable["device"].to_numpy(), self._table["arrive"])

    def _keys(self, device: np.ndarray, time_s: np.ndarray) -> np.ndarray:
        return device * self._span + (time_s - self._origin)

    def at(self, device: np.ndarray, time_s: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return lat, lon (degrees) and whether in the air, at the given times (UTC epoch seconds)."""
        row = np.searchsorted(self._key, self._keys(device, time_s), side="right") - 1
        lat, lon = self._table["lat"][row], self._table["lon"][row]
        moving = np.flatnonzero(time_s > self._table["depart"][row])
        at, after = row[moving], row[moving] + 1
        left = self._table["depart"][at]
        share = (time_s[moving] - left) / (self._table["arrive"][after] - left)
        air = self._table["mode"][after] == AIR
        lats, lons = self._table["lat"], self._table["lon"]
        lat[moving], lon[moving] = _under_way(share, lats[at], lons[at], lats[after], lons[after], ~air)
        in_air = np.zeros(len(row), dtype=bool)
        in_air[moving] = air
        return lat, lon, in_air


def _under_way(
    share: np.ndarray, lat1: np.ndarray, lon1: np.ndarray, lat2: np.ndarray, lon2: np.ndarray, bent: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions at `share` of the way; roads bend, the same way for all who use them in either direction."""
    back = lon1 > lon2
    along = np.where(back, 1.0 - share, share)
    phase = 40.0 * (lat1 + lat2 + lon1 + lon2)
    km = distance_km(lat1, lon1, lat2, lon2)
    amplitude_m = np.where(bent, np.minimum(50.0 * km, 2500.0), 0.0)
    bend = amplitude_m * np.sin(np.pi * along) * np.sin(2 * np.pi * along * np.maximum(1.0, km / 60.0) + phase)
    direction = np.where(back, -1.0, 1.0)
    east, north = direction * (lon2 - lon1) * np.cos(np.radians(lat1)), direction * (lat2 - lat1)
    length = np.maximum(np.hypot(east, north), 1e-9)
    lat, lon = lat1 + share * (lat2 - lat1), lon1 + share * (lon2 - lon1)
    return moved(lat, lon, -north / length * bend, east / length * bend)


def sample_fixes(
    people: People,
    timetable: pd.DataFrame,
    settings: ScenarioSettings,
    rng: np.random.Generator,
    extra_device: np.ndarray,
    extra_s: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sample the timetables of a block of devices.

    `extra_device`, `extra_s` are additional moments of use (device, UTC epoch seconds). Returns device (index),
    time (int64 epoch seconds), latitude, longitude, horizontal accuracy (m), by device and time.
    """
    where = Whereabouts(timetable, settings)
    device, burst_s = _bursts(people, where, settings, rng)
    device, burst_s = np.concatenate([device, extra_device]), np.concatenate([burst_s, extra_s])
    device, time_s = _fixes_of_bursts(rng, device, burst_s)
    seen = (time_s >= np.maximum(people.first_s, settings.start_s)[device]) & (time_s < people.last_s[device])
    seen &= time_s < settings.end_s
    device, time_s = device[seen], time_s[seen]
    lat, lon, in_air = where.at(device, time_s.astype(float))
    kept = ~in_air | people.in_air[device]
    device, time_s, lat, lon = device[kept], time_s[kept], lat[kept], lon[kept]
    accuracy = ACCURACY_MEDIAN_M * np.exp(ACCURACY_SIGMA * rng.standard_normal(len(device)))
    accuracy = np.clip(accuracy, *ACCURACY_LIMITS_M)
    # two thirds of the true positions lie within the stated accuracy: 1.51 standard deviations in two dimensions
    noise = rng.standard_normal((2, len(device))) * (accuracy / 1.51)
    lat, lon = moved(lat, lon, noise[0], noise[1])
    return device, time_s, lat, lon, accuracy


def _bursts(
    people: People, where: Whereabouts, settings: ScenarioSettings, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return device and start of every burst: log-normal gaps in a time that runs by the local hour's activity."""
    days = settings.days + 2
    per_day = people.rate / BURST_FIXES
    most = np.ceil(per_day * days * 1.1 + 6.0 * np.sqrt(per_day * days) + 10).astype(np.int64)
    device = np.repeat(np.arange(len(people)), most)
    gap = np.exp(GAP_SIGMA * rng.standard_normal(len(device)) - GAP_SIGMA**2 / 2) / per_day[device]
    start = np.cumsum(most) - most
    gap[start] *= rng.random(len(people))
    elapsed = np.cumsum(gap)
    elapsed -= (elapsed[start] - gap[start])[device]
    inside = elapsed < days
    device, elapsed = device[inside], elapsed[inside]
    first_day = settings.start_s // DAY_S - 1
    column = elapsed.astype(np.int64)
    active = rng.random((len(people), days)) >= people.idle[:, None]
    hours = np.interp(elapsed - column, _HOUR_OF_SHARE, np.arange(25.0))
    offset = _solar_hours(where, len(people), first_day, days)
    time_s = (first_day + column) * float(DAY_S) + (hours - offset[device, column]) * 3600.0
    kept = active[device, column]
    return device[kept], time_s[kept]


def _solar_hours(where: Whereabouts, devices: int, first_day: int, days: int) -> np.ndarray:
    """Return the hours that local time is ahead of UTC where each device is on each day (devices, days)."""
    noon = (first_day + np.arange(days)) * float(DAY_S) + DAY_S / 2
    device = np.repeat(np.arange(devices), days)
    _, lon, _ = where.at(device, np.tile(noon, devices))
    return np.round(lon / 15.0).reshape(devices, days)


def _fixes_of_bursts(
    rng: np.random.Generator, device: np.ndarray, burst_s: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return device and time (int64 s) of the fixes of all bursts, sorted by device and time."""
    size = 1 + rng.poisson(BURST_FIXES - 1.0, len(device))
    row = np.repeat(np.arange(len(device)), size)
    start = np.cumsum(size) - size
    gap = rng.exponential(BURST_GAP_S, len(row))
    gap[start] = 0.0
    since = np.cumsum(gap)
    since -= since[start][row]
    time_s = np.floor(burst_s[row] + since).astype(np.int64)
    order = np.lexsort((time_s, device[row]))
    return device[row][order], time_s[order]
