"""Selections: which models of the behavior library an analyst asks for, and how that is said in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import InputError

if TYPE_CHECKING:
    from .behavior_entries import Entry
    from .behaviors import Library

MAX_NAMED = 3


@dataclass(frozen=True)
class Selection:
    """The models that combine one of the entries (ids) named per axis; an empty axis means all of its entries."""

    who: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    what: tuple[str, ...] = ()
    change: tuple[str, ...] = ()

    @classmethod
    def from_values(cls, values: Any) -> Selection:
        """Return the selection of a mapping axis -> list of ids, as `values` gives it; raises InputError."""
        if not isinstance(values, Mapping):
            raise InputError("A selection of behaviors is an object with lists of who, when, what and change.")
        for axis, ids in values.items():
            if axis not in cls.__dataclass_fields__:
                raise InputError(f"A selection of behaviors has no \"{axis}\"; it has who, when, what and change.")
            if not isinstance(ids, (list, tuple)) or not all(isinstance(one, str) and one for one in ids):
                raise InputError(f"The {axis} of a selection of behaviors must be a list of ids in quotes.")
        return cls(**{axis: tuple(ids) for axis, ids in values.items()})

    def values(self) -> dict[str, list[str]]:
        """Return axis -> list of ids, which JSON can hold."""
        return {"who": list(self.who), "when": list(self.when), "what": list(self.what), "change": list(self.change)}

    def axes(self) -> tuple[tuple[str, ...], ...]:
        """Return the four lists of ids in the order of the axes."""
        return self.who, self.when, self.what, self.change

    def is_all(self) -> bool:
        """Return whether nothing is named, which means every model."""
        return not any(self.axes())


def describe(library: Library, selection: Selection) -> str:
    """Return a selection in words; of one entry per axis it is the model's own sentence.

    Entries of one axis are joined by "or", an empty axis is said as any: "Devices living here or living nearby,
    staying overnight, at any time: appears or surges". Raises StudyError naming an unknown id.
    """
    if all(len(ids) == 1 for ids in selection.axes()):
        return library.sentence(*(ids[0] for ids in selection.axes()))
    who, when, what, change = (
        [library.entry(axis, entry_id) for entry_id in getattr(selection, axis)]
        for axis in ("who", "when", "what", "change")
    )
    is_plain = len(who) == 1 and not who[0].sentence
    subject = "Devices " if is_plain else f"Devices {_either(who, 'of any kind', 'of any kind')}, "
    doing = _either(what, "doing anything", "present")
    time = _either(when, "at any time", "at any hour", is_silent_alone=True)
    doing = ", ".join(part for part in (doing, time) if part)
    return f"{subject}{doing}: {_either(change, 'any change', '')}"


def _either(entries: Sequence[Entry], when_empty: str, when_silent: str, is_silent_alone: bool = False) -> str:
    """Return the sentence parts of `entries` joined by "or", the first few of many."""
    if not entries:
        return when_empty
    if len(entries) == 1 and is_silent_alone:
        return entries[0].sentence
    parts = [entry.sentence or when_silent for entry in entries]
    if len(parts) > MAX_NAMED:
        parts = [*parts[: MAX_NAMED - 1], f"{len(parts) - MAX_NAMED + 1} others"]
    return " or ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} or {parts[-1]}"
