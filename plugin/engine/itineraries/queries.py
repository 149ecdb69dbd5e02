"""Queries of itineraries: who was at a place in a window, having been seen before at places of other kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..base import StudyError, begins_run
from ..earth import DAY_MS
from ..places import Spots, World, country_codes, listed_categories
from ..visits import Visits
from .settings import ItinerarySettings

MIN_HALTS = 2
"""One stay, or so many halts too short to be stays: whoever passes by a place once was not there."""


@dataclass(frozen=True)
class ItineraryQuery:
    """The visits that were asked about: `row` int64 of the visits, `finding` int64 of each (0: a place was given).

    `linked` bool per spot: the device must have been at one of these before it came, within `days`, with any number of
    stops in between; None asks for no link. `ordinary`: the visits to the same place in as long windows on ordinary
    dates.
    """

    row: np.ndarray
    finding: np.ndarray
    linked: Optional[np.ndarray] = None
    days: int = ItinerarySettings.days_before
    ordinary: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What a query leads to: `row` of visits at the place or linked, `finding` of each (0 none), the `devices`."""

    row: np.ndarray
    finding: np.ndarray
    devices: np.ndarray


def linked_spots(
    spots: Spots, world: World, categories: Sequence[str], wanted_countries: Sequence[str]
) -> Optional[np.ndarray]:
    """Return bool per spot: sites of one of `categories` in one of the countries (ISO codes); an empty list is all.

    None when both are empty. Raises StudyError for a category that no site has, and for an unknown country.
    """
    if not categories and not wanted_countries:
        return None
    is_site = spots.kind == "site"
    known = sorted(set(spots.category[is_site].astype(str)) - {""})
    for category in categories:
        if category not in known:
            have = f"Categories here: {listed_categories(known)}." if known else "No site has a category."
            raise StudyError(f"No site has the category “{category}”. {have}")
    for code, row in zip(wanted_countries, country_codes.index_of(world, list(wanted_countries))):
        if row < 0:
            raise StudyError(f"There is no country “{code}” on the world map; write ISO 3166 codes such as RU.")
    linked = np.array(is_site, dtype=bool)
    if categories:
        linked &= np.isin(spots.category.astype(str), list(categories))
    if wanted_countries:
        linked &= np.isin(spots.country.astype(str), list(wanted_countries))
    if not linked.any():
        raise StudyError(
            f"No site of {_either(categories, 'any category')} lies in {_either(wanted_countries, 'any country')}. "
            "Add such sites, or ask for other categories or countries."
        )
    return linked


def find_asked(visits: Visits, query: ItineraryQuery, watched: np.ndarray, stayed: np.ndarray) -> Asked:
    """Return the devices that fit a query, and those of their visits that speak for it.

    These are the first visit to the place (the first that lasted or is to a site, if any did), all visits there to
    spots that are `watched` (bool per spot), and the last visit to each linked spot before it. `stayed` bool per visit:
    it lasted.
    """
    order = np.argsort(query.row, kind="stable")  # visits are sorted by device and start
    row, finding = query.row[order], query.finding[order]
    there = _who_was(visits, row, stayed)
    keep = np.isin(visits.stays.device[row], there)
    row, finding = row[keep], finding[keep]
    begins = begins_run(visits.stays.device[row])
    device = visits.stays.device[row[begins]]
    arrived_ms = visits.stays.start_ms[row[begins]]
    linked = np.empty(0, np.int64)
    if query.linked is not None:
        linked = _linked_before(visits, query.linked, device, arrived_ms, query.days)
        device = _who_was(visits, linked, stayed)
        linked = _last_of_each_spot(visits, linked[np.isin(visits.stays.device[linked], device)])
    speaks = (_first_sure(visits, row, stayed) | watched[visits.spot[row]]) & np.isin(visits.stays.device[row], device)
    return Asked(
        np.concatenate([row[speaks], linked]),
        np.concatenate([finding[speaks], np.zeros(len(linked), np.int64)]),
        device,
    )


def _first_sure(visits: Visits, row: np.ndarray, stayed: np.ndarray) -> np.ndarray:
    """Return True for each device's first visit of `row` that lasted or is to a site, else for its first."""
    device, passing = visits.stays.device[row], ~stayed[row] & (visits.spots.kind[visits.spot[row]] != "site")
    order = np.lexsort((passing, device))  # stable: in the order of time
    is_first = np.zeros(len(row), dtype=bool)
    is_first[order[begins_run(device[order])]] = True
    return is_first


def _who_was(visits: Visits, row: np.ndarray, stayed: np.ndarray) -> np.ndarray:
    """Return the devices with a stay among the visits, or with at least MIN_HALTS of them."""
    device, count = np.unique(visits.stays.device[row], return_counts=True)
    who: np.ndarray = device[(count >= MIN_HALTS) | np.isin(device, visits.stays.device[row[stayed[row]]])]
    return who


def _linked_before(
    visits: Visits, linked: np.ndarray, device: np.ndarray, arrived_ms: np.ndarray, days: int
) -> np.ndarray:
    """Return the visits to linked spots in the `days` before each device (rising codes) arrived."""
    if len(device) == 0:
        return np.empty(0, np.int64)
    row = np.flatnonzero(linked[visits.spot])
    at = np.minimum(np.searchsorted(device, visits.stays.device[row]), len(device) - 1)
    row, at = (values[device[at] == visits.stays.device[row]] for values in (row, at))
    start_ms = visits.stays.start_ms[row]
    kept: np.ndarray = row[(start_ms < arrived_ms[at]) & (visits.stays.end_ms[row] >= arrived_ms[at] - days * DAY_MS)]
    return kept


def _last_of_each_spot(visits: Visits, row: np.ndarray) -> np.ndarray:
    pair = visits.stays.device[row].astype(np.int64) * len(visits.spots) + visits.spot[row]
    last = len(row) - 1 - np.unique(pair[::-1], return_index=True)[1]
    rows: np.ndarray = row[np.sort(last)]
    return rows


def _either(wanted: Sequence[str], otherwise: str) -> str:
    return " or ".join(wanted) or otherwise
