"""Evidence: what stays in memory after a run, and which devices stand behind a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..behaviors import FACET_AXES, Library
from ..counting import Presence, Windows
from ..earth import Grid, local_day
from ..facets import Facets
from ..history import History
from ..places import Sites
from ..scoring import Plain, Scores


@dataclass(frozen=True)
class Evidence:
    """The tables behind the findings; the site card and evidence queries read them, nothing changes them.

    `facets` covers the visits at spots that were counted, those where `min_devices` were present in some window.
    `plain` are the plain counts of all devices; None where only behaviors were asked for.
    """

    history: History
    presence: Presence
    windows: Windows
    scores: Scores
    library: Library
    grid: Grid
    sites: Sites
    facets: Facets
    min_devices: int
    pseudonyms: np.ndarray
    plain: Optional[Plain] = None

    @property
    def told(self) -> Scores:
        """The scores as they may be told: what is written or shown of tests is made of them."""
        return self.scores.told or self.scores

    def visits_in(self, spot: int, window: int) -> np.ndarray:
        """Return the visit rows at `spot` that overlap `window`."""
        return self.presence.visits_in(spot, window)

    def visits_of_test(self, test: int) -> np.ndarray:
        """Return the visit rows that stand behind a test, in the windows that its change names."""
        scores, spot = self.scores, int(self.scores.spot[test])
        change = scores.change_of(test)
        if self.plain is not None and change.is_plain:
            first, days = self.days_of_test(test)
            starts = self.earlier_starts(test).tolist() if change.is_fall else [first]
            rows = np.concatenate([self.visits_on(spot, start, days) for start in starts])
        else:
            windows = change.windows_of_evidence(self.windows, int(scores.window[test]))
            rows = np.concatenate([self.visits_in(spot, index) for index in windows])
        return rows[self.matches(rows, test)]

    def visits_on(self, spot: int, start_day: int, days: int) -> np.ndarray:
        """Return the visit rows at `spot` on so many local days from `start_day` on."""
        rows = self.presence.by_spot[self.presence.start[spot] : self.presence.start[spot + 1]]
        last = local_day(self.history.end_ms[rows])
        return rows[(self.history.day[rows] < start_day + days) & (last >= start_day)]

    def days_of_test(self, test: int) -> tuple[int, int]:
        """Return the first local day (number) and the number of days that a test is about: its window, or a phase."""
        start = int(self.windows.start_day[self.scores.window[test]])
        if self.plain is None:
            return start, self.windows.length_days
        phase = self.plain.counts.phases[int(self.scores.phase[test])]
        return start + phase.first_day, phase.length_days

    def earlier_starts(self, test: int) -> np.ndarray:
        """Return the first local days (numbers) of the earlier windows, or phases, that a test compared with."""
        scores, windows, window = self.scores, self.windows, int(self.scores.window[test])
        if self.plain is not None and scores.change_of(test).is_plain:
            windows, window = self.plain.counts.windows, self.plain.row_of(window)
        offset = self.days_of_test(test)[0] - int(windows.start_day[window])
        return windows.start_day[windows.baseline[window]] + offset

    def devices_of_test(self, test: int) -> np.ndarray:
        """Return the distinct device codes that a test counted."""
        return np.unique(self.history.visits.stays.device[self.visits_of_test(test)])

    def matches(self, rows: np.ndarray, test: int) -> np.ndarray:
        """Return which visits fit the behavior of a test, bool; False for those that `facets` does not cover."""
        facets, scores = self.facets, self.scores
        if scores.is_plain(test):
            return np.ones(len(rows), bool)
        pattern = int(scores.pattern[test])
        at = np.minimum(np.searchsorted(facets.rows, rows), len(facets.rows) - 1)
        matched = facets.rows[at] == rows
        described = facets.take(at)
        for axis, index in zip(FACET_AXES, self.library.patterns.parts(pattern)):
            matched &= described.has(axis, index)
        return matched
