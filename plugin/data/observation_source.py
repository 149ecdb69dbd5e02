"""From any table of records to observations: one source for files, folders and layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Optional, Protocol

import numpy as np
import pandas as pd

from ..engine.screening import (
    Detection,
    Observations,
    Roles,
    TimeFormat,
    detect_roles,
    detect_time_format,
    parse_times,
    require_pseudonyms,
    settle_roles,
)

POINT_LON, POINT_LAT = "\x00lon", "\x00lat"  # columns of a frame that come from point geometry; no field is named so


class TableReader(Protocol):
    """One way of reading a table of records, whatever it is stored in.

    `names` are its columns, `sample` some of its rows, its first and others from further on, without the columns that
    are never read. `row_count` is None if
    unknown and an estimate for text files. `frames` yields frames of the asked columns in stored order, with
    `POINT_LON` and `POINT_LAT` (WGS84 degrees) added if `points` is true; it may be called again.
    """

    name: str
    names: list[str]
    sample: pd.DataFrame
    row_count: Optional[int]
    has_geometry: bool

    def frames(self, columns: Sequence[str], points: bool) -> Iterator[pd.DataFrame]: ...

    def describe(self) -> dict: ...


class TableSource:
    """Observations of a table; satisfies `engine.fixes.ObservationSource`.

    `detection` says what was found and why, `roles` what is read. `day_first` settles dates like 03/04/2021 (None:
    from the values). `time_format` is known after the first chunk. Raises InputError if a role has no column.
    """

    def __init__(
        self, reader: TableReader, roles: Optional[Roles] = None, day_first: Optional[bool] = None
    ) -> None:
        self.name = reader.name
        self.row_count = reader.row_count
        self.detection: Detection = detect_roles(reader.names, reader.sample, reader.has_geometry)
        self.roles: Roles = settle_roles(roles, self.detection)
        require_pseudonyms(str(self.roles.device), reader.sample[self.roles.device])
        self.time_format: Optional[TimeFormat] = None
        self._reader = reader
        self._day_first = day_first
        self._ids = pd.Index([], dtype=object)

    def chunks(self) -> Iterator[Observations]:
        """Yield the records in stored order; raises InputError when the file or layer turns out unreadable."""
        self._ids = pd.Index([], dtype=object)
        self.time_format = None
        roles = self.roles
        position = (roles.lat, roles.lon) if roles.lat else (POINT_LAT, POINT_LON)
        for frame in self._reader.frames(roles.columns(), roles.lat is None):
            time_format = self.time_format or self._detect_time_format(frame[roles.time])
            time_ms, self.time_format = parse_times(frame[roles.time], self._day_first, time_format, str(roles.time))
            accuracy = np.full(len(frame), np.nan) if not roles.accuracy else numbers_of(frame[roles.accuracy])
            yield Observations(
                device=self._codes(frame[roles.device]),
                time_ms=time_ms,
                lat=numbers_of(frame[position[0]]),
                lon=numbers_of(frame[position[1]]),
                accuracy_m=accuracy.astype(np.float32),
            )

    def device_ids(self) -> np.ndarray:
        """Return the id behind each device code (object array of str), complete after the last chunk."""
        return self._ids.to_numpy(dtype=object)

    def describe(self) -> dict[str, Any]:
        """Return path or layer, columns chosen and how times were read, as plain values."""
        chosen = {role: getattr(self.roles, role) for role in ("device", "time", "lat", "lon", "accuracy")}
        times = self.time_format.note if self.time_format else ""
        return {**self._reader.describe(), "columns": chosen, "times": times}

    def _detect_time_format(self, values: pd.Series) -> Optional[TimeFormat]:
        """Return how times are written by the first chunk, else by the sample: it has seen more of the table."""
        found = detect_time_format(values, self._day_first)
        return found or detect_time_format(self._reader.sample[self.roles.time], self._day_first)

    def _codes(self, values: pd.Series) -> np.ndarray:
        """Return the source-wide codes of a chunk's ids; only ids not met before are kept as text."""
        codes, ids = _factorize(values)
        known = self._ids.get_indexer(ids)
        new = np.flatnonzero((known < 0) & (ids != ""))
        require_pseudonyms(str(self.roles.device), ids[new])  # the sample has not seen every part of the source
        known[new] = len(self._ids) + np.arange(len(new))
        if len(new):
            self._ids = self._ids.append(pd.Index(ids[new], dtype=object))
        known[ids == ""] = -1
        return np.append(known, -1)[codes].astype(np.int64)


def _factorize(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return codes (-1 for missing) and the distinct ids as text, in order of first appearance."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, places = pd.factorize(values.cat.codes.to_numpy())
        named = np.append(_id_text(values.cat.categories.to_numpy()), "").astype(object)
        return codes, named[places]
    codes, distinct = pd.factorize(values)
    ids = _id_text(np.asarray(distinct))
    # Different values may read the same ("7" and 7.0): one id, one code.
    places, merged = pd.factorize(ids)
    return np.append(places, -1)[codes], np.asarray(merged, dtype=object)


def _id_text(values: np.ndarray) -> np.ndarray:
    """Return ids as an object array of str without surrounding blanks; whole floats lose their ".0"."""
    if len(values) == 0:
        return np.empty(0, dtype=object)
    series = pd.Series(values)
    if series.dtype.kind == "f" and bool((series == series.round()).all()) and bool((series.abs() < 2**53).all()):
        series = series.astype("int64")
    if isinstance(values[0], bytes):
        series = series.str.decode("utf-8", "replace")
    return series.astype(str).str.strip().to_numpy(dtype=object)


def numbers_of(values: pd.Series) -> np.ndarray:
    """Return float64, NaN for anything that is no finite number; a decimal comma is understood."""
    if values.dtype.kind not in "iuf":
        numbers = pd.to_numeric(values, errors="coerce")
        if bool(numbers.isna().all()) and bool(values.notna().any()):
            text = values.astype(str).str.replace(",", ".", regex=False)
            numbers = pd.to_numeric(text, errors="coerce")
        values = numbers
    result = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(result), result, np.nan)

