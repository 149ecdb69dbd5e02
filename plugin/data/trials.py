"""Files on which GDAL may end the whole process are read in another process first; what they hold decides, not names.

Only what we open ourselves can be tried: a layer that QGIS opens from its own dialogs is read by QGIS alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

from osgeo import gdal
from qgis.PyQt.QtCore import QProcess, QProcessEnvironment

from ..engine.base import Cancelled, InputError, Progress
from .closed_files import require_closed
from .expansion import require_bounded_archive
from .kml_tracks import require_timed_tracks
from .trial_reader import DONE

HEAD_BYTES = 1 << 16
# Formats whose readers did not end a process in ten thousand damaged files, by the first bytes of their files:
# SQLite with GeoPackage, Shapefile, FlatGeobuf, PNG and others of no table, Parquet.
_TRUSTED = (b"SQLite format 3\x00", b"\x00\x00\x27\x0a", b"fgb\x03", b"PAR1")
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
MOST_BYTES = 4 << 30  # of memory
LOOK_MS = 50  # so often a trial asks whether its run was cancelled
LEAST_MS, BYTES_PER_MS = 20_000, 2_000  # and a second for two megabytes: a tenth of what GPX is read at
NOT_TRIED, CRASHED, LATE = 1, 2, 3
_ADVICE = "save the data as GeoPackage or CSV in the program that they come from."
_tried: dict[tuple[str, int, int], str] = {}
_run = threading.local()


@contextlib.contextmanager
def stopped_by(progress: Progress) -> Iterator[None]:
    """Let trials in this thread end when the run of `progress` is cancelled: readers of files know of no run."""
    _run.progress = progress
    try:
        yield
    finally:
        _run.progress = None


def require_safe(path: Path) -> None:
    """Raise InputError for a file that would end QGIS, take more memory than there is, or open others, when opened."""
    if not os.path.isfile(path):  # Path.is_file raises for names that are too long
        return
    head = _head(path)
    if head.startswith(_ZIP):
        require_bounded_archive(path)
    require_closed(path)
    if not head or (head.startswith(_TRUSTED) and not _has_views(path)) or _is_plain(head):
        return
    state = path.stat()
    key = (os.path.realpath(path), state.st_size, state.st_mtime_ns)
    require_timed_tracks(path)
    if key not in _tried:
        _tried[key] = _try(path, state.st_size, head)
    if _tried[key]:
        raise InputError(_tried[key])


def find_interpreter() -> Optional[Path]:
    """Return a Python interpreter of this installation; inside QGIS `sys.executable` may be QGIS itself."""
    return next((path for path in _interpreters() if path.is_file()), None)


def _interpreters() -> Iterator[Path]:
    own = Path(sys.executable or "none")
    if own.stem.lower().startswith("python"):
        yield own
    names = ("python.exe", "python3.exe") if os.name == "nt" else ("python3", "python")
    bases = [Path(text) for text in (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix) if text]
    bases += [Path(os.environ["OSGEO4W_ROOT"])] if os.environ.get("OSGEO4W_ROOT") else []
    for base in (own.parent, *bases):
        for folder in (base, base / "bin"):
            yield from (folder / name for name in names)


def _try(path: Path, size: int, head: bytes) -> str:
    """Return why a file must not be opened here, "" if it may."""
    limit_ms = LEAST_MS + size // BYTES_PER_MS
    interpreter = find_interpreter()
    outcome = NOT_TRIED if interpreter is None else _read_elsewhere(interpreter, path, limit_ms)
    if outcome == LATE:
        return f"{path.name} was not read within {limit_ms // 1000} seconds: {_ADVICE}"
    if outcome == CRASHED:
        release = gdal.VersionInfo("RELEASE_NAME")
        return f"{path.name} would end QGIS when it is read, or fill its memory: GDAL {release} fails on it; {_ADVICE}"
    if outcome == NOT_TRIED and _may_be_kml(path, head):
        return f"{path.name} is KML, which cannot be tried first in this QGIS and may end it: {_ADVICE}"
    return ""


def _read_elsewhere(interpreter: Path, path: Path, limit_ms: int) -> int:
    """Read a file in a process of its own; return DONE, CRASHED, LATE, or NOT_TRIED if the process cannot do it."""
    # Memory that was never written to is filled: who reads it by mistake fails here and now, not later in QGIS.
    surroundings = QProcessEnvironment.systemEnvironment()
    surroundings.insert("MALLOC_PERTURB_", "165")
    process = QProcess()
    process.setProcessEnvironment(surroundings)
    code = Path(__file__).with_name("trial_reader.py").read_text(encoding="utf-8")
    process.start(str(interpreter), ["-c", code, json.dumps(sys.path), str(path), str(MOST_BYTES)])
    if not process.waitForStarted(LEAST_MS):
        return NOT_TRIED
    try:
        is_late = not _wait(process, limit_ms)
    except Cancelled:
        _kill(process)
        raise
    if is_late:
        _kill(process)
        return LATE
    if process.exitStatus() == QProcess.ExitStatus.CrashExit:
        return CRASHED
    return DONE if process.exitCode() == DONE else NOT_TRIED


def _wait(process: QProcess, limit_ms: int) -> bool:
    """Return whether a process ended in time; raise Cancelled once the run of this thread was cancelled."""
    progress: Optional[Progress] = getattr(_run, "progress", None)
    latest = time.monotonic() + limit_ms / 1000
    while not process.waitForFinished(LOOK_MS) and process.state() != QProcess.ProcessState.NotRunning:
        if time.monotonic() > latest:
            return False
        if progress is not None:
            progress.step("Trying a file", 0.0)
    return True


def _kill(process: QProcess) -> None:
    process.kill()
    process.waitForFinished(LEAST_MS)


def _head(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        raise InputError(f"{path.name} cannot be opened: {error.strerror}.") from error


def _has_views(path: Path) -> bool:
    """Return whether a file of SQLite holds a view: a question, which may be one without end."""
    address = f"{Path(os.path.realpath(path)).as_uri()}?mode=ro&immutable=1"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            return connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'view'").fetchone() is not None
    except (sqlite3.Error, UnicodeDecodeError):  # another kind of file, or one that GDAL cannot read either
        return False


def _is_plain(head: bytes) -> bool:
    """Return whether a file begins as JSON, or as text without any markup, in which no reader finds KML."""
    first = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return first in (b"{", b"[") or (b"\x00" not in head and b"<" not in head)


def _may_be_kml(path: Path, head: bytes) -> bool:
    if path.suffix.lower() in (".kml", ".kmz") or head.startswith((_ZIP, _GZIP)):
        return True
    plain = head.replace(b"\x00", b"").lower()
    return b"kml" in plain or b"gx:" in plain
