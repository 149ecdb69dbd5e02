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
from ..earth import HOUR_MS, circles, find_peaks, polygons, square_middles, square_outlines, wrap_longitude
from ..places import Sites, Spots, sites_at
from ..screening import Fixes
from ..stays import Stays, StaySettings, detect_stays, estimate_spans

PLACE_M = 300.0
"""Halts of a device so near to each other are at one place and shown in one square: by hand, what a home may be off.
Shown one by one, those at a home beside the edge of its square would be seen in both, and tell that it lies there."""
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
    beside an edge would be in one square here and in the next one there.
    """
    held = (site >= 0) & (np.append(sites.radius_m, np.inf)[site] <= WIDEST_SITE_M)
    lat, lon = lat.copy(), lon.copy()
    lat[held], lon[held] = sites.lat[site[held]], sites.lon[site[held]]
    free = np.flatnonzero(~held)
    place = find_peaks(owner[free], lat[free], lon[free], hours[free], PLACE_M)
    means = _means(place, lat[free], lon[free], hours[free])
    lat[free], lon[free] = (middle[place] for middle in square_middles(*means))
    return Shown(lat, lon, held)


def _means(place: np.ndarray, lat: np.ndarray, lon: np.ndarray, hours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean lat, lon (degrees) of each place, weighted by hours."""
    weight = hours + HOURS_PER_FIX  # a halt without length counts too
    first = lon[np.unique(place, return_index=True)[1]]
    total = np.bincount(place, weights=weight)
    east = np.bincount(place, weights=weight * wrap_longitude(lon - first[place])) / total
    return np.bincount(place, weights=weight * lat) / total, wrap_longitude(first + east)


def show_halts(stays: Stays, site: np.ndarray, sites: Union[Sites, Spots]) -> Shown:
    """Return where halts are shown; `site` is that of `show_positions`."""
    hours = (stays.end_ms - stays.start_ms) / HOUR_MS + stays.n_fixes * HOURS_PER_FIX
    return show_positions(stays.device, stays.lat, stays.lon, hours, site, sites)


def shown_stays(stays: Stays, sites: Sites, settings: StaySettings) -> Stays:
    """Return stays as they may be written, with the times of arrival and departure that their shown positions give.

    `stays` have the short halts, too (`keep_short`): the estimates rest on what is next to each.
    """
    at = show_halts(stays, sites_at(sites, stays.lat, stays.lon), sites)
    arrived_ms, departed_ms = estimate_spans(stays.device, stays.start_ms, stays.end_ms, at.lat, at.lon, settings)
    return replace(stays, lat=at.lat, lon=at.lon, arrived_ms=arrived_ms, departed_ms=departed_ms)


def show_fixes(fixes: Fixes, sites: Sites, progress: Progress) -> Shown:
    """Return where fixes are shown: each where the halt is that it is part of. Raises Cancelled."""
    stays = detect_stays(fixes, StaySettings(), progress, keep_short=True)  # they hold each fix once and in order
    halts = show_halts(stays, sites_at(sites, stays.lat, stays.lon), sites)
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
