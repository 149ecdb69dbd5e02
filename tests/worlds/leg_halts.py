"""Hand-made halts, and the one leg between them."""

from __future__ import annotations

import numpy as np
from sitelight.plugin.engine.legs import MODES, detect_legs
from sitelight.plugin.engine.stays import Stays
from worlds.countries_world import world_of_qgis

HOUR_MS = 3_600_000


def halts(*rows) -> Stays:
    """Return stays from (device, first hour, last hour, (lat, lon), lasting), sorted as given."""
    device, start, end, where, lasting = zip(*rows)
    start_ms = (np.array(start, dtype=np.float64) * HOUR_MS).astype(np.int64)
    end_ms = (np.array(end, dtype=np.float64) * HOUR_MS).astype(np.int64)
    lat, lon = np.array(where, dtype=np.float64).T
    few = np.full(len(rows), 3, dtype=np.int32)
    zero = np.zeros(len(rows), dtype=np.float32)
    return Stays(
        np.array(device, dtype=np.int32), start_ms, end_ms, start_ms, end_ms, lat, lon, zero + 20, few, zero,
        np.array(lasting, dtype=bool),
    )


def one_leg(*rows) -> dict:
    found = detect_legs(halts(*rows), world_of_qgis())
    assert len(found) == 1
    leg = {name: column[0] for name, column in vars(found).items()}
    return {**leg, "mode": MODES[leg["mode"]]}
