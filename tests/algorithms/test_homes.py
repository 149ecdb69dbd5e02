"""Attacks on where devices live, from the files alone that analyses write, by someone who knows the method.

Every device keeps its id in all outputs, so that the attacker may join them: what does not tell a home then tells none
where ids are new in every run. A home counts as found when the guess is within a kilometer of it.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely.wkb
from processing_runs import algorithm, registered_provider, rows_of, run
from qgis.core import QgsProcessingException, QgsVectorLayer, QgsWkbTypes
from seeds import at_most, shifted
from sitelight.plugin.data.audit_log import verify_audit
from sitelight.plugin.data.geopackage import read_results
from sitelight.plugin.engine.tables import SCHEMAS
from worlds.coarse_grid import columns_of, is_middle, square_of
from worlds.home_worlds import DEGREE_M, FEWER_SITES_M, KEY_DATES, SITE_M, HomeWorld, write_world

PURPOSE = "Attack on homes in a synthetic world"
FOUND_M = 1000.0
BY_CHANCE = np.pi * FOUND_M**2 / (0.05 * DEGREE_M) ** 2
"""The share of a square that is within a kilometer of its middle."""
SHOWN_CIRCLE_M = 100.0
"""Radius of the circle that stands for a location at a site, as the help of the algorithms says."""
KINDS = ("villages", "north", "edges", "rims")


@dataclass(frozen=True)
class Written:
    """A world and what was written of it: the folder of all files, and rows of layers by their names."""

    world: HomeWorld
    folder: Path
    layers: dict[str, pd.DataFrame]


@pytest.fixture(scope="module", autouse=True)
def provider():
    yield from registered_provider()


@pytest.fixture(scope="module", params=KINDS)
def written(request, tmp_path_factory) -> Written:
    """Run every algorithm that writes a place, and two studies of other dates, cells and ids, on one world."""
    folder = tmp_path_factory.mktemp(request.param)
    world = write_world(folder, request.param, shifted(4_711 + KINDS.index(request.param)))
    out = folder / "out"
    out.mkdir()
    given = {"OBSERVATIONS_FILE": str(world.observations), "SITES": str(world.sites_file), "KEEP_DEVICE_IDS": True}
    why = {"PURPOSE": PURPOSE}
    for number, (key_date, cell_m) in enumerate(zip(KEY_DATES, (1000, 700))):
        study = {"KEY_DATES": key_date.isoformat(), "DAYS_BEFORE": 0, "DAYS_AFTER": 1, "LOOKBACK_DAYS": 10,
                 "CELL_SIZE": cell_m, "LINKED_CATEGORIES": "hotel", "OUTPUT": str(out / f"study-{number}.gpkg")}
        run("analyze", {**given, **why, **study})
    fewer = {**given, "SITES": str(world.fewer_sites_file)}
    study = {**study, "KEY_DATES": KEY_DATES[0].isoformat(), "CELL_SIZE": 1000, "OUTPUT": str(out / "study-2.gpkg")}
    run("analyze", {**fewer, **why, **study})
    run("detectstays", {**given, "OUTPUT": str(out / "stays.gpkg")})
    run("detectstays", {**fewer, "OUTPUT": str(out / "fewer_sites.gpkg")})
    run("detectstays", {**given, "DETECTOR": 1, "SLIDING_MAX_GAP_MINUTES": 90, "OUTPUT": str(out / "sliding.gpkg")})
    run("detectlegs", {**given, "OUTPUT": str(out / "legs.gpkg")})
    run("selecttracks", {**given, **why, "OUTPUT": str(out / "tracks.gpkg")})
    run("findfrequentedlocations", {**given, **why, "OUTPUT": str(out / "frequented.gpkg")})
    run("findmeetinglocations", {**given, **why, "OUTPUT": str(out / "met.gpkg"), "POINTS": str(out / "pairs.geojson")})
    run("findcotravelers", {**given, **why, "SPARSE": True, "MAX_Q": 1, "OUTPUT": str(out / "together.gpkg"),
                            "POINTS": str(out / "near.csv")})  # fmt: skip
    run("linknetwork", {**given, "WITH_CELLS": True, "MIN_VISITORS": 2, "OUTPUT": str(out / "places.gpkg"),
                        "LINKS": str(out / "links.gpkg")})  # fmt: skip
    run("tracebackitineraries", {**given, **why, "SITE": "Site 0", "START": "2023-06-27", "END": "2023-06-28",
                                 "ITINERARIES": str(out / "ways.gpkg"), "STOPS": str(out / "stops.gpkg"),
                                 "LEGS": str(out / "steps.gpkg")})  # fmt: skip
    run("reachback", {**given, "SITE": "Site 0", "START": "2023-06-27", "END": "2023-06-28",
                      "ORIGINS": str(out / "origins.gpkg"), "FLOWS": str(out / "flows.gpkg")})  # fmt: skip
    names = {path.stem: path for path in sorted(out.glob("*.gpkg")) if not path.stem.startswith("study")}
    return Written(world, out, {name: read_layer(path) for name, path in names.items()})


def read_layer(path: Path) -> pd.DataFrame:
    """Return the rows of the first table of a GeoPackage, with `shape` (shapely)."""
    with sqlite3.connect(path) as connection:
        (name,) = connection.execute("SELECT table_name FROM gpkg_contents ORDER BY rowid LIMIT 1").fetchone()
        rows = pd.read_sql_query(f'SELECT * FROM "{name}"', connection)
    if "geom" in rows:
        rows["shape"] = [shape_of(blob) for blob in rows["geom"]]
    return rows


def shape_of(blob: bytes | None):
    if blob is None:
        return None
    envelope = (0, 32, 48, 48, 64)[blob[3] >> 1 & 7]
    return shapely.wkb.loads(blob[8 + envelope :])


def found(world: HomeWorld, guess: dict[int, tuple[float, float]]) -> tuple[int, int]:
    """Return how many lone homes were found by guesses (lat, lon by device), and of how many."""
    hits = 0
    for device in world.alone:
        lat, lon = guess.get(int(device), (np.nan, np.nan))
        hits += bool(away_m(lat, lon, *world.homes[device]) <= FOUND_M)
    return hits, len(world.alone)


def away_m(lat, lon, lat_b, lon_b):
    east = (np.asarray(lon) - lon_b + 180.0) % 360.0 - 180.0
    return np.hypot(np.asarray(lat) - lat_b, east * np.cos(np.radians(lat_b))) * DEGREE_M


def number_of(device: pd.Series) -> np.ndarray:
    return device.str[3:].astype(int).to_numpy()


def nights(stays: pd.DataFrame, world: HomeWorld) -> pd.DataFrame:
    """Return the stays that hold a midnight by the sun, with their hours, and longitudes beside each other."""
    offset = world.sites[0, 1] / 15.0 * 3_600_000
    begin, end = (stays[name] + offset for name in ("started_ms", "finished_ms"))
    kept = stays[(begin // 86_400_000) < (end // 86_400_000)].copy()
    kept["hours"] = (kept["finished_ms"] - kept["started_ms"]) / 3_600_000
    kept["number"], kept["lon"] = number_of(kept["device"]), kept["lon"] % 360.0
    return kept


def means(rows: pd.DataFrame) -> dict[int, tuple[float, float]]:
    """Return the mean position of each device's rows, weighted by their hours."""
    guess = {}
    for number, mine in rows.groupby("number"):
        guess[int(number)] = tuple(np.average(mine[axis], weights=mine["hours"]) for axis in ("lat", "lon"))
    return guess


def squares(written: Written, layer: str = "stays") -> dict[int, tuple[float, float]]:
    """Return the middle of the square in which each device spends most nights."""
    night = nights(written.layers[layer], written.world)
    best = night.groupby(["number", "lat", "lon"])["hours"].sum().sort_values().reset_index()
    return {int(row.number): (row.lat, row.lon) for row in best.itertuples()}


def assert_not_found(written: Written, guess: dict[int, tuple[float, float]]) -> None:
    hits, cases = found(written.world, guess)
    print(f"{hits} of {cases} homes found, {BY_CHANCE:.1%} by the middles of squares")
    assert at_most(hits, cases, BY_CHANCE)


def test_the_square_is_known_so_that_there_is_something_to_attack(written):
    guess = squares(written)
    right = [
        np.abs(away_m(*guess[device], *home)) < 4200.0 for device, home in enumerate(written.world.homes)
    ]
    assert np.mean(right) > 0.95
    assert_not_found(written, guess)


def home_squares(written: Written) -> dict[int, set[tuple[float, float]]]:
    """Return every place of which any run says that a device spent most of its nights there, or is based there."""
    found: dict[int, set[tuple[float, float]]] = {}
    for layer in ("stays", "fewer_sites"):
        for number, place in squares(written, layer).items():
            found.setdefault(number, set()).add(place)
    for study in range(3):
        tables = read_results(written.folder / f"study-{study}.gpkg").tables
        stops = tables["stops"].merge(tables["itineraries"][["itinerary_id", "device", "based_at"]])
        based = stops[(stops["spot_name"] == stops["based_at"]) & ~stops.duplicated("itinerary_id")]
        for device, blob in zip(number_of(based["device"]), based["geometry"]):
            point = shapely.wkb.loads(bytes(blob))
            found.setdefault(int(device), set()).add((point.y, point.x % 360.0))
    return found


@pytest.mark.slow
def test_two_runs_with_other_sites_and_dates_that_differ_lead_to_no_home(written):
    """Where two say that it is in squares beside each other, a home would lie on the edge or corner between them."""
    found = home_squares(written)
    assert_not_found(written, {number: tuple(np.mean(list(places), axis=0)) for number, places in found.items()})
    moved = [number for number, places in found.items() if len({tuple(np.round(one, 6)) for one in places}) > 1]
    assert len(moved) <= 0.02 * len(found), moved


def test_a_site_where_a_device_is_by_night_leads_to_no_home(written):
    """Whoever lives a few metres from a site, inside of what is allowed for errors, is not told to be at it."""
    guess = squares(written)
    for layer in ("stays", "fewer_sites", "sliding"):
        night = nights(written.layers[layer], written.world)
        night = night[is_site(written.world, night["lat"].to_numpy(), night["lon"].to_numpy())]
        guess.update({int(row.number): (row.lat, row.lon) for row in night.itertuples()})
    assert_not_found(written, guess)
    named = written.layers["stays"].query("spot_name != ''")
    assert len(named) and is_site(written.world, named["lat"].to_numpy(), named["lon"].to_numpy() % 360.0).all()


@pytest.mark.parametrize("layer", ["stays", "sliding"])
def test_the_mean_of_nights_is_no_better(layer, written):
    assert_not_found(written, means(nights(written.layers[layer], written.world)))


@pytest.mark.parametrize("reach_m", [8_000.0, 12_000.0])
def test_the_mean_of_all_squares_around_the_home_is_no_better(reach_m, written):
    """Errands go in all directions from a home: their middle is where it is."""
    guess, seen = squares(written), {}
    for name in ("stays", "sliding", "tracks"):
        rows = written.layers[name]
        for number, lat, lon in zip(number_of(rows["device"]), rows["lat"], rows["lon"] % 360.0):
            if away_m(lat, lon, *guess[int(number)]) <= reach_m and not is_site(written.world, lat, lon):
                seen.setdefault(int(number), set()).add((lat, lon))
    means_of = {number: tuple(np.mean(list(places), axis=0)) for number, places in seen.items()}
    assert_not_found(written, {**guess, **means_of})


def test_the_mean_of_all_fixes_by_night_is_no_better(written):
    tracks = written.layers["tracks"]
    hour = (tracks["time_ms"] / 3_600_000 + written.world.sites[0, 1] / 15.0) % 24.0
    night = tracks[(hour < 6.5) | (hour > 20.0)]
    night = night.assign(number=number_of(night["device"]), lon=night["lon"] % 360.0, hours=1.0)
    assert_not_found(written, means(night))


def test_frequented_and_meeting_places_are_no_better(written):
    homes = written.layers["frequented"].query("is_home == 1")
    middle = [shape.centroid for shape in homes["shape"]]
    guess = {n: (p.y, p.x) for n, p in zip(number_of(homes["track_id"]), middle)}
    assert_not_found(written, guess)


def test_exact_positions_are_found_by_the_same_attack_and_leave_a_note(written, tmp_path):
    """What the attack is worth: where positions are asked for as they are, it finds nearly everybody."""
    given = {"OBSERVATIONS_FILE": str(written.world.observations), "SITES": str(written.world.sites_file),
             "KEEP_DEVICE_IDS": True, "EXACT_POSITIONS": True, "OUTPUT": str(tmp_path / "exact.gpkg")}  # fmt: skip
    for _time in range(2):  # the second run replaces the file of the first
        _results, log = run("detectstays", {**given, "PURPOSE": PURPOSE})
    assert "Exact positions are written" in log and PURPOSE in log
    hits, cases = found(written.world, means(nights(read_layer(tmp_path / "exact.gpkg"), written.world)))
    assert hits >= 0.95 * cases
    layer = QgsVectorLayer(str(tmp_path / "exact.gpkg"), "exact", "ogr")
    assert layer.wkbType() == QgsWkbTypes.Type.Point and layer.featureCount() == len(written.layers["stays"])
    log_rows = rows_of(QgsVectorLayer(f"{tmp_path / 'exact.gpkg'}|layername=audit", "audit", "ogr"))
    (row,) = log_rows
    assert row["action"] == "exact positions"
    assert json.loads(row["detail"]) == {"algorithm": "sitelight:detectstays", "purpose": PURPOSE}
    assert verify_audit([{name: row[name] for name in SCHEMAS["audit"].columns}])


EXACT = ("detectstays", "detectlegs", "selecttracks", "classifymovement", "findcotravelers", "findmeetinglocations",
         "findfrequentedlocations")  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_exact_positions_are_off_and_need_a_purpose(name, tmp_path):
    definition = algorithm(name).parameterDefinition("EXACT_POSITIONS")
    assert definition.defaultValue() is False and definition.help()
    path = tmp_path / "pings.csv"
    path.write_text("device_id,timestamp,latitude,longitude\na,1682899200,13.0,2.0\n", encoding="utf-8")
    given = {"OBSERVATIONS_FILE": str(path), "EXACT_POSITIONS": True, "OUTPUT": str(tmp_path / "out.gpkg")}
    for purpose in ("", "  "):
        with pytest.raises(QgsProcessingException, match="Give a PURPOSE"):
            run(name, {**given, "PURPOSE": purpose})
    assert not (tmp_path / "out.gpkg").exists()


def candidates(square: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return a grid of 100 m over a square, given by its middle."""
    step = np.linspace(-0.0255, 0.0255, 57)
    north, east = np.meshgrid(step, step / np.cos(np.radians(square[0])), indexing="ij")
    return square[0] + north.ravel(), square[1] + east.ravel()


def trilaterate(written: Written, pairs: pd.DataFrame) -> dict[int, tuple[float, float]]:
    """Return the place in each device's square that fits distances best: number, lat, lon of a site, km."""
    guess = squares(written)
    for number, mine in pairs.groupby("number"):
        lat, lon = candidates(guess[int(number)])
        off = sum(
            np.minimum(np.abs(away_m(lat, lon, row.lat, row.lon) / 1000.0 - row.km), 3.0) for row in mine.itertuples()
        )
        best = np.argsort(off)[:9]
        guess[int(number)] = (float(lat[best].mean()), float(lon[best].mean()))
    return guess


def is_site(world: HomeWorld, lat, lon) -> np.ndarray:
    away = [away_m(lat, lon, *site) for site in world.sites]
    return np.min(away, axis=0) < 1.0


def test_lengths_of_legs_from_sites_do_not_lead_home(written):
    guess, rows = squares(written), []
    for leg in written.layers["legs"].itertuples():
        ends = [part for line in leg.shape.geoms for part in line.coords]
        number = int(leg.device[3:])
        for (lon, lat), (home_lon, home_lat) in ((ends[0], ends[-1]), (ends[-1], ends[0])):
            at_home = away_m(home_lat, home_lon, *guess[number]) < 10.0
            if at_home and is_site(written.world, lat, lon):
                rows.append((number, lat, lon, leg.distance_km))
    pairs = pd.DataFrame(rows, columns=["number", "lat", "lon", "km"])
    assert len(pairs) > 200
    assert_not_found(written, trilaterate(written, pairs))


def test_estimates_of_arrival_do_not_lead_home(written):
    """Half of the unseen time less the way is told on either side: from it and the gap follows the way's length."""
    guess, rows = squares(written), []
    stays = written.layers["stays"].sort_values(["device", "started_ms"])
    for a, b in zip(stays.itertuples(), stays.iloc[1:].itertuples()):
        if a.device != b.device:
            continue
        number, gap_h = int(a.device[3:]), (b.started_ms - a.finished_ms) / 3_600_000
        way_h = gap_h - 2.0 * (a.departed_ms - a.finished_ms) / 3_600_000
        for site, other in ((a, b), (b, a)):
            if is_site(written.world, site.lat, site.lon) and away_m(other.lat, other.lon, *guess[number]) < 10.0:
                rows.append((number, site.lat, site.lon, way_h * (60.0 if way_h > 1.2 else 25.0)))
    pairs = pd.DataFrame(rows, columns=["number", "lat", "lon", "km"])
    assert len(pairs) > 200
    assert_not_found(written, trilaterate(written, pairs.query("km < 300")))


def heat_in_squares(written: Written) -> pd.DataFrame:
    """Return what both studies, the network and the meetings say of places: middle and weight of each."""
    rows = []
    for number in range(2):
        tables = read_results(written.folder / f"study-{number}.gpkg").tables
        for name in ("heat", "findings", "stops"):
            table = tables[name]
            weight = table["observed"] if "observed" in table else np.ones(len(table))
            middles = [shapely.wkb.loads(bytes(blob)).centroid for blob in table["geometry"]]
            rows += [(point.y, point.x, one) for point, one in zip(middles, weight)]
    for name in ("places", "met", "stops"):
        rows += [(shape.centroid.y, shape.centroid.x, 1.0) for shape in written.layers[name]["shape"]]
    return pd.DataFrame(rows, columns=["lat", "lon", "weight"])


@pytest.mark.parametrize("how", ["strongest", "mean"])
def test_places_told_in_the_square_are_no_better(how, written):
    """Cells with devices, findings, stops and meetings that lie in the square: the strongest of them, or their mean."""
    places, guess = heat_in_squares(written), squares(written)
    places = places[~is_site(written.world, places["lat"].to_numpy(), places["lon"].to_numpy())]
    for number, (lat, lon) in guess.items():
        inside = [square_of(y, x) == square_of(lat, lon) for y, x in zip(places["lat"], places["lon"])]
        mine = places[inside].fillna({"weight": 4.0})  # counts that are hidden
        if len(mine) == 0:
            continue
        row = mine.loc[mine["weight"].idxmax()]
        mean = (np.average(mine["lat"], weights=mine["weight"]), np.average(mine["lon"] % 360, weights=mine["weight"]))
        guess[number] = (row["lat"], row["lon"]) if how == "strongest" else mean
    assert_not_found(written, guess)


def test_a_cell_with_a_finding_leads_to_no_home(written):
    """The crowd of the second date came where the first device lives, which is no site."""
    results = read_results(written.folder / "study-1.gpkg")
    cells = results.tables["findings"].query("spot_kind == 'cell'")
    assert len(cells) > 0 and cells["spot_id"].str.startswith("square:").all()
    for blob, name, sentence in zip(cells["geometry"], cells["spot_name"], cells["sentence"]):
        point = shapely.wkb.loads(bytes(blob))
        assert is_middle(point.y, point.x)
        assert name.endswith("(5 km)") and name in sentence
    heat = results.tables["heat"]
    assert not heat.duplicated(["spot_id", "key_date"]).any()


def doubles(content: bytes, letter: str, offset: int) -> np.ndarray:
    size = np.dtype(letter).itemsize
    count = (len(content) - offset) // size
    return np.frombuffer(content, dtype=letter, count=count, offset=offset).astype(np.float64)


def test_no_byte_of_any_file_tells_a_home(written):
    """Neighbouring numbers of all sizes and orders, at every byte: tables, shapes, indexes, extents and free pages."""
    world, seen = written.world, 0
    homes = np.unique(np.round(world.homes, 9), axis=0)
    low, high = homes.min(axis=0) - 0.01, homes.max(axis=0) + 0.01
    for path in sorted(written.folder.iterdir()):
        content = path.read_bytes()
        for letter in ("<f8", ">f8", "<f4", ">f4"):
            for offset in range(np.dtype(letter).itemsize):
                with np.errstate(all="ignore"):
                    values = doubles(content, letter, offset)
                    at = np.flatnonzero((values > low[0]) & (values < high[0]))
                    pairs = []
                for step in (-2, -1, 1, 2):
                    beside = at[(at + step >= 0) & (at + step < len(values))]
                    lon = values[beside + step]
                    with np.errstate(all="ignore"):
                        fits = np.abs((lon - world.sites[0, 1] + 180.0) % 360.0 - 180.0) < 2.0
                    pairs.append((values[beside[fits]], lon[fits]))
                lat, lon = (np.concatenate(parts) for parts in zip(*pairs))
                seen += len(lat)
                assert_no_home(world, lat, lon, path.name)
    assert seen > 1000


def assert_no_home(world: HomeWorld, lat: np.ndarray, lon: np.ndarray, name: str) -> None:
    """Assert that no position is within 60 m of a home, but for what squares and sites explain.

    Neighbours may be the latitude and the longitude of two places, and lines are cut where they cross 180 degrees; a
    number of two decimals is a size, of a stay beside its longitude.
    """
    points = np.unique(np.stack((lat, lon), axis=1), axis=0)
    cut = np.append(lat[np.abs(lon) == 180.0], np.inf)
    for lat_b, lon_b in world.homes[world.alone]:
        near = points[away_m(points[:, 0], points[:, 1], lat_b, lon_b) < 60.0]
        for y, x in near:
            of_place = is_near_site(world, y, x) or abs(x) == 180.0 or y == round(y, 2)
            of_row = abs(y / 0.025 - round(y / 0.025)) < 1e-3 or is_of_site(world.sites[:, 0], y) or y in cut
            of_column = is_of_column(world, x) or is_of_site(world.sites[:, 1], x, np.cos(np.radians(lat_b)))
            assert of_place or (of_row and of_column), (name, y, x)


def is_of_site(centres: np.ndarray, degrees: float, stretch: float = 1.0) -> bool:
    """Return whether a latitude or longitude is that of a site's middle, or of an edge of a circle around it."""
    off_m = np.abs(centres - degrees) * DEGREE_M * stretch
    return any(np.abs(off_m - edge_m).min() < 3.0 for edge_m in (0.0, SHOWN_CIRCLE_M, SITE_M, FEWER_SITES_M))


def is_of_column(world: HomeWorld, lon: float) -> bool:
    """Return whether a longitude is that of a middle or an edge of a square in one of the world's rows."""
    rows = np.rint(world.homes[:, 0] / 0.05).astype(int)
    halves = np.array([180.0 / columns_of(row) for row in range(rows.min() - 2, rows.max() + 3)])
    return bool((np.abs(lon / halves - np.rint(lon / halves)) * halves).min() < 3e-5)


def is_near_site(world: HomeWorld, lat: float, lon: float) -> bool:
    return bool(min(away_m(lat, lon, *site) for site in world.sites) < 1.1 * SITE_M)
