"""Timetables: where each device is and when, as sorted stays with journeys between them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .geography import distance_km
from .settings import BURN_IN_DAYS, DAY_S, ScenarioSettings

ROAD, AIR = 0, 1
MIN_STAY_S = 300.0
MIN_FILL_S = 900.0

# device (index in the block), arrive and depart (UTC epoch seconds), lat, lon (degrees), mode (of arriving),
# and the place slept at meanwhile: gaps between two stays with the same lodging are spent there. NaN: in transit.
COLUMNS = ["device", "arrive", "depart", "lat", "lon", "mode", "lodging_lat", "lodging_lon"]


def road_seconds(km: np.ndarray) -> np.ndarray:
    """Return travel times by road: 22 km/h inside a city, 65 km/h beyond, detours included."""
    return 120.0 + 3600.0 * 1.25 * km / np.where(km < 25.0, 22.0, 65.0)


def without_overlap(stays: pd.DataFrame, device: np.ndarray, start: np.ndarray, end: np.ndarray) -> pd.DataFrame:
    """Return `stays` less those that overlap an absence (`device`, `start`..`end`); absences of one device are disjoint."""
    if len(device) == 0:
        return stays
    order = np.lexsort((start, device))
    device, start, end = device[order], start[order], end[order]
    span = float(max(end.max(), stays["depart"].max()) + 1.0)
    before = np.searchsorted(device * span + start, stays["device"].to_numpy() * span + stays["depart"].to_numpy()) - 1
    last = np.maximum(before, 0)
    hit = (before >= 0) & (device[last] == stays["device"].to_numpy()) & (end[last] > stays["arrive"].to_numpy())
    return stays[~hit]


def complete(
    stays: pd.DataFrame, home_lat: np.ndarray, home_lon: np.ndarray, settings: ScenarioSettings
) -> pd.DataFrame:
    """Return the whole timetable: `stays` sorted, trimmed to leave time for travel, and gaps filled with lodging.

    Every device starts before the scenario and ends after it at home; columns as `COLUMNS`.
    """
    n = len(home_lat)
    bounds = [settings.start_s - (BURN_IN_DAYS + 5.0) * DAY_S, settings.end_s + 90.0 * DAY_S]
    ends = [
        pd.DataFrame({"device": np.arange(n), "arrive": at, "depart": at + 60.0, "lat": home_lat, "lon": home_lon,
                      "mode": ROAD, "lodging_lat": home_lat, "lodging_lon": home_lon})
        for at in bounds
    ]
    rows = pd.concat([ends[0], stays[COLUMNS], ends[1]], ignore_index=True)
    rows = _trimmed(rows.sort_values(["device", "arrive"], kind="stable", ignore_index=True))
    return pd.concat([rows, _lodging(rows)]).sort_values(["device", "arrive"], kind="stable", ignore_index=True)


def _trimmed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the sorted rows with departures early enough to reach the next stay; unreachable stays are dropped."""
    while True:
        device, arrive = rows["device"].to_numpy(), rows["arrive"].to_numpy()
        lat, lon = rows["lat"].to_numpy(), rows["lon"].to_numpy()
        same = device[1:] == device[:-1]
        need = road_seconds(distance_km(lat[:-1], lon[:-1], lat[1:], lon[1:]))
        need[rows["mode"].to_numpy()[1:] == AIR] = 0.0
        depart = rows["depart"].to_numpy().copy()
        limit = np.maximum(np.minimum(depart[:-1], arrive[1:] - need), arrive[:-1] + MIN_STAY_S)
        depart[:-1] = np.where(same, limit, depart[:-1])
        late = np.concatenate([[False], same & (depart[:-1] >= arrive[1:])])
        rows = rows.assign(depart=depart)
        if not late.any():
            return rows
        rows = rows[~late].reset_index(drop=True)


def _lodging(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the stays at the lodging that fill the gaps long enough for them."""
    table = {name: rows[name].to_numpy() for name in COLUMNS}
    lodged = ~np.isnan(table["lodging_lat"][:-1])
    lat = np.where(lodged, table["lodging_lat"][:-1], table["lodging_lat"][1:])
    lon = np.where(lodged, table["lodging_lon"][:-1], table["lodging_lon"][1:])
    away_km = distance_km(table["lat"][:-1], table["lon"][:-1], lat, lon)
    back_km = distance_km(table["lat"][1:], table["lon"][1:], lat, lon)
    arrive = table["depart"][:-1] + np.where(away_km < 0.01, 1.0, road_seconds(away_km))
    depart = table["arrive"][1:] - np.where(back_km < 0.01, 1.0, road_seconds(back_km))
    same = table["device"][1:] == table["device"][:-1]
    fits = same & ~np.isnan(lat) & (table["mode"][1:] != AIR) & (depart - arrive > MIN_FILL_S)
    return pd.DataFrame({
        "device": table["device"][:-1], "arrive": arrive, "depart": depart, "lat": lat, "lon": lon, "mode": ROAD,
        "lodging_lat": lat, "lodging_lon": lon,
    })[fits]
