from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from seeds import at_least, shifted
from shapely.geometry import Point, Polygon
from sitelight.plugin.engine.base import Cancelled, Progress
from sitelight.plugin.engine.earth.hexagons import Grid, grid_around

WGS84 = Geod(ellps="WGS84")
NIAMEY = Grid(13, 2, 1000.0)


def areas_km2(grid: Grid, cells: np.ndarray) -> np.ndarray:
    """Areas on the ellipsoid, with edges cut into short pieces because they are straight in the projection only."""
    corners = grid.corners(cells)
    return np.array([abs(WGS84.polygon_area_perimeter(ring[:, 0], ring[:, 1])[0]) / 1e6 for ring in corners])


@pytest.mark.parametrize("size_m", [250.0, 1000.0, 5000.0])
def test_every_point_lies_in_its_cell(size_m):
    rng = np.random.default_rng(shifted(17))
    grid = Grid(13, 2, size_m)
    lat, lon = 13 + rng.normal(0, 3, 300), 2 + rng.normal(0, 3, 300)
    cells = grid.cells_at(lat, lon)
    for ring, x, y in zip(grid.corners(cells), lon, lat):
        # A hair's breadth is allowed: edges are straight in the projection, not in degrees.
        assert Polygon(ring).distance(Point(x, y)) * 111_000 < size_m * 1e-3


def test_every_point_is_nearest_to_the_centre_of_its_cell():
    rng = np.random.default_rng(shifted(18))
    lat, lon = 13 + rng.uniform(-0.02, 0.02, 400), 2 + rng.uniform(-0.02, 0.02, 400)
    cells = NIAMEY.cells_at(lat, lon)
    centre_lat, centre_lon = NIAMEY.centres(np.unique(cells))
    _, _, metres = WGS84.inv(
        *(np.repeat(v, len(centre_lat)) for v in (lon, lat)), np.tile(centre_lon, 400), np.tile(centre_lat, 400)
    )
    nearest = np.unique(cells)[np.asarray(metres).reshape(400, -1).argmin(axis=1)]
    assert at_least(int((nearest == cells).sum()), len(cells), 0.995)  # ties on edges may fall either way


def test_cells_have_the_same_area_near_and_sixty_degrees_away():
    lat, lon = np.array([13.0, 13.4, -20.0, 60.0, 13.0]), np.array([2.0, 2.3, 30.0, 40.0, 62.0])
    area = areas_km2(NIAMEY, NIAMEY.cells_at(lat, lon))
    # A hexagon of width w has the area w^2 sqrt(3) / 2.
    np.testing.assert_allclose(area, np.sqrt(3.0) / 2.0, rtol=0.005)


def test_neighbours_are_one_cell_size_apart_near_the_centre():
    size = 1000.0
    centre = NIAMEY.cells_at(np.array([13.0]), np.array([2.0]))
    lat, lon = NIAMEY.centres(centre)
    away = np.arange(0, 360, 60) + 90.0
    ring_lon, ring_lat, _ = WGS84.fwd(np.repeat(lon, 6), np.repeat(lat, 6), away, np.full(6, size))
    around = NIAMEY.cells_at(np.asarray(ring_lat), np.asarray(ring_lon))
    assert len(set(around.tolist()) | set(centre.tolist())) == 7
    next_lat, next_lon = NIAMEY.centres(around)
    _, _, metres = WGS84.inv(np.repeat(lon, 6), np.repeat(lat, 6), next_lon, next_lat)
    np.testing.assert_allclose(metres, size, rtol=1e-3)


@settings(deadline=None, max_examples=60)
@given(st.floats(-60, 75), st.floats(-100, 100))
def test_centres_lead_back_to_their_cells_west_and_south_too(lat, lon):
    cells = NIAMEY.cells_at(np.array([lat]), np.array([lon]))
    assert NIAMEY.cells_at(*NIAMEY.centres(cells)).tolist() == cells.tolist()
    assert (cells >= 0).all()


def test_ids_are_unique_and_stay_the_same():
    rng = np.random.default_rng(shifted(19))
    cells = np.unique(NIAMEY.cells_at(13 + rng.normal(0, 5, 3000), 2 + rng.normal(0, 5, 3000)))
    assert len(set(NIAMEY.ids(cells))) == len(cells)
    # The cell at the grid's centre has the axial coordinates 0, 0, its neighbour to the east 1, 0.
    east_lon, east_lat, _ = WGS84.fwd(2.0, 13.0, 90.0, 1000.0)
    middle = NIAMEY.cells_at(np.array([13.0, east_lat]), np.array([2.0, east_lon]))
    assert NIAMEY.ids(middle).tolist() == ["13N2E-1000m:0_0", "13N2E-1000m:1_0"]
    assert Grid(-13, -2, 500.0).ids(middle[:1]).tolist() == ["13S2W-500m:0_0"]


def test_the_grid_does_not_depend_on_single_fixes():
    one = grid_around(np.array([13.2, 13.4, 13.3]), np.array([2.1, 2.2, 2.3]), 1000)
    two = grid_around(np.array([13.2, 13.4, 13.3, 55.0]), np.array([2.1, 2.2, 2.3, 37.0]), 1000)
    assert one == two == NIAMEY


def test_outlines_are_closed_and_run_against_the_clock():
    ring = NIAMEY.corners(NIAMEY.cells_at(np.array([13.5]), np.array([2.1])))[0]
    assert ring.shape == (7, 2)
    np.testing.assert_array_equal(ring[0], ring[-1])
    assert Polygon(ring).exterior.is_ccw


def test_progress_of_parts_maps_into_the_whole():
    heard = []
    progress = Progress(lambda stage, fraction: heard.append((stage, fraction)))
    half = progress.part(0.5, 1.0)
    half.step("Reading", 0.5)
    half.part(0.5, 1.0).step("Counting", 0.0)
    half.step("Beyond", 7.0)
    assert heard == [("Reading", 0.75), ("Counting", 0.75), ("Beyond", 1.0)]


def test_cancelling_stops_at_the_next_step_and_reports_nothing_more():
    heard = []
    progress = Progress(lambda stage, fraction: heard.append(stage), lambda: len(heard) >= 2)
    progress.step("one", 0.1)
    progress.part(0.2, 0.3).step("two", 0.5)
    with pytest.raises(Cancelled, match="cancelled"):
        progress.step("three", 0.9)
    assert heard == ["one", "two"]
