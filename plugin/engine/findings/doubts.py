"""Doubts: what speaks against a finding, from the fixes it rests on to the panel around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Optional

import numpy as np

from ..base import run_starts
from ..counting import count_devices
from ..earth import DAY_MS, EPOCH, HOUR_MS, local_day
from ..scoring import country_rates
from ..tables import MIN_SHOWN, hides_part
from .calendar_days import calendar_doubts
from .evidence import Evidence

# These decide which sentences stand beside a finding, and nothing else: easier bounds warn more often, until nobody
# reads it; harder ones leave doubtful findings without.
FEW_FIXES = 3
"""A visit on fewer fixes is weak: by hand, a doubt where half of the visits are."""
FEW_WINDOWS = 8
"""Fewer earlier windows are a short history: by hand, twice the fewest with which anything is tested."""
PANEL_CHANGE = 1.3
"""Factor by which the panel grew or shrank: by hand; the expectation allows for it, so only much is told."""
DAY_CHANGE, DAY_ERRORS = 1.5, 3.0
"""How far a day must be from the usual: as a factor, and in standard errors of a count. By hand: the factor keeps large
panels from being doubted for little, the errors small ones for chance."""
NEW_DAYS = 7
"""Devices first seen so few days before the window are new in the data: by hand, a week."""
TOGETHER_HOURS = 1.0
"""Devices that arrive within so long came together: by hand; longer makes a group of any busy morning."""
MIN_TOGETHER = 4
"""Fewest devices that are a group: by hand; fewer make a group of any family."""


@dataclass(frozen=True)
class Panel:
    """What is known of all devices of a study.

    `first_ms` int64 (devices,): each one's first time in the data (UTC epoch ms). `by_day` float64 (countries + 1,
    days): devices active, as `country_rates` counts them. The days are UTC days from `first_day` (days since
    1970-01-01), where the first window starts, to the last one with data.
    """

    first_ms: np.ndarray
    by_day: np.ndarray
    first_day: int


def find_panel(evidence: Evidence) -> Panel:
    """Return what doubts need to know of the panel, counted once for all findings."""
    history, windows = evidence.history, evidence.windows
    stays = history.visits.stays
    first_day = int(windows.start_day[0])
    end_day = int(local_day(stays.end_ms).max(initial=0)) + 1
    last_day = min(int(windows.start_day[-1]) + windows.length_days, end_day)
    days = max(last_day - first_day, 1)
    first, last = _days_of(stays.start_ms, stays.end_ms, first_day, days)
    return Panel(_first_seen(evidence), country_rates(history, first, last, days), first_day)


def _days_of(start_ms: np.ndarray, end_ms: np.ndarray, first_day: int, days: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the days of stays, half open and counted from `first_day`, inside of `days`; int16."""
    # Vendors deliver by days of UTC; in local days of a far country their failures would blur.
    ends = local_day(start_ms), local_day(end_ms) + 1
    first, last = (np.clip(day - first_day, 0, days).astype(np.int16) for day in ends)
    return first, last


def is_rise(evidence: Evidence, test: int) -> bool:
    """Return whether a test counted more devices than it expected; shifts go both ways."""
    scores = evidence.scores
    return bool(scores.counts.devices[scores.row[test], scores.window[test]] > scores.expected[test])


def find_doubts(evidence: Evidence, test: int, panel: Panel) -> list[str]:
    """Return sentences on what weakens a finding."""
    scores, stays = evidence.scores, evidence.history.visits.stays
    window, rows = int(scores.window[test]), evidence.visits_of_test(test)
    doubts = []
    few = float(np.mean(stays.n_fixes[rows] < FEW_FIXES)) if len(rows) else 0.0
    if few >= 0.5:
        of_visits = _share_of_visits(few, stays.device[rows], len(rows))
        doubts.append(f"Few fixes: {of_visits} rest on fewer than {FEW_FIXES} fixes.")
    doubts += _position_doubts(evidence, int(scores.spot[test]), rows)
    doubts += _panel_doubts(evidence, test, panel)
    doubts += calendar_doubts(evidence, int(scores.spot[test]), window)
    if is_rise(evidence, test):
        doubts += _arrival_doubts(evidence, window, rows, panel)
    earlier = int(np.count_nonzero(evidence.windows.baseline[window]))
    if earlier < FEW_WINDOWS:
        doubts.append(f"Short history: only {earlier} earlier windows to compare with.")
    return doubts


def _first_seen(evidence: Evidence) -> np.ndarray:
    """Return the time of each device's first stay or halt (UTC epoch ms); stays are sorted by device and start."""
    stays = evidence.history.visits.stays
    first = np.full(int(stays.device.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    start, _ = run_starts(stays.device)
    first[stays.device[start]] = stays.start_ms[start]
    return first


def _share_of_visits(share: float, device: np.ndarray, count: Optional[int] = None) -> str:
    """Return half or more of the visits by `device` in words; of few devices a share would tell how many there are."""
    if len(np.unique(device)) < MIN_SHOWN:
        return "half or more of the visits"
    return f"{share:.0%} of the visits" if count is None else f"{share:.0%} of the {count} visits"


def _part_of_devices(part: int, whole: int) -> str:
    """Return half or more of some devices in words, exact where neither they nor the others are few."""
    told = "half or more" if hides_part(part, whole) else str(part)
    return f"{told} of the {whole} devices" if whole >= MIN_SHOWN else f"{told} of the devices"


def _position_doubts(evidence: Evidence, spot: int, rows: np.ndarray) -> list[str]:
    stays = evidence.history.visits.stays
    radius_m = stays.radius_m[rows]
    spots = evidence.history.visits.spots
    limit_m = float(spots.radius_m[spot]) if spots.cell[spot] < 0 else evidence.grid.cell_size_m / 2.0
    wide = float(np.mean(radius_m > limit_m)) if len(rows) else 0.0
    if wide < 0.5:
        return []
    middle_m = float(np.median(radius_m))
    return [
        f"Wide positions: the fixes of {_share_of_visits(wide, stays.device[rows])} scatter farther (median "
        f"{middle_m:,.0f} m) than the place is wide ({limit_m:,.0f} m from its middle), so some may belong next door."
    ]


def _panel_doubts(evidence: Evidence, test: int, panel: Panel) -> list[str]:
    """Return a doubt on the devices in the spot's country, of the whole window or else of its most unusual day."""
    change = float(evidence.scores.exposure[test])
    if 1.0 / PANEL_CHANGE < change < PANEL_CHANGE:
        return _day_doubts(evidence, test, panel)
    return [
        f"The panel changed: {change:.1f} times the usual number of devices were seen in the surroundings. The "
        "expectation allows for it, but a new or lost data vendor need not be spread evenly."
    ]


def _day_doubts(evidence: Evidence, test: int, panel: Panel) -> list[str]:
    """Return a doubt on the day of the window that is farthest from the same weekdays of its baseline windows."""
    windows, spot, window = evidence.windows, int(evidence.scores.spot[test]), int(evidence.scores.window[test])
    active = panel.by_day[evidence.history.visits.spots.country_index[spot]]
    start = windows.start_day - panel.first_day
    day = np.arange(start[window], min(start[window] + windows.length_days, len(active)))
    earlier = day + (start[windows.baseline[window]] - start[window])[:, None]
    # By the median: a vendor may have failed before, too.
    seen, usual = active[day], np.maximum(np.median(active[earlier], axis=0), 1.0)
    # Where few devices are, a crowd at the spot itself is most of the day; it is the finding, not a doubt.
    here = _by_day(evidence, spot, panel.first_day, len(active))
    crowd = np.maximum(here[day] - np.median(here[earlier], axis=0), 0.0)
    seen = np.clip(seen - crowd, np.minimum(seen, usual), seen)
    away = np.abs(np.log(np.maximum(seen, 0.5) / usual))
    away[np.abs(seen - usual) < DAY_ERRORS * np.sqrt(usual)] = 0.0
    if away.max(initial=0.0) < np.log(DAY_CHANGE):
        return []
    worst = int(np.argmax(away))
    ratio, date = seen[worst] / usual[worst], EPOCH + timedelta(days=int(day[worst]) + panel.first_day)
    if ratio < 1.0:
        return [
            f"On {date.isoformat()} only {ratio:.0%} of the usual number of devices were seen in the surroundings; a "
            "vendor may have failed."
        ]
    return [
        f"On {date.isoformat()} {ratio:.1f} times the usual number of devices were seen in the surroundings; a vendor "
        "may have delivered more than it used to."
    ]


def _by_day(evidence: Evidence, spot: int, first_day: int, days: int) -> np.ndarray:
    """Return the distinct devices at a spot on each UTC day from `first_day` on, int64 (days,)."""
    presence, stays = evidence.presence, evidence.history.visits.stays
    rows = presence.by_spot[presence.start[spot] : presence.start[spot + 1]]
    first, last = _days_of(stays.start_ms[rows], stays.end_ms[rows], first_day, days)
    return count_devices(np.zeros(len(rows), np.int64), stays.device[rows], first, last, (1, days))[0]


def _arrival_doubts(evidence: Evidence, window: int, rows: np.ndarray, panel: Panel) -> list[str]:
    """Return doubts on devices new to the data and on devices that came as one."""
    stays = evidence.history.visits.stays
    order = np.lexsort((stays.start_ms[rows], stays.device[rows]))
    start, _ = run_starts(stays.device[rows][order])
    device, arrived_ms = stays.device[rows][order][start], np.sort(stays.start_ms[rows][order][start])
    count, doubts = len(device), []
    begin_ms = evidence.windows.start_day[window] * DAY_MS
    new = int(np.count_nonzero(panel.first_ms[device] >= begin_ms - NEW_DAYS * DAY_MS))
    if count and new >= 0.5 * count:
        doubts.append(
            f"New in the data: {_part_of_devices(new, count)} have no record earlier than {NEW_DAYS} days before the "
            "window. They may have come, or a vendor may have begun to deliver them."
        )
    near = np.searchsorted(arrived_ms, arrived_ms + TOGETHER_HOURS * HOUR_MS, side="right") - np.arange(count)
    together = int(near.max(initial=0))
    if count >= MIN_SHOWN and together >= max(MIN_TOGETHER, 0.5 * count):  # a group of four would be told to be four
        doubts.append(
            f"Came together: {_part_of_devices(together, count)} arrived within one hour. A group is one event, so the "
            "count says less than as many independent devices would."
        )
    return doubts
