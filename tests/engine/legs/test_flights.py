"""Flights seen: real aircraft of ../shared/data/flights, generated ones of the same kinds, and what only looks like it.

"By air" is said of an aircraft when its track holds a long way faster than the ground allows, a short one faster than
any train, or a turn that only what banks can fly; whether it lands where it took off does not matter.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from seeds import at_least, shifted
from sitelight.plugin.data.world import load_world
from sitelight.plugin.engine.earth import distances
from sitelight.plugin.engine.legs.detect import detect_legs
from sitelight.plugin.engine.legs.modes import AIR, MODES, WATER
from sitelight.plugin.engine.places import countries
from sitelight.plugin.engine.screening import Roles
from sitelight.plugin.engine.stays import detect_stays
from worlds.countries_world import PLACES, world_of_qgis
from worlds.engine_worlds import METRES_PER_DEGREE, make_fixes
from worlds.flight_samples import SAMPLES, read, write_samples

ALBATROSS = PLACES.parent / "albatross-lon360" / "MI_albatross_sub10.csv"
START_S = 1_683_000_000


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_flies(samples, name):
    screened = read(samples[name], Roles())
    assert sum(screened.counts.values()) == screened.read
    fixes = screened.fixes
    found = detect_legs(detect_stays(fixes, keep_short=True), load_world())
    modes = np.array(MODES)[found.mode]
    air = found.mode == AIR
    assert air.any()
    assert not found.inferred[air].any()
    assert set(modes) <= ({"air", "unknown"} if name == "noisy/noisy_spoofing" else {"air"})
    flown_s = (found.arrived_before_ms - found.departed_after_ms)[air].sum() / 1000.0
    print(name, len(fixes), "fixes", int(air.sum()), "legs by air over", round(flown_s / 3600.0, 2), "h")


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    return write_samples(tmp_path_factory.mktemp("flights"))


def test_firefighting_aircraft_faster_than_the_road_fly(samples):
    """Helicopters at 200 km/h with a fix every few minutes cannot be told from cars; the others must fly."""
    fixes = read(samples["firefighting/calfire"], Roles()).fixes
    found = detect_legs(detect_stays(fixes, keep_short=True), load_world())
    flying = np.unique(found.device[found.mode == AIR])
    print(len(flying), "of", fixes.device_count, "aircraft are said to fly")
    within = (np.diff(fixes.device) == 0) & (np.diff(fixes.time_ms) < 300_000) & (np.diff(fixes.time_ms) > 30_000)
    km = distances.distance_km(fixes.lat[:-1], fixes.lon[:-1], fixes.lat[1:], fixes.lon[1:])
    fast_km = np.where(within & (km * 3_600_000 > 300.0 * np.maximum(np.diff(fixes.time_ms), 1)), km, 0.0)
    fast_km = np.bincount(fixes.device[1:], weights=fast_km, minlength=fixes.device_count)
    assert set(np.flatnonzero(fast_km > 100.0)) <= set(flying)


def track(speed_kmh, turn_deg_s, seconds: float, every_s: float, start=(45.0, 3.0), noise_m=0.0, seed=5):
    """Return fixes of one device that moves at a speed (km/h) and turns (degrees/s), both functions of the second."""
    t = np.arange(0.0, seconds)
    metres = np.array([speed_kmh(one) for one in t]) / 3.6
    bearing = np.radians(60.0 + np.cumsum([turn_deg_s(one) for one in t]))
    lat = start[0] + np.cumsum(metres * np.cos(bearing)) / METRES_PER_DEGREE
    lon = start[1] + np.cumsum(metres * np.sin(bearing)) / METRES_PER_DEGREE / np.cos(np.radians(start[0]))
    rows = np.arange(0, len(t), int(every_s))
    shift = np.random.default_rng(shifted(seed)).normal(0.0, noise_m / METRES_PER_DEGREE, (2, len(rows)))
    time_ms = ((START_S + t[rows]) * 1000).astype(np.int64)
    return make_fixes(np.zeros(len(rows)), time_ms, lat[rows] + shift[0], lon[rows] + shift[1], 10.0)


def modes_of(fixes) -> list[str]:
    found = detect_legs(detect_stays(fixes, keep_short=True), world_of_qgis())
    return np.array(MODES)[found.mode].tolist()


@pytest.mark.parametrize("every_s", [1, 5, 10])
@pytest.mark.parametrize(
    ("speed_kmh", "turn_deg_s", "minutes"),
    [
        (lambda s: 800.0, lambda s: 0.0, 30),  # a liner, seen in the air only
        (lambda s: 300.0 + min(s, 400.0), lambda s: 0.0, 14),  # taking off
        (lambda s: 190.0, lambda s: 3.0 * (s % 600 > 450), 60),  # a patrol: 7.5 minutes straight, then a turn by 450
        (lambda s: 200.0, lambda s: 2.5 * (300 < s < 400), 9),  # a helicopter that turns once
    ],
)
def test_aircraft_without_any_stay_fly(speed_kmh, turn_deg_s, minutes, every_s):
    """One turn of a helicopter, measured within 10 m, is missed in one of twenty draws; the others in none."""
    draws = [track(speed_kmh, turn_deg_s, 60.0 * minutes, every_s, noise_m=10.0, seed=seed) for seed in range(20)]
    rate = 0.9 if minutes == 9 else 1.0
    assert at_least(sum(modes_of(draw) == ["air"] for draw in draws), len(draws), rate)


@pytest.mark.parametrize("every_s", [1, 5, 10])
@pytest.mark.parametrize(("turn_s", "modes"), [(40, []), (85, ["air"])])
def test_a_banked_turn_is_half_a_circle_at_least(turn_s, modes, every_s):
    """At 190 km/h and 3 degrees a second (2.8 m/s2 sideways): turns by 120 and by 255 degrees."""
    fixes = track(lambda s: 190.0, lambda s: 3.0 * (s % 600 >= 600 - turn_s), 3600.0, every_s)
    assert modes_of(fixes) == modes


@pytest.mark.parametrize("every_s", [1, 5, 30])
def test_a_round_flight_from_a_field_to_the_same_field_is_one_leg_by_air(every_s):
    def speed(s):  # an hour parked, two of flight at 400 km/h, an hour parked
        return 400.0 if 3600 < s < 10800 else 0.0

    fixes = track(speed, lambda s: 0.05, 14400.0, every_s, start=(-25.0, 135.0), noise_m=10.0)
    found = detect_legs(detect_stays(fixes, keep_short=True), world_of_qgis())
    assert found.mode.tolist() == [AIR]
    assert found.distance_km[0] == pytest.approx(800.0, rel=0.03)
    assert abs(found.departed_after_ms[0] / 1000 - START_S - 3600) < 90
    assert abs(found.arrived_before_ms[0] / 1000 - START_S - 10800) < 90


@pytest.mark.parametrize("every_s", [1, 5, 10])
@pytest.mark.parametrize(
    ("speed_kmh", "turn_deg_s"),
    [
        (lambda s: 300.0, lambda s: 0.06 * np.sin(s / 40.0)),  # a fast train: 4 km of radius at the least
        (lambda s: 130.0, lambda s: 0.8 * np.sin(s / 30.0)),  # a motorway in the hills
        (lambda s: 45.0 if s % 900 > 840 else 120.0, lambda s: 4.5 if s % 900 > 840 else 0.0),  # loop ramps of 160 m
        (lambda s: 60.0, lambda s: 8.0 * (s % 90 > 80)),  # a town
        (lambda s: 35.0, lambda s: 0.3),  # a ship's circle
    ],
)
def test_what_drives_does_not_fly(speed_kmh, turn_deg_s, every_s):
    parked = 1200
    fixes = track(
        lambda s: speed_kmh(s) if parked < s < 8400 else 0.0, turn_deg_s, 8400.0 + parked, every_s, noise_m=12.0
    )
    assert "air" not in modes_of(fixes)


def test_a_device_without_stays_that_drives_makes_no_leg():
    assert modes_of(track(lambda s: 110.0, lambda s: 0.0, 7200.0, 20)) == []


def test_a_flight_that_ends_at_a_stay_ends_there():
    fixes = track(lambda s: 800.0 if s < 5400 else 0.0, lambda s: 0.0, 9000.0, 10, noise_m=10.0)
    stays = detect_stays(fixes, keep_short=True)
    found = detect_legs(stays, world_of_qgis())
    assert found.mode.tolist() == [AIR]
    assert stays.lasting[found.to_stay[0]]
    assert found.from_stay[0] == 0
    assert found.arrived_before_ms[0] == stays.start_ms[found.to_stay[0]]


@pytest.mark.parametrize(("spread_m", "every_s"), [(330, 10), (1000, 30), (3000, 60), (5000, 90)])
def test_jumping_positions_do_not_fly(spread_m, every_s):
    """A device at home whose position jumps about at more than the speed of flight, as indoors or between masts."""
    rng = np.random.default_rng(shifted(8))
    count = 3000
    lat = 48.1 + rng.normal(0, spread_m / METRES_PER_DEGREE, count)
    lon = 11.5 + rng.normal(0, 1.5 * spread_m / METRES_PER_DEGREE, count)
    fixes = make_fixes(np.zeros(count), (START_S + every_s * np.arange(count)) * 1000, lat, lon, 20.0)
    assert "air" not in modes_of(fixes)


@pytest.fixture(scope="module")
def albatrosses():
    if not ALBATROSS.exists():
        pytest.skip(f"The tracks {ALBATROSS} are not here.")
    return read(ALBATROSS, Roles(device="band"))


def test_longitudes_up_to_360_are_the_same_places(albatrosses):
    fixes = albatrosses.fixes
    assert sum(albatrosses.counts.values()) == albatrosses.read == 2891
    assert fixes.lon.min() >= -180.0
    assert fixes.lon.max() <= 180.0
    world = world_of_qgis()
    wide = replace(fixes, lon=np.mod(fixes.lon, 360.0))
    every, again = (replace_lasting(detect_stays(part, keep_short=True)) for part in (fixes, wide))
    assert np.array_equal(countries.locate(world, fixes.lat, fixes.lon), countries.locate(world, wide.lat, wide.lon))
    one, other = detect_legs(every, world), detect_legs(again, world)
    assert one.distance_km == pytest.approx(other.distance_km, rel=1e-4, abs=0.01)
    assert np.array_equal(one.borders, other.borders)
    # No bird of this table is faster than its speed over the ground in a gale, nor farther than a half turn.
    assert one.max_speed_kmh.max() < 140.0


def test_albatrosses_are_no_flights(albatrosses):
    """Seen every few days only they make no stays, hence no legs; taken as stays, none of their ways is by air."""
    stays = detect_stays(albatrosses.fixes, keep_short=True)
    assert (detect_legs(stays, world_of_qgis()).mode == AIR).sum() == 0
    found = detect_legs(replace_lasting(stays), world_of_qgis())
    assert len(found) > 2500
    assert (found.mode == AIR).sum() == 0
    assert (found.mode == WATER).mean() > 0.5


def replace_lasting(stays):
    return replace(stays, lasting=np.ones(len(stays), dtype=bool))


def test_a_ship_over_the_antimeridian_goes_the_short_way():
    hours = np.arange(0.0, 60.0, 0.5)
    moving = np.clip(hours - 10.0, 0.0, 40.0)
    lon = np.mod(178.0 + 0.1 * moving, 360.0)
    fixes = make_fixes(np.zeros(len(hours)), (START_S * 1000 + hours * 3_600_000), np.full(len(hours), -30.0), lon)
    found = detect_legs(detect_stays(fixes, keep_short=True), world_of_qgis())
    assert np.array(MODES)[found.mode].tolist() == ["water"]
    expected_km = distances.distance_km(-30.0, 178.0, -30.0, -178.0)
    assert found.distance_km[0] == pytest.approx(float(expected_km), rel=0.01)
