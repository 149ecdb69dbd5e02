"""Itineraries: the ways of devices that were seen at a finding, or at a watched place that is not their usual one.

Nothing starts from a device: one is considered only because of a visit to a place, and ranked by how few others
made such visits and such journeys in the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Optional

import numpy as np
import pandas as pd

from ..base import Columns
from ..earth import DAY_MS, EPOCH
from ..history import History
from ..visits import Visits, find_usual
from .hidden_stops import find_hidden_stops
from .lookalikes import Meant, lookalikes
from .queries import Asked, ItineraryQuery, find_asked
from .routes import find_routes, heads_first
from .scores import score_devices, weigh_doings
from .settings import FindingDevices, ItinerarySettings
from .silences import find_silences
from .site_stays import stayed
from .stops import find_stops
from .tables import Ranked, make_tables, no_tables


@dataclass(frozen=True)
class _Reached(Columns):
    """Visits that lead to a device: `row` of the visits, local `day`, `device`, `spot`, `finding` (0: none)."""

    row: np.ndarray
    day: np.ndarray
    device: np.ndarray
    spot: np.ndarray
    finding: np.ndarray


def find_itineraries(
    history: History,
    key_dates: Sequence[date],
    linked_categories: Sequence[str],
    pseudonyms: np.ndarray,
    findings: Sequence[FindingDevices] = (),
    settings: ItinerarySettings = ItinerarySettings(),  # noqa: B008 - frozen
    query: Optional[ItineraryQuery] = None,
) -> dict[str, pd.DataFrame]:
    """Return the tables `itineraries`, `stops`, `legs`, `silences` of the most surprising devices, at most one each.

    A device is considered if it is evidence of one of `findings`, or stayed at a place of `linked_categories` that is
    neither its home nor regular for it (see `ItinerarySettings`); with a `query` only devices that fit it are.
    `pseudonyms` object array of str per device code. Ranked by `score_devices`, ties by device code; of several on the
    same route all but the first come after the rest.
    """
    visits, home_spot, day = history.visits, history.home, history.day
    key_days = np.array(sorted((key_date - EPOCH).days for key_date in key_dates), dtype=np.int64)
    linked = np.isin(visits.spots.category.astype(str), list(linked_categories))
    regular = find_usual(
        visits, day, linked[visits.spot], settings.lookback_days, settings.regular_days
    )
    # Only stays that lasted: whoever passes by a place is not there, and residents pass by many.
    at_sites = stayed(visits)
    unusual = _find_reached(visits, day, linked[visits.spot] & at_sites & ~regular, home_spot, findings)
    every = unusual
    if query is not None:
        every = _as_asked(visits, day, unusual, find_asked(visits, query, linked, at_sites))
    key_country = _countries_of_key_dates(visits, key_days, findings)
    key_day, reached = _choose_key_dates(visits, every, key_days, key_country, settings)
    if len(reached.row) == 0:
        return no_tables()
    usual = regular | (linked[visits.spot] & (visits.spot == home_spot))
    span = (key_day - settings.days_before, np.where(key_day >= 0, key_day + settings.days_after, -1))
    weighed = weigh_doings(visits, history.legs, day, every.row, usual, home_spot)
    score = score_devices(visits, day, weighed, *span, settings.near_days)
    devices = np.unique(reached.device)
    chosen = devices[np.argsort(-score[devices], kind="stable")][: settings.max_itineraries]
    stops = find_stops(
        visits, history.world, home_spot, day, chosen, key_day[chosen], reached.row, at_sites, settings
    )
    stops, route, order = heads_first(stops, find_routes(stops))
    finding, chosen = _first_findings(reached, len(score)), chosen[order]
    evidence = unusual.finding > 0
    meant = Meant(linked, at_sites, usual, unusual.row[~evidence], unusual.row[evidence])
    ranked = Ranked(
        score[chosen], finding[chosen], route, lookalikes(history, meant, key_days, chosen, settings, query)
    )
    hidden = find_hidden_stops(history, find_silences(visits, np.unique(stops.row)))
    return make_tables(stops, history, pseudonyms, ranked, hidden)


def _as_asked(visits: Visits, day: np.ndarray, reached: _Reached, asked: Asked) -> _Reached:
    """Return the visits of the devices that a query leads to: those it asks about, and those that led to them anyway.
    """
    also = reached.take(np.isin(reached.device, asked.devices) & ~np.isin(reached.row, asked.row))
    row, finding = np.concatenate([asked.row, also.row]), np.concatenate([asked.finding, also.finding])
    return _Reached(row, day[row], visits.stays.device[row], visits.spot[row], finding)


def _find_reached(
    visits: Visits,
    day: np.ndarray,
    unusual: np.ndarray,
    home_spot: np.ndarray,
    findings: Sequence[FindingDevices],
) -> _Reached:
    """Return the visits behind the findings, and those that are `unusual` (bool per visit) and not to the home."""
    stays = visits.stays
    away = np.flatnonzero(unusual & (visits.spot != home_spot))
    by_spot = np.argsort(visits.spot, kind="stable")
    sorted_spot = visits.spot[by_spot]
    rows, finding_of = [away], [np.zeros(len(away), dtype=np.int64)]
    for finding in findings:
        low, high = np.searchsorted(sorted_spot, [finding.spot, finding.spot + 1])
        there = by_spot[low:high]
        there = there[(stays.end_ms[there] >= finding.start_ms) & (stays.start_ms[there] < finding.end_ms)]
        there = there[np.isin(stays.device[there], finding.devices)]
        rows.append(there)
        finding_of.append(np.full(len(there), finding.finding_id, dtype=np.int64))
    row = np.concatenate(rows)
    return _Reached(row, day[row], stays.device[row], visits.spot[row], np.concatenate(finding_of))


def _countries_of_key_dates(
    visits: Visits, key_days: np.ndarray, findings: Sequence[FindingDevices]
) -> np.ndarray:
    """Return the country index that most findings around each key date lie in, -1 where there are none."""
    first = np.array([finding.start_ms for finding in findings], dtype=np.int64) // DAY_MS
    last = np.array([finding.end_ms for finding in findings], dtype=np.int64) // DAY_MS
    spot = np.array([finding.spot for finding in findings], dtype=np.int64)
    country = visits.spots.country_index[spot].astype(np.int64)
    found = np.full(len(key_days), -1, dtype=np.int64)
    for position, key_day in enumerate(key_days):
        here = country[(first <= key_day) & (key_day <= last) & (country >= 0)]
        if len(here):
            found[position] = np.bincount(here).argmax()
    return found


def _choose_key_dates(
    visits: Visits,
    reached: _Reached,
    key_days: np.ndarray,
    key_country: np.ndarray,
    settings: ItinerarySettings,
) -> tuple[np.ndarray, _Reached]:
    """Return the key day of each device code (-1: none) and the visits that lie in its span.

    Visits in the key date's country count two, visits near it one, others in its span next to nothing; the
    earliest wins a tie.
    """
    count = int(reached.device.max(initial=-1)) + 1
    best, key_day = np.zeros(count), np.full(count, -1, dtype=np.int64)
    country = visits.spots.country_index[reached.spot]
    for candidate, its_country in zip(key_days, key_country):
        away = reached.day - candidate
        within = (away >= -settings.days_before) & (away <= settings.days_after)
        near = within & (np.abs(away) <= settings.near_days)
        at_home = within & (country == its_country) & (its_country >= 0)
        merit = np.bincount(reached.device, weights=2.0 * at_home + near + 1e-6 * within, minlength=count)
        key_day[merit > best] = candidate
        best = np.maximum(best, merit)
    away = reached.day - key_day[reached.device]
    keep = (key_day[reached.device] >= 0) & (away >= -settings.days_before) & (away <= settings.days_after)
    return key_day, reached.take(keep)


def _first_findings(reached: _Reached, count: int) -> np.ndarray:
    """Return the lowest finding_id that each device code is evidence of, 0 for none."""
    lowest = np.full(count, np.iinfo(np.int64).max)
    found = reached.finding > 0
    np.minimum.at(lowest, reached.device[found], reached.finding[found])
    return np.where(lowest == np.iinfo(np.int64).max, 0, lowest)
