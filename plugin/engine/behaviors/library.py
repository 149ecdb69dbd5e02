"""Behaviors: WHO, WHEN, WHAT and CHANGE composed to models with stable ids, names and sentences."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from ..base import StudyError
from .entries import OWN_PREFIX, Entry, check_distinct, nearest_text, read_axis
from .patterns import Patterns
from .selection import Selection

FACET_AXES = ("who", "when", "what")
"""What visits have; a change is of all visits of a spot together."""
AXES = (*FACET_AXES, "change")


@dataclass(frozen=True)
class Library:
    """The behavior library: every combination of one entry per axis is a model.

    `version` identifies the content: equal entries give an equal version; `select` and `choose` keep it.
    `selections`, if there are any, name the models asked for (ids of every axis); the others are not tested.
    """

    who: tuple[Entry, ...]
    when: tuple[Entry, ...]
    what: tuple[Entry, ...]
    change: tuple[Entry, ...]
    version: str
    selections: tuple[Selection, ...] = ()

    @classmethod
    def from_entries(cls, entries: Mapping[str, Any]) -> Library:
        """Return the library of `entries`, axis name -> list of entry dicts.

        Raises InputError naming the entry and the field that is wrong.
        """
        axes = {axis: read_axis(axis, entries.get(axis)) for axis in AXES}
        return cls(axes["who"], axes["when"], axes["what"], axes["change"], _digest(axes))

    @property
    def patterns(self) -> Patterns:
        """The numbers of the combinations of WHO, WHEN and WHAT."""
        return Patterns(len(self.who), len(self.when), len(self.what))

    @property
    def models(self) -> tuple[str, ...]:
        """Behavior ids of the models asked for, WHO slowest and CHANGE fastest."""
        combined = product(*([entry.id for entry in axis] for axis in self._axes()))
        return tuple(".".join(ids) for ids, is_asked in zip(combined, self.asked.ravel()) if is_asked)

    @property
    def asked(self) -> np.ndarray:
        """Which combinations of the entries are asked for: bool of shape (who, when, what, change)."""
        shape = tuple(len(axis) for axis in self._axes())
        if not self.selections:
            return np.ones(shape, bool)
        asked = np.zeros(shape, bool)
        for selection in self.selections:
            named = zip(self._axes(), selection.axes())
            who, when, what, change = (np.array([entry.id in ids for entry in axis], bool) for axis, ids in named)
            asked |= who[:, None, None, None] & when[:, None, None] & what[:, None] & change
        return asked

    def without_memory(self) -> Library:
        """Return the library with those models not asked for that need to know devices from before."""
        every = Selection(*(tuple(entry.id for entry in axis) for axis in self._axes()))
        known = [frozenset(entry.id for entry in axis if not entry.needs_memory) for axis in self._axes()]
        kept = (
            Selection(*(tuple(name for name in ids if name in plain) for ids, plain in zip(asked.axes(), known)))
            for asked in self.selections or (every,)
        )
        return replace(self, selections=tuple(kept))

    @property
    def needs_memory(self) -> np.ndarray:
        """Which patterns need to know devices from before, bool (patterns,)."""
        who, when, what = (np.array([e.needs_memory for e in getattr(self, name)], bool) for name in FACET_AXES)
        return (who[:, None, None] | when[:, None] | what).ravel()

    @property
    def own(self) -> dict[str, tuple[Entry, ...]]:
        """The analyst's own entries, axis name -> entries."""
        axes = {axis: tuple(e for e in getattr(self, axis) if e.id.startswith(OWN_PREFIX)) for axis in AXES}
        return {axis: entries for axis, entries in axes.items() if entries}

    def with_own(self, own: Mapping[str, Sequence[Entry]]) -> Library:
        """Return the library with the analyst's `own` entries (axis name -> entries) after those of each axis.

        The ids of all other models stay as they are. Raises InputError naming an entry whose id, title or sentence
        is already there, or the axis that would hold more than fit.
        """
        axes = {axis: (*getattr(self, axis), *own.get(axis, ())) for axis in AXES}
        for axis, entries in axes.items():
            check_distinct(axis, entries)
        return self._with_axes(axes)

    def without_own(self, axis: str, entry_id: str) -> Library:
        """Return the library without one of the analyst's own entries; raise StudyError if it is none of them."""
        entries: tuple[Entry, ...] = getattr(self, axis)
        if not self.entry(axis, entry_id).id.startswith(OWN_PREFIX):
            raise StudyError(f"\"{entry_id}\" comes with the plugin and stays; only own entries can be removed.")
        axes = dict(zip(AXES, self._axes()))
        axes[axis] = tuple(entry for entry in entries if entry.id != entry_id)
        return self._with_axes(axes)

    def entry(self, axis: str, entry_id: str) -> Entry:
        """Return the entry `entry_id` of `axis`; raise StudyError naming it and the nearest known ids."""
        entries: tuple[Entry, ...] = getattr(self, axis)
        found = [entry for entry in entries if entry.id == entry_id]
        return found[0] if found else _keep(axis, entries, (entry_id,))[0]

    def select(
        self,
        who: Collection[str] = (),
        when: Collection[str] = (),
        what: Collection[str] = (),
        change: Collection[str] = (),
    ) -> Library:
        """Return the library with only the entries named, in library order; an empty axis keeps all of it.

        Raises StudyError naming an unknown id and the nearest known ids.
        """
        return replace(
            self,
            who=_keep("who", self.who, who),
            when=_keep("when", self.when, when),
            what=_keep("what", self.what, what),
            change=_keep("change", self.change, change),
        )

    def choose(self, selections: Sequence[Selection]) -> Library:
        """Return the library with only the models that lie in one of `selections`; without any, with all of them.

        Raises StudyError naming an unknown id and the nearest known ids.
        """
        if not selections:
            return self
        each = [self.select(*selection.axes())._axes() for selection in selections]
        ids = [tuple(tuple(entry.id for entry in axis) for axis in axes) for axes in each]
        chosen = self.select(*({entry_id for axes in ids for entry_id in axes[number]} for number in range(len(AXES))))
        return replace(chosen, selections=tuple(Selection(*axes) for axes in ids))

    def _with_axes(self, axes: Mapping[str, tuple[Entry, ...]]) -> Library:
        return replace(
            self, who=axes["who"], when=axes["when"], what=axes["what"], change=axes["change"], version=_digest(axes)
        )

    def _axes(self) -> tuple[tuple[Entry, ...], ...]:
        return self.who, self.when, self.what, self.change

    def entries(self, *ids: str) -> tuple[Entry, ...]:
        """Return the entries of a behavior by their ids, one per axis; raise StudyError for an unknown id."""
        return tuple(self.entry(axis, entry_id) for axis, entry_id in zip(AXES, ids))


def behavior_id(who: str, when: str, what: str, change: str) -> str:
    """Return the stable id of a behavior, composed of its entry ids: "who.when.what.change"."""
    return f"{who}.{when}.{what}.{change}"


def _keep(axis: str, entries: tuple[Entry, ...], ids: Collection[str]) -> tuple[Entry, ...]:
    """Return the entries named in `ids`, all of them if it is empty; raise StudyError for an unknown id."""
    known = [entry.id for entry in entries]
    for entry_id in ids:
        if entry_id not in known:
            near = nearest_text(entry_id, known)
            raise StudyError(f"The behavior library has no {axis} \"{entry_id}\"; {near}.")
    return tuple(entry for entry in entries if entry.id in ids) if ids else entries


def _digest(axes: Mapping[str, tuple[Entry, ...]]) -> str:
    content = {axis: [asdict(entry) for entry in entries] for axis, entries in axes.items()}
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.blake2b(text.encode("ascii"), digest_size=6).hexdigest()
