"""The stops of itineraries: home base, unusual sites and towns, in the order they were visited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..base import begins_run, expand_ranges, pairs
from ..earth import DAY_MS, HOUR_MS
from ..places import World
from ..stays import Stays
from ..visits import Visits, find_usual
from .anchors import Anchors, find_anchors

if TYPE_CHECKING:
    from .settings import ItinerarySettings

SAME_STOP_MS = 36 * HOUR_MS
PASSING_MS = 2 * HOUR_MS
USUAL_DAYS = 7
"""Away from home, a site is listed again and again for a week; after that only on a return from elsewhere."""
BASE, SITE, TOWN, FIELD = range(4)


@dataclass(frozen=True)
class Stops:
    """Stops of all itineraries, in order; `itinerary` int64 numbers 0..n-1 by rank.

    `devices`, `key_days` and `base` (spot index, -1 unknown) per itinerary. Per stop: `kind` (BASE, SITE, TOWN, or
    FIELD: an airport of the gazetteer, `field`), `spot` (index, -1 for towns and fields), `at` (row of the visit
    whose position is that of the stop; a base has that of its spot), `country` (int16), `arrived_ms`, `departed_ms`
    (first and last fix there), `day` (local day of arrival), `n_fixes`, and `enter`, `leave`: the rows of the visits
    between which the legs run.
    `row`: the visits of all itineraries in their spans, sorted; `anchors`: those of them that lasted or led here.
    """

    devices: np.ndarray
    key_days: np.ndarray
    base: np.ndarray
    itinerary: np.ndarray
    kind: np.ndarray
    spot: np.ndarray
    field: np.ndarray
    at: np.ndarray
    country: np.ndarray
    arrived_ms: np.ndarray
    departed_ms: np.ndarray
    day: np.ndarray
    n_fixes: np.ndarray
    enter: np.ndarray
    leave: np.ndarray
    row: np.ndarray
    anchors: np.ndarray


def find_stops(
    visits: Visits,
    world: World,
    home_spot: np.ndarray,
    day: np.ndarray,
    devices: np.ndarray,
    key_days: np.ndarray,
    reached_rows: np.ndarray,
    stayed: np.ndarray,
    settings: ItinerarySettings,
) -> Stops:
    """Return the stops of `devices` (codes, by rank) in the span around each one's key day.

    A locality is a run of visits less than 50 km apart. Inside one, unusual visits to sites are stops: away from
    home those to any site, around home those that led here and the airport, port or border by which it left or
    returned. The home base is a stop whenever the device is back in its surroundings; a locality without any is
    one stop at the nearest town, unless only passed through. `stayed` bool per visit: it lasted (`site_stays`).
    """
    row, itinerary = _rows_of(visits, day, devices, key_days, settings)
    base = _find_bases(visits, home_spot, row, itinerary, day, key_days)
    anchors = find_anchors(visits, world, row, itinerary, base, reached_rows, stayed)
    index, kind = _pick(visits, day, anchors, base, reached_rows, settings)
    return _measure(visits, day, devices, key_days, base, anchors, index, kind, row)


def _rows_of(
    visits: Visits, day: np.ndarray, devices: np.ndarray, key_days: np.ndarray, settings: ItinerarySettings
) -> tuple[np.ndarray, np.ndarray]:
    first = np.searchsorted(visits.stays.device, devices, side="left")
    last = np.searchsorted(visits.stays.device, devices, side="right")
    itinerary, row = expand_ranges(first, last)
    away = day[row] - key_days[itinerary]
    # A stay that began before the span reaches into it: months at a base are one stay.
    left = away + (visits.stays.end_ms[row] - visits.stays.start_ms[row]) // DAY_MS
    keep = (left >= -settings.days_before) & (away <= settings.days_after)
    return row[keep], itinerary[keep]


def _find_bases(
    visits: Visits,
    home_spot: np.ndarray,
    row: np.ndarray,
    itinerary: np.ndarray,
    day: np.ndarray,
    key_days: np.ndarray,
) -> np.ndarray:
    """Return the spot that was each device's home on most visits up to the key day (else ever), -1 if unknown."""
    base = np.full(len(key_days), -1, dtype=np.int64)
    for usable in (np.ones(len(row), dtype=bool), day[row] <= key_days[itinerary]):
        known = usable & (home_spot[row] >= 0)
        pair = itinerary[known] * len(visits.spots) + home_spot[row[known]]
        pairs, times = np.unique(pair, return_counts=True)
        order = np.argsort(times, kind="stable")
        base[pairs[order] // len(visits.spots)] = pairs[order] % len(visits.spots)
    return base


def _pick(
    visits: Visits,
    day: np.ndarray,
    anchors: Anchors,
    base: np.ndarray,
    reached_rows: np.ndarray,
    settings: ItinerarySettings,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the anchors (index) at which stops begin, in order, and the kind of each stop."""
    stays, spot = visits.stays, visits.spot[anchors.row]
    is_place = (visits.spots.kind[spot] == "site") | (anchors.field >= 0)
    at_home = spot == base[anchors.itinerary]
    led_here = np.isin(anchors.row, reached_rows)
    among = np.isin(stays.device, stays.device[anchors.row]) & (visits.spots.kind[visits.spot] == "site")
    among[anchors.row[anchors.field >= 0]] = True
    usual = find_usual(visits, day, among, settings.lookback_days, USUAL_DAYS)[anchors.row]
    # A usual place away from home is no news day after day, but it is on each return from elsewhere.
    returned = np.zeros(len(spot), dtype=bool)
    returned[np.unique(pairs(anchors.locality, anchors.place), return_index=True)[1]] = True
    by_the_way = anchors.is_break & ~usual & _at_edge(anchors)
    is_stop = ~at_home & (led_here | (is_place & np.where(anchors.at_base, by_the_way, ~usual | returned)))
    begins = is_stop & ~_continues(visits, anchors, is_stop)
    site_index = np.flatnonzero(begins)
    has_site = np.bincount(anchors.locality[is_stop], minlength=len(anchors.first)) > 0
    home_at = np.full(len(anchors.first), len(spot), dtype=np.int64)
    np.minimum.at(home_at, anchors.locality[at_home], np.flatnonzero(at_home))
    around_home = anchors.at_base[anchors.first]
    seen_home = home_at < len(spot)
    base_index = np.where(seen_home, home_at, anchors.first)[around_home & (seen_home | ~has_site)]
    lasted = stays.end_ms[anchors.row[anchors.last]] - stays.start_ms[anchors.row[anchors.first]] >= PASSING_MS
    town_index = anchors.first[~around_home & ~has_site & lasted]
    index = np.concatenate([base_index, site_index, town_index])
    kind = np.repeat([BASE, SITE, TOWN], [len(base_index), len(site_index), len(town_index)])
    kind[(kind == SITE) & (anchors.field[index] >= 0)] = FIELD
    order = np.lexsort((kind, index))
    return index[order], kind[order]


def _at_edge(anchors: Anchors) -> np.ndarray:
    """Return True for anchors at the first or last place of a locality, if the way leads there from another or on."""
    run = np.cumsum(begins_run(anchors.locality, anchors.place)) - 1
    came, goes = (np.zeros(len(anchors.first), dtype=bool) for _ in range(2))
    owner = anchors.itinerary[anchors.first]
    came[1:] = goes[:-1] = owner[1:] == owner[:-1]
    entered = run == run[anchors.first][anchors.locality]
    left = run == run[anchors.last][anchors.locality]
    return (entered & came[anchors.locality]) | (left & goes[anchors.locality])


def _continues(visits: Visits, anchors: Anchors, is_stop: np.ndarray) -> np.ndarray:
    """Return True for anchors that go on with the stop before: same place, not long after, nothing between."""
    goes_on = np.zeros(len(is_stop), dtype=bool)
    stop = np.flatnonzero(is_stop)
    earlier, later = stop[:-1], stop[1:]
    stays = visits.stays
    pause = stays.start_ms[anchors.row[later]] - stays.end_ms[anchors.row[earlier]]
    goes_on[later] = (
        (anchors.place[later] == anchors.place[earlier])
        & (anchors.locality[later] == anchors.locality[earlier])
        & (pause <= SAME_STOP_MS)
    )
    return goes_on


def _measure(
    visits: Visits,
    day: np.ndarray,
    devices: np.ndarray,
    key_days: np.ndarray,
    base: np.ndarray,
    anchors: Anchors,
    index: np.ndarray,
    kind: np.ndarray,
    row: np.ndarray,
) -> Stops:
    stays = visits.stays
    locality = anchors.locality[index]
    following = np.append(index[1:], len(anchors.row))
    until = np.minimum(np.maximum(following, index + 1), anchors.last[locality] + 1)
    owner, member = expand_ranges(index, until)
    spot = visits.spot[anchors.row[index]].astype(np.int64)
    there = (kind[owner] == TOWN) | (anchors.place[member] == anchors.place[index[owner]])
    last = np.zeros(len(index), dtype=np.int64)
    np.maximum.at(last, owner[there], member[there])
    fixes = np.bincount(owner[there], weights=stays.n_fixes[anchors.row[member[there]]], minlength=len(index))
    longest = _longest(stays, anchors, owner, member, len(index))
    at = anchors.row[np.where(kind == TOWN, longest, index)]
    home = np.maximum(base[anchors.itinerary[index]], 0)
    # A leg leaves a locality at its last visit and enters the next at its first, whether or not those are stops.
    same_after = np.append(locality[1:] == locality[:-1], False)
    same_before = np.append(False, locality[1:] == locality[:-1])[: len(index)]
    return Stops(
        devices=devices,
        key_days=key_days,
        base=base,
        itinerary=anchors.itinerary[index],
        kind=kind,
        spot=np.where(kind == BASE, base[anchors.itinerary[index]], np.where(kind == SITE, spot, -1)),
        field=np.where(kind == FIELD, anchors.field[index], -1),
        at=at,
        country=np.where(kind == BASE, visits.spots.country_index[home], visits.country[at]),
        arrived_ms=stays.start_ms[anchors.row[index]],
        departed_ms=stays.end_ms[anchors.row[last]],
        day=day[anchors.row[index]],
        n_fixes=fixes.astype(np.int64),
        enter=anchors.row[np.where(same_before, index, anchors.first[locality])],
        leave=anchors.row[np.where(same_after[: len(index)], last, anchors.last[locality])],
        row=row,
        anchors=anchors.row,
    )


def _longest(stays: Stays, anchors: Anchors, owner: np.ndarray, member: np.ndarray, count: int) -> np.ndarray:
    """Return the anchor (index) of the longest stay among the members of each stop."""
    length = stays.end_ms[anchors.row[member]] - stays.start_ms[anchors.row[member]]
    order = np.lexsort((-member, length, owner))
    longest = np.zeros(count, dtype=np.int64)
    longest[owner[order]] = member[order]
    return longest
