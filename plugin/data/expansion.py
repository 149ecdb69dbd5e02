"""How far packed data may grow when they are unpacked: a small file must not fill the memory or run for minutes.

Real feeds shrink to a fifth or a twentieth, a device that stands still for months to a sixtieth; deflate can reach a
thousandth, and only data made for that come near. So 200 times the packed size is more than any honest file needs,
and a file that keeps to it costs no more than the analyst can see on the disk. Below 64 MB nothing is asked.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path

from ..engine.base import InputError

MOST_TIMES = 200
FREE_BYTES = 64 << 20
MOST_MEMBERS = 10_000


def most_bytes(packed_bytes: int) -> int:
    """Return how many bytes a packed file of that size may unpack to."""
    return max(FREE_BYTES, MOST_TIMES * packed_bytes)


def too_large(name: str) -> InputError:
    """Return the error for a file that grows too far."""
    return InputError(
        f"{name} unpacks to more than {MOST_TIMES} times its size, which no real records do: unpack it yourself if you"
        " trust it, and choose the unpacked file."
    )


def require_bounded_gzip(path: Path) -> None:
    """Raise InputError for a gzipped file that says at its end that it grows too far; others are measured as read."""
    with open(path, "rb") as file:
        packed = file.seek(0, os.SEEK_END)
        file.seek(max(0, packed - 4))
        said = int.from_bytes(file.read(4), "little")  # of its last part, without whole multiples of 4 GB
    if said > most_bytes(packed):
        raise too_large(path.name)


def require_bounded_archive(path: Path) -> None:
    """Raise InputError for a ZIP archive (also KMZ, XLSX, ODS) with too many members, or that grows too far."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                raise InputError(f"{path.name} packs more than {MOST_MEMBERS:,} files: unpack it and choose one.")
            if sum(member.file_size for member in members) > most_bytes(path.stat().st_size):
                raise too_large(path.name)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, zlib.error):
        return  # GDAL tells what is wrong with it
