"""Profiles that are kept: how many devices of a place and window show each facet, for signatures to be looked for.

Counts are told in steps of MIN_SHOWN: no two of one place and window, nor one and a finding's, tell a few by their
difference, whichever facets are parts of others.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..signatures import facets_of, find_profiles
from ..tables import MIN_SHOWN, as_table
from .counts import PlaceCounts

PROFILES, FACETS = "profiles", "profile_facets"


def profile_tables(counts: PlaceCounts, devices: np.ndarray) -> dict[str, pd.DataFrame]:
    """Return both tables: of each place and window of MIN_SHOWN devices the counts, in the order of the facets.

    `devices` int64 (kept places, windows) are those that are told of each (`cards.told_devices`).
    """
    evidence, library = counts.evidence, counts.evidence.library
    every = list(facets_of(library))
    facets = pd.DataFrame({
        "seq": np.arange(len(every)), "axis": [axis for axis, _index, _entry in every],
        "facet": [entry.id for _axis, _index, entry in every], "title": [entry.title for _axis, _index, entry in every],
    })  # fmt: skip
    is_kept = np.isin(counts.visits.spot, counts.kept)
    is_kept[np.setdiff1d(np.arange(len(is_kept)), evidence.facets.rows)] = False
    visit, window = counts.presence.pairs(np.flatnonzero(is_kept))
    found = find_profiles(counts.history, evidence.facets, visit, window, MIN_SHOWN)
    whole = devices[np.searchsorted(counts.kept, found.spot), found.window]
    told = told_parts(found.counts(library), whole[:, None])
    days = np.array([evidence.windows.dates(number)[0].isoformat() for number in range(len(evidence.windows))], object)
    frame = pd.DataFrame({
        "spot_id": counts.visits.spots.spot_id[found.spot], "day": days[found.window],
        "days": evidence.windows.length_days, "is_key": evidence.windows.is_key[found.window].astype(np.int64),
        "devices": whole, "counts": [" ".join(map(str, row)) for row in told.tolist()],
    })  # fmt: skip
    return {PROFILES: as_table(PROFILES, frame), FACETS: as_table(FACETS, facets)}


def told_parts(part: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Return counts of parts of a whole that is `told`, int64, in steps of MIN_SHOWN; all of it where few are left."""
    parts = np.minimum(part, told) // MIN_SHOWN * MIN_SHOWN
    result: np.ndarray = np.where((parts > 0) & (told - parts < MIN_SHOWN), told, parts)
    return result
