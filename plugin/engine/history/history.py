"""What is known about every device at any moment of the study: its visits, legs, nights and homes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

import numpy as np

from ..calendars import Calendar
from ..earth import local_day, local_ms
from ..homes import Homes, Nights, day_span, find_homes, find_nights
from ..legs import Legs
from ..places import World
from ..visits import SpotDays, Visits


@dataclass(frozen=True)
class History:
    """Visits with everything that facets look up: legs, homes, nights, local times and the linked categories.

    `start_ms`, `end_ms` int64 local epoch ms of each visit's observed span; `day` int64 local day of its start;
    `days_here`: on which days each device began visits to each spot;
    `home` int32 spot index of the device's home as of the visit (-1 unknown); `incoming`, `outgoing` int64 row of
    `legs` that ends or begins with the visit's stay (-1 none). `calendar` tells the rest days of countries. `settled`
    bool per device code: who lives somewhere and so counts as panel; None: everybody. `zone_hours`: the study's fixed
    offset from UTC, None for the sun's time at each stay.
    """

    visits: Visits
    legs: Legs
    nights: Nights
    homes: Homes
    world: World
    linked_categories: tuple[str, ...]
    lookback_days: int
    start_ms: np.ndarray
    end_ms: np.ndarray
    day: np.ndarray
    days_here: SpotDays
    home: np.ndarray
    incoming: np.ndarray
    outgoing: np.ndarray
    calendar: Calendar = field(default_factory=Calendar)
    settled: Optional[np.ndarray] = None
    zone_hours: Optional[float] = None

    def days_at(self, time_ms: np.ndarray, stay: np.ndarray) -> np.ndarray:
        """Return the local days (int64), as `day`, of moments (UTC epoch ms) at the places of some stays (rows)."""
        return local_day(local_ms(time_ms, self.visits.stays.lon[stay], self.zone_hours))

    @property
    def origin_s(self) -> int:
        """Second (UTC epoch) from which on events can lie, for `TimedEvents`."""
        stays = self.visits.stays
        return int(stays.start_ms.min() // 1000) if len(stays) else 0


def build_history(
    visits: Visits,
    legs: Legs,
    world: World,
    linked_categories: tuple[str, ...],
    lookback_days: int,
    zone_hours: Optional[float] = None,
    calendar: Calendar = Calendar(),  # noqa: B008 - frozen
    settled: Optional[np.ndarray] = None,
) -> History:
    """Return the history of all devices; homes are known only from nights before each week."""
    stays = visits.stays
    nights = find_nights(visits, zone_hours)
    first_day, last_day = day_span(stays.start_ms) if len(stays) else (0, 0)
    homes = find_homes(nights, first_day, last_day, lookback_days)
    start_ms = local_ms(stays.start_ms, stays.lon, zone_hours)
    day = local_day(start_ms)
    incoming = np.full(len(visits), -1, np.int64)
    outgoing = np.full(len(visits), -1, np.int64)
    incoming[legs.to_stay] = np.arange(len(legs))
    outgoing[legs.from_stay] = np.arange(len(legs))
    return History(
        visits=visits,
        legs=legs,
        nights=nights,
        homes=homes,
        world=world,
        linked_categories=linked_categories,
        lookback_days=lookback_days,
        start_ms=start_ms,
        end_ms=local_ms(stays.end_ms, stays.lon, zone_hours),
        day=day,
        days_here=SpotDays(visits, np.arange(len(visits)), day, day),
        home=homes.at(stays.device, day),
        incoming=incoming,
        outgoing=outgoing,
        calendar=calendar,
        settled=settled,
        zone_hours=zone_hours,
    )
