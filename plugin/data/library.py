"""Reads the behavior library and the category vocabulary from the plugin's resources."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Optional

from ..engine.base import InputError
from ..engine.behaviors import AXES, Library, NamedBehavior, read_axis, read_named
from ..engine.places import Vocabulary
from .json_files import read_json
from .own_behaviors import join_own, named_with

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
BEHAVIORS = RESOURCES / "behaviors"


def load_library(folder: Optional[Path] = None, profile: Optional[Path] = None) -> Library:
    """Return the behavior library in use: the plugin's own with the analyst's entries; or the one in `folder` alone.

    The analyst's entries are those in `profile`, by default in QGIS's own profile folder. Every run takes it from here,
    so the same study has the same models with a window and without one. Raises InputError naming the file, the entry
    and the field that is wrong.
    """
    return join_own(_read_library(BEHAVIORS), profile) if folder is None else _read_library(Path(folder))


def offered_library() -> Library:
    """Return the library whose entries are offered for choice: without the analyst's where their file is broken.

    Declaring a choice must not fail; a run with the broken file says what is wrong.
    """
    try:
        return load_library()
    except InputError:
        return load_library(BEHAVIORS)


@lru_cache(maxsize=1)
def load_named() -> tuple[NamedBehavior, ...]:
    """Return the named behaviors that come with the plugin, read once.

    Raises InputError naming the file, the entry and the field that is wrong.
    """
    path = BEHAVIORS / "named.json"
    try:
        return read_named(read_json(path), _read_library(BEHAVIORS))
    except InputError as error:
        raise named_with(path, error) from error


@lru_cache(maxsize=4)
def _read_library(folder: Path) -> Library:
    """Return the library in `folder` (who, when, what and change.json), read once."""
    rows = {}
    for axis in AXES:
        path = folder / f"{axis}.json"
        rows[axis] = read_json(path)
        try:
            read_axis(axis, rows[axis])
        except InputError as error:
            raise named_with(path, error) from error
    return Library.from_entries(rows)


@lru_cache(maxsize=1)
def load_vocabulary() -> Vocabulary:
    """Return the plugin's category vocabulary, read once.

    Raises InputError naming the file if it is broken.
    """
    path = RESOURCES / "categories.json"
    content = read_json(path)
    try:
        return Vocabulary.from_content(content)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
