"""Entries of the behavior library: the atoms they may require, and their reading and checking."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ..base import InputError

WHO_ATOMS = (
    "resident", "local", "domestic", "neighbouring", "abroad", "unknown_home", "first_time", "occasional",
    "regular", "seen_military", "seen_airport", "seen_air_base", "seen_port", "seen_border_crossing",
    "seen_government", "seen_embassy", "seen_police", "seen_energy_or_mining", "seen_telecom", "seen_hotel",
    "seen_market", "seen_transport_hub", "home_military", "lodged_hotel", "by_air_96h", "seen_linked_2",
)
WHEN_ATOMS = ("night", "dawn", "working", "evening", "rest_day", "round_clock", "off_hours")
WHAT_ATOMS = (
    "passing", "short_stop", "meeting", "shift", "overnight", "multi_day", "daily_return", "by_air",
    "from_afar", "cross_border", "company", "group", "convoy", "goes_on_linked", "leaves_country",
)
MEMORY_ATOMS = frozenset((*WHO_ATOMS, "daily_return"))
"""Atoms that say what a device did before the visit, so that they are unknown where ids are new."""
ATOMS = {"who": WHO_ATOMS, "when": WHEN_ATOMS, "what": WHAT_ATOMS}
MAX_ENTRIES = 64
OWN_PREFIX = "own_"
MAX_LENGTH = {"id": 60, "title": 60, "sentence": 120, "past": 120, "definition": 400}

_ID_PATTERN = re.compile(r"[a-z][a-z0-9_]*\Z")
_TEXT_FIELDS = ("id", "title", "sentence", "definition")


@dataclass(frozen=True)
class Entry:
    """One entry of an axis.

    `requires` is a conjunction of alternatives over atoms: (("a", "b"), ("c",)) means (a or b) and c; ()
    means always. `tail` says which way a CHANGE goes (findings of a "lower" and a "share" one are worded for it) and
    is empty on the other axes. `past` is the WHAT entry's past form with `{spot}` (and `{was}` for was/were) for
    finding sentences; empty when not given.
    """

    id: str
    title: str
    sentence: str
    definition: str
    confused_with: tuple[str, ...] = ()
    requires: tuple[tuple[str, ...], ...] = ()
    tail: str = ""
    past: str = ""

    @property
    def needs_memory(self) -> bool:
        """Whether it can be told only of devices that were known before."""
        return any(atom in MEMORY_ATOMS for group in self.requires for atom in group)


def read_axis(axis: str, rows: Any) -> tuple[Entry, ...]:
    """Return the checked entries of `axis` ("who", "when", "what" or "change") from a list of dicts.

    Raises InputError naming the entry and the field that is wrong.
    """
    if not isinstance(rows, list) or not rows:
        raise InputError(f"The {axis} list of behaviors is missing or empty; give at least one entry.")
    entries = tuple(_read_entry(axis, number, row) for number, row in enumerate(rows, start=1))
    check_distinct(axis, entries)
    return entries


def read_own(content: Any) -> dict[str, tuple[Entry, ...]]:
    """Return the checked own entries of an analyst, axis name -> entries, from {"who": [...], "when": …, "what": …}.

    Raises InputError naming the entry and the field that is wrong.
    """
    if not isinstance(content, dict):
        raise InputError("Own entries are not an object; write them as {\"who\": […], \"when\": […], \"what\": […]}.")
    own = {}
    for axis, rows in content.items():
        if axis not in ATOMS:
            raise InputError(f"Own entries have no list \"{axis}\"; name it who, when or what.")
        own[axis] = read_axis(axis, rows) if rows != [] else ()
        for entry in own[axis]:
            if not entry.id.startswith(OWN_PREFIX):
                raise _broken(axis, entry.id, "id", f"must begin with {OWN_PREFIX}")
            if not entry.requires:
                raise _broken(axis, entry.id, "requires", "names no facet; name at least one")
    return own


def own_rows(own: Mapping[str, Sequence[Entry]]) -> dict[str, list[dict[str, Any]]]:
    """Return own entries (axis name -> entries) as plain values that `read_own` reads."""
    return {axis: [_row(entry) for entry in entries] for axis, entries in own.items()}


def check_distinct(axis: str, entries: Sequence[Entry]) -> None:
    """Raise InputError naming the entry of `axis` that repeats an id, title or sentence, or if there are too many."""
    if len(entries) > MAX_ENTRIES:
        raise InputError(f"The {axis} list has {len(entries)} entries; keep at most {MAX_ENTRIES}.")
    for name in ("id", "title", "sentence"):
        seen: set[str] = set()
        for entry in entries:
            text = getattr(entry, name).casefold()
            if text in seen:
                raise _broken(axis, entry.id, name, "is used twice; give each entry its own")
            seen.add(text)


def _row(entry: Entry) -> dict[str, Any]:
    row = {name: getattr(entry, name) for name in _TEXT_FIELDS}
    row.update(confused_with=list(entry.confused_with), requires=[list(group) for group in entry.requires])
    return {**row, "past": entry.past} if entry.past else row


def _read_entry(axis: str, number: int, row: Any) -> Entry:
    if not isinstance(row, dict):
        raise InputError(f"Entry {number} of {axis} is not an object with fields; write it as {{\"id\": …}}.")
    label = row["id"] if isinstance(row.get("id"), str) and row["id"] else str(number)
    own = ("tail",) if axis == "change" else ("requires", "past") if axis == "what" else ("requires",)
    for name in row:
        if name not in (*_TEXT_FIELDS, "confused_with", *own):
            raise _broken(axis, label, str(name), "is not known; remove it or correct its name")
    for name in _TEXT_FIELDS:
        if not isinstance(row.get(name), str):
            raise _broken(axis, label, name, "is missing or not text; write it in quotes")
    if not _ID_PATTERN.match(row["id"]):
        raise _broken(axis, label, "id", "must be lower-case letters, digits and underscores")
    requires = () if axis == "change" else _read_requires(axis, label, row.get("requires"))
    _check_texts(axis, label, row, may_be_silent=not requires and axis in ("who", "when"))
    return Entry(
        id=row["id"],
        title=row["title"],
        sentence=row["sentence"],
        definition=row["definition"],
        confused_with=_read_words(axis, label, "confused_with", row.get("confused_with", [])),
        requires=requires,
        tail=_read_tail(label, row.get("tail")) if axis == "change" else "",
        past=row.get("past", ""),
    )


def _check_texts(axis: str, label: str, row: Mapping[str, Any], may_be_silent: bool) -> None:
    for name in ("title", "definition") if may_be_silent else ("title", "sentence", "definition"):
        if not row[name].strip():
            raise _broken(axis, label, name, "is empty; write a few words")
    for name in (*_TEXT_FIELDS, "past"):
        text = row.get(name, "")
        if not isinstance(text, str) or text != " ".join(text.split()):
            raise _broken(axis, label, name, "must be text without line breaks, doubled or outer spaces")
        if len(text) > MAX_LENGTH[name]:
            raise _broken(axis, label, name, f"is longer than {MAX_LENGTH[name]} characters; shorten it")
    if row.get("past") and "{spot}" not in row["past"]:
        raise _broken(axis, label, "past", "must say where the place's name goes: write {spot} there")


def _read_requires(axis: str, label: str, value: Any) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list):
        raise _broken(axis, label, "requires", "is missing or not a list; write [] for no condition")
    groups = tuple(_read_words(axis, label, "requires", group) for group in value)
    for atom in (atom for group in groups for atom in group):
        if atom not in ATOMS[axis]:
            near = nearest_text(atom, ATOMS[axis])
            raise _broken(axis, label, "requires", f"names \"{atom}\", which is unknown; {near}")
    if not all(groups):
        raise _broken(axis, label, "requires", "holds an empty list, which nothing can match; remove it")
    return groups


def _read_words(axis: str, label: str, name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
        raise _broken(axis, label, name, "must be a list of words in quotes")
    return tuple(value)


def _read_tail(label: str, value: Any) -> str:
    if not isinstance(value, str) or not _ID_PATTERN.match(value):
        raise _broken("change", label, "tail", "must be a word in lower-case letters: the tail that the test has")
    return value


def _broken(axis: str, label: str, name: str, problem: str) -> InputError:
    return InputError(f"Entry \"{label}\" of {axis}: field \"{name}\" {problem}.")


def nearest_text(word: str, known: Sequence[str]) -> str:
    """Return the end of an error sentence about the unknown `word`: the nearest known words, or all."""
    near = get_close_matches(word, known, n=3, cutoff=0.5)
    return f"the nearest known are {', '.join(near)}" if near else f"known are {', '.join(known)}"
