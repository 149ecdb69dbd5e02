"""Tracing itineraries back from places: who came there in a window, by which way, having been where before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from ..base import StudyError
from ..earth import DAY_MS, EPOCH, Grid
from ..history import History
from ..places import Sites
from ..visits import ChosenPlace, GivenWindow, Span, Visits, find_place, is_region_id
from .find import find_itineraries
from .lookalikes import CLEAR_DAYS
from .queries import ItineraryQuery, linked_spots
from .settings import ItinerarySettings

WEEK_MS = 7 * DAY_MS


@dataclass(frozen=True)
class AskedPlace:
    """A place and a window that itineraries are traced back from; `finding_id` 0 unless it is that of a finding."""

    place: ChosenPlace
    window: GivenWindow
    finding_id: int = 0


@dataclass(frozen=True)
class LinkedTo:
    """What a device must have been at before it came: sites of these categories in these countries (empty: all)."""

    categories: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


def trace_back(
    history: History,
    grid: Grid,
    sites: Sites,
    pseudonyms: np.ndarray,
    asked: Sequence[AskedPlace],
    linked: LinkedTo = LinkedTo(),  # noqa: B008 - frozen
    key_dates: Sequence[date] = (),
    days_before: int = ItinerarySettings.days_before,
    max_itineraries: int = ItinerarySettings.max_itineraries,
    watched_categories: Sequence[str] = (),
) -> dict[str, pd.DataFrame]:
    """Return `itineraries`, `stops`, `legs`, `silences` of devices that came to the places `asked` about in windows.

    They reach from `days_before` each key date (without any: the first day of each window) to the usual days after
    it, or to the end of the window. `watched_categories` and the linked ones count as links for the ranking. From whole
    countries and districts among several places nobody is followed.
    Raises StudyError when a place or window has no visits, or no site is of a linked category or country.
    """
    visits, world = history.visits, history.world
    spots = linked_spots(visits.spots, world, linked.categories, linked.countries)
    rows, findings, places, windows = [], [], [], []
    asked = [one for one in asked if not is_region_id(one.place.spot)] or asked
    for one in asked:  # some hundreds of findings at most
        place = find_place(one.place, visits, sites, grid)
        window = one.window.at(place.lon)
        row = _rows_in(visits, place.here, window)
        if len(row) == 0:
            _say_nobody(visits, place.name, window)
        rows.append(row)
        findings.append(np.full(len(row), one.finding_id, np.int64))
        places.append(np.flatnonzero(place.here))
        windows.append(window)
    days = sorted(set(key_dates) or {one.window.days()[0] for one in asked})
    longest = max((one.window.days()[1] - one.window.days()[0]).days for one in asked)
    return find_itineraries(
        history,
        days,
        sorted({*linked.categories, *watched_categories}),
        pseudonyms,
        settings=ItinerarySettings(
            max_itineraries=max_itineraries,
            days_before=days_before,
            days_after=max(ItinerarySettings.days_after, longest + 1),
            lookback_days=history.lookback_days,
        ),
        query=ItineraryQuery(
            np.concatenate(rows), np.concatenate(findings), spots, days_before,
            _ordinary_rows(history, places, windows, key_dates),
        ),
    )  # fmt: skip


def _ordinary_rows(
    history: History, places: Sequence[np.ndarray], windows: Sequence[Span], key_dates: Sequence[date]
) -> tuple[np.ndarray, ...]:
    """Return the visits to the places (rows of each) in their windows moved together to ordinary dates, for each move.

    By whole weeks, so far that windows do not meet and that nothing around an asked window or a key date is in one.
    """
    start, end = (np.array([getattr(one, name) for one in windows]) for name in ("start_ms", "end_ms"))
    clear_ms = int((end - start).max()) + CLEAR_DAYS * DAY_MS
    key_ms = np.array([(one - EPOCH).days for one in key_dates], dtype=np.int64) * DAY_MS
    first_ms = (int(history.day.min()) + history.lookback_days) * DAY_MS
    last_ms = int(history.visits.stays.start_ms.max())
    step_ms = -(-int((end - start).max()) // WEEK_MS) * WEEK_MS
    most = (last_ms - first_ms) // step_ms + 1
    moved = []
    for shift in (step_ms * np.arange(-most, most + 1)).tolist():
        away_ms = np.abs((start + shift)[:, None] - np.concatenate([start, key_ms])).min()
        if away_ms >= clear_ms and (start + shift).min() >= first_ms and (end + shift).max() <= last_ms:
            there = (
                row[_within(history.visits, row, Span(one.start_ms + shift, one.end_ms + shift))]
                for row, one in zip(places, windows)
            )
            moved.append(np.unique(np.concatenate(list(there))))
    return tuple(moved)


def _rows_in(visits: Visits, here: np.ndarray, window: Span) -> np.ndarray:
    row = np.flatnonzero(here)
    rows: np.ndarray = row[_within(visits, row, window)]
    return rows


def _within(visits: Visits, row: np.ndarray, window: Span) -> np.ndarray:
    within: np.ndarray = (visits.stays.end_ms[row] >= window.start_ms) & (visits.stays.start_ms[row] < window.end_ms)
    return within


def _say_nobody(visits: Visits, name: str, window: Span) -> None:
    first_ms, last_ms = int(visits.stays.start_ms.min()), int(visits.stays.end_ms.max())
    if window.end_ms <= first_ms or window.start_ms > last_ms:
        run = Span(first_ms, last_ms + DAY_MS)
        raise StudyError(f"The window {window} has no data, which run from {run}. Choose one inside.")
    raise StudyError(f"Nobody was seen at {name} from {window}. Choose a longer window or a larger place.")
