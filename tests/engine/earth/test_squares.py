"""Squares of latitude and longitude: which positions share one, by hand and for any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sitelight.plugin.engine.earth.distances import METRES_PER_DEGREE, distance_m
from sitelight.plugin.engine.earth.squares import Squares, cells_of

POSITIONS = st.lists(st.tuples(st.floats(-90.0, 90.0), st.floats(-180.0, 180.0)), min_size=1, max_size=30)


def columns(positions):
    return tuple(np.array([position[axis] for position in positions]) for axis in (0, 1))


def test_squares_by_hand():
    squares = Squares(0.25)
    assert squares.columns == 1440
    lat, lon = np.array([-90.0, 0.1, 0.24, 0.26, 0.1, 90.0]), np.array([-180.0, 0.1, 0.24, 0.1, 0.26, 0.0])
    assert squares.rows(lat).tolist() == [0, 360, 360, 361, 360, 720]
    assert squares.columns_at(lon).tolist() == [0, 720, 720, 720, 721, 720]
    key = squares.keys_at(lat, lon)
    assert key.dtype == np.int64
    assert key[1] == key[2] and len(set(key.tolist())) == 5


def test_the_antimeridian_is_one_line_and_no_row_is_taken_for_another():
    squares = Squares(0.05)
    assert len(set(squares.keys_at(np.full(3, 12.3), np.array([-180.0, 180.0, 540.0])).tolist())) == 1
    # A reach beyond the south pole gives rows below 0, which are no other row's.
    row, column = (part.ravel() for part in np.meshgrid(np.arange(-3, 4), np.arange(squares.columns)))
    assert len(np.unique(squares.keys(row, column))) == len(row)


@pytest.mark.parametrize("step", [0.002, 0.05, 0.25, 1.0])
@given(POSITIONS)
def test_positions_of_one_square_are_less_than_a_step_apart(step, positions):
    lat, lon = columns(positions)
    key = Squares(step).keys_at(lat, lon)
    for square in set(key.tolist()):
        mine = key == square
        east = np.subtract.outer(lon[mine], lon[mine])
        assert np.ptp(lat[mine]) <= step * (1 + 1e-9)
        assert np.minimum(np.abs(east), 360.0 - np.abs(east)).max() <= step * (1 + 1e-9)


@pytest.mark.parametrize("lat", [-89.0, -60.0, 0.0, 45.0, 80.0])
def test_cells_are_about_as_wide_as_they_are_high_at_any_latitude(lat):
    cell_m = 500.0
    north = np.arange(0.0, 20.0, 0.01) * cell_m / METRES_PER_DEGREE
    east = north / np.cos(np.radians(lat))
    rows = np.unique(cells_of(lat + north, np.full(len(north), 10.0), cell_m) >> 32)
    assert len(rows) in (20, 21)
    on_one_row = cells_of(np.full(len(east), lat), 10.0 + east, cell_m)
    assert len(np.unique(on_one_row)) in (20, 21)
    same = np.flatnonzero(np.diff(on_one_row) == 0)
    gap_m = distance_m(np.full(len(same), lat), 10.0 + east[same], np.full(len(same), lat), 10.0 + east[same + 1])
    assert gap_m.max() < 0.02 * cell_m


def test_moved_cells_part_what_others_join():
    lat, lon = np.array([50.0, 50.0 + 100.0 / METRES_PER_DEGREE]), np.array([8.0, 8.0])
    together = {shift: len(set(cells_of(lat, lon, 1000.0, shift).tolist())) == 1 for shift in (0.0, 0.25, 0.5, 0.75)}
    assert sum(together.values()) >= 3
