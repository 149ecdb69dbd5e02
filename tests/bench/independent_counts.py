"""Counts of one place with labelled events: the engine's tests beside a weekday z-score and Poisson tails.

Data: shared/data/site-counts (Numenta Anomaly Benchmark: New York taxi passengers per half hour, five labelled
events, each with the time span in which the source counts a detection). These are counts, not observations, so they
enter where the engine has counted: each day is a window, each part of the day (the library's WHEN) a pattern, and
`findings.score` tests each day against all earlier days of the same weekday. Nothing looks ahead. There is no panel:
the exposure is made even by one device that is there every day.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import sitelight_package
from scipy import stats

from .independent_city import SHARED

sitelight_package.load()

from sitelight.plugin.data.library import load_library  # noqa: E402
from sitelight.plugin.data.world import load_world  # noqa: E402
from sitelight.plugin.engine.counting import MIN_BASELINE_WINDOWS, PatternCounts, Windows, find_presence, make_windows
from sitelight.plugin.engine.earth import (
    DAWN,
    DAY_MS,
    EPOCH,
    EVENING,
    HOUR_MS,
    NIGHT,
    grid_around,
    is_within,
    local_day,
)
from sitelight.plugin.engine.facets import find_facets
from sitelight.plugin.engine.history import History, build_history
from sitelight.plugin.engine.legs import detect_legs
from sitelight.plugin.engine.places import Sites
from sitelight.plugin.engine.scoring import measure, score
from sitelight.plugin.engine.stats import adjust
from sitelight.plugin.engine.stays import Stays
from sitelight.plugin.engine.visits import attribute_visits

SERIES = SHARED / "site-counts"
TAXI = "nyc_taxi.csv"
TOO_SHORT = ("occupancy_6005.csv", "occupancy_t4013.csv")
WORKING = np.array([(24.0 * day + 7, 24.0 * day + 17) for day in range(5)])
PARTS_OF_DAY = {"any_hour": None, "night": (NIGHT, 24), "dawn": (DAWN, 24), "working_hours": (WORKING, 168),
                "evening": (EVENING, 24)}  # fmt: skip
LEVEL = 0.05


@dataclass(frozen=True)
class DayCounts:
    """Counts (parts of the day, days) of days that are whole, `day` int64 since 1970-01-01, in a row."""

    day: np.ndarray
    parts: np.ndarray


def read_counts(name: str) -> DayCounts:
    """Return the counts of a series by day and part of the day, without first and last days that are not whole."""
    frame = pd.read_csv(SERIES / name, parse_dates=["timestamp"])
    time_ms = frame["timestamp"].to_numpy().astype("datetime64[ms]").astype(np.int64)
    value, day = frame["value"].to_numpy(), local_day(time_ms)
    days, rows = np.unique(day, return_counts=True)
    most = np.flatnonzero(rows > 0.5 * np.median(rows))
    whole = np.arange(days[most[0]], days[most[-1]] + 1)
    at = day - whole[0]
    keep = (at >= 0) & (day <= whole[-1])
    parts = [
        np.bincount(at[keep & inside], value[keep & inside], len(whole))
        for inside in (
            np.ones(len(day), bool) if period is None else is_within(time_ms, *period)
            for period in PARTS_OF_DAY.values()
        )
    ]
    return DayCounts(whole, np.array(parts))


def read_events(name: str) -> list[tuple[int, int]]:
    """Return first and last day of the spans in which the source counts a detection of an event."""
    spans = json.loads((SERIES / "nab_combined_windows.json").read_text(encoding="utf-8"))
    (found,) = (value for key, value in spans.items() if key.endswith("/" + name))
    return [tuple((date.fromisoformat(stamp[:10]) - EPOCH).days for stamp in span) for span in found]


def engine_p(counts: DayCounts) -> np.ndarray:
    """Return the engine's p-value of each day as the key date of a study of its own; NaN without enough history."""
    history, library = _one_device_every_day(counts), load_library()
    p_value = np.full(len(counts.day), np.nan)
    for index, day in enumerate(counts.day.tolist()):
        windows = make_windows([EPOCH + timedelta(days=day)], 0, 0, int(counts.day[0]), int(counts.day[-1]), 0)
        if len(windows.tested) == 0:
            continue
        presence = find_presence(history, windows)
        in_window = counts.parts[:, windows.start_day - counts.day[0]]
        presence = replace(presence, devices=in_window[:1].astype(np.int32))
        facets = find_facets(history, np.arange(len(history.visits)), library, int(counts.day[0]))
        counted = _as_patterns(in_window, library)
        p_value[index] = score(measure(history, presence, counted, facets, windows, library, 3)).spot_p[0, 0]
    return p_value


def _as_patterns(in_window: np.ndarray, library: Any) -> PatternCounts:
    """Return the parts of the day as patterns of anyone, any presence, each with evidence of its own."""
    who, what = _index(library.who, "anyone"), _index(library.what, "any_presence")
    when = [_index(library.when, part) for part in PARTS_OF_DAY]
    pattern = (who * len(library.when) + np.array(when)) * len(library.what) + what
    order = np.argsort(pattern)
    evidence = np.random.default_rng(1).integers(1, 2**62, in_window.shape, dtype=np.uint64)
    return PatternCounts(
        np.zeros(len(order), np.int32), pattern[order].astype(np.int32), in_window[order].astype(np.int32), evidence
    )


def _index(entries: Any, entry_id: str) -> int:
    return [entry.id for entry in entries].index(entry_id)


def _one_device_every_day(counts: DayCounts) -> History:
    days = len(counts.day)
    start_ms = counts.day * DAY_MS + 12 * HOUR_MS
    one = np.full(days, 1.0)
    stays = Stays(
        device=np.zeros(days, np.int32), start_ms=start_ms, end_ms=start_ms, arrived_ms=start_ms, departed_ms=start_ms,
        lat=one, lon=one, radius_m=one.astype(np.float32), n_fixes=np.ones(days, np.int32),
        longest_gap_s=np.zeros(days, np.float32), lasting=np.ones(days, bool),
    )  # fmt: skip
    world = load_world()
    visits = attribute_visits(stays, Sites.empty(), grid_around(one, one, 1000.0), world)
    legs = detect_legs(stays.take(np.empty(0, np.int64)), world)
    return build_history(visits, legs, world, (), 0, zone_hours=0.0)


def weekday_z_p(counts: DayCounts) -> np.ndarray:
    """Return two-sided p-values of the z-score of each day's total against earlier days of the same weekday."""
    return _against_weekdays(counts, lambda x, past: 2.0 * stats.norm.sf(abs(x - past.mean()) / past.std(ddof=1)))


def poisson_p(counts: DayCounts) -> np.ndarray:
    """Return two-sided Poisson p-values of each day's total, given the mean of earlier days of the same weekday."""
    def tail(x: float, past: np.ndarray) -> float:
        mean = past.mean()
        return min(1.0, 2.0 * min(stats.poisson.sf(x - 1, mean), stats.poisson.cdf(x, mean)))

    return _against_weekdays(counts, tail)


def _against_weekdays(counts: DayCounts, p_of: Any) -> np.ndarray:
    total = counts.parts[0]
    p_value = np.full(len(total), np.nan)
    for index in range(7 * MIN_BASELINE_WINDOWS, len(total)):
        p_value[index] = p_of(total[index], total[index % 7 : index : 7])
    return p_value


def detections(counts: DayCounts, p_value: np.ndarray, events: list[tuple[int, int]]) -> dict[str, Any]:
    """Return the days flagged at Benjamini-Hochberg 0.05 over all days tested, held against the spans of the events.

    `inside` counts the flagged days in a span, `found` the events with a flagged day; `first_ten` are the most
    unusual days, with a star where they lie in a span; `outside` the flagged days in none.
    """
    tested = np.flatnonzero(np.isfinite(p_value))
    q_value = adjust(p_value[tested])
    inside = np.array([any(a <= day <= b for a, b in events) for day in counts.day[tested].tolist()])
    flagged = q_value < LEVEL
    event_of = np.array([
        next((n for n, (a, b) in enumerate(events) if a <= day <= b), -1) for day in counts.day[tested].tolist()
    ])  # fmt: skip
    strongest = np.argsort(p_value[tested], kind="stable")[:10]
    return {
        "tested": len(tested),
        "flagged": int(flagged.sum()),
        "inside": int((flagged & inside).sum()),
        "found": len(set(event_of[flagged & inside].tolist())),
        "events": len(events),
        "first_ten": [(EPOCH + timedelta(days=int(counts.day[tested][row]))).isoformat() + ("*" if inside[row] else "")
                      for row in strongest],
        "outside": [(EPOCH + timedelta(days=int(day))).isoformat() for day in counts.day[tested][flagged & ~inside]],
    }  # fmt: skip


def too_short(name: str) -> str:
    """Return why a series cannot be tested: its days, and the most earlier windows of the same weekday of any day."""
    counts = read_counts(name)
    key = [EPOCH + timedelta(days=int(counts.day[-1]))]
    windows: Windows = make_windows(key, 0, 0, int(counts.day[0]), int(counts.day[-1]), 0)
    earlier = int(windows.baseline[windows.key_window[0]].sum())
    return f"{len(counts.day)} whole days: {earlier} earlier of the same weekday, {MIN_BASELINE_WINDOWS} are needed"
