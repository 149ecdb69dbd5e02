"""The world that we ship, and gazetteers of ../shared/data, for tests of countries, legs and itineraries."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.places import Places, World
from sitelight_package import SHARED

PLACES = SHARED / "places"


def as_text(values) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = list(values)
    return column


@lru_cache(maxsize=1)
def world_of_qgis() -> World:
    """Return the countries, with a handful of airports and towns whose positions are public."""
    return replace(load_world(), airports=AIRPORTS, cities=TOWNS)


def _places(rows) -> Places:
    columns = list(zip(*rows))
    return Places(as_text(columns[0]), as_text(columns[1]), np.array(columns[2]), np.array(columns[3]))


AIRPORTS = _places([
    ("Sheremetyevo", "RU", 55.9726, 37.4146), ("Lome", "TG", 6.1656, 1.2545), ("Niamey", "NE", 13.4815, 2.1836),
    ("Bamako", "ML", 12.5335, -7.9499), ("Mopti", "ML", 14.5128, -4.0796), ("Libreville", "GA", 0.4586, 9.4123),
    ("Paris CDG", "FR", 49.0128, 2.5500), ("Nadi", "FJ", -17.7554, 177.4434), ("Apia", "WS", -13.8300, -172.0083),
])
TOWNS = _places([
    ("Moscow", "RU", 55.7558, 37.6173), ("Rostov-on-Don", "RU", 47.2313, 39.7233), ("Lome", "TG", 6.1375, 1.2123),
    ("Niamey", "NE", 13.5137, 2.1098), ("Dosso", "NE", 13.0490, 3.1937), ("Kandi", "BJ", 11.1342, 2.9386),
    ("Parakou", "BJ", 9.3372, 2.6303), ("Bamako", "ML", 12.6500, -8.0000), ("Libreville", "GA", 0.3901, 9.4544),
])


def read_places(name: str, **options) -> pd.DataFrame:
    """Return a table of ../shared/data/places; skip the test where it is not there."""
    path = PLACES / name
    if not path.exists():
        pytest.skip(f"The reference data {path} are not here.")
    return pd.read_csv(path, keep_default_na=False, low_memory=False, **options)
