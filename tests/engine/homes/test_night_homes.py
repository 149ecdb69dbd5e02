from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds import shifted
from shapely.geometry import Point, box
from shapely.ops import unary_union
from sitelight.plugin.engine.earth import Grid
from sitelight.plugin.engine.homes.night_homes import find_homes, find_nights
from sitelight.plugin.engine.places import Sites, sites_at
from sitelight.plugin.engine.visits import Visits, attribute_visits
from worlds.engine_worlds import MONDAY, make_sites, make_stays, square_world

WORLD = square_world()
GRID = Grid(5, 3, 1000.0)
OLD_HOME, NEW_HOME, OFFICE = (5.0, 3.0), (5.3, 3.3), (5.1, 3.1)
SITES = make_sites(
    ("old home", "other", *OLD_HOME, 100.0),
    ("new home", "other", *NEW_HOME, 100.0),
    ("office", "other", *OFFICE, 100.0),
)


def nights_at(place: tuple[float, float], days: range, device: int = 0) -> list[tuple]:
    """Return nights from 21:00 of each day to 07:00 of the next, and the days at the office between them."""
    rows = []
    for day in days:
        rows.append((device, 24 * day + 9, 24 * day + 17, *OFFICE))
        rows.append((device, 24 * day + 21, 24 * day + 31, *place))
    return rows


def visits_of(rows) -> Visits:
    return attribute_visits(make_stays(*rows), SITES, GRID, WORLD)


def homes_of(rows, days: int, lookback: int = 30):
    return find_homes(find_nights(visits_of(rows), zone_hours=0.0), MONDAY, MONDAY + days, lookback)


def home_names(homes, days) -> list[str]:
    spot = homes.at(np.zeros(len(days), np.int32), MONDAY + np.asarray(days))
    return ["" if s < 0 else str(SITES.name[s]) for s in spot]


def test_night_hours_by_hand():
    nights = find_nights(visits_of([(0, 20, 31, *OLD_HOME), (0, 33, 41, *OFFICE)]), zone_hours=0.0)
    # 20:00 to 07:00 holds 22 to 06, eight hours, and belongs to the day of its morning.
    assert nights.hours.tolist() == pytest.approx([8.0])
    assert nights.day.tolist() == [MONDAY + 1]
    assert nights.spot.tolist() == [0]


def test_nights_of_a_long_stay_are_split_by_day():
    nights = find_nights(visits_of([(0, 12, 12 + 72, *OLD_HOME)]), zone_hours=0.0)
    assert nights.day.tolist() == [MONDAY + 1, MONDAY + 2, MONDAY + 3]
    assert nights.hours.tolist() == pytest.approx([8.0, 8.0, 8.0])


def test_nights_follow_local_time():
    # At 3 degrees east the sun is 12 minutes ahead; by UTC the stay 21:00 to 22:00 has no night hour.
    rows = [(0, 21, 22, *OLD_HOME)]
    assert len(find_nights(visits_of(rows), zone_hours=0.0).day) == 0
    assert find_nights(visits_of(rows)).hours.tolist() == pytest.approx([0.2], abs=1e-3)


def test_a_move_of_home_is_known_once_the_nights_speak_for_it():
    # Four weeks at the old home, four at the new. Steps start on Mondays; the look-back is two weeks.
    rows = nights_at(OLD_HOME, range(28)) + nights_at(NEW_HOME, range(28, 56))
    homes = homes_of(rows, 63, lookback=14)
    # On day 35 seven nights speak for either; a tie goes to the first spot. From day 42 the new home leads.
    assert home_names(homes, [0, 6]) == ["", ""]
    assert home_names(homes, [7, 20, 28, 34]) == ["old home"] * 4
    assert home_names(homes, [42, 48, 55, 62]) == ["new home"] * 4


def test_one_night_is_no_home_and_two_are():
    assert home_names(homes_of(nights_at(OLD_HOME, range(1)), 14), [7]) == [""]
    assert home_names(homes_of(nights_at(OLD_HOME, range(2)), 14), [7]) == ["old home"]


def test_days_at_the_office_are_no_home():
    rows = [(0, 24 * day + 9, 24 * day + 17, *OFFICE) for day in range(14)]
    assert home_names(homes_of(rows, 14), [7, 13]) == ["", ""]


def test_an_old_home_is_forgotten_after_the_lookback():
    homes = homes_of(nights_at(OLD_HOME, range(7)), 70, lookback=30)
    # The last night ends on day 7: the step of day 35 looks back to day 5, that of day 42 to day 12.
    assert home_names(homes, [35, 42]) == ["old home", ""]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([OLD_HOME, NEW_HOME])), min_size=3, max_size=40),
       st.integers(1, 38))
def test_later_nights_change_nothing_before(plan, cut):
    rows = sorted((device, 24 * day + 21, 24 * day + 31, *place) for day, (device, place) in enumerate(plan))
    known = [row for row in rows if row[1] < 24 * cut]
    if not known:
        return
    whole, part = homes_of(rows, 45), homes_of(known, 45)
    device = np.repeat(np.arange(3), cut + 1)
    day = MONDAY + np.tile(np.arange(cut + 1), 3)
    np.testing.assert_array_equal(whole.at(device, day), part.at(device, day))


def test_the_site_nearest_in_its_own_radius_wins():
    sites = make_sites(("small", "a", 5.0, 3.0, 100.0), ("large", "b", 5.0, 3.01, 2000.0))
    lon = np.array([3.0, 3.0011, 3.004, 3.04])
    # 0 m, 122 m (inside the small one's 30 m allowance), 443 m and 3.3 km east of the small site.
    assert sites_at(sites, np.full(4, 5.0), lon).tolist() == [0, 1, 1, -1]
    assert sites_at(sites, np.array([5.0 + 125 / 111_195]), np.array([2.999])).tolist() == [1]
    assert sites_at(Sites.empty(), np.array([5.0]), np.array([3.0])).tolist() == [-1]


def test_a_polygon_holds_what_lies_inside_it():
    bent = box(3.0, 5.0, 3.02, 5.02).difference(box(3.005, 5.005, 3.02, 5.02))
    sites = make_sites(("yard", "a", 5.01, 3.01, 1700.0))
    sites.polygon[0] = bent
    rng = np.random.default_rng(shifted(6))
    lat, lon = rng.uniform(4.99, 5.03, 500), rng.uniform(2.99, 3.03, 500)
    found = sites_at(sites, lat, lon) == 0
    away_m = np.array([bent.distance(Point(x, y)) * 111_195 for x, y in zip(lon, lat)])
    assert found[away_m == 0].all()
    assert not found[away_m > 32].any()


def test_what_holds_a_position_itself_goes_before_what_holds_it_with_the_allowance_only():
    """Two polygons of many scattered parts, as a layer dissolved by category has them, and a circle beside."""
    shops, offices = (
        unary_union([Point(3.0 + 0.01 * k + shift, 5.0).buffer(4e-5) for k in range(5)]) for shift in (0.0, 1.5e-4)
    )
    sites = make_sites(("shops", "a", 5.0, 3.02, 2300.0), ("offices", "b", 5.0, 3.035, 4500.0),
                       ("kiosk", "c", 5.0, 2.9998, 5.0))
    sites.polygon[0], sites.polygon[1] = shops, offices
    # All shops and offices lie 17 m apart, so each position is within the 30 m allowance of the other kind.
    shop_lon, office_lon = 3.0 + 0.01 * np.arange(5), 3.0 + 0.01 * np.arange(5) + 1.5e-4
    assert sites_at(sites, np.full(5, 5.0), shop_lon).tolist() == [0] * 5
    assert sites_at(sites, np.full(5, 5.0), office_lon).tolist() == [1] * 5
    assert sites_at(sites, np.array([5.0]), np.array([2.9998])).tolist() == [2]


def test_stays_outside_sites_get_their_cell_and_its_country():
    rows = [(0, 0, 1, *OFFICE), (0, 2, 3, 5.5, 12.0), (1, 2, 3, 5.5, 12.0), (1, 5, 6, 5.0, 30.0)]
    visits = visits_of(rows)
    assert visits.spots.kind[visits.spot].tolist() == ["site", "cell", "cell", "cell"]
    assert visits.spots.country[visits.spot].tolist() == ["AA", "BB", "BB", ""]
    assert visits.spot[1] == visits.spot[2]
    assert visits.country.tolist() == [0, 1, 1, -1]
    assert visits.spots.name[visits.spot[0]] == "office"
    assert len(set(visits.spots.spot_id)) == len(visits.spots) == 5
