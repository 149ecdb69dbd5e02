"""Evidence: what stays in memory after a run, and which devices stand behind a finding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..behaviors import FACET_AXES, Library
from ..counting import Presence, Windows
from ..earth import Grid
from ..facets import Facets
from ..history import History
from ..places import Sites
from ..scoring import Scores


@dataclass(frozen=True)
class Evidence:
    """The tables behind the findings; the site card and evidence queries read them, nothing changes them.

    `facets` covers the visits at spots that were counted,
    those where `min_devices` were present in some window.
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

    @property
    def told(self) -> Scores:
        """The scores as they may be told: what is written or shown of tests is made of them."""
        return self.scores.told or self.scores

    def visits_in(self, spot: int, window: int) -> np.ndarray:
        """Return the visit rows at `spot` that overlap `window`."""
        return self.presence.visits_in(spot, window)

    def visits_of_test(self, test: int) -> np.ndarray:
        """Return the visit rows that stand behind a test, in the windows that its change names."""
        scores = self.scores
        windows = scores.change_of(test).windows_of_evidence(self.windows, int(scores.window[test]))
        rows = np.concatenate([self.visits_in(int(scores.spot[test]), index) for index in windows])
        return rows[self.matches(rows, test)]

    def devices_of_test(self, test: int) -> np.ndarray:
        """Return the distinct device codes that a test counted."""
        return np.unique(self.history.visits.stays.device[self.visits_of_test(test)])

    def matches(self, rows: np.ndarray, test: int) -> np.ndarray:
        """Return which visits fit the behavior of a test, bool; False for those that `facets` does not cover."""
        facets, scores = self.facets, self.scores
        pattern = int(scores.counts.pattern[scores.row[test]])
        at = np.minimum(np.searchsorted(facets.rows, rows), len(facets.rows) - 1)
        matched = facets.rows[at] == rows
        described = facets.take(at)
        for axis, index in zip(FACET_AXES, self.library.patterns.parts(pattern)):
            matched &= described.has(axis, index)
        return matched
