"""Rows of a study in which a whole country is seen far less around the key date: Niger, with Togo beside it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from sitelight.plugin.data.library import load_library
from sitelight.plugin.data.observation_files import open_observations_file
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.results import Results
from sitelight.plugin.engine.study import Study, run

KEY_DATE = date(2023, 7, 26)
FIRST_DAY = (date(2023, 4, 24) - date(1970, 1, 1)).days
DAYS = 105
KEY_DAY = (KEY_DATE - date(1970, 1, 1)).days - FIRST_DAY
SIDE, SPACING_DEG, REGULARS, DAILY = 6, 0.02, 8, 0.45
LEFT = 0.4
DAY_MS = 86_400_000
TOWNS = ((13.52, 2.10), (6.60, 1.15))  # Niamey in Niger, north of Lome in Togo


def moved_rows(seed: int = 11, left: float = LEFT) -> pd.DataFrame:
    """Return device, time_ms, lat, lon: people at one place by night and day, fewer in Niger on the key days."""
    rng = np.random.default_rng(seed)
    parts = []
    for town, (south, west) in enumerate(TOWNS):
        home = np.repeat(np.arange(SIDE * SIDE), REGULARS)
        device, day = np.nonzero(rng.random((len(home), DAYS)) < DAILY)
        away = (town == 0) & (day >= KEY_DAY) & (day < KEY_DAY + 5) & (rng.random(len(day)) > left)
        device, day = device[~away], day[~away]
        hours = np.array([1.5, 2.0, 2.5, 9.0, 9.5, 10.0, 20.0, 20.5, 21.0])
        shape = len(device), len(hours)
        time_ms = (FIRST_DAY + day)[:, None] * DAY_MS + (hours * 3_600_000)[None, :] + rng.uniform(0, 600_000, shape)
        place = home[device]
        lat, lon = (
            (first + SPACING_DEG * number)[:, None] + rng.normal(0.0, 0.0001, shape)
            for first, number in ((south, place // SIDE), (west, place % SIDE))
        )
        parts.append(pd.DataFrame({
            "device": np.repeat([f"t{town}d{one}" for one in device], len(hours)),
            "time_ms": time_ms.ravel().astype(np.int64),
            "lat": lat.ravel(), "lon": lon.ravel(),
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def write_moved(path: Path, left: float = LEFT) -> Path:
    """Write the rows as CSV and return its path."""
    frame = moved_rows(left=left)
    frame["timestamp"] = pd.to_datetime(frame.pop("time_ms"), unit="ms").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    frame.rename(columns={"device": "device_id", "lat": "latitude", "lon": "longitude"}).to_csv(path, index=False)
    return path


def moved_results(path: Path, **study) -> Results:
    """Return the results of a study of the rows at `path`."""
    asked = {"library": load_library(), "world": load_world(), "purpose": "Test with invented data", "rekey": b"moved"}
    return run(Study((KEY_DATE,), **{**asked, **study}), open_observations_file(str(path)))
