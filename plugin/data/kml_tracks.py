"""Tracks of KML that have fewer times than positions, on which GDAL reads memory that is not its own.

What that does differs from process to process, so a trial alone would not find it; the tags are counted.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from ..engine.base import InputError

_NO_TAGS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_BEGINS_NO_TAGS = re.compile(b"|".join(re.escape(begin) for begin in _NO_TAGS))
_TRACK = re.compile(rb"<(?:[\w.-]+:)?Track\b(.*?)(?:</(?:[\w.-]+:)?Track\s*>|\Z)", re.DOTALL)
_POSITION = re.compile(rb"<(?:[\w.-]+:)?coord\b")
_TIME = re.compile(rb"<(?:[\w.-]+:)?when\b[^<>]*(?<!/)>\s*[^<\s]")


def require_timed_tracks(path: Path) -> None:
    """Raise InputError for a file of KML, plain or packed as KMZ, with a track that has fewer times than positions.

    A document type with entities of its own is refused too: what it says is not what is written.
    """
    for text in _texts(path):
        # UTF-16 and UTF-32 are ASCII with zeros between, as far as tags go.
        plain = _tags_only(text.replace(b"\x00", b""))
        if b"kml" not in plain.lower():
            continue
        if b"<!ENTITY" in plain:
            raise InputError(f"{path.name} is KML with entities of its own, which cannot be checked: save it anew.")
        for track in _TRACK.finditer(plain):
            positions, times = len(_POSITION.findall(track[1])), len(_TIME.findall(track[1]))
            if times < positions:
                raise InputError(
                    f"{path.name} would end QGIS when it is read: a track in it (gx:Track) has {positions:,} positions"
                    f" and only {times:,} times (<when>). Add the times, or save the data as GeoPackage or CSV in the"
                    " program that they come from."
                )


def _tags_only(text: bytes) -> bytes:
    """Return XML without comments, CDATA and instructions, whichever begins first; each character is looked at once."""
    parts, place = [], 0
    while (begin := _BEGINS_NO_TAGS.search(text, place)) is not None:
        parts.append(text[place : begin.start()])
        end = _NO_TAGS[begin[0]]
        found = text.find(end, begin.end())
        if found < 0:
            return b"".join(parts)
        place = found + len(end)
    return b"".join((*parts, text[place:]))


def _texts(path: Path) -> Iterator[bytes]:
    """Yield the content of a file, of an archive that of its members."""
    try:
        if not zipfile.is_zipfile(path):
            yield path.read_bytes()
            return
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                content = archive.read(member)
                if b"<" in content[:1024]:
                    yield content
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError, zlib.error):
        return  # what cannot be read here is tried in a process of its own
