"""Excluded countries on our map: their territories, islets, coasts and borders, and what is kept beyond them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from osgeo import ogr
from sitelight.plugin.engine.history import Inputs, prepare
from sitelight.plugin.engine.places import EXCLUDED_MARGIN_KM, excluded_notes, is_excluded, with_territories
from sitelight.plugin.engine.screening import EXCLUDED_REGION, KEPT, ScreeningSettings, screen
from worlds.countries_world import world_of_qgis
from worlds.engine_worlds import DAY_MS, HOUR_MS, METRES_PER_DEGREE, MONDAY, ListSource, make_sites, square_world

# QGIS's own map, of which the borders that we ship are made.
WORLD_MAP = Path("/usr/share/qgis/resources/data/world_map.gpkg")
# Positions of towns, crossings and islands from gazetteers and maps: latitude, longitude.
TERRITORIES = {
    "San Juan": (18.466, -66.106),
    "Mona": (18.087, -67.890),
    "Vieques": (18.149, -65.443),
    "Hagatna": (13.476, 144.750),
    "Charlotte Amalie": (18.342, -64.931),
    "Christiansted": (17.746, -64.704),
    "Pago Pago": (-14.276, -170.702),
    "Ta'u": (-14.233, -169.454),
    "Swains Island": (-11.056, -171.078),
    "Rose Atoll": (-14.546, -168.152),
    "Saipan": (15.188, 145.754),
    "Rota": (14.154, 145.203),
    "Farallon de Medinilla": (16.018, 146.059),
    "Wake Island": (19.282, 166.647),
    "Midway": (28.208, -177.373),
    "Kure": (28.392, -178.293),
    "Johnston Atoll": (16.729, -169.534),
    "Palmyra": (5.883, -162.083),
    "Kingman Reef": (6.383, -162.417),
    "Baker Island": (0.195, -176.477),
    "Howland Island": (0.807, -176.616),
    "Jarvis Island": (-0.374, -159.997),
    "Navassa": (18.402, -75.012),
    "Dry Tortugas": (24.628, -82.873),
    "French Frigate Shoals": (23.769, -166.203),
    "Nihoa": (23.061, -161.922),
    "Little Diomede": (65.755, -168.922),
    "Attu": (52.902, 172.909),
}
BORDER = {
    "El Paso, bridge": (31.7477, -106.4870),
    "El Paso, downtown": (31.7587, -106.4869),
    "Brownsville, gateway": (25.8994, -97.4975),
    "Eagle Pass, bridge": (28.7050, -100.5125),
    "Laredo, bridge": (27.5003, -99.5075),
    "San Luis, port of entry": (32.4857, -114.7824),
    "Nogales, port of entry": (31.3327, -110.9430),
    "Calexico, port of entry": (32.6656, -115.4961),
    "San Ysidro": (32.5430, -117.0290),
    "Douglas": (31.3349, -109.5604),
    "Presidio": (29.5607, -104.3722),
    "Roma, Texas": (26.4040, -99.0159),
    "Niagara Falls, Rainbow Bridge": (43.0903, -79.0660),
    "Niagara Falls, Goat Island": (43.0790, -79.0690),
    "Detroit, Ambassador Bridge": (42.3145, -83.0715),
    "Detroit, river walk": (42.3270, -83.0420),
    "Port Huron": (42.9985, -82.4260),
    "Point Roberts": (48.9860, -123.0570),
    "Blaine, Peace Arch": (49.0016, -122.7566),
    "Sault Ste. Marie": (46.4980, -84.3450),
    "Buffalo, Peace Bridge": (42.9065, -78.9010),
    "Derby Line": (45.0050, -72.0990),
    "Calais": (45.1890, -67.2790),
    "Madawaska": (47.3560, -68.3290),
    "Angle Inlet": (49.3450, -95.0700),
    "International Falls": (48.6050, -93.4050),
    "Hyder": (55.9150, -130.0240),
    "Estcourt Station": (47.4590, -69.2230),
    "Thousand Islands": (44.3440, -75.9230),
    "Santa Monica pier": (34.0080, -118.4990),
    "Chesapeake Bay Tunnel": (37.0330, -76.0830),
    "Key West harbour": (24.5600, -81.8090),
    "Galveston, 10 km out": (29.1900, -94.7000),
}
BEYOND = {
    "Chihuahua": (28.635, -106.089),
    "Monterrey": (25.671, -100.309),
    "Ensenada": (31.867, -116.600),
    "Hermosillo": (29.073, -110.956),
    "Vancouver": (49.283, -123.121),
    "Toronto": (43.653, -79.383),
    "Montreal": (45.502, -73.567),
    "Winnipeg": (49.895, -97.138),
    "London, Ontario": (42.984, -81.246),
    "Nassau": (25.048, -77.355),
    "Havana": (23.113, -82.367),
    "Santo Domingo": (18.486, -69.931),
    "Apia": (-13.833, -171.767),
    "Provideniya": (64.424, -173.226),
    "Road Town": (18.428, -64.618),
    "Majuro": (7.100, 171.380),
    "Niamey": (13.512, 2.112),
}


def excluded(codes: tuple[str, ...], places: dict[str, tuple[float, float]]) -> dict[str, bool]:
    lat, lon = np.array(list(places.values())).T
    return dict(zip(places, is_excluded(world_of_qgis(), codes, lat, lon).tolist()))


@pytest.mark.parametrize("places", [TERRITORIES, BORDER], ids=["territories", "border and coast"])
def test_the_united_states_are_left_out_with_territories_islets_coasts_and_border_towns(places):
    assert [name for name, inside in excluded(("US",), places).items() if not inside] == []


def test_what_is_farther_than_the_margin_is_kept():
    # The British Virgin Islands' Road Town lies 15 km from Saint John, and is nobody's territory but Britain's.
    assert [name for name, inside in excluded(("US",), BEYOND).items() if inside] == []


def test_towns_across_the_border_within_the_margin_go_too():
    towns = {"Ciudad Juarez": (31.739, -106.487), "Tijuana": (32.533, -117.020), "Windsor": (42.317, -83.037)}
    assert all(excluded(("US",), towns).values())


OVERSEAS = {
    ("FR", "Noumea"): (-22.276, 166.458),
    ("FR", "Papeete"): (-17.535, -149.570),
    ("FR", "Cayenne"): (4.923, -52.313),
    ("FR", "Saint-Denis"): (-20.882, 55.450),
    ("FR", "Mamoudzou"): (-12.781, 45.228),
    ("FR", "Gustavia"): (17.896, -62.850),
    ("FR", "Marigot"): (18.068, -63.082),
    ("FR", "Mata-Utu"): (-13.283, -176.176),
    ("FR", "Saint-Pierre"): (46.778, -56.178),
    ("FR", "Tromelin"): (-15.892, 54.525),
    ("GB", "Gibraltar"): (36.140, -5.353),
    ("GB", "Stanley"): (-51.692, -57.859),
    ("GB", "Hamilton"): (32.295, -64.783),
    ("GB", "George Town"): (19.287, -81.367),
    ("GB", "Saint Helier"): (49.187, -2.107),
    ("GB", "Saint Peter Port"): (49.456, -2.537),
    ("GB", "Douglas"): (54.151, -4.482),
    ("GB", "Akrotiri"): (34.583, 32.986),
    ("GB", "Diego Garcia"): (-7.313, 72.411),
    ("GB", "Jamestown"): (-15.924, -5.718),
    ("DK", "Nuuk"): (64.175, -51.739),
    ("DK", "Torshavn"): (62.012, -6.768),
    ("NL", "Oranjestad"): (12.524, -70.027),
    ("NL", "Willemstad"): (12.108, -68.935),
    ("NL", "Kralendijk"): (12.150, -68.276),
    ("NL", "Philipsburg"): (18.027, -63.046),
    ("NO", "Longyearbyen"): (78.223, 15.646),
    ("NZ", "Avarua"): (-21.207, -159.775),
    ("NZ", "Alofi"): (-19.055, -169.918),
    ("AU", "Kingston"): (-29.056, 167.960),
    ("FI", "Mariehamn"): (60.097, 19.934),
    ("CN", "Hong Kong"): (22.302, 114.177),
    ("CN", "Macao"): (22.199, 113.545),
}


def test_any_country_is_left_out_with_its_overseas_parts():
    kept = [place for place, where in OVERSEAS.items() if not all(excluded((place[0],), {place[1]: where}).values())]
    assert kept == []


def test_a_territory_alone_leaves_its_state_in():
    places = {"San Juan": (18.466, -66.106), "New York": (40.713, -74.006)}
    assert excluded(("PR",), places) == {"San Juan": True, "New York": False}


@pytest.mark.skipif(not WORLD_MAP.is_file(), reason=f"QGIS's own map is not at {WORLD_MAP}")
def test_the_list_of_territories_holds_all_that_the_map_gives_to_another_sovereign():
    """Natural Earth says in its provinces whose each is (SOV_A3): nothing with a code of its own may be missing."""
    dataset = ogr.Open(str(WORLD_MAP))
    rows = [(one["iso_a2"], one["sov_a3"], one["adm0_a3"]) for one in dataset.GetLayerByName("states_provinces")]
    # Sovereigns with dependencies have a number at the end (US1); the state itself is the one that begins alike.
    states = {
        "US1": "US",
        "GB1": "GB",
        "FR1": "FR",
        "NL1": "NL",
        "DN1": "DK",
        "FI1": "FI",
        "NZ1": "NZ",
        "AU1": "AU",
        "CH1": "CN",
    }
    assert {sovereign for _code, sovereign, _part in rows if sovereign in states} == set(states)
    missing = {
        (state, code)
        for code, sovereign, _part in rows
        for key, state in states.items()
        if sovereign == key and code and code.isalpha() and code not in with_territories((state,))
    }
    assert missing == set()


def test_the_margin_is_as_wide_as_it_says():
    # Between the Rockies and Lake of the Woods the border is the 49th parallel; the map has it 1 km too far south.
    km = np.array([0.5, EXCLUDED_MARGIN_KM - 1.5, EXCLUDED_MARGIN_KM + 0.5, 60.0])
    inside = is_excluded(world_of_qgis(), ("US",), 49.0 + km / 111.2, np.full(4, -107.3))
    assert inside.tolist() == [True, True, False, False]
    # On the other side of a border of squares, told with an independent measure of a degree at the equator.
    lon = 10.0 - np.array([EXCLUDED_MARGIN_KM - 0.2, EXCLUDED_MARGIN_KM + 0.2]) * 1000.0 / METRES_PER_DEGREE
    assert is_excluded(square_world(), ("BB",), np.full(2, 1e-3), lon).tolist() == [True, False]


def test_positions_beyond_180_degrees_are_understood_and_none_is_excluded_without_a_country():
    lat, lon = np.array([52.9, 52.9, 21.3, np.nan]), np.array([172.9, -187.1, 202.1, 3.0])
    assert is_excluded(world_of_qgis(), ("US",), lat, lon).tolist() == [True, True, True, False]
    assert not is_excluded(world_of_qgis(), (), lat, lon).any()


def source_at(places: dict[str, tuple[float, float]]) -> ListSource:
    """Return ten rows of one device at each place."""
    lat, lon = (np.repeat(axis, 10) + np.tile(np.arange(10) * 1e-6, len(places)) for axis in zip(*places.values()))
    time_ms = MONDAY * DAY_MS + np.tile(np.arange(10), len(places)) * HOUR_MS
    return ListSource(np.repeat([f"phone {name}" for name in places], 10).tolist(), time_ms, lat, lon)


def test_screening_counts_territories_and_border_towns_under_the_reason():
    chosen = {**TERRITORIES, **BORDER, **BEYOND}
    found = screen(source_at(chosen), ScreeningSettings(), world_of_qgis(), b"k")
    assert found.counts[EXCLUDED_REGION] == 10 * len({**TERRITORIES, **BORDER})
    assert found.counts[KEPT] == 10 * len(BEYOND)
    assert sum(found.counts.values()) == found.read


def test_sites_in_excluded_countries_are_no_places_to_look_at_and_are_said():
    sites = make_sites(
        ("Fort Buchanan", "military", 18.41, -66.12, 500.0),
        ("Fort", "military", 13.5, 2.1, 500.0),
        ("Bridge", "border crossing", 31.747, -106.487, 200.0),
    )
    prepared = prepare(source_at(BEYOND), Inputs(sites, world_of_qgis()))
    assert prepared.sites.name.tolist() == ["Fort"]
    assert [note for note in prepared.notes() if "lie in excluded countries (US, " in note and note.startswith("2 of")]
    allowed = prepare(source_at(BEYOND), Inputs(sites, world_of_qgis(), ScreeningSettings(excluded_countries=())))
    assert len(allowed.sites) == 3 and allowed.left_out == ()
    assert excluded_notes(sites, np.zeros(3, bool), ("US",)) == ()
