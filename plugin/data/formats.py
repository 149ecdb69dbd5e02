"""The formats of tables: a word for people, suffixes, and what reads them. Picker, help and all readers ask here.

A format that GDAL lacks is a reader (`observation_source.TableReader`) and a row of FORMATS.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

from ..engine.base import InputError
from .json_records import JsonReader, OwnTracksReader, is_geographic
from .observation_source import TableReader
from .ogr_files import OgrReader
from .parquet_files import ParquetReader
from .plt_files import PltReader
from .stored_files import ARCHIVES, StoredFile, is_archive, members_of, plain
from .text_files import TextReader
from .unpacking import SUFFIXES


@dataclass(frozen=True)
class Format:
    """How files with one of `suffixes` (lower case, with the dot) are read.

    `open_file` takes a file, the name of a layer, which only GDAL's files have, and the files stored beside it.
    `is_part` says whether such files can be parts of a folder's table. `reads_sites` says whether `open_file` serves
    sites too, by columns with coordinates; else GDAL reads them.
    """

    title: str
    suffixes: tuple[str, ...]
    open_file: Callable[[StoredFile, Optional[str], Sequence[StoredFile]], TableReader]
    is_part: bool = True
    reads_sites: bool = False


def _open_ogr(file: StoredFile, layer: Optional[str], beside: Sequence[StoredFile]) -> TableReader:
    path, copy = plain(file, beside)
    return OgrReader(path, layer, name=file.name, copy=copy)


def _open_parquet(file: StoredFile, _layer: Optional[str], _beside: Sequence[StoredFile]) -> TableReader:
    path, copy = plain(file)
    return ParquetReader([path], file.name, copy)


# The suffixes are those that the picker offers: what no other format claims is left to GDAL, whatever its suffix.
GDAL = Format("GeoPackage", (".gpkg", ".geojson", ".shp", ".fgb", ".gpx", ".kml", ".sqlite"), _open_ogr, is_part=False)
PARQUET = Format("Parquet", (".parquet", ".pq", ".geoparquet"), _open_parquet)
TEXT = Format(
    "CSV",
    (".csv", ".tsv", ".txt", ".tab", ".dat", ".psv"),
    lambda file, _layer, _beside: TextReader(file),
    reads_sites=True,
)
FORMATS = (
    TEXT,
    PARQUET,
    Format(
        "JSON",
        (".json", ".jsonl", ".ndjson"),
        lambda file, _layer, _beside: JsonReader(file),
        reads_sites=True,
    ),
    Format("OwnTracks", (".rec",), lambda file, _layer, _beside: OwnTracksReader(file)),
    Format("GeoLife PLT", (".plt",), lambda file, _layer, _beside: PltReader(file)),
    GDAL,
)


_MAPINFO = b"!table"


def format_of(file: StoredFile) -> Format:
    """Return the format of a file by the suffix before that of its packing; of JSON also by what it begins with."""
    found = next((one for one in FORMATS if file.suffix in one.suffixes), GDAL)
    is_gdal = is_geographic(file) if found.title == "JSON" else file.suffix == ".tab" and _is_mapinfo(file)
    return GDAL if is_gdal else found


def _is_mapinfo(file: StoredFile) -> bool:
    """Tell whether a file is one of MapInfo's, whose suffix tables separated by tabs have, too."""
    try:
        with file.open() as stream:
            return stream.read(len(_MAPINFO)).lower() == _MAPINFO
    except OSError:
        return False


def is_known(file: StoredFile) -> bool:
    """Return whether one of the formats claims a file by its suffix."""
    return any(file.suffix in one.suffixes for one in FORMATS)


def format_of_path(path: Path) -> Format:
    """Return the format of a file on the disk."""
    return format_of(StoredFile(path))


def only_table(path: Path, of_what: str) -> tuple[StoredFile, list[StoredFile]]:
    """Return the table at a path, or the one in the archive there, and all files of the archive.

    `of_what` says in a sentence what it is a table of. Raises InputError.
    """
    if not os.path.isfile(path):
        raise InputError(f"There is no file {path}: choose a table of {of_what}.")
    if not is_archive(path):
        return StoredFile(path), []
    members = members_of(path)
    tables = [one for one in members if is_known(one) and not _is_for_people(one)]
    if len(tables) != 1:
        listed = ", ".join(one.name for one in tables[:5]) or "none"
        raise InputError(f"{path.name} must hold one file of {of_what}; found: {listed}. Unpack it and choose one.")
    return tables[0], members


def _is_for_people(file: StoredFile) -> bool:
    """Tell whether a file is a text without columns, such as a README."""
    found = format_of(file)
    return found.reads_sites and len(found.open_file(file, None, ()).names) < 2


def patterns() -> str:
    """Return the patterns of all files that can be chosen, as file dialogs take them."""
    suffixes = [suffix for one in FORMATS for suffix in one.suffixes]
    return " ".join(f"*{suffix}" for suffix in (*suffixes, *SUFFIXES, *ARCHIVES))


def titles() -> str:
    """Return the formats in words, with commas between."""
    return ", ".join(one.title for one in FORMATS)
