"""What the records of a source hang on, so that it is known whether they are still those of an earlier run."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..engine.screening import ObservationSource
from .file_paths import files_with


def fingerprint_of(source: ObservationSource) -> str:
    """Return a digest of a source's columns, settings and files, "" where it is in no files of its own.

    Files count by path, size, times of change (that of the disk's entry cannot be set back) and number on the disk.
    Layers that are read feature by feature (edits, databases, services) may change without a trace.
    """
    described = {name: value for name, value in source.describe().items() if name != "times"}
    named = described.get("path")
    if not named:
        return ""
    paths = [named] if isinstance(named, str) else list(named)
    try:
        states = [_state(path) for one in paths for path in _files_of(Path(one))]
    except OSError:
        return ""
    content = json.dumps([described, sorted(states)], sort_keys=True, default=repr)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def _files_of(path: Path) -> Iterator[Path]:
    """Yield the files of a folder, or a file and those that belong to it: `.dbf`, `.prj`, `-wal` and the like."""
    if path.is_dir():
        yield from _plain(path.rglob("*"))
        return
    yield path
    # SQLite keeps its journals where a link leads; GDAL reads a `.prj` beside a CSV, too.
    yield from _plain((*files_with(Path(os.path.realpath(path))), path.with_suffix(".prj")))


def _plain(paths: Iterable[Path]) -> Iterator[Path]:
    return (path for path in paths if path.is_file())


def _state(path: Path) -> tuple[Any, ...]:
    found = path.stat()
    return str(path), found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
