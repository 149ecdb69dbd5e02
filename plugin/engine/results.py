"""Results: what a run returns: the tables, what could not be done, and the evidence behind the site card."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Optional

import pandas as pd

from .findings import Evidence
from .homes import hide_cells


@dataclass(frozen=True)
class Results:
    """What a run leaves behind: plain tables, sentences about limits, and the evidence behind the site card.

    `tables` has one frame per entry of `SCHEMAS` made by the engine (all but `run` and `audit`, which the run
    record in `plugin.data` adds); columns as in the schema, in order, and for tables with geometry a last column
    `geometry` of WKB bytes in EPSG:4326 (lon, lat). `notes` are sentences to show (what could not be tested and why).
    """

    tables: dict[str, pd.DataFrame]
    notes: tuple[str, ...] = ()
    run: dict[str, Any] = field(default_factory=dict)
    evidence: Optional[Evidence] = None

    def as_written(self) -> Results:
        """Return the results as they may leave memory: cells of the grid as squares of 5 km."""
        visits = self.evidence.history.visits if self.evidence is not None else None
        return replace(self, tables=hide_cells(self.tables, visits))
