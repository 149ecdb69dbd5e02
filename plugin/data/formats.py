"""The formats of tables: a word for people, suffixes, and what reads them. Picker, help and all readers ask here.

A format that GDAL lacks is a reader (`observation_source.TableReader`) and a row of FORMATS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

from .folder_files import FolderReader
from .observation_source import TableReader
from .ogr_files import OgrReader
from .parquet_files import ParquetReader
from .text_files import TextReader

PACKED = ".gz"


@dataclass(frozen=True)
class Format:
    """How files with one of `suffixes` (lower case, with the dot) are read.

    `open_file` takes a path and the name of a layer, which only GDAL's files have. `open_folder` takes a folder and
    those of its files that are the parts of one table; None where a folder is no table. `reads_sites` says whether
    `open_file` serves sites too, by columns with coordinates; else GDAL reads them.
    """

    title: str
    suffixes: tuple[str, ...]
    open_file: Callable[[Path, Optional[str]], TableReader]
    open_folder: Optional[Callable[[Path, Sequence[Path]], TableReader]] = None
    reads_sites: bool = False


# The suffixes are those that the picker offers: what no other format claims is left to GDAL, whatever its suffix.
GDAL = Format(
    "GeoPackage", (".gpkg", ".geojson", ".json", ".shp", ".fgb", ".gpx", ".kml", ".sqlite", ".zip"), OgrReader
)
FORMATS = (
    Format(
        "CSV",
        (".csv", ".tsv", ".txt", ".tab", ".dat", ".psv"),
        lambda path, _layer: TextReader(path),
        lambda folder, paths: FolderReader(folder, [TextReader(path) for path in paths]),
        reads_sites=True,
    ),
    Format(
        "Parquet",
        (".parquet", ".pq"),
        lambda path, _layer: ParquetReader([path], path.name),
        lambda folder, paths: ParquetReader(paths, folder.name),
    ),
    GDAL,
)


def format_of(path: Path) -> Format:
    """Return the format of a file by its suffix, of a packed one by the suffix before .gz."""
    name = path.name.lower()
    suffix = Path(name[: -len(PACKED)] if name.endswith(PACKED) else name).suffix
    return next((one for one in FORMATS if suffix in one.suffixes), GDAL)


def patterns() -> str:
    """Return the patterns of all files that can be chosen, as file dialogs take them."""
    return " ".join(f"*{suffix}" for one in FORMATS for suffix in one.suffixes) + f" *{PACKED}"


def titles() -> str:
    """Return the formats in words, with commas between."""
    return ", ".join(one.title for one in FORMATS)
