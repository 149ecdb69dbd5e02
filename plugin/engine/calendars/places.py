"""The places of events, as rows that can be sites."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .events import DatedEvents

PLACE_RADIUS_M = 1000.0
"""By hand: tables of events give the middle of a town or district, not a building."""


def places_of(events: DatedEvents, rows: np.ndarray) -> pd.DataFrame:
    """Return the distinct places of the events `rows` (bool): name, category, country, radius_m, lat, lon (degrees).

    Only positions of places themselves; those of whole districts or countries are no sites.
    """
    chosen = np.flatnonzero(np.asarray(rows, dtype=bool) & events.is_placed)
    place, name = events.place[chosen], events.name[chosen]
    table = pd.DataFrame({
        "name": np.where(place != "", place, name), "category": events.kind[chosen], "country": events.code[chosen],
        "radius_m": PLACE_RADIUS_M, "lat": events.lat[chosen], "lon": events.lon[chosen],
    })  # fmt: skip
    return table.drop_duplicates(["name", "lat", "lon"], ignore_index=True)
