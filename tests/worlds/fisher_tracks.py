"""Two real animals with GPS collars (Movebank, LaPoint et al. 2013), from the data set beside the repository."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime, timezone

import numpy as np
import pytest
from sitelight.plugin.engine.screening import Fixes
from sitelight_package import SHARED
from worlds.engine_worlds import make_fixes

FOLDER = SHARED / "movebank-fishers"
ANIMALS = ("leroy", "ricky")
with_fishers = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the movebank-fishers data set is not beside the repository"
)


def read_fisher(name: str) -> np.ndarray:
    """Return (fixes, 4) of one animal, sorted: epoch ms, lat, lon, horizontal accuracy in m (10 where unknown)."""
    with gzip.open(FOLDER / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
        lines = csv.reader(file)
        names = [name.replace(".", "-").replace(":", "-") for name in next(lines)]  # one animal's file writes dots
        rows = [row for row in (dict(zip(names, line)) for line in lines) if row["location-lat"] not in ("", "NA")]
    return np.array(sorted(
        (
            round(datetime.fromisoformat(row["timestamp"]).replace(tzinfo=timezone.utc).timestamp() * 1000),
            float(row["location-lat"]), float(row["location-long"]),
            float(row["eobs-horizontal-accuracy-estimate"] or 10.0),
        )
        for row in rows
    ))  # fmt: skip


def read_fishers() -> Fixes:
    """Return the fixes of both animals, devices 0 and 1."""
    tracks = [read_fisher(name) for name in ANIMALS]
    time_ms, lat, lon, accuracy_m = np.concatenate(tracks).T
    device = np.repeat(np.arange(len(tracks)), [len(track) for track in tracks])
    return make_fixes(device, time_ms.astype(np.int64), lat, lon, accuracy_m)
