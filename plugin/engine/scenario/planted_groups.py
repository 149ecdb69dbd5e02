"""The group effects planted into the synthetic scenario: who takes part, what they do, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np

from .geography import find_site
from .plans import HOUR_S, PlannedVisit, Spot, later, seconds, visit
from .settings import DAY_S, ScenarioSettings

CAMP = Spot(-1, "Unnamed camp in the desert north-east of Agadez", 18.3000, 9.3500, 70.0, "NE")
HALT = Spot(-1, "Unnamed halt by the road to Tillabéri", 13.9350, 1.7400, 60.0, "NE")
VILLA = Spot(-1, "Unnamed house in Niamey", 13.5427, 2.0850, 25.0, "NE")
EMBASSY = "embassy-emptying"
STAFF_STAY_AWAY_S = seconds("2023-07-27 00:00")


@dataclass(frozen=True)
class Member:
    """One kind of participant: how many, of what role, in which city, working at which site ("" for any)."""

    count: int
    role: str
    city: str
    work_site: str = ""


@dataclass(frozen=True)
class PlantedGroup:
    """One group effect and its truth; `visits_of(rng, number)` returns the visits of the member of that number."""

    id: str
    title: str
    kind: str
    spot: Spot
    key_date: str
    started: str
    ended: str
    expected_change: str
    members: tuple[Member, ...]
    visits_of: Callable[[np.random.Generator, int], list[PlannedVisit]]


def _at(name: str) -> Spot:
    return Spot.of_site(find_site(name))


def groups(settings: ScenarioSettings) -> list[PlantedGroup]:
    """Return the group effects that begin after the scenario's first four days; none in a null world.

    The embassy's staff is not among their members: it lives in both worlds (see `embassy_staff`).
    """
    if settings.null:
        return []
    every = [_foreign_team(), _palace(), _camp(), _embassy(), _convoy(), _television()]
    return [one for one in every if seconds(f"{one.started[:10]} 00:00") >= settings.start_s + 4 * DAY_S]


def embassy_staff() -> tuple[Member, ...]:
    """Return the staff of the embassy that empties: it exists in the null world too, and keeps coming there."""
    return (Member(24, "embassy staff", "Niamey", "Embassy of France, Niamey"),)


def _foreign_team() -> PlantedGroup:
    hotel = _at("Hotel Ténéré Palace, Niamey")
    rostov, moscow = _at("Rostov airport (Platov), Rostov-on-Don"), _at("Moscow airport (Sheremetyevo)")

    def visits_of(rng: np.random.Generator, number: int) -> list[PlannedVisit]:
        start = rostov if number < 5 else moscow  # in the order of the members
        delay_h = (0.0, 3.0, 6.0)[number % 3]
        way = [
            visit(start, "2023-07-23 17:00", "2023-07-23 19:30"),
            visit(_at("Istanbul airport"), "2023-07-23 22:45", "2023-07-24 02:00", "air"),
            visit(_at("Niamey airport (Diori Hamani)"), "2023-07-24 09:00", "2023-07-24 10:00", "air"),
        ]
        days = [visit(hotel, "2023-07-24 21:00", "2023-07-25 06:00", lodging=True)]
        for day in range(25, 32):
            if rng.random() < 0.6:
                days.append(visit(VILLA, f"2023-07-{day} 08:30", f"2023-07-{day} 12:{rng.integers(10, 50)}"))
            days.append(PlannedVisit(hotel, seconds(f"2023-07-{day} 20:30"), seconds(f"2023-07-{day} 20:30")
                                     + 9 * HOUR_S, "road", True))
        back = [
            visit(_at("Niamey airport (Diori Hamani)"), "2023-08-01 11:30", "2023-08-01 14:00"),
            visit(_at("Istanbul airport"), "2023-08-01 20:40", "2023-08-02 02:00", "air"),
            visit(start, "2023-08-02 06:00", "2023-08-02 07:00", "air"),
        ]
        return later(way, delay_h * HOUR_S + rng.uniform(0, 600)) + days + later(back, rng.uniform(0, 600))

    return PlantedGroup(
        "foreign-team", "Foreign team lodging at one hotel", "lodging", hotel, "2023-07-26", "2023-07-24T00:00:00Z",
        "2023-08-01T12:00:00Z", "appears",
        (Member(5, "soldier", "Rostov-on-Don"), Member(4, "resident", "Moscow")), visits_of,
    )


def _occupation(
    spot: Spot, first: str, last: str, barracks: Spot, day_share: float
) -> Callable[[np.random.Generator, int], list[PlannedVisit]]:
    """Return visits that hold `spot` from `first` to `last`, with some days back at the barracks."""

    def visits_of(rng: np.random.Generator, number: int) -> list[PlannedVisit]:
        start, end = seconds(first) + rng.uniform(-1500, 1500), seconds(last) + rng.uniform(-1500, 1500)
        cuts = np.arange(np.floor(start / DAY_S) * DAY_S + 32 * HOUR_S, end - 12 * HOUR_S, DAY_S)
        visits, since = [], start
        for cut in cuts:
            if rng.random() < day_share:
                leave = cut + rng.uniform(0, 1) * HOUR_S
                back = leave + rng.uniform(6, 9) * HOUR_S
                visits.append(PlannedVisit(spot, since, leave, "road", True))
                visits.append(PlannedVisit(barracks, leave + 0.6 * HOUR_S, back - 0.6 * HOUR_S))
                since = back
        return [*visits, PlannedVisit(spot, since, end)]

    return visits_of


def _palace() -> PlantedGroup:
    barracks = "Republican Guard barracks, Libreville"
    palace = _at("Presidential palace, Libreville")
    return PlantedGroup(
        "palace-nights", "Soldiers staying overnight at the presidential palace", "overnight", palace, "2023-08-30",
        "2023-08-29T20:00:00Z", "2023-09-02T06:00:00Z", "surges",
        (Member(8, "soldier", "Libreville", barracks), Member(6, "soldier", "Libreville", "Camp Baraka, Libreville")),
        _occupation(palace, "2023-08-29 20:30", "2023-09-02 06:00", _at(barracks), 0.5),
    )


def _television() -> PlantedGroup:
    barracks = "Camp Gros-Bouquet, Libreville"
    station = _at("Gabon Television, Libreville")
    return PlantedGroup(
        "television", "Soldiers holding the television station", "occupation", station, "2023-08-30",
        "2023-08-30T03:30:00Z", "2023-09-01T17:00:00Z", "surges", (Member(8, "soldier", "Libreville", barracks),),
        _occupation(station, "2023-08-30 03:45", "2023-09-01 17:00", _at(barracks), 0.25),
    )


def _camp() -> PlantedGroup:
    def visits_of(rng: np.random.Generator, number: int) -> list[PlannedVisit]:
        camp = [visit(CAMP, "2023-07-26 11:00", "2023-07-31 14:00")]
        return later(camp, rng.uniform(0, 900))

    return PlantedGroup(
        "desert-camp", "Camp in the desert where nothing was before", "camp", CAMP, "2023-07-26",
        "2023-07-26T11:00:00Z", "2023-07-31T14:15:00Z", "appears",
        (Member(6, "soldier", "Agadez", "Agadez garrison"), Member(4, "soldier", "Agadez", "Air Base 201, Agadez")),
        visits_of,
    )


def _embassy() -> PlantedGroup:
    return PlantedGroup(
        EMBASSY, "Embassy staff staying away", "emptying", _at("Embassy of France, Niamey"), "2023-07-26",
        "2023-07-27T00:00:00Z", "2023-09-07T23:59:59Z", "falls away", (), lambda rng, number: [],
    )


def _convoy() -> PlantedGroup:
    start = _at("Garrison Tondibiah, Niamey")

    def visits_of(rng: np.random.Generator, number: int) -> list[PlannedVisit]:
        shift = 45.0 * number + rng.uniform(0, 30)
        runs = []
        for day in ("2023-07-27", "2023-07-29"):
            runs += [
                visit(start, f"{day} 03:30", f"{day} 05:00"),
                visit(HALT, f"{day} 06:45", f"{day} 11:15"),
                visit(start, f"{day} 13:00", f"{day} 15:30"),
            ]
        return later(runs, shift)

    return PlantedGroup(
        "convoy-halt", "Convoy from the garrison halting by the road", "convoy halt", HALT, "2023-07-26",
        "2023-07-27T06:45:00Z", "2023-07-29T11:25:00Z", "appears",
        (Member(8, "soldier", "Niamey", "Garrison Tondibiah, Niamey"),), visits_of,
    )
