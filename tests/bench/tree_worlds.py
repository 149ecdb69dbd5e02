"""Worlds in which whole countries and quarters move: visits of regulars to places of three countries, hour by hour.

A dense town of 22 km in Aland, one in Beland, villages in Celand. Every place has regulars, each there on some days;
its appeal swings from week to week, and that of a country a little. Nothing here knows the squares of the engine: a
quarter is whatever lies within some kilometres of a place. Worlds with evenings (`tree_evenings`) have homes, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from .tree_evenings import change_evenings, make_evenings

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

    `moved`: the country that moved (-1 none), `in_the_dark` whether only after dark (None: as it may be), and `quarter`
    bool (places,), what moved in a quarter; `planted` bool (places,): single places that changed by themselves.
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
    in_the_dark: bool | None = None

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
EVENINGS = {
    "curfew from 19, people at home": "curfew 19",
    "curfew from 22, people at home": "curfew 22",
    "nights of protest": "nights of protest",
    "ordinary evenings": "",
    "a quiet holiday": "quiet holiday",
    "lockdown, all hours alike": "lockdown",
    "evenings drift with the season": "season",
    "a fasting month since weeks": "fasting month",
    "half of a country's rows": "half of the rows",
    "no evenings delivered": "no evenings delivered",
}
"""Kinds of worlds in which people live somewhere, and what happens there."""
OUT_AFTER_DARK = ("curfew 19", "curfew 22", "nights of protest")
LESS_DELIVERED = ("half of the rows", "no evenings delivered")


def make_tree_world(seed: int, kind: str) -> TreeWorld:
    """Return the world of `seed`."""
    rng = np.random.default_rng(seed)
    lat, lon, country = _places(rng)
    number = len(lat)
    if kind in EVENINGS:
        return _world_with_evenings(rng, EVENINGS[kind], lat, lon, country)
    happens = KINDS[kind]
    centre = int(rng.choice(np.flatnonzero(country == AA)))
    away_km = 111.2 * np.hypot(lat - lat[centre], lon - lon[centre])
    quarter = (away_km < QUARTER_KM) & (country == AA) & ("quarter" in happens)
    planted = np.zeros(number, bool)
    if "singles" in happens:
        planted[rng.choice(number, SINGLE_PLACES, replace=False)] = True
    place, device, day = _everyday(rng, _rates(rng, country))
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


def _rates(rng: np.random.Generator, country: np.ndarray) -> np.ndarray:
    own, common = rng.normal(size=(len(country), WEEKS)), rng.normal(size=(3, WEEKS))
    rates: np.ndarray = np.exp(PLACE_SWING * own + COUNTRY_SWING * common[country])
    return rates


def _world_with_evenings(
    rng: np.random.Generator, happens: str, lat: np.ndarray, lon: np.ndarray, country: np.ndarray
) -> TreeWorld:
    made = make_evenings(rng, _everyday(rng, _rates(rng, country)), country, 7 * WEEKS)
    made = change_evenings(rng, made, happens, country, (KEY_DAY - DAYS_BEFORE, KEY_DAY + DAYS_AFTER))
    order = np.lexsort((made.hour, made.day, made.device))
    columns = (values[order] for values in (made.place, made.device, made.day, made.hour))
    nowhere = np.zeros(len(lat), bool)
    moved = AA if happens in OUT_AFTER_DARK + LESS_DELIVERED else -1
    return TreeWorld(lat, lon, country, *columns, moved, nowhere, nowhere, happens in OUT_AFTER_DARK)


def _everyday(rng: np.random.Generator, rate: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return place, device and day of the visits of regulars, by the rate of each place and week."""
    regulars = rng.poisson(REGULARS * rng.lognormal(0.0, 0.5, len(rate)))
    place = np.repeat(np.arange(len(rate)), regulars)
    daily = DAILY * np.repeat(rate, 7, axis=1)[place]
    device, day = np.nonzero(rng.random((len(place), 7 * WEEKS)) < daily)
    return place[device], device, day
