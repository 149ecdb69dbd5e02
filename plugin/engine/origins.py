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
    """Who was at a place: visit rows int64, at most the spots `place` (bool over spots) wide, and who is compared.

    `control` visit rows of others at `control_place`; `control_says` tells in words who they are.
    """

    rows: np.ndarray
    place: np.ndarray
    control: np.ndarray
    control_place: np.ndarray
    control_says: str


@dataclass(frozen=True)
class _Elsewhere:
    """Distinct pairs of a device and something it was at in its span: `device` codes, `name` index; and all devices."""

    device: np.ndarray
    name: np.ndarray
    devices: int


def find_origins(
    visits: Visits, country_codes: np.ndarray, gathering: Gathering, direction: str = BEFORE, days: int = DAYS
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
    parts = []
    mine = _spans(visits, gathering.rows, direction, days)
    theirs = _spans(visits, gathering.control, direction, days)
    for kind in KINDS:
        label, names = _labels(visits, country_codes, kind)
        here = _elsewhere(visits, mine, gathering.place, label)
        there = _elsewhere(visits, theirs, gathering.control_place, label)
        parts.append(_compare(kind, names, here, there))
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(["p_value", "devices", "kind", "name"], ascending=[True, False, True, True]).reset_index(
        drop=True
    )


def gather(visits: Visits, place: np.ndarray, start_ms: int, end_ms: int, baseline: list[tuple[int, int]]) -> Gathering:
    """Return who was at the spots `place` (bool) in a window [start_ms, end_ms) (UTC epoch ms), and the control.

    `baseline` lists earlier windows. The control are the place's visitors in them if at least
    MIN_CONTROL_DEVICES came, else the visitors of spots of the same category (without one: of the same country's
    spots of that kind) in the same window.
    """
    rows = _rows_in(visits, place, start_ms, end_ms)
    earlier = [_rows_in(visits, place, start, end) for start, end in baseline]
    control = np.unique(np.concatenate([np.empty(0, np.int64), *earlier]))
    if len(np.unique(visits.stays.device[control])) >= MIN_CONTROL_DEVICES:
        return Gathering(rows, place, control, place, "visitors of the same place in earlier windows")
    spots = visits.spots
    sort = spots.kind + np.where(spots.category != "", " " + spots.category, " of " + spots.country)
    like = np.isin(sort.astype(str), np.unique(sort[place].astype(str))) & ~place
    return Gathering(rows, place, _rows_in(visits, like, start_ms, end_ms), like, "visitors of like places at the time")


def _rows_in(visits: Visits, place: np.ndarray, start_ms: int, end_ms: int) -> np.ndarray:
    """Return the visits at `place` that overlap a window."""
    stays = visits.stays
    return np.flatnonzero((stays.end_ms >= start_ms) & (stays.start_ms < end_ms) & place[visits.spot])


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
    visits: Visits, spans: tuple[np.ndarray, np.ndarray, np.ndarray], place: np.ndarray, label: np.ndarray
) -> _Elsewhere:
    """Return what the devices were at in their spans, the place itself left out; `label` per visit, -1 for nothing."""
    device, begin, end = spans
    stays = visits.stays
    low, high = (_position(visits, time_ms, device, moment) for time_ms, moment in
                 ((stays.end_ms, begin), (stays.start_ms, end)))  # fmt: skip
    unit, row = expand_ranges(low, high)
    keep = np.flatnonzero((label[row] >= 0) & ~place[visits.spot[row]])
    unit, name = unit[keep], label[row[keep]].astype(np.int64)
    order = np.lexsort((unit, name))
    order = order[begins_run(name[order], unit[order])]
    return _Elsewhere(device[unit[order]], name[order], len(device))


def _position(visits: Visits, time_ms: np.ndarray, device: np.ndarray, moment: np.ndarray) -> np.ndarray:
    """Return the first row of each device whose `time_ms` (rising within devices) is at `moment` or later."""
    stays = visits.stays
    origin_ms = int(stays.start_ms.min())
    # One key of device and second; a second is finer than any visit.
    def key(code: np.ndarray, time: np.ndarray) -> np.ndarray:
        second = np.clip((time - origin_ms) // 1000, 0, (1 << 32) - 1)
        return (code.astype(np.int64) << 32) + second

    return np.searchsorted(key(stays.device, time_ms), key(device, moment), "left")


def _labels(visits: Visits, country_codes: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return per visit the index of its site, category or country (-1 none) and the names."""
    spots = visits.spots
    if kind == "country":
        return visits.country.astype(np.int64), country_codes.astype(str)
    is_site = spots.kind == "site"
    if kind == "site":
        return np.where(is_site, np.arange(len(spots)), -1)[visits.spot], spots.name.astype(str)
    names, index = np.unique(spots.category.astype(str), return_inverse=True)
    return np.where(is_site & (names[index] != ""), index, -1)[visits.spot], names


def _compare(kind: str, names: np.ndarray, here: _Elsewhere, there: _Elsewhere) -> pd.DataFrame:
    found, devices = np.unique(here.name, return_counts=True)
    control = np.bincount(there.name, minlength=len(names))[found]
    expected = (control + 0.5) / (there.devices + 1.0)
    share = devices / max(here.devices, 1)
    return pd.DataFrame(
        {
            "kind": kind,
            "name": names[found].astype(object),
            "spot": found if kind == "site" else -1,
            "devices": devices.astype(np.int64),
            "share": share,
            "expected_share": expected,
            "lift": share / expected,
            "p_value": more_than_control(devices, here.devices, control, there.devices),
        }
    )
