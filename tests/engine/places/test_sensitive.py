"""Sensitive places: fixes inside such sites are dropped and counted, and the sites are no spots."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from seeds import shifted
from shapely.geometry import Point, Polygon
from sitelight.plugin.data.library import load_library, load_vocabulary
from sitelight.plugin.data.run_record import make_record
from sitelight.plugin.engine.places.sensitive import ALLOWANCE_M, find_sensitive
from sitelight.plugin.engine.places.world import Sites
from sitelight.plugin.engine.screening import KEPT, SENSITIVE_PLACE, ScreeningSettings, screen
from sitelight.plugin.engine.study import Study, run
from worlds.engine_town import HOTEL, KEY_DATE, SITES, town
from worlds.engine_worlds import (
    DAY_MS,
    HOUR_MS,
    METRES_PER_DEGREE,
    MONDAY,
    ListSource,
    column,
    make_sites,
    square_world,
)

WORLD = square_world()
GEOD = Geod(ellps="WGS84")


def with_polygons(sites: Sites, *polygons) -> Sites:
    return replace(sites, polygon=column(list(polygons)))


def test_a_circle_holds_what_lies_within_its_radius_and_the_allowance():
    sites = make_sites(("Clinic", "medical", 5.0, 3.0, 200.0), ("Fort", "military", 5.1, 3.0, 200.0))
    away_m = np.array([0.0, 199.0, 200.0 + ALLOWANCE_M - 2, 200.0 + ALLOWANCE_M + 2, 400.0, 11_100.0])
    lat = 5.0 + away_m / METRES_PER_DEGREE
    found = find_sensitive(sites, ("medical",)).contain(lat, np.full(6, 3.0))
    assert found.tolist() == [True, True, True, False, False, False]
    assert not find_sensitive(sites, ()).contain(lat, np.full(6, 3.0)).any()
    assert not find_sensitive(Sites.empty(), ("medical",)).contain(lat, np.full(6, 3.0)).any()


def test_a_polygon_holds_what_lies_in_its_shape_and_not_all_of_its_circle():
    shape = Polygon([(3.0, 5.0), (3.02, 5.0), (3.02, 5.002), (3.0, 5.002)])
    sites = with_polygons(make_sites(("School", "education", 5.001, 3.01, 1200.0)), shape)
    lat = np.array([5.001, 5.001, 5.0021, 5.004, 5.001])
    lon = np.array([3.01, 3.0199, 3.01, 3.01, 3.021])
    assert find_sensitive(sites, ("education",)).contain(lat, lon).tolist() == [True, True, True, False, False]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 100_000))
def test_many_sites_of_all_sizes_anywhere_agree_with_the_geodesic(seed):
    """Against pyproj's geodesic for every pair; positions within 1 % of a rim are left out (sphere, not ellipsoid)."""
    rng = np.random.default_rng(seed)
    count = 30
    lat = rng.choice([0.0, 12.0, -33.0, 64.0], count) + rng.uniform(-0.02, 0.02, count)
    lon = rng.choice([0.0, 2.0, 179.99, -179.99], count) + rng.uniform(-0.02, 0.02, count)
    lon = np.mod(lon + 180, 360) - 180
    radius_m = rng.choice([5.0, 60.0, 400.0, 2500.0, 9000.0], count)
    sites = make_sites(*((f"s{n}", "shelter", *row) for n, row in enumerate(zip(lat, lon, radius_m))))
    near = rng.integers(0, count, 200)
    at_lat = lat[near] + rng.normal(0, 1, 200) * radius_m[near] * 1.5 / METRES_PER_DEGREE
    at_lon = np.mod(lon[near] + rng.normal(0, 1, 200) * radius_m[near] * 1.5 / METRES_PER_DEGREE + 180, 360) - 180
    spread = np.broadcast_to
    pairs = (200, count)
    away_m = GEOD.inv(*(spread(values, pairs).ravel() for values in (at_lon[:, None], at_lat[:, None], lon, lat)))[2]
    share = away_m.reshape(pairs) / (radius_m + ALLOWANCE_M)
    clear = (np.abs(share - 1.0) > 0.01).all(axis=1)
    found = find_sensitive(sites, ("shelter",)).contain(at_lat, at_lon)
    assert found[clear].tolist() == (share < 1.0).any(axis=1)[clear].tolist()


def rows_at(places, count: int = 20):
    """Return one device that spends a day at each place in turn, with a fix an hour."""
    lat, lon = (np.repeat([place[axis] for place in places], count) for axis in (0, 1))
    day = MONDAY + np.repeat(np.arange(len(places)), count)
    time_ms = day * DAY_MS + np.tile(np.arange(count), len(places)) * HOUR_MS
    return ListSource(["phone"] * len(lat), time_ms, lat + np.tile(np.arange(count) * 1e-6, len(places)), lon)


@pytest.mark.parametrize("word", ["hospital", "mosquée", "тюрьма", "sindicato", "amenity=school", "homeless shelter"])
def test_any_word_for_a_sensitive_category_drops_the_fixes_there(word):
    category = load_vocabulary().category_of(word)
    sites = make_sites(("Site", category, 5.0, 3.0, 150.0), ("Fort", "military", 5.2, 3.0, 150.0))
    source = rows_at([(5.0, 3.0), (5.2, 3.0), (5.0, 3.1)])
    found = screen(source, ScreeningSettings(excluded_countries=()), WORLD, b"k", sites=sites)
    assert found.counts[SENSITIVE_PLACE] == 20
    assert found.counts[KEPT] == 40
    assert not (np.hypot(found.fixes.lat - 5.0, found.fixes.lon - 3.0) < 0.001).any()
    allowed = ScreeningSettings(excluded_countries=(), sensitive_categories=())
    assert screen(source, allowed, WORLD, b"k", sites=sites).counts[KEPT] == 60


def test_a_sensitive_site_inside_another_site_still_counts():
    sites = make_sites(("Base hospital", "medical", 5.0, 3.0, 100.0), ("Base", "military", 5.0, 3.0, 2000.0))
    source = rows_at([(5.0, 3.0), (5.01, 3.0)])
    found = screen(source, ScreeningSettings(excluded_countries=()), WORLD, b"k", sites=sites)
    assert (found.counts[SENSITIVE_PLACE], found.counts[KEPT]) == (20, 20)


@pytest.fixture(scope="module")
def clinic_study():
    """The town, whose hotel is a clinic here; the planted team stays in it."""
    category = SITES.category.copy()
    category[0] = "medical"
    sites = replace(SITES, category=category)
    study = Study(
        key_dates=(KEY_DATE,), library=load_library(), sites=sites, world=WORLD, purpose="a made-up test town",
        rekey=b"k",
    )  # fmt: skip
    source = town(1291)
    return study, source, run(study, source)


def test_a_sensitive_site_is_no_spot_and_nothing_happens_there(clinic_study):
    study, source, results = clinic_study
    spots = results.evidence.history.visits.spots
    assert "Grand Hotel" not in set(spots.name)
    assert len(results.evidence.sites) == len(study.sites) - 1
    for table in ("findings", "heat", "stops"):
        assert "Grand Hotel" not in set(results.tables[table].spot_name)
    rows = results.tables["screening"].set_index("reason").rows
    assert rows[SENSITIVE_PLACE] > 200
    assert rows.drop("read").sum() == rows["read"] == source.row_count
    stays = results.evidence.history.visits.stays
    assert (np.hypot(stays.lat - HOTEL[0], stays.lon - HOTEL[1]) * METRES_PER_DEGREE)[stays.n_fixes > 1].min() > 100
    assert any("1 of the sites are sensitive" in note or "sensitive place" in note for note in results.notes)


def test_which_categories_are_sensitive_stands_in_the_run_record(clinic_study):
    study, source, results = clinic_study
    record = make_record(study, source, results)
    assert set(record["study"]["screening"]["sensitive_categories"]) == load_vocabulary().sensitive
    audit = record["audit"][0]["detail"]
    assert set(audit["study"]["screening"]["sensitive_categories"]) == load_vocabulary().sensitive


def test_a_study_may_say_that_nothing_is_sensitive(clinic_study):
    study, source, _ = clinic_study
    results = run(replace(study, screening=ScreeningSettings(sensitive_categories=())), source)
    assert "Grand Hotel" in set(results.evidence.history.visits.spots.name)
    assert results.tables["screening"].set_index("reason").rows[SENSITIVE_PLACE] == 0


def test_polygons_of_points_far_from_the_rim_agree_with_shapely():
    rng = np.random.default_rng(shifted(61))
    centres = rng.uniform(0, 0.2, (40, 2)) + (3.0, 5.0)
    shapes = [Point(x, y).buffer(size) for (x, y), size in zip(centres, rng.uniform(0.0005, 0.03, 40))]
    radius_m = [(shape.bounds[2] - shape.bounds[0]) / 2 * METRES_PER_DEGREE for shape in shapes]
    sites = make_sites(*((f"s{n}", "religious", y, x, r) for n, ((x, y), r) in enumerate(zip(centres, radius_m))))
    lon, lat = rng.uniform(3.0, 3.2, 600), rng.uniform(5.0, 5.2, 600)
    found = find_sensitive(with_polygons(sites, *shapes), ("religious",)).contain(lat, lon)
    expected = np.array([any(shape.contains(Point(x, y)) for shape in shapes) for x, y in zip(lon, lat)])
    rim = np.array([min(shape.exterior.distance(Point(x, y)) for shape in shapes) for x, y in zip(lon, lat)])
    clear = rim > 0.0004  # the allowance of 30 m is 0.00027 degrees
    assert clear.sum() > 400
    assert found[clear].tolist() == expected[clear].tolist()
