"""Countries and districts that are told: each with what was counted there on an ordinary day, before and now.

Squares side by side that moved the same way in the same days are one district: an event keeps to no grid.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..base import expand_ranges
from ..counting import Hours, Windows, count_devices, days_in_hours, days_present, sum_days
from ..earth import district_middles, district_width_m, nearest_within, plane_distance_m
from ..places import country_codes
from ..scoring import (
    AFTER_DARK,
    BY_NIGHT,
    OWN_PART,
    REGION_CHANGE,
    Plain,
    RegionChange,
    RegionLevel,
    Regions,
    away_from_home,
)
from ..tables import MIN_SHOWN
from .evidence import Evidence

COUNTRY, DISTRICT = "country", "district"
"""Kinds of spot of findings and heat, beside "site" and "cell"."""
OUT_WHEN = {AFTER_DARK: "After dark", BY_NIGHT: "By night"}
"""What stands as `when` in findings of countries where who is out in some hours of the day moved."""
MAX_REGIONS = 12
"""Countries and districts that are told, by hand: more would not be read."""
NEIGHBOURS = 1.5
"""Widths between the middles of squares that touch, corners too: by hand, just above the square root of two."""
SQUARE_KM = 5
"""What a coarse square is called, as where cells are hidden; wide districts are 20 km then."""
TOWN_KM = 25.0
"""A district is named after a town not farther away, by hand: about the width of the wider ones."""


@dataclass(frozen=True)
class ToldRegion:
    """A region that moved in a key window, in devices that were present on a day, means over the days of its phase.

    `squares`: 0 of a country, else the width of its districts in coarse squares; `regions`: rows of its level.
    `earlier` float64, oldest first. `devices`: distinct ones of these days. `hours`: those of the day in which who was
    away from home is counted (None: all who were present), and `all_hours` what there was of what was expected at any
    hour.
    """

    change: RegionChange
    squares: int
    regions: np.ndarray
    spots: np.ndarray
    observed: float
    earlier: np.ndarray
    expected: float
    devices: int
    name: str
    country: int
    lat: float
    lon: float
    hours: Optional[Hours]
    all_hours: float

    @property
    def is_fall(self) -> bool:
        """Whether there were fewer than expected."""
        return self.change.ratio < 1.0


def told_regions(evidence: Evidence) -> list[ToldRegion]:
    """Return the regions that moved and are told, countries first, each level by p-value: a loop over a few.

    What the counts of a district do not show as its middle place does, is not told, nor what nobody asked.
    """
    plain = evidence.plain
    if plain is None:
        return []
    moved = [_described(evidence, plain, group) for group in _together(plain.regions)]
    asked = _asked_changes(evidence)
    kept = [
        one for one in moved
        if change_of(one) in asked and (one.observed < one.expected) == one.is_fall and _moved_itself(one)
    ]  # fmt: skip
    return kept[:MAX_REGIONS]


def untold_district_notes(evidence: Evidence, regions: Sequence[ToldRegion]) -> list[str]:
    """Return a sentence on the districts that moved and are not among those told, though places are compared with them.

    `regions` are those of `told_regions`.
    """
    if evidence.plain is None:
        return []
    moved = sum(group[0].level > 0 for group in _together(evidence.plain.regions))
    told = sum(one.squares > 0 for one in regions)
    if moved == told:
        return []
    more = f"{moved - told} more" if told else str(moved)
    districts = "district" if moved - told == 1 else "districts"
    return [
        f"{more} {districts} moved as a whole and {'is' if moved - told == 1 else 'are'} not told: at most "
        f"{MAX_REGIONS} countries and districts are, and only those whose counts show it and that was asked about. "
        "Places there are compared with what is left of their district, as places of those told are."
    ]


def _moved_itself(region: ToldRegion) -> bool:
    """Return whether a region shows enough of its change beside its own past: else what it is compared with moved.

    And whether its devices show a change at all: who goes out more moves its places, and not who is there.
    """
    change = math.log(max(region.observed, 0.5) / max(region.expected, 0.5))
    own = math.log(max(region.observed, 0.5) / max(region.change.usual(region.earlier), 0.5))
    is_seen = abs(change) >= OWN_PART * math.log(REGION_CHANGE)
    return is_seen and own * math.copysign(1.0, change) >= OWN_PART * abs(change)


def change_of(region: ToldRegion) -> str:
    """Return the id of the change that a region's is named by."""
    return "falls_away" if region.is_fall else "surges"


def _asked_changes(evidence: Evidence) -> set[str]:
    library = evidence.library
    asked = library.asked.reshape(-1, len(library.change))[evidence.scores.total_pattern]
    return {entry.id for entry, is_asked in zip(library.change, asked) if is_asked}


def _together(tree: Regions) -> Iterator[list[RegionChange]]:
    """Yield the changes that are one: of squares that touch, in the same window and direction; the strongest first."""
    left = list(tree.changes)
    while left:
        group, new = [], [left.pop(0)]
        while new:
            one = new.pop()
            group.append(one)
            near = [other for other in left if _is_same(tree, one, other)]
            left = [other for other in left if not any(other is found for found in near)]
            new += near
        yield sorted(group, key=lambda change: change.p_value)


def _is_same(tree: Regions, one: RegionChange, other: RegionChange) -> bool:
    level = tree.levels[one.level]
    if not level.squares or (one.level, one.window) != (other.level, other.window):
        return False
    both = np.array([one.region, other.region])
    if (one.ratio < 1.0) != (other.ratio < 1.0) or len(np.unique(level.country[both])) > 1:
        return False
    lat, lon = district_middles(level.lat[both], level.lon[both], level.squares)
    away = plane_distance_m(lat[:1], lon[:1], lat[1:], lon[1:])[0]
    return bool(away <= NEIGHBOURS * district_width_m(level.squares))


def _described(evidence: Evidence, plain: Plain, group: list[RegionChange]) -> ToldRegion:
    change = group[0]
    level, phase = plain.regions.levels[change.level], plain.counts.phases[change.phase]
    country = int(level.country[change.region])
    spots = np.unique(np.concatenate([one.spots for one in group]))
    regions = np.array([one.region for one in group])
    lat, lon = district_middles(level.lat[regions[:1]], level.lon[regions[:1]], max(level.squares, 1))
    windows, hours = plain.counts.windows, level.measures[change.measure].hours
    rows = _visits_of(evidence, plain.counts.spot[spots], country if level.squares == 0 else -1)
    if hours is not None:
        rows = rows[away_from_home(evidence.history)[rows]]
    by_day = _devices_by_day(evidence, rows, windows, hours)
    per_day = sum_days(by_day, plain.counts.phases, windows)[change.phase, 0] / phase.length_days
    earlier = per_day[windows.baseline[change.window]]
    expected = change.expected / phase.length_days
    if level.squares:
        usual = change.usual(earlier / np.maximum(change.beside[windows.baseline[change.window]], 1e-9))
        expected = usual * float(change.beside[change.window])
    first = int(windows.start_day[change.window]) + phase.first_day
    return ToldRegion(
        change, level.squares, regions, spots, float(per_day[change.window]), earlier, expected,
        _devices_within(evidence, rows, first, phase.length_days, hours),
        region_names(evidence, level, regions[:1])[0], country, float(lat[0]), float(lon[0]), hours,
        _at_all_hours(change, level, windows),
    )  # fmt: skip


def _at_all_hours(change: RegionChange, level: RegionLevel, windows: Windows) -> float:
    """Return what a region shows in all hours of what was to expect, beside its own past."""
    measure, earlier = level.measures[0], windows.baseline[change.window]
    share = measure.counts[change.phase, change.region] / measure.relative[change.phase, change.region]
    return float(share[change.window] / max(change.usual(share[earlier]), 1e-9))


def _visits_of(evidence: Evidence, spot: np.ndarray, country: int) -> np.ndarray:
    """Return the visit rows at some spots, or of a whole country."""
    if country >= 0:
        return np.flatnonzero(evidence.history.visits.country == country)
    presence = evidence.presence
    return np.sort(presence.by_spot[expand_ranges(presence.start[spot], presence.start[spot + 1])[1]])


def _devices_by_day(
    evidence: Evidence, rows: np.ndarray, windows: Windows, hours: Optional[Hours] = None
) -> np.ndarray:
    """Return the distinct devices of some visits on each day that windows span, int (1, days)."""
    begin, number = windows.day_span
    first, last = _days_of(evidence, rows, begin, number, hours)
    device = evidence.history.visits.stays.device[rows]
    return count_devices(np.zeros(len(rows), np.int64), device, first, last, (1, number))


def _devices_within(
    evidence: Evidence, rows: np.ndarray, first_day: int, days: int, hours: Optional[Hours] = None
) -> int:
    """Return how many distinct devices made some visits on so many days from `first_day` on."""
    first, last = _days_of(evidence, rows, first_day, days, hours)
    return len(np.unique(evidence.history.visits.stays.device[rows[last > first]]))


def _days_of(
    evidence: Evidence, rows: np.ndarray, begin: int, days: int, hours: Optional[Hours]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the days of some visits, in some hours of the day, as `days_present` does."""
    if hours is None:
        return days_present(evidence.history, begin, days, rows)
    return days_in_hours(evidence.history, hours, begin, days, rows)


def region_id(district: str, country: str) -> str:
    """Return the id of a country ("country:TG") or of its part of a district ("district4:12_345 TG")."""
    return f"{district} {country}".strip() if district else f"country:{country}"


def region_names(evidence: Evidence, level: RegionLevel, rows: np.ndarray) -> list[str]:
    """Return the names of some regions: of countries theirs, of districts middle and width, and a town that is near."""
    world = evidence.history.world
    if not level.squares:
        return [str(name) for name in country_codes.names(world, level.country[rows])]
    lat, lon = district_middles(level.lat[rows], level.lon[rows], level.squares)
    width = f"({SQUARE_KM * level.squares} km)"
    towns = nearest_within(lat, lon, world.cities.lat, world.cities.lon, TOWN_KM)[0]
    names = []
    for y, x, town in zip(lat.tolist(), lon.tolist(), towns.tolist()):
        middle = f"{abs(y):.2f} {'S' if y < 0 else 'N'}, {abs(x):.2f} {'W' if x < 0 else 'E'} {width}"
        names.append(middle if town < 0 else f"Around {world.cities.name[town]}, {middle}")
    return names


def out_words(when: str, with_hours: bool = False) -> str:
    """Return "out after dark", or "out after dark (19:00 to 5:00)", of the `when` of a finding; empty of any other."""
    hours = next((hours for hours, title in OUT_WHEN.items() if title == when), None)
    if hours is None:
        return ""
    told = f" ({hours.start:.0f}:00 to {(hours.start + hours.length) % 24:.0f}:00)" if with_hours else ""
    return f"out {when[0].lower()}{when[1:]}{told}"


def is_few(count: float) -> bool:
    """Return whether a mean of devices on a day is too small to be told."""
    return round(count) < MIN_SHOWN
