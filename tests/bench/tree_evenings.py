"""Evenings of tree worlds: devices that live somewhere, go out until after midnight, and what moves when they do.

Every device is seen at a home of its country on some evenings and nights, whatever it does by day, and visits places
until one in the morning. With a curfew it is at home instead of elsewhere. Nothing here knows the hours of the engine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FIRST_OUT_H, LAST_OUT_H = 7.0, 25.0
HOME_SEEN = 0.35
"""Chance of a night at which a device is seen at home, once in the evening or in the small hours."""
OBEY, PROTESTERS, AT_HOME_BY_DAY = 0.9, 0.6, 0.4
SEASON, FASTING, FASTING_WEEKS = 0.5, 0.4, 5
AA, BB = 0, 1


@dataclass(frozen=True)
class Evenings:
    """Visits to places (`place`, `device`, `day`, `hour`), and the home place of each device code."""

    place: np.ndarray
    device: np.ndarray
    day: np.ndarray
    hour: np.ndarray
    home: np.ndarray

    def move(self, rows: np.ndarray, place: np.ndarray, hour: np.ndarray) -> Evenings:
        """Return the visits where those of `rows` (bool) are elsewhere, at another hour."""
        return Evenings(
            np.where(rows, place, self.place), self.device, self.day, np.where(rows, hour, self.hour), self.home
        )

    def home_of(self) -> np.ndarray:
        """Return the home of the device of each visit."""
        return self.home[self.device]


def make_evenings(
    rng: np.random.Generator, visits: tuple[np.ndarray, np.ndarray, np.ndarray], country: np.ndarray, days: int
) -> Evenings:
    """Return visits (place, device, day) with hours, and those of all these devices to their homes."""
    place, device, day = visits
    own = np.full(int(device.max()) + 1, AA)
    own[device] = country[place]
    home = np.zeros(len(own), np.int64)
    for one in np.unique(country):
        mine = np.flatnonzero(own == one)
        home[mine] = rng.choice(np.flatnonzero(country == one), len(mine))
    who, night = np.nonzero(rng.random((len(own), days)) < HOME_SEEN)
    return Evenings(
        np.concatenate((place, home[who])), np.concatenate((device, who)), np.concatenate((day, night)),
        np.concatenate((rng.uniform(FIRST_OUT_H, LAST_OUT_H, len(day)), rng.uniform(18.0, 30.0, len(who)))), home,
    )  # fmt: skip


def change_evenings(
    rng: np.random.Generator, made: Evenings, happens: str, country: np.ndarray, key_days: tuple[int, int]
) -> Evenings:
    """Return what becomes of visits in Aland on the key days (first, last), or of all by the season."""
    out = made.place != made.home_of()
    where = country[made.place]
    inside = out & (where == AA) & (made.day >= key_days[0]) & (made.day <= key_days[1])
    luck = rng.random(len(out))
    later = rng.uniform(19.0, LAST_OUT_H, len(out))
    if happens.startswith("curfew"):  # "curfew 22": at home from then on
        late = inside & (made.hour >= float(happens.split()[1])) & (luck < OBEY)
        return made.move(late, made.home_of(), made.hour)
    if happens == "nights of protest":
        return made.move(inside & (made.hour < 19.0) & (luck < PROTESTERS), made.place, later)
    if happens == "quiet holiday":
        return made.move(inside & (made.hour < 19.0) & (luck < AT_HOME_BY_DAY), made.home_of(), made.hour)
    if happens == "lockdown":
        return made.move(inside & (luck < OBEY), made.home_of(), made.hour)
    if happens == "season":  # evenings are out more and more, everywhere
        share = SEASON * (1.0 - made.day / made.day.max())
        return made.move(out & (made.hour >= 18.0) & (luck < share), made.home_of(), made.hour)
    if happens == "fasting month":
        fasting = (made.day > key_days[1] - 7 * FASTING_WEEKS) & (where == AA) & out
        return made.move(fasting & (made.hour < 17.0) & (luck < FASTING), made.place, later)
    if happens == "half of the rows":
        lost = (where == AA) & (made.day >= key_days[0]) & (made.day <= key_days[1]) & (luck < 0.5)
        kept = ~lost
        return Evenings(made.place[kept], made.device[kept], made.day[kept], made.hour[kept], made.home)
    if happens == "no evenings delivered":
        lost = (where == AA) & (made.day >= key_days[0]) & (made.day <= key_days[1]) & (made.hour >= 19.0)
        kept = ~lost | (luck < 0.1)
        return Evenings(made.place[kept], made.device[kept], made.day[kept], made.hour[kept], made.home)
    return made
