"""Plans of planted devices: visits written down one by one, and what they become in the timetable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

import numpy as np
import pandas as pd

from .geography import distance_km, scattered, sites_with_city
from .timetable import AIR, COLUMNS, ROAD, road_seconds

HOUR_S = 3600.0
MODES = {"road": ROAD, "air": AIR}


@dataclass(frozen=True)
class Spot:
    """A place of a plan: a site's row, or -1 and a position with a name of its own (degrees, metres)."""

    site: int
    name: str
    lat: float
    lon: float
    radius_m: float
    country: str = ""

    @classmethod
    def of_site(cls, row: int) -> Spot:
        """Return the site in that row of the site table."""
        site = sites_with_city().iloc[row]
        return cls(
            row, str(site["name"]), float(site["lat"]), float(site["lon"]), float(site["radius_m"]), site["country"]
        )


@dataclass(frozen=True)
class PlannedVisit:
    """One visit of a plan: UTC epoch seconds, mode of arriving, and whether gaps after it are spent at that spot."""

    spot: Spot
    arrive_s: float
    depart_s: float
    mode: str = "road"
    lodging: bool = False


def seconds(text: str) -> float:
    """Return UTC epoch seconds of "2023-07-26 05:30"."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=timezone.utc).timestamp()


def iso(time_s: float) -> str:
    """Return UTC epoch seconds as ISO 8601 text with Z."""
    return datetime.fromtimestamp(round(time_s), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def visit(spot: Spot, arrive: str, depart: str, mode: str = "road", lodging: bool = False) -> PlannedVisit:
    """Return a visit between two times written as "2023-07-26 05:30" (UTC)."""
    return PlannedVisit(spot, seconds(arrive), seconds(depart), mode, lodging)


def later(visits: list[PlannedVisit], shift_s: float) -> list[PlannedVisit]:
    """Return the visits moved by some seconds."""
    return [
        PlannedVisit(one.spot, one.arrive_s + shift_s, one.depart_s + shift_s, one.mode, one.lodging)
        for one in visits
    ]


def tightened(visits: list[PlannedVisit]) -> list[PlannedVisit]:
    """Return the visits with those at a lodging prolonged until it is time to leave by road for the next one."""
    out = list(visits)
    for number, (one, following) in enumerate(zip(visits, visits[1:])):
        if one.lodging and following.mode == "road" and following.spot != one.spot:
            km = distance_km(one.spot.lat, one.spot.lon, following.spot.lat, following.spot.lon)
            depart_s = following.arrive_s - float(road_seconds(km))
            out[number] = PlannedVisit(one.spot, one.arrive_s, depart_s, one.mode, True)
    return out


def plan_stays(rng: np.random.Generator, device: int, visits: list[PlannedVisit], inside: float) -> pd.DataFrame:
    """Return the visits of one device as stays; it keeps one place within `inside` x radius of each spot."""
    places: dict[str, tuple[float, float]] = {}
    rows = []
    for one in visits:
        if one.spot.name not in places:
            centre = np.array([one.spot.lat]), np.array([one.spot.lon])
            lats, lons = scattered(rng, *centre, np.array([inside * one.spot.radius_m]))
            places[one.spot.name] = float(lats[0]), float(lons[0])
        lat, lon = places[one.spot.name]
        lodging = (lat, lon) if one.lodging else (np.nan, np.nan)
        rows.append((device, one.arrive_s, one.depart_s, lat, lon, MODES[one.mode], *lodging))
    return pd.DataFrame(rows, columns=COLUMNS)


def moments_of_use(
    rng: np.random.Generator, stays: pd.DataFrame, every_s: float, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return additional moments of use (device, time in s) at each stay.

    Two in the first hour, one before the departure, and between them one in `every_s`, `most` at most.
    """
    arrive, depart = stays["arrive"].to_numpy(), stays["depart"].to_numpy()
    between = np.clip((depart - arrive) // every_s, 0, most).astype(np.int64)
    row = np.repeat(np.arange(len(stays)), between)
    times = [
        arrive + rng.uniform(120.0, 600.0, len(stays)),
        arrive + np.minimum(rng.uniform(1500.0, 3000.0, len(stays)), 0.6 * (depart - arrive)),
        depart - rng.uniform(300.0, 900.0, len(stays)),
        arrive[row] + rng.uniform(0.1, 0.8, len(row)) * (depart - arrive)[row],
    ]
    device = stays["device"].to_numpy()
    return np.concatenate([device, device, device, device[row]]), np.concatenate(times)
