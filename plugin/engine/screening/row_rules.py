"""The rules of screening that look at one row at a time, and so can run on any chunk of a source."""

from __future__ import annotations

import numpy as np

from ..places import SensitivePlaces, World, is_excluded
from .observations import MARKED, NO_TIME, Observations
from .settings import (
    BAD_COORDINATE,
    BAD_TIME,
    EXCLUDED_REGION,
    IMPOSSIBLE_TIME,
    MARKED_WRONG,
    MISSING_DEVICE,
    NULL_ISLAND,
    POOR_ACCURACY,
    SENSITIVE_PLACE,
    ScreeningSettings,
)
from .time_numbers import EARLIEST_MS

LATEST_MS = 4_102_444_800_000  # 2100-01-01
# Seconds read as milliseconds lie in January 1970 and milliseconds read as seconds far beyond 2100: such rows are
# dropped here, not mended, since a clock that restarted in 1970 looks the same.


def screen_rows(
    chunk: Observations, settings: ScreeningSettings, world: World, sensitive: SensitivePlaces, counts: dict[str, int]
) -> Observations:
    """Return the rows of `chunk` that are usable by themselves, longitudes in -180..180, accuracies above 0 or NaN.

    Adds the number of rows dropped to `counts` under the first reason that applies to each.
    """
    lon, accuracy_m = chunk.lon, chunk.accuracy_m
    if (lon > 180.0).any():
        lon = np.where((lon > 180.0) & (lon <= 360.0), lon - 360.0, lon)
    if (accuracy_m <= 0.0).any():  # nothing is that accurate: feeds write 0 and -1 where they do not know
        accuracy_m = np.where(accuracy_m <= 0.0, np.float32(np.nan), accuracy_m)
    rows = Observations(chunk.device, chunk.time_ms, chunk.lat, lon, accuracy_m)
    bad = np.zeros(len(rows), bool)
    for _reason, applies in _rules(rows, settings):
        bad |= applies
    if bad.any():
        _count(rows.take(np.flatnonzero(bad)), settings, counts)
        rows = rows.take(np.flatnonzero(~bad))
    excluded = is_excluded(world, settings.excluded_countries, rows.lat, rows.lon)
    rows = drop_rows(rows, excluded, EXCLUDED_REGION, counts)
    return drop_rows(rows, sensitive.contain(rows.lat, rows.lon), SENSITIVE_PLACE, counts)


def drop_rows(rows: Observations, drop: np.ndarray, reason: str, counts: dict[str, int]) -> Observations:
    """Return the rows where `drop` (bool) is False, and add the number of the others to `counts` under `reason`."""
    dropped = int(np.count_nonzero(drop))
    counts[reason] += dropped
    return rows.take(np.flatnonzero(~drop)) if dropped else rows


def _rules(rows: Observations, settings: ScreeningSettings) -> tuple[tuple[str, np.ndarray], ...]:
    lat, lon = np.abs(rows.lat), np.abs(rows.lon)
    return (
        (MARKED_WRONG, rows.device == MARKED),
        (MISSING_DEVICE, rows.device < 0),
        (BAD_COORDINATE, ~((lat <= 90.0) & (lon <= 180.0))),
        (NULL_ISLAND, (lat < 1e-6) & (lon < 1e-6)),
        (BAD_TIME, rows.time_ms == NO_TIME),
        (IMPOSSIBLE_TIME, (rows.time_ms < EARLIEST_MS) | (rows.time_ms > LATEST_MS)),
        (POOR_ACCURACY, rows.accuracy_m > settings.max_accuracy_m),
    )


def _count(bad_rows: Observations, settings: ScreeningSettings, counts: dict[str, int]) -> None:
    left = np.ones(len(bad_rows), bool)
    for reason, applies in _rules(bad_rows, settings):
        counts[reason] += int(np.count_nonzero(left & applies))
        left &= ~applies
