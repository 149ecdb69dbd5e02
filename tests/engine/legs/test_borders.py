"""Borders crossed: drives against country polygons asked point by point and cities' own codes; disputed areas."""

from __future__ import annotations

import gzip
from collections import Counter

import numpy as np
import pytest
import shapely.geometry
import shapely.wkb
from osgeo import ogr
from pyproj import Geod
from seeds import at_least, shifted
from shapely.prepared import prep
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.earth import distances
from sitelight.plugin.engine.legs.detect import detect_legs
from sitelight.plugin.engine.places import countries, country_codes
from worlds.countries_world import PLACES, world_of_qgis
from worlds.leg_halts import halts, one_leg

GEOD = Geod(ellps="WGS84")
SEED = shifted(52)
STEP_KM = 2
CORNER_KM = 45.0
KHERSON, SIMFEROPOL, YALTA, KRASNODAR = (46.64, 32.61), (44.95, 34.10), (44.50, 34.17), (45.04, 38.98)


class Atlas:
    """Countries by codes, asked with shapely itself, point by point, and nothing of the engine."""

    def __init__(self, codes, shapes) -> None:
        parts = [(code, part) for code, shape in zip(codes, shapes) for part in getattr(shape, "geoms", [shape])]
        self.codes = [code for code, _ in parts]
        self.west, self.south, self.east, self.north = np.array([part.bounds for _, part in parts]).T
        self.parts = [prep(part) for _, part in parts]

    def code(self, lat: float, lon: float) -> str:
        near = (self.west <= lon) & (lon <= self.east) & (self.south <= lat) & (lat <= self.north)
        point = shapely.geometry.Point(lon, lat)
        return next((self.codes[part] for part in np.flatnonzero(near) if self.parts[part].contains(point)), "")


def atlas_of_qgis() -> Atlas:
    world = load_world()
    return Atlas(world.country_code, world.country_shape)


def atlas_of_natural_earth(folder) -> Atlas:
    """Return the countries of Natural Earth at 1:10m as published: not generalised, areas as it draws them."""
    packed = PLACES / "ne_10m_admin_0_countries.gpkg.gz"
    if not packed.exists():
        pytest.skip(f"The reference borders {packed} are not here.")
    (folder / "countries.gpkg").write_bytes(gzip.decompress(packed.read_bytes()))
    dataset = ogr.Open(str(folder / "countries.gpkg"))
    features = [(one.GetField("ISO_A2_EH"), bytes(one.GetGeometryRef().ExportToWkb())) for one in dataset.GetLayer(0)]
    codes, shapes = zip(*((code, shapely.wkb.loads(wkb).buffer(0)) for code, wkb in features))
    return Atlas(codes, shapes)


def drives(count: int, atlas: Atlas, corner_km: float = CORNER_KM, seed: int = SEED) -> tuple[list, Counter]:
    """Return (points, truth) of drives of 150 to 900 km between cities of different countries, a point every STEP_KM.

    And how many were left out for which reason, the first that holds: ways over the sea; ways through areas without
    an ISO code; cities that lie, by the gazetteer, in another country than by the polygons; corners of a country
    shorter than `corner_km`, which no halt need fall in.
    """
    cities, rng, found, left_out = load_world().cities, np.random.default_rng(seed), [], Counter()
    while len(found) < count:
        a = rng.integers(len(cities))
        away = distances.distance_km(cities.lat[a], cities.lon[a], cities.lat, cities.lon)
        abroad = np.flatnonzero((away > 150) & (away < 900) & (cities.country != cities.country[a]))
        if len(abroad) == 0:
            continue
        b = rng.choice(abroad)
        lonlat = GEOD.npts(cities.lon[a], cities.lat[a], cities.lon[b], cities.lat[b], int(away[b]) // STEP_KM)
        passed = np.array([atlas.code(lat, lon) for lon, lat in lonlat])
        cut = np.flatnonzero(np.concatenate(([True], passed[1:] != passed[:-1], [True])))
        truth = passed[cut[:-1]].tolist()
        reasons = {
            "over the sea": "" in truth, "no ISO code": "-99" in truth,
            # The gazetteer's own word for both ends, which comes from elsewhere than the polygons.
            "ends differ": [truth[0], truth[-1]] != [cities.country[a], cities.country[b]],
            f"corner below {corner_km:.0f} km": np.diff(cut).min() * STEP_KM < corner_km,
        }
        reason = next((why for why, holds in reasons.items() if holds), None)
        if reason:
            left_out[reason] += 1
            continue
        found.append(([(lat, lon) for lon, lat in lonlat], truth))
    return found, left_out


@pytest.fixture(scope="module")
def generated_drives():
    world_of_qgis()  # skips where QGIS has no map
    return drives(160, atlas_of_qgis())


@pytest.fixture(scope="module")
def drives_over_natural_earth(tmp_path_factory):
    world_of_qgis()
    return drives(160, atlas_of_natural_earth(tmp_path_factory.mktemp("natural_earth")))


def count_right(generated, every_km: int) -> tuple[int, int]:
    """Return of how many drives the borders are right, and how many pairs of countries they cross."""
    right = 0
    for way, truth in generated[0]:
        hour = 5 + np.arange(len(way)) * STEP_KM / 60
        seen = range(every_km // STEP_KM, len(way) - 1, every_km // STEP_KM)
        rows = [(0, hour[i], hour[i] + 0.05, way[i], False) for i in seen]
        leg = one_leg((0, 0, 5, way[0], True), *rows, (0, hour[-1] + 1, 40, way[-1], True))
        assert leg["mode"] == "road"
        right += leg["borders"].split(" (")[0].split(">") == truth
    pairs = {(a, b) for _, truth in generated[0] for a, b in zip(truth, truth[1:])}
    print(f"halts every {every_km} km: {right} of {len(generated[0])} right, {len(pairs)} pairs of countries")
    print("drives left out:", dict(generated[1]))
    return right, len(pairs)


@pytest.mark.parametrize("every_km", [20, 40, 120])
def test_borders_of_drives_between_cities_of_the_world(generated_drives, every_km):
    right, pairs = count_right(generated_drives, every_km)
    assert pairs >= 100
    assert at_least(right, len(generated_drives[0]), 0.95)


@pytest.mark.parametrize("every_km", [20, 40, 120])
def test_borders_against_natural_earth_as_published(drives_over_natural_earth, every_km):
    """The truth is of another file than the engine's: finer lines, other codes, disputed areas as it draws them."""
    right, pairs = count_right(drives_over_natural_earth, every_km)
    assert pairs >= 100
    assert at_least(right, len(drives_over_natural_earth[0]), 0.95)


@pytest.mark.parametrize(
    ("stops", "hours", "borders"),
    [
        ((KHERSON, SIMFEROPOL), 6, "UA>UA (disputed: Crimea)"),
        ((KRASNODAR, (45.30, 36.9), (45.35, 36.47), SIMFEROPOL), 9, "RU>UA (disputed: Crimea)"),
        ((SIMFEROPOL, YALTA), 3, ""),
        (((34.68, 33.04), (35.17, 33.36), (35.34, 33.32)), 4, "CY>CY (disputed: Northern Cyprus)"),
        (((9.60, 41.85), (9.68, 43.10), (9.56, 44.06)), 14, "ET>SO (disputed: Somaliland)"),
        (((2.04, 45.34), (6.77, 47.43), (9.56, 44.06)), 48, "SO>SO (disputed: Somaliland)"),
        (((42.26, 42.66), (43.00, 41.02)), 5, "GE>GE (disputed: Abkhazia)"),
        (((47.01, 28.86), (46.84, 29.63)), 3, "MD>MD (disputed: Transnistria)"),
        (((29.0, -10.0), (27.15, -13.20)), 9, "MA>EH (disputed: Western Sahara)"),
        (((34.08, 74.80), (34.10, 74.10), (34.37, 73.47)), 8, "IN>PK (disputed: Kashmir)"),
        (((28.66, 77.23), (32.73, 74.87), (34.08, 74.80)), 22, ""),
        (((43.32, 21.90), (42.66, 21.16)), 4, "RS>XK (disputed: Kosovo)"),
        (((31.77, 35.20), (31.90, 35.20)), 1.5, "IL>PS (disputed: Palestine)"),
    ],
)
def test_disputed_areas_are_named(stops, hours, borders):
    at = np.linspace(5, 5 + hours, len(stops))
    way = [(0, hour, hour, stop, False) for hour, stop in zip(at[1:-1], stops[1:-1])]
    assert one_leg((0, 0, 5, stops[0], True), *way, (0, at[-1], at[-1] + 9, stops[-1], True))["borders"] == borders


def test_flights_to_disputed_areas():
    leg = one_leg((0, 0, 5, (55.97, 37.41), True), (0, 8, 20, (45.05, 33.98), True))
    assert (leg["mode"], leg["borders"]) == ("air", "RU>UA (disputed: Crimea)")
    leg = one_leg((0, 0, 5, (35.55, 139.78), True), (0, 9, 20, (25.08, 121.23), True))
    assert (leg["mode"], leg["borders"]) == ("air", "JP>TW (disputed: Taiwan)")


@pytest.mark.parametrize("word", ["UA", "RU"])
def test_what_a_site_says_makes_no_border_inside_a_disputed_area(word):
    world = world_of_qgis()
    stays = halts((0, 0, 5, SIMFEROPOL, True), (0, 6, 6, (44.7, 34.1), False), (0, 7, 9, YALTA, True))
    country = countries.locate(world, stays.lat, stays.lon)
    country[1] = country_codes.index_of(world, [word])[0]  # a site there, with the country its analyst gave
    assert detect_legs(stays, world, country=country).borders.tolist() == [""]


def test_disputed_areas_keep_their_iso_code():
    world = load_world()
    known = {  # seat: ISO 3166 code, name of the area
        (44.61, 33.52): ("UA", "Crimea"), (35.34, 33.32): ("CY", "Northern Cyprus"),
        (9.56, 44.06): ("SO", "Somaliland"), (27.15, -13.20): ("EH", "Western Sahara"),
        (34.15, 77.58): ("IN", "Kashmir"), (35.92, 74.31): ("PK", "Kashmir"),
        (42.66, 21.16): ("XK", "Kosovo"), (25.04, 121.56): ("TW", "Taiwan"), (31.50, 34.46): ("PS", "Palestine"),
        (43.00, 41.02): ("GE", "Abkhazia"), (46.84, 29.63): ("MD", "Transnistria"),
        (-51.69, -57.86): ("FK", "Falkland Islands"), (50.45, 30.52): ("UA", ""), (55.75, 37.62): ("RU", ""),
        (48.01, 37.80): ("UA", ""), (35.90, 14.51): ("MT", ""),
    }
    lat, lon = np.array(list(known)).T
    codes = country_codes.codes(world, countries.locate(world, lat, lon))
    areas = country_codes.names(world, countries.disputed_areas(world, lat, lon))
    assert list(zip(codes, areas)) == list(known.values())
    assert np.array_equal(countries.disputed_areas(world, lat, lon + 360.0), countries.disputed_areas(world, lat, lon))


def test_to_leave_out_a_country_leaves_out_its_disputed_areas():
    inside = countries.inside(load_world(), ("UA",), np.array([50.45, 44.61, 55.75]), np.array([30.52, 33.52, 37.62]))
    assert inside.tolist() == [True, True, False]


def test_areas_are_cut_out_of_the_country_that_holds_them():
    world = load_world()
    russia = world.country_shape[country_codes.index_of(world, ["RU"])[0]]
    assert not russia.contains(shapely.geometry.Point(34.10, 44.95))
    assert russia.contains(shapely.geometry.Point(37.62, 55.75))
