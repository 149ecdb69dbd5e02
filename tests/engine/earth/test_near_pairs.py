"""The space-time index against the comparison of all pairs, peaks of density, and hulls."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds import shifted
from shapely.geometry import Point, Polygon
from sitelight.plugin.engine.earth import find_peaks
from sitelight.plugin.engine.earth.distances import distance_m, plane_distance_m
from sitelight.plugin.engine.earth.hulls import hulls
from sitelight.plugin.engine.earth.near_pairs import Buckets, Spans, near_pairs

NO_CROWD = 10**6


def scatter(seed: int, count: int, lat: float, lon: float, reach: float, devices: int, longest_ms: int) -> Spans:
    rng = np.random.default_rng(shifted(seed))
    begin = rng.integers(0, 7_200_000, count)
    return Spans(
        rng.integers(0, devices, count).astype(np.int32), begin, begin + rng.integers(0, longest_ms + 1, count),
        lat + rng.uniform(-reach, reach, count), (lon + rng.uniform(-reach, reach, count) + 180.0) % 360.0 - 180.0,
    )  # fmt: skip


def all_pairs(spans: Spans, buckets: Buckets) -> set[tuple[int, int]]:
    """Compare every row with every other one."""
    a, b = np.triu_indices(len(spans), 1)
    apart = np.maximum(spans.begin_ms[a], spans.begin_ms[b]) - np.minimum(spans.end_ms[a], spans.end_ms[b])
    away_m = plane_distance_m(spans.lat[a], spans.lon[a], spans.lat[b], spans.lon[b])
    near = (spans.mover[a] != spans.mover[b]) & (apart <= buckets.apart_ms) & (away_m <= buckets.distance_m)
    return set(zip(a[near].tolist(), b[near].tolist()))


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 10**6), st.sampled_from([(13.0, 2.0), (-41.0, 179.9995), (64.0, -180.0), (0.0, 0.0), (78.0, 15.0)]),
    st.sampled_from([(30.0, 10_000, 4.0), (100.0, 0, 2.0), (300.0, 1_800_000, 2.0)]), st.integers(0, 3_000_000),
)  # fmt: skip
def test_the_index_finds_what_comparing_all_finds_each_once(seed, place, tolerance, longest_ms):
    distance, apart_ms, width = tolerance
    spans = scatter(seed, 250, *place, reach=0.004, devices=40, longest_ms=longest_ms)
    buckets = Buckets(distance, apart_ms, width * distance, max(4 * apart_ms, 900_000), NO_CROWD)
    found = near_pairs(spans, buckets)
    pairs = [tuple(sorted(pair)) for pair in zip(found.first.tolist(), found.second.tolist())]
    assert len(set(pairs)) == len(pairs)
    assert set(pairs) == all_pairs(spans, buckets)
    assert found.crowded == 0


def test_nothing_and_one_row_have_no_pairs():
    one = scatter(1, 1, 13.0, 2.0, 0.001, 1, 0)
    none = Spans(*(values[:0] for values in vars(one).values()))
    for spans in (one, none):
        assert len(near_pairs(spans, Buckets(100.0, 1000, 200.0, 60_000, 10))) == 0


def test_crowds_are_counted_and_left_out_or_linked():
    """Sixty devices at one point for one moment, and a pair far away."""
    count = 60
    device = np.arange(count + 2, dtype=np.int32)
    lat = np.append(np.full(count, 13.0001), [14.0001, 14.0001])
    moment = np.full(count + 2, 5_000)
    spans = Spans(device, moment, moment, lat, np.full(count + 2, 2.0003))
    buckets = Buckets(100.0, 1000, 400.0, 60_000, 50)
    found = near_pairs(spans, buckets)
    assert {tuple(sorted(pair)) for pair in zip(found.first, found.second)} == {(count, count + 1)}
    assert found.crowded >= 1 and found.crowded_rows == count
    linked = near_pairs(spans, dataclasses.replace(buckets, links=3))
    assert len(linked) == 1 + 3 * (count - 3) + 3  # each with the next three; the last three have fewer
    assert len(near_pairs(spans, dataclasses.replace(buckets, crowd=60))) == 1 + count * (count - 1) // 2


def test_plane_distances_are_those_of_the_sphere_between_near_points():
    rng = np.random.default_rng(shifted(8))
    lat, lon = rng.uniform(-75, 75, 500), rng.uniform(-180, 180, 500)
    near_lat, near_lon = lat + rng.uniform(-0.03, 0.03, 500), (lon + rng.uniform(-0.03, 0.03, 500) + 180) % 360 - 180
    there = distance_m(lat, lon, near_lat, near_lon)
    np.testing.assert_allclose(plane_distance_m(lat, lon, near_lat, near_lon), there, rtol=2e-3)


def test_peaks_keep_two_places_apart_and_one_together():
    rng = np.random.default_rng(shifted(21))
    lat = np.concatenate((rng.normal(13.0, 0.0001, 80), rng.normal(13.006, 0.0001, 50)))
    lon = 2.0 + rng.normal(0.0, 0.0001, 130)
    weight = rng.uniform(1.0, 2.0, 130)
    place = find_peaks(np.zeros(130, int), lat, lon, weight, 100.0)
    assert len(set(place[:80])) == 1 and len(set(place[80:])) == 1 and place[0] != place[-1]
    order = rng.permutation(130)
    again = find_peaks(np.zeros(130, int), lat[order], lon[order], weight[order], 100.0)
    assert len({(a, b) for a, b in zip(place[order], again)}) == 2
    owners = find_peaks(np.arange(130) % 2, lat, lon, weight, 100.0)
    assert len(set(owners)) == 4


def test_no_points_have_no_peaks():
    nothing = np.empty(0)
    assert len(find_peaks(nothing.astype(int), nothing, nothing, nothing, 100.0)) == 0


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([13.0, -60.0]), st.sampled_from([2.0, 179.9999]))
def test_hulls_hold_their_circles_closely(seed, lat, lon):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 12))
    group = np.sort(np.append(np.zeros(count, int), np.ones(count, int)))
    at_lat, at_lon = lat + rng.uniform(0, 0.002, 2 * count), lon + rng.uniform(0, 0.002, 2 * count)
    outline = hulls(group, at_lat, at_lon, np.full(2 * count, 20.0))
    assert outline.shape == (2, 17, 2)
    for number in (0, 1):
        polygon = Polygon(outline[number])
        assert polygon.is_valid
        for y, x in zip(at_lat[group == number], at_lon[group == number]):
            assert polygon.contains(Point(x, y))
    single = Polygon(hulls(np.array([0]), at_lat[:1], at_lon[:1], np.array([100.0]))[0])
    corners = np.array(single.exterior.coords)
    away_m = plane_distance_m(corners[:, 1], corners[:, 0], at_lat[:1], at_lon[:1])
    # A regular polygon of 16 sides around a circle of 100 m has its corners at 100 / cos(11.25 degrees).
    np.testing.assert_allclose(away_m, 100.0 / np.cos(np.pi / 16), rtol=1e-3)
