"""False traces: how many innocent visitors would look like the devices of a list of itineraries.

The list is made again where nothing happened: in as long windows on ordinary dates, and with the linked places moved to
like ones. What devices did around such a visit is weighed alike for those of the list and for innocents.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Optional

import numpy as np
import pandas as pd

from ..base import begins_run
from ..history import History
from ..tables import MOST_HIDDEN
from ..visits import Visits, find_usual
from .like_places import moved_places
from .queries import ItineraryQuery, find_asked
from .scores import score_around, weigh_doings
from .settings import ItinerarySettings

STRONG = 0.05
"""A trace is strong if so few innocent visitors of a list look like it: one list in twenty has one by chance."""
MIN_WINDOWS = 3
"""By hand: of fewer ordinary windows nothing is said."""
CLEAR_DAYS = 14
"""By hand: who came in an asked window is often still there in the weeks beside it, and no innocent."""
TELLING = 8
"""By hand: of so many of the most conspicuous innocents it is asked how many fit a link by chance. The less conspicuous
travel less: with 20, one of seven lists linked to airports had a strong trace with nothing planted."""


@dataclass(frozen=True)
class Visitors:
    """Those who came in windows: `device` code and local `day` of the first visit in each."""

    device: np.ndarray
    day: np.ndarray


def ordinary_windows(first_day: int, last_day: int, asked: np.ndarray, length: int) -> np.ndarray:
    """Return the first days of windows of `length` days on ordinary dates, which do not meet.

    They lie whole in the data, whole weeks away from one of the `asked` first days, and CLEAR_DAYS clear of all.
    """
    days = np.arange(first_day, last_day - length + 2)
    starts: list[int] = []
    away = np.abs(asked[:, None] - days)
    for day in days[np.isin(days % 7, asked % 7) & (away.min(axis=0) >= length + CLEAR_DAYS)].tolist():
        if not starts or day - starts[-1] >= length:
            starts.append(day)
    return np.array(starts, dtype=np.int64)


def count_alike(score: np.ndarray, innocent: np.ndarray, windows: float) -> np.ndarray:
    """Return the expected number of innocents per window that score at least as much as each `score`.

    `innocent` are the scores of those in all `windows`. One more is supposed beyond each, in one window more: where all
    windows are alike, the strongest of a list is the strongest of all in one list of `windows` + 1. One to MOST_HIDDEN
    are counted as MOST_HIDDEN: small counts of devices are not told.
    """
    beyond = len(innocent) - np.searchsorted(np.sort(innocent), score, side="left")
    beyond = np.where(beyond > 0, np.maximum(beyond, MOST_HIDDEN), 0)
    alike: np.ndarray = (1.0 + beyond) / (windows + 1.0)
    return alike


def in_steps(alike: np.ndarray) -> np.ndarray:
    """Return numbers as they are told: STRONG for up to it, 1 for up to one, more with two digits, upwards; NaN stays.

    A smaller number would tell how few innocents were counted: the windows are known.
    """
    more = np.maximum(alike, 1.0)
    unit = 10.0 ** (1 - np.floor(np.log10(more)))
    digits = np.round(np.ceil(np.round(more * unit, 6)) / unit, 1)
    steps: np.ndarray = np.where(alike <= STRONG, STRONG, np.where(alike <= 1.0, 1.0, digits))
    return steps


@dataclass(frozen=True)
class AlikeCounts:
    """Of a list of `listed` itineraries: how many are `strong`, and look like more than one innocent (`common`)."""

    listed: int
    strong: int
    common: int


def count_lookalikes(itineraries: pd.DataFrame) -> Optional[AlikeCounts]:
    """Return what is counted in the table `itineraries`, None where `lookalikes` is not known."""
    alike = itineraries["lookalikes"]
    if alike.isna().all():
        return None
    return AlikeCounts(len(alike), int((alike <= STRONG).sum()), int((alike > 1).sum()))


@dataclass(frozen=True)
class Meant:
    """What a list asks for: bool per spot `linked`, bool per visit `stayed` and `usual`, visits that lead to devices.

    These are `row`, the unusual ones to linked places on any date, and `evidence`, those that findings rest on.
    """

    linked: np.ndarray
    stayed: np.ndarray
    usual: np.ndarray
    row: np.ndarray
    evidence: np.ndarray


def lookalikes(
    history: History, meant: Meant, key_days: np.ndarray, devices: np.ndarray, settings: ItinerarySettings,
    query: Optional[ItineraryQuery] = None,
) -> np.ndarray:
    """Return how many innocent visitors such a list would have that look at least like each of its `devices`.

    A trace is what a device did in `near_days` around its first visit in a key date's window (or, of a `query`, to the
    place). Being at a linked place or at one that stands in for it weighs in it, being at a finding does not: evidence
    there is of key dates only, and no innocent has it. Who came at no such time is like any innocent. NaN where the
    data have fewer than MIN_WINDOWS ordinary windows.
    """
    visits, day = history.visits, history.day
    like = _visits_to_like_places(history, meant, settings) if query is None else None
    row = meant.row if like is None else np.union1d(meant.row, like)
    weighed = weigh_doings(visits, history.legs, day, row, meant.usual, history.home)

    def scores(came: Visitors) -> np.ndarray:
        around = score_around(visits, day, weighed, came.device, came.day, settings.near_days)
        return np.round(around, 9)  # equal sums must be equal: they are differences of long sums

    if query is None:
        came, innocent, windows = _study_visitors(history, meant, like, key_days, settings)
        share = float(len(key_days))
    else:
        came, windows = _first_visits(visits, day, query.row), len(query.ordinary)
        innocent, share = _query_innocents(history, meant, query, scores)
    if windows < MIN_WINDOWS:
        return np.full(len(devices), np.nan)
    pool = [scores(one) for one in innocent]
    score = scores(came)
    alike = share * np.max([count_alike(score, one, windows) for one in pool], axis=0)
    least = np.full(int(visits.stays.device.max()) + 1, np.inf)
    np.minimum.at(least, came.device, alike)
    anybody = max(1.0, share * max(len(pool[0]), MOST_HIDDEN) / windows)
    return np.where(np.isinf(least[devices]), anybody, least[devices])


def _visits_to_like_places(history: History, meant: Meant, settings: ItinerarySettings) -> Optional[np.ndarray]:
    """Return the unusual visits to places like the linked ones, None where there are no such places."""
    visits = history.visits
    moves = moved_places(visits, meant.linked, np.zeros(len(meant.linked), dtype=bool), meant.stayed)
    if not moves:
        return None
    among = moves[0][visits.spot] & meant.stayed
    regular = find_usual(visits, history.day, among, settings.lookback_days, settings.regular_days)
    like: np.ndarray = np.flatnonzero(among & ~regular & (visits.spot != history.home))
    return like


def _study_visitors(
    history: History, meant: Meant, like: Optional[np.ndarray], key_days: np.ndarray, settings: ItinerarySettings
) -> tuple[Visitors, list[Visitors], int]:
    """Return who came in the windows of the key dates; on ordinary dates, to the same places and to like ones; windows.

    To the places of findings whoever was there on ordinary dates came.
    """
    visits, day, device = history.visits, history.day, history.visits.stays.device
    before, after = settings.window
    length = before + after + 1
    first_day = int(day.min()) + settings.lookback_days
    starts = ordinary_windows(first_day, int(day.max()), key_days - before, length)
    there = np.flatnonzero(np.isin(visits.spot, visits.spot[meant.evidence]))
    innocent = [np.union1d(row, there) for row in (meant.row, like) if row is not None]
    asked = np.union1d(meant.row, meant.evidence)
    came = _visitors_in(device[asked], day[asked], key_days - before, length)
    return came, [_visitors_in(device[row], day[row], starts, length) for row in innocent], len(starts)


def _query_innocents(
    history: History, meant: Meant, query: ItineraryQuery, scores: Callable[[Visitors], np.ndarray]
) -> tuple[list[Visitors], float]:
    """Return who came to the place on ordinary dates, and which share of such visitors fits the link by chance.

    That is the greater of two shares: those of the most conspicuous that fit it, and that fit it with the linked places
    moved to like ones; in each one more is supposed.
    """
    visits = history.visits
    came = []
    for row in query.ordinary:
        there = find_asked(visits, _asked_again(query, row, None), meant.linked, meant.stayed).devices
        came.append(_first_visits(visits, history.day, row[np.isin(visits.stays.device[row], there)]))
    innocent = _joined(came)
    if query.linked is None or len(innocent.device) == 0:
        return [innocent], 1.0
    spared = np.zeros(len(visits.spots), dtype=bool)
    spared[visits.spot[query.row]] = True
    links = [query.linked, *moved_places(visits, query.linked, spared, meant.stayed)]
    score = scores(innocent)
    telling = np.argsort(-score, kind="stable")[: min(TELLING, int((score > 0).sum()))]
    fit = _fitting(visits, meant, query, links, came, telling)
    shares = [(1.0 + one.sum()) / (1.0 + one.size) for one in (fit[:1], fit[1:]) if one.size]
    return [innocent], max(shares, default=1.0)


def _fitting(
    visits: Visits, meant: Meant, query: ItineraryQuery, links: list[np.ndarray], came: list[Visitors], told: np.ndarray
) -> np.ndarray:
    """Return for each of some `links` (bool per spot) which of the visitors who `came` fit it; `told`: those looked at.
    """
    window = np.repeat(np.arange(len(came)), [len(one.device) for one in came])[told]
    device = _joined(came).device[told]
    kept = np.flatnonzero(np.isin(visits.stays.device, device))
    own = Visits(visits.stays.take(kept), visits.spots, visits.spot[kept], visits.country[kept])
    fits = np.zeros((len(links), len(told)), dtype=bool)
    for number in np.unique(window).tolist():
        row = np.flatnonzero(np.isin(kept, query.ordinary[number]))
        for position, link in enumerate(links):
            who = find_asked(own, _asked_again(query, row, link), meant.linked, meant.stayed[kept]).devices
            fits[position] |= (window == number) & np.isin(device, who)
    return fits


def _asked_again(query: ItineraryQuery, row: np.ndarray, linked: Optional[np.ndarray]) -> ItineraryQuery:
    return replace(query, row=row, finding=np.zeros(len(row), np.int64), linked=linked)


def _joined(came: list[Visitors]) -> Visitors:
    none = np.empty(0, np.int64)
    return Visitors(*(np.concatenate([none, *(getattr(one, name) for one in came)]) for name in ("device", "day")))


def _first_visits(visits: Visits, day: np.ndarray, row: np.ndarray) -> Visitors:
    row = np.sort(row)  # visits are sorted by device and time
    row = row[begins_run(visits.stays.device[row])]
    return Visitors(visits.stays.device[row], day[row])


def _visitors_in(device: np.ndarray, day: np.ndarray, first: np.ndarray, length: int) -> Visitors:
    """Return who made visits (`device`, `day`) in windows of `length` days from sorted days `first`, once in each."""
    window = np.searchsorted(first, day, side="right") - 1
    inside = window >= 0
    inside[inside] = day[inside] < first[window[inside]] + length
    device, day, window = device[inside], day[inside], window[inside]
    order = np.lexsort((day, window, device))
    order = order[begins_run(device[order], window[order])]
    return Visitors(device[order], day[order])
