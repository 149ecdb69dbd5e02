"""What vendors do to rows: thirteen lies in three strengths, told about the rows of any source.

Each lie takes true rows and returns distorted ones, and says what an honest examiner would have to name. The rows are
in no particular order, as a delivery is; the generators know nothing of how the engine looks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import sitelight_package

sitelight_package.load()

from sitelight.plugin.engine.base import Columns  # noqa: E402
from sitelight.plugin.engine.screening import Observations  # noqa: E402

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True)
class Rows(Columns):
    """Rows of a delivery: device codes int64, `time_ms` int64 UTC, degrees WGS84, accuracy in metres."""

    device: np.ndarray
    time_ms: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    accuracy_m: np.ndarray

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Rows:
        """Return the rows of a feed as the scenario makes it."""
        device, _ = pd.factorize(frame["device_id"])
        return cls(
            device.astype(np.int64), frame["timestamp"].to_numpy(np.int64) * 1000, frame["latitude"].to_numpy(),
            frame["longitude"].to_numpy(), frame["horizontal_accuracy"].to_numpy(np.float32),
        )  # fmt: skip

    @property
    def devices(self) -> int:
        """One more than the largest device code."""
        return int(self.device.max()) + 1

    def source(self, name: str = "rows") -> RowSource:
        """Return the rows as a source of observations."""
        return RowSource(name, self)


class RowSource:
    """A source of observations that holds its rows."""

    def __init__(self, name: str, rows: Rows) -> None:
        self.name, self.row_count, self._rows = name, len(rows), rows

    def chunks(self) -> Iterator[Observations]:
        """Yield all rows at once."""
        yield Observations(**vars(self._rows))

    def device_ids(self) -> np.ndarray:
        """Return an id for every device code."""
        ids = np.empty(self._rows.devices, dtype=object)
        ids[:] = [f"id{code}" for code in range(len(ids))]
        return ids

    def notes(self) -> tuple[str, ...]:
        """Return nothing: the rows were read as they are."""
        return ()

    def describe(self) -> dict[str, object]:
        """Return nothing that a record would need."""
        return {}


@dataclass(frozen=True)
class Lie:
    """A lie with one parameter; `names` are the checks of which one has to be named."""

    name: str
    strengths: tuple[object, ...]
    names: tuple[str, ...]
    tell: Callable[[Rows, np.random.Generator, int, object], Rows]


def _later(rows: Rows, day: int) -> np.ndarray:
    return rows.time_ms >= day * DAY_MS


def _some(rows: Rows, rng: np.random.Generator, share: float) -> np.ndarray:
    """Return whether the row's device is one of a random share of the devices."""
    return (rng.random(rows.devices) < share)[rows.device]


def _with_new_ids(rows: Rows, which: np.ndarray, number: np.ndarray) -> Rows:
    """Give each (device, number) of the rows `which` an id of its own."""
    device = rows.device.copy()
    _, new = np.unique(rows.device[which] * 100_000 + number[which], return_inverse=True)
    device[which] = rows.devices + new
    return replace(rows, device=device)


def ids_anew(rows: Rows, rng: np.random.Generator, key_day: int, days_before: object) -> Rows:
    """All ids are drawn anew, so many days before the key date."""
    return _with_new_ids(rows, _later(rows, key_day - int(days_before)), np.zeros(len(rows), np.int64))


def some_ids_anew(rows: Rows, rng: np.random.Generator, key_day: int, share: object) -> Rows:
    """A share of the ids is drawn anew on the day before the key date."""
    return _with_new_ids(rows, _later(rows, key_day - 1) & _some(rows, rng, float(share)), np.zeros(len(rows), int))


def rotation(rows: Rows, rng: np.random.Generator, key_day: int, how: object) -> Rows:
    """Ids live a number of days; staggered over the devices or all on one day."""
    days, staggered, share = how
    offset = rng.integers(0, days, rows.devices) if staggered else np.zeros(rows.devices, np.int64)
    return _with_new_ids(rows, _some(rows, rng, share), (rows.time_ms // DAY_MS + offset[rows.device]) // days)


def copies(rows: Rows, rng: np.random.Generator, key_day: int, how: object) -> Rows:
    """A share of the devices comes a second time under other ids, exactly or a little shifted."""
    share, shift_min, jitter_s, jitter_m = how
    again = rows.take(_some(rows, rng, share))
    shift = rng.uniform(-shift_min, shift_min, rows.devices)[again.device] * 60_000.0
    time_ms = again.time_ms + np.rint(shift + rng.normal(0.0, 1.0, len(again)) * jitter_s * 1000.0).astype(np.int64)
    step = jitter_m / 111_000.0
    again = replace(
        again, device=again.device + rows.devices, time_ms=time_ms, lat=again.lat + rng.normal(0.0, step, len(again)),
        lon=again.lon + rng.normal(0.0, step, len(again)),
    )  # fmt: skip
    return Rows.joined([rows, again])


def invented(rows: Rows, rng: np.random.Generator, key_day: int, how: object) -> Rows:
    """Invented ids with random fixes within some days: in the bounding box of the data, or around its cities."""
    share, fixes, kind, km, days = how
    honest = np.isfinite(rows.lat) & (np.abs(rows.lat) < 80) & (np.abs(rows.lat) + np.abs(rows.lon) > 1e-3)
    lat, lon, time_ms = rows.lat[honest], rows.lon[honest], rows.time_ms[honest]
    n = int(share * rows.devices)
    device = np.repeat(np.arange(n), fixes)
    low, high = np.quantile(time_ms, (0.01, 0.99))
    # Those of one week come in that of the key date.
    start = np.full(n, (key_day - 2) * DAY_MS) if days == 7 else rng.uniform(low, high - days * DAY_MS, n)
    when = (start[device] + rng.uniform(0, days * DAY_MS, len(device))).astype(np.int64)
    if kind == "box":
        bounds = [np.quantile(values, (0.01, 0.99)) for values in (lat, lon)]
        at = rng.uniform(*bounds[0], len(device)), rng.uniform(*bounds[1], len(device))
    else:
        middle = rng.integers(0, len(lat), n)[device]
        at = tuple(values[middle] + rng.normal(0.0, km / 111.0, len(device)) for values in (lat, lon))
    accuracy = rng.choice(rows.accuracy_m[honest], len(device)).astype(np.float32)
    made = Rows(device + rows.devices, when, np.round(at[0], 6), np.round(at[1], 6), accuracy)
    return Rows.joined([rows, made])


def centroids(rows: Rows, rng: np.random.Generator, key_day: int, how: object) -> Rows:
    """Positions of a share of the rows become the middle of a city or a grid cell, from some days before on."""
    share, grid, days_before = how
    hit = np.flatnonzero(_later(rows, key_day - days_before) & (rng.random(len(rows)) < share) & np.isfinite(rows.lat))
    lat, lon = rows.lat.copy(), rows.lon.copy()
    # The middle of a city is where most rows of its square of 20 km are, written to four digits.
    lat[hit] = np.round(np.floor(lat[hit] / grid) * grid + grid * 0.5137, 4)
    lon[hit] = np.round(np.floor(lon[hit] / grid) * grid + grid * 0.4871, 4)
    return replace(rows, lat=lat, lon=lon)


def seen_more(rows: Rows, rng: np.random.Generator, key_day: int, how: object) -> Rows:
    """A share of the fleet is seen several times as often after an update: fixes between its own, where it was."""
    share, times, days_before = how
    base = rows.take(_later(rows, key_day - days_before) & _some(rows, rng, share) & np.isfinite(rows.lat))
    order = np.lexsort((base.time_ms, base.device))
    base = base.take(order)
    made = []
    same = np.flatnonzero(base.device[1:] == base.device[:-1])
    near = same[np.abs(base.lat[same + 1] - base.lat[same]) + np.abs(base.lon[same + 1] - base.lon[same]) < 0.004]
    for _ in range(int(times) - 1):
        # Somewhere between a fix and the next, where the device stayed; else within a minute of the fix.
        part = np.zeros(len(base))
        part[near] = rng.random(len(near)) * (base.time_ms[near + 1] - base.time_ms[near])
        part = np.where(part > 0, part, rng.uniform(1_000, 60_000, len(base)))
        step = base.accuracy_m / 1.51 / 111_000.0
        made.append(replace(
            base, time_ms=base.time_ms + part.astype(np.int64),
            lat=base.lat + rng.normal(0, 1, len(base)) * step, lon=base.lon + rng.normal(0, 1, len(base)) * step,
        ))  # fmt: skip
    return Rows.joined([rows, *made])


def days_missing(rows: Rows, rng: np.random.Generator, key_day: int, how: object) -> Rows:
    """Days are not delivered: (first day from the key date, number), the share of the rows that is lost."""
    first, number, lost = how
    since = rows.time_ms // DAY_MS - key_day - first
    return rows.take(~((since >= 0) & (since < number) & (rng.random(len(rows)) < lost)))


def country_missing(rows: Rows, rng: np.random.Generator, key_day: int, how: object) -> Rows:
    """The rows around the largest city of a box are not delivered for some days."""
    first, number, (south, west, north, east) = how
    since = rows.time_ms // DAY_MS - key_day - first
    inside = (rows.lat > south) & (rows.lat < north) & (rows.lon > west) & (rows.lon < east)
    return rows.take(~(inside & (since >= 0) & (since < number)))


def panel_jump(rows: Rows, rng: np.random.Generator, key_day: int, how: object) -> Rows:
    """The panel grows at once (its devices were not seen before) or shrinks at once, days before the key date."""
    times, days_before = how
    if times < 1.0:
        return rows.take(~(_later(rows, key_day - days_before) & _some(rows, rng, 1.0 - times)))
    return rows.take(_later(rows, key_day - days_before) | _some(rows, rng, 1.0 / times))


def truncated_day(rows: Rows, rng: np.random.Generator, key_day: int, how: object) -> Rows:
    """A day ends hours too early."""
    day, hours = how
    since = rows.time_ms - (key_day + day) * DAY_MS
    return rows.take(~((since >= (24 - hours) * HOUR_MS) & (since < DAY_MS)))


def clock_shift(rows: Rows, rng: np.random.Generator, key_day: int, how: object) -> Rows:
    """Times are shifted by hours from a day on."""
    hours, days_before = how
    shift = np.where(_later(rows, key_day - days_before), int(hours * HOUR_MS), 0)
    return replace(rows, time_ms=rows.time_ms + shift)


NIGER, MALI, RUSSIA = (11.7, 0.2, 23.5, 16.0), (10.1, -12.2, 25.0, 0.1), (41.0, 35.0, 77.0, 180.0)
LIES = (
    Lie("all ids anew", (1, 10, 60), ("ids renewed",), ids_anew),
    Lie("a share of the ids anew", (0.2, 0.5, 0.8), ("ids renewed",), some_ids_anew),
    Lie("ids live weeks", ((28, True, 1.0), (14, True, 1.0), (14, False, 1.0)), ("short-lived ids",), rotation),
    Lie("exact copies", ((0.1, 0, 0, 0), (0.3, 0, 0, 0), (0.6, 0, 0, 0)), ("copied devices",), copies),
    Lie("shifted copies", ((0.1, 5, 0, 20), (0.3, 0, 30, 50), (0.5, 10, 60, 50)), ("copied devices",), copies),
    Lie("invented devices", ((0.1, 30, "box", 0, 100), (0.4, 30, "box", 0, 7), (0.4, 30, "city", 4.0, 60)),
        ("made-up devices",), invented),
    Lie("centroids", ((0.1, 0.2, 60), (0.3, 0.2, 7), (0.3, 0.01, 7)), ("positions at centres",), centroids),
    Lie("seen more often", ((0.5, 2, 4), (1.0, 3, 4), (0.5, 5, 30)), ("seen more often",), seen_more),
    Lie("days not delivered", ((-40, 1, 1.0), (-40, 6, 1.0), (-2, 2, 1.0)), ("days missing",), days_missing),
    Lie("a country not delivered", ((-40, 4, NIGER), (-1, 2, MALI), (-2, 7, RUSSIA)), ("country missing",),
        country_missing),
    Lie("the panel jumps", ((2.0, 4), (1.5, 20), (0.5, 4)), ("panel jumps",), panel_jump),
    Lie("a truncated day", ((-30, 6), (0, 9), (1, 15)), ("hours missing", "days missing"), truncated_day),
    Lie("times shifted", ((2, 10), (5, 3), (-9, 60)), ("clock shifted",), clock_shift),
)  # fmt: skip
