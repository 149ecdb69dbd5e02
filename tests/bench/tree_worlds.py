"""Worlds in which whole countries and quarters move: visits of regulars to places of three countries, hour by hour.

A dense town of 22 km in Aland, one in Beland, villages in Celand. Every place has regulars, each there on some days;
its appeal swings from week to week, and that of a country a little. Nothing here knows the squares of the engine: a
quarter is whatever lies within some kilometres of a place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

FIRST_DAY = (date(2023, 3, 6) - date(1970, 1, 1)).days  # a Monday
WEEKS, KEY_WEEK = 17, 15
KEY_DAY = 7 * KEY_WEEK + 2
DAYS_BEFORE, DAYS_AFTER = 2, 4
TOWN_PLACES, VILLAGES, SPACING_DEG = 12, 40, 0.016
REGULARS, DAILY = 18.0, 0.25
PLACE_SWING, COUNTRY_SWING = 0.12, 0.03
QUARTER_KM = 6.0
CURFEW_FROM_H, SINGLE_PLACES, SINGLE_RISE = 19.0, 6, 1.4
AA, BB, CC = 0, 1, 2


@dataclass(frozen=True)
class TreeWorld:
    """Places (`lat`, `lon`, `country`) and visits (`place`, `device`, `day`, `hour`), sorted by device and time.

    `moved`: the country that moved (-1 none) and `quarter` bool (places,), what moved in a quarter; `planted` bool
    (places,): single places that changed by themselves.
    """

    lat: np.ndarray
    lon: np.ndarray
    country: np.ndarray
    place: np.ndarray
    device: np.ndarray
    day: np.ndarray
    hour: np.ndarray
    moved: int
    quarter: np.ndarray
    planted: np.ndarray

    @property
    def key_date(self) -> date:
        """The date around which something happens, or nothing."""
        return date(1970, 1, 1) + timedelta(days=FIRST_DAY + KEY_DAY)


KINDS = {
    "nothing": (),
    "single places": ("singles",),
    "shutdown": ("shutdown",),
    "curfew": ("curfew",),
    "collapse of a country": ("collapse",),
    "a quarter twice as busy": ("quarter",),
    "collapse, and single places": ("collapse", "singles"),
}


def make_tree_world(seed: int, kind: str) -> TreeWorld:
    """Return the world of `seed`."""
    rng = np.random.default_rng(seed)
    lat, lon, country = _places(rng)
    number = len(lat)
    happens = KINDS[kind]
    centre = int(rng.choice(np.flatnonzero(country == AA)))
    away_km = 111.2 * np.hypot(lat - lat[centre], lon - lon[centre])
    quarter = (away_km < QUARTER_KM) & (country == AA) & ("quarter" in happens)
    planted = np.zeros(number, bool)
    if "singles" in happens:
        planted[rng.choice(number, SINGLE_PLACES, replace=False)] = True
    rate = np.exp(PLACE_SWING * rng.normal(size=(number, WEEKS)) + COUNTRY_SWING * rng.normal(size=(3, WEEKS))[country])
    place, device, day = _everyday(rng, rate)
    hour = rng.uniform(7.0, 22.0, len(day))
    in_window = (day >= KEY_DAY - DAYS_BEFORE) & (day <= KEY_DAY + DAYS_AFTER)
    stays = np.ones(len(day), bool)
    if "shutdown" in happens:
        stays &= ~((country[place] == AA) & in_window & (day >= KEY_DAY) & (rng.random(len(day)) > 0.3))
    if "collapse" in happens:
        stays &= ~((country[place] == AA) & in_window & (rng.random(len(day)) > 0.45))
    if "curfew" in happens:
        stays &= ~((country[place] == AA) & in_window & (hour >= CURFEW_FROM_H))
    more = np.where(quarter, 2.0, np.where(planted, SINGLE_RISE, 1.0))
    kept = [values[stays] for values in (place, device, day, hour)]
    added = in_window & stays & (rng.random(len(day)) < (more[place] - 1.0) % 1.0) & (more[place] < 2.0)
    extra = [np.repeat(np.flatnonzero(in_window & stays), np.rint(more[place] - 1.0).astype(int)[in_window & stays])]
    rows = np.concatenate((np.flatnonzero(added), *extra))
    new = 1_000_000 + np.arange(len(rows)) // 2  # each of them comes about twice
    columns = [
        np.concatenate(pair) for pair in zip(kept, (place[rows], new, day[rows], rng.uniform(7.0, 22.0, len(rows))))
    ]
    if "curfew" in happens:
        late = (country[columns[0]] == AA) & (columns[3] >= CURFEW_FROM_H) & (columns[2] >= KEY_DAY - DAYS_BEFORE)
        columns = [values[~(late & (columns[2] <= KEY_DAY + DAYS_AFTER))] for values in columns]
    order = np.lexsort((columns[3], columns[2], columns[1]))
    moved = AA if {"shutdown", "collapse", "curfew"} & set(happens) else -1
    return TreeWorld(lat, lon, country, *(values[order] for values in columns), moved, quarter, planted)


def _places(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    side = np.arange(TOWN_PLACES) * SPACING_DEG
    lat, lon = (values.ravel() for values in np.meshgrid(side, side, indexing="ij"))
    village = rng.permutation(40 * 40)[:VILLAGES]
    return (
        np.concatenate((4.0 + lat, 6.0 + lat, 2.0 + (village // 40) * 0.1)),
        np.concatenate((5.0 + lon, 15.0 + lon, 42.0 + (village % 40) * 0.1)),
        np.repeat((AA, BB, CC), (len(lat), len(lat), VILLAGES)),
    )


def _everyday(rng: np.random.Generator, rate: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return place, device and day of the visits of regulars, by the rate of each place and week."""
    regulars = rng.poisson(REGULARS * rng.lognormal(0.0, 0.5, len(rate)))
    place = np.repeat(np.arange(len(rate)), regulars)
    daily = DAILY * np.repeat(rate, 7, axis=1)[place]
    device, day = np.nonzero(rng.random((len(place), 7 * WEEKS)) < daily)
    return place[device], device, day
