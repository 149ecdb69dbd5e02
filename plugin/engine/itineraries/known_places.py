"""Known places: the sites, and the gazetteer's airports that devices fly from and to, at which silent devices may be.

A home is no known place unless it is a site, so that no silence tells one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..earth import nearest_within
from ..history import History
from ..legs import AIR
from .anchors import FIELD_KM, lodged_near, on_ground
from .site_stays import stayed


@dataclass(frozen=True)
class KnownPlaces:
    """Places at which devices stopped, and the stops there.

    `spot` int64 per place: index of the spot, or behind all spots that of the gazetteer's airport; `lat`, `lon`
    degrees per place. `place` int64 per visit: row of these places, -1 for visits that are no stop at one.
    """

    spot: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    place: np.ndarray


def find_known_places(history: History) -> KnownPlaces:
    """Return the sites at which anybody stopped and the airports, not among the sites, that flights began or ended at.

    Who remains near an airport as nobody waits for a flight lodges there and is at no known place.
    """
    visits, airports = history.visits, history.world.airports
    count = len(visits.spots)
    is_site = visits.spots.kind[visits.spot] == "site"
    flown = np.zeros(len(visits), dtype=bool)
    by_air = history.legs.mode == AIR
    flown[history.legs.from_stay[by_air]] = flown[history.legs.to_stay[by_air]] = True
    _, halted = on_ground(visits, np.arange(len(visits)), visits.stays.device)
    at = np.where(is_site & (stayed(visits) | halted), visits.spot.astype(np.int64), -1)
    row = np.flatnonzero(flown & ~is_site)
    field, _ = nearest_within(visits.stays.lat[row], visits.stays.lon[row], airports.lat, airports.lon, FIELD_KM)
    field = np.where(lodged_near(visits, row, visits.stays.device[row].astype(np.int64), field), -1, field)
    at[row[field >= 0]] = count + field[field >= 0]
    spot, place = np.unique(at, return_inverse=True)
    place = place.ravel() - int(len(spot) > 0 and spot[0] < 0)
    spot = spot[spot >= 0]
    lat = np.concatenate([visits.spots.lat, airports.lat])[spot]
    lon = np.concatenate([visits.spots.lon, airports.lon])[spot]
    return KnownPlaces(spot, lat, lon, place)
