"""Short ways on foot, by bicycle and by car with waits at lights, as fixes at many samplings."""

from __future__ import annotations

import numpy as np
from sitelight.plugin.engine.screening import Fixes
from worlds.engine_worlds import DAY_MS, METRES_PER_DEGREE, MONDAY, make_fixes

STAYS, WAYS = (0.4, 4.0), 6
KMH = {"foot": (3.5, 5.8), "bicycle": (12.0, 20.0), "car": (18.0, 45.0)}
MEDIAN_KM = {"foot": 0.8, "bicycle": 2.5, "car": 5.0}
KM = {"foot": (0.15, 6.0), "bicycle": (0.5, 12.0), "car": (1.0, 60.0)}
EVERY_S = {"5 s": 5.0, "1 min": 60.0, "5 min": 300.0, "15 min": 900.0}
BURSTS = "bursts"
BURSTS_A_DAY = 60.0


def walk_world(seed: int, kind: str, sampling: str, devices: int) -> Fixes:
    """Return the fixes of devices that stay and go six times each; 8 m of error, and one fix in 250 far off."""
    rng, columns = np.random.default_rng([seed, *kind.encode()]), []
    for device in range(devices):
        time_s, place_m = _way(rng, kind)
        seen_s = _sampled(rng, sampling, time_s[-1])
        error = _errors(rng, seen_s)
        y, x = (np.interp(seen_s, time_s, place_m[:, axis]) + error[:, axis] for axis in (0, 1))
        columns.append((np.full(len(seen_s), device), seen_s, y, x))
    device, second, y, x = (np.concatenate(column) for column in zip(*columns))
    lat, lon = 13.5 + y / METRES_PER_DEGREE, 2.1 + x / METRES_PER_DEGREE / np.cos(np.radians(13.5))
    return make_fixes(device, MONDAY * DAY_MS + (second * 1000).astype(np.int64), lat, lon, 10.0)


def _way(rng: np.random.Generator, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return times (s) and places (m) at the corners of a device's ways, with waits at one corner in seven."""
    now, here = 0.0, np.zeros(2)
    corners = [(now, here)]
    for _ in range(WAYS):
        now += 3600.0 * rng.uniform(*STAYS)
        corners.append((now, here))
        km = np.clip(np.exp(rng.normal(np.log(MEDIAN_KM[kind]), 0.8)), *KM[kind])
        kmh, bearing = rng.uniform(*KMH[kind]), rng.uniform(0.0, 2.0 * np.pi)
        parts = max(2, int(km / 0.3))
        for _ in range(parts):
            turned = bearing + rng.normal(0.0, 0.6)
            here = here + 1000.0 * km / parts * np.array([np.cos(turned), np.sin(turned)])
            now += 3600.0 * km / parts / (kmh * rng.uniform(0.8, 1.15))
            corners.append((now, here))
            if rng.random() < 0.15:
                now += rng.uniform(10.0, 70.0)
                corners.append((now, here))
    corners.append((now + 7200.0, here))
    times, places = zip(*corners)
    return np.array(times), np.array(places)


def _sampled(rng: np.random.Generator, sampling: str, end_s: float) -> np.ndarray:
    if sampling != BURSTS:
        every_s = EVERY_S[sampling]
        return np.arange(rng.uniform(0.0, every_s), end_s, every_s)
    burst = rng.uniform(0.0, end_s - 600.0, max(int(end_s / 86_400.0 * BURSTS_A_DAY), 4))
    return np.sort((burst[:, None] + rng.uniform(0.0, 240.0, (len(burst), 4))).ravel())


def _errors(rng: np.random.Generator, seen_s: np.ndarray) -> np.ndarray:
    """Return errors (m) of 8 m that last for half a minute, and of 60 m at one fix in 250."""
    error = rng.normal(0.0, 8.0, (len(seen_s), 2))
    keep = np.exp(-np.diff(seen_s, prepend=seen_s[0]) / 30.0)
    for row in range(1, len(error)):
        error[row] = keep[row] * error[row - 1] + np.sqrt(1.0 - keep[row] ** 2) * error[row]
    wild = rng.random(len(seen_s)) < 0.004
    error[wild] += rng.normal(0.0, 60.0, (int(wild.sum()), 2))
    return error
