"""Observation files: which reader a path needs, what it holds, and its records as a source."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional, Union

import pandas as pd

from ..engine.base import InputError
from ..engine.screening import ReadingSettings, Roles
from . import formats
from .observation_source import TableReader, TableSource

PathLike = Union[str, Path]


def open_observations_file(
    path: PathLike,
    roles: Optional[Roles] = None,
    layer: Optional[str] = None,
    settings: Optional[ReadingSettings] = None,
) -> TableSource:
    """Return the records of a file, or of a folder of parts, as a source for `study.run`.

    `roles` names columns to use instead of the detected ones (see `columns.settle_roles`), `layer` the layer of a
    file with several, `settings` what the values do not tell. Raises InputError when the file cannot be used.
    """
    return TableSource(open_reader(path, layer), roles, settings)


def peek_file(path: PathLike, layer: Optional[str] = None) -> tuple[list[str], pd.DataFrame, Optional[int], bool]:
    """Return column names, some rows, row count (None if unknown; text: an estimate), and if it has points."""
    reader = open_reader(path, layer)
    return reader.names, reader.sample, reader.row_count, reader.has_geometry


def open_reader(path: PathLike, layer: Optional[str] = None) -> TableReader:
    """Return the reader for a path by its kind; raise InputError if there is none."""
    path = Path(path)
    if not os.path.exists(path):  # Path.exists raises for names that are too long
        raise InputError(f"There is no file or folder {path}.")
    if os.path.isdir(path) and path.suffix.lower() != ".gdb":
        return _open_folder(path)
    if path.is_file() and not os.access(path, os.R_OK):
        raise InputError(f"{path.name} cannot be opened: you have no right to read it.")
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(f"{path.name} is empty.")
    return formats.format_of(path).open_file(path, layer)


def _open_folder(folder: Path) -> TableReader:
    files = sorted(
        path for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
    )
    parted = [one for one in formats.FORMATS if one.open_folder is not None]
    found = {one: [path for path in files if formats.format_of(path) is one] for one in parted}
    present = [one for one in parted if found[one]]
    if len(present) > 1:
        raise InputError(f"{folder.name} mixes {' and '.join(one.title for one in present)} files: keep one kind.")
    if not present:
        raise InputError(f"{folder.name} holds no {' or '.join(one.title for one in parted)} files.")
    return present[0].open_folder(folder, found[present[0]])
