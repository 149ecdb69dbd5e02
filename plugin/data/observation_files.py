"""Observation files: which reader a path needs, what it holds, and its records as a source."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Optional, Union

import pandas as pd

from ..engine.base import InputError
from ..engine.screening import Roles
from .observation_source import TableReader, TableSource
from .ogr_files import OgrReader
from .parquet_files import PARQUET_SUFFIXES, ParquetReader
from .text_files import TEXT_SUFFIXES, TextReader

PathLike = Union[str, Path]


def open_observations_file(
    path: PathLike,
    roles: Optional[Roles] = None,
    layer: Optional[str] = None,
    day_first: Optional[bool] = None,
) -> TableSource:
    """Return the records of a file, or of a folder of CSV or Parquet parts, as a source for `study.run`.

    `roles` names columns to use instead of the detected ones (see `columns.settle_roles`), `layer` the layer of a
    file with several, `day_first` how to read 03/04/2021. Raises InputError when the file cannot be used.
    """
    return TableSource(open_reader(path, layer), roles, day_first)


def peek_file(path: PathLike, layer: Optional[str] = None) -> tuple[list[str], pd.DataFrame, Optional[int], bool]:
    """Return column names, some rows, row count (None if unknown; text: an estimate), and if it has points."""
    reader = open_reader(path, layer)
    return reader.names, reader.sample, reader.row_count, reader.has_geometry


def open_reader(path: PathLike, layer: Optional[str] = None) -> TableReader:
    """Return the reader for a path by its kind; raise InputError if there is none."""
    path = Path(path)
    if not path.exists():
        raise InputError(f"There is no file or folder {path}.")
    if path.is_dir() and path.suffix.lower() != ".gdb":
        return _open_folder(path)
    if path.is_file() and not os.access(path, os.R_OK):
        raise InputError(f"{path.name} cannot be opened: you have no right to read it.")
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(f"{path.name} is empty.")
    suffix = _suffix(path)
    if suffix in PARQUET_SUFFIXES:
        return ParquetReader([path], path.name)
    return TextReader(path) if suffix in TEXT_SUFFIXES else OgrReader(path, layer)


class TextFolderReader:
    """A folder of delimited text parts with the same columns, read one after another."""

    has_geometry = False

    def __init__(self, folder: Path, paths: Sequence[Path]) -> None:
        self.name = folder.name
        self._folder = folder
        self._parts = [TextReader(path) for path in paths]
        first = self._parts[0]
        for part in self._parts[1:]:
            if part.names != first.names:
                raise InputError(
                    f"{part.name} in {folder.name} has other columns than {first.name}: keep only parts of one table."
                )
        self.names, self.sample = first.names, first.sample
        counts = [part.row_count for part in self._parts]
        self.row_count = None if None in counts else sum(count for count in counts if count is not None)

    def frames(self, columns: Sequence[str], points: bool = False) -> Iterator[pd.DataFrame]:
        """Yield the chunks of every part, in the order of their paths."""
        for part in self._parts:
            yield from part.frames(columns)

    def describe(self) -> dict[str, Any]:
        """Return the folder and the number of parts."""
        return {**self._parts[0].describe(), "path": str(self._folder), "parts": len(self._parts)}


def _open_folder(folder: Path) -> TableReader:
    files = sorted(
        path for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
    )
    texts = [path for path in files if _suffix(path) in TEXT_SUFFIXES]
    parquets = [path for path in files if _suffix(path) in PARQUET_SUFFIXES]
    if texts and parquets:
        raise InputError(f"{folder.name} mixes CSV and Parquet files: keep one kind.")
    if parquets:
        return ParquetReader(parquets, folder.name)
    if not texts:
        raise InputError(f"{folder.name} holds no CSV or Parquet files.")
    return TextFolderReader(folder, texts)


def _suffix(path: Path) -> str:
    """Return the file's suffix in lower case, the one before .gz for packed text."""
    name = path.name.lower()
    return Path(name[:-3] if name.endswith(".gz") else name).suffix
