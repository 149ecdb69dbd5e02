"""From any table of records to observations: one source for files, folders and layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Optional, Protocol, Union

import numpy as np
import pandas as pd

from ..engine.base import InputError
from ..engine.screening import (
    DATE_ORDERS,
    MARKED,
    NO_TIME,
    ONE_DEVICE,
    ORDER_WORDS,
    ROLES,
    Companions,
    CoordinateFormat,
    Detection,
    Observations,
    PointFormat,
    ReadingSettings,
    Roles,
    TimeFormat,
    are_missing_words,
    columns_to_utc,
    detect_roles,
    detect_time_format,
    factorize_ids,
    find_companions,
    find_coordinates,
    find_points,
    have_lost_digits,
    meters_of,
    numbers_of,
    parse_times,
    require_no_minutes,
    require_pseudonyms,
    settle_roles,
    unfit_accuracy,
    zone_in_name,
)
from .reading_notes import ReadingNotes

CONTRARY_SHARE = 0.001  # of a chunk's rows; fewer may be faults of single records
POINT_LON, POINT_LAT = "\x00lon", "\x00lat"  # columns of a frame that come from point geometry; no field is named so


class NoTable(InputError):
    """A file holds no records, or not one table of them: it is empty, or for people."""


class MissingColumns(InputError):
    """A table lacks columns of records: `lacks_time`, or several of device, time and position (`lacks_much`)."""

    def __init__(self, text: str, lacks_time: bool, lacks_much: bool) -> None:
        super().__init__(text)
        self.lacks_time, self.lacks_much = lacks_time, lacks_much


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

    def notes(self) -> tuple[str, ...]:
        """Return what the analyst should know of the table itself; complete once it was read."""


class TableSource:
    """Observations of a table; satisfies `engine.fixes.ObservationSource`.

    `detection` says what was found and why, `roles` what is read, `settings` what the analyst says of times and
    devices. `time_format` is known after the first chunk; each part of a folder has its own. Raises InputError if a
    role has no column, or the columns of positions can be read in several ways. `is_asked` tells whether columns were
    asked for that would not have been detected. `kind` is the format of a file that is read by itself.
    """

    def __init__(
        self,
        reader: TableReader,
        roles: Optional[Roles] = None,
        settings: Optional[ReadingSettings] = None,
        kind: str = "",
    ) -> None:
        self.name = reader.name
        self.row_count = reader.row_count
        self.settings = settings or ReadingSettings()
        self.detection: Detection = detect_roles(reader.names, reader.sample, reader.has_geometry)
        try:
            self.roles: Roles = settle_roles(roles, self.detection, self.settings.one_device)
        except InputError as error:
            raise _told(error, reader, self.detection) from error
        if self.roles.device is not None:
            require_pseudonyms(self.roles.device, reader.sample[self.roles.device])
        asked = [(getattr(roles, role, None), getattr(self.detection.roles, role)) for role in ROLES]
        self.is_asked = any(name and name != found for name, found in asked)
        named = [(name, zone) for name in (self.roles.time, self.roles.clock) if name and (zone := zone_in_name(name))]
        self._zone_named_in, self._named_zone = named[0] if named and not self.settings.time_zone else ("", "")
        if self._named_zone:
            self.settings = replace(self.settings, time_zone=self._named_zone)
        # An empty choice of accuracy is one of none.
        is_wanted = self.roles.accuracy is None and (roles is None or roles.accuracy is None)
        self._unfit_accuracy = unfit_accuracy(reader.names, reader.sample) if is_wanted else ""
        self.companions: Companions = find_companions(reader.names, reader.sample, self.roles.columns())
        self.time_format: Optional[TimeFormat] = None
        self.reader = reader
        self._position = self._find_position(reader.sample)
        if have_lost_digits(reader.sample[self.roles.time]):
            raise InputError(
                f'Times in "{self.roles.time}" are written as powers of ten (9.99E+99), or as numbers of 32 bits, so '
                "digits are lost: export the column as text from where the data come from."
            )
        self._kind = kind
        self._ids = pd.Index([], dtype=object)
        self._notes = ReadingNotes()

    def chunks(self, before: Optional[TableSource] = None) -> Iterator[Observations]:
        """Yield the records in stored order; raises InputError when the file or layer turns out unreadable.

        After the records of a source `before` the numbers of its devices go on, and its notes are added to.
        """
        self._ids = pd.Index([], dtype=object) if before is None else before._ids
        self._notes = ReadingNotes() if before is None else before._notes
        self.time_format = None
        yield from self._chunks_of(self.reader)

    def device_ids(self) -> np.ndarray:
        """Return the id behind each device code (object array of str), complete after the last chunk."""
        return self._ids.to_numpy(dtype=object)

    def notes(self) -> tuple[str, ...]:
        """Return how times and positions were read, and what was left out; complete after the last chunk."""
        return (*self.reading_notes(), *self.own_notes())

    def reading_notes(self) -> tuple[str, ...]:
        """Return the notes on what was read so far, that of the sources before included."""
        return self._notes.sentences()

    def own_notes(self) -> tuple[str, ...]:
        """Return the notes on this source alone."""
        columns = ", ".join(f"{role} {getattr(self.roles, role)}" for role in ROLES if getattr(self.roles, role))
        notes = [f"Read of {self.reader.name}: {self._kind}."] if self._kind else []
        return (*notes, f"Columns read: {columns}.", *self._rules())

    def rules(self) -> tuple[str, ...]:
        """Return how the sample of the table says that it is read; raise InputError where it cannot be.

        These are the sentences of a run, without those that need all records.
        """
        sample = self.reader.sample
        if self.roles.device is not None:
            factorize_ids(sample[self.roles.device], self.roles.device)
        _times, self.time_format = parse_times(
            self._dates(sample), self.settings, self._format_of(sample), str(self.roles.time), self._clocks(sample)
        )
        return (*([self.time_format.note] if self.time_format else []), *self._rules())

    def _rules(self) -> tuple[str, ...]:
        notes = [*self.reader.notes(), *([self._position.note] if self._position and self._position.note else [])]
        marks = (*self.companions.marked, *self.companions.visible)
        if self.companions.half:
            notes.append(f"AM and PM of the times are read from “{self.companions.half}”.")
        if self._named_zone and self.time_format is not None and not self.time_format.is_zoned:
            notes.append(
                f"The name of the column “{self._zone_named_in}” says the zone of its times: {self._named_zone}. If it "
                "means something else, say their zone (TIME_ZONE)."
            )
        if marks:
            notes.append(f"Rows that the source itself marks as wrong ({', '.join(marks)}) are left out.")
        if self._zone_columns():
            notes.append(f"Local times were made UTC by the zones in “{self.companions.zone}”.")
        elif self.companions.zone and self.time_format is not None and not self.time_format.is_zoned:
            notes.append(
                f"The zones in “{self.companions.zone}” were not used. If times are local, say their zone (TIME_ZONE), "
                "or call the column of times local_time."
            )
        if self.companions.unused:
            names = ", ".join(self.companions.unused[:5])
            notes.append(f"Columns on the quality of positions are not used: {names}. Filter the data if needed.")
        if self._unfit_accuracy:
            notes.append(f"“{self._unfit_accuracy}” is not used: most of its values are no accuracies in meters.")
        if self.settings.one_device:
            notes.append("All records are taken as of one device.")
        return tuple(notes)

    def describe(self) -> dict[str, Any]:
        """Return path or layer, columns chosen, and what was said of times and devices, as plain values."""
        chosen = {role: getattr(self.roles, role) for role in ROLES}
        times = self.time_format.note if self.time_format else ""
        return {**self.reader.describe(), "columns": chosen, "times": times, "reading": vars(self.settings)}

    def _chunks_of(self, reader: TableReader) -> Iterator[Observations]:
        roles = self.roles
        columns = list(dict.fromkeys((*roles.columns(), *self.companions.columns(), *self._zone_columns())))
        for frame in reader.frames(columns, roles.lat is None and roles.position is None):
            lat, lon = self._positions(frame)
            accuracy = np.full(len(frame), np.nan)
            if roles.accuracy:
                accuracy = meters_of(frame[roles.accuracy], roles.accuracy)
                self._notes.add_accuracies(frame[roles.accuracy], accuracy)
            with np.errstate(over="ignore"):  # what no float32 holds is worse than any accuracy
                accuracy = accuracy.astype(np.float32)
            yield Observations(
                device=self._devices(frame),
                time_ms=self._times(frame, reader),
                lat=lat,
                lon=lon,
                accuracy_m=accuracy,
            )

    def _times(self, frame: pd.DataFrame, reader: TableReader) -> np.ndarray:
        column = str(self.roles.time)
        clock = self._clocks(frame)
        known = self.time_format or self._detect_time_format(frame, reader.sample)
        time_ms, found = parse_times(self._dates(frame), self.settings, known, column, clock)
        if found is not None and self.time_format is None:
            self._notes.add_format(reader.name, found.note)
        self.time_format = found
        self._require_order(frame, time_ms)
        if found is not None and not found.is_zoned:
            for zone in self._zone_columns():
                time_ms = columns_to_utc(time_ms, frame[zone])
        self._notes.add_times(frame[column], time_ms)
        return time_ms

    def _zone_columns(self) -> list[str]:
        """Return the column of zones, where the name of the times says that they are local, and no zone was said."""
        is_local = "local" in str(self.roles.time).lower() and not self.settings.time_zone
        return [self.companions.zone] if is_local and self.companions.zone else []

    def _detect_time_format(self, frame: pd.DataFrame, sample: pd.DataFrame) -> Optional[TimeFormat]:
        """Return how times are written by the first chunk, or by the sample where that leaves it open.

        The sample has seen more of the table.
        """
        found = self._format_of(frame)
        if found is None:
            return self._format_of(sample)
        if found.is_sure or found.kind != "dated":
            return found
        columns = [name for name in (self.roles.time, self.roles.clock, self.companions.half) if name]
        return self._format_of(pd.concat([sample[columns], frame[columns].astype(object)], ignore_index=True)) or found

    def _format_of(self, frame: pd.DataFrame) -> Optional[TimeFormat]:
        found = detect_time_format(self._dates(frame), self.settings, self._clocks(frame))
        parts = self.companions.parts
        if found is None or parts is None:
            return found
        columns = ", ".join([*parts.columns(), *([self.roles.clock] if self.roles.clock else [])])
        zone = self.settings.time_zone or "UTC"
        return replace(found, note=f"Times are put together from {columns}. They are without a zone: taken as {zone}.")

    def _dates(self, frame: pd.DataFrame) -> pd.Series:
        parts = self.companions.parts
        if parts is not None:
            return parts.joined(frame)
        return frame[self.roles.time] if self.roles.clock else self._with_half(frame, str(self.roles.time))

    def _clocks(self, frame: pd.DataFrame) -> Optional[pd.Series]:
        return self._with_half(frame, self.roles.clock) if self.roles.clock else None

    def _with_half(self, frame: pd.DataFrame, column: str) -> pd.Series:
        """Return a column of times with the AM or PM that stands in another one."""
        half = self.companions.half
        if half is None:
            return frame[column]
        known = (frame[column].notna() & frame[half].notna()).to_numpy(dtype=bool)
        return (frame[column].astype(str) + " " + frame[half].astype(str)).where(known, frame[column]).rename(column)

    def _require_order(self, frame: pd.DataFrame, time_ms: np.ndarray) -> None:
        """Raise InputError where dates could be read in several orders, and now show that it is another one."""
        found = self.time_format
        if found is None or found.is_sure or found.kind != "dated" or self.settings.date_order:
            return
        missed = np.flatnonzero((time_ms == NO_TIME) & frame[self.roles.time].notna().to_numpy())
        if len(missed) <= CONTRARY_SHARE * len(frame):
            return
        rows = frame.iloc[missed]
        clock = self._clocks(rows)
        for order in DATE_ORDERS:
            read = replace(found, order=order).parse(self._dates(rows), clock)
            if (read != NO_TIME).mean() > 0.5:
                raise InputError(
                    f'The first dates of "{self.roles.time}" could be read in several orders, and {len(missed):,} '
                    f"later ones only {ORDER_WORDS[order]}: say the order of the date (DATE_ORDER)."
                )

    def _find_position(self, sample: pd.DataFrame) -> Union[PointFormat, CoordinateFormat, None]:
        """Return how positions are written, None for the points of a layer; raise InputError for a column of none."""
        roles, beside = self.roles, self.companions
        if roles.position:
            found = find_points(sample[roles.position], roles.position)
            if found is None:
                raise InputError(
                    f'The column "{roles.position}" holds no positions: choose one with WKT points, latitude and '
                    "longitude, or two columns."
                )
            return found
        if roles.lat is None or roles.lon is None:
            return None
        require_no_minutes(self.reader.names, sample, roles.lat)
        sides = tuple(sample[name] if name else None for name in (beside.north, beside.east))
        return find_coordinates(sample[roles.lat], sample[roles.lon], (roles.lat, roles.lon), (sides[0], sides[1]))

    def _positions(self, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        roles, beside = self.roles, self.companions
        if isinstance(self._position, PointFormat):
            return self._position.parse(frame[roles.position])
        if self._position is None:
            return numbers_of(frame[POINT_LAT]), numbers_of(frame[POINT_LON])
        north, east = (frame[name] if name else None for name in (beside.north, beside.east))
        return self._position.parse(frame[roles.lat], frame[roles.lon], north, east)

    def _devices(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the source-wide codes of a chunk's ids, `MARKED` for rows that the source marks as wrong."""
        if self.settings.one_device:
            self._ids = pd.Index([ONE_DEVICE], dtype=object)
            codes = np.zeros(len(frame), np.int64)
        else:
            codes = self._codes(frame[self.roles.device])
        wrong = self.companions.are_wrong(frame)
        return codes if wrong is None else np.where(wrong, MARKED, codes)

    def _codes(self, values: pd.Series) -> np.ndarray:
        """Return the source-wide codes of a chunk's ids; only ids not met before are kept as text."""
        codes, ids = factorize_ids(values, str(self.roles.device))
        known = self._ids.get_indexer(ids)
        new = np.flatnonzero((known < 0) & (ids != ""))
        require_pseudonyms(str(self.roles.device), ids[new])  # the sample has not seen every part of the source
        is_word = are_missing_words(ids[new])
        self._notes.add_missing_words(ids[new[is_word]])
        new = new[~is_word]
        known[new] = len(self._ids) + np.arange(len(new))
        if len(new):
            self._ids = self._ids.append(pd.Index(ids[new], dtype=object))
        return np.append(known, -1)[codes].astype(np.int64)


def _told(error: InputError, reader: TableReader, detection: Detection) -> InputError:
    """Return an error on missing columns with what the reader says of the table, and with what is missing."""
    roles = detection.roles
    has_position = detection.has_geometry or roles.position or (roles.lat and roles.lon)
    found = (roles.device, roles.time, has_position)
    hint = ""
    if not getattr(reader, "has_header", True):
        way_out = "Either add a row of column names, or choose the columns by these, as DEVICE_FIELD=1."
        hint = " ".join(("", *reader.notes(), way_out))
    if len(reader.names) == 1:
        hint += " It has one column only: separate the columns by commas, semicolons or tabs."
    return MissingColumns(f"{error}{hint}", not roles.time, sum(not one for one in found) > 1)
