"""Plain counts in words: what was counted in the same phase of earlier windows, and which of these were odd."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from ..earth import EPOCH, MONTHS
from ..scoring import DAYS
from ..tables import MIN_SHOWN
from .evidence import Evidence

SHOWN_EARLIER = 6
"""Earlier windows whose counts are told, the latest first, by hand: what a line holds."""


def earlier_counts(evidence: Evidence, test: int) -> str:
    """Return "after 729, 724 and 724 in earlier windows" for a test of plain counts, "" for all others.

    Of a fall with the days of presence that it was judged by, unless the devices now are so few that days would tell
    them. Nothing is told where any of the counts is below MIN_SHOWN.
    """
    plain, scores = evidence.plain, evidence.scores
    if plain is None or not scores.is_plain(test) or not scores.change_of(test).is_plain:
        return ""
    window, phase = plain.row_of(int(scores.window[test])), int(scores.phase[test])
    row = int(np.searchsorted(plain.counts.spot, scores.spot[test]))
    shown = np.flatnonzero(plain.counts.windows.baseline[window])[::-1][:SHOWN_EARLIER]
    devices = plain.counts.devices[phase, row, shown]
    if (devices < MIN_SHOWN).any():
        return ""
    told = f"after {_listed(devices)} in earlier windows"
    if not scores.change_of(test).is_fall:
        return told
    days = _listed(plain.counts.days[phase, row, shown])
    if scores.observed[test] < MIN_SHOWN:
        return f"{told} ({days} days of presence)"
    return f"{told} ({plain.counts.days[phase, row, window]:,} days of presence after {days})"


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
