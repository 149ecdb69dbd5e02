"""A small synthetic town for tests of the panel and the algorithms: quick to study, with one planted crowd."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from seeds import shifted

DAY_S = 86_400
START_S = 1_680_307_200  # 2023-04-01T00:00:00Z
DAYS = 100
KEY_DATE = "2023-06-28"
CROWD_LAT, CROWD_LON = 13.52, 2.12
SITES = (
    ("Hotel Palm", "hotel", CROWD_LAT, CROWD_LON), ("Town Hall", "government", 13.50, 2.10),
    ("North Camp", "military", 13.56, 2.05),
)  # fmt: skip


def write_observations(path: Path, seed: int, residents: int = 25, crowd: int = 12) -> Path:
    """Write residents who sleep at home and work in town, and a crowd at the hotel around the key date, as CSV."""
    rng = np.random.default_rng(shifted(seed))
    hours = np.arange(0, DAYS * 24, 2)
    rows = []
    for device in range(residents):
        home = 13.48 + 0.04 * rng.random(), 2.08 + 0.04 * rng.random()
        work = SITES[1 + device % 2][2:]
        at_work = (hours % 24 >= 8) & (hours % 24 < 16)
        lat, lon = (np.where(at_work, work[axis], home[axis]) for axis in (0, 1))
        rows.append(_records(rng, f"resident-{device}", START_S + hours * 3600, lat, lon))
    stay = np.arange(87 * 24, 91 * 24)  # from the evening before the key date on
    for device in range(crowd):
        here = np.full(len(stay), CROWD_LAT), np.full(len(stay), CROWD_LON)
        rows.append(_records(rng, f"guest-{device}", START_S + stay * 3600, *here))
    path.write_text("device_id,timestamp,latitude,longitude,horizontal_accuracy\n" + "".join(rows), encoding="utf-8")
    return path


def write_sites(path: Path) -> Path:
    """Write the sites as GeoJSON points with a radius."""
    import json

    features = [
        {
            "type": "Feature",
            "properties": {"name": name, "category": category, "radius_m": 150, "country": "NE"},
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
        }
        for name, category, lat, lon in SITES
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def _records(rng: np.random.Generator, device: str, time_s: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> str:
    jitter = rng.normal(0, 1e-4, (2, len(time_s)))
    seconds = time_s + rng.integers(0, 600, len(time_s))
    return "".join(
        f"{device},{second},{y:.6f},{x:.6f},12.0\n"
        for second, y, x in zip(seconds.tolist(), (lat + jitter[0]).tolist(), (lon + jitter[1]).tolist())
    )
