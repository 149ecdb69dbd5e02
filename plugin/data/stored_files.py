"""Files wherever they are stored: on the disk, packed, or in a ZIP archive, packed or not."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import BinaryIO, Optional, cast

from ..engine.base import InputError
from .expansion import most_bytes, require_bounded_archive, require_bounded_gzip, too_large
from .reasons import reason_of
from .unpacking import GZIP, HEAD_BYTES, is_packed, unpacked, without_packing

ARCHIVES = (".zip",)
_OTHER_ARCHIVES = (".tar", ".tgz", ".tbz2", ".txz", ".7z", ".rar")
_COPY_BYTES = 1 << 20


@dataclass(frozen=True)
class StoredFile:
    """A file at `path`, or the one called `member` in the ZIP archive there.

    `name` is what it is called before people; `folders` are the names of the folders above it, from the outside.
    """

    path: Path
    member: str = ""

    @property
    def name(self) -> str:
        """The file's own name."""
        return PurePosixPath(self.member).name if self.member else self.path.name

    @property
    def folders(self) -> tuple[str, ...]:
        """The names of the folders it lies in, from the outside."""
        return PurePosixPath(self.member).parts[:-1] if self.member else self.path.parts[:-1]

    @property
    def suffix(self) -> str:
        """Its suffix in lower case, that of what is packed in it."""
        return Path(without_packing(self.name)).suffix

    def open(self) -> BinaryIO:
        """Return a stream of its bytes, unpacked; it cannot go back unless the file is plain.

        What is damaged raises OSError, also later, when it is read. Raises InputError for what cannot be unpacked.
        """
        file = self._open_stored()
        head = _peek(file)
        return file if self.is_plain else unpacked(file, head, self.name)

    @property
    def is_plain(self) -> bool:
        """Whether its bytes lie on the disk as they are read."""
        if self.member:
            return False
        with open(self.path, "rb") as file:
            return not is_packed(file.read(HEAD_BYTES))

    def packed_bytes(self) -> Optional[int]:
        """Return how many bytes it takes where it is stored, None for a plain file."""
        if self.is_plain:
            return None
        if not self.member:
            return self.path.stat().st_size
        with zipfile.ZipFile(self.path) as archive:
            return archive.getinfo(self.member).compress_size

    def require_bounded(self) -> None:
        """Raise InputError for a gzipped file that says at its end that it grows too far."""
        if not self.member and is_gzipped(self.path):
            require_bounded_gzip(self.path)

    def _open_stored(self) -> BinaryIO:
        if not self.member:
            return open(self.path, "rb")
        try:
            return cast(BinaryIO, zipfile.ZipFile(self.path).open(self.member))
        except (RuntimeError, NotImplementedError) as error:
            raise InputError(
                f"{self.name} in {self.path.name} cannot be unpacked here ({reason_of(error)}): unpack the archive"
                " yourself and choose the file."
            ) from error
        except (zipfile.BadZipFile, KeyError, ValueError, EOFError, zlib.error) as error:
            raise OSError(str(error)) from error


def is_archive(path: Path) -> bool:
    """Return whether a path is an archive that can be read; raise InputError for those that must be unpacked."""
    name = without_packing(path.name)
    if name.endswith(_OTHER_ARCHIVES) and path.is_file():
        raise InputError(f"{path.name} is an archive that cannot be read here: unpack it and choose the folder.")
    return path.is_file() and name.endswith(ARCHIVES) and name == path.name.lower()


def members_of(path: Path) -> list[StoredFile]:
    """Return the files in a ZIP archive in the order of their names; raise InputError for one that is damaged."""
    require_bounded_archive(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(member.filename for member in archive.infolist() if not member.is_dir())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, zlib.error) as error:
        reason = reason_of(error)
        raise InputError(f"{path.name} is no archive, or a damaged one ({reason}): get it anew.") from error
    return [StoredFile(path, name) for name in names if not is_hidden(PurePosixPath(name).parts)]


def files_in(folder: Path) -> list[StoredFile]:
    """Return the files in a folder and below it in the order of their paths."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [StoredFile(path) for path in paths if not is_hidden(path.relative_to(folder).parts)]


def is_hidden(parts: Iterable[str]) -> bool:
    """Return whether a path inside a folder is one that systems keep for themselves (.DS_Store, _SUCCESS, __MACOSX)."""
    return any(part.startswith((".", "_")) for part in parts)


def is_gzipped(path: Path) -> bool:
    """Return whether a file on the disk is gzipped, by its first bytes."""
    with open(path, "rb") as file:
        return file.read(2) == GZIP


class Copy:
    """Files copied out of their packing into a folder that goes when nobody holds this any more."""

    def __init__(self, file: StoredFile, beside: Iterable[StoredFile] = ()) -> None:
        """Copy a file and those `beside` it; raises InputError for what is damaged, too large or has no room."""
        self._folder = tempfile.TemporaryDirectory(prefix="sitelight-")
        self.path = self._copied(file)
        for other in beside:
            self._copied(other)

    def _copied(self, file: StoredFile) -> Path:
        target = Path(self._folder.name) / file.name[: len(without_packing(file.name))]
        most = most_bytes(file.packed_bytes() or 0)
        try:
            with file.open() as source, open(target, "wb") as copy:
                while block := source.read(_COPY_BYTES):
                    if copy.tell() + len(block) > most:
                        raise too_large(file.name)
                    if shutil.disk_usage(self._folder.name).free < _COPY_BYTES + len(block):
                        raise InputError(f"There is no room on the disk to unpack {file.name}: make some.")
                    copy.write(block)
        except OSError as error:
            raise InputError(f"{file.name} cannot be unpacked: {reason_of(error)}.") from error
        return target


def plain(file: StoredFile, others: Iterable[StoredFile] = ()) -> tuple[Path, Optional[Copy]]:
    """Return the path at which a file lies unpacked, and the copy to hold as long as it is read (None: no copy).

    Of the `others` those are copied with it that have the same name before the suffix, as the parts of a Shapefile do.
    """
    if file.is_plain:
        return file.path, None
    copy = Copy(file, [one for one in others if one != file and _stem(one) == _stem(file)])
    return copy.path, copy


def _stem(file: StoredFile) -> tuple[PurePath, str]:
    """Return the folder of a file in its archive, and its name before the suffix."""
    place = PurePosixPath(file.member) if file.member else file.path
    return place.parent, place.stem


def _peek(file: BinaryIO) -> bytes:
    try:
        return cast(bytes, file.peek(HEAD_BYTES)[:HEAD_BYTES])  # type: ignore[attr-defined]
    except (zipfile.BadZipFile, ValueError, EOFError, zlib.error, RuntimeError, NotImplementedError) as error:
        raise OSError(str(error)) from error


def require_readable(path: Path) -> None:
    """Raise InputError for a file that is not there, may not be read, or is empty."""
    if not os.path.exists(path):  # Path.exists raises for names that are too long
        raise InputError(f"There is no file or folder {path}.")
    if path.is_file() and not os.access(path, os.R_OK):
        raise InputError(f"{path.name} cannot be opened: you have no right to read it.")
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(f"{path.name} is empty.")
