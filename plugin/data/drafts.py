"""Folders in which files are written before they take their place; those of a process that was killed are removed.

A draft folder lies beside what it is written for and holds a file that its process keeps locked. When the process is
gone, however it ended, the lock is free. The profile notes where drafts lie, so that the next start finds them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

from ..engine.base import InputError
from .profile import profile_folder

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt

PREFIX = ".sitelight-"
LOCK = "sitelight.lock"
MARK = b"Written by Sitelight; safe to remove when QGIS is closed.\n"
ATTEMPTS = 5


@contextlib.contextmanager
def draft_folder(parent: Path) -> Iterator[Path]:
    """Yield a new folder in `parent` that vanishes with all that is left in it; raise InputError if there can be none.

    What killed processes left in `parent` goes first.
    """
    if not os.path.isdir(parent):
        raise InputError(f"The folder {parent} does not exist: choose another place.")
    remove_abandoned(parent)
    try:
        folder, lock = _make(parent)
    except OSError as error:
        reason = error.strerror
        raise InputError(f"The folder {parent} cannot be written to ({reason}): choose another place.") from error
    note = _note(folder)
    try:
        yield folder
    finally:
        # Windows removes no open file.
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)
        if note is not None and not folder.exists():
            # What goes wrong with a note must not take the place of what went wrong with the draft.
            with contextlib.suppress(OSError):
                note.unlink(missing_ok=True)


def remove_abandoned(parent: Path) -> None:
    """Remove the draft folders in `parent` whose process is gone; folders that are not ours stay."""
    try:
        found = [path for path in parent.glob(f"{PREFIX}*") if path.is_dir() and not path.is_symlink()]
    except OSError:
        return
    for folder in found:
        _remove_if_abandoned(folder)


def remove_noted(profile: Optional[Path] = None) -> None:
    """Remove the draft folders that the profile knows and whose process is gone; called when the plugin starts."""
    notes = _notes(profile)
    if notes is None or not notes.is_dir():
        return
    for note in notes.iterdir():
        with contextlib.suppress(OSError, ValueError):
            folder = Path(note.read_text(encoding="utf-8"))
            if folder.name.startswith(PREFIX) and folder.is_dir() and not folder.is_symlink():
                _remove_if_abandoned(folder)
            if not folder.exists():
                note.unlink()


def _make(parent: Path) -> tuple[Path, int]:
    """Return a new draft folder and its open, locked file."""
    for _attempt in range(ATTEMPTS):
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        path = folder / LOCK
        try:
            lock = os.open(path, os.O_RDWR | os.O_CREAT)
        except FileNotFoundError:  # taken for abandoned by another process that just looked
            continue
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        # Another process may have removed it before it was locked.
        if _lock(lock) is not False and path.exists():
            with contextlib.suppress(OSError):  # a full disk is met by what is written next
                os.write(lock, MARK)
            return folder, lock
        os.close(lock)
    raise OSError(0, "another program removes its files")


def _remove_if_abandoned(folder: Path) -> None:
    """Remove a folder that holds a lock file of ours which no process keeps locked."""
    path = folder / LOCK
    try:
        lock = os.open(path, os.O_RDWR)
    except OSError:
        return
    try:
        is_abandoned = os.fstat(lock).st_size in (0, len(MARK)) and _lock(lock) is True
        if is_abandoned and fcntl is not None:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)
    if is_abandoned:  # Windows removes no open file
        shutil.rmtree(folder, ignore_errors=True)


def _lock(file: int) -> Optional[bool]:
    """Lock an open file; False if another process has locked it, None where the file system knows no locks."""
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        return False if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK) else None
    return True


def _notes(profile: Optional[Path] = None) -> Optional[Path]:
    folder = profile_folder(profile)
    return None if folder is None else folder / "drafts"


def _note(folder: Path) -> Optional[Path]:
    """Note in the profile where a draft folder lies; None where it cannot be noted."""
    notes = _notes()
    if notes is None:
        return None
    try:
        notes.mkdir(parents=True, exist_ok=True)
        note = notes / folder.name
        note.write_text(os.path.realpath(folder), encoding="utf-8")
    except OSError:
        return None
    return note
