"""False traces: innocents counted by hand, ordinary dates, like places; strong traces with and without a plant."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from seeds import shifted
from sitelight.plugin.engine.earth import Grid
from sitelight.plugin.engine.history import build_history
from sitelight.plugin.engine.itineraries import (
    STRONG,
    AlikeCounts,
    AskedPlace,
    FindingDevices,
    LinkedTo,
    count_lookalikes,
    trace_back,
)
from sitelight.plugin.engine.itineraries.like_places import MOVES, moved_places
from sitelight.plugin.engine.itineraries.lookalikes import count_alike, in_steps, ordinary_windows
from sitelight.plugin.engine.legs import detect_legs
from sitelight.plugin.engine.study import DEFAULT_LINKED_CATEGORIES
from sitelight.plugin.engine.visits import ChosenPlace, GivenWindow
from worlds.countries_world import as_text, world_of_qgis
from worlds.itinerary_visits import (
    DAY_MS,
    KEY_MS,
    SITES,
    itineraries_of,
    nights_at,
    residents,
    site,
    traveller,
    visits_of,
)

AROUND_NIAMEY = ChosenPlace(lat=np.array([13.5137]), lon=np.array([2.1098]), radius_m=20_000.0)


def ask(*rows, linked=LinkedTo(), window=GivenWindow(date(2023, 7, 26), date(2023, 7, 31))):  # noqa: B008 - frozen
    visits, world = visits_of(*rows), world_of_qgis()
    history = build_history(
        visits, detect_legs(visits.stays, world, country=visits.country), world, DEFAULT_LINKED_CATEGORIES, 30
    )
    codes = as_text([f"device-{code}" for code in range(int(visits.stays.device.max()) + 1)])
    asked = [AskedPlace(AROUND_NIAMEY, window)]
    return trace_back(history, Grid(10, 5, 1000.0), SITES, codes, asked, linked,
                      watched_categories=DEFAULT_LINKED_CATEGORIES)["itineraries"]  # fmt: skip


def test_innocents_are_counted_and_one_more_is_supposed_in_one_window_more():
    innocent = np.array([1.0, 2.0, 2.0, 4.0, 4.0, 8.0])
    assert count_alike(np.array([0.0, 2.0, 16.0]), innocent, 19).tolist() == [7 / 20, 6 / 20, 1 / 20]
    assert count_alike(np.array([0.0]), np.empty(0), 19).tolist() == [1 / 20]


@pytest.mark.parametrize("windows", [3, 10, 19, 40, 120])
@pytest.mark.parametrize("share", [0.1, 1.0, 10.0])
def test_one_to_four_innocents_are_told_alike(windows, share):
    """Whoever knows the windows and the key dates cannot compute the count from what is told."""
    told = [
        float(in_steps(share * count_alike(np.array([5.0]), np.full(count, 6.0), windows))[0]) for count in (1, 2, 3, 4)
    ]
    assert len(set(told)) == 1
    assert told[0] >= share * 5 / (windows + 1)


def test_numbers_are_told_in_steps():
    told = in_steps(np.array([0.0001, 0.05, 0.051, 0.4, 1.0, 1.001, 3.14, 372.0, np.nan])).tolist()
    assert told[:-1] == [0.05, 0.05, 1.0, 1.0, 1.0, 1.1, 3.2, 380.0] and np.isnan(told[-1])


@pytest.mark.parametrize("windows", [5, 19, 40])
def test_of_lists_in_which_all_are_alike_one_in_twenty_has_a_strong_trace(windows):
    """Whatever the scores are like: some are log-normal. 2,000 lists: 5 % within three standard errors, or fewer."""
    rng = np.random.default_rng(shifted(411))
    strong = [
        count_alike(rng.lognormal(0.0, 2.0, 30), rng.lognormal(0.0, 2.0, 30 * windows), windows).min() <= STRONG
        for _ in range(2000)
    ]
    assert np.mean(strong) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)


def test_ordinary_windows_meet_neither_the_asked_ones_nor_each_other():
    """A week on the same weekdays, with at least two weeks between it and an asked one."""
    asked = np.array([100, 135])
    starts = ordinary_windows(20, 200, asked, 7)
    assert starts.tolist() == [23, 30, 37, 44, 51, 58, 65, 72, 79, 156, 163, 170, 177, 184, 191]
    assert (np.abs(starts[:, None] - asked) >= 7 + 14).all()
    assert len(ordinary_windows(90, 120, asked, 7)) == 0
    assert (np.diff(ordinary_windows(20, 200, asked, 10)) >= 10).all()


def test_places_are_moved_to_others_of_their_country_with_as_many_visitors():
    rows = [row for device in range(6) for row in nights_at(device, (13.0 + 0.02 * device, 2.0), -20, 0)]
    rows += [(device, -5 + 0.1 * device, -4.95 + 0.1 * device, site("Camp Niamey")) for device in range(4)]
    rows += [(device, -7 + 0.1 * device, -6.95 + 0.1 * device, (14.0, 3.0)) for device in range(4)]  # as many: four
    rows += [(device, -9 + 0.1 * device, -8.95 + 0.1 * device, site("Sheremetyevo")) for device in range(4)]
    visits = visits_of(*rows)
    linked = np.isin(visits.spots.name, ("Camp Niamey", "Sheremetyevo"))
    stayed = visits.stays.lasting
    moves = moved_places(visits, linked, np.zeros(len(linked), dtype=bool), stayed)
    assert 1 <= len(moves) <= MOVES
    four = int(visits.spot[np.isclose(visits.stays.lat, 14.0)][0])
    kept = visits.spots.name == "Sheremetyevo"  # an airport is a part of all journeys
    assert all(mask[kept].all() and not mask[linked & ~kept].any() for mask in moves)
    assert sum(mask[four] for mask in moves) == 1
    assert all((visits.spots.country[mask & ~kept] == "NE").all() for mask in moves)
    spared = np.arange(len(linked)) == four
    assert not any(mask[four] for mask in moved_places(visits, linked, spared, stayed))


MILITARY_IN_RUSSIA = LinkedTo(("military",), ("RU",))


def test_a_device_that_came_from_where_no_visitor_was_is_strong():
    """One list in five has the strongest; of its most conspicuous visitors, 5 to 8, none was at the garrison."""
    rows = (*traveller(0), *residents(1, 30))
    listed = ask(*rows, linked=MILITARY_IN_RUSSIA)
    assert listed["device"].tolist() == ["device-0"]
    assert listed["lookalikes"].tolist() == [STRONG]
    assert count_lookalikes(listed) == AlikeCounts(listed=1, strong=1, common=0)


def test_without_a_link_the_strongest_of_five_lists_is_no_strong_trace_and_residents_are_like_each_other():
    listed = ask(*traveller(0), *residents(1, 30))
    alike = dict(zip(listed["device"], listed["lookalikes"]))
    assert alike.pop("device-0") == 1
    assert len(alike) >= 10 and min(alike.values()) > 1
    assert count_lookalikes(listed) == AlikeCounts(len(listed), 0, len(alike))


def test_a_way_that_others_go_every_week_is_no_strong_trace():
    """The same way, the same days of the week, three to six weeks before: innocents of the same kind."""
    others = [
        (10 + week, first - 7.0 * week, last - 7.0 * week, where)
        for week in range(3, 7) for _device, first, last, where in traveller(0) if first > -3.6
    ]  # fmt: skip
    homes = [row for week in range(3, 7) for row in nights_at(10 + week, site("Garrison East"), -75, -4 - 7 * week)]
    listed = ask(*traveller(0), *others, *homes, *residents(30, 30), linked=MILITARY_IN_RUSSIA)
    assert listed.set_index("device").loc["device-0", "lookalikes"] > STRONG


def test_too_few_ordinary_dates_are_said():
    rows = [row for row in (*traveller(0), *residents(1, 12)) if row[1] > -40]
    listed = ask(*rows)
    assert listed["lookalikes"].isna().all() and count_lookalikes(listed) is None


def test_a_study_tells_of_each_itinerary_how_many_innocents_look_alike():
    """Whoever comes once to the base's gate is like the others; beyond them nobody went such a way."""
    rows = [row for number in range(40) for row in _errand(1 + number, -200 + 5.5 * number)]
    table = itineraries_of(visits_of(*traveller(0), *rows))["itineraries"]
    alike = table.set_index("device")["lookalikes"]
    assert alike["device-0"] <= STRONG
    assert alike.drop("device-0").min() >= 1


FIELD = (13.80, 2.50)


def _at_field(device: int, day: float) -> list[tuple]:
    return [*nights_at(device, (13.50 + 0.002 * device, 2.10), -205, 21), (device, day, day + 0.2, FIELD)]


def test_evidence_of_a_finding_is_not_strong_where_others_came_on_ordinary_dates():
    """Eight came to a field on the key date and did nothing else; thirty came there before, one a week."""
    visits = visits_of(
        *(row for device in range(8) for row in _at_field(device, 0.4)),
        *(row for number in range(30) for row in _at_field(8 + number, -200.6 + 6 * number)),
    )
    spot = int(visits.spot[np.isclose(visits.stays.lat, FIELD[0])][0])
    finding = FindingDevices(1, spot, KEY_MS, KEY_MS + DAY_MS, np.arange(8, dtype=np.int32))
    alike = itineraries_of(visits, findings=[finding])["itineraries"].set_index("device")["lookalikes"]
    assert sorted(alike.index) == [f"device-{device}" for device in range(8)]
    assert alike.min() >= 1


@pytest.mark.parametrize("came_before", [True, False])
def test_travellers_to_a_finding_are_weighed_against_those_who_travelled_there_on_ordinary_dates(came_before):
    """The place is linked to nothing: only those who were at it tell how usual such a journey is."""
    rows = [row for device in range(8) for row in _from_lome(device, 0.4)]
    rows += [
        row
        for number in range(25)
        for row in (_from_lome if came_before else _at_field)(8 + number, -150.6 + 5.5 * number)
    ]
    visits = visits_of(*rows, *(row for number in range(20) for row in _errand(40 + number, -190 + 10.0 * number)))
    spot = int(visits.spot[np.isclose(visits.stays.lat, FIELD[0])][0])
    finding = FindingDevices(1, spot, KEY_MS, KEY_MS + DAY_MS, np.arange(8, dtype=np.int32))
    alike = itineraries_of(visits, findings=[finding])["itineraries"].set_index("device")["lookalikes"]
    own = alike[[f"device-{device}" for device in range(8)]]
    assert (own <= STRONG).all() != came_before


def _from_lome(device: int, day: float) -> list[tuple]:
    home = (6.137 + 0.002 * device, 1.212)
    return [*nights_at(device, home, -205, int(day) - 2), (device, day, day + 0.2, FIELD),
            *nights_at(device, home, int(day) + 3, 21)]  # fmt: skip


def test_visits_to_like_places_weigh_as_those_to_linked_ones():
    """Three came to a camp on the key date; to each of four fields there came three, all on other dates."""
    came = [(device, 0.4, site("Camp Niamey")) for device in range(3)]
    came += [(3 + n, -150.6 + 12 * n, (FIELD[0] + 0.1 * (n % 4), FIELD[1])) for n in range(12)]
    rows = [(device, day, day + 0.1, where) for device, day, where in came]
    rows += [row for device in range(15) for row in nights_at(device, (13.50, 2.10 + 0.03 * device), -205, 21)]
    alike = itineraries_of(visits_of(*rows))["itineraries"].set_index("device")["lookalikes"]
    assert sorted(alike.index) == ["device-0", "device-1", "device-2"]
    assert alike.min() > STRONG


def _errand(device: int, day: float) -> list[tuple]:
    home = (13.50 + 0.002 * device, 2.10)
    return [*nights_at(device, home, -205, 21), (device, day + 0.4, day + 0.5, site("Base 101"))]
