"""A study: everything that makes a run repeatable, and the one entry that runs it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Optional

from .fixes import ObservationSource
from .places import Sites, World
from .progress import Progress
from .results import Results

DEFAULT_LINKED_CATEGORIES = (
    "military", "air base", "airport", "government", "embassy", "police", "port", "border crossing",
)


@dataclass(frozen=True)
class Study:
    """Parameters of a run; every field is recorded.

    `days_before`/`days_after` bound the window of each key date: [date - before, date + after], whole local days.
    `who`, `when`, `what`, `change` name the behavior entries (ids) asked for; empty means all of them.
    `time_zone_hours` None means local solar time at each spot, else a fixed offset from UTC in hours.
    """

    key_dates: tuple[date, ...]
    sites: Sites = field(default_factory=Sites.empty)
    world: Optional[World] = None
    days_before: int = 3
    days_after: int = 4
    cell_size_m: float = 1000.0
    lookback_days: int = 30
    linked_categories: tuple[str, ...] = DEFAULT_LINKED_CATEGORIES
    who: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    what: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    purpose: str = ""
    excluded_countries: tuple[str, ...] = ("US",)
    keep_device_ids: bool = False
    time_zone_hours: Optional[float] = None
    min_devices: int = 3
    max_itineraries: int = 200


def run(study: Study, source: ObservationSource, progress: Optional[Progress] = None) -> Results:
    """Run `study` on the observations of `source` and return its result tables.

    Raises InputError when no usable fix is left, StudyError when parameters contradict each other, Cancelled.
    """
    raise NotImplementedError
