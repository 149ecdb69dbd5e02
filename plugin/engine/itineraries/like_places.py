"""Like places: other spots of the same countries with about as many visitors, which stand in for linked ones."""

from __future__ import annotations

import numpy as np

from ..base import begins_run
from ..places import categories
from ..visits import Visits

TRANSIT = (categories.AIRPORT, categories.BORDER_CROSSING, categories.PORT, categories.TRANSPORT_HUB)
"""Mere parts of journeys: all travellers come through them, so that no other place is like one."""
MOVES = 4
"""By hand: the fifth nearest in visitors is hardly like; with fewer a query has too few lists to compare with."""


def moved_places(visits: Visits, linked: np.ndarray, spared: np.ndarray, stayed: np.ndarray) -> list[np.ndarray]:
    """Return bool masks of spots, each with other places in the stead of those `linked` (bool per spot).

    A place is moved to an unlinked spot of its country with about as many devices that stayed (`stayed` bool per
    visit), at most MOVES times, and never to one that is `spared` (bool per spot). Places of TRANSIT remain. A move
    for which less than half of the visitors are left is no such move.
    """
    visitors = _visitors(visits, stayed)
    transit = np.isin(visits.spots.category.astype(str), TRANSIT)
    country = visits.spots.country_index.astype(np.int64)
    moving = np.flatnonzero(linked & ~transit & (visitors > 0))
    free = np.flatnonzero(~linked & ~transit & ~spared & (visitors > 0))
    if len(moving) == 0 or len(free) == 0:
        return []
    key = _key(country, visitors)
    moving, free = moving[np.argsort(key[moving], kind="stable")], free[np.argsort(key[free], kind="stable")]
    last = np.searchsorted(country[free], country[moving], side="right") - 1
    at = np.minimum(np.searchsorted(key[free], key[moving]) + MOVES // 2, last)
    # Every place gets MOVES spots of its own: from the most visited down, none is given twice.
    wanted = np.repeat(at, MOVES) - np.arange(len(at) * MOVES)[::-1] % MOVES
    steps = np.arange(len(wanted))
    given = np.minimum.accumulate((wanted - steps)[::-1])[::-1] + steps
    owner = np.repeat(moving, MOVES)
    fits = (given >= 0) & (country[free[np.maximum(given, 0)]] == country[owner])
    masks = []
    for move in range(MOVES):
        chosen = free[given[move::MOVES][fits[move::MOVES]]]
        if 2 * visitors[chosen].sum() >= visitors[moving].sum():
            mask = linked & transit
            mask[chosen] = True
            masks.append(mask)
    return masks


def _visitors(visits: Visits, stayed: np.ndarray) -> np.ndarray:
    """Return how many devices stayed at each spot."""
    device, spot = visits.stays.device[stayed], visits.spot[stayed]
    order = np.lexsort((spot, device))
    first = begins_run(device[order], spot[order])
    return np.bincount(spot[order][first], minlength=len(visits.spots))


def _key(country: np.ndarray, visitors: np.ndarray) -> np.ndarray:
    key: np.ndarray = (country + 1) * (1 + int(visitors.max(initial=0))) + visitors
    return key
