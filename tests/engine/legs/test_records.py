"""What is no journey: wrong records, drifts, the country below a track that begins in the air; what was not watched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pyproj import Geod
from sitelight.plugin.engine.legs import AIR, MODES, detect_legs
from sitelight.plugin.engine.places import country_codes
from worlds.countries_world import world_of_qgis
from worlds.leg_halts import halts, one_leg

GEOD = Geod(ellps="WGS84")
NIAMEY, BAMAKO, LOME_AIRPORT = (13.514, 2.110), (12.65, -8.00), (6.1656, 1.2545)
PADDOCK = (-25.0, 135.0)  # in the outback, far from any airport
BELIZE, NEW_ORLEANS = (17.25, -88.8), (29.9, -90.1)


def away(place, km: float, bearing: float = 40.0):
    return GEOD.fwd(place[1], place[0], bearing, 1000.0 * km)[1::-1]


def lone(stays, *rows):
    """Return the stays with a single fix at some rows."""
    n_fixes = stays.n_fixes.copy()
    n_fixes[list(rows)] = 1
    return replace(stays, n_fixes=n_fixes)


def modes(found) -> list[str]:
    return [MODES[mode] for mode in found.mode]


@pytest.mark.parametrize("bearing", [0.0, 100.0, 180.0, 260.0])
def test_a_wrong_record_far_aside_lengthens_no_flight(bearing):
    """Niamey to Paris, with a record 980 km from Niamey, five hours after the last; Tamanrasset lies to the north."""
    paris, wrong = (48.85, 2.35), away(NIAMEY, 980.0, bearing)
    stays = lone(halts((0, 0, 5, NIAMEY, True), (0, 10, 10, wrong, False), (0, 17, 30, paris, True)), 1)
    found = detect_legs(stays, world_of_qgis())
    direct_km = GEOD.inv(*NIAMEY[::-1], *paris[::-1])[2] / 1000.0
    with_record = GEOD.inv(*NIAMEY[::-1], *wrong[::-1])[2] / 1000.0 + GEOD.inv(*wrong[::-1], *paris[::-1])[2] / 1000.0
    on_the_way = with_record < 1.2 * direct_km
    assert modes(found) == ["air"]
    assert found.distance_km[0] == pytest.approx(with_record if on_the_way else direct_km, rel=0.01)


@pytest.mark.parametrize("hours", [6, 24])
def test_a_lone_fix_at_an_airport_is_where_a_flight_ended(hours):
    there = (0, 5 + hours, 5 + hours, LOME_AIRPORT, False)
    rows = (0, 0, 5, BAMAKO, True), there, (0, 5 + 2 * hours, 60, BAMAKO, True)
    found = detect_legs(lone(halts(*rows), 1), world_of_qgis())
    assert (found.from_stay.tolist(), found.to_stay.tolist()) == ([0, 1], [1, 2])
    assert modes(found) == ["air", "air"]
    assert found.distance_km[0] == pytest.approx(GEOD.inv(*BAMAKO[::-1], *LOME_AIRPORT[::-1])[2] / 1000.0, rel=0.01)


def test_a_lone_fix_at_an_airport_that_no_jet_reaches_in_time_is_a_wrong_record():
    rows = (0, 0, 5, BAMAKO, True), (0, 5.4, 5.4, LOME_AIRPORT, False), (0, 6, 60, BAMAKO, True)
    found = detect_legs(lone(halts(*rows), 1), world_of_qgis())
    assert (found.from_stay.tolist(), found.to_stay.tolist(), modes(found)) == ([0], [2], ["foot"])


@pytest.mark.parametrize("start", [NIAMEY, PADDOCK])
@pytest.mark.parametrize("fixes", [1, 3, 9])
def test_a_drift_of_100_km_and_back_in_45_minutes_is_no_flight(start, fixes):
    """From a house 8 km from the airport of Niamey, and from far off any, seen so often on the way out and back."""
    place = away(start, 8.0, 300.0)
    share = np.arange(1, 2 * fixes) / (2 * fixes)
    km = 100.0 * (1.0 - np.abs(2.0 * share - 1.0))
    way = [(0, 5 + 0.75 * one, 5 + 0.75 * one, away(place, far), False) for one, far in zip(share, km)]
    leg = one_leg((0, 0, 5, place, True), *way, (0, 5.75, 20, place, True))
    assert (leg["mode"], leg["confidence"], bool(leg["inferred"])) == ("unknown", 0.0, True)


@pytest.mark.parametrize("minutes", [10, 17])
def test_a_drift_that_rests_far_away_is_no_flight_there_and_back(minutes):
    place, there = away(NIAMEY, 8.0, 300.0), away(NIAMEY, 108.0, 300.0)
    found = detect_legs(
        halts(
            (0, 0, 5, place, True), (0, 5 + minutes / 60, 5.5 + minutes / 60, there, True),
            (0, 5.5 + 2 * minutes / 60, 20, place, True),
        ),
        world_of_qgis(),
    )  # fmt: skip
    assert modes(found) == ["unknown", "unknown"]


def test_a_flight_of_two_hours_that_returns_is_one():
    """Only what is back too soon for a flight is a drift."""
    way = [(0, 5 + 0.25 * n, 5 + 0.25 * n, away(PADDOCK, 100.0 * min(n, 8 - n)), False) for n in range(1, 8)]
    assert one_leg((0, 0, 5, PADDOCK, True), *way, (0, 7, 20, PADDOCK, True))["mode"] == "air"


def cruise(start, end, hours: float, count: int) -> list[tuple]:
    """Return halts of one fix, evenly on a great circle, from hour 0."""
    lonlat = [start[::-1], *GEOD.npts(*start[::-1], *end[::-1], count - 2), end[::-1]]
    return [(0, hours * n / (count - 1), hours * n / (count - 1), (y, x), False) for n, (x, y) in enumerate(lonlat)]


def codes(found, name: str) -> list[str]:
    return country_codes.codes(world_of_qgis(), getattr(found, name)).tolist()


def test_a_track_that_begins_in_the_air_departs_from_nowhere():
    """At 32,000 ft over Belize when it is first seen, then on to New Orleans, where it stays."""
    found = detect_legs(
        halts(*cruise(BELIZE, NEW_ORLEANS, 1.8, 40), (0, 2, 20, NEW_ORLEANS, True)), world_of_qgis()
    )
    assert modes(found) == ["air"]
    assert (codes(found, "country_from"), codes(found, "country_to")) == ([""], ["US"])
    assert found.borders.tolist() == [""]


def test_a_track_that_ends_in_the_air_arrives_nowhere():
    way = [(0, hour + 20.5, hour + 20.5, place, False) for _, hour, _, place, _ in cruise(NEW_ORLEANS, BELIZE, 1.8, 40)]
    found = detect_legs(halts((0, 0, 20, NEW_ORLEANS, True), *way), world_of_qgis())
    assert modes(found) == ["air"]
    assert (codes(found, "country_from"), codes(found, "country_to")) == (["US"], [""])


def test_a_track_that_begins_on_the_apron_departs_from_there():
    """First seen at Niamey's airport, then two hours later at Bamako's: there was no other fix, and none too fast."""
    niamey_airport, bamako_airport = (13.4815, 2.1836), (12.5335, -7.9499)
    found = detect_legs(
        halts((0, 0, 0, niamey_airport, False), (0, 2, 2.1, bamako_airport, False), (0, 3, 20, BAMAKO, True)),
        world_of_qgis(),
    )
    assert found.mode[0] == AIR
    assert codes(found, "country_from")[0] == "NE"


def test_a_fix_and_days_of_silence_are_no_surer_than_the_silence():
    start, after, end = NIAMEY, away(NIAMEY, 1.0), away(NIAMEY, 55.0)
    watched = one_leg((0, 0, 5, start, True), (0, 5.2, 5.2, after, False), (0, 77, 90, end, True))
    unseen = one_leg((0, 0, 5, start, True), (0, 77, 90, end, True))
    assert watched["mode"] == unseen["mode"] == "road"
    assert watched["inferred"] and unseen["inferred"]
    assert watched["confidence"] <= unseen["confidence"]
    half_way = one_leg((0, 0, 5, start, True), (0, 5.5, 5.5, away(start, 27.0), False), (0, 6, 90, end, True))
    assert not half_way["inferred"]
    assert half_way["confidence"] > unseen["confidence"]
