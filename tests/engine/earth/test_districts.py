"""Districts: blocks of whole squares that hold the positions they are made of, all around the globe."""

from __future__ import annotations

import numpy as np
import pytest
from seeds import shifted
from sitelight.plugin.engine.earth import (
    BLOCK,
    distance_km,
    district_ids,
    district_middles,
    district_outlines,
    square_ids,
    square_middles,
)


def positions(number: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Return positions all over the globe, those on the equator, at 180 degrees and near the poles among them."""
    rng = np.random.default_rng(shifted(5))
    lat = np.concatenate((rng.uniform(-90, 90, number), np.zeros(50), [89.99, -89.99, 12.0, 12.0]))
    lon = np.concatenate((rng.uniform(-180, 180, number), np.linspace(-180, 180, 50), [10.0, -170.0, 180.0, -180.0]))
    return lat, lon


def test_squares_of_one_block_are_whole_and_no_square_lies_in_two():
    lat, lon = positions()
    square, block = square_ids(lat, lon).astype(str), district_ids(lat, lon, BLOCK).astype(str)
    in_square = district_ids(*square_middles(lat, lon), BLOCK).astype(str)
    assert (block == in_square).all()
    pairs = np.unique(np.stack((square, block), axis=1), axis=0)
    assert len(pairs) == len(np.unique(square))


def test_a_block_holds_about_four_by_four_squares():
    lat, lon = np.meshgrid(np.arange(10.0, 12.0, 0.01), np.arange(30.0, 32.0, 0.01))
    square, block = square_ids(lat.ravel(), lon.ravel()).astype(str), district_ids(lat.ravel(), lon.ravel(), BLOCK)
    pairs = np.unique(np.stack((square, block.astype(str)), axis=1), axis=0)
    _, held = np.unique(pairs[:, 1], return_counts=True)
    assert held.max() <= 20 and np.median(held) == 16


@pytest.mark.parametrize("squares", [1, BLOCK])
def test_the_outline_lies_around_the_squares_of_a_district(squares):
    lat, lon = positions()
    inside = np.abs(lat) < 80.0
    lat, lon = lat[inside], lon[inside]
    outline = district_outlines(lat, lon, squares)
    middle_lat, middle_lon = square_middles(lat, lon)
    east = (middle_lon - outline[:, 0, 0] + 180.0) % 360.0 - 180.0
    width = outline[:, 1, 0] - outline[:, 0, 0]
    # Rows of a block have not all as many squares around the globe: the middle of one may lie a little outside.
    assert (east > -0.3 * width).all() and (east < 1.3 * width).all()
    near = np.abs(lat) < 60.0
    assert (np.abs(east / width - 0.5) < 0.52)[near].all()
    assert ((middle_lat > outline[:, 0, 1]) & (middle_lat < outline[:, 2, 1])).all()


@pytest.mark.parametrize("squares", [1, BLOCK])
def test_the_middle_lies_within_the_district(squares):
    lat, lon = positions()
    middle_lat, middle_lon = district_middles(lat, lon, squares)
    away = distance_km(lat, lon, middle_lat, middle_lon)
    assert away[np.abs(lat) < 60.0].max() < 1.2 * squares * 5.56 * np.sqrt(0.5)
    assert (np.abs(middle_lon) <= 180.0).all()


def test_ids_tell_widths_apart():
    lat, lon = positions(100)
    assert not set(district_ids(lat, lon, 1)) & set(district_ids(lat, lon, BLOCK))
    assert not set(district_ids(lat, lon, 1)) & set(square_ids(lat, lon))
