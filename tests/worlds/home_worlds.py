"""Worlds in which it is known where every device lives: an attacker is to find that out from what is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from .coarse_grid import columns_of, middle_of, square_of

START_S = 1_682_899_200  # 2023-05-01T00:00:00Z, a Monday
DAYS, DEGREE_M = 62, 111_195.0
KEY_DAYS = (57, 59)
KEY_DATES = (date(2023, 6, 27), date(2023, 6, 29))
SITE_M, FEWER_SITES_M = 150.0, 120.0


@dataclass(frozen=True)
class HomeWorld:
    """Where each device lives (lat, lon in degrees, one row per device), the sites, and the files of observations.

    `alone` are the devices of which no two share a home: in them each is a case of its own. `fewer_sites_file` has
    every other site, and these smaller.
    """

    homes: np.ndarray
    alone: np.ndarray
    sites: np.ndarray
    observations: Path
    sites_file: Path
    fewer_sites_file: Path


def write_world(folder: Path, kind: str, seed: int) -> HomeWorld:
    """Write 62 days of devices that sleep at home, work at a site or not, run errands, and come to two places.

    `kind` is "villages" (of four devices each, at 13 N), "north" (lone houses at 60 N) or "edges" (houses on the edges
    and corners of the squares at 180 degrees, where fixes of one night lie on both sides) or "rims" (each 1 to 300 m
    outside a site of its own, and half of them on edges and corners too).
    """
    rng = np.random.default_rng(seed)
    homes, alone, middle = _homes(rng, kind)
    sites = _beside(rng, homes) if kind == "rims" else middle + rng.uniform(-0.2, 0.2, (14, 2)) * _stretch(middle[0])
    names = [f"Site {number}" for number in range(len(sites))]
    rows = [row for device, home in enumerate(homes) for row in _days(rng, device, home, homes, sites, middle)]
    table = np.array(rows)
    table[:, 2:] += rng.normal(0.0, 9.0, (len(table), 2)) / DEGREE_M * _stretch(middle[0])
    table[:, 3] = (table[:, 3] + 180.0) % 360.0 - 180.0
    observations, sites_file, fewer = folder / "pings.csv", folder / "sites.csv", folder / "fewer_sites.csv"
    np.savetxt(
        observations, np.column_stack((table, np.full(len(table), 12.0))), delimiter=",", comments="",
        fmt=("dev%d", "%d", "%.7f", "%.7f", "%.1f"),
        header="device_id,timestamp,latitude,longitude,horizontal_accuracy",
    )  # fmt: skip
    sites = np.round(sites, 6)
    homes[:, 1], sites[:, 1] = ((places[:, 1] + 180.0) % 360.0 - 180.0 for places in (homes, sites))
    for path, step, radius_m in ((sites_file, 1, SITE_M), (fewer, 2, FEWER_SITES_M)):
        places = list(zip(names, sites))[::step]
        lines = [f"{name},hotel,{lat:.6f},{lon:.6f},{radius_m:.0f}" for name, (lat, lon) in places]
        path.write_text("name,category,lat,lon,radius_m\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return HomeWorld(homes, alone, sites, observations, sites_file, fewer)


def _homes(rng: np.random.Generator, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if kind == "villages":
        middle = np.array([13.2, 2.1])
        villages = middle + rng.uniform(-0.3, 0.3, (30, 2)) * _stretch(13.2)
        homes = np.repeat(villages, 4, axis=0) + rng.normal(0.0, 60.0, (120, 2)) / DEGREE_M
        return homes, np.arange(0, 120, 4), middle
    if kind == "north":
        middle = np.array([60.3, 24.8])
        return middle + rng.uniform(-0.3, 0.3, (90, 2)) * _stretch(60.3), np.arange(90), middle
    if kind == "rims":
        middle = np.array([41.3, 12.6])
        near = middle + rng.uniform(-0.3, 0.3, (60, 2)) * _stretch(41.3)
        on_edge = [_on_edge(lat, lon, bool(number % 4)) for number, (lat, lon) in enumerate(near[::2])]
        near[::2] = on_edge
        return near, np.arange(60), middle
    middle = np.array([-16.8, 180.0])
    near = middle + rng.uniform(-0.3, 0.3, (50, 2)) * _stretch(-16.8)
    homes = np.array([_on_edge(lat, lon, bool(corner)) for (lat, lon), corner in zip(near, rng.integers(0, 2, 50))])
    # The first lies in the east, where the day of the second gathering is that of the key date.
    return homes[np.argsort(homes[:, 1] > 180.0, kind="stable")], np.arange(50), middle


def _beside(rng: np.random.Generator, homes: np.ndarray) -> np.ndarray:
    """Return the middle of a site for each home, which lies 1 to 300 m outside of it."""
    away = (SITE_M + rng.uniform(1.0, 300.0, len(homes))) / DEGREE_M
    turn = rng.uniform(0.0, 2.0 * np.pi, len(homes))
    return homes + np.stack((away * np.cos(turn), away * np.sin(turn)), axis=1) * _stretch(homes[0, 0])


def _on_edge(lat: float, lon: float, corner: bool) -> tuple[float, float]:
    """Return the south-western corner of a square, or the middle of its southern edge."""
    row, _column = square_of(lat, lon)
    middle_lat, middle_lon = middle_of(lat, lon)
    middle_lon %= 360.0
    return middle_lat - 0.025, middle_lon - (180.0 / columns_of(row) if corner else 0.0)


def _stretch(lat: float) -> np.ndarray:
    """Return what makes offsets in degrees of latitude equally long to the north and to the east."""
    return np.array([1.0, 1.0 / np.cos(np.radians(lat))])


def _days(
    rng: np.random.Generator, device: int, home: np.ndarray, homes: np.ndarray, sites: np.ndarray, middle: np.ndarray
) -> list[tuple[float, float, float, float]]:
    """Return (device, second, lat, lon): nights at home, days at work, an errand, and the two gatherings."""
    offset_s = -middle[1] / 15.0 * 3600.0  # days and nights by the sun
    place = int(rng.integers(len(sites)))
    at_site = bool(rng.random() < 0.6)
    work = sites[place] if at_site else middle + rng.uniform(-0.2, 0.2, 2) * _stretch(middle[0])
    rows = []

    def remain(where: np.ndarray, begin_h: float, end_h: float) -> None:
        times = np.arange(begin_h + rng.uniform(0.0, 0.5), end_h, 0.9)
        rows.extend((device, round(START_S + offset_s + hour * 3600.0), *where) for hour in times)

    for day in range(DAYS):
        at = 24.0 * day
        away = home + rng.normal(0.0, 2500.0, 2) / DEGREE_M * _stretch(middle[0])
        gathers = device % 2 == 0 and day == KEY_DAYS[0]  # at the first site
        visits = device % 3 == 0 and day == KEY_DAYS[1]  # in the open, where the first device lives
        remain(home, at, at + 7.2)
        remain(sites[0] if gathers else homes[0] if visits else work, at + 8.0, at + 16.5)
        if rng.random() < 0.5:
            remain(sites[int(rng.integers(len(sites)))] if rng.random() < 0.5 else away, at + 17.0, at + 18.4)
        remain(home, at + 19.2, at + 24.0)
    return rows
