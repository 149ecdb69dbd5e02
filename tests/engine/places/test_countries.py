"""Countries of points: towns by hand, every town of geonames, coasts, edges of the map, neighbours."""

from __future__ import annotations

import numpy as np
import pytest
import shapely.geometry
from seeds import shifted
from sitelight.plugin.engine.places import countries, country_codes
from sitelight.plugin.engine.places.world import World, find_world
from worlds.countries_world import TOWNS, as_text, read_places, world_of_qgis

# Centres of towns, from maps; many lie on a coast or beside a border.
KNOWN = {
    "Niamey": (13.514, 2.110, "NE"), "Agadez": (16.973, 7.991, "NE"), "Gaya": (11.884, 3.446, "NE"),
    "Malanville": (11.868, 3.383, "BJ"), "Lome": (6.131, 1.223, "TG"), "Accra": (5.556, -0.197, "GH"),
    "Cotonou": (6.365, 2.418, "BJ"), "Libreville": (0.390, 9.454, "GA"), "Port-Gentil": (-0.719, 8.781, "GA"),
    "Dakar": (14.693, -17.447, "SN"), "Banjul": (13.453, -16.578, "GM"), "Bamako": (12.650, -8.000, "ML"),
    "Mopti": (14.493, -4.194, "ML"), "Gao": (16.272, -0.045, "ML"), "Ouagadougou": (12.366, -1.534, "BF"),
    "Abidjan": (5.336, -4.026, "CI"), "Tripoli": (32.887, 13.191, "LY"), "Jufra": (29.198, 16.001, "LY"),
    "Moscow": (55.756, 37.617, "RU"), "Rostov": (47.231, 39.723, "RU"), "Vladivostok": (43.115, 131.885, "RU"),
    "Donetsk": (48.002, 37.805, "UA"), "Paris": (48.857, 2.352, "FR"), "Istanbul": (41.014, 28.948, "TR"),
    "Beijing": (39.904, 116.407, "CN"), "Kinshasa": (-4.325, 15.322, "CD"), "Brazzaville": (-4.266, 15.283, "CG"),
    "N'Djamena": (12.107, 15.044, "TD"), "Maseru": (-29.316, 27.486, "LS"), "San Marino": (43.936, 12.447, "SM"),
    "Anadyr": (64.734, 177.515, "RU"), "Uelen": (66.160, -169.809, "RU"), "Suva": (-18.142, 178.442, "FJ"),
    "Taveuni, Fiji": (-16.859, -179.968, "FJ"), "Apia": (-13.834, -171.763, "WS"), "Lampedusa": (35.502, 12.609, "IT"),
}


@pytest.mark.parametrize("town", KNOWN)
def test_town_lies_in_its_country(town):
    lat, lon, code = KNOWN[town]
    world = world_of_qgis()
    assert country_codes.codes(world, countries.locate(world, np.array([lat]), np.array([lon]))).tolist() == [code]


def test_towns_of_geonames_lie_in_their_countries():
    towns = read_places("geonames_cities15000.csv.gz")
    world = world_of_qgis()
    found = country_codes.codes(world, countries.locate(world, towns.latitude.to_numpy(), towns.longitude.to_numpy()))
    equal = found == towns.countrycode.to_numpy()
    wrong = towns.loc[~equal, ["name", "countrycode"]].assign(found=found[~equal])
    print(wrong.groupby(["countrycode", "found"]).size().sort_values(ascending=False).head(12).to_string())
    assert equal.mean() >= 0.99


def test_open_sea_and_bad_positions_lie_nowhere():
    lat = np.array([0.0, -40.0, np.nan, 13.5, 95.0, 30.0])
    lon = np.array([-25.0, -120.0, 2.0, np.nan, 2.0, -40.0])
    assert countries.locate(world_of_qgis(), lat, lon).tolist() == [-1] * 6


def test_a_ship_off_togo_is_off_togo_up_to_the_given_distance():
    world = world_of_qgis()
    lat, lon = np.array([6.05, 5.70]), np.array([1.45, 1.45])  # about 15 and 54 km south of the beach
    assert country_codes.codes(world, countries.locate(world, lat, lon)).tolist() == ["TG", ""]
    assert countries.locate(world, lat, lon, coast_km=5.0).tolist() == [-1, -1]
    assert country_codes.codes(world, countries.locate(world, lat, lon, coast_km=90.0))[1] in ("TG", "GH")


def test_longitudes_beyond_180_are_the_same_place():
    world = world_of_qgis()
    lat = np.array([-13.834, 66.160, 0.390])
    lon = np.array([-171.763, -169.809, 9.454])
    assert np.array_equal(countries.locate(world, lat, lon), countries.locate(world, lat, lon + 360.0))


def test_order_and_company_of_points_do_not_matter():
    rng = np.random.default_rng(shifted(7))
    world = world_of_qgis()
    lat, lon = rng.uniform(-60, 75, 3000), rng.uniform(-180, 180, 3000)
    order = rng.permutation(3000)
    together = countries.locate(world, lat, lon)
    assert np.array_equal(countries.locate(world, lat[order], lon[order]), together[order])
    assert np.array_equal(countries.locate(world, lat[:50], lon[:50]), together[:50])


def test_coast_distance_is_a_distance_also_far_north():
    # A square island: at 70 N a degree of longitude is 38 km, at the equator 111 km.
    for south, reach_deg in ((69.9, 0.5), (-0.1, 0.18)):
        shapes = np.empty(1, dtype=object)
        shapes[0] = shapely.geometry.box(10.0, south, 11.0, south + 0.2)
        island = World(as_text(["IS"]), as_text(["Island"]), shapes, TOWNS, TOWNS)
        lat = np.full(2, south + 0.1)
        found = countries.locate(island, lat, np.array([11.0 + reach_deg, 11.0 + 1.6 * reach_deg]))
        assert found.tolist() == [0, -1]


def test_neighbours_share_borders():
    world = world_of_qgis()
    wanted = ["NE", "BJ", "TG", "ML", "NG", "BF", "GA", "RU", "CN", "KP", "FR"]
    borders = countries.adjacency(world, country_codes.index_of(world, wanted))
    pairs = {(wanted[i], wanted[j]) for i, j in zip(*np.nonzero(borders)) if i < j}
    # From an atlas; France meets none of these (its overseas parts border others).
    assert pairs == {
        ("NE", "BJ"), ("NE", "ML"), ("NE", "NG"), ("NE", "BF"), ("BJ", "TG"), ("BJ", "NG"), ("BJ", "BF"),
        ("TG", "BF"), ("ML", "BF"), ("RU", "CN"), ("RU", "KP"), ("CN", "KP"),
    }
    assert np.array_equal(borders, borders.T)
    assert not countries.adjacency(world, np.array([-1, 3]))[0].any()


def test_landmasses_hang_together_over_borders():
    world = world_of_qgis()
    towns = ["Moscow", "Niamey", "Vladivostok", "Paris", "Lampedusa", "Suva"]
    lat, lon = (np.array([KNOWN[town][axis] for town in towns]) for axis in (0, 1))
    mass = countries.locate_landmass(world, lat, lon)
    assert len(set(mass[:4].tolist())) == 1
    assert len(set(mass.tolist())) == 3


def test_inside_excluded_countries():
    world = world_of_qgis()
    lat = np.array([40.71, 49.28, 21.31, 13.51, np.nan, 40.72])  # New York, Vancouver, Honolulu, Niamey, -, New York
    lon = np.array([-74.01, -123.12, -157.86, 2.11, 2.0, -74.0])
    inside = countries.inside(world, ("US",), lat, lon)
    assert inside.tolist() == [True, False, True, False, False, True]
    assert not countries.inside(world, (), lat, lon).any()
    assert not countries.inside(world, ("XX",), lat, lon).any()


def test_names_codes_and_indices_belong_together():
    world = world_of_qgis()
    index = country_codes.index_of(world, ["NE", "nowhere", "TG"])
    assert index[1] == -1
    assert country_codes.codes(world, index).tolist() == ["NE", "", "TG"]
    assert country_codes.names(world, index).tolist() == ["Niger", "", "Togo"]


def test_no_code_is_not_the_code_of_areas_that_have_none():
    square = as_text([shapely.geometry.box(0, 0, 1, 1), shapely.geometry.box(2, 0, 3, 1)])
    world = World(as_text(["", "NE"]), as_text(["Nobody's", "Niger"]), square, TOWNS, TOWNS)
    assert country_codes.index_of(world, ["", "NE"]).tolist() == [-1, 1]


def test_a_world_without_countries_knows_none():
    nothing = find_world(None)
    assert countries.locate(nothing, np.array([13.5]), np.array([2.1])).tolist() == [-1]
    assert countries.locate_landmass(nothing, np.array([13.5]), np.array([2.1])).tolist() == [-1]
    assert countries.locate(world_of_qgis(), np.empty(0), np.empty(0)).tolist() == []
    assert not countries.inside(nothing, ("US",), np.array([40.7]), np.array([-74.0])).any()
