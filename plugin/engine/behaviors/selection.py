"""Selections: which models of the behavior library an analyst asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..base import InputError


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
