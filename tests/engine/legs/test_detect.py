"""Legs: hand-made journeys with known mode and borders, generated worlds with truth, and real flights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from seeds import at_least, shifted
from sitelight.plugin.engine.earth import distances
from sitelight.plugin.engine.legs import detect, flights
from sitelight.plugin.engine.legs.detect import Legs, detect_legs
from sitelight.plugin.engine.legs.modes import MODES
from sitelight.plugin.engine.places import countries, country_codes, find_world
from sitelight.plugin.engine.stays import Stays
from worlds.countries_world import AIRPORTS, read_places, world_of_qgis
from worlds.leg_halts import HOUR_MS, halts, one_leg

SEED = shifted(20230829)  # not the one that the weights were looked at with
GEOD = Geod(ellps="WGS84")
MOSCOW, LOME, NIAMEY, BAMAKO = (55.75, 37.62), (6.137, 1.212), (13.514, 2.110), (12.65, -8.00)
SVO, LFW = (55.9726, 37.4146), (6.1656, 1.2545)


def test_flight_seen_between_two_airports():
    leg = one_leg(
        (0, 0, 5, MOSCOW, True), (0, 7, 8, SVO, False), (0, 18, 18.5, LFW, False), (0, 20, 30, LOME, True),
    )
    assert (leg["mode"], bool(leg["inferred"]), leg["borders"]) == ("air", False, "RU>TG")
    assert leg["confidence"] > 0.9
    assert (leg["departed_after_ms"], leg["arrived_before_ms"]) == (5 * HOUR_MS, 20 * HOUR_MS)
    expected_km = GEOD.inv(*MOSCOW[::-1], *LOME[::-1])[2] / 1000
    assert leg["distance_km"] == pytest.approx(expected_km, rel=0.02)
    assert leg["max_speed_kmh"] == pytest.approx(GEOD.inv(*SVO[::-1], *LFW[::-1])[2] / 1000 / 10, rel=0.01)


def test_a_length_does_not_depend_on_the_devices_before():
    """Sums over all devices would leave 1e-12 of what stands before in a leg of some metres: its last digits."""
    rng = np.random.default_rng(SEED)
    far = [(0, 2 * n, 2 * n + 1, (50.0 * (n % 2), 170.0 * (n % 2)), True) for n in range(400)]
    near = [(1, n, n + 0.5, (13.5 + 1e-4 * rng.random(), 2.1 + 1e-4 * rng.random()), True) for n in range(200)]
    alone, behind = (detect_legs(halts(*rows), world_of_qgis()) for rows in (near, [*far, *near]))
    assert len(alone) == 199 and len(behind) == 399 + 199
    assert behind.distance_km[399:].tolist() == alone.distance_km.tolist()


def test_flight_not_seen_is_inferred():
    leg = one_leg((0, 0, 5, MOSCOW, True), (0, 53, 60, LOME, True))  # two days of silence
    assert (leg["mode"], bool(leg["inferred"]), leg["borders"]) == ("air", True, "RU>TG")


def test_short_flight_between_airports_with_time_enough_to_drive():
    # Bamako to Mopti is 460 km: a drive of nine hours. Fixes on both aprons seven hours apart speak for the flight.
    bko, mzi = (12.5335, -7.9499), (14.5128, -4.0796)
    assert one_leg((0, 0, 5, bko, True), (0, 12, 20, mzi, True))["mode"] == "air"
    assert one_leg((0, 0, 5, (12.70, -7.90), True), (0, 15, 20, (14.35, -3.95), True))["mode"] == "road"


def test_road_over_three_countries_with_halts_on_the_way():
    leg = one_leg(
        (0, 0, 5, LOME, True), (0, 8, 8.1, (6.9, 1.2), False), (0, 14, 14.1, (9.34, 2.63), False),
        (0, 18, 18.1, (11.13, 2.94), False), (0, 24, 40, NIAMEY, True),
    )
    assert (leg["mode"], bool(leg["inferred"]), leg["borders"]) == ("road", False, "TG>BJ>NE")


def test_unseen_road_between_countries_that_do_not_touch():
    leg = one_leg((0, 0, 5, (5.60, -0.20), True), (0, 20, 30, (6.40, 2.35), True))  # Accra to Cotonou, by bus
    passed = leg["borders"].split(">")
    assert (leg["mode"], passed[0], passed[-1]) == ("road", "GH", "BJ")
    world = world_of_qgis()
    touching = countries.adjacency(world, country_codes.index_of(world, passed))
    assert touching[np.arange(len(passed) - 1), np.arange(1, len(passed))].all()


def test_a_halt_just_over_the_border_is_no_crossing():
    gaya, malanville = (11.90, 3.47), (11.86, 3.385)
    leg = one_leg(
        (0, 0, 5, NIAMEY, True), (0, 9, 9.1, gaya, False), (0, 9.5, 9.6, malanville, False),
        (0, 10, 10.1, gaya, False), (0, 12, 13, (13.05, 3.19), True),
    )
    assert (leg["mode"], leg["borders"]) == ("road", "")


@pytest.mark.parametrize(
    ("rows", "mode"),
    [
        (((0, 0, 5, (13.514, 2.11), True), (0, 5.3, 8, (13.522, 2.11), True)), "foot"),  # 0.9 km in 18 minutes
        (((0, 0, 5, (13.514, 2.11), True), (0, 5.05, 8, (13.522, 2.11), True)), "road"),  # the same in 3 minutes
        (((0, 0, 5, (13.514, 2.11), True), (0, 6, 8, (13.60, 2.11), True)), "road"),  # 9.6 km
        (((0, 0, 5, (30.0, -40.0), True), (0, 25, 26, (31.0, -39.0), True)), "water"),  # mid-Atlantic, 7 km/h
        (((0, 0, 5, (43.25, 5.30), True), (0, 20, 30, (36.85, 3.05), True)), "air"),  # Marseille-Algiers in 15 h
        (((0, 0, 5, (48.85, 2.35), True), (0, 5.5, 8, (40.7, -3.7), True)), "unknown"),  # Paris-Spain in half an hour
    ],
)
def test_modes_by_hand(rows, mode):
    assert one_leg(*rows)["mode"] == mode


def test_dense_fixes_of_a_flight_count_together():
    lonlat = GEOD.npts(*BAMAKO[::-1], *NIAMEY[::-1], 78)  # one fix a minute at 830 km/h: 14 km each
    way = [(0, 6 + i / 60, 6 + i / 60, (lat, lon), False) for i, (lon, lat) in enumerate(lonlat)]
    leg = one_leg((0, 0, 5, BAMAKO, True), *way, (0, 8, 20, NIAMEY, True))
    assert (leg["mode"], bool(leg["inferred"]), leg["borders"]) == ("air", False, "ML>NE")


@pytest.mark.parametrize(("fast_steps", "mode"), [(1, "road"), (2, "road"), (3, "air")])
def test_three_steps_in_a_row_faster_than_the_ground_are_a_flight(fast_steps, mode):
    """At 80 km/h from Niamey to the east, with so many steps of 30 km in six minutes (300 km/h) on the way."""
    km = np.cumsum([0.0, 40.0, 40.0, *[30.0] * fast_steps, 40.0, 40.0])
    hour = 5.0 + np.cumsum([0.0, 0.5, 0.5, *[0.1] * fast_steps, 0.5, 0.5])
    where = [GEOD.fwd(NIAMEY[1], NIAMEY[0], 80.0, 1000.0 * one)[1::-1] for one in km]
    way = [(0, h, h, place, False) for h, place in zip(hour[1:-1], where[1:-1])]
    leg = one_leg((0, 0, 5, where[0], True), *way, (0, hour[-1], 20, where[-1], True))
    assert (leg["mode"], bool(leg["inferred"])) == (mode, False)


@pytest.mark.parametrize(("step_km", "mode"), [(36, "road"), (40, "air")])
def test_two_steps_in_a_row_must_come_half_as_far_as_one(step_km, mode):
    """At 300 km/h from Niamey to the east: twice 36 km are less than half of 150 km, twice 40 km are more."""
    km = np.cumsum([0.0, 40.0, step_km, step_km, 40.0])
    hour = 5.0 + np.cumsum([0.0, 0.5, step_km / 300, step_km / 300, 0.5])
    where = [GEOD.fwd(NIAMEY[1], NIAMEY[0], 80.0, 1000.0 * one)[1::-1] for one in km]
    way = [(0, h, h, place, False) for h, place in zip(hour[1:-1], where[1:-1])]
    assert one_leg((0, 0, 5, where[0], True), *way, (0, hour[-1], 20, where[-1], True))["mode"] == mode


@pytest.mark.parametrize(
    ("aside_km", "kmh", "mode"),
    [
        (0, 210, "air"), (2.5, 210, "air"), (4, 210, "road"), (4, 260, "air"), (7, 260, "road"),  # 7: off the airports
        (0, 190, "road"),  # a car, for all one knows
    ],
)  # fmt: skip
def test_from_airport_to_airport_one_fast_step_is_enough(aside_km, kmh, mode):
    """From Bamako to Mopti in nine hours, 60 km of it in the middle at a turboprop's speed in the climb."""
    bko, mzi = (12.5335, -7.9499), (14.5128, -4.0796)
    azimuth, _, metres = GEOD.inv(*bko[::-1], *mzi[::-1])
    ends = [GEOD.fwd(place[1], place[0], azimuth + 90.0, 1000.0 * aside_km)[1::-1] for place in (bko, mzi)]
    inner = [GEOD.fwd(bko[1], bko[0], azimuth, metres / 2 + 1000.0 * km)[1::-1] for km in (-30, 30)]
    begin = 9.5 - 30 / kmh
    way = [(0, hour, hour, place, False) for hour, place in zip((begin, begin + 60 / kmh), inner)]
    leg = one_leg((0, 0, 5, ends[0], True), *way, (0, 14, 20, ends[1], True))
    assert (leg["mode"], bool(leg["inferred"])) == (mode, False)


@pytest.mark.parametrize(
    ("end", "hours", "mode"),
    [
        ((41.92, 8.73), 60, "water"), ((41.92, 8.73), 9, "water"), ((41.92, 8.73), 3, "air"),  # Ajaccio, 320 km
        ((35.89, 14.51), 60, "air"),  # Malta, 1,130 km
    ],
)
def test_silence_over_the_sea_is_a_ferry_where_one_would_do(end, hours, mode):
    assert one_leg((0, 0, 5, (43.25, 5.30), True), (0, 5 + hours, 90, end, True))["mode"] == mode  # from Marseille


def test_flight_across_the_antimeridian():
    leg = one_leg((0, 0, 5, (-17.755, 177.443), True), (0, 7, 20, (-13.83, -172.008), True))  # Nadi to Apia
    assert (leg["mode"], leg["borders"]) == ("air", "FJ>WS")
    assert leg["distance_km"] == pytest.approx(1200, rel=0.02)  # as airline timetables give it


def test_a_wrong_record_far_out_is_no_return_flight():
    home, work, wrong = (13.514, 2.11), (13.55, 2.15), (17.0, 5.0)  # 490 km away
    rows = [(0, 0, 5, home, True), (0, 7, 7, wrong, False), (0, 9, 15, work, True)]
    stays = halts(*rows)
    stays.n_fixes[1] = 1
    found = detect_legs(stays, world_of_qgis())
    assert (MODES[found.mode[0]], found.from_stay[0], found.to_stay[0]) == ("road", 0, 2)
    assert found.distance_km[0] < 10.0
    stays.n_fixes[1] = 12  # seen there many times: it went
    assert MODES[detect_legs(stays, world_of_qgis()).mode[0]] == "air"


def test_a_lone_record_less_than_50_km_away_is_a_drive():
    home, there, work = (13.514, 2.11), (13.78, 2.11), (13.53, 2.11)  # 30 km there, 28 km back, a quarter hour each
    stays = halts((0, 0, 5, home, True), (0, 5.25, 5.25, there, False), (0, 5.5, 15, work, True))
    stays.n_fixes[1] = 1
    found = detect_legs(stays, world_of_qgis())
    assert MODES[found.mode[0]] == "road"
    assert found.distance_km[0] == pytest.approx(29.6 + 27.8, abs=0.5)


def test_devices_are_not_joined_and_lone_stays_make_no_leg():
    assert len(detect_legs(halts((0, 0, 5, MOSCOW, True), (1, 6, 9, LOME, True)), world_of_qgis())) == 0
    assert len(detect_legs(halts((0, 0, 5, MOSCOW, True), (0, 6, 6, LOME, False)), world_of_qgis())) == 0
    empty = halts((0, 0, 1, MOSCOW, True)).take(np.zeros(0, dtype=np.int64))
    assert len(detect_legs(empty, world_of_qgis())) == 0


def test_without_a_world_modes_still_come_out():
    found = detect_legs(halts((0, 0, 5, MOSCOW, True), (0, 13, 20, LOME, True)), find_world(None))
    assert MODES[found.mode[0]] == "air"
    assert found.borders.tolist() == [""]
    assert found.country_from.tolist() == [-1]


def test_surface_hours_of_known_drives():
    # Paris-Marseille 660 km as the crow flies: 7 h of pure driving, 10 to 20 with what a long drive needs.
    hours = flights.surface_hours(np.array([0.0, 100.0, 660.0, 6000.0]))
    assert hours[0] == 0.0
    assert 1.0 < hours[1] < 3.0
    assert 7.0 < hours[2] < 20.0
    assert hours[3] > 24 * 5


@pytest.mark.parametrize("silence_h", [0.0, 8.0, 48.0])
@pytest.mark.parametrize("seen_in_the_air", [False, True])
def test_air_against_surface_on_generated_journeys(silence_h, seen_in_the_air):
    """Flights between airports of five continents and drives between towns, with silence at either end."""
    stays, flown = _journeys(np.random.default_rng(SEED), 400, silence_h, seen_in_the_air)
    found = detect_legs(stays, world_of_qgis())
    assert len(found) == len(flown)
    air = found.mode == detect.AIR
    right = int((air & flown).sum())
    print(f"silence {silence_h} h, fixes in the air {seen_in_the_air}: {right} of {flown.sum()} in {air.sum()} by air")
    assert at_least(right, int(flown.sum()), 0.97)
    assert at_least(right, int(air.sum()), 0.97)


def _journeys(
    rng: np.random.Generator, count: int, silence_h: float, seen_in_the_air: bool
) -> tuple[Stays, np.ndarray]:
    """Return one leg per device: half of them flights of 800 km and more, half drives at ground speeds.

    After days of silence at either end nothing tells flights of 800 km from drives: then they have 1,000 km and more.
    """
    rows, flown = [], rng.random(count) < 0.5
    least_km = 800 if silence_h < 24 else 1000
    km = distances.distance_km(AIRPORTS.lat[:, None], AIRPORTS.lon[:, None], AIRPORTS.lat, AIRPORTS.lon)
    far = np.argwhere(km > least_km)
    for device in range(count):
        silent = rng.uniform(0, silence_h, 2)
        if flown[device]:
            a, b = far[rng.integers(len(far))]
            start, end = ((AIRPORTS.lat[i], AIRPORTS.lon[i]) for i in (a, b))
            km = GEOD.inv(start[1], start[0], end[1], end[0])[2] / 1000
            hours = 0.8 + km / rng.uniform(700, 880) + silent.sum()
            share = np.sort(rng.random(4)) if seen_in_the_air else []
            air_h = hours - silent.sum() - 0.8
            seen_h = [5 + silent[0] + 0.4 + air_h * one for one in share]
            spread = 0.0 if silence_h == 0.0 else 0.15  # without silence the last fix is at the airport itself
        else:
            start = (rng.uniform(7.5, 16.0), rng.uniform(-7.0, 10.0))
            km, bearing = rng.uniform(20, 900), rng.uniform(0, 360)
            lon, lat, _ = GEOD.fwd(start[1], start[0], bearing, 1000 * km)
            end = (lat, lon)
            hours = 1.25 * km / rng.uniform(35, 75) + (8.0 if km > 600 else 0.0) + silent.sum()
            share = np.sort(rng.random(int(km / 100)))
            seen_h = [5 + silent[0] + (hours - silent.sum()) * one for one in share]
            spread = 0.0
        way = distances.sample_great_circles([start[0]], [start[1]], [end[0]], [end[1]], 1001)
        ends = rng.normal(0, spread, (2, 2)) if spread else np.zeros((2, 2))
        rows.append((device, 0, 5, tuple(np.add(start, ends[0])), True))
        at = [int(1000 * one) for one in share]
        rows += [(device, h, h, (way[0][0, i], way[1][0, i]), False) for h, i in zip(seen_h, at)]
        rows.append((device, 5 + hours, 9 + hours, tuple(np.add(end, ends[1])), True))
    return halts(*rows), flown


def test_borders_of_generated_drives():
    """Drives over a grid of West African towns with a halt every 60 km: the countries passed, in order."""
    rng = np.random.default_rng(shifted(8))
    world = world_of_qgis()
    right = total = 0
    while total < 40:
        start, bearing = (rng.uniform(7.5, 14.0), rng.uniform(-5.0, 8.0)), rng.uniform(0, 360)
        lon, lat, _ = GEOD.fwd(start[1], start[0], bearing, 600_000)
        lonlat = [start[::-1], *GEOD.npts(start[1], start[0], lon, lat, 599), (lon, lat)]
        passed = country_codes.codes(world, countries.locate(world, *np.array([p[::-1] for p in lonlat]).T))
        truth = [code for i, code in enumerate(passed) if code and (i == 0 or passed[i - 1] != code)]
        runs = np.diff(np.flatnonzero(np.concatenate(([True], passed[1:] != passed[:-1], [True]))))
        if passed[0] == "" or passed[-1] == "" or runs.min() < 61:
            continue  # at sea, or a corner too short to be seen by halts every 60 km
        way = [(0, 5 + i / 4, 5 + i / 4 + 0.1, lonlat[i * 15][::-1], i in (0, 40)) for i in range(0, 41, 4)]
        leg = one_leg(*way)
        total += 1
        right += leg["borders"] == (">".join(truth) if len(truth) > 1 else "")
    print(f"{right} of {total} right")
    assert at_least(right, total, 0.95)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 1000), cut=st.integers(1, 7))
def test_any_partition_by_device_gives_the_same_legs(seed, cut):
    rng = np.random.default_rng(seed)
    rows = [
        (device, 10 * i, 10 * i + rng.uniform(0, 9), tuple(rng.uniform([5, -8], [16, 12])), bool(rng.random() < 0.6))
        for device in range(8) for i in range(6)
    ]
    every = halts(*rows)
    first, second = (every.take(np.flatnonzero(part)) for part in (every.device < cut, every.device >= cut))
    whole = detect_legs(every, world_of_qgis())
    parts = [detect_legs(part, world_of_qgis()) for part in (first, second)]
    for name in Legs.__dataclass_fields__:
        if name in ("from_stay", "to_stay"):
            continue
        assert np.array_equal(np.concatenate([getattr(part, name) for part in parts]), getattr(whole, name)), name


def test_real_flights_are_air():
    """Each real flight over an hour and 300 km at airliners' speeds, between stays at its first and last position."""
    tracks = read_places("../flights/flights_dev.csv.gz", parse_dates=["timestamp"])
    tracks = tracks[~tracks["sample"].str.contains("noisy") & (tracks["latitude"] != "")]
    tracks["group"] = tracks.groupby(["sample", "icao24", "flight_id"]).ngroup()
    tracks = tracks.sort_values(["group", "timestamp"]).astype({"latitude": float, "longitude": float})
    first, last = tracks.groupby("group").first(), tracks.groupby("group").last()
    km = distances.distance_km(first.latitude, first.longitude, last.latitude, last.longitude)
    hours = (last.timestamp - first.timestamp).dt.total_seconds() / 3600
    long = first.index[(hours > 1) & (km > 300) & (km / hours > 250)]  # slower ones fly like cars drive
    assert len(long) >= 3
    for flight in long:
        one = tracks[tracks["group"] == flight]
        hours = (one.timestamp - one.timestamp.iloc[0]).dt.total_seconds().to_numpy() / 3600 + 5
        where = list(zip(one.latitude, one.longitude))
        way = [(0, h, h, p, False) for h, p in zip(hours[1:-1:20], where[1:-1:20])]
        leg = one_leg((0, 0, 5, where[0], True), *way, (0, hours[-1], hours[-1] + 1, where[-1], True))
        assert (leg["mode"], bool(leg["inferred"])) == ("air", False), one["sample"].iloc[0]
