"""Sentences: behaviors, selections and findings in the words an analyst reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ..earth import MONTHS
from ..tables import MIN_SHOWN
from .entries import Entry
from .library import Library
from .selection import Selection

MAX_NAMED = 3
"""Entries of one axis that a selection names, by hand: more do not fit on two lines of the panel."""


def behavior_name(library: Library, who: str, when: str, what: str, change: str) -> str:
    """Return the generated name, the four titles: "Farther abroad · Night · Overnight · Appears"."""
    return " · ".join(entry.title for entry in library.entries(who, when, what, change))


def behavior_sentence(library: Library, who: str, when: str, what: str, change: str) -> str:
    """Return the behavior in words: "Devices from farther abroad, staying overnight: appears"."""
    who_entry, when_entry, what_entry, change_entry = library.entries(who, when, what, change)
    manner = " " if not what_entry.requires else ", "
    doing = manner.join(part for part in (what_entry.sentence, when_entry.sentence) if part)
    subject = f"Devices {who_entry.sentence}," if who_entry.sentence else "Devices"
    return f"{subject} {doing}: {change_entry.sentence}"


def finding_sentence(
    library: Library,
    who: str,
    when: str,
    what: str,
    change: str,
    devices: int,
    window: str,
    expected: float,
    placebo_hits: int,
    placebo_dates: int,
    spot_name: str,
    earlier: str = "",
) -> str:
    """Return a finding in words, with its counts.

    `devices` distinct devices observed, of which few are not told, and `expected` the number expected (for "share"
    changes: at the usual share); `window` a phrase as `window_text` gives it, "in the 8 days around 26 July 2023".
    `earlier` says what was counted before: "after 729, 724 and 724 in earlier windows".
    """
    who_entry, when_entry, what_entry, change_entry = library.entries(who, when, what, change)
    subject = _count_devices(devices, is_low=change_entry.tail == "lower" and devices < expected)
    past = what_entry.past or "{was} at {spot}, " + what_entry.sentence + ","
    # replace, not format: a place name may hold braces
    doing = past.replace("{was}", "were").replace("{spot}", spot_name)
    when_part = f"{when_entry.sentence}," if when_entry.sentence else ""
    happened = " ".join(part for part in (subject, who_entry.sentence, doing, when_part, window) if part)
    basis = " at their usual share of the devices there" if change_entry.tail == "share" else ""
    placebo = placebo_text(placebo_hits, placebo_dates)
    happened = f"{happened}, {earlier}" if earlier else happened
    return f"{happened}; {_expected_text(expected)} expected{basis}; {placebo}."


def describe(library: Library, selection: Selection) -> str:
    """Return a selection in words; of one entry per axis it is the model's own sentence.

    Entries of one axis are joined by "or", an empty axis is said as any: "Devices living here or living nearby,
    staying overnight, at any time: appears or surges". Raises StudyError naming an unknown id.
    """
    if all(len(ids) == 1 for ids in selection.axes()):
        return behavior_sentence(library, *(ids[0] for ids in selection.axes()))
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


def window_text(start: date, end: date, key_date: date) -> str:
    """Return the window `start`..`end` (both included) in words: "in the 8 days around 26 July 2023"."""
    day = f"{key_date.day} {MONTHS[key_date.month - 1]} {key_date.year}"
    days = (end - start).days + 1
    if days <= 1:
        return f"on {day}"
    position = "from" if start == key_date else "up to" if end == key_date else "before" if end < key_date else "around"
    return f"in the {days} days {position} {day}"


def _count_devices(devices: int, is_low: bool) -> str:
    if devices < MIN_SHOWN:
        return f"Fewer than {MIN_SHOWN} devices"
    return f"Only {devices:,} devices" if is_low else f"{devices:,} devices"


def _expected_text(expected: float) -> str:
    if expected < 0.05:
        return "under 0.1"
    return f"{expected:,.1f}" if expected < 99.95 else f"{expected:,.0f}"


def placebo_text(hits: int, dates: int) -> str:
    """Return on how many ordinary dates something as strong appeared."""
    if dates == 0:
        return "the data hold no ordinary date to compare with"
    ordinary = "ordinary date" if dates == 1 else "ordinary dates"
    return f"on {hits} of {dates} {ordinary} something this strong appeared anywhere"
