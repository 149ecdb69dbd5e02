"""What key dates could not be tested and why, and what the windows of a study leave open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ..counting import AFTERMATH_DAYS, MIN_BASELINE_WINDOWS, MIN_PLAIN_WINDOWS, Windows
from .evidence import Evidence
from .plain import odd_window_notes
from .told_regions import ToldRegion, untold_district_notes

MAX_NAMED_DATES = 5
"""Key dates named in one sentence, by hand: what can be read; the others are counted."""
FEW_ORDINARY_DATES = 6
"""Ordinary dates below which a study says what they cannot exclude, by hand: with six that is one date in seven."""


def window_notes(
    evidence: Evidence, asked_days: int, lookback_days: int, regions: Sequence[ToldRegion]
) -> tuple[str, ...]:
    """Return sentences on windows; those asked for have `asked_days`, and facets look `lookback_days` back.

    `regions` are those that are told (`told_regions`).
    """
    windows, notes = evidence.windows, []
    if windows.length_days < asked_days:
        first, last = windows.dates(int(windows.key_window[0]))
        notes.append(
            f"Windows are {windows.length_days} instead of {asked_days} days long, from {first.isoformat()} to "
            f"{last.isoformat()} for the first key date, because of days that lack or on which ids were drawn anew."
        )
    notes += _memory_notes(windows)
    if windows.unseen:
        names = ", ".join(sorted(str(evidence.history.world.country_name[one]) for one in windows.unseen))
        notes.append(f"Not looked at, since days of it lack in a window of a key date: {names}.")
    for day, window in zip(windows.key_dates, windows.key_window):
        if not windows.whole[window]:
            notes.append(
                f"Key date {day.isoformat()} could not be tested: days of its window were not delivered, or ids were "
                "drawn anew in it. Counts are shown; choose a window without these days."
            )
            continue
        notes += _history_notes(evidence, lookback_days, day, int(window))
        if windows.partial[window]:
            notes.append(
                f"The window of key date {day.isoformat()} reaches the last day of the data or beyond, so nothing was "
                "tested for falling away there. Load later observations to test it."
            )
    notes += _ordinary_notes(evidence)
    if windows.placebo_in_aftermath:
        notes.append(
            f"All ordinary dates lie within {AFTERMATH_DAYS} days after a key date, for want of others, so what key "
            "dates set off may pass as ordinary. Load a longer history before the first key date."
        )
    return (*notes, *odd_window_notes(evidence), *untold_district_notes(evidence, regions))


def _memory_notes(windows: Windows) -> list[str]:
    """Return a sentence on the key dates for which it is not known who is new."""
    keys = windows.key_window
    lost = [day for day, key in zip(windows.key_dates, keys) if not windows.remembers[key] and windows.whole[key]]
    if not lost:
        return []
    told = "Within the look-back ids were new, so behaviors that need to know a device from before were not tested"
    if len(lost) == len(keys):
        return [f"{told}."]
    dates = ", ".join(day.isoformat() for day in lost[:MAX_NAMED_DATES])
    more = f" and {len(lost) - MAX_NAMED_DATES} more" if len(lost) > MAX_NAMED_DATES else ""
    return [f"{told} for key {'date' if len(lost) == 1 else 'dates'} {dates}{more}."]


def _history_notes(evidence: Evidence, lookback_days: int, day: date, window: int) -> list[str]:
    """Return what could not be tested of a key date for want of earlier windows."""
    windows, plain = evidence.windows, evidence.plain
    earlier = int(windows.baseline[window].sum())
    if earlier >= MIN_BASELINE_WINDOWS:
        return []
    if plain is not None and plain.counts.tested(plain.row_of(window)):
        return [
            f"Of key date {day.isoformat()} only how many devices were where is tested, not who they were or what "
            f"they did: {earlier} earlier windows of {windows.length_days} days follow the first "
            f"{lookback_days} days of the data, and {MIN_BASELINE_WINDOWS} are needed. Load a longer history, or "
            "shorten the look-back."
        ]
    return [
        f"Key date {day.isoformat()} could not be tested: {earlier} earlier windows of {windows.length_days} days "
        f"follow the first {lookback_days} days of the data, and {MIN_BASELINE_WINDOWS} are needed, or "
        f"{MIN_PLAIN_WINDOWS} in all of the data to test how many devices were where. Counts are shown; load a longer "
        "history, or shorten the look-back, to test it."
    ]


def _ordinary_notes(evidence: Evidence) -> tuple[str, ...]:
    """Return a sentence on what few ordinary dates cannot exclude."""
    number = len(evidence.scores.placebo_p)
    if len(evidence.scores.key_windows) == 0 or number >= FEW_ORDINARY_DATES:
        return ()
    if number == 0:
        return (
            "There is no ordinary date in the data, so what chance does is judged by what most places show on the key "
            "dates themselves. Load a longer history to know it from ordinary dates.",
        )
    dates = "1 ordinary date" if number == 1 else f"{number} ordinary dates"
    return (
        f"With {dates} in the data, nothing that chance brings about less often than on 1 date in {number + 1} can be "
        "excluded by them. Load a longer history to exclude more.",
    )
