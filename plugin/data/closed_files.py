"""Files that are read by themselves: GDAL opens nothing that is only named in them, which may be on the network."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from osgeo import gdal

from ..engine.base import InputError
from .trial_reader import FILE_FORMATS

BLOCK_BYTES = 1 << 22
_ARCHIVES = ((b"PK\x03\x04", "/vsizip/{{{path}}}"), (b"\x1f\x8b", "/vsigzip/{path}"), (b"ustar", "/vsitar/{{{path}}}"))
_SQLITE = b"SQLite format 3\x00"
_TAR_MARK = 257  # where a tar file has its "ustar"
_JSON = ("GeoJSON", "GeoJSONSeq", "TopoJSON", "ESRIJSON", "JSONFG")
# GDAL asks the address in {"crs": {"type": "link", "properties": {"href": ...}}}. An address has "://" in it, in JSON
# also with escapes; only where there is one of these are the words looked for, which takes longer.
_MARKS = (b"://", b":\\/", b"\\u00")
_ADVICE = "save the data as GeoPackage or CSV in the program that they come from."
_known: dict[tuple[str, int, int], str] = {}


def require_closed(path: Path) -> None:
    """Raise InputError for a file, or an archive with one, from which GDAL would go on to read elsewhere.

    GDAL tells the formats by the first bytes; what a file names is not opened.
    """
    state = path.stat()
    key = (os.path.realpath(path), state.st_size, state.st_mtime_ns)
    if key not in _known:
        _known[key] = next(filter(None, map(_why_open, _addresses(path))), "")
    if _known[key]:
        raise InputError(_known[key])


def _addresses(path: Path) -> Iterator[str]:
    """Yield a file and all that QGIS would open of it if it is an archive; nothing of a database.

    SQLite's formats are all closed, and to tell one from another GDAL asks tables that may be views without end.
    """
    with open(path, "rb") as file:
        head = file.read(512)
    if head.startswith(_SQLITE):
        return
    yield str(path)
    for mark, form in _ARCHIVES:
        if head.startswith(mark) or head[_TAR_MARK:].startswith(mark):
            archive = form.format(path=path)
            members = gdal.ReadDirRecursive(archive)
            yield from (f"{archive}/{name}" for name in members or ()) if members else (archive,)


def _why_open(address: str) -> str:
    """Return why a file must not be opened, "" if it may."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        driver = gdal.IdentifyDriverEx(address, gdal.OF_VECTOR)
    except RuntimeError:  # someone switched GDAL's exceptions on
        driver = None
    finally:
        gdal.PopErrorHandler()
    if driver is None:
        return ""
    name = address.rpartition("/")[2]
    if driver.ShortName not in FILE_FORMATS:
        return f"{name} is {driver.ShortName}, which reads other files or addresses: {_ADVICE}"
    if driver.ShortName in _JSON and _links(address):
        return f"{name} has its coordinate system at an address on the network: {_ADVICE}"
    return ""


def _links(address: str) -> bool:
    """Return whether a JSON file may have a coordinate system that is a link."""
    return any(_holds(address, _literal(mark)) for mark in _MARKS) and all(
        _holds(address, _word(word)) for word in ("crs", "link", "href")
    )


def _literal(mark: bytes) -> re.Pattern[bytes]:
    return re.compile(re.escape(mark))


def _word(word: str) -> re.Pattern[bytes]:
    """Return the pattern of a JSON text, of any case and with any of its letters escaped."""
    letters = (f"(?:{letter}|\\\\u00{ord(letter):02x}|\\\\u00{ord(letter.upper()):02x})" for letter in word)
    return re.compile(f'"{"".join(letters)}"'.encode("ascii"), re.IGNORECASE)


def _holds(address: str, pattern: re.Pattern[bytes]) -> bool:
    file = gdal.VSIFOpenL(address, "rb")
    if file is None:
        return False
    try:
        rest = b""
        while block := gdal.VSIFReadL(1, BLOCK_BYTES, file):
            if pattern.search(rest + block):
                return True
            rest = block[-64:]  # longer than any of the patterns
    finally:
        gdal.VSIFCloseL(file)
    return False
