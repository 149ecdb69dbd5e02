"""Which known places a silent device could have reached and left in time, and what speaks for each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..base import Columns, distinct_pairs, expand_ranges, mixed, pairs, split_pairs
from ..earth import DAY_MS, distance_km, square_middles
from ..history import History
from .anchors import LEAST_HALT_HOURS, usual_hours
from .known_places import KnownPlaces
from .silences import Sightings, Silences

BLOCK_SPANS = 2_000
"""Spans that are looked at a time: all stops of their devices are written out beside each."""
_ZONE_DEG = 0.2
"""By hand: about 20 km, a town with its surroundings, whose devices go to much the same places."""
_MOST = 25
"""By hand: of a zone, the places that most devices go to; the others are rarely the right one."""
_FEW_DAYS = 5.0
"""By hand: so many days of one device say as much of its habits as what others do."""


@dataclass(frozen=True)
class Reached(Columns):
    """What could have been: `silence` int64 (sorted) row of the silences, `place` int64 row of the known places.

    `features` float64 (n, FEATURES) say how much speaks for the place.
    """

    silence: np.ndarray
    place: np.ndarray
    features: np.ndarray


class Habits:
    """What devices do where they are seen: who goes to which places from where, how often, and on which days."""

    def __init__(self, history: History, known: KnownPlaces, sightings: Sightings) -> None:
        self._history, self._known, self._sightings = history, known, sightings
        stays = history.visits.stays
        spots, spot = history.visits.spots, history.visits.spot
        self._is_site = spots.kind[spot] == "site"
        # A place that is no site counts as its square of 5 km: no probability may tell a home better.
        lat, lon = square_middles(stays.lat, stays.lon)
        self._lat = np.where(self._is_site, spots.lat[spot], lat)
        self._lon = np.where(self._is_site, spots.lon[spot], lon)
        self._zone = _zones(self._lat, self._lon)
        self._stop = np.flatnonzero(known.place >= 0)
        # From 0 to 1, and knowing no order of rows: the stops that are looked at are drawn by it.
        self._luck = mixed(stays.start_ms[self._stop].astype(np.uint64)) / 2.0**64
        device, place = stays.device[self._stop].astype(np.int64), known.place[self._stop]
        self._own = np.unique(pairs(device, place))
        of_device, at_place = split_pairs(self._own)
        zone_device, zone = distinct_pairs(stays.device, self._zone)
        self._of_zone = np.bincount(zone)
        begin = np.searchsorted(zone_device, of_device)
        member, row = expand_ranges(begin, np.searchsorted(zone_device, of_device, side="right"))
        went: tuple[np.ndarray, np.ndarray] = np.unique(pairs(zone[row], at_place[member]), return_counts=True)
        self._went, self._went_count = went
        of_zone, its_place = split_pairs(self._went)
        order = np.lexsort((-self._went_count, of_zone))
        self._zone_of, self._zone_place = of_zone[order], its_place[order]
        own = np.searchsorted(self._own, pairs(device, place))
        at = split_pairs(np.unique(pairs(own, history.day[self._stop] - history.day.min())))[0]
        exposure = np.bincount(at_place, weights=self._exposure(of_device), minlength=len(known.spot))
        self._often = np.bincount(at_place[at], minlength=len(known.spot)) / np.maximum(exposure, 1.0)
        self._visitors = np.bincount(at_place, minlength=len(known.spot))

    def _exposure(self, device: np.ndarray) -> np.ndarray:
        """Return the days of each device on which a stop of two hours would have been seen."""
        return self._sightings.days[device] * self._sightings.well_seen[device]

    def reached(self, spans: Silences) -> Reached:
        """Return the places that could be reached and left in each span, with what speaks for them."""
        blocks = []
        for begin in range(0, max(1, len(spans)), BLOCK_SPANS):
            found = self._reached(spans.take(slice(begin, begin + BLOCK_SPANS)))
            blocks.append(replace(found, silence=found.silence + begin))
        return Reached.joined(blocks)

    def _reached(self, spans: Silences) -> Reached:
        stays, known = self._history.visits.stays, self._known
        device = stays.device[spans.before].astype(np.int64)
        silence, place = self._candidates(spans, device)
        before, after, spot = spans.before[silence], spans.after[silence], known.spot[place]
        there_km = distance_km(self._lat[before], self._lon[before], known.lat[place], known.lon[place])
        on_km = distance_km(known.lat[place], known.lon[place], self._lat[after], self._lon[after])
        spare = spans.hours[silence] - usual_hours(there_km) - usual_hours(on_km)
        fits = spare >= LEAST_HALT_HOURS
        for end in (before, after):
            fits &= (self._history.visits.spot[end] != spot) & (known.place[end] != place)
        silence, place, spare = silence[fits], place[fits], spare[fits]
        features = self._features(spans, device, silence, place, spare, there_km[fits] + on_km[fits])
        return Reached(silence, place, features)

    def _candidates(self, spans: Silences, device: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        owner, member = expand_ranges(
            np.searchsorted(self._own, pairs(device, np.zeros(len(device), np.int64))),
            np.searchsorted(self._own, pairs(device + 1, np.zeros(len(device), np.int64))),
        )
        silence, place = [owner], [split_pairs(self._own[member])[1]]
        for end in (spans.before, spans.after):
            first = np.searchsorted(self._zone_of, self._zone[end])
            last = np.searchsorted(self._zone_of, self._zone[end], side="right")
            owner, member = expand_ranges(first, np.minimum(last, first + _MOST))
            silence.append(owner)
            place.append(self._zone_place[member])
        return distinct_pairs(np.concatenate(silence), np.concatenate(place))

    def _features(
        self, spans: Silences, device: np.ndarray, silence: np.ndarray, place: np.ndarray, spare: np.ndarray,
        way_km: np.ndarray,
    ) -> np.ndarray:  # fmt: skip
        who, hours = device[silence], spans.hours[silence]
        is_own = np.isin(pairs(who, place), self._own)
        ever, alike = self._own_days(spans, silence, place)
        shares = []
        for end in (spans.before, spans.after):
            zone = self._zone[end][silence]
            others: np.ndarray = _lookup(self._went, self._went_count, pairs(zone, place)) - is_own
            anywhere = self._visitors[place] / len(self._sightings.days)
            shares.append((others + 0.5 * anywhere) / (self._of_zone[zone] + 0.5))
        usual = np.sqrt(shares[0] * shares[1]) * self._often[place]
        own = (alike + _FEW_DAYS * usual) / (spans.known[silence] * self._exposure(who) + _FEW_DAYS)
        direct_km = self._apart_km(spans)[silence]
        return np.stack([
            np.log(own + 1e-6) + np.log(np.maximum(1.0, hours / 24.0)),
            np.log(shares[0] + 1e-6),
            np.log(shares[1] + 1e-6),
            np.log1p(ever),
            (alike > 0).astype(np.float64),
            np.log(spare / hours),
            np.log1p(np.maximum(way_km - direct_km, 0.0)),
            np.log(self._often[place] + 1e-6),
        ], axis=1)  # fmt: skip

    def _apart_km(self, spans: Silences) -> np.ndarray:
        before, after = spans.before, spans.after
        return distance_km(self._lat[before], self._lon[before], self._lat[after], self._lon[after])

    def none_features(self, spans: Silences) -> np.ndarray:
        """Return what speaks for no stop at a known place, float64 (n, 6)."""
        same = self._history.visits.spot[spans.before] == self._history.visits.spot[spans.after]
        return np.stack([
            np.ones(len(spans)), same, self._is_site[spans.before], self._is_site[spans.after],
            np.log(spans.hours / 24.0), np.log1p(self._apart_km(spans)),
        ], axis=1).astype(np.float64)  # fmt: skip

    def _own_days(self, spans: Silences, silence: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return on how many days the device was at the place: at all, and at the hours of the silence.

        What lies inside the silence is not known.
        """
        history, stop = self._history, self._stop
        device = history.visits.stays.device
        who = device[spans.before]
        owner, member = expand_ranges(
            np.searchsorted(device[stop], who), np.searchsorted(device[stop], who, side="right")
        )
        row = stop[member]
        known = self._luck[member] < spans.known[owner]
        known &= (row <= spans.before[owner]) | (row >= spans.after[owner])
        owner, row = owner[known], row[known]
        local_ms = history.start_ms[spans.before] - history.visits.stays.start_ms[spans.before]
        begin, end = (spans.start_ms + local_ms)[owner], (spans.end_ms + local_ms)[owner]
        overlaps = (end - history.start_ms[row]) // DAY_MS >= -((history.end_ms[row] - begin) // DAY_MS)
        places, first_day = len(self._known.spot), history.day.min()
        spread = int(np.ptp(history.day)) + 1
        key = (owner * places + self._known.place[row]) * spread + history.day[row] - first_day
        wanted = silence * places + place
        return _counts(np.unique(key) // spread, wanted), _counts(np.unique(key[overlaps]) // spread, wanted)


def _counts(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return how often each of the `wanted` is among the sorted `keys`."""
    counts: np.ndarray = np.searchsorted(keys, wanted, side="right") - np.searchsorted(keys, wanted)
    return counts.astype(np.float64)


def _lookup(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the value of each wanted key, 0 for those that are not among the sorted `keys`."""
    if len(keys) == 0:
        return np.zeros(len(wanted))
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0).astype(np.float64)


def _zones(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    key = np.floor(lat / _ZONE_DEG).astype(np.int64) * 10_000 + np.floor(lon / _ZONE_DEG).astype(np.int64)
    return np.unique(key, return_inverse=True)[1].ravel()

