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
    devices, days, days_now = _earlier(evidence, test)
    if len(devices) == 0 or (devices < MIN_SHOWN).any():
        return ""
    others = [_earlier(evidence, other)[0] for other in beside]
    if any((leaves_few(devices, other) | leaves_few(other, devices)).any() for other in others if len(other)):
        return ""
    told, scores = f"after {listed(devices)} in earlier windows", evidence.scores
    if not scores.change_of(test).is_fall:
        return told
    if scores.observed[test] < MIN_SHOWN:
        return f"{told} ({listed(days)} days of presence)"
    return f"{told} ({days_now:,} days of presence after {listed(days)})"


def _earlier(evidence: Evidence, test: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return devices and days of presence (int64) of the earlier windows told of a test of plain counts, and days now.

    None of all other tests. Windows of key dates are compared with where ordinary ones are few, but not told: findings
    of these dates tell their devices as the fewest that they may be.
    """
    plain, scores = evidence.plain, evidence.scores
    if plain is None or not scores.is_plain(test) or not scores.change_of(test).is_plain:
        return np.empty(0, np.int64), np.empty(0, np.int64), 0
    counts = plain.counts
    window, phase = plain.row_of(int(scores.window[test])), int(scores.phase[test])
    row = int(np.searchsorted(counts.spot, scores.spot[test]))
    shown = np.flatnonzero(counts.windows.baseline[window] & counts.windows.ordinary)[::-1][:SHOWN_EARLIER]
    return counts.devices[phase, row, shown], counts.days[phase, row, shown], int(counts.days[phase, row, window])


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


def listed(counts: np.ndarray) -> str:
    """Return whole counts as "729, 724 and 724"."""
    texts = [f"{count:,}" for count in counts.tolist()]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
