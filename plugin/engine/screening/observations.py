"""Observations as delivered, and fixes as screened: the two columnar tables at the start of the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Optional, Protocol

import numpy as np

from ..base import Columns, Progress


@dataclass(frozen=True)
class Observations(Columns):
    """One chunk of records as delivered, before screening.

    All arrays have the same length. `device` int64 codes local to the source, -1 where missing, `MARKED` where the
    source itself marks the record as wrong: the source's `device_ids()` tells what they stand for (millions of id
    strings are never held at once). `time_ms` int64, UTC epoch milliseconds, `NO_TIME` where it could not be read.
    `lat`, `lon` float64 degrees WGS84, NaN where they could not be read. `accuracy_m` float32 metres, NaN where
    unknown.
    """

    device: np.ndarray
    time_ms: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    accuracy_m: np.ndarray


def joined(parts: list[Observations], progress: Progress) -> Observations:
    """Return all rows of `parts` (at least one) as `Columns.joined` does, hearing a cancel between columns."""
    columns = []
    for name in vars(parts[0]):
        progress.step("Screening", 1.0)
        columns.append(np.concatenate([getattr(part, name) for part in parts]))
    return Observations(*columns)


NO_TIME = np.iinfo(np.int64).min
MARKED = -2


class ObservationSource(Protocol):
    """Anything that yields observations; made by `plugin.data`, consumed by `study.run`.

    `name` is what the analyst knows it by. `row_count` is the number of rows to come, or None if unknown.
    `chunks` may be called again and then starts afresh. `device_ids`, asked after the last chunk, returns an
    object array of str: the id behind each code 0..n-1 of `Observations.device`, in order of first appearance.
    `notes`, asked after the last chunk, returns sentences on how the source was read and what of it was not.
    `describe` returns plain values for the run record (path or layer name, chosen columns).
    """

    name: str
    row_count: Optional[int]

    def chunks(self) -> Iterator[Observations]: ...

    def device_ids(self) -> np.ndarray: ...

    def notes(self) -> tuple[str, ...]: ...

    def describe(self) -> dict: ...


@dataclass(frozen=True)
class Fixes:
    """Screened position fixes, sorted by device and time.

    `device` int32 codes 0..n-1 into `pseudonyms`; `time_ms` int64 UTC epoch ms; `lat`, `lon` float64 degrees
    WGS84 (lon in -180..180); `accuracy_m` float32 (unknown accuracies already replaced by the source's median).
    `pseudonyms` holds one str per device code: the only place where device ids live.
    """

    device: np.ndarray
    time_ms: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    accuracy_m: np.ndarray
    pseudonyms: np.ndarray

    def __len__(self) -> int:
        return len(self.time_ms)

    @property
    def device_count(self) -> int:
        """Number of device codes."""
        return len(self.pseudonyms)
