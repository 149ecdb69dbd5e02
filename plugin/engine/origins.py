"""Origins: where those who were at a place had been before, or went after, against what is usual for its visitors.

The unit is the device. The control says what share to expect without anything unusual: the visitors of the same place
in its baseline, or, where too few came, those of like places in the same window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .errors import StudyError
from .fisher import more_than_control
from .localtime import DAY_MS
from .sorted_runs import begins_run, expand_ranges, run_starts
from .visits import Visits

BEFORE, AFTER = "before", "after"
DIRECTIONS = (BEFORE, AFTER)
KINDS = ("site", "category", "country")
DAYS = 30
MIN_CONTROL_DEVICES = 20


@dataclass(frozen=True)
class Gathering:
    """Who was at a place: visit rows int64, the place as bool over visits (`here`), and who is compared.

    `control` visit rows of others at `control_here`; `control_says` tells in words who they are.
    """

    rows: np.ndarray
    here: np.ndarray
    control: np.ndarray
    control_here: np.ndarray
    control_says: str


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
            "site": (site[visits.spot], spots.name),
            "category": (category[visits.spot], categories),
            "country": (visits.country, country_codes),
        }

    def names(self, kind: str) -> np.ndarray:
        """Return the names of a kind, by index."""
        return self._kinds[kind][1].astype(object)

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
        return (device.astype(np.int64) << 32) + second


def find_origins(
    whereabouts: Whereabouts, gathering: Gathering, direction: str = BEFORE, days: int = DAYS
) -> pd.DataFrame:
    """Return where the devices of `gathering` were in the `days` before their first (after their last) visit there.

    One row per kind (site, category, country) and name: `kind`, `name`, `spot` (row of the spots, -1 unless a site),
    `devices`, `share`, `expected_share`, `lift`, `p_value`; strongest first. Shares are of the gathering's devices;
    the expected share is the control's with half a device added to either side, so that no lift is infinite; p is
    Fisher's, one-sided. Raises StudyError if nobody was there or the direction is unknown.
    """
    if direction not in DIRECTIONS:
        raise StudyError(f"The direction “{direction}” is unknown. Choose before or after.")
    if len(gathering.rows) == 0:
        raise StudyError("Nobody was seen at this place in this window. Choose a longer window or a larger place.")
    mine = _elsewhere(whereabouts, gathering.rows, gathering.here, direction, days)
    theirs = _elsewhere(whereabouts, gathering.control, gathering.control_here, direction, days)
    parts = [_compare(whereabouts, kind, mine, theirs) for kind in KINDS]
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(["p_value", "devices", "kind", "name"], ascending=[True, False, True, True]).reset_index(
        drop=True
    )


def gather(visits: Visits, here: np.ndarray, start_ms: int, end_ms: int, baseline: list[tuple[int, int]]) -> Gathering:
    """Return who made the visits `here` (bool) in a window [start_ms, end_ms) (UTC epoch ms), and the control.

    `baseline` lists earlier windows. The control are the place's visitors in them if at least
    MIN_CONTROL_DEVICES came, else the visitors of spots of the same category (without one: of the same country's
    spots of that kind) in the same window, in the same country if as many came there.
    """
    rows = _rows_in(visits, here, start_ms, end_ms)
    earlier = [_rows_in(visits, here, start, end) for start, end in baseline]
    control = np.unique(np.concatenate([np.empty(0, np.int64), *earlier]))
    if len(np.unique(visits.stays.device[control])) >= MIN_CONTROL_DEVICES:
        return Gathering(rows, here, control, here, "visitors of the same place in earlier windows")
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
    return Gathering(rows, here, control, there, says)


def _rows_in(visits: Visits, here: np.ndarray, start_ms: int, end_ms: int) -> np.ndarray:
    """Return those of the visits `here` that overlap a window."""
    stays = visits.stays
    return np.flatnonzero((stays.end_ms >= start_ms) & (stays.start_ms < end_ms) & here)


def _spans(visits: Visits, rows: np.ndarray, direction: str, days: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each device (rising) of the visits `rows` and its span [begin, end) in UTC epoch ms."""
    stays = visits.stays
    rows = np.sort(rows)  # visits are sorted by device and start
    start, length = run_starts(stays.device[rows])
    device = stays.device[rows[start]].astype(np.int64)
    if direction == BEFORE:
        end = stays.start_ms[rows[start]]
        return device, end - days * DAY_MS, end
    begin = stays.end_ms[rows[start + length - 1]] + 1
    return device, begin, begin + days * DAY_MS


def _elsewhere(
    whereabouts: Whereabouts, rows: np.ndarray, here: np.ndarray, direction: str, days: int
) -> tuple[int, np.ndarray, np.ndarray]:
    """Return the number of devices of the visits `rows`, and (device number, visit) of what they did elsewhere."""
    device, begin_ms, end_ms = _spans(whereabouts.visits, rows, direction, days)
    owner, row = whereabouts.rows_within(device, begin_ms, end_ms)
    away = np.flatnonzero(~here[row])
    return len(device), owner[away], row[away]


def _compare(
    whereabouts: Whereabouts,
    kind: str,
    here: tuple[int, np.ndarray, np.ndarray],
    there: tuple[int, np.ndarray, np.ndarray],
) -> pd.DataFrame:
    names = whereabouts.names(kind)
    devices, control = (
        np.bincount(_distinct_names(whereabouts.name_of(kind, row), owner), minlength=len(names))
        for _, owner, row in (here, there)
    )
    found = np.flatnonzero(devices)
    devices, control = devices[found], control[found]
    share = devices / max(here[0], 1)
    expected = (control + 0.5) / (there[0] + 1.0)
    return pd.DataFrame(
        {
            "kind": kind,
            "name": names[found],
            "spot": found if kind == "site" else -1,
            "devices": devices,
            "share": share,
            "expected_share": expected,
            "lift": share / expected,
            "p_value": more_than_control(devices, here[0], control, there[0]),
        }
    )


def _distinct_names(name: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return the name of each distinct pair of a name and an owner; pairs without a name are left out."""
    named = np.flatnonzero(name >= 0)
    name, owner = name[named], owner[named]
    order = np.lexsort((owner, name))
    return name[order[begins_run(name[order], owner[order])]]
