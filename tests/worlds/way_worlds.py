"""Ways of actors over sites of all sizes, seen as rarely as anybody: the truth, and how much of it itineraries have.

Actors live near a garrison in Russia, fly over a hub to a country of the Sahel, drive on over a border or to other
sites, stay and fly home. Everybody is seen in a few bursts a day, never in the air. Sites measure 100 m to 4 km; some
airports on the way are in the gazetteer only. Some devices have a wrong record far away, and markets and hotels stand
beside the roads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from seeds import shifted
from shapely import wkb
from sitelight.plugin.engine.earth import EPOCH, distance_km
from sitelight.plugin.engine.itineraries import AskedPlace, LinkedTo, trace_back
from sitelight.plugin.engine.places import Sites, World
from sitelight.plugin.engine.screening import ScreeningSettings
from sitelight.plugin.engine.study import Study, read_history
from sitelight.plugin.engine.visits import ChosenPlace, GivenWindow
from worlds.countries_world import as_text
from worlds.engine_worlds import ListSource

HOUR_S, DAY_S = 3600.0, 86_400.0
START_S = 1_685_577_600.0  # 2023-06-01
DAYS = 75
HOMES = ((55.75, 37.62), (47.23, 39.72), (48.48, 135.07), (43.12, 131.90))
HUBS = ((41.26, 28.74), (29.20, 16.00), (6.17, 1.25), (30.12, 31.41))
TARGETS = ((13.51, 2.11), (12.64, -7.99), (16.27, -0.04), (16.96, 7.99), (0.39, 9.45))
KINDS = ("military", "government", "hotel", "embassy", "port", "border crossing", "police", "market")
PASSED = ("market", "hotel", "transport hub")
BASES_KM = 25.0
NEAR_M = 1500.0


@dataclass(frozen=True)
class Halt:
    """Where a device truly was: site row (-1: none), centre (degrees), radius (m), from and to (UTC epoch s)."""

    site: int
    lat: float
    lon: float
    radius_m: float
    arrive_s: float
    depart_s: float
    is_stop: bool = False


@dataclass(frozen=True)
class Score:
    """Stops of actors that left a record, those in their itineraries, actors, whole ones, false stops, itineraries."""

    stops: int
    found: int
    actors: int
    whole: int
    false: int
    listed: int
    missed: tuple[str, ...]


class WayWorld:
    """The world of `seed`: `sites`, `halts` of each device, the `actors` first, and the `source` of observations."""

    def __init__(self, seed: int, world: World, actors: int = 12, others: int = 40) -> None:
        self._rng, self._world = np.random.default_rng([shifted(seed), 77]), world
        self._rows: list[tuple[str, str, float, float, float]] = []
        self._fields = {place: self._field(*place) for place in (*HOMES, *HUBS, *TARGETS)}
        self._near = {place: self._sites_around(place) for place in (*HOMES, *TARGETS)}
        self._airport = {place: self._airport_site(place) for place in self._fields}
        self.actors = actors
        self.halts = [self._actor() for _ in range(actors)] + [self._other() for _ in range(others)]
        self.sites = self._as_sites()
        self.source, self.time_s = self._observe()

    def _field(self, lat: float, lon: float) -> tuple[float, float]:
        fields = self._world.airports
        nearest = int(np.argmin(distance_km(lat, lon, fields.lat, fields.lon)))
        return float(fields.lat[nearest]), float(fields.lon[nearest])

    def _site(self, category: str, lat: float, lon: float, radius_m: float) -> int:
        self._rows.append((f"{category} {len(self._rows)}", category, lat, lon, radius_m))
        return len(self._rows) - 1

    def _near_by(self, place: tuple[float, float], km: float) -> tuple[float, float]:
        away, angle = self._rng.uniform(0.2, 1.0) * km / 111.2, self._rng.uniform(0, 2 * np.pi)
        return place[0] + away * np.cos(angle), place[1] + away * np.sin(angle) / np.cos(np.radians(place[0]))

    def _sites_around(self, place: tuple[float, float]) -> list[int]:
        radius = np.exp(self._rng.uniform(np.log(100), np.log(2500), 8))
        kinds = ["military", "military", *self._rng.choice(KINDS, 6)]
        return [self._site(kind, *self._near_by(place, BASES_KM), float(one)) for kind, one in zip(kinds, radius)]

    def _airport_site(self, place: tuple[float, float]) -> int:
        if self._rng.random() < 0.3:
            return -1
        return self._site("airport", *self._fields[place], float(np.exp(self._rng.uniform(np.log(500), np.log(4000)))))

    def _actor(self) -> list[Halt]:
        rng = self._rng
        home, hub, target = (some[rng.integers(len(some))] for some in (HOMES, HUBS, TARGETS))
        base = self._near[home][rng.integers(2)]
        leaves_s = START_S + DAY_S * rng.uniform(35, 48)
        halts = self._days_at(base, self._near_by(home, 12.0), START_S, leaves_s)
        now = leaves_s
        asked = [("airport", home, rng.uniform(1.5, 4)), ("airport", hub, rng.uniform(1.5, 14)),
                 ("airport", target, rng.uniform(0.7, 2))]  # fmt: skip
        for row in rng.permutation(self._near[target])[: rng.integers(2, 5)]:
            asked.append((int(row), target, float(np.exp(rng.uniform(np.log(2), np.log(90))))))
        asked += [("airport", target, rng.uniform(1.5, 4)), ("airport", home, rng.uniform(0.7, 1.5))]
        for number, (what, place, hours) in enumerate(asked):
            site = self._airport[place] if what == "airport" else int(what)
            where = self._fields[place] if what == "airport" else self._rows[site][2:4]
            radius_m = self._rows[site][4] if site >= 0 else 1200.0
            km = float(distance_km(halts[-1].lat, halts[-1].lon, *where))
            by_air = number in (1, 2, len(asked) - 1)
            now += HOUR_S * (0.7 + km / 780.0 if by_air else 0.2 + 1.3 * km / 40.0)
            halts.append(Halt(site, *where, radius_m, now, now + HOUR_S * hours, True))
            now += HOUR_S * hours
        return halts + self._days_at(base, (halts[0].lat, halts[0].lon), now + HOUR_S, START_S + DAYS * DAY_S)

    def _other(self) -> list[Halt]:
        place = (*HOMES, *TARGETS)[self._rng.integers(len(HOMES) + len(TARGETS))]
        work = self._near[place][self._rng.integers(len(self._near[place]))]
        return self._days_at(work, self._near_by(place, 12.0), START_S, START_S + DAYS * DAY_S)

    def _days_at(self, site: int, home: tuple[float, float], start_s: float, end_s: float) -> list[Halt]:
        halts, now = [], start_s
        while now < end_s:
            night_s = now + HOUR_S * self._rng.uniform(11, 14)
            halts.append(Halt(-1, *home, 25.0, now, min(night_s, end_s)))
            work_s = night_s + HOUR_S
            if work_s + HOUR_S >= end_s:
                break
            lat, lon, radius_m = self._rows[site][2:]
            halts.append(Halt(site, lat, lon, radius_m, work_s, min(work_s + 8 * HOUR_S, end_s)))
            now = work_s + 9 * HOUR_S
        return halts

    def _as_sites(self) -> Sites:
        for row in [row for place in TARGETS for row in self._near[place]]:  # beside the roads to each of them
            lat, lon = self._rows[row][2:4]
            middle = self._near_by((lat, lon), 6.0)
            radius_m = float(np.exp(self._rng.uniform(np.log(80), np.log(700))))
            self._site(str(self._rng.choice(PASSED)), *middle, radius_m)
        name, kind, lat, lon, radius_m = (np.array(column) for column in zip(*self._rows))
        return Sites(
            as_text([f"s{n}" for n in range(len(name))]), as_text(name), as_text(kind), as_text(kind),
            as_text([""] * len(name)), lat, lon, radius_m, np.full(len(name), None, dtype=object),
        )  # fmt: skip

    def _observe(self) -> tuple[ListSource, list[np.ndarray]]:
        rng, columns, times = self._rng, [], []
        for device, halts in enumerate(self.halts):
            bursts = rng.uniform(START_S, START_S + DAYS * DAY_S, int(DAYS * np.clip(rng.lognormal(2.5, 0.6), 3, 40)))
            more = [one + rng.uniform(0, 300, rng.integers(0, 4)) for one in bursts]
            time_s = np.sort(np.concatenate([bursts, *more]))
            lat, lon, seen = self._positions(halts, time_s)
            time_s = time_s[seen]
            noise = rng.normal(0.0, 12.0 / 111_200.0, (2, len(time_s)))
            lat, lon = lat[seen] + noise[0], lon[seen] + noise[1]
            if rng.random() < 0.3:  # a wrong record, some hundred km off
                wrong = rng.integers(len(time_s))
                lat[wrong], lon[wrong] = self._near_by((lat[wrong], lon[wrong]), 1500.0)
            columns.append((np.full(len(time_s), f"d{device:03d}"), time_s, lat, lon))
            times.append(time_s)
        ids, time_s, lat, lon = (np.concatenate(column) for column in zip(*columns))
        return ListSource(ids, np.rint(time_s * 1000).astype(np.int64), lat, lon, np.full(len(lat), 15.0)), times

    def _positions(self, halts: list[Halt], time_s: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return lat, lon and whether it is seen: in a halt anywhere in it, on the way on a straight road."""
        arrive, depart, lat, lon, radius = (
            np.array([getattr(halt, name) for halt in halts])
            for name in ("arrive_s", "depart_s", "lat", "lon", "radius_m")
        )
        at = np.clip(np.searchsorted(arrive, time_s, side="right") - 1, 0, len(halts) - 1)
        after = np.minimum(at + 1, len(halts) - 1)
        inside = time_s <= depart[at]
        share = np.clip((time_s - depart[at]) / np.maximum(arrive[after] - depart[at], 1.0), 0.0, 1.0)
        y, x = lat[at] + share * (lat[after] - lat[at]), lon[at] + share * (lon[after] - lon[at])
        away = np.sqrt(self._rng.random(len(at))) * 0.9 * radius[at] / 111_200.0
        angle = self._rng.uniform(0, 2 * np.pi, len(at))
        y = np.where(inside, lat[at] + away * np.cos(angle), y)
        x = np.where(inside, lon[at] + away * np.sin(angle) / np.cos(np.radians(lat[at])), x)
        flies = distance_km(lat[at], lon[at], lat[after], lon[after]) > 300.0
        return y, x, (inside | ~flies) & (self._rng.random(len(at)) < np.where(inside, 1.0, 0.5))

    def score(self, watched: tuple[str, ...] = ("military",)) -> Score:
        """Return what the itineraries of a query for each actor's target hold of its stops."""
        study = Study(
            key_dates=(), sites=self.sites, world=self._world, screening=ScreeningSettings(keep_device_ids=True)
        )
        history, grid, sites, pseudonyms = read_history(study, self.source)
        counts, missed = np.zeros(5, dtype=int), []
        for device in range(self.actors):
            truth = [halt for halt in self.halts[device] if halt.is_stop]
            main = truth[3]
            day = EPOCH + timedelta(days=int(main.arrive_s // DAY_S))
            place = ChosenPlace(lat=np.array([main.lat]), lon=np.array([main.lon]), radius_m=25_000.0)
            window = GivenWindow(_a_day_before(day), day + timedelta(days=6))
            tables = trace_back(
                history, grid, sites, pseudonyms, [AskedPlace(place, window)], LinkedTo(),
                watched_categories=watched, max_itineraries=1000,
            )  # fmt: skip
            own = tables["itineraries"].query(f"device == 'd{device:03d}'")["itinerary_id"]
            stops = tables["stops"][tables["stops"]["itinerary_id"].isin(own)].sort_values("seq")
            seen, lost, false = self._compare(device, truth, stops)
            counts += (seen, seen - len(lost), not lost, false, len(own))
            missed += lost
        seen, found, whole, false, listed = counts.tolist()
        return Score(seen, found, self.actors, whole, false, listed, tuple(missed))

    def _compare(self, device: int, truth: list[Halt], stops: pd.DataFrame) -> tuple[int, list[str], int]:
        """Return how many stops left a record, which of them are missing, and how many listed ones are false."""
        points = [wkb.loads(bytes(value)) for value in stops["geometry"]]
        lat, lon = np.array([one.y for one in points]), np.array([one.x for one in points])
        came, left = stops["arrived_ms"].to_numpy() / 1000.0, stops["departed_ms"].to_numpy() / 1000.0
        named = (stops["spot_id"] != "").to_numpy()
        missing, seen, after = [], 0, -1
        for halt in truth:
            own = (self.time_s[device] >= halt.arrive_s) & (self.time_s[device] <= halt.depart_s)
            if not own.any():
                continue
            seen += 1
            away_m = 1000.0 * distance_km(halt.lat, halt.lon, lat, lon)
            near_m = max(NEAR_M, halt.radius_m) if halt.site >= 0 else 6000.0
            fits = (away_m <= near_m) & (came <= halt.depart_s + 1) & (left >= halt.arrive_s - 1)
            fits &= np.arange(len(lat)) > after
            if fits.any():
                after = int(np.argmax(fits))
            else:
                name = self._rows[halt.site][0] if halt.site >= 0 else "airport of the gazetteer"
                missing.append(f"d{device:03d} {name} ({int(own.sum())} fixes, {len(lat)} stops)")
        was = [
            any(
                halt.arrive_s - 1 <= last and first <= halt.depart_s + 1
                and 1000.0 * distance_km(halt.lat, halt.lon, y, x) <= (max(NEAR_M, halt.radius_m) if site else 50_000.0)
                for halt in self.halts[device]
            )
            for y, x, first, last, site in zip(lat, lon, came, left, named)
        ]
        return seen, missing, len(was) - sum(was)


def _a_day_before(day: date) -> date:
    return day - timedelta(days=1)
