"""Which files on disk stand behind a path or a layer's address, however it is written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

from qgis.core import QgsDataSourceUri
from qgis.PyQt.QtCore import QUrl

from ..engine.base import InputError

NOWHERE = ("memory:", "temporary_output", "postgres:", "postgis:", "mssql:", "oracle:", "wfs:", "/vsimem/")
# Files that one format writes together: whoever writes one of them writes the others.
_FAMILIES = (
    (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qpj", ".qix", ".sbn", ".sbx", ".qmd", ".shp.xml"),
    (".tab", ".dat", ".map", ".id", ".ind"),
    (".mif", ".mid"),
    (".csv", ".csvt"),
    (".gml", ".xsd", ".gfs"),
)
_LOGS = ("-wal", "-shm", "-journal")
_DRIVER = re.compile(r"[A-Za-z][A-Za-z0-9_]+:(?!//)")  # GPKG:, CSV:, …; one letter is a drive of Windows
_ELSEWHERE = re.compile(r"^\s*(?:[\\/]{2}|[A-Za-z][A-Za-z0-9+.-]+:)|://|/vsi", re.IGNORECASE)  # one letter: a drive
_ON_NETWORK = re.compile(
    r"(?<!file)://|/vsi(?!mem|zip|gzip|tar|7z|rar|sparse|subfile|crypt|cached|stdin)", re.IGNORECASE
)
_VSI = re.compile(r"/vsi(?:zip|gzip|tar|7z|rar|sparse|subfile|crypt)/", re.IGNORECASE)


def path_behind(text: str) -> Optional[Path]:
    """Return the file that a path, a layer's source or an output's address names; None for what lies in no file.

    Understood are `file|layername=x`, `ogr:dbname='file' table="x"`, `file:///file?x=y`, `GPKG:file` and `/vsizip/file`
    with what is inside the archive.
    """
    text = text.strip()
    if not text or text.lower().startswith(NOWHERE):
        return None
    if "dbname=" in text:
        provider, _colon, address = text.partition(":") if not text.startswith("dbname") else ("", "", text)
        text = QgsDataSourceUri(address or provider).database() or text
    if text.lower().startswith(("file:", "zip:")):
        text = QUrl(text.replace("zip:", "file:", 1) if text.lower().startswith("zip:") else text).toLocalFile()
    if not _exists(text):
        text = text.partition("|")[0]
    if not _exists(text) and _DRIVER.match(text) and not Path(text).is_absolute():
        text = text[_DRIVER.match(text).end() :]
    return _archive(text) if _VSI.match(text) else Path(text)


def require_local(text: str) -> str:
    """Return a path that someone else wrote down; raise InputError for one that leads off this machine.

    Refused are addresses with a scheme, GDAL's virtual file systems, and shares of other machines (UNC).
    """
    if _ELSEWHERE.search(text):
        raise InputError("A path of this study or project leads off this machine: choose the file yourself.")
    return text


def require_offline(text: str) -> str:
    """Return the address of an input that is about to be opened; raise InputError for one on the network."""
    if _ON_NETWORK.search(text):
        raise InputError("Sitelight reads nothing from the network: save the data in a file, and choose that.")
    return text


def files_with(path: Path) -> Iterator[Path]:
    """Yield a file and those that its format, or SQLite, keeps beside it, whether they exist or not."""
    yield path
    name = path.name.lower()
    for family in _FAMILIES:
        ending = next((one for one in family if name.endswith(one)), None)
        if ending is not None:
            stem = path.name[: -len(ending)]
            yield from (path.with_name(stem + spelled) for one in family for spelled in (one, one.upper()))
    yield from (path.with_name(path.name + ending) for ending in _LOGS)


def is_same(one: Path, other: Path) -> bool:
    """Return whether two paths are one file, through any link and in any spelling that the file system takes for it."""
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return _resolved(one) == _resolved(other)


def is_inside(path: Path, folder: Path) -> bool:
    """Return whether a path, existing or not, lies in an existing folder or below it."""
    return any(is_same(parent, folder) for parent in _resolved(path).parents)


def _resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _exists(text: str) -> bool:
    try:
        return os.path.lexists(text)
    except ValueError:
        return False


def _archive(text: str) -> Path:
    """Return the archive of a path such as /vsizip/{/folder/a.zip}/b.csv: its first part that is a file."""
    while _VSI.match(text):
        text = text[_VSI.match(text).end() :]
    text = text.replace("{", "").replace("}", "")
    path = Path(text)
    candidates = [Path(f"/{text}"), path] if not text.startswith("/") else [path]
    for whole in candidates:
        for part in (whole, *whole.parents):
            if os.path.isfile(part):
                return part
    return path
