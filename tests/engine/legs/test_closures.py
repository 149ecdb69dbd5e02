"""Borders crossed while they were closed, on QGIS's own map: the drive from Benin into Niger of the published case."""

from __future__ import annotations

from datetime import datetime, timezone

import numpy as np
import pytest
from sitelight.plugin.engine.calendars import CalendarSpan
from sitelight.plugin.engine.legs import detect_legs, find_closures
from sitelight.plugin.engine.places import countries
from sitelight.plugin.engine.stays import Stays
from worlds.countries_world import world_of_qgis

LOME, PARAKOU, KANDI, GAYA = (6.137, 1.212), (9.34, 2.63), (11.134, 2.939), (11.95, 3.46)
DOSSO, NIAMEY, AGADEZ = (13.049, 3.194), (13.51, 2.11), (16.97, 7.99)
MOSCOW, NIAMEY_FIELD, AGADEZ_FIELD = (55.9726, 37.4146), (13.4815, 2.1836), (16.966, 8.0001)


def span(kind="closed border", start="2023-07-26", end="2023-08-01", country="NE", neighbours="", name="Shut"):
    return CalendarSpan(country, start, end, kind, name, "days.csv", neighbours)


def closures_of(*halts, spans):
    """Return the closures of one device's halts: (first time, last time, (lat, lon), whether it lasted)."""
    world = world_of_qgis()
    begin, end = (
        np.array([_ms(halt[which]) for halt in halts], np.int64) for which in (0, 1)
    )
    lat, lon = np.array([halt[2] for halt in halts], np.float64).T
    count = len(halts)
    stays = Stays(
        np.zeros(count, np.int32), begin, end, begin, end, lat, lon, np.full(count, 20, np.float32),
        np.full(count, 5, np.int32), np.zeros(count, np.float32), np.array([halt[3] for halt in halts], bool),
    )  # fmt: skip
    legs = detect_legs(stays, world)
    country = countries.locate(world, lat, lon)
    return find_closures(legs, stays, country, world, spans), legs


def _ms(text: str) -> int:
    return int(datetime.strptime(f"2023-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=timezone.utc).timestamp() * 1000)


DRIVE = (
    ("07-25 08:00", "07-28 05:00", LOME, True), ("07-28 12:00", "07-28 12:20", PARAKOU, False),
    ("07-28 22:30", "07-29 04:30", KANDI, False), ("07-29 07:30", "07-29 07:40", GAYA, False),
    ("07-29 16:30", "07-30 07:30", NIAMEY, True),
)  # fmt: skip
UNSEEN = (("07-27 08:00", "07-28 12:20", PARAKOU, True), DRIVE[-1])


def test_the_published_drive_was_over_a_closed_border():
    found, legs = closures_of(*DRIVE, spans=[span()])
    assert legs.borders.tolist() == ["TG>BJ>NE"]
    (closure,) = found
    assert (closure.leg, closure.crossed, closure.is_sure, closure.mark) == (0, "BJ>NE", True, "while closed")
    # The halts on the way say that it was on the 29th, though the leg began on the 28th.
    assert closure.sentence == (
        "Crossed from Benin into Niger on 29 Jul while the border was closed (Shut, 26 Jul – 1 Aug)"
    )


def test_without_halts_on_the_way_the_days_between_are_said():
    found, _legs = closures_of(*UNSEEN, spans=[span(name="")])
    assert [one.sentence for one in found] == [
        "Crossed from Benin into Niger between 28 Jul and 29 Jul while the border was closed (26 Jul – 1 Aug)"
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"start": "2023-07-29", "end": "2023-07-29"}, ["while closed"]),
        ({"start": "2023-07-30"}, []), ({"end": "2023-07-28"}, []),
        ({"neighbours": "BJ NG"}, ["while closed"]), ({"neighbours": "DZ ML"}, []),
        ({"country": "BJ", "neighbours": "NE"}, ["while closed"]), ({"country": "BJ", "neighbours": "NG"}, []),
        ({"country": "ML"}, []), ({"kind": "curfew"}, []), ({"kind": "closed airspace"}, []),
    ],
)  # fmt: skip
def test_only_a_closure_of_this_border_on_this_day_is_told(given, expected):
    found, _legs = closures_of(*DRIVE, spans=[span(**given)])
    assert [one.mark for one in found] == expected


def test_a_crossing_that_need_not_have_met_the_closure_says_perhaps():
    (closure,), _legs = closures_of(*UNSEEN, spans=[span(start="2023-07-29")])
    assert not closure.is_sure and closure.mark == "perhaps while closed"
    assert "between 28 Jul and 29 Jul, perhaps while the border was closed" in closure.sentence


def test_of_several_closures_the_sure_one_is_told_once():
    found, _legs = closures_of(*UNSEEN, spans=[span(start="2023-07-29", name="Late"), span(name="Whole")])
    assert [one.sentence.partition("(")[2] for one in found] == ["Whole, 26 Jul – 1 Aug)"]


def test_each_of_two_closed_borders_is_told():
    found, _legs = closures_of(*DRIVE, spans=[span(), span(country="TG", name="Togo shut")])
    assert [one.crossed for one in found] == ["TG>BJ", "BJ>NE"]
    assert "from Togo into Benin on 28 Jul" in found[0].sentence


FLIGHT = (
    ("07-25 08:00", "07-28 05:00", MOSCOW, True), ("07-28 16:00", "07-30 07:30", NIAMEY_FIELD, True),
    ("07-30 09:10", "07-31 07:30", AGADEZ_FIELD, True),
)  # fmt: skip


def test_flights_need_a_closed_airspace():
    found, legs = closures_of(*FLIGHT, spans=[span("closed airspace"), span()])
    assert [legs.mode[row] for row in range(2)] == [4, 4]
    assert [one.sentence for one in found] == [
        "Flew from Russia into Niger on 28 Jul while the airspace of Niger was closed (Shut, 26 Jul – 1 Aug)",
        "Flew inside Niger on 30 Jul while the airspace of Niger was closed (Shut, 26 Jul – 1 Aug)",
    ]
    assert closures_of(*FLIGHT, spans=[span()])[0] == []


def test_nothing_is_said_without_a_calendar_or_a_crossing():
    assert closures_of(*DRIVE, spans=[])[0] == []
    at_home = (DRIVE[-1], ("07-30 09:00", "07-30 12:00", DOSSO, True))
    assert closures_of(*at_home, spans=[span()])[0] == []


def test_there_and_back_within_one_leg_uses_the_days_of_the_leg():
    there_and_back = (
        ("07-27 08:00", "07-28 05:00", NIAMEY, True), ("07-28 20:00", "07-28 20:30", KANDI, False),
        ("07-29 16:30", "07-30 07:30", NIAMEY, True),
    )  # fmt: skip
    found, legs = closures_of(*there_and_back, spans=[span()])
    assert legs.borders.tolist() == ["NE>BJ>NE"]
    assert [one.crossed for one in found] == ["NE>BJ", "BJ>NE"]
    assert all("between 28 Jul and 29 Jul" in one.sentence for one in found)
