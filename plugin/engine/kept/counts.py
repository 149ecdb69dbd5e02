"""The counts that are kept of a study, by places as they may be told: sites, and squares of 5 km instead of cells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..counting import Presence, find_presence
from ..earth import polygons, square_outlines
from ..findings import Evidence, spot_outlines
from ..history import History
from ..homes import in_squares
from ..tables import MIN_SHOWN
from ..visits import Visits


@dataclass(frozen=True)
class PlaceCounts:
    """The evidence of a study, and its visits at places that may be told (`homes.in_squares`).

    `history` is that of the evidence with `visits`, whose spots are the places; homes are still spots of the evidence.
    """

    evidence: Evidence
    history: History
    presence: Presence

    @property
    def visits(self) -> Visits:
        """The visits at places."""
        return self.history.visits

    @cached_property
    def kept(self) -> np.ndarray:
        """The places (rows, rising) that something is told of: MIN_SHOWN devices were there in one of the windows."""
        return np.flatnonzero((self.presence.devices >= MIN_SHOWN).any(axis=1))

    @cached_property
    def place_of(self) -> np.ndarray:
        """The place (row) of each spot of the evidence, -1 where nobody was."""
        found = np.full(len(self.evidence.history.visits.spots), -1, np.int64)
        found[self.evidence.history.visits.spot] = self.visits.spot
        return found

    def outlines(self, place: np.ndarray) -> np.ndarray:
        """Return WKB polygons of places (rows): of squares their edges."""
        spots, shapes = self.visits.spots, np.empty(len(place), dtype=object)
        ids = spots.spot_id[place]
        was = np.array([self._spot_row.get(one, -1) for one in ids], np.int64)
        square = was < 0
        shapes[square] = polygons(square_outlines(spots.lat[place[square]], spots.lon[place[square]]))
        shapes[~square] = spot_outlines(self.evidence, was[~square])
        return shapes

    @cached_property
    def _spot_row(self) -> dict[str, int]:
        return {one: row for row, one in enumerate(self.evidence.history.visits.spots.spot_id.tolist())}


def count_places(evidence: Evidence) -> PlaceCounts:
    """Return the counts of a study by places that may be told."""
    history = replace(evidence.history, visits=in_squares(evidence.history.visits, evidence.grid))
    return PlaceCounts(evidence, history, find_presence(history, evidence.windows))
