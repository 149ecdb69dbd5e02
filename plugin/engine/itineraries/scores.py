"""Scores of itineraries: how few other devices did what this one did for the first time within three weeks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import Columns, begins_run
from ..legs import Legs
from ..places import categories
from ..visits import Visits

UNBASED = ""
TRANSIT = (categories.AIRPORT, categories.BORDER_CROSSING, categories.PORT, categories.TRANSPORT_HUB)


@dataclass(frozen=True)
class Doings:
    """Things devices did: int32 `device` code, `what` int64 code of the doing, `day` int64 local day."""

    device: np.ndarray
    what: np.ndarray
    day: np.ndarray


@dataclass(frozen=True)
class Weighed(Columns):
    """The first time of each doing of each device, sorted by device and day: int32 `device`, int64 `day`, `weight`."""

    device: np.ndarray
    day: np.ndarray
    weight: np.ndarray


def weigh_doings(
    visits: Visits, legs: Legs, day: np.ndarray, reached_row: np.ndarray, usual: np.ndarray, home_spot: np.ndarray
) -> Weighed:
    """Return what devices did for the first time in the data, each doing with how few others did it.

    Three kinds of doings count: a journey between two countries by a mode; being at a place that led to the device
    (`reached_row`) and is no mere part of a journey; and being at such a kind of place in a country as one who is based
    at some kind of place (its usual linked place, `usual` per visit, or none) in the same or another country. Each
    weighs -log10((devices that did it + 1) / (active devices + 2)).
    """
    active = len(np.unique(visits.stays.device))
    transit = np.isin(visits.spots.category.astype(str), TRANSIT)
    reached_row = reached_row[~transit[visits.spot[reached_row]]]
    kinds = (
        _places(visits, day, reached_row),
        _journeys(legs, day),
        _links(visits, day, reached_row, usual, home_spot),
    )
    weighed = Weighed.joined([_weigh(doings, active) for doings in kinds])
    return weighed.take(np.lexsort((weighed.day, weighed.device)))


def score_devices(
    visits: Visits, day: np.ndarray, weighed: Weighed, first_day: np.ndarray, last_day: np.ndarray, window_days: int
) -> np.ndarray:
    """Return one score per device code of `first_day`; 0 where nothing counts.

    It is the greatest sum over doings within `window_days`, from `first_day` to `last_day` of the device, less what it
    does in such a window at other times: a habitual traveller is no surprise.
    """
    count = len(first_day)
    weighed = weighed.take(weighed.device < count)
    device, when, weight = weighed.device, weighed.day, weighed.weight
    keep = (when >= first_day[device]) & (when <= last_day[device])
    best = _best_window(device[keep], when[keep], weight[keep], count, window_days)
    return _less_usual(visits, day, weighed, np.arange(count), best, window_days)


def score_around(
    visits: Visits, day: np.ndarray, weighed: Weighed, device: np.ndarray, middle_day: np.ndarray, window_days: int
) -> np.ndarray:
    """Return the same for devices (codes) in the `window_days` around one day each, wherever that lies."""
    key = _day_key(weighed.device, weighed.day)
    total = np.concatenate(([0.0], np.cumsum(weighed.weight)))
    first = middle_day - window_days // 2
    begin, end = (np.searchsorted(key, _day_key(device, one)) for one in (first, first + window_days))
    return _less_usual(visits, day, weighed, device, total[end] - total[begin], window_days)


def _less_usual(
    visits: Visits, day: np.ndarray, weighed: Weighed, device: np.ndarray, best: np.ndarray, window_days: int
) -> np.ndarray:
    """Return sums of weights less what each device (code) does in such a window at other times."""
    count = int(device.max(initial=-1)) + 1
    total = np.bincount(weighed.device, weights=weighed.weight, minlength=count)[device]
    other_days = np.maximum(_days_seen(visits.stays.device, day, count)[device] - window_days, window_days)
    return np.maximum(best - (total - best) * window_days / other_days, 0.0)


def _day_key(device: np.ndarray, day: np.ndarray) -> np.ndarray:
    key: np.ndarray = device.astype(np.int64) * 1_000_000 + day
    return key


def _days_seen(device: np.ndarray, day: np.ndarray, count: int) -> np.ndarray:
    """Return the days from first to last visit of each device code; visits are sorted by device and time."""
    codes = np.arange(count)
    first = np.minimum(np.searchsorted(device, codes, side="left"), len(device) - 1)
    last = np.searchsorted(device, codes, side="right") - 1
    return np.maximum(day[last] - day[first], 0)


def _places(visits: Visits, day: np.ndarray, row: np.ndarray) -> Doings:
    return Doings(visits.stays.device[row], visits.spot[row].astype(np.int64), day[row])


def _journeys(legs: Legs, day: np.ndarray) -> Doings:
    abroad = (legs.country_from != legs.country_to) & (legs.country_from >= 0) & (legs.country_to >= 0)
    leg = np.flatnonzero(abroad)
    # The way back is no news: both directions are one doing.
    low = np.minimum(legs.country_from[leg], legs.country_to[leg]).astype(np.int64)
    high = np.maximum(legs.country_from[leg], legs.country_to[leg])
    what = (low * 1000 + high) * 10 + legs.mode[leg]
    return Doings(legs.device[leg], what, day[legs.to_stay[leg]])


def _links(
    visits: Visits, day: np.ndarray, row: np.ndarray, usual: np.ndarray, home_spot: np.ndarray
) -> Doings:
    """Return who (by base) was where (by category and country); the base is what was known by the visit."""
    spots, device = visits.spots, visits.stays.device
    kind = np.unique(np.append(spots.category.astype(str), UNBASED), return_inverse=True)
    kind_of, unbased = kind[1].ravel()[:-1].astype(np.int64), int(kind[1].ravel()[-1])
    place = kind_of * 1000 + spots.country_index + 1
    # The base of a visit: the device's latest usual linked place before it, else the country it lives in.
    base_spot = _latest_before(device, np.where(usual, visits.spot, -1))
    home = _latest_before(device, home_spot)
    lives = unbased * 1000 + np.where(home >= 0, spots.country_index[np.maximum(home, 0)] + 1, 0)
    base = np.where(base_spot >= 0, place[np.maximum(base_spot, 0)], lives)
    return Doings(device[row], base[row] * 1_000_000 + place[visits.spot[row]], day[row])


def _latest_before(device: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return for each row the last value >= 0 of the same device up to this row, -1 where there is none."""
    known = np.where(value >= 0, np.arange(len(value)), -1)
    latest = np.maximum.accumulate(known) if len(known) else known
    same = (latest >= 0) & (device[np.maximum(latest, 0)] == device)
    return np.where(same, value[np.maximum(latest, 0)], -1)


def _weigh(doings: Doings, active: int) -> Weighed:
    """Return each device's first time of each doing, and its weight."""
    kinds, code = np.unique(doings.what, return_inverse=True)
    pair = doings.device.astype(np.int64) * max(len(kinds), 1) + code.ravel()
    order = np.lexsort((doings.day, pair))
    first = order[begins_run(pair[order])]
    devices = np.bincount(code.ravel()[first], minlength=len(kinds))
    weight = -np.log10((devices + 1.0) / (active + 2.0))
    return Weighed(doings.device[first], doings.day[first], np.maximum(weight[code.ravel()[first]], 0.0))


def _best_window(
    device: np.ndarray, day: np.ndarray, weight: np.ndarray, count: int, window_days: int
) -> np.ndarray:
    """Return for each device the greatest sum of weights within `window_days` of one of its doings."""
    best = np.zeros(count)
    if len(device) == 0:
        return best
    order = np.lexsort((day, device))
    device, day, total = device[order], day[order], np.concatenate(([0.0], np.cumsum(weight[order])))
    key = _day_key(device, day)
    until = np.searchsorted(key, key + window_days, side="left")
    np.maximum.at(best, device, total[until] - total[np.arange(len(key))])
    return best
