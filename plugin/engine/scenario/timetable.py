"""Timetables: where each device is and when, as sorted stays with journeys between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..base import run_starts
from .geography import distance_km
from .people import People
from .settings import BURN_IN_DAYS, DAY_S, ScenarioSettings

ROAD, AIR = 0, 1
MIN_STAY_S = 300.0
MIN_FILL_S = 900.0
MIN_HOME_S = 6 * 3600.0

# device (index in the block), arrive and depart (UTC epoch seconds), lat, lon (degrees), mode (of arriving),
# and the place slept at meanwhile: gaps between two stays with the same lodging are spent there. NaN: in transit.
COLUMNS = ["device", "arrive", "depart", "lat", "lon", "mode", "lodging_lat", "lodging_lon"]


def no_stays() -> pd.DataFrame:
    """Return an empty table of stays, with the types of a full one."""
    table = pd.DataFrame(dict.fromkeys(COLUMNS, np.empty(0)))
    return table.astype({"device": np.int64, "mode": np.int64})


def road_seconds(km: np.ndarray) -> np.ndarray:
    """Return travel times by road: 22 km/h inside a city, 65 km/h beyond, detours included."""
    return 120.0 + 3600.0 * 1.25 * km / np.where(km < 25.0, 22.0, 65.0)


@dataclass(frozen=True)
class Absences:
    """When ordinary days are suspended: device, start and end (UTC epoch seconds); disjoint for each device."""

    device: np.ndarray
    start: np.ndarray
    end: np.ndarray


def absences(stays: pd.DataFrame, journey: np.ndarray, people: People) -> Absences:
    """Return one absence per journey (a number for each stay): from setting out from home to its last departure."""
    order = np.lexsort((stays["arrive"].to_numpy(), journey))
    rows, number = stays.iloc[order], journey[order]
    first, _ = run_starts(number)
    start = rows.iloc[first]
    device = start["device"].to_numpy().astype(np.int64)
    km = distance_km(start["lat"].to_numpy(), start["lon"].to_numpy(), people.home_lat[device], people.home_lon[device])
    end = np.maximum.reduceat(rows["depart"].to_numpy(), first) if len(first) else np.empty(0)
    return Absences(device, start["arrive"].to_numpy() - road_seconds(km) - 1800.0, end)


def without_overlap(stays: pd.DataFrame, away: Absences) -> pd.DataFrame:
    """Return `stays` less those that overlap an absence of their device."""
    if len(away.device) == 0:
        return stays
    order = np.lexsort((away.start, away.device))
    device, start, end = away.device[order], away.start[order], away.end[order]
    mine, arrive, depart = (stays[name].to_numpy() for name in ("device", "arrive", "depart"))
    span = float(max(end.max(), depart.max()) + 1.0)
    before = np.searchsorted(device * span + start, mine * span + depart) - 1
    last = np.maximum(before, 0)
    return stays[~((before >= 0) & (device[last] == mine) & (end[last] > arrive))]


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
    rows = pd.concat([rows, _lodging(rows, home_lat, home_lon)])
    return rows.sort_values(["device", "arrive"], kind="stable", ignore_index=True)


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


def _lodging(rows: pd.DataFrame, home_lat: np.ndarray, home_lon: np.ndarray) -> pd.DataFrame:
    """Return the stays at the lodging that fill the gaps long enough for them.

    Between two stays in transit there is no lodging; if the pause is long and home within reach, it is spent there.
    """
    table = {name: rows[name].to_numpy() for name in COLUMNS}
    lodged = ~np.isnan(table["lodging_lat"])
    device = table["device"][:-1]
    lat, lon = (
        np.where(lodged[:-1], values[:-1], np.where(lodged[1:], values[1:], home[device]))
        for values, home in ((table["lodging_lat"], home_lat), (table["lodging_lon"], home_lon))
    )
    away_km = distance_km(table["lat"][:-1], table["lon"][:-1], lat, lon)
    back_km = distance_km(table["lat"][1:], table["lon"][1:], lat, lon)
    arrive = table["depart"][:-1] + np.where(away_km < 0.01, 1.0, road_seconds(away_km))
    depart = table["arrive"][1:] - np.where(back_km < 0.01, 1.0, road_seconds(back_km))
    same = table["device"][1:] == device
    spare_s = np.where(lodged[:-1] | lodged[1:], MIN_FILL_S, MIN_HOME_S)
    fits = same & (table["mode"][1:] != AIR) & (depart - arrive > spare_s)
    return pd.DataFrame({
        "device": device, "arrive": arrive, "depart": depart, "lat": lat, "lon": lon, "mode": ROAD,
        "lodging_lat": lat, "lodging_lon": lon,
    })[fits]
