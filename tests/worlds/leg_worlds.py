"""Synthetic journeys with known mode, from the gazetteer's cities and airports, as position fixes; and their score.

A device lives in one city, travels once and lives in another. It is seen in bursts, like a phone's advertising
records; nothing here looks at how the engine tells modes apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pyproj import Geod
from seeds import shifted
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.earth import distance_km, nearest_within
from sitelight.plugin.engine.legs import detect
from sitelight.plugin.engine.places import countries
from sitelight.plugin.engine.screening import Fixes
from sitelight.plugin.engine.stays import detect_stays
from worlds.engine_worlds import DAY_MS, HOUR_MS, METRES_PER_DEGREE, MONDAY, make_fixes

GEOD = Geod(ellps="WGS84")
HOME_DAYS = 3.0
BURSTS_PER_DAY, FIXES_PER_BURST = 20, 4


@dataclass(frozen=True)
class Journeys:
    """Fixes of all devices, and per device the true mode, and when it left and came (UTC epoch ms).

    `km` from airport to airport of those that flew, else from town to town; `took_off_ms`, `landed_ms` likewise.
    """

    fixes: Fixes
    mode: np.ndarray
    km: np.ndarray
    left_ms: np.ndarray
    came_ms: np.ndarray
    took_off_ms: np.ndarray
    landed_ms: np.ndarray


class Map:
    """A sample of the gazetteer's cities, their airports within 45 km, and the land they lie on.

    With `kept_ways`, so many ways of each kind on the ground are drawn once, and all journeys take theirs from these:
    to find one that lies on land or at sea takes longer than all else.
    """

    def __init__(self, kept_ways: int = 0) -> None:
        self.world = load_world()
        cities, airports = self.world.cities, self.world.airports
        rows = np.random.default_rng(shifted(1)).permutation(len(cities))[:9000]
        self.lat, self.lon = cities.lat[rows], cities.lon[rows]
        self.airport, _ = nearest_within(self.lat, self.lon, airports.lat, airports.lon, 45.0)
        self.field = np.stack([airports.lat[self.airport], airports.lon[self.airport]], axis=1)
        self.land = countries.locate_landmass(self.world, self.lat, self.lon)
        self.country = cities.country[rows].astype(str)
        self._kept_ways, self._ways = kept_ways, {}

    def ways(self, kind: str) -> list[tuple]:
        """Return the ways of `kind` that are kept; none of them where each journey draws its own, as all by air do."""
        if kind not in self._ways and kind != "air":
            rng = np.random.default_rng([shifted(2), *kind.encode()])
            self._ways[kind] = [_ends(rng, self, kind, (0.0, 0.0)) for _ in range(self._kept_ways)]
        return self._ways.get(kind, [])


def make_journeys(
    rng: np.random.Generator, ground: Map, modes: list[str], silence_h: float, seen_in_the_air: bool,
    flight_km: tuple[float, float] = (800.0, 9000.0), least_silence_h: float = 0.0,
) -> Journeys:
    """Return one journey per entry of `modes`: "air", "road", "motorway", "train" (300 km/h on rails) or "ferry".

    The device is silent for `least_silence_h` to `silence_h` hours before it leaves and after it comes; where that
    may be a day or more, it is not seen on the ground on the way either.
    """
    columns, far_km, times = [], [], []
    kept = {kind: list(rng.permutation(len(ground.ways(kind)))) for kind in dict.fromkeys(modes)}
    for device, kind in enumerate(modes):
        a, b, start, end = ground.ways(kind)[kept[kind].pop()] if kept[kind] else _ends(rng, ground, kind, flight_km)
        fields = ground.field[[a, b]] if kind == "air" else np.array([start, end])
        way, hours, air, seen_h = _way(rng, kind, start, end, fields)
        air_h = np.sort(rng.uniform(*air, 4 if seen_in_the_air and kind == "air" else 0))
        silent = rng.uniform(least_silence_h, silence_h, 2)
        leave_h = 24.0 * HOME_DAYS + silent[0]
        come_h = leave_h + hours
        at_home = _bursts(rng, 0.0, 24.0 * HOME_DAYS)
        at_target = _bursts(rng, come_h + silent[1], come_h + silent[1] + 24.0 * HOME_DAYS)
        on_way = np.sort(np.concatenate([seen_h, air_h]))
        if silence_h >= 24.0:
            on_way = air_h
        lat, lon = way(on_way / hours)
        columns += [
            (device, at_home, np.full(len(at_home), start[0]), np.full(len(at_home), start[1])),
            (device, leave_h + on_way, lat, lon),
            (device, at_target, np.full(len(at_target), end[0]), np.full(len(at_target), end[1])),
        ]
        far_km.append(float(distance_km(*fields[0], *fields[1])))
        times.append((leave_h, come_h, leave_h + air[0], leave_h + air[1]))
    device = np.concatenate([np.full(len(part[1]), part[0]) for part in columns])
    hour, lat, lon = (np.concatenate([part[at] for part in columns]) for at in (1, 2, 3))
    noise = rng.normal(0.0, 12.0 / METRES_PER_DEGREE, (2, len(hour)))
    start_ms = MONDAY * DAY_MS
    time_ms = start_ms + np.rint(hour * HOUR_MS).astype(np.int64)
    order = np.lexsort((time_ms, device))
    fixes = make_fixes(device[order], time_ms[order], (lat + noise[0])[order], (lon + noise[1])[order], 15.0)
    true_ms = start_ms + np.rint(np.array(times) * HOUR_MS).astype(np.int64)
    return Journeys(fixes, np.array(modes), np.array(far_km), *true_ms.T)


def _bursts(rng: np.random.Generator, begin_h: float, end_h: float) -> np.ndarray:
    count = int((end_h - begin_h) / 24.0 * BURSTS_PER_DAY)
    burst = rng.uniform(begin_h, end_h - 0.3, count)
    hours = np.sort((burst[:, None] + rng.uniform(0.0, 0.25, (count, FIXES_PER_BURST))).ravel())
    hours[[0, -1]] = begin_h, end_h
    return hours


def _ends(rng: np.random.Generator, ground: Map, kind: str, flight_km: tuple[float, float]):
    low, high = {"air": flight_km, "road": (20.0, 900.0), "motorway": (150.0, 900.0), "train": (150.0, 900.0),
                 "ferry": (40.0, 400.0)}[kind]
    while True:
        a = rng.integers(len(ground.lat))
        if kind == "train" and ground.country[a] not in ("FR", "ES", "DE", "IT", "CN", "JP", "KR"):
            continue
        km = distance_km(ground.lat[a], ground.lon[a], ground.lat, ground.lon)
        fits = (km >= low) & (km <= high)
        if kind == "air":
            km = distance_km(*ground.field[a], *ground.field.T)
            fits = (km >= low) & (km <= high)
            fits &= (ground.airport >= 0) & (ground.airport[a] >= 0) & (ground.airport != ground.airport[a])
        elif kind == "ferry":
            fits &= (ground.land != ground.land[a]) & (ground.land >= 0)
        else:
            fits &= (ground.land == ground.land[a]) & (ground.land >= 0)
        if kind == "train":
            fits &= ground.country == ground.country[a]
        if fits.any():
            # The nearest city to a distance drawn evenly: drawn among cities, most journeys would be the longest.
            b = np.flatnonzero(fits)[np.argmin(np.abs(km[fits] - rng.uniform(low, high)))]
            at_sea = 0.0 if kind == "air" else _share_at_sea(ground, a, b)
            if at_sea > 0.0 and kind in ("road", "motorway", "train") or at_sea < 0.7 and kind == "ferry":
                continue
            spread = rng.normal(0.0, 0.03, 4)
            start = ground.lat[a] + spread[0], ground.lon[a] + spread[1]
            return a, b, start, (ground.lat[b] + spread[2], ground.lon[b] + spread[3])


def _share_at_sea(ground: Map, a: int, b: int) -> float:
    """Return how much of the straight line between two cities is sea: a gulf that a road goes around, or a strait."""
    lonlat = GEOD.npts(ground.lon[a], ground.lat[a], ground.lon[b], ground.lat[b], 30)
    lon, lat = np.array(lonlat).T
    return float((countries.locate(ground.world, lat, lon, coast_km=5.0) < 0).mean())


def _way(rng: np.random.Generator, kind: str, start, end, fields: np.ndarray):
    """Return the way as a function of the share of the time, its hours, those of take-off and landing, those seen."""
    if kind != "air":
        km = distance_km(*start, *end)
        factor, kmh = {"road": (1.25, rng.uniform(45, 85)), "motorway": (1.2, rng.uniform(95, 115)),
                       "train": (1.1, rng.uniform(180, 240)), "ferry": (1.1, rng.uniform(25, 45))}[kind]
        hours = float(factor * km / kmh) + {"train": 0.7, "ferry": 1.5}.get(kind, 0.0)
        hours += 9.0 * (hours // 10.0) if kind == "road" else 0.0
        seen = _on_the_way(rng, hours, 1.5)
        if kind == "train":  # seen while it runs at full speed, two or three times in some minutes
            middle = rng.uniform(0.35, 0.65, 2) * hours
            seen = np.concatenate([seen, middle, middle + 0.05])
            return _at_rail_speed(start, end, hours), hours, (0.0, hours), seen
        return _straight([start, end], [0.0, 1.0]), hours, (0.0, hours), seen
    to_h, from_h = (float(distance_km(*town, *field)) * 1.4 / 45.0 + 0.2 for town, field in zip((start, end), fields))
    wait_h = rng.uniform(1.0, 2.5) + rng.uniform(0.1, 0.35)  # in the building, then on the taxiway
    out_h = rng.uniform(0.07, 0.2) + rng.uniform(0.4, 1.0)
    phase_h, phase_km = _flight(rng, float(distance_km(*fields[0], *fields[1])))
    at = np.cumsum([0.0, to_h, wait_h, *phase_h, out_h, from_h])
    climbed, descends = (_between(fields[0], fields[1], share) for share in np.cumsum(phase_km)[:2] / sum(phase_km))
    points = [start, fields[0], fields[0], climbed, descends, fields[1], fields[1], end]
    seen = np.concatenate([_on_the_way(rng, at[2], 0.7), at[5] + _on_the_way(rng, at[7] - at[5], 0.5)])
    return _straight(points, at / at[-1]), at[-1], (at[2], at[5]), seen


def _flight(rng: np.random.Generator, km: float) -> tuple[np.ndarray, np.ndarray]:
    """Return hours and km (as the crow flies) of climb, cruise and descent.

    Turboprops cruise at 430 to 540 km/h; jets at 700 to 860, less where the way is too short for their height. Routes
    are 4 to 10 % longer than the great circle. Climb and descent, approach included, are half as slow again.
    """
    jet = rng.random() < np.clip((km - 250.0) / 450.0, 0.1, 1.0)
    cruise_kmh = rng.uniform(700, 860) * min(0.7 + 0.3 * km / 800.0, 1.0) if jet else rng.uniform(430, 540)
    kmh = cruise_kmh / rng.uniform(1.04, 1.10) * np.array([0.65, 1.0, 0.6])
    hours = np.array([0.35, 0.0, 0.35] if jet else [0.25, 0.0, 0.25])
    hours *= min(1.0, km / (kmh @ hours))
    hours[1] = max(km - kmh @ hours, 0.0) / kmh[1]
    return hours, kmh * hours


def _on_the_way(rng: np.random.Generator, hours: float, every_h: float) -> np.ndarray:
    count = rng.poisson(hours / every_h)
    return rng.uniform(0.02, 0.98, count) * hours


def _straight(points, shares):
    """Return the function of the share of time that runs over great circles between points at given shares."""
    shares = np.asarray(shares)

    def at(share):
        share = np.asarray(share, dtype=np.float64)
        part = np.clip(np.searchsorted(shares, share, side="right") - 1, 0, len(points) - 2)
        lat, lon = np.empty(len(share)), np.empty(len(share))
        for row, (one, number) in enumerate(zip(share, part)):
            (lat_a, lon_a), (lat_b, lon_b) = points[number], points[number + 1]
            azimuth, _, metres = GEOD.inv(lon_a, lat_a, lon_b, lat_b)
            width = max(shares[number + 1] - shares[number], 1e-12)
            lon[row], lat[row], _ = GEOD.fwd(lon_a, lat_a, azimuth, metres * min((one - shares[number]) / width, 1.0))
        return lat, lon

    return at


def _at_rail_speed(start, end, hours: float):
    """A train that runs at 300 km/h in the middle third of its time and slower before and after."""
    km = float(distance_km(*start, *end))
    middle = min(300.0 * hours / 3.0 / km, 0.9)
    return _straight(
        [start, _between(start, end, (1 - middle) / 2), _between(start, end, (1 + middle) / 2), end],
        [0.0, 1 / 3, 2 / 3, 1.0],
    )


def _between(start, end, share: float):
    azimuth, _, metres = GEOD.inv(start[1], start[0], end[1], end[0])
    lon, lat, _ = GEOD.fwd(start[1], start[0], azimuth, metres * share)
    return lat, lon


def score(journeys: Journeys, world) -> dict[str, float]:
    """Return recall and precision of air, and how many journeys of each mode got a leg said to be by air.

    A flight is found if a leg by air overlaps it; a leg by air is right if it overlaps a flight. Counts stand beside
    the shares.
    """
    stays = detect_stays(journeys.fixes, keep_short=True)
    found = detect.detect_legs(stays, world)
    air = found.mode == detect.AIR
    device = found.device
    meets = (found.departed_after_ms < journeys.came_ms[device]) & (found.arrived_before_ms > journeys.left_ms[device])
    flown = journeys.mode[device] == "air"
    flights = np.flatnonzero(journeys.mode == "air")
    hit = np.isin(flights, device[air & meets])
    by_mode = {
        kind: float(np.isin(np.flatnonzero(journeys.mode == kind), device[air]).mean())
        for kind in np.unique(journeys.mode)
    }
    right = air & meets & flown
    return {
        "recall": float(hit.mean()) if len(hit) else np.nan,
        "precision": float(right.sum() / max(air.sum(), 1)),
        "flights": len(flights),
        "found": int(hit.sum()),
        "air_legs": int(air.sum()),
        "right": int(right.sum()),
        **{f"air among {kind}": share for kind, share in by_mode.items()},
    }
