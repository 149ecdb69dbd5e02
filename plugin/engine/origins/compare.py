"""Origins: where those who were at a place had been before, or went after, against what is usual for its visitors.

The unit is the coming: one device at one place in one window. The control says what share to expect without anything
unusual: the comings to the same place in its baseline, or, where too few came, to like places in the same window. Who
comes often comes as often in the control as in a window of it, so regulars weigh there as they do in the asked window;
what one device does again and again, and what many do in one window only, is no independent count: see `find_clumps`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Optional

import numpy as np
import pandas as pd

from ..base import Columns, StudyError, expand_ranges, meant_probability, pairs, run_starts
from ..earth import DAY_MS
from ..stats import more_than_control
from ..tables import MIN_SHOWN, MOST_HIDDEN, at_most_few, bounds_of, leaves_few
from ..visits import Visits
from .clumps import find_clumps

BEFORE, AFTER = "before", "after"
DIRECTIONS = (BEFORE, AFTER)
ORIGIN_KINDS = ("site", "category", "country")
DAYS = 30
MIN_CONTROL_DEVICES = 20
FEW_GROUPS = 5
"""With fewer earlier windows (or like places) in the control a note says what they cannot tell."""


@dataclass(frozen=True)
class Gathering:
    """Who was at a place: visit rows int64, the place as bool over visits (`here`), and who is compared.

    `control` visit rows of others in their `group` int64: an earlier window of the place, or a like place in the same
    window, then the spot (`is_spot`). A visit may be in several groups. `control_says` tells in words who they are.
    `start_ms` (UTC epoch ms) begins the asked window.
    """

    rows: np.ndarray
    here: np.ndarray
    control: np.ndarray
    group: np.ndarray
    is_spot: bool
    control_says: str
    start_ms: int


@dataclass(frozen=True)
class _Comings:
    """Device and group (int64) of each coming, and the coming and visit row of each visit elsewhere, in the span."""

    device: np.ndarray
    group: np.ndarray
    owner: np.ndarray
    row: np.ndarray


class Whereabouts:
    """All visits, searchable by device and time and named by site, category and country; made once, asked often."""

    def __init__(self, visits: Visits, country_codes: np.ndarray) -> None:
        self.visits = visits
        stays, spots = visits.stays, visits.spots
        self._origin_ms = int(stays.start_ms.min()) if len(stays) else 0
        self._start = self._key(stays.device, stays.start_ms)
        self._end = self._key(stays.device, stays.end_ms)
        is_site = spots.kind == "site"
        categories, category = np.unique(spots.category.astype(str), return_inverse=True)
        site = np.where(is_site, np.arange(len(spots)), -1)
        category = np.where(is_site & (categories[category] != ""), category, -1)
        self._kinds = {
            "site": (site[visits.spot], spots.name.astype(object)),
            "category": (category[visits.spot], categories.astype(object)),
            "country": (visits.country, country_codes.astype(object)),
        }
        self.category = spots.category.astype(str)

    def names(self, kind: str) -> np.ndarray:
        """Return the names of a kind, by index."""
        return self._kinds[kind][1]

    def rows_within(
        self, device: np.ndarray, begin_ms: np.ndarray, end_ms: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return (owner, row) of the visits that overlap [begin, end) (UTC epoch ms) of each device code."""
        first = np.searchsorted(self._end, self._key(device, begin_ms), "left")
        return expand_ranges(first, np.searchsorted(self._start, self._key(device, end_ms), "left"))

    def name_of(self, kind: str, row: np.ndarray) -> np.ndarray:
        """Return the index of each visit's name, int64, -1 where it has none."""
        return self._kinds[kind][0][row].astype(np.int64)

    def _key(self, device: np.ndarray, time_ms: np.ndarray) -> np.ndarray:
        """One number of device and second; a second is finer than any visit."""
        second = np.clip((time_ms - self._origin_ms) // 1000, 0, (1 << 32) - 1)
        return pairs(device, second)


@dataclass(frozen=True)
class Counted(Columns):
    """Where the devices of one gathering were in one direction: a row for each kind (`ORIGIN_KINDS`) and name.

    `spot` int64 row of the spots, -1 unless a site. `devices` of `count`, and `control` of the `units` comings that
    could have been there (int64); `clump`, `control_clump` float64 as in `find_clumps`. `at_least` int64 is the bound
    told of devices that are not told, else -1; `held` bool: to be told with a bound for the sake of others.
    """

    kind: np.ndarray
    name: np.ndarray
    spot: np.ndarray
    devices: np.ndarray
    count: np.ndarray
    control: np.ndarray
    units: np.ndarray
    clump: np.ndarray
    control_clump: np.ndarray
    at_least: np.ndarray
    held: np.ndarray


def find_origins(
    whereabouts: Whereabouts, gathering: Gathering, direction: str = BEFORE, days: int = DAYS
) -> pd.DataFrame:
    """Return where the devices of `gathering` were in the `days` before their first (after their last) visit there.

    `gathering` is to be settled for the direction (`settle`).
    One row per kind (site, category, country) and name: `kind`, `name`, `spot` (row of the spots, -1 unless a site),
    `devices`, `share`, `expected_share`, `lift`, `p_value`; strongest first. Shares are of the gathering's devices; the
    expected share is of the control's comings with half a one added to either side, so that no lift is infinite; p is
    Fisher's, one-sided, for counts that come in clumps. `told_…` of the last three and `at_least` (the bound told of
    devices that are not told, else -1) are for `hide_small_counts`. Raises StudyError if nobody was there or the
    direction is unknown.
    """
    return compare([count_origins(whereabouts, gathering, direction, days)]).drop(columns="asked")


def count_origins(
    whereabouts: Whereabouts, gathering: Gathering, direction: str = BEFORE, days: int = DAYS
) -> Counted:
    """Return the counts that `find_origins` compares; raises StudyError as it does."""
    if direction not in DIRECTIONS:
        raise StudyError(f"The direction “{direction}” is unknown. Choose before or after.")
    if len(gathering.rows) == 0:
        raise StudyError("Nobody was seen at this place in this window. Choose a longer window or a larger place.")
    alone = np.zeros(len(gathering.rows), np.int64)
    mine = _elsewhere(whereabouts, gathering.rows, alone, gathering.here, direction, days)
    control_here = None if gathering.is_spot else gathering.here
    theirs = _elsewhere(whereabouts, gathering.control, gathering.group, control_here, direction, days)
    counted = Counted.joined([_count(whereabouts, kind, mine, theirs, gathering.is_spot) for kind in ORIGIN_KINDS])
    return replace(counted, held=_held_back(counted, whereabouts.category, len(mine.device)))


def compare(counted: Sequence[Counted]) -> pd.DataFrame:
    """Return the columns of `find_origins` for each of `counted` (at least one), whose number is `asked`."""
    every = Counted.joined(counted)
    share, expected = every.devices / np.maximum(every.count, 1), (every.control + 0.5) / (every.units + 1.0)
    clumps = every.clump, every.control_clump
    frame = pd.DataFrame(
        {
            "asked": np.repeat(np.arange(len(counted)), [len(one) for one in counted]),
            "kind": every.kind,
            "name": every.name,
            "spot": every.spot,
            "devices": every.devices,
            "share": share,
            "expected_share": expected,
            "lift": share / expected,
            "p_value": meant_probability(
                more_than_control(every.devices, every.count, every.control, every.units, *clumps)
            ),
            "at_least": np.where(every.held, MIN_SHOWN, every.at_least),
            **_told(every),
        }
    )
    by = ["asked", "p_value", "devices", "kind", "name"]
    return frame.sort_values(by, ascending=[True, True, False, True, True]).reset_index(drop=True)


def gather(visits: Visits, here: np.ndarray, start_ms: int, end_ms: int, baseline: list[tuple[int, int]]) -> Gathering:
    """Return who made the visits `here` (bool) in a window [start_ms, end_ms) (UTC epoch ms), and the control.

    `baseline` lists earlier windows. The control are the place's visitors in them if at least
    MIN_CONTROL_DEVICES came, else the visitors of spots of the same category (without one: of the same country's
    spots of that kind) in the same window, in the same country if as many came there.
    """
    rows = _rows_in(visits, here, start_ms, end_ms)
    earlier = [_rows_in(visits, here, start, end) for start, end in baseline]
    control = np.concatenate([np.empty(0, np.int64), *earlier])
    if len(np.unique(visits.stays.device[control])) >= MIN_CONTROL_DEVICES:
        group = np.repeat(np.arange(len(earlier)), [len(one) for one in earlier])
        return Gathering(rows, here, control, group, False, "visitors of the same place in earlier windows", start_ms)
    spots = visits.spots
    sort = (spots.kind + np.where(spots.category != "", " " + spots.category, " of " + spots.country)).astype(str)
    asked = np.unique(visits.spot[here])
    like = np.isin(sort, np.unique(sort[asked]))
    near = like & np.isin(spots.country_index, np.unique(spots.country_index[asked]))
    there, says = near[visits.spot] & ~here, "visitors of like places in the same country at the time"
    control = _rows_in(visits, there, start_ms, end_ms)
    if len(np.unique(visits.stays.device[control])) < MIN_CONTROL_DEVICES:
        there, says = like[visits.spot] & ~here, "visitors of like places at the time"
        control = _rows_in(visits, there, start_ms, end_ms)
    return Gathering(rows, here, control, visits.spot[control].astype(np.int64), True, says, start_ms)


def settle(visits: Visits, gathering: Gathering, direction: str, days: int = DAYS) -> Gathering:
    """Return the gathering for a direction: after, without earlier windows whose `days` after reach into the asked one.

    What its visitors do for the first time would be usual for the same devices before. As it is where too few windows
    or devices would be left, and where the control are like places.
    """
    if direction != AFTER or gathering.is_spot:
        return gathering
    reaches = visits.stays.end_ms[gathering.control] + days * DAY_MS > gathering.start_ms
    kept = ~np.isin(gathering.group, np.unique(gathering.group[reaches]))
    device = visits.stays.device[gathering.control]
    devices, windows = (len(np.unique(codes[kept])) for codes in (device, gathering.group))
    if kept.all() or devices < MIN_CONTROL_DEVICES or windows < FEW_GROUPS:
        return gathering
    says = f"{gathering.control_says} that end {days} days before"
    return replace(gathering, control=gathering.control[kept], group=gathering.group[kept], control_says=says)


def _rows_in(visits: Visits, here: np.ndarray, start_ms: int, end_ms: int) -> np.ndarray:
    """Return those of the visits `here` that overlap a window."""
    stays = visits.stays
    return np.flatnonzero((stays.end_ms >= start_ms) & (stays.start_ms < end_ms) & here)


def _elsewhere(
    whereabouts: Whereabouts, rows: np.ndarray, group: np.ndarray, here: Optional[np.ndarray], direction: str, days: int
) -> _Comings:
    """Return the comings that the visits `rows` are, one for each device and `group` (int64), with what they led to.

    Visits `here` (bool) are left out; None: those at the spot that the group is.
    """
    stays = whereabouts.visits.stays
    order = np.lexsort((rows, group))  # visits are sorted by device and start
    rows, group = rows[order], group[order]
    start, length = run_starts(group, stays.device[rows])
    device, group = stays.device[rows[start]].astype(np.int64), group[start]
    if direction == BEFORE:
        end_ms = stays.start_ms[rows[start]]
        begin_ms = end_ms - days * DAY_MS
    else:
        begin_ms = stays.end_ms[rows[start + length - 1]] + 1
        end_ms = begin_ms + days * DAY_MS
    owner, row = whereabouts.rows_within(device, begin_ms, end_ms)
    is_here = whereabouts.visits.spot[row] == group[owner] if here is None else here[row]
    return _Comings(device, group, owner[~is_here], row[~is_here])


def _count(
    whereabouts: Whereabouts, kind: str, mine: _Comings, theirs: _Comings, groups_are_spots: bool
) -> Counted:
    """Return the counts of one kind; none is held yet."""
    names = whereabouts.names(kind)
    (name, coming), (their_name, their_coming) = (
        _distinct_names(whereabouts.name_of(kind, one.row), one.owner) for one in (mine, theirs)
    )
    devices = np.bincount(name, minlength=len(names))
    found = np.flatnonzero(devices)
    place = np.full(len(names), -1)
    place[found] = np.arange(len(found))
    shared = place[their_name] >= 0
    hits = place[name], coming
    control_hits = place[their_name[shared]], their_coming[shared]
    devices, control = devices[found], np.bincount(control_hits[0], minlength=len(found))
    units = np.full(len(found), len(theirs.device))
    if groups_are_spots and kind == "site":  # who came to a spot cannot have come from it
        units -= np.bincount(theirs.group, minlength=len(names))[found]
    clump, control_clump = find_clumps(mine.device, theirs.device, theirs.group, hits, control_hits, len(found))
    count = len(mine.device)
    return Counted(
        kind=np.full(len(found), kind, dtype=object), name=names[found],
        spot=found if kind == "site" else np.full(len(found), -1), devices=devices,
        count=np.full(len(found), count), control=control, units=units, clump=clump, control_clump=control_clump,
        at_least=bounds_of(devices, count),
        held=np.zeros(len(found), bool),
    )  # fmt: skip


def _told(every: Counted) -> dict[str, np.ndarray]:
    """Return the expected share, the lift on it and p so that they tell no small count.

    As if so many of the control as it may be had been there where few were or were not, and as if MOST_HIDDEN devices
    had not where few had not; NaN where the control is small, and p where the row is held back.
    """
    devices, count, units = every.devices, every.count, every.units
    hits = np.where(leaves_few(devices, count), np.maximum(count - MOST_HIDDEN, 1), devices)
    among = np.where(leaves_few(every.control, units), units - 1, at_most_few(every.control))
    expected = np.where(units < MIN_SHOWN, np.nan, (among + 0.5) / (units + 1.0))
    p_value = meant_probability(more_than_control(hits, count, among, units, every.clump, every.control_clump))
    return {
        "told_expected_share": expected, "told_lift": devices / np.maximum(count, 1) / expected,
        "told_p_value": np.where((units < MIN_SHOWN) | every.held, np.nan, p_value),
    }  # fmt: skip


def _held_back(counted: Counted, category: np.ndarray, count: int) -> np.ndarray:
    """Return the rows, bool, that would tell the small counts of others: what is missing of a sum is all they can be.

    Every one of the `count` devices was in a country, and those in a category of sites (`category` of each spot) at one
    of these. A row that is told with a bound makes the sum unknown.
    """
    kind, devices, bound = counted.kind, counted.devices, counted.at_least
    few, held = devices < MIN_SHOWN, np.zeros(len(counted), bool)

    def is_told(parts: np.ndarray, whole: int) -> bool:
        hidden = int(few[parts].sum())
        missing = whole - devices[parts][~few[parts]].sum()
        return hidden > 0 and bool((bound[parts] < 0).all()) and missing >= MOST_HIDDEN * hidden

    countries, sites = np.flatnonzero(kind == "country"), np.flatnonzero(kind == "site")
    if is_told(countries, count) and not few[countries].all():
        shown = countries[~few[countries]]
        held[shown[np.argmin(devices[shown])]] = True
    of_site = category[counted.spot[sites]]
    for row in np.flatnonzero((kind == "category") & ~few & (bound < 0)):  # some tens
        held[row] = is_told(sites[of_site == counted.name[row]], int(devices[row]))
    return held


def _distinct_names(name: np.ndarray, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the name and owner of each distinct pair, both int64; pairs without a name are left out."""
    named = name >= 0
    width = int(owner.max(initial=0)) + 1
    pair = np.unique(name[named] * width + owner[named])
    return pair // width, pair % width
