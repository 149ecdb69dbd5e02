"""Plain counts in words: what was counted in the same phase of earlier windows, and which of these were odd."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from ..earth import EPOCH, MONTHS
from ..scoring import DAYS
from ..tables import MIN_SHOWN, leaves_few
from .evidence import Evidence

SHOWN_EARLIER = 6
"""Earlier windows whose counts are told, the latest first, by hand: what a line holds."""


def earlier_counts(evidence: Evidence, test: int, beside: Sequence[int] = ()) -> str:
    """Return "after 729, 724 and 724 in earlier windows" for a test of plain counts, "" for all others.

    Of a fall with the days of presence that it was judged by, unless the devices now are so few that days would tell
    them. Nothing is told where any of the counts is below MIN_SHOWN, or by a few more or fewer than one of the tests
    `beside`, those told before of the same place and window: of a phase, devices are some of the window's.
    """
    plain, scores = evidence.plain, evidence.scores
    devices = _earlier_devices(evidence, test)
    if plain is None or len(devices) == 0 or (devices < MIN_SHOWN).any():
        return ""
    others = [_earlier_devices(evidence, other) for other in beside]
    if any((leaves_few(devices, other) | leaves_few(other, devices)).any() for other in others if len(other)):
        return ""
    window, phase = plain.row_of(int(scores.window[test])), int(scores.phase[test])
    row = int(np.searchsorted(plain.counts.spot, scores.spot[test]))
    shown = np.flatnonzero(plain.counts.windows.baseline[window])[::-1][:SHOWN_EARLIER]
    told = f"after {_listed(devices)} in earlier windows"
    if not scores.change_of(test).is_fall:
        return told
    days = _listed(plain.counts.days[phase, row, shown])
    if scores.observed[test] < MIN_SHOWN:
        return f"{told} ({days} days of presence)"
    return f"{told} ({plain.counts.days[phase, row, window]:,} days of presence after {days})"


def _earlier_devices(evidence: Evidence, test: int) -> np.ndarray:
    """Return the devices (int64) of the earlier windows that are told of a test of plain counts; none of all others."""
    plain, scores = evidence.plain, evidence.scores
    if plain is None or not scores.is_plain(test) or not scores.change_of(test).is_plain:
        return np.empty(0, np.int64)
    window, phase = plain.row_of(int(scores.window[test])), int(scores.phase[test])
    row = int(np.searchsorted(plain.counts.spot, scores.spot[test]))
    shown = np.flatnonzero(plain.counts.windows.baseline[window])[::-1][:SHOWN_EARLIER]
    devices: np.ndarray = plain.counts.devices[phase, row, shown]
    return devices


def odd_window_notes(evidence: Evidence) -> list[str]:
    """Return a sentence for each earlier window that was far from all others at many places at once."""
    if evidence.plain is None:
        return []
    windows, odd = evidence.plain.counts.windows, evidence.plain.odd[DAYS, 0]
    notes = []
    for side, word in enumerate(("below", "above")):
        for window in np.flatnonzero(odd[side]):
            day = EPOCH + timedelta(days=int(windows.start_day[window]))
            told = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
            notes.append(
                f"The {windows.length_days} days from {told} lie far {word} all others at {odd[side, window]} places, "
                "so they hardly count in what is expected there."
            )
    return notes


def _listed(counts: np.ndarray) -> str:
    texts = [f"{count:,}" for count in counts.tolist()]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
