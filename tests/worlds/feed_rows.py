"""Fourteen positions that feeds are written from in every way, and what is read of them again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.engine.screening import NO_TIME, ReadingSettings

BEGIN = datetime(2024, 3, 18, 23, 40, tzinfo=timezone.utc)
ROWS = [
    (f"unit-{k % 2}", BEGIN + timedelta(hours=13 * k), round(-33.5 + k / 64, 6), round(-70.25 - k / 128, 6))
    for k in range(14)
]
HEAD = "device_id,time,lat,lon"
PLACES = 5  # decimals of a degree that all ways of writing a position keep


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


EXPECTED = [(device, ms(moment), round(lat, PLACES), round(lon, PLACES)) for device, moment, lat, lon in ROWS]


def comma(value: object) -> str:
    return str(value).replace(".", ",")


def write(
    folder: Path,
    head: str,
    row: Callable,
    mark: str = ",",
    name: str = "feed.csv",
    encoding: str = "utf-8",
    before: str = "",
    after: str = "",
) -> Path:
    """Write a table with a line for each of ROWS."""
    lines = [mark.join(str(value) for value in row(*one)) for one in ROWS]
    path = folder / name
    path.write_bytes((before + "\n".join([head, *lines, ""]) + after).encode(encoding))
    return path


def write_five(folder: Path, table: str) -> Path:
    """Write a table given as "head|row", with the row five times."""
    head, row = table.split("|")
    path = folder / "feed.csv"
    path.write_text(head + f"\n{row}" * 5 + "\n")
    return path


def read(path: Path, reading: ReadingSettings | None = None) -> tuple[list[tuple], str]:
    """Return the usable rows of a feed and what is told of it."""
    source = open_observations_file(path, settings=reading)
    rows = []
    for chunk in source.chunks():
        good = (chunk.device >= 0) & (chunk.time_ms != NO_TIME) & (np.abs(chunk.lat) <= 90)
        rows += zip(chunk.device[good], chunk.time_ms[good], chunk.lat[good], chunk.lon[good])
    ids = source.device_ids()
    return [
        (ids[device], int(time), round(float(lat), PLACES), round(float(lon), PLACES))
        for device, time, lat, lon in rows
    ], " ".join(source.notes())
