"""Named behaviors: combinations of the library that analysts know by a name, in families."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Optional

from ..base import InputError, StudyError
from .entries import MAX_LENGTH
from .library import AXES, Library
from .selection import Selection

_TEXT_FIELDS = ("id", "title", "family", "why")


@dataclass(frozen=True)
class NamedBehavior:
    """A selection of models under one name; `why` says in one sentence why an analyst cares."""

    id: str
    title: str
    family: str
    why: str
    selection: Selection


def read_named(rows: Any, library: Library) -> tuple[NamedBehavior, ...]:
    """Return the checked named behaviors of a list of dicts; each names one or several entries of every axis.

    Raises InputError naming the entry and the field that is wrong.
    """
    if not isinstance(rows, list):
        raise InputError("The named behaviors are not a list; write them as [{\"id\": …}, …].")
    named = tuple(_read(number, row, library) for number, row in enumerate(rows, start=1))
    for name in ("id", "title", "selection"):
        seen = set()
        for one in named:
            if getattr(one, name) in seen:
                raise _broken(one.id, name, "is used twice; give each named behavior its own")
            seen.add(getattr(one, name))
    return named


def name_of(named: Sequence[NamedBehavior], behavior_id: str) -> Optional[NamedBehavior]:
    """Return the narrowest named behavior that a model ("who.when.what.change") belongs to, the first of equals."""
    ids = behavior_id.split(".")
    found = [one for one in named if all(part in axis for part, axis in zip(ids, one.selection.axes()))]
    return min(found, key=_size, default=None)


def _size(named: NamedBehavior) -> int:
    who, when, what, change = (len(axis) for axis in named.selection.axes())
    return who * when * what * change


def _read(number: int, row: Any, library: Library) -> NamedBehavior:
    if not isinstance(row, dict):
        raise InputError(f"Named behavior {number} is not an object with fields; write it as {{\"id\": …}}.")
    label = row["id"] if isinstance(row.get("id"), str) and row["id"] else str(number)
    for name in row:
        if name not in (*_TEXT_FIELDS, *AXES):
            raise _broken(label, str(name), "is not known; remove it or correct its name")
    for name in _TEXT_FIELDS:
        text = row.get(name)
        if not isinstance(text, str) or not text or text != " ".join(text.split()):
            raise _broken(label, name, "is missing, empty or not one line of text; write it in quotes")
        if len(text) > MAX_LENGTH.get(name, MAX_LENGTH["definition"]):
            raise _broken(label, name, "is too long; shorten it")
    for axis in AXES:
        _check_axis(label, axis, row.get(axis), library)
    (selection,) = library.choose([Selection.from_values({axis: row[axis] for axis in AXES})]).selections
    return NamedBehavior(selection=selection, **{name: row[name] for name in _TEXT_FIELDS})


def _check_axis(label: str, axis: str, ids: Any, library: Library) -> None:
    if not isinstance(ids, list) or not ids or not all(isinstance(entry_id, str) for entry_id in ids):
        raise _broken(label, axis, "must be a list with at least one id in quotes")
    if len(set(ids)) < len(ids):
        raise _broken(label, axis, "names an entry twice; remove one")
    try:
        library.select(**{axis: ids})
    except StudyError as error:
        raise _broken(label, axis, f"is wrong: {str(error)[:-1]}") from error


def _broken(label: str, name: str, problem: str) -> InputError:
    return InputError(f"Named behavior \"{label}\": field \"{name}\" {problem}.")
