"""Who lives beside a site is not at it, and whoever lives in it, works there or comes by is."""

from __future__ import annotations

import numpy as np
import pytest
from seeds import at_most, shifted
from shapely.geometry import Point
from sitelight.plugin.engine.earth import Grid
from sitelight.plugin.engine.homes import halted_sites
from sitelight.plugin.engine.places import Sites
from sitelight.plugin.engine.visits import attribute_visits
from worlds.engine_worlds import make_sites, make_stays, square_world

DEGREE_M, RADIUS_M, ERROR_M = 111_195.0, 150.0, 10.0
SITE = (5.0, 5.0)
CIRCLE = make_sites(("Barracks", "military", *SITE, RADIUS_M))
DEVICES = 60


def drawn(sites: Sites) -> Sites:
    """Return the sites as polygons with 64 corners a quarter."""
    polygons = np.empty(len(sites), object)
    polygons[:] = [Point(lon, lat).buffer(radius / DEGREE_M, 64)
                   for lat, lon, radius in zip(sites.lat, sites.lon, sites.radius_m)]  # fmt: skip
    return Sites(**{**vars(sites), "polygon": polygons})


def homes_at(away_m: np.ndarray, rng: np.random.Generator, hours: tuple[float, float] = (20.0, 30.0), days: int = 12):
    """Return stays of a device each at so many meters from the middle of the site, every day at these hours (UTC)."""
    turn = rng.uniform(0.0, 2.0 * np.pi, len(away_m))
    rows = []
    for device, (metres, angle) in enumerate(zip(away_m.tolist(), turn.tolist())):
        for day in range(days):
            north, east = metres * np.array([np.cos(angle), np.sin(angle)]) + rng.normal(0.0, ERROR_M, 2)
            at = SITE[0] + north / DEGREE_M, SITE[1] + east / DEGREE_M / np.cos(np.radians(SITE[0]))
            rows.append((device, 24.0 * day + hours[0], 24.0 * day + hours[1], *at))
    return make_stays(*rows)


@pytest.mark.parametrize("sites", [CIRCLE, drawn(CIRCLE)], ids=["circle", "polygon"])
def test_of_homes_outside_a_site_hardly_any_is_told_to_be_in_it(sites):
    """Up to the error that the middle of twelve nights has: a few metres."""
    rng = np.random.default_rng(shifted(5_101))
    stays = homes_at(RADIUS_M + rng.uniform(1.0, 300.0, DEVICES), rng)
    told = np.unique(stays.device[halted_sites(stays, sites) == 0])
    assert at_most(len(told), DEVICES, 0.02)
    visits = attribute_visits(stays, sites, Grid(5, 5, 1000.0), square_world())
    assert np.unique(stays.device[visits.spots.kind[visits.spot] == "site"]).tolist() == told.tolist()


def test_homes_inside_a_site_are_in_it():
    rng = np.random.default_rng(shifted(5_102))
    stays = homes_at(rng.uniform(0.0, RADIUS_M - 10.0, DEVICES), rng)
    site = halted_sites(stays, CIRCLE)
    assert (site == 0).mean() > 0.99


def test_a_visit_by_day_has_the_allowance_for_its_error():
    rng = np.random.default_rng(shifted(5_103))
    stays = homes_at(np.full(DEVICES, RADIUS_M + 5.0), rng, hours=(9.0, 17.0))
    assert (halted_sites(stays, CIRCLE) == 0).mean() > 0.95


def test_one_night_of_few_hours_has_it_too():
    rng = np.random.default_rng(shifted(5_104))
    stays = homes_at(np.full(DEVICES, RADIUS_M + 5.0), rng, hours=(22.0, 28.0), days=1)
    assert (halted_sites(stays, CIRCLE) == 0).mean() > 0.95


def test_days_in_the_site_stay_there_though_the_home_is_beside_it():
    rng = np.random.default_rng(shifted(5_105))
    home, work = homes_at(np.full(1, RADIUS_M + 20.0), rng), homes_at(np.zeros(1), rng, hours=(9.0, 17.0))
    rows = [(0, (s.start_ms[i] - home.start_ms[0]) / 3.6e6 + 20.0, (s.end_ms[i] - home.start_ms[0]) / 3.6e6 + 20.0,
             s.lat[i], s.lon[i]) for s in (home, work) for i in range(len(s))]  # fmt: skip
    stays = make_stays(*sorted(rows))
    site, by_day = halted_sites(stays, CIRCLE), (stays.end_ms - stays.start_ms) < 9 * 3_600_000
    assert (site[by_day] == 0).all() and (site[~by_day] == -1).all()


def test_a_device_is_told_the_same_beside_whichever_others():
    rng = np.random.default_rng(shifted(5_106))
    stays = homes_at(RADIUS_M + rng.uniform(-30.0, 60.0, DEVICES), rng)
    together = halted_sites(stays, CIRCLE)
    for device in range(DEVICES):
        mine = stays.device == device
        assert halted_sites(stays.take(mine), CIRCLE).tolist() == together[mine].tolist()
