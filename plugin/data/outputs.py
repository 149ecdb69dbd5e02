"""Where outputs may go: never onto an input, never onto a file that Sitelight did not write, only into plain files.

Asked before anything is read, by every algorithm, the panel and its exports, and again when the file takes its place.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Callable, Optional, Union

from ..engine.base import InputError
from ..engine.tables import SCHEMAS
from .drafts import draft_folder
from .file_paths import files_with, is_inside, is_same, path_behind
from .geopackage_project import PROJECTS, has_own_project
from .json_files import read_json
from .locked_files import keep_beside, require_free
from .reasons import reason_of

PathLike = Union[str, Path]
_DATABASES = ("postgres:", "postgis:", "mssql:", "oracle:", "hana:", "spatialite:", "/vsi")


def require_output(
    text: PathLike, inputs: Iterable[str], is_own: Callable[[Path], bool], is_replaced: bool = True
) -> Optional[Path]:
    """Return the file behind an output's address, None for a layer in memory; raise InputError if it may not be used.

    `inputs` are paths and layer sources that are read, `is_own` tells whether an existing file is an earlier output.
    A file that another program holds may not be `is_replaced`; one that is added to, or closed first, is not asked.
    """
    path = require_plain(text)
    if path is None:
        return None
    _require_no_input(path, inputs)
    require_own(path, is_own)
    if is_replaced:
        require_free(path)
    return path


def require_plain(text: PathLike) -> Optional[Path]:
    """Return the file behind an output's address; raise InputError if there is anything but a plain file, or none."""
    if str(text).strip().lower().startswith(_DATABASES):
        raise InputError("Results are written to files only, whose content can be checked first: choose a file name.")
    path = path_behind(str(text))
    if path is None:
        return None
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return path
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"{path.name} cannot be an output: choose another file name.") from error
    if stat.S_ISDIR(mode):
        raise InputError(f"{path} is a folder: choose a file name for the output.")
    if not stat.S_ISREG(mode):
        raise InputError(f"{path} is a device, a pipe or a socket, not a file: choose a file name for the output.")
    return path


def require_own(path: Path, is_own: Callable[[Path], bool]) -> None:
    """Raise InputError if a file exists at `path` that Sitelight did not write."""
    if os.path.exists(path) and path.stat().st_size and not is_own(path):
        raise InputError(
            f"{path.name} exists and is not known as an earlier result of the same kind: choose another file name, or"
            " remove the file first."
        )


def require_apart(paths: Iterable[Optional[Path]]) -> None:
    """Raise InputError if two outputs of one run are one file: the later would replace the earlier."""
    seen: list[Path] = []
    for path in paths:
        if path is not None:
            if any(is_same(path, other) for other in seen):
                raise InputError(f"Two outputs of this run are the same file {path.name}: give each its own.")
            seen.append(path)


def _require_no_input(path: Path, inputs: Iterable[str]) -> None:
    written = list(files_with(path))
    for given in inputs:
        source = path_behind(given)
        if source is None:
            continue
        if os.path.isdir(source):
            if is_inside(path, source):
                raise InputError(
                    f"{path.name} would be written into the folder {source.name}, which is read: choose another folder."
                )
            continue
        read = [one for one in files_with(source) if one == source or os.path.exists(one)]
        if any(is_same(one, other) for one in written for other in read):
            raise InputError(f"{path.name} is read in this run and would be overwritten: choose another file name.")


def is_study(path: Path) -> bool:
    """Return whether a file is a GeoPackage with our run record and log, and with no table or column of anyone else."""
    names = table_names(path)
    if not {"run", "audit"} <= names <= {*SCHEMAS, "layer_styles", PROJECTS} or _has_more_columns(path):
        return False
    return PROJECTS not in names or _holds_own_project_only(path)


def json_object(path: Path) -> Optional[dict[str, Any]]:
    """Return the object in a JSON file, None for anything else."""
    try:
        content = read_json(path)
    except InputError:
        return None
    return content if isinstance(content, dict) else None


def _holds_own_project_only(path: Path) -> bool:
    """Return whether no project of someone else was saved into a study."""
    try:
        with contextlib.closing(_open_untouched(path)) as connection:
            return has_own_project(connection, is_alone=True)
    except sqlite3.Error:
        return False


def _has_more_columns(path: Path) -> bool:
    """Return whether somebody added a column to a table of a study."""
    asked = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
    try:
        with contextlib.closing(_open_untouched(path)) as connection:
            found = connection.execute(asked).fetchall()
    except (sqlite3.Error, UnicodeDecodeError):
        return True
    own = {name: {*schema.columns, "fid", "ogc_fid", "geom"} for name, schema in SCHEMAS.items()}
    return any(column not in own[name] for name, column in found if name in own)


def table_names(path: Path) -> set[str]:
    """Return the names of the user's tables of an SQLite file, none if it is no such file; it is not touched."""
    try:
        with open(path, "rb") as file:
            if file.read(16) != b"SQLite format 3\x00":
                return set()
        with contextlib.closing(_open_untouched(path)) as connection:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
    except (OSError, sqlite3.Error, UnicodeDecodeError):
        return set()
    return {name for (name,) in rows if not name.lower().startswith(("gpkg_", "sqlite_", "rtree_"))}


def _open_untouched(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{Path(os.path.realpath(path)).as_uri()}?mode=ro&immutable=1", uri=True)


@contextlib.contextmanager
def replacing(
    target: PathLike, is_own: Callable[[Path], bool], settle: Optional[Callable[[Path], None]] = None
) -> Iterator[Path]:
    """Yield a path to write to; it takes the place of `target` if all goes well and vanishes if not.

    A link is followed: the file behind it is replaced. Raises InputError where `target` may not be written. With
    `settle` what cost a long run is kept beside a `target` that was opened meanwhile, and settled under its new name.
    """
    path = require_plain(target)
    if path is None:
        raise InputError("Results are written to files only: choose a file name.")
    path = Path(os.path.realpath(path))
    require_own(path, is_own)
    with draft_folder(path.parent) as folder:
        draft = folder / f"draft{path.suffix}"
        try:
            yield draft
        except OSError as error:
            raise InputError(f"{path.name} cannot be written: {why_unwritten(draft, str(error.strerror))}.") from error
        require_plain(path)
        require_own(path, is_own)
        if settle is None:
            put_in_place(draft, path)
        else:
            put_or_keep([draft], [path], settle)


def put_in_place(draft: PathLike, target: PathLike) -> None:
    """Put the file `draft` in the place of `target`; raise InputError if that is open in another program.

    Logs that SQLite left beside an earlier `target` go first: it would play them back into the new file.
    """
    require_free(Path(target))  # the logs of an earlier file that stays must stay as well
    try:
        for suffix in ("-wal", "-shm", "-journal"):
            Path(f"{target}{suffix}").unlink(missing_ok=True)
        os.replace(draft, target)
    except OSError as error:
        raise InputError(
            f"{target} cannot be replaced ({reason_of(error)}): close it or choose another name."
        ) from error


def put_or_keep(
    drafts: Sequence[Path], places: Sequence[Path], settle: Optional[Callable[[Path], None]] = None
) -> None:
    """Put files in their places, or all of them beside these where one is locked: InputError then names the first."""
    try:
        for place in places:
            require_free(place)
        for draft, place in zip(drafts, places):
            put_in_place(draft, place)
    except InputError as error:
        try:
            kept = keep_beside(drafts, places)[0]
        except OSError:
            raise error from None
        if settle is not None:
            settle(kept)
        raise InputError(f"{error} What was written is whole: it is in {kept}.") from error


def why_unwritten(draft: Path, reason: str) -> str:
    """Return why writing `draft` failed, with what to do: that the disk is full where nothing more can be written.

    SQLite and OGR say many things when there is no room.
    """
    if is_full(draft):
        free_mb = _free_mb(draft.parent)
        return f"the disk is full or takes no larger file ({free_mb} MB free); free some space or choose another place"
    return reason.rstrip(".") or "the program that writes it gave no reason"


def is_full(draft: Path) -> bool:
    """Return whether a file that will not be kept cannot be made longer; it is tried."""
    try:
        with open(draft, "ab") as file:
            length = file.tell()
            file.write(bytes(1 << 20))
            file.flush()
            os.fsync(file.fileno())
            file.truncate(length)
    except OSError:
        return True
    return False


def _free_mb(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free >> 20
    except OSError:
        return 0


def has_columns(names: Collection[str], wanted: Collection[str]) -> bool:
    """Return whether a layer's columns are those of an output, in a format that may cut names to ten characters."""
    there = {name.lower() for name in names}
    return all(name.lower() in there or name.lower()[:10] in there for name in wanted)
