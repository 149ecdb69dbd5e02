"""What key dates of one kind say together: its table and its notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

import numpy as np
import pandas as pd

from ..calendars import KeyDateGroup
from ..scoring import LEVEL, Together
from ..tables import as_table, empty_table
from .evidence import Evidence

LISTED = 20
"""Places listed of each group though they do not hold, by hand: so that one sees what comes next."""


def together_table(evidence: Evidence, groups: Sequence[KeyDateGroup]) -> pd.DataFrame:
    """Return the `together` table: of each group that was asked the places that hold, and some that come next."""
    parts = [_rows_of(evidence, *both) for both in _asked(evidence, groups)]
    return as_table("together", pd.concat(parts, ignore_index=True)) if parts else empty_table("together")


def together_notes(evidence: Evidence, groups: Sequence[KeyDateGroup]) -> tuple[str, ...]:
    """Return a sentence on each group: at how many places its dates are unusual together, or that it was not asked."""
    found = {group.name: asked for group, asked in _asked(evidence, groups)}
    return tuple(_note(evidence, group.name, found.get(group.name)) for group in groups)


def _note(evidence: Evidence, name: str, asked: Optional[Together]) -> str:
    if asked is None:
        return f"Key dates of {name} could not be asked together: fewer than two of them could be tested."
    told = f"Asked together, the {len(asked.windows)} key dates of {name} are unusual at "
    held = int((asked.q_value <= LEVEL).sum())
    if held == 0:
        return f"{told}no place."
    first = evidence.history.visits.spots.name[asked.spot[np.argmin(asked.p_value)]]
    return f"{told}{held} {'place' if held == 1 else 'places'}, first at {first}: see the table Together."


def _asked(evidence: Evidence, groups: Sequence[KeyDateGroup]) -> list[tuple[KeyDateGroup, Together]]:
    """Return the groups that could be asked, each with what came of it."""
    by_windows = {tuple(asked.windows.tolist()): asked for asked in evidence.scores.together}
    tested = evidence.scores.key_windows
    rows = [tuple(np.intersect1d(evidence.windows.rows_of(group.dates), tested).tolist()) for group in groups]
    return [(group, by_windows[own]) for group, own in zip(groups, rows) if own in by_windows]


def _rows_of(evidence: Evidence, group: KeyDateGroup, asked: Together) -> pd.DataFrame:
    scores, spots = evidence.scores, evidence.history.visits.spots
    order = np.argsort(asked.p_value, kind="stable")
    order = order[(asked.q_value[order] <= LEVEL) | (np.arange(len(order)) < LISTED)]
    spot, number = asked.spot[order], len(asked.windows)
    change = [evidence.library.entry("change", scores.changes[int(one)].id).title for one in asked.change[order]]
    dates = [day.isoformat() for day, row in zip(evidence.windows.key_dates, evidence.windows.key_window)
             if row in asked.windows]  # fmt: skip
    return pd.DataFrame({
        "kind": group.name, "dates": number, "key_dates": ", ".join(sorted(dates)),
        "rank": np.arange(1, len(order) + 1), "spot_id": spots.spot_id[spot], "spot_name": spots.name[spot],
        "spot_kind": spots.kind[spot], "category": spots.category[spot], "country": spots.country[spot],
        "change": change, "p_value": asked.p_value[order], "q_value": asked.q_value[order],
        "sentence": [
            f"The {number} key dates of {group.name}, asked together, at {name}: {one.lower()}."
            for name, one in zip(spots.name[spot], change)
        ],
    })  # fmt: skip
