"""Compare areas and select tracks: hand-made visits, overlaps, times, properties against plain loops, bad input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import Point, Polygon
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.places import Sites
from sitelight.plugin.engine.screening import NO_TIME
from sitelight.plugin.engine.tracks import areas as areas_module
from sitelight.plugin.engine.tracks.areas import NEAR, NEAR_AFTER, NEAR_BEFORE, AreaTimes, compare_areas
from sitelight.plugin.engine.tracks.selection import AFTER, BEFORE, BEFORE_AFTER, NONE, SIDES, select_tracks
from worlds.engine_worlds import HOUR_MS, METRES_PER_DEGREE, column, make_fixes, make_sites

GEOD = Geod(ellps="WGS84")
SITES = make_sites(("North", "market", 5.02, 3.0, 500.0), ("South", "port", 5.0, 3.0, 500.0),
                   ("Inner", "port", 5.0, 3.0, 100.0))  # fmt: skip
NORTH, SOUTH = 5.02, 5.0
AWAY = 5.5


def fixes_at(*rows: tuple[int, float, float]):
    """Return fixes of (device, hour, latitude) on one meridian."""
    device, hour, lat = zip(*rows)
    return make_fixes(device, np.array(hour) * HOUR_MS, lat, np.full(len(rows), 3.0))


VISITS = fixes_at(
    (0, 0, AWAY), (0, 1, NORTH), (0, 2, NORTH), (0, 3, AWAY), (0, 5, NORTH), (0, 6, SOUTH), (0, 9, AWAY),
    (1, 2, SOUTH + 300 / METRES_PER_DEGREE), (1, 4, AWAY),
    (2, 1, AWAY),
)  # fmt: skip


def rows_of(found) -> list[tuple]:
    names = [SITES.name[area] for area in found["area"]]
    hours = ((found[name] // HOUR_MS).tolist() for name in ("enter_ms", "exit_ms"))
    return list(zip(found["device"].tolist(), names, *hours, found["duration"].tolist(), found["n_fixes"].tolist(),
                    found["areas"].tolist()))  # fmt: skip


def test_first_and_last_fix_of_each_device_in_each_area():
    assert rows_of(compare_areas(VISITS, SITES)) == [
        (0, "North", 1, 5, 14400, 3, 3),
        (0, "South", 6, 6, 0, 1, 3), (1, "South", 2, 2, 0, 1, 1),
        (0, "Inner", 6, 6, 0, 1, 3),
    ]  # fmt: skip


def times(start_h: float, end_h: float, relationship: str = NEAR, hours: float = 0.0) -> AreaTimes:
    start, end = (np.full(len(SITES), round(hour * HOUR_MS), np.int64) for hour in (start_h, end_h))
    return AreaTimes(start, end, relationship, round(hours * HOUR_MS))


@pytest.mark.parametrize(
    "when, enters",
    [
        (times(2, 5), {(0, "North", 2, 5), (1, "South", 2, 2)}),
        (times(3, 3, NEAR, 1), {(0, "North", 2, 2), (1, "South", 2, 2)}),
        (times(3, 4, NEAR_BEFORE, 1), {(0, "North", 2, 2), (1, "South", 2, 2)}),
        (times(2, 5, NEAR_BEFORE, 1), {(0, "North", 1, 1)}),
        (times(2, 5, NEAR_AFTER, 1), {(0, "South", 6, 6), (0, "Inner", 6, 6)}),
    ],
)
def test_location_and_time(when, enters):
    assert {row[:4] for row in rows_of(compare_areas(VISITS, SITES, when))} == enters


def test_each_area_has_its_own_time():
    own = AreaTimes(*(np.array(hours) * HOUR_MS for hours in ([4, 0, 0], [5, 2, 2])))
    assert [row[:4] for row in rows_of(compare_areas(VISITS, SITES, own))] == [(0, "North", 5, 5), (1, "South", 2, 2)]


BAD_TIMES = [
    (times(5, 2), "area 1 of 3 ends before it starts"),
    (times(2, 5, NEAR_AFTER), "must be above 0"),
    (times(2, 5, "nearly", 1), "unknown"),
    (replace(times(2, 5), end_ms=np.array([HOUR_MS * 5, NO_TIME, HOUR_MS * 5])), "Area 2 of 3 has no time"),
    (times(30, 40), "none at the time"),
]


@pytest.mark.parametrize("when, words", BAD_TIMES)
def test_times_that_make_no_sense_get_a_sentence(when, words):
    with pytest.raises(StudyError, match=words):
        compare_areas(VISITS, SITES, when)


def test_areas_that_nobody_visited_get_a_sentence():
    nowhere = make_sites(("Nowhere", "port", -5.0, 3.0, 500.0))
    with pytest.raises(StudyError, match="No device was seen in the area Nowhere. Choose"):
        compare_areas(VISITS, nowhere)
    with pytest.raises(StudyError, match="any of the 2 areas"):
        select_tracks(VISITS, make_sites(("A", "port", -5.0, 3.0, 9.0), ("B", "port", -6.0, 3.0, 9.0)))
    with pytest.raises(StudyError, match="Give SITES"):
        compare_areas(VISITS, Sites.empty())


@pytest.mark.parametrize(
    "relationship, hours, expected",
    [
        (NONE, 1.0, [0, 1, 2, 3, 4, 5, 6]),
        (BEFORE, 1.0, [0]),
        (AFTER, 24.0, [5, 6]),
        (AFTER, 3.0, [5]),
        (BEFORE_AFTER, 4.0, [0, 5, 6]),
    ],
)
def test_tracks_are_selected_by_the_time_beside_the_area(relationship, hours, expected):
    """North is left for good at 5 h; South, an hour later, counts as after it."""
    found = select_tracks(VISITS, SITES.take(np.array([0])), relationship, hours)
    assert found.rows.tolist() == expected
    all_hours = {0: -1.0, 1: 0.0, 2: 0.0, 3: 0.0, 4: 0.0, 5: 1.0, 6: 4.0}
    assert found.hours.tolist() == [all_hours[row] for row in expected]
    assert [SIDES[side] for side in found.side] == [
        "before" if all_hours[row] < 0 else "after" if all_hours[row] > 0 else "during" for row in expected
    ]


def test_a_window_says_which_time_in_the_area_counts():
    north = SITES.take(np.array([0]))
    found = select_tracks(VISITS, north, BEFORE, 3.0, (4 * HOUR_MS, 8 * HOUR_MS))
    assert found.rows.tolist() == [2, 3]
    with pytest.raises(StudyError, match="none in this window"):
        select_tracks(VISITS, north, BEFORE, 3.0, (20 * HOUR_MS, 30 * HOUR_MS))
    with pytest.raises(StudyError, match="within 0.1 hours after"):
        select_tracks(VISITS, north, AFTER, 0.1)
    with pytest.raises(StudyError, match="unknown"):
        select_tracks(VISITS, north, "beside")


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6))
def test_areas_agree_with_a_plain_loop_over_shapes(seed):
    rng = np.random.default_rng(seed)
    shapes = []
    for _ in range(int(rng.integers(1, 6))):
        centre = rng.uniform(-0.05, 0.05, 2) + (3.0, 5.0)
        angle = np.sort(rng.uniform(0, 2 * np.pi, 7))
        reach = rng.choice([0.003, 0.02, 0.06])
        shapes.append(Polygon(np.stack((centre[0] + reach * np.cos(angle), centre[1] + reach * np.sin(angle)), axis=1)))
    sites = make_sites(*((f"s{n}", "port", s.centroid.y, s.centroid.x, 1.0) for n, s in enumerate(shapes)))
    geod_m = [max(GEOD.inv(s.centroid.x, s.centroid.y, x, y)[2] for x, y in s.exterior.coords) for s in shapes]
    sites = replace(sites, radius_m=np.array(geod_m), polygon=column(shapes))
    count = 300
    device = np.sort(rng.integers(0, 9, count))
    time_ms = rng.integers(0, 10**8, count)
    order = np.lexsort((time_ms, device))
    lat, lon = rng.uniform(4.9, 5.1, count), rng.uniform(2.9, 3.1, count)
    fixes = make_fixes(device[order], time_ms[order], lat, lon)
    expected = {}
    for row in range(count):
        for number, shape in enumerate(shapes):
            if shape.contains(Point(fixes.lon[row], fixes.lat[row])):
                expected.setdefault((number, int(fixes.device[row])), []).append(int(fixes.time_ms[row]))
    if not expected:
        return
    whole = areas_module.BLOCK_FIXES
    try:
        areas_module.BLOCK_FIXES = int(rng.integers(20, 400))
        found = compare_areas(fixes, sites)
    finally:
        areas_module.BLOCK_FIXES = whole
    got = {(area, device): (enter, leave, n) for area, device, enter, leave, n in
           found[["area", "device", "enter_ms", "exit_ms", "n_fixes"]].to_numpy().tolist()}  # fmt: skip
    assert got == {key: (min(seen), max(seen), len(seen)) for key, seen in expected.items()}
    for who, count_of_areas in found[["device", "areas"]].to_numpy().tolist():
        assert count_of_areas == sum(key[1] == who for key in expected)
    picked = select_tracks(fixes, sites)
    assert set(fixes.device[picked.rows].tolist()) == {key[1] for key in expected}
