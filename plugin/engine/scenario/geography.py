"""Cities and sites of the synthetic scenario, and the few distances and offsets that it needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Union

import numpy as np
import pandas as pd

from .site_table import SITE_TABLE

METRES_PER_DEGREE = 111_195.0
"""Of a great circle, by hand: the synthetic world stands apart from `earth`, and its data would change with another."""
Degrees = Union[float, np.ndarray]


@dataclass(frozen=True)
class City:
    """A town: real centre; homes lie around it within about `spread_km`, north and east of the two limits."""

    name: str
    country: str
    lat: float
    lon: float
    utc_hours: float
    spread_km: float
    share: float  # of all background devices
    min_lat: float = -90.0
    min_lon: float = -180.0


CITIES = (
    City("Niamey", "NE", 13.5137, 2.1098, 1, 3.5, 0.19),
    City("Agadez", "NE", 16.9733, 7.9911, 1, 1.6, 0.045),
    City("Bamako", "ML", 12.6092, -7.9752, 0, 4.0, 0.16),
    City("Mopti", "ML", 14.5290, -4.0960, 0, 1.6, 0.05),
    City("Gao", "ML", 16.2717, -0.0447, 0, 1.5, 0.035),
    City("Timbuktu", "ML", 16.7735, -3.0074, 0, 1.0, 0.0),
    City("Libreville", "GA", 0.3924, 9.4736, 1, 3.5, 0.16, 0.27, 9.442),
    City("Port-Gentil", "GA", -0.7193, 8.7815, 1, 1.2, 0.0, -90.0, 8.775),
    City("Lome", "TG", 6.1725, 1.2314, 0, 2.2, 0.07, 6.130, 1.202),
    City("Ouagadougou", "BF", 12.3657, -1.5339, 0, 4.0, 0.03),
    City("Cotonou", "BJ", 6.3750, 2.4183, 1, 2.2, 0.025, 6.358),
    City("Moscow", "RU", 55.7558, 37.6173, 3, 8.0, 0.06),
    City("Rostov-on-Don", "RU", 47.2357, 39.7015, 3, 3.5, 0.035, 47.222),
    City("Ussuriysk", "RU", 43.8047, 131.9573, 10, 2.0, 0.02),
    City("Khabarovsk", "RU", 48.4620, 135.1300, 10, 2.5, 0.015, -90.0, 135.09),
    City("Simferopol", "UA", 44.9572, 34.1108, 3, 2.5, 0.025),
    City("Paris", "FR", 48.8566, 2.3522, 2, 5.0, 0.035),
    City("Istanbul", "TR", 41.0600, 28.9000, 3, 3.0, 0.025, 41.02),
    City("Beijing", "CN", 39.9042, 116.4074, 8, 7.0, 0.02),
    City("Jufra", "LY", 29.1250, 15.9470, 2, 1.0, 0.0),
)
CITY_INDEX = {city.name: index for index, city in enumerate(CITIES)}
CITY_LAT = np.array([city.lat for city in CITIES])
CITY_LON = np.array([city.lon for city in CITIES])
CITY_UTC_HOURS = np.array([city.utc_hours for city in CITIES])
CITY_SPREAD_KM = np.array([city.spread_km for city in CITIES])
CITY_MIN_LAT = np.array([city.min_lat for city in CITIES])
CITY_MIN_LON = np.array([city.min_lon for city in CITIES])


@lru_cache(maxsize=1)
def _sites() -> pd.DataFrame:
    rows = [line.split("|") for line in SITE_TABLE.strip().splitlines()]
    frame = pd.DataFrame(rows, columns=["city", "category", "name", "lat", "lon", "radius_m", "fictional"])
    frame = frame.astype({"lat": float, "lon": float, "radius_m": float, "fictional": int})
    number = frame.groupby("city").cumcount() + 1
    slug = frame["city"].str.lower().str.replace("-", "", regex=False)
    frame["site_id"] = slug + "-" + number.astype(str).str.zfill(2)
    named = np.array([city in name for city, name in zip(frame["city"], frame["name"])])
    frame["name"] = np.where(named, frame["name"], frame["name"] + ", " + frame["city"])
    frame["country"] = frame["city"].map({city.name: city.country for city in CITIES})
    frame["city"] = frame["city"].map(CITY_INDEX)
    return frame


def scenario_sites() -> pd.DataFrame:
    """Return the synthetic scenario's sites, one row each.

    Columns: site_id, name, category (the design's words), country (ISO 3166 alpha-2), lat, lon (WGS84 degrees),
    radius_m, fictional (1: a plausible position invented inside the real city, 0: real coordinates).
    """
    columns = ["site_id", "name", "category", "country", "lat", "lon", "radius_m", "fictional"]
    return _sites()[columns].copy()


def sites_with_city() -> pd.DataFrame:
    """Return the sites with the extra column `city` (index into `CITIES`); do not change the frame."""
    return _sites()


def find_site(name: str) -> int:
    """Return the row of the site called `name`; raise KeyError if there is none."""
    rows = np.flatnonzero((_sites()["name"] == name).to_numpy())
    if len(rows) != 1:
        raise KeyError(name)
    return int(rows[0])


@lru_cache(maxsize=1)
def main_airports() -> np.ndarray:
    """Return for each city the row of its first airport, -1 if it has none."""
    airports = _sites().query("category == 'airport'").groupby("city").head(1)
    rows = np.full(len(CITIES), -1)
    rows[airports["city"].to_numpy()] = airports.index.to_numpy()
    return rows


@lru_cache(maxsize=64)
def site_weights(categories: tuple[str, ...]) -> np.ndarray:
    """Return a cities x sites matrix: 1 where the site is in the city and of a category.

    "palace" names the presidential palaces, which are left out of "government"; sites farther than 60 km from
    their city are left out.
    """
    sites = _sites()
    palace = sites["name"].str.startswith("Presidential palace").to_numpy()
    category = np.where(palace, "palace", sites["category"])
    city = sites["city"].to_numpy()
    near = distance_km(CITY_LAT[city], CITY_LON[city], sites["lat"].to_numpy(), sites["lon"].to_numpy()) < 60
    weights = np.zeros((len(CITIES), len(sites)))
    weights[city, np.arange(len(sites))] = np.isin(category, categories) & near
    return weights


def pick_sites(rng: np.random.Generator, weights: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Draw for each entry of `row` a column of that row of `weights`, -1 where the row is empty."""
    cumulative = np.cumsum(weights, axis=1)
    total = cumulative[row, -1]
    drawn = (cumulative[row] <= (rng.random(len(row)) * total)[:, None]).sum(axis=1)
    return np.where(total > 0, np.minimum(drawn, weights.shape[1] - 1), -1)


def distance_km(lat1: Degrees, lon1: Degrees, lat2: Degrees, lon2: Degrees) -> np.ndarray:
    """Return great-circle distances in km (haversine, mean Earth radius)."""
    a, b = np.radians(lat1), np.radians(lat2)
    h = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(np.subtract(lon2, lon1)) / 2) ** 2
    return 12_742.0 * np.arcsin(np.sqrt(h))


def moved(
    lat: np.ndarray, lon: np.ndarray, east_m: np.ndarray, north_m: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions shifted by metres to the east and north (flat Earth: for short shifts)."""
    metre = 1.0 / METRES_PER_DEGREE
    return lat + north_m * metre, lon + east_m * metre / np.cos(np.radians(lat))


def scattered(
    rng: np.random.Generator, lat: np.ndarray, lon: np.ndarray, radius_m: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions drawn uniformly from the discs of `radius_m` around the given ones."""
    distance = radius_m * np.sqrt(rng.random(len(lat)))
    angle = rng.uniform(0.0, 2 * np.pi, len(lat))
    return moved(lat, lon, distance * np.sin(angle), distance * np.cos(angle))


def unnamed_places(
    rng: np.random.Generator, city: np.ndarray, spread: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw places in the given cities (indices) that are on land and outside every site."""
    sites = _sites()
    site_lat, site_lon = sites["lat"].to_numpy(), sites["lon"].to_numpy()
    lat, lon = np.zeros(len(city)), np.zeros(len(city))
    todo = np.arange(len(city))
    for _ in range(12):
        at = city[todo]
        sigma_m = CITY_SPREAD_KM[at] * 700.0 * spread
        shift = np.clip(rng.standard_normal((2, len(at))), -2.5, 2.5) * sigma_m
        lat[todo], lon[todo] = moved(CITY_LAT[at], CITY_LON[at], shift[0], shift[1])
        lat[todo] = np.where(lat[todo] < CITY_MIN_LAT[at], 2 * CITY_MIN_LAT[at] - lat[todo], lat[todo])
        lon[todo] = np.where(lon[todo] < CITY_MIN_LON[at], 2 * CITY_MIN_LON[at] - lon[todo], lon[todo])
        gap_m = 1000 * distance_km(lat[todo, None], lon[todo, None], site_lat[None], site_lon[None])
        todo = todo[(gap_m < sites["radius_m"].to_numpy()[None] + 60.0).any(axis=1)]
        if len(todo) == 0:
            break
    return lat, lon
