"""The analyst's own behavior entries: one JSON file in the profile folder, read, changed and written as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

from ..engine.base import InputError
from ..engine.behaviors import AXES, Entry, Library, own_rows, read_own
from .json_files import read_json
from .outputs import json_object, replacing
from .profile import profile_folder

Own = Mapping[str, tuple[Entry, ...]]


def own_path(profile: Optional[Path] = None) -> Optional[Path]:
    """Return where own entries are kept; None where QGIS has no profile folder."""
    folder = profile_folder(profile)
    return folder / "behaviors.json" if folder is not None else None


def join_own(shipped: Library, profile: Optional[Path] = None) -> Library:
    """Return `shipped` with the entries of the profile folder, if there are any.

    Raises InputError naming the file, the entry and the field that is wrong.
    """
    path = own_path(profile)
    return shipped if path is None or not path.is_file() else join_file(shipped, path)


def join_file(library: Library, path: Path) -> Library:
    """Return `library` with the own entries of a JSON file after its own; raises InputError as `join_own` does."""
    try:
        return library.with_own(read_own(read_json(path)))
    except InputError as error:
        raise named_with(path, error) from error


def add_own(library: Library, content: Any, profile: Optional[Path] = None) -> Library:
    """Return `library` with one more own entry, {"who": [entry dict]} or another axis, which is kept in the profile.

    Raises InputError naming the entry and the field that is wrong; then nothing is written.
    """
    return _keep(library.with_own(read_own(content)), profile)


def import_own(library: Library, path: Path, profile: Optional[Path] = None) -> Library:
    """Return `library` with the entries of a JSON file, which are kept in the profile; those already there stay.

    Raises InputError naming the file, the entry and the field that is wrong, or an id that is taken by another
    entry; then nothing is written.
    """
    try:
        coming = read_own(read_json(path))
        known = library.own
        new = {
            axis: tuple(entry for entry in entries if entry not in known.get(axis, ()))
            for axis, entries in coming.items()
        }
        return _keep(library.with_own(new), profile)
    except InputError as error:
        raise named_with(path, error) from error


def remove_own(library: Library, axis: str, entry_id: str, profile: Optional[Path] = None) -> Library:
    """Return `library` without one own entry, also in the profile."""
    return _keep(library.without_own(axis, entry_id), profile)


def write_own(library: Library, path: Path) -> None:
    """Write the own entries of `library` as JSON; the file is replaced as a whole. Raises InputError."""
    text = json.dumps(own_rows(library.own), indent=2, ensure_ascii=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, is_own_file) as draft:
            draft.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"The file {path} cannot be written ({error.strerror}); choose another place.") from error


def is_own_file(path: Path) -> bool:
    """Return whether a file has lists of entries by axis and nothing else."""
    content = json_object(path)
    if content is None:
        return False
    return content.keys() <= set(AXES) and all(isinstance(rows, list) for rows in content.values())


def _keep(library: Library, profile: Optional[Path]) -> Library:
    path = own_path(profile)
    if path is None:
        raise InputError("QGIS has no profile folder to keep own entries in; start it with a profile.")
    write_own(library, path)
    return library


def named_with(path: Path, error: InputError) -> InputError:
    """Return `error` as one sentence that also names the file."""
    text = str(error)
    return error if str(path) in text else InputError(f"{path}: {text}")
