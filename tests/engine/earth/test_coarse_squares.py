"""The coarse squares that hide homes: about 5 km on the ground everywhere, one grid for all data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon
from sitelight.plugin.engine.earth import (
    distance_m,
    square_ids,
    square_middles,
    square_of_id,
    square_outlines,
)
from worlds.coarse_grid import is_middle, middle_of, square_of

LAT, LON = st.floats(-90.0, 90.0), st.floats(-180.0, 180.0)


def one(lat: float, lon: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([lat]), np.array([lon])


@given(LAT, LON)
def test_a_square_is_about_5_km_wide_and_high_at_every_latitude(lat, lon):
    (x, y), *_ = (outline := square_outlines(*one(lat, lon))[0])
    high_m = float(distance_m(outline[0, 1], 0.0, outline[2, 1], 0.0))
    middle, half = square_middles(*one(lat, lon)), (outline[1, 0] - x) / 2.0
    # Half a square each side, since near a pole the way straight from edge to edge leads past it.
    wide_m = 2.0 * float(distance_m(middle[0][0], 0.0, middle[0][0], half))
    caps_pole = abs(middle[0][0]) > 89.99
    assert high_m == pytest.approx(2780 if caps_pole else 5560, rel=0.01)
    assert caps_pole or wide_m == pytest.approx(5560, rel=0.1)
    if abs(lat) < 85.0:
        assert wide_m == pytest.approx(5560, rel=0.01)


@given(LAT, LON)
def test_a_position_lies_in_its_square_and_no_farther_from_the_middle_than_its_corners(lat, lon):
    middle_lat, middle_lon = (float(value[0]) for value in square_middles(*one(lat, lon)))
    assert -90.0 <= middle_lat <= 90.0 and -180.0 <= middle_lon < 180.0
    assert float(distance_m(lat, lon, middle_lat, middle_lon)) < 4100.0
    outline = Polygon(square_outlines(*one(lat, lon))[0])
    assert outline.is_valid
    turns = [Point(lon + turn, lat) for turn in (-360.0, 0.0, 360.0)]
    assert min(outline.distance(point) for point in turns) < 1e-9


@given(LAT, LON)
def test_the_middle_is_that_of_the_definition_and_stays_itself(lat, lon):
    row, column = square_of(lat, lon)
    middle = square_middles(*one(lat, lon))
    on_edge = abs((lat / 0.05) % 1.0 - 0.5) < 1e-6 or square_of(lat, lon + 1e-9) != square_of(lat, lon - 1e-9)
    if not on_edge:
        assert is_middle(*(float(value[0]) for value in middle))
        assert square_ids(*one(lat, lon)).tolist() == [f"square:{row}_{column}"]
        assert (float(middle[0][0]), float(middle[1][0])) == pytest.approx(middle_of(lat, lon), abs=2e-8)
    again = square_middles(*middle)
    np.testing.assert_array_equal(again, middle)
    assert square_of_id(square_ids(*middle)[0]) == tuple(float(value[0]) for value in middle)


@pytest.mark.parametrize("lat", [0.0, 13.5, -41.3, 60.2, 78.2])
def test_the_antimeridian_cuts_no_square(lat):
    """A home at 180 degrees seen on both sides of it must not be known to lie there."""
    lon = np.array([179.9999, -179.9999, 180.0, -180.0])
    assert len(set(square_ids(np.full(4, lat), lon))) == 1


@pytest.mark.parametrize("text", ["", "square:", "13N2E-1000m:4_5", "square:1_2_3", "square:a_b", " square:1_2"])
def test_other_texts_are_no_squares(text):
    assert square_of_id(text) is None
