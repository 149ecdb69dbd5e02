"""Sense: which combinations of entries say something; those that contradict or repeat themselves are not told."""

from __future__ import annotations

from .entries import Entry

LASTING = frozenset(("overnight", "multi_day"))
"""WHAT atoms of visits so long that they reach into all hours."""
HOURS = frozenset(("night", "dawn", "working", "evening", "off_hours", "round_clock"))
"""WHEN atoms of hours: of a visit over night they say nothing, or the contrary."""
REPEATED = (
    (frozenset(("by_air_96h",)), frozenset(("by_air",))),
    (frozenset(("neighbouring", "abroad")), frozenset(("cross_border", "leaves_country"))),
    (frozenset(("resident",)), frozenset(("overnight", "multi_day", "daily_return"))),
    (frozenset(("regular",)), frozenset(("daily_return",))),
)
"""WHO and WHAT atoms that say the same, or nearly: who flew in arrives by air."""


def tells_hours(when: Entry, what: Entry) -> bool:
    """Return whether the hours of a WHEN entry may be told beside a WHAT entry."""
    return not (_has(what, LASTING) and _has(when, HOURS))


def is_sound(who: Entry, when: Entry, what: Entry) -> bool:
    """Return whether a combination neither contradicts nor repeats itself."""
    return tells_hours(when, what) and not any(_has(who, one) and _has(what, same) for one, same in REPEATED)


def _has(entry: Entry, atoms: frozenset[str]) -> bool:
    return any(atom in atoms for group in entry.requires for atom in group)
