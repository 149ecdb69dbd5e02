"""Bad records of the synthetic feed: duplicates, impossible and shared positions, hopeless accuracy, wrong clocks."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from .geography import CITY_LAT, CITY_LON, distance_km, moved, sites_with_city

DUPLICATES = 0.010
SHARES = {
    "null island": 0.003,
    "no coordinate": 0.003,
    "out of range": 0.0015,
    "teleport": 0.003,
    "shared position": 0.008,
    "poor accuracy": 0.004,
    "wrong time": 0.001,
}
FAR_FUTURE_S = 4_102_444_800  # 2100-01-01


def spoil(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the records with `DUPLICATES` repeated and `SHARES` of them made bad (each record at most once).

    `frame` has timestamp (s), latitude, longitude, horizontal_accuracy (m) and is changed in place.
    """
    kind = np.searchsorted(np.cumsum(list(SHARES.values())), rng.random(len(frame)), side="right")
    rows = {name: np.flatnonzero(kind == index) for index, name in enumerate(SHARES)}
    columns = ("timestamp", "latitude", "longitude", "horizontal_accuracy")
    time_s, lat, lon, accuracy = (frame[name].to_numpy().copy() for name in columns)
    lat[rows["null island"]] = lon[rows["null island"]] = 0.0
    half = rng.random(len(rows["no coordinate"])) < 0.5
    lat[rows["no coordinate"]] = np.nan
    lon[rows["no coordinate"][half]] = np.nan
    _out_of_range(rng, lat, lon, rows["out of range"])
    _teleport(rng, lat, lon, rows["teleport"])
    _share(lat, lon, rows["shared position"])
    accuracy[rows["poor accuracy"]] = rng.uniform(1_001.0, 25_000.0, len(rows["poor accuracy"]))
    future = rng.random(len(rows["wrong time"])) < 0.5
    time_s[rows["wrong time"]] = np.where(future, FAR_FUTURE_S, 0)
    again = np.sort(np.concatenate([np.arange(len(frame)), np.flatnonzero(rng.random(len(frame)) < DUPLICATES)]))
    values = dict(zip(columns, (time_s, lat, lon, accuracy)))
    return frame.assign(**values).take(again).reset_index(drop=True)


def _out_of_range(rng: np.random.Generator, lat: np.ndarray, lon: np.ndarray, rows: np.ndarray) -> None:
    """Set latitudes beyond the poles on half of the rows and longitudes beyond 180 degrees on the others."""
    north = rng.random(len(rows)) < 0.5
    lat[rows[north]] = rng.uniform(90.5, 400.0, int(north.sum()))
    lon[rows[~north]] = -rng.uniform(181.0, 720.0, int((~north).sum()))


def _teleport(rng: np.random.Generator, lat: np.ndarray, lon: np.ndarray, rows: np.ndarray) -> None:
    """Move single records by 80 to 900 km in any direction."""
    distance_m = rng.uniform(80_000.0, 900_000.0, len(rows))
    angle = rng.uniform(0.0, 2 * np.pi, len(rows))
    lat[rows], lon[rows] = moved(lat[rows], lon[rows], distance_m * np.sin(angle), distance_m * np.cos(angle))
    lon[rows] = (lon[rows] + 180.0) % 360.0 - 180.0
    lat[rows] = np.clip(lat[rows], -89.0, 89.0)


@lru_cache(maxsize=1)
def shared_positions() -> tuple[np.ndarray, np.ndarray]:
    """Return lat, lon of the position that stands for each city: two decimals, near the centre, outside every site."""
    sites = sites_with_city()
    step = np.arange(-4, 5) * 0.01
    shift = np.stack(np.meshgrid(step, step), axis=-1).reshape(-1, 2)
    shift = shift[np.argsort(np.hypot(shift[:, 0], shift[:, 1]), kind="stable")]
    lat = np.round(CITY_LAT[:, None] + shift[None, :, 0], 2)
    lon = np.round(CITY_LON[:, None] + shift[None, :, 1], 2)
    gap_km = distance_km(lat[..., None], lon[..., None], sites["lat"].to_numpy(), sites["lon"].to_numpy())
    free = (gap_km * 1000 > sites["radius_m"].to_numpy() + 300.0).all(axis=2)
    first = np.argmax(free, axis=1)
    return lat[np.arange(len(lat)), first], lon[np.arange(len(lon)), first]


def _share(lat: np.ndarray, lon: np.ndarray, rows: np.ndarray) -> None:
    """Put records on the one position that stands for the nearest city, as IP-derived positions are."""
    km = distance_km(lat[rows][:, None], lon[rows][:, None], CITY_LAT[None], CITY_LON[None])
    city = np.argmin(km, axis=1)
    shared_lat, shared_lon = shared_positions()
    lat[rows], lon[rows] = shared_lat[city], shared_lon[city]
