"""Observation files: which reader a path needs, what it holds, and its records as a source."""

from __future__ import annotations

from pathlib import Path
from typing import Optional, Union

from ..engine.screening import ReadingSettings, Roles
from . import formats
from .joined_source import JoinedSource
from .observation_source import TableReader, TableSource
from .ogr_files import OgrReader
from .parts import Parts
from .stored_files import StoredFile, files_in, is_archive, members_of, require_readable

PathLike = Union[str, Path]


def open_observations_file(
    path: PathLike,
    roles: Optional[Roles] = None,
    layer: Optional[str] = None,
    settings: Optional[ReadingSettings] = None,
) -> Union[TableSource, JoinedSource]:
    """Return the records of a file, or of a folder or ZIP archive of parts, as a source for `study.run`.

    `roles` names columns to use instead of the detected ones (see `columns.settle_roles`), `layer` the layer of a
    file with several, `settings` what the values do not tell. Raises InputError when the file cannot be used.
    """
    path = Path(path)
    parts = _parts_of(path)
    if parts is None:
        reader, kind = _open_file(path, layer)
        return TableSource(reader, roles, settings, kind)
    return JoinedSource(path, *parts.find(roles, settings, layer), settings)


def open_table(path: PathLike, layer: Optional[str] = None) -> TableReader:
    """Return the reader of a file, or of the first part of a folder or archive; raises InputError."""
    path = Path(path)
    parts = _parts_of(path)
    return _open_file(path, layer)[0] if parts is None else parts.first_reader(layer)


def _open_file(path: Path, layer: Optional[str]) -> tuple[TableReader, str]:
    """Return the reader of a single file, and its format in words."""
    file = StoredFile(path)
    found = formats.format_of(file)
    reader = found.open_file(file, layer, ())
    return reader, reader.kind if isinstance(reader, OgrReader) else found.title


def _parts_of(path: Path) -> Optional[Parts]:
    """Return the files in a folder or archive, None for a single file; raise InputError for what cannot be opened."""
    require_readable(path)
    if path.is_dir() and path.suffix.lower() != ".gdb":
        return Parts(path.name, files_in(path))
    return Parts(path.name, members_of(path)) if is_archive(path) else None
