"""Screening: from observations as delivered to fixes, with every dropped row counted under one reason."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Optional

import numpy as np

from . import countries
from .errors import InputError
from .fixes import NO_TIME, Fixes, Observations, ObservationSource
from .geodesy import distance_km
from .localtime import DAY_MS, HOUR_MS
from .places import World
from .progress import Progress
from .sorted_runs import begins_run

MISSING_DEVICE = "missing device"
BAD_COORDINATE = "missing or invalid coordinate"
NULL_ISLAND = "at 0, 0"
BAD_TIME = "missing or invalid time"
POOR_ACCURACY = "accuracy worse than the limit"
EXCLUDED_REGION = "excluded region"
FAR_TIME = "time far from all others"
DUPLICATE = "duplicate"
SHARED_POSITION = "position shared by improbably many devices"
TELEPORT = "impossible speed"
KEPT = "kept"
REASONS = (
    MISSING_DEVICE, BAD_COORDINATE, NULL_ISLAND, BAD_TIME, POOR_ACCURACY, EXCLUDED_REGION, FAR_TIME, DUPLICATE,
    SHARED_POSITION, TELEPORT,
)
EARLIEST_MS = 631_152_000_000  # 1990-01-01: consumer positioning is younger, so earlier times are clock faults
LATEST_MS = 4_102_444_800_000  # 2100-01-01
YEAR_MS = 366 * DAY_MS
SNAPPED_SHARE = 0.2


@dataclass(frozen=True)
class ScreeningSettings:
    """Limits of screening: worst accuracy (m), fastest speed (km/h), fastest speed out and back, countries left out."""

    max_accuracy_m: float = 1000.0
    max_speed_kmh: float = 1200.0
    turn_speed_kmh: float = 250.0
    excluded_countries: tuple[str, ...] = ("US",)
    shared_min_devices: int = 25
    shared_min_share: float = 0.02
    keep_device_ids: bool = False


@dataclass(frozen=True)
class Screened:
    """Fixes and the account of every row read: `counts` maps `KEPT` and each reason to rows; they add up to `read`."""

    fixes: Fixes
    counts: dict[str, int]
    read: int


def screen(
    source: ObservationSource,
    settings: ScreeningSettings,
    world: World,
    rekey: bytes,
    progress: Optional[Progress] = None,
) -> Screened:
    """Return the fixes of `source`, sorted by device and time, and the rows dropped by reason.

    Device ids are replaced by keyed BLAKE2 pseudonyms under `rekey` unless the settings keep them.
    Raises InputError when no fix is left, Cancelled.
    """
    progress = progress or Progress()
    counts = dict.fromkeys((KEPT, *REASONS), 0)
    parts, read = [], 0
    progress.step("Reading observations", 0.0)
    for chunk in source.chunks():
        read += len(chunk)
        parts.append(_screen_rows(chunk, settings, world, counts))
        progress.step("Reading observations", 0.8 * read / max(source.row_count or 2 * read, read, 1))
    columns = _joined(parts)
    steps = (_screen_time, _in_order, _screen_duplicates, _screen_shared, _screen_teleports)
    for number, screen_step in enumerate(steps):
        progress.step("Screening", 0.8 + 0.03 * number)
        columns = screen_step(columns, settings, counts)
    progress.step("Screening", 0.97)
    counts[KEPT] = len(columns[0])
    if counts[KEPT] == 0:
        raise InputError(_nothing_left(source.name, read, counts))
    return Screened(_as_fixes(columns, source, rekey, settings), counts, read)


def _screen_rows(chunk: Observations, settings: ScreeningSettings, world: World, counts: dict) -> tuple:
    """Apply the rules that look at one row at a time; the first rule that applies names the reason."""
    lat, lon = chunk.lat, np.where(chunk.lon > 180.0, chunk.lon - 360.0, chunk.lon)
    with np.errstate(invalid="ignore"):
        rules = (
            (MISSING_DEVICE, chunk.device < 0),
            (BAD_COORDINATE, ~((np.abs(lat) <= 90.0) & (np.abs(lon) <= 180.0))),
            (NULL_ISLAND, (np.abs(lat) < 1e-6) & (np.abs(lon) < 1e-6)),
            (BAD_TIME, (chunk.time_ms == NO_TIME) | (chunk.time_ms < EARLIEST_MS) | (chunk.time_ms > LATEST_MS)),
            (POOR_ACCURACY, chunk.accuracy_m > settings.max_accuracy_m),
        )
    keep = np.ones(len(chunk), bool)
    for reason, bad in rules:
        counts[reason] += int(np.count_nonzero(keep & bad))
        keep &= ~bad
    inside = countries.inside(world, settings.excluded_countries, lat, lon, keep)
    counts[EXCLUDED_REGION] += int(np.count_nonzero(inside))
    keep &= ~inside
    return chunk.device[keep], chunk.time_ms[keep], lat[keep], lon[keep], chunk.accuracy_m[keep]


def _joined(parts: list[tuple]) -> tuple:
    if not parts:
        empty = np.empty(0)
        return empty.astype(np.int64), empty.astype(np.int64), empty, empty, empty.astype(np.float32)
    return tuple(np.concatenate(columns) for columns in zip(*parts))


def _screen_time(columns: tuple, settings: ScreeningSettings, counts: dict) -> tuple:
    """Drop clock faults more than a year outside the bulk of the data."""
    time_ms = columns[1]
    if len(time_ms) == 0:
        return columns
    low, high = np.percentile(time_ms, (1, 99))
    return _kept(columns, (time_ms >= low - YEAR_MS) & (time_ms <= high + YEAR_MS), FAR_TIME, counts)


def _in_order(columns: tuple, settings: ScreeningSettings, counts: dict) -> tuple:
    """Sort by device and time; equal times by accuracy and position, so that the order in the file never matters."""
    device, time_ms, lat, lon, accuracy_m = columns
    if len(device) == 0:
        return columns
    since_ms = time_ms - time_ms.min()
    bits = int(since_ms.max()).bit_length()
    if int(device.max()).bit_length() + bits < 64:
        order = np.argsort((device << bits) | since_ms, kind="stable")  # one key sorts much faster than two
    else:
        order = np.lexsort((since_ms, device))
    repeats = ~begins_run(device[order], time_ms[order])
    tied = np.flatnonzero(repeats | np.append(repeats[1:], False))
    if len(tied):
        rows = order[tied]
        order[tied] = rows[np.lexsort((lon[rows], lat[rows], accuracy_m[rows], time_ms[rows], device[rows]))]
    return tuple(column[order] for column in columns)


def _kept(columns: tuple, keep: np.ndarray, reason: str, counts: dict) -> tuple:
    counts[reason] += int(np.count_nonzero(~keep))
    return columns if keep.all() else tuple(column[keep] for column in columns)


def _screen_duplicates(columns: tuple, settings: ScreeningSettings, counts: dict) -> tuple:
    """Keep the most accurate of the rows of one device at one time."""
    return _kept(columns, begins_run(*columns[:2]), DUPLICATE, counts)


def _screen_shared(columns: tuple, settings: ScreeningSettings, counts: dict) -> tuple:
    """Drop positions that very many devices report to the last digit (cell tower, IP or geocoder centroids).

    Measured positions hardly ever repeat exactly. Where many do, the data have been snapped to places: there sharing
    says nothing, and all rows stay.
    """
    device, _, lat, lon = columns[:4]
    if len(device) == 0:
        return columns
    position = (np.round((lat + 90) * 1e6).astype(np.int64) << 30) | np.round((lon + 180) * 1e6).astype(np.int64)
    values, inverse, repeats = np.unique(position, return_inverse=True, return_counts=True)
    often = np.flatnonzero(repeats[inverse] >= 2)
    if len(often) > SNAPPED_SHARE * len(device):
        return columns
    pairs = np.unique((inverse[often] << 32) + device[often])
    sharing = np.bincount(pairs >> 32, minlength=len(values))
    limit = max(settings.shared_min_devices, settings.shared_min_share * len(np.unique(device)))
    return _kept(columns, sharing[inverse] < limit, SHARED_POSITION, counts)


def _screen_teleports(columns: tuple, settings: ScreeningSettings, counts: dict) -> tuple:
    """Drop one or two fixes in a row that jump away at flying speed and come back to where they left from.

    Nobody flies out, is seen once and flies back at once; and nothing at all is faster than `max_speed_kmh`.
    """
    for length in (1, 1, 2):
        device, time_ms, lat, lon = columns[:4]
        if len(device) < length + 2:
            break
        step_km = distance_km(lat[:-1], lon[:-1], lat[1:], lon[1:])
        hours = np.maximum(time_ms[1:] - time_ms[:-1], 1000) / HOUR_MS
        kmh = step_km / hours
        flown = (kmh > settings.turn_speed_kmh) & (step_km > 20.0) | (kmh > settings.max_speed_kmh) & (step_km > 2.0)
        reach = length + 1
        across_km = distance_km(lat[:-reach], lon[:-reach], lat[reach:], lon[reach:])
        out_km, back_km = step_km[: len(across_km)], step_km[length:]
        spike = flown[: len(across_km)] & flown[length:] & (device[reach:] == device[:-reach])
        spike &= across_km < 0.25 * (out_km + back_km)
        keep = np.ones(len(device), bool)
        for offset in range(length):
            keep[1 + offset : len(keep) - reach + 1 + offset] &= ~spike
        columns = _kept(columns, keep, TELEPORT, counts)
    return columns


def _as_fixes(columns: tuple, source: ObservationSource, rekey: bytes, settings: ScreeningSettings) -> Fixes:
    device, time_ms, lat, lon, accuracy_m = columns
    codes, dense = np.unique(device, return_inverse=True)
    ids = np.asarray(source.device_ids(), dtype=object)[codes]
    if not settings.keep_device_ids:
        # One hash per device, never per fix: hashlib has no vectorised form.
        ids = np.array([_pseudonym(device_id, rekey) for device_id in ids], dtype=object)
    known = np.isfinite(accuracy_m) & (accuracy_m > 0)
    typical_m = np.float32(np.median(accuracy_m[known])) if known.any() else np.float32(20.0)
    return Fixes(
        device=dense.astype(np.int32),
        time_ms=time_ms,
        lat=lat,
        lon=lon,
        accuracy_m=np.where(known, accuracy_m, typical_m).astype(np.float32),
        pseudonyms=ids,
    )


def _pseudonym(device_id: str, rekey: bytes) -> str:
    return "d-" + hashlib.blake2b(str(device_id).encode(), key=rekey, digest_size=8).hexdigest()


def _nothing_left(name: str, read: int, counts: dict) -> str:
    if read == 0:
        return f"“{name}” has no rows. Choose a layer or file with observations."
    worst = max(REASONS, key=lambda reason: counts[reason])
    return (
        f"None of the {read:,} rows of “{name}” can be used; most were dropped for: {worst}. "
        "Check the chosen columns, above all device, time, latitude and longitude."
    )
