"""Folders and archives: which of their files are the parts of one table, and which are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Callable, Optional

from ..engine.base import InputError
from ..engine.screening import ReadingSettings, Roles
from . import formats
from .observation_source import MissingColumns, NoTable, TableReader, TableSource
from .parquet_files import ParquetReader, columns_of
from .stored_files import StoredFile
from .text_files import TextReader
from .text_lines import shape_of_values

FIRST_BYTES = 1 << 16  # of a file, in which its row of names is looked for


@dataclass(frozen=True)
class Part:
    """A part of a table: its name for people, its format, its size where it is plain, and what opens its reader.

    `first_line` is that of a text file, or its shape if it has values; "" for others. Parts with the same have the same
    columns.
    """

    title: str
    format: formats.Format
    open_reader: Callable[[], TableReader]
    first_line: str = ""
    size: Optional[int] = None
    files: int = 1


class Parts:
    """The files of a folder or an archive.

    `parts` are those that hold records of one table; the others are named in `left_out`. Each part may have its own
    order and names of columns, and its own way of writing times. Raises InputError where there is no table, or where
    it is not clear whether a file is a part.
    """

    def __init__(self, name: str, files: Sequence[StoredFile]) -> None:
        self.name = name
        known = {file: formats.format_of(file) for file in files if formats.is_known(file)}
        self._candidates = _candidates({file: one for file, one in known.items() if one.is_part})
        self._whole = [file for file, one in known.items() if not one.is_part]
        self._beside = files
        self._unknown = [file.name for file in files if file not in known]

    def first_reader(self, layer: Optional[str]) -> TableReader:
        """Return the reader of the first part, or of the first file that may be one if columns have to be chosen."""
        readers = []
        for part in self._candidates:
            try:
                readers.append(part.open_reader())
                TableSource(readers[-1])
            except InputError:
                continue
            return readers[-1]
        if not readers:
            return self._only_file(layer)
        return max(readers, key=lambda reader: len(reader.names))

    def find(
        self, roles: Optional[Roles], settings: Optional[ReadingSettings], layer: Optional[str]
    ) -> tuple[TableSource, list[Part], list[str]]:
        """Return the first part as a source, all parts, and the names of the files that are left out."""
        first: Optional[TableSource] = None
        parts: list[Part] = []
        left_out: list[str] = []
        fault: Optional[InputError] = None
        known: set[tuple[str, str]] = set()
        for part in self._candidates:
            key = (part.format.title, part.first_line)
            if part.first_line and key in known:
                parts.append(part)
                continue
            try:
                source = open_part(part, first, roles, settings)
            except NoTable as error:
                fault = fault or error
                left_out.append(part.title)
                continue
            first = first or source
            parts.append(part)
            known.add(key)
        if first is not None:
            return first, parts, [*left_out, *(file.name for file in self._whole), *self._unknown]
        if fault is not None and not self._whole:
            raise fault
        reader = self._only_file(layer)
        stem = reader.name.rpartition(".")[0]
        others = [name for name in self._unknown if name.partition(".")[0] != stem.partition(".")[0]]
        part = Part(reader.name, formats.GDAL, lambda: reader)
        return TableSource(reader, roles, settings), [part], [*left_out, *others]

    def _only_file(self, layer: Optional[str]) -> TableReader:
        if len(self._whole) == 1:
            return formats.GDAL.open_file(self._whole[0], layer, self._beside)
        if self._whole:
            listed = ", ".join(file.name for file in self._whole[:5])
            raise InputError(f"{self.name} holds several files that are each a table ({listed}): choose one.")
        titles = " or ".join(one.title for one in formats.FORMATS if one.is_part)
        raise InputError(f"{self.name} holds no {titles} files.")


def open_part(
    part: Part, first: Optional[TableSource], roles: Optional[Roles], settings: Optional[ReadingSettings]
) -> TableSource:
    """Return a part as a source; columns are those of the `first` part if it has them, else found anew.

    Raises NoTable for a file that holds no records, and InputError for one that seems to hold some and cannot be read.
    """
    reader = part.open_reader()
    if first is None:
        try:
            return TableSource(reader, roles, settings)
        except InputError as error:
            raise _refusal(part, reader, error) from error
    has_header = getattr(reader, "has_header", True)
    if not has_header and getattr(first.reader, "has_header", True) and len(reader.names) == len(first.reader.names):
        reader = TextReader(reader.file, first.reader.names)  # type: ignore[attr-defined]
    if set(first.roles.columns()) <= set(reader.names):
        return TableSource(reader, first.roles, settings)
    if first.is_asked:
        missing = next(name for name in first.roles.columns() if name not in reader.names)
        raise InputError(f'{part.title} has no column "{missing}", which the other files have: take it out.')
    try:
        return TableSource(reader, None, settings)
    except InputError as error:
        raise _refusal(part, reader, error) from error


def _refusal(part: Part, reader: TableReader, error: InputError) -> InputError:
    """Return the error for a file without the columns of records; NoTable if it is one for people, or of sites."""
    is_other = isinstance(error, MissingColumns) and (error.lacks_time or error.lacks_much)
    if is_other and (getattr(reader, "has_header", True) or len(reader.names) < 3):
        return NoTable(f"{part.title}: {error}")
    return InputError(f"{part.title}: {error}")


def _candidates(found: Mapping[StoredFile, formats.Format]) -> list[Part]:
    parts = [
        Part(file.name, one, partial(one.open_file, file, None, ()), _first_line(file, one), _size(file))
        for file, one in found.items() if one is not formats.PARQUET
    ]
    tables: dict[tuple[str, ...], list[StoredFile]] = {}
    for file, one in found.items():
        if one is formats.PARQUET:
            tables.setdefault(columns_of(file) if file.is_plain else (file.member,), []).append(file)
    for files in tables.values():
        title, size = files[0].name, sum(_size(file) or 0 for file in files)
        opener = partial(ParquetReader, [file.path for file in files], title)
        if not files[0].is_plain:
            opener = partial(formats.PARQUET.open_file, files[0], None, ())
        parts.append(Part(title, formats.PARQUET, opener, "", size or None, len(files)))
    return parts


def _size(file: StoredFile) -> Optional[int]:
    return file.path.stat().st_size if file.is_plain else None


def _first_line(file: StoredFile, found: formats.Format) -> str:
    """Return what tells the columns of a text file; "" if it cannot be read: opening it will tell why."""
    if found is not formats.TEXT:
        return ""
    try:
        with file.open() as stream:
            return shape_of_values(stream.readline(FIRST_BYTES).decode("utf-8", "replace").strip())
    except (InputError, OSError):
        return ""
