"""Hidden places: whatever is written of where a device dwells is a site, or a square of 5 km of a fixed grid.

Any place that is no site may be the device's home, or that of somebody whom it visits. Not only the position is hidden:
figures that are measured from exact positions (lengths, speeds, travel times that are estimates) are to be measured
from the shown ones, since from two known sites they would tell where a hidden place is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Union

import numpy as np

from ..base import Progress
from ..earth import (
    HOUR_MS,
    SQUARE_DEG,
    circles,
    distance_km,
    find_peaks,
    place_middles,
    polygons,
    square_middles,
    square_outlines,
    squares_of,
    wrap_longitude,
)
from ..places import Sites, Spots
from ..screening import Fixes
from ..stays import Stays, StaySettings, detect_stays, estimate_spans
from ..visits import sites_of_halts

PLACE_M = 300.0
"""Halts of a device so near to each other are at one place and shown in one square: by hand, what a home may be off.
Shown one by one, those at a home beside the edge of its square would be seen in both, and tell that it lies there."""
SURROUNDINGS_M = 5000.0
"""What a device does so near to a place where it remains longer is shown in the square of that place: by hand, the
width of a square. Shown one by one, errands all around a home would tell it by their mean."""
WIDEST_SITE_M = 5000.0
"""Radius of a site: by hand, a wider one is a region, of which the middle says less than a square does."""
SITE_CIRCLE_M = 100.0
"""Radius of the circle that stands for a location at a site: by hand; where at the site it was is not told."""
HOURS_PER_FIX = 1.0 / 60.0
"""A halt seen for a moment weighs a minute per fix, as where homes are looked for."""


@dataclass(frozen=True)
class Shown:
    """Where things may be written to be: `lat`, `lon` float64 degrees; `at_site` bool: at the centre of a site."""

    lat: np.ndarray
    lon: np.ndarray
    at_site: np.ndarray

    def take(self, rows: np.ndarray) -> Shown:
        """Return some of them, in the order of `rows`."""
        return Shown(self.lat[rows], self.lon[rows], self.at_site[rows])


def show_positions(
    owner: np.ndarray, lat: np.ndarray, lon: np.ndarray, hours: np.ndarray, site: np.ndarray, sites: Union[Sites, Spots]
) -> Shown:
    """Return where positions (degrees) are shown: at the centre of their site, else in the middle of their square.

    `site` int row of `sites` for each, -1 where none holds it. Positions of one `owner` (int >= 0) at one place share
    the square of their mean, weighted by `hours`: of one of them what each run finds differs by some metres, and a home
    beside an edge would be in one square here and in the next one there. Places around a longer one share its square.
    Those at sites are counted with the others: with other sites the same squares are told.
    """
    held = (site >= 0) & (np.append(sites.radius_m, np.inf)[site] <= WIDEST_SITE_M)
    site_lat, site_lon = (np.append(axis, np.nan)[site] for axis in (sites.lat, sites.lon))
    if held.all():
        return Shown(site_lat, site_lon, held)
    weight = hours + HOURS_PER_FIX  # a halt without length counts too
    place = find_peaks(owner, lat, lon, hours, PLACE_M)
    place_lat, place_lon = place_middles(place, lat, lon, weight)
    first = np.unique(place, return_index=True)[1]
    told = _told_with(owner[first], place_lat, place_lon, np.bincount(place, weights=weight))
    free_lat, free_lon = (middle[told[place]] for middle in square_middles(place_lat, place_lon))
    return Shown(np.where(held, site_lat, free_lat), np.where(held, site_lon, free_lon), held)


def _told_with(owner: np.ndarray, lat: np.ndarray, lon: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Return for each place of an owner the place (row) in whose square it is shown, itself or a longer one nearby.

    Longest are the places of squares in which their owner spends more time than in any beside them: no chain of places
    leads from one to the next, so that a way through a city stays one.
    """
    keys, at = np.unique(_keys(owner, lat, lon), return_inverse=True)
    spent = np.bincount(at, weights=hours)
    rank = np.empty(len(keys), np.int64)
    rank[np.lexsort((keys, spent))] = np.arange(len(keys))
    order = np.lexsort((hours, at))
    main = order[np.append(np.flatnonzero(np.diff(at[order])), len(order) - 1)]  # the longest place of each square
    beside = _squares_beside(keys, owner[main], lat[main], lon[main])
    longest = (rank[beside] <= rank).all(axis=0)
    told, best = np.arange(len(owner)), np.full(len(owner), -1)
    for square in beside[:, at]:
        near = distance_km(lat, lon, lat[main[square]], lon[main[square]]) * 1000.0 <= SURROUNDINGS_M
        better = longest[square] & near & (rank[square] > best)
        told[better], best[better] = main[square[better]], rank[square[better]]
    return told


def _keys(owner: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return an int64 for each pair of an owner and a square."""
    row, column, _columns = squares_of(lat, lon)
    return (owner.astype(np.int64) << 32) + ((row.astype(np.int64) + (1 << 15)) << 16) + column.astype(np.int64)


def _squares_beside(keys: np.ndarray, owner: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return (9, n) for owners' squares the squares (rows of `keys`) there and around, themselves where none is."""
    middle_lat, middle_lon = square_middles(lat, lon)
    here, found = np.arange(len(keys)), []
    for north in (-1, 0, 1):
        beside_lat = np.clip(middle_lat + north * SQUARE_DEG, -90.0, 90.0)
        width = 360.0 / squares_of(beside_lat, middle_lon)[2]
        for east in (-1, 0, 1):
            wanted = _keys(owner, beside_lat, wrap_longitude(middle_lon + east * width))
            place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            found.append(np.where(keys[place] == wanted, place, here))
    return np.stack(found)


def show_halts(stays: Stays, site: np.ndarray, sites: Union[Sites, Spots]) -> Shown:
    """Return where halts are shown; `site` is that of `show_positions`."""
    hours = (stays.end_ms - stays.start_ms) / HOUR_MS + stays.n_fixes * HOURS_PER_FIX
    return show_positions(stays.device, stays.lat, stays.lon, hours, site, sites)


def halted_sites(stays: Stays, sites: Sites) -> np.ndarray:
    """Return the int32 row of the site at which each halt of whole devices is, -1 where it is at none."""
    return sites_of_halts(sites, stays.device, stays.start_ms, stays.end_ms, stays.lat, stays.lon)


@dataclass(frozen=True)
class HaltedSites:
    """At which of some sites each device was at which time: `site` is the row of that of each of `stays`, -1 of none.

    `stays` are all halts of whole devices, with the short ones (`keep_short`): some of them do not tell who lodges.
    """

    sites: Sites
    stays: Stays
    site: np.ndarray

    @classmethod
    def of(cls, stays: Stays, sites: Sites) -> HaltedSites:
        """Return the sites of stays."""
        return cls(sites, stays, halted_sites(stays, sites))

    def at(self, device: np.ndarray, time_ms: np.ndarray) -> np.ndarray:
        """Return the int32 row of the site where devices were at times (UTC epoch ms), from their first halts on."""
        halts = len(self.stays)
        asked = np.arange(halts + len(device)) >= halts
        order = np.lexsort((
            asked, np.concatenate((self.stays.start_ms, time_ms)), np.concatenate((self.stays.device, device))
        ))  # fmt: skip
        row = np.empty(len(order), np.int64)
        row[order] = np.cumsum(~asked[order]) - 1
        found: np.ndarray = self.site[row[halts:]]
        return found


def shown_stays(stays: Stays, site: np.ndarray, sites: Sites, settings: StaySettings) -> Stays:
    """Return stays as they may be written, with the times of arrival and departure that their shown positions give.

    `stays` have the short halts, too (`keep_short`): the estimates rest on what is next to each. `site` is that of each
    (`halted_sites`).
    """
    at = show_halts(stays, site, sites)
    arrived_ms, departed_ms = estimate_spans(stays.device, stays.start_ms, stays.end_ms, at.lat, at.lon, settings)
    return replace(stays, lat=at.lat, lon=at.lon, arrived_ms=arrived_ms, departed_ms=departed_ms)


def show_fixes(fixes: Fixes, sites: Sites, progress: Progress) -> Shown:
    """Return where fixes are shown: each where the halt is that it is part of. Raises Cancelled."""
    stays = detect_stays(fixes, StaySettings(), progress, keep_short=True)  # they hold each fix once and in order
    halts = show_halts(stays, halted_sites(stays, sites), sites)
    return halts.take(np.repeat(np.arange(len(stays)), stays.n_fixes))


def outlines_of(at: Shown) -> np.ndarray:
    """Return WKB polygons for places: of a site a circle of SITE_CIRCLE_M, else the square."""
    shapes = np.empty(len(at.lat), dtype=object)
    site, free = at.at_site, ~at.at_site
    shapes[free] = polygons(square_outlines(at.lat[free], at.lon[free]))
    shapes[site] = polygons(circles(at.lat[site], at.lon[site], np.full(int(site.sum()), SITE_CIRCLE_M)))
    return shapes


def within_rows(flags: np.ndarray, rows: int) -> np.ndarray:
    """Return bool: which entries have a True one at most `rows` before or behind them."""
    counted = np.append(0, np.cumsum(flags))
    at = np.arange(len(flags))
    return counted[np.minimum(at + rows + 1, len(flags))] > counted[np.maximum(at - rows, 0)]
