"""Results: what a run returns: the tables, what could not be done, and the evidence behind the site card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Optional

import pandas as pd

from .findings import Evidence
from .history import Known
from .homes import hide_cells
from .tables import told_table


@dataclass(frozen=True)
class Results:
    """What a run leaves behind: plain tables, sentences about limits, and the evidence behind the site card.

    `tables` has one frame per entry of `SCHEMAS` made by the engine (all but `run` and `audit`, which the run
    record in `plugin.data` adds); columns as in the schema, in order, and for tables with geometry a last column
    `geometry` of WKB bytes in EPSG:4326 (lon, lat). `notes` are sentences to show (what could not be tested and why).
    `known` is what was found out of the observations, for another run on the same; None where it would be too much.
    """

    tables: dict[str, pd.DataFrame]
    notes: tuple[str, ...] = ()
    run: dict[str, Any] = field(default_factory=dict)
    evidence: Optional[Evidence] = None
    known: Optional[Known] = field(default=None, repr=False)

    def as_written(self) -> Results:
        """Return the results as they may leave memory."""
        return replace(self, tables=written_tables(self.tables, self.evidence))


def written_tables(tables: Mapping[str, pd.DataFrame], evidence: Optional[Evidence] = None) -> dict[str, pd.DataFrame]:
    """Return result tables as they may leave memory: cells as squares of 5 km, and no count of few devices.

    See `hide_cells` and `told_table`; tables that left memory before are as they are.
    """
    known = () if evidence is None else (evidence.history.visits, evidence.grid)
    return {name: told_table(name, table) for name, table in hide_cells(tables, *known).items()}
