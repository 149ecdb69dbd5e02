"""What is planted into the synthetic scenario on top of the background, and the people it is planted with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from .geography import CITY_INDEX, distance_km, find_site, sites_with_city
from .ordinary_days import ordinary_stays
from .people import ROLE_INDEX, People, make_people
from .plans import HOUR_S, PlannedVisit, Spot, moments_of_use, plan_stays
from .planted_groups import EMBASSY, STAFF_STAY_AWAY_S, Member, PlantedGroup, embassy_staff, groups
from .planted_itineraries import PlantedItinerary, itineraries
from .settings import DAY_S, ScenarioSettings
from .timetable import Absences, absences, no_stays, without_overlap

RATE_MEDIAN, RATE_SIGMA, RATE_LIMITS = 55.0, 0.4, (36.0, 160.0)
ORDINARY_AGAIN_S = 14 * HOUR_S  # ordinary life goes on in longer pauses of a plan


@dataclass(frozen=True)
class Cast:
    """The planted people: the embassy's staff first, then each group's members, then the itineraries' devices.

    `staff`, each of `members` and `travellers` are indices into `people`.
    """

    people: People
    staff: np.ndarray
    groups: list[PlantedGroup]
    members: list[np.ndarray]
    itineraries: list[PlantedItinerary]
    travellers: np.ndarray


@dataclass(frozen=True)
class PlantedBlock:
    """The planted people with their stays, and additional moments of use (device, s) at the planned visits."""

    people: People
    stays: pd.DataFrame
    extra_device: np.ndarray
    extra_s: np.ndarray


def cast(settings: ScenarioSettings) -> Cast:
    """Return the planted people of a world; pseudonyms and habits follow from the seed alone.

    The embassy's staff has the same pseudonyms in the null world; nobody else planted exists there.
    """
    effects, trips = groups(settings), itineraries(settings)
    based = [Member(1, "soldier", trip.city, trip.based_at) for trip in trips]
    blocks = [_people(settings, embassy_staff(), 0)]
    blocks += [_people(settings, effect.members, 1 + number) for number, effect in enumerate(effects)]
    travellers = _people(settings, tuple(based), 100)
    blocks.append(replace(travellers, home_lat=travellers.work_lat, home_lon=travellers.work_lon + 0.0003))
    ends = np.cumsum([len(block) for block in blocks])
    parts = np.split(np.arange(ends[-1]), ends[:-1])
    return Cast(People.joined(blocks), parts[0], effects, parts[1:-1], trips, parts[-1])


def _people(settings: ScenarioSettings, members: tuple[Member, ...], number: int) -> People:
    """Return well observed people for the given parts; their homes are drawn as everybody's."""
    rng = settings.stream(2, number)
    each = [member for member in members for _ in range(member.count)]
    role = np.array([ROLE_INDEX[member.role] for member in each], dtype=np.int64)
    city = np.array([CITY_INDEX[member.city] for member in each], dtype=np.int64)
    work = np.array([find_site(m.work_site) if m.work_site else -1 for m in each], dtype=np.int64)
    n = len(each)
    rate = np.clip(RATE_MEDIAN * np.exp(RATE_SIGMA * rng.standard_normal(n)), *RATE_LIMITS)
    return replace(
        make_people(rng, settings, role, city, work),
        rate=rate, idle=np.zeros(n), in_air=np.zeros(n, dtype=bool),
        first_s=np.full(n, float(settings.start_s)), last_s=np.full(n, float(settings.end_s)),
    )


def planted_block(settings: ScenarioSettings) -> PlantedBlock:
    """Return the timetables of all planted people: ordinary days, less the planned times, plus the plans."""
    who = cast(settings)
    ordinary = ordinary_stays(who.people, settings, settings.stream(2, 200))
    if any(group.id == EMBASSY for group in who.groups):
        ordinary = _without_embassy(ordinary, len(who.staff))
    rng = settings.stream(2, 201)
    acts = [no_stays()] + [
        plan_stays(rng, int(device), group.visits_of(rng, number), 0.6)
        for group, members in zip(who.groups, who.members)
        for number, device in enumerate(members)
    ]
    trips = [no_stays()] + [
        plan_stays(rng, int(device), [*_routine(rng, settings, trip), *trip.visits], 0.4)
        for trip, device in zip(who.itineraries, who.travellers)
    ]
    used = [
        moments_of_use(rng, pd.concat(acts), every_s=3 * HOUR_S, most=10),
        moments_of_use(rng, pd.concat(trips), every_s=0.4 * HOUR_S, most=8),
    ]
    planned = pd.concat([*acts, *trips], ignore_index=True)
    stays = pd.concat([without_overlap(ordinary, _busy(planned, who.people)), planned], ignore_index=True)
    device, time_s = (np.concatenate(column) for column in zip(*used))
    return PlantedBlock(who.people, stays, device, time_s)


def _without_embassy(stays: pd.DataFrame, staff: int) -> pd.DataFrame:
    """Return the stays less those of the staff (the first devices) at the embassy once it has emptied."""
    site = sites_with_city().iloc[find_site("Embassy of France, Niamey")]
    away_m = 1000 * distance_km(stays["lat"].to_numpy(), stays["lon"].to_numpy(), site["lat"], site["lon"])
    there = (stays["device"].to_numpy() < staff) & (away_m <= site["radius_m"])
    return stays[~(there & (stays["depart"].to_numpy() > STAFF_STAY_AWAY_S))]


def _routine(rng: np.random.Generator, settings: ScenarioSettings, trip: PlantedItinerary) -> list[PlannedVisit]:
    """Return visits of some hours to the sites also frequented, every third day before the itinerary begins."""
    last = np.floor(trip.visits[0].arrive_s / DAY_S) - 1
    spots = [Spot.of_site(find_site(name)) for name in trip.also_frequents]
    if not spots:
        return []
    days = np.arange(settings.start_s // DAY_S + 1, last)
    chosen = days[rng.random(len(days)) < 0.4]
    starts = chosen * float(DAY_S) - rng.uniform(0.0, 1.5, len(chosen)) * HOUR_S
    which = rng.integers(0, len(spots), len(chosen))
    return [
        PlannedVisit(spots[k], start, start + length * HOUR_S)
        for k, start, length in zip(which, starts, rng.uniform(3.0, 7.0, len(chosen)))
    ]


def _busy(planned: pd.DataFrame, people: People) -> Absences:
    """Return when ordinary life is suspended: from a plan's visits to the next long pause."""
    rows = planned.sort_values(["device", "arrive"], ignore_index=True)
    pause = rows["arrive"] - rows["depart"].shift()
    on_its_own = rows["lodging_lat"].shift().isna() & (pause > ORDINARY_AGAIN_S)
    run = ((rows["device"] != rows["device"].shift()) | on_its_own).cumsum()
    return absences(rows, run.to_numpy(), people)
