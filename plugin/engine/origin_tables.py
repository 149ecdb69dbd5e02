"""The `origins` table of a study: from where those behind each finding came, and where they went."""

from __future__ import annotations

from typing import Optional

import numpy as np
import pandas as pd

from .evidence import Evidence
from .findings import LEVEL
from .localtime import DAY_MS, utc_ms
from .origins import DAYS, DIRECTIONS, KINDS, Gathering, Whereabouts, find_origins, gather
from .progress import Progress
from .results import as_table, empty_table
from .scoring import FALLS_AWAY

MAX_FINDINGS = 100
MIN_SHOWN = 5
MAX_NAMES = 20
"""Of each kind and direction so many names are kept, the strongest first."""


def origins_table(
    evidence: Evidence, findings: pd.DataFrame, tests: np.ndarray, zone_hours: Optional[float], progress: Progress
) -> pd.DataFrame:
    """Return the `origins` table of the first findings that hold at LEVEL and are no fall, made from `tests`.

    A loop over at most MAX_FINDINGS findings. Raises Cancelled.
    """
    held = (findings.q_value.to_numpy() <= LEVEL) & (evidence.scores.change[tests] != FALLS_AWAY)
    rows = np.flatnonzero(held)[:MAX_FINDINGS]
    if len(rows) == 0:
        return empty_table("origins")
    whereabouts = Whereabouts(evidence.history.visits, evidence.history.world.country_code)
    parts = []
    for number, row in enumerate(rows):
        progress.step("Looking back from findings", number / len(rows))
        gathering = _gather_finding(evidence, int(tests[row]), zone_hours)
        for direction in DIRECTIONS:
            found = find_origins(whereabouts, gathering, direction, DAYS)
            strongest = found.groupby("kind", sort=False).head(MAX_NAMES)
            order = np.argsort([KINDS.index(kind) for kind in strongest["kind"]], kind="stable")
            parts.append(
                strongest.iloc[order].assign(finding_id=findings.finding_id.iloc[row], direction=direction)
            )
    return as_table("origins", hide_small_counts(pd.concat(parts, ignore_index=True)))


def hide_small_counts(origins: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with `devices` as text, below MIN_SHOWN as "<5"; the shares that would give it away are empty.

    The table leaves the machine in a GeoPackage, where few devices from one place may be one household.
    """
    few = origins["devices"] < MIN_SHOWN
    text = origins["devices"].astype(str).where(~few, f"<{MIN_SHOWN}")
    shares = origins[["share", "lift"]].mask(few)
    return origins.assign(devices=text.astype(object), share=shares["share"], lift=shares["lift"])


def _gather_finding(evidence: Evidence, test: int, zone_hours: Optional[float]) -> Gathering:
    """Return the devices behind a finding, and for control all visitors of its spot in its baseline windows."""
    scores, windows, visits = evidence.scores, evidence.windows, evidence.history.visits
    spot, window = int(scores.spot[test]), int(scores.window[test])
    place = np.zeros(len(visits.spots), bool)
    place[spot] = True

    def span(number: int) -> tuple[int, int]:
        start = int(utc_ms(windows.start_day[number] * DAY_MS, visits.spots.lon[spot], zone_hours))
        return start, start + windows.length_days * DAY_MS

    baseline = [span(int(number)) for number in np.flatnonzero(windows.baseline[window])]
    everyone = gather(visits, place, *span(window), baseline)
    return Gathering(
        np.sort(evidence.visits_of_test(test)), place, everyone.control, everyone.control_place, everyone.control_says
    )
