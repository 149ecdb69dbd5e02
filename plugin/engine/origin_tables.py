"""The `origins` and `flows` tables of a study: from where those behind each finding came, and where they went."""

from __future__ import annotations

from typing import Optional

import numpy as np
import pandas as pd

from .evidence import Evidence
from .findings import LEVEL
from .flows import find_flows
from .localtime import DAY_MS, utc_ms
from .origins import DAYS, DIRECTIONS, KINDS, Gathering, Whereabouts, find_origins, gather
from .progress import Progress
from .results import as_table, empty_table
from .scoring import FALLS_AWAY

MAX_FINDINGS = 100
MIN_SHOWN = 5
MAX_NAMES = 20
"""Of each kind and direction so many names are kept, the strongest first."""
MAX_FLOWS = 8
FLOW_LEVEL = 0.05
"""Lines are drawn of so many names of each kind and direction, of those more frequent than the control (p)."""


def origin_tables(
    evidence: Evidence, findings: pd.DataFrame, tests: np.ndarray, zone_hours: Optional[float], progress: Progress
) -> dict[str, pd.DataFrame]:
    """Return `origins` and `flows` of the first findings that hold at LEVEL and are no fall, made from `tests`.

    A loop over at most MAX_FINDINGS findings. Raises Cancelled.
    """
    held = (findings.q_value.to_numpy() <= LEVEL) & (evidence.scores.change[tests] != FALLS_AWAY)
    rows = np.flatnonzero(held)[:MAX_FINDINGS]
    if len(rows) == 0:
        return {name: empty_table(name) for name in ("origins", "flows")}
    history = evidence.history
    whereabouts = Whereabouts(history.visits, history.world.country_code)
    origins, flows = [], []
    for number, row in enumerate(rows):
        progress.step("Looking back from findings", number / len(rows))
        gathering, spot = _gather_finding(evidence, int(tests[row]), zone_hours)
        asked = findings.iloc[row]
        for direction in DIRECTIONS:
            found = find_origins(whereabouts, gathering, direction, DAYS)
            found = found.assign(finding_id=asked.finding_id, direction=direction)
            origins.append(in_order(found.groupby("kind", sort=False).head(MAX_NAMES)))
            strong = found[found["p_value"] <= FLOW_LEVEL].groupby("kind", sort=False).head(MAX_FLOWS)
            spots = history.visits.spots
            lines = find_flows(strong, spots, history.world, float(spots.lat[spot]), float(spots.lon[spot]))
            flows.append(lines.assign(window_start=asked.window_start, window_end=asked.window_end))
    return {
        name: as_table(name, hide_small_counts(pd.concat(parts, ignore_index=True)))
        for name, parts in (("origins", origins), ("flows", flows))
    }


def in_order(origins: pd.DataFrame) -> pd.DataFrame:
    """Return the rows by kind, as in KINDS, the strongest of each first."""
    order = np.argsort([KINDS.index(kind) for kind in origins["kind"]], kind="stable")
    return origins.iloc[order]


def hide_small_counts(origins: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with `devices` as text, below MIN_SHOWN as "<5"; the shares that would give it away are empty.

    The table leaves the machine in a GeoPackage, where few devices from one place may be one household.
    """
    few = origins["devices"] < MIN_SHOWN
    text = origins["devices"].astype(str).where(~few, f"<{MIN_SHOWN}")
    shares = origins[["share", "lift"]].mask(few)
    return origins.assign(devices=text.astype(object), share=shares["share"], lift=shares["lift"])


def _gather_finding(evidence: Evidence, test: int, zone_hours: Optional[float]) -> tuple[Gathering, int]:
    """Return the devices behind a finding with, for control, its spot's visitors in its baseline; and the spot."""
    scores, windows, visits = evidence.scores, evidence.windows, evidence.history.visits
    spot, window = int(scores.spot[test]), int(scores.window[test])
    here = visits.spot == spot

    def span(number: int) -> tuple[int, int]:
        start = int(utc_ms(windows.start_day[number] * DAY_MS, visits.spots.lon[spot], zone_hours))
        return start, start + windows.length_days * DAY_MS

    baseline = [span(int(number)) for number in np.flatnonzero(windows.baseline[window])]
    everyone = gather(visits, here, *span(window), baseline)
    mine = np.sort(evidence.visits_of_test(test))
    return Gathering(mine, here, everyone.control, everyone.control_here, everyone.control_says), spot
