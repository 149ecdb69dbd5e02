"""Distances against pyproj's geodesics, ways on the globe, and the neighbour search against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from seeds import shifted
from sitelight.plugin.engine.earth import distances

GEOD = Geod(ellps="WGS84")
POINTS = st.tuples(st.floats(-89.9, 89.9), st.floats(-180.0, 180.0))


@given(a=POINTS, b=POINTS)
def test_distance_is_within_six_per_mille_of_the_ellipsoid(a, b):
    expected_km = GEOD.inv(a[1], a[0], b[1], b[0])[2] / 1000.0
    found = float(distances.distance_km(a[0], a[1], b[0], b[1]))
    assert found == pytest.approx(expected_km, rel=6e-3, abs=1e-4)


@pytest.mark.parametrize(
    ("a", "b", "km"),
    [
        ((0.0, 179.9), (0.0, -179.9), 22.24),  # across the antimeridian: 0.2 degrees of the equator
        ((89.99, 0.0), (89.99, 180.0), 2.2239),  # over the pole: 0.02 degrees of a meridian
        ((0.0, 0.0), (0.0, 180.0), 20015.1),  # half the mean circumference
        ((13.5, 2.1), (13.5, 2.1), 0.0),
    ],
)
def test_distance_at_the_edges_of_the_map(a, b, km):
    assert float(distances.distance_km(*a, *b)) == pytest.approx(km, rel=1e-3)


def test_metres_are_a_thousandth():
    one = distances.distance_km(np.array([13.5]), 2.1, 13.6, 2.1)
    assert distances.distance_m(np.array([13.5]), 2.1, 13.6, 2.1) == pytest.approx(1000.0 * one)


@given(st.floats(-720.0, 720.0))
def test_wrapped_longitude_is_the_same_meridian(lon):
    wrapped = float(distances.wrap_longitude(lon))
    assert -180.0 <= wrapped < 180.0
    assert np.cos(np.radians(wrapped)) == pytest.approx(np.cos(np.radians(lon)), abs=1e-9)
    assert np.sin(np.radians(wrapped)) == pytest.approx(np.sin(np.radians(lon)), abs=1e-9)


def test_great_circle_of_moscow_to_lome_follows_the_geodesic():
    lat, lon = distances.sample_great_circles([55.97], [37.41], [6.17], [1.25], 9)
    expected = GEOD.npts(37.41, 55.97, 1.25, 6.17, 7)
    assert lat[0, [0, -1]] == pytest.approx([55.97, 6.17])
    away_km = distances.distance_km(lat[0, 1:-1], lon[0, 1:-1], [p[1] for p in expected], [p[0] for p in expected])
    assert away_km.max() < 15.0


def test_great_circle_over_the_pacific_crosses_the_antimeridian():
    lat, lon = distances.sample_great_circles([35.0], [170.0], [35.0], [-170.0], 5)
    assert np.all(np.abs(lon) >= 170.0)
    assert lat[0, 2] > 35.0  # the short way bulges to the pole


def test_great_circles_are_the_same_to_the_last_digit_wherever_they_lie_in_memory():
    lat, lon = np.random.default_rng(shifted(3)).uniform([[-80.0], [-180.0]], [[80.0], [180.0]], (2, 600))
    drawn = [
        distances.sample_great_circles(lat[:300], lon[:300], lat[300:], lon[300:], 60) for _ in range(20)
    ]  # fmt: skip
    assert len({lines[0].tobytes() + lines[1].tobytes() for lines in drawn}) == 1


def test_great_circle_between_equal_points_stays_there():
    lat, lon = distances.sample_great_circles([5.0], [6.0], [5.0], [6.0], 4)
    assert lat == pytest.approx(np.full((1, 4), 5.0))
    assert lon == pytest.approx(np.full((1, 4), 6.0))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), reach_km=st.sampled_from([3.0, 40.0, 250.0]))
def test_nearest_place_equals_brute_force(seed, reach_km):
    rng = np.random.default_rng(seed)
    centre = rng.uniform([-75.0, -180.0], [75.0, 180.0])
    lat, lon = (centre[:, None] + rng.normal(0, 0.7, (2, 60)))
    place_lat, place_lon = (centre[:, None] + rng.normal(0, 0.7, (2, 25)))
    index, away_km = distances.nearest_within(lat, lon, place_lat, place_lon, reach_km)
    every = distances.distance_km(lat[:, None], lon[:, None], place_lat, place_lon)
    nearest = every.min(axis=1)
    assert np.array_equal(index >= 0, nearest <= reach_km)
    assert away_km[index >= 0] == pytest.approx(nearest[index >= 0])
    assert np.array_equal(index[index >= 0], every.argmin(axis=1)[index >= 0])


def test_nearest_place_across_the_antimeridian():
    index, away_km = distances.nearest_within([-17.0], [179.99], [-17.0, -17.0], [-179.99, 170.0], 10.0)
    assert index.tolist() == [0]
    assert away_km[0] == pytest.approx(2.13, abs=0.01)


def test_nearest_place_without_places_or_points():
    index, away_km = distances.nearest_within([1.0], [1.0], [], [], 10.0)
    assert index.tolist() == [-1]
    assert np.isinf(away_km[0])
    assert len(distances.nearest_within(np.empty(0), np.empty(0), [1.0], [1.0], 10.0)[0]) == 0
