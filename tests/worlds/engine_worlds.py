"""Small hand-made inputs for the tests of the engine: square countries, sites, fixes, stays and sources."""

from __future__ import annotations

from datetime import date

import numpy as np
from shapely.geometry import box
from sitelight.plugin.engine.earth import Grid
from sitelight.plugin.engine.history import build_history
from sitelight.plugin.engine.legs import detect_legs
from sitelight.plugin.engine.places import Places, Sites, World
from sitelight.plugin.engine.screening import Fixes, Observations
from sitelight.plugin.engine.stays import Stays
from sitelight.plugin.engine.visits import attribute_visits

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
METRES_PER_DEGREE = 111_195.0
MONDAY = (date(2023, 5, 1) - date(1970, 1, 1)).days


def column(values, dtype=object) -> np.ndarray:
    """Return a column; object columns keep their values as they are."""
    if dtype is not object:
        return np.array(values, dtype=dtype)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def square_world(airports: Places | None = None) -> World:
    """Return three square countries: AA and BB share the border at 10 E, CC lies 20 degrees farther east."""
    none = Places(column([]), column([]), np.empty(0), np.empty(0))
    return World(
        country_code=column(["AA", "BB", "CC"]),
        country_name=column(["Aland", "Beland", "Celand"]),
        country_shape=column([box(0, 0, 10, 10), box(10, 0, 20, 10), box(40, 0, 50, 10)]),
        airports=airports or none,
        cities=none,
    )


def make_sites(*rows: tuple[str, str, float, float, float]) -> Sites:
    """Return point sites of (name, category, lat, lon, radius_m); the name is the id."""
    names, categories, lat, lon, radius_m = zip(*rows) if rows else ((),) * 5
    return Sites(
        site_id=column(names),
        name=column(names),
        category=column(categories),
        given_category=column(categories),
        country=column([""] * len(rows)),
        lat=column(lat, np.float64),
        lon=column(lon, np.float64),
        radius_m=column(radius_m, np.float64),
        polygon=column([None] * len(rows)),
    )


def make_fixes(device, time_ms, lat, lon, accuracy_m=10.0) -> Fixes:
    """Return fixes of equally long columns, already in order; `accuracy_m` may be one number for all."""
    device = np.asarray(device, np.int32)
    return Fixes(
        device=device,
        time_ms=np.asarray(time_ms, np.int64),
        lat=np.asarray(lat, np.float64),
        lon=np.asarray(lon, np.float64),
        accuracy_m=np.broadcast_to(np.float32(accuracy_m), len(device)).copy(),
        pseudonyms=column([f"d{code}" for code in range(int(device.max(initial=-1)) + 1)]),
    )


def make_stays(*rows: tuple[int, float, float, float, float], lasting: bool | list[bool] = True) -> Stays:
    """Return stays of (device, start in hours, end in hours since Monday 1 May 2023 UTC, lat, lon), sorted."""
    device, start_h, end_h, lat, lon = (np.array(values, np.float64) for values in zip(*rows))
    start_ms = MONDAY * DAY_MS + np.rint(start_h * HOUR_MS).astype(np.int64)
    end_ms = MONDAY * DAY_MS + np.rint(end_h * HOUR_MS).astype(np.int64)
    count = len(rows)
    return Stays(
        device=device.astype(np.int32),
        start_ms=start_ms,
        end_ms=end_ms,
        arrived_ms=start_ms,
        departed_ms=end_ms,
        lat=lat,
        lon=lon,
        radius_m=np.full(count, 20.0, np.float32),
        n_fixes=np.full(count, 5, np.int32),
        longest_gap_s=np.full(count, 600.0, np.float32),
        lasting=np.broadcast_to(np.array(lasting), count).copy(),
    )


class ListSource:
    """A source over arrays in memory: device id strings, times, positions; delivered in chunks."""

    name = "hand-made"

    def __init__(self, ids, time_ms, lat, lon, accuracy_m=None, chunk_rows: int = 1_000_000) -> None:
        self.row_count = len(time_ms)
        known, code = np.unique(np.asarray(ids, dtype=str), return_inverse=True)
        self._ids = known.astype(object)
        missing = np.asarray(ids, dtype=str) == ""
        self._device = np.where(missing, -1, code).astype(np.int64)
        accuracy_m = np.full(self.row_count, 10.0) if accuracy_m is None else accuracy_m
        self._columns = (
            np.asarray(time_ms, np.int64), np.asarray(lat, np.float64), np.asarray(lon, np.float64),
            np.asarray(accuracy_m, np.float32),
        )
        self._chunk_rows = chunk_rows

    def chunks(self):
        for begin in range(0, self.row_count, self._chunk_rows):
            rows = slice(begin, begin + self._chunk_rows)
            yield Observations(self._device[rows], *(values[rows] for values in self._columns))

    def device_ids(self) -> np.ndarray:
        return self._ids

    def notes(self) -> tuple[str, ...]:
        return ()

    def describe(self) -> dict:
        return {"name": self.name}


def make_history(rows, sites: Sites, world: World | None = None, linked=(), lookback_days=30, lasting=True):
    """Return the history of stays given as rows for `make_stays`, by UTC hours, with legs between lasting stays."""
    world = world or square_world()
    stays = make_stays(*rows, lasting=lasting)
    legs = detect_legs(stays, world)
    visits = attribute_visits(stays, sites, Grid(5, 5, 1000.0), world)
    return build_history(visits, legs, world, tuple(linked), lookback_days, zone_hours=0.0)


def make_panel(spot, device, hour, spots: int, world: World | None = None, hours=1.0):
    """Return the history of visits of `device` at `spot` (0..spots-1) from `hour` on, without any legs.

    They last `hours`: one number, or one per visit. The spots are sites of category "place" in country AA, 2 km apart;
    hours count from Monday 1 May 2023 UTC.
    """
    order = np.lexsort((hour, device))
    spot, device, hour = (np.asarray(values)[order] for values in (spot, device, hour))
    side = int(np.ceil(np.sqrt(spots)))
    lat, lon = 1.0 + (np.arange(spots) // side) * 0.02, 1.0 + (np.arange(spots) % side) * 0.02
    names = [f"s{number}" for number in range(spots)]
    sites = make_sites(*((name, "place", y, x, 100.0) for name, y, x in zip(names, lat, lon)))
    world = world or square_world()
    start_ms = MONDAY * DAY_MS + np.rint(hour * HOUR_MS).astype(np.int64)
    end_ms = start_ms + (np.broadcast_to(hours, len(spot))[order] * HOUR_MS).astype(np.int64)
    count = len(spot)
    stays = Stays(
        device=device.astype(np.int32), start_ms=start_ms, end_ms=end_ms, arrived_ms=start_ms, departed_ms=end_ms,
        lat=lat[spot], lon=lon[spot], radius_m=np.full(count, 20, np.float32), n_fixes=np.full(count, 5, np.int32),
        longest_gap_s=np.zeros(count, np.float32), lasting=np.ones(count, bool),
    )
    visits = attribute_visits(stays, sites, Grid(5, 5, 1000.0), world)
    legs = detect_legs(stays.take(np.empty(0, np.int64)), world)
    return build_history(visits, legs, world, (), 14, zone_hours=0.0)
