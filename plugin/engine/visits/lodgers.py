"""Lodgers beside a site: who lives a few metres from it is not at it.

A short visit is held by a site with an allowance for the error of its position. The middle of many nights has hardly
any error: by the allowance whoever lives beside a site would be told to live there, to the metre.
"""

from __future__ import annotations

import numpy as np

from ..base import pairs
from ..earth import NIGHT_LODGING, find_peaks, hours_within, local_ms, place_middles
from ..places import Holders, Sites, SpotFinder, encloses, sites_at
from ..stays import Stays

LODGED_HOURS = 8.0
"""Hours by night from which a device lodges somewhere, by hand: one night."""
PLACE_M = 50.0
"""Halts so near to each other are at one place, by hand: beyond the errors of most, and a walk in a site apart."""
HOURS_PER_HALT = 1.0 / 60.0
"""What a halt by day counts beside the hours of nights, by hand: nothing, but more than zero."""


def find_holders(finder: SpotFinder, stays: Stays) -> Holders:
    """Return what holds each of some halts of whole devices: the site that contains it, else its cell."""
    site = finder.sites_at(stays.lat, stays.lon)
    site = _without_lodgers(finder.sites, site, stays.device, stays.start_ms, stays.end_ms, stays.lat, stays.lon)
    return finder.holders_at(stays.lat, stays.lon, site)


def sites_of_halts(
    sites: Sites, owner: np.ndarray, start_ms: np.ndarray, end_ms: np.ndarray, lat: np.ndarray, lon: np.ndarray
) -> np.ndarray:
    """Return the int32 row of the site at which each halt of an `owner` (int >= 0) is, -1 where it is at none.

    Positions in degrees WGS84, times in UTC epoch ms; all halts of an owner are to be given.
    """
    return _without_lodgers(sites, sites_at(sites, lat, lon), owner, start_ms, end_ms, lat, lon)


def _without_lodgers(
    sites: Sites, site: np.ndarray, owner: np.ndarray, start_ms: np.ndarray, end_ms: np.ndarray, lat: np.ndarray,
    lon: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return the sites of halts with -1 at places where the owner lodges, and which lie outside the site itself."""
    held = np.flatnonzero(site >= 0)
    begin, end = (local_ms(time_ms[held], lon[held]) for time_ms in (start_ms, end_ms))
    night = hours_within(begin, end, NIGHT_LODGING, 24)
    pair = np.unique(pairs(owner[held], site[held]), return_inverse=True)[1]
    lodged = np.bincount(pair, weights=night)[pair] >= LODGED_HOURS
    held, night, pair = held[lodged], night[lodged], pair[lodged]
    if len(held) == 0:
        return site
    place = find_peaks(pair, lat[held], lon[held], night, PLACE_M)
    middle = place_middles(place, lat[held], lon[held], night + HOURS_PER_HALT)
    its_site = site[held[np.unique(place, return_index=True)[1]]]
    outside = (np.bincount(place, weights=night) >= LODGED_HOURS) & ~encloses(sites, its_site, *middle)
    site = site.copy()
    site[held[outside[place]]] = -1
    return site
