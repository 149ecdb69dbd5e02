"""A square of 5 km, as a written study names places that are no sites, is a place that can be asked about."""

from __future__ import annotations

import numpy as np
import pytest
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.earth import Grid, square_ids
from sitelight.plugin.engine.visits import ChosenPlace, attribute_visits, find_place
from worlds.coarse_grid import middle_of, square_of
from worlds.engine_worlds import make_sites, make_stays, square_world

SITES = make_sites(("Inn", "hotel", 5.01, 5.01, 150.0))
GRID = Grid(5, 5, 1000.0)


def test_a_square_means_all_that_lies_in_it_at_no_site():
    places = [(5.01, 5.01), (5.012, 5.015), (4.98, 4.98), (5.03, 5.0), (5.0, 5.03), (-5.0, 5.0)]
    stays = make_stays(*((0, 10.0 * number, 10.0 * number + 5.0, *place) for number, place in enumerate(places)))
    visits = attribute_visits(stays, SITES, GRID, square_world())
    (square,) = square_ids(np.array([5.0]), np.array([5.0]))
    found = find_place(ChosenPlace(spot=square), visits, SITES, GRID)
    assert found.here.tolist() == [False, *(square_of(*place) == square_of(5.0, 5.0) for place in places[1:])]
    assert found.here.sum() == 2 and (found.lat, found.lon) == pytest.approx(middle_of(5.0, 5.0))
    with pytest.raises(StudyError, match="Nobody was ever seen at square:0_0"):
        find_place(ChosenPlace(spot="square:0_0"), visits, SITES, GRID)
