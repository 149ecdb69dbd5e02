"""Names: what the devices beyond the usual have in common that others of the place, and of its country, have not.

Which place is unusual was decided by tests. What it is called is decided here, by what tells most in fewest words: the
description length that a common trait saves (Rissanen 1978; as in subgroup discovery, Klösgen 1996).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Optional

import numpy as np

from ..base import distinct_pairs, expand_ranges
from ..counting import Presence
from ..earth import local_day
from ..tables import at_most_few
from .evidence import Evidence
from .traits import (
    ABROAD,
    COUNTRY,
    HERE,
    LINKS,
    NEARBY,
    NEW,
    OFTEN,
    UNKNOWN,
    TraitFinder,
    Traits,
)

MOST = 0.6
"""Share of the devices beyond the usual that a name must be true of, by hand: most, and clearly so."""
EARLIER = 8
"""Earlier windows, the latest, that a place is compared with, by hand: enough to know who is usual there."""
STAYED_AWAY = 0.5
"""Share of the usual days up to which somebody who is there regularly stayed away, by hand."""
SAMPLE = 1000
"""Devices of a country that its usual traits are measured on, by hand: shares within 3 %."""
PAST_DEVICES = 20_000
"""Devices of earlier windows whose traits are looked up, by hand: of a crowd a part tells the same."""
POOLED_DEVICES = 10.0
"""Devices that the country counts for beside the place's own visitors, by hand: the traits of few say little."""
TWICE = 2.0
"""How many times as common as elsewhere a trait must be to tell anything, by hand: at markets most have been lately."""
PAIRED = 10
"""Traits, the most telling, that are tried in pairs, by hand: what tells little alone tells little together."""
ORIGIN, LINK, TIE, CAME = "origin", "link", "tie", "came"
IMPLIED_ABROAD = ("airport", "hotel", "transport_hub")
"""Kinds of places that whoever comes from abroad has been at: they tell nothing of them."""


@dataclass(frozen=True)
class Fact:
    """What most devices of a group have in common: an `axis`, its value `id`, and the share it is true of."""

    axis: str
    id: str
    share: float


@dataclass(frozen=True)
class Group:
    """The devices beyond the usual at a place, or those missing there.

    `spot`; `devices`: their codes; `counted`: how many are like them now; `usual`: how many in an ordinary window of
    the same length; `like`: whether that counts only devices like them, or all at the place; `start_day`, `days`: the
    local days of the test, `window` those of its window (first, last); `facts`: what they have in common, the most
    telling first.
    """

    spot: int
    devices: np.ndarray
    counted: int
    usual: float
    like: bool
    start_day: int
    days: int
    window: tuple[int, int]
    is_fall: bool
    facts: tuple[Fact, ...]
    traits: Traits

    def fact(self, axis: str) -> tuple[Fact, ...]:
        """Return what is told of one axis."""
        return tuple(fact for fact in self.facts if fact.axis == axis)


Key = tuple[str, str]
Masks = dict[Key, np.ndarray]


class GroupFinder:
    """Finds the groups behind tests; what it knows of a country is measured once for each window."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._traits = TraitFinder(evidence.history)
        self._samples: dict[tuple[int, int, int], np.ndarray] = {}

    def of(self, test: int) -> Group:
        """Return the group behind a test."""
        evidence, scores = self._evidence, self._evidence.scores
        spot, (first, days) = int(scores.spot[test]), evidence.days_of_test(test)
        now = self._devices(spot, first, days)
        starts = np.sort(evidence.earlier_starts(test))[::-1][:EARLIER]
        earlier = [self._devices(spot, int(start), days) for start in starts]
        if scores.change_of(test).is_fall:
            return self._missing(test, spot, first, days, now, earlier, starts)
        return self._came(test, spot, first, days, now, earlier, starts)

    def _window(self, test: int) -> tuple[int, int]:
        windows = self._evidence.windows
        first = int(windows.start_day[self._evidence.scores.window[test]])
        return first, first + windows.length_days - 1

    def _devices(self, spot: int, start_day: int, days: int) -> np.ndarray:
        rows = self._evidence.visits_on(spot, start_day, days)
        return np.unique(self._evidence.history.visits.stays.device[rows])

    def _days_there(self, spot: int, start_day: int, days: int, devices: np.ndarray) -> np.ndarray:
        """Return on how many of some local days each device (codes, rising) was at a spot, int64."""
        history = self._evidence.history
        rows = self._evidence.visits_on(spot, start_day, days)
        rows = rows[np.isin(history.visits.stays.device[rows], devices)]
        first = np.maximum(history.day[rows], start_day) - start_day
        last = np.minimum(local_day(history.end_ms[rows]), start_day + days - 1) - start_day
        owner, day = expand_ranges(first, last + 1)
        who, _day = distinct_pairs(np.searchsorted(devices, history.visits.stays.device[rows[owner]]), day)
        return np.bincount(who, minlength=len(devices))

    def _here(self, spot: int) -> np.ndarray:
        presence: Presence = self._evidence.presence
        return presence.by_spot[presence.start[spot] : presence.start[spot + 1]]

    def _missing(
        self, test: int, spot: int, first: int, days: int, now: np.ndarray, earlier: list[np.ndarray],
        starts: np.ndarray,
    ) -> Group:  # fmt: skip
        """Return those who were there in most earlier windows and now on far fewer days."""
        came, times = np.unique(np.concatenate([np.empty(0, np.int32), *earlier]), return_counts=True)
        regular = came[times >= 0.5 * len(earlier)]
        usual_days = sum(self._days_there(spot, int(start), days, regular) for start in starts)
        missing = regular[self._days_there(spot, first, days, regular) * len(starts) <= STAYED_AWAY * usual_days]
        traits = self._traits.of(missing, np.full(len(missing), first), days, spot, self._here(spot))
        others = self._country(spot, first, days)
        facts = _facts(_masks(traits), {}, _masks(others)) if len(missing) else ()
        usual = float(self._evidence.told.expected[test])
        window = self._window(test)
        return Group(spot, missing, len(now), usual, False, first, days, window, True, facts, traits)

    def _came(
        self, test: int, spot: int, first: int, days: int, now: np.ndarray, earlier: list[np.ndarray],
        starts: np.ndarray,
    ) -> Group:  # fmt: skip
        here = self._here(spot)
        device = np.concatenate([np.empty(0, np.int32), *earlier])
        start_day = np.repeat(starts, [len(one) for one in earlier])
        thin = max(1, len(device) // PAST_DEVICES)
        of_now = self._traits.of(now, np.full(len(now), first), days, spot, here)
        of_past = self._traits.of(device[::thin], start_day[::thin], days, spot, here)
        named = np.isin(now, self._evidence.devices_of_test(test))
        others = self._country(spot, first, days)
        others = others.take(np.flatnonzero(~np.isin(others.device, now[named])))
        windows, expected = max(len(earlier), 1), float(self._evidence.told.expected[test])
        seed = _find_seed(
            _masks(of_now), named, expected, _masks(of_past), thin / windows, _masks(others),
            float(len(device)) / windows,
        )  # fmt: skip
        if seed is None:  # they are there as usual, and do something else
            inside, usual = named, expected
        else:
            inside = _all_of(_masks(of_now), seed, len(now))
            past = _all_of(_masks(of_past), seed, len(of_past)).sum() * thin
            usual = float(at_most_few(np.array(past)) / windows)
        group = of_now.take(np.flatnonzero(inside))
        facts = _facts(_masks(group), _masks(of_past), _masks(others))
        return Group(
            spot, now[inside], int(inside.sum()), usual, seed != (), first, days, self._window(test), False, facts,
            group,
        )  # fmt: skip

    def _country(self, spot: int, first: int, days: int) -> Traits:
        """Return the traits of devices that are in the country of a spot in a window, some of many."""
        history = self._evidence.history
        country = int(history.visits.spots.country_index[spot])
        key = (country, first, days)
        if key not in self._samples:
            inside = (history.visits.country == country) & (history.day >= first) & (history.day < first + days)
            found = np.unique(history.visits.stays.device[inside])
            self._samples[key] = found[:: max(1, len(found) // SAMPLE)]
        device = self._samples[key]
        return self._traits.of(device, np.full(len(device), first), days, spot, self._here(spot))


def _masks(traits: Traits) -> Masks:
    """Return which devices have which trait: (axis, id) -> bool."""
    lives, abroad = traits.lives, traits.lives == ABROAD
    masks: Masks = {
        (ORIGIN, "abroad"): abroad, (ORIGIN, "country"): lives == COUNTRY, (ORIGIN, "nearby"): lives == NEARBY,
        (ORIGIN, "here"): lives == HERE, (ORIGIN, "unknown"): lives == UNKNOWN,
    }  # fmt: skip
    for country in np.unique(traits.country[abroad]).tolist():
        masks[(ORIGIN, f"from:{country}")] = abroad & (traits.country == country)
    for column, kind in enumerate(LINKS):
        masks[(LINK, f"{kind}:often")] = traits.often[:, column]
        masks[(LINK, f"{kind}:seen")] = traits.seen[:, column]
    masks[(TIE, "new")], masks[(TIE, "often")] = traits.tie == NEW, traits.tie == OFTEN
    masks[(CAME, "air")], masks[(CAME, "land")] = traits.by_air, traits.by_land
    return masks


def _all_of(masks: Masks, keys: tuple[Key, ...], count: int) -> np.ndarray:
    """Return which devices have all of some traits; of a trait that nobody has, none."""
    inside = np.ones(count, bool)
    for key in keys:
        inside &= masks.get(key, np.zeros(count, bool))
    return inside


def _share(masks: Masks, keys: tuple[Key, ...]) -> float:
    """Return the share of some reference that has traits, never quite 0 or 1."""
    count = len(next(iter(masks.values()))) if masks else 0
    return float((_all_of(masks, keys, count).sum() + 0.5) / (count + 1.0))


def _usual_share(key: Key, past: Masks, others: Masks) -> float:
    """Return the share of a trait that tells nothing: the larger of the country's and that of the place's visitors.

    The latter is drawn towards the former where visitors were few. How often somebody had been at the place is known of
    its own visitors alone.
    """
    country = _share(others, (key,))
    mask = past.get(key, np.zeros(len(next(iter(past.values()))) if past else 0, bool))
    if key[0] == TIE:
        return float((mask.sum() + 0.5) / (len(mask) + 1.0)) if len(mask) else 1.0
    return max(country, float((mask.sum() + POOLED_DEVICES * country) / (len(mask) + POOLED_DEVICES)))


def _saved(share: float, usual: float) -> float:
    """Return the nats per device that are saved by telling a trait of a `share` whose `usual` share is known."""
    if share <= usual:
        return 0.0
    gain = share * np.log(share / usual)
    return float(gain + (1.0 - share) * np.log((1.0 - share) / (1.0 - usual))) if share < 1.0 else float(gain)


def _find_seed(
    now: Masks, named: np.ndarray, expected: float, past: Masks, per_window: float, others: Masks, usual: float
) -> Optional[tuple[Key, ...]]:
    """Return the traits (none, one or two) that tell those beyond the usual from all others at the place.

    What they save: the surprise of so many against as many as usual (Poisson), and that of their share of those beyond
    the usual against their share of the country's devices; less what it takes to say which traits. They must cover MOST
    of the devices `named` by the test beyond those `expected`. None where no more are there than usual.
    """
    count, cost = len(named), np.log(len(now))
    beyond = max(count - usual, 1.0)
    wanted = MOST * max(float(named.sum()) - expected, 1.0)

    def score(keys: tuple[Key, ...]) -> float:
        inside = _all_of(now, keys, count)
        size = len(next(iter(past.values())))
        seen, before = float(inside.sum()), (_all_of(past, keys, size).sum() + 0.5) * per_window
        excess = seen - before
        if excess < 0.5 * wanted or (inside & named).sum() < wanted:
            return -np.inf
        own = seen * np.log(seen / before) - excess
        traits = tuple(key for key in keys if key[0] != TIE)
        country = beyond * _saved(min(excess / beyond, 1.0), _share(others, traits)) if traits else 0.0
        return float(own + country - cost * len(keys))

    alone = sorted(((score((key,)), key) for key in now), reverse=True)
    best = [key for value, key in alone if np.isfinite(value)][:PAIRED]
    tried = [(score(()), ()), *((value, (key,)) for value, key in alone)]
    tried += [(score(pair), pair) for pair in combinations(best, 2) if pair[0][0] != pair[1][0]]
    value, keys = max(tried, key=lambda one: (one[0], -len(one[1])))
    return keys if np.isfinite(value) else None


def _facts(group: Masks, past: Masks, others: Masks) -> tuple[Fact, ...]:
    """Return what most of a group have in common and neither the place's own visitors nor its country's have as often.

    One of each axis, and two kinds of places. Where nothing tells, where most of them live.
    """
    count = len(next(iter(group.values())))
    shares = {key: float(mask.mean()) for key, mask in group.items()} if count else {}
    gains: list[tuple[float, Key]] = []
    for key, share in shares.items():
        usual = _usual_share(key, past, others) if share >= MOST else 1.0
        if share >= TWICE * usual:
            gains.append((count * _saved(share, usual), key))
    told: list[Key] = []
    cost = np.log(max(len(group), 2))
    # Of what tells as much, a country goes before "abroad".
    for gain, key in sorted(gains, key=lambda one: (-one[0], one[1][1] == "abroad", one[1])):
        if gain >= cost and _adds(told, key):
            told.append(key)
    if not any(axis == ORIGIN for axis, _id in told):
        homes = [key for key in shares if key[0] == ORIGIN and key[1] != "unknown" and shares[key] >= MOST]
        told += homes[:1] if not told else []
    return tuple(Fact(axis, id_, shares[(axis, id_)]) for axis, id_ in told)


def _adds(told: list[Key], key: Key) -> bool:
    """Return whether a trait says something beside those that are told already, and contradicts none."""
    axis, id_ = key
    kind = id_.partition(":")[0]
    if axis != LINK:
        return all(axis != other for other, _id in told)
    links = [own.partition(":")[0] for other, own in told if other == LINK]
    is_foreign = any(own == "abroad" or own.startswith("from:") for other, own in told if other == ORIGIN)
    return kind not in links and len(links) < 2 and not (is_foreign and kind in IMPLIED_ABROAD)
