"""A small town in a square country: residents with homes and offices, guests of a hotel, and a foreign team or none."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from seeds import shifted
from worlds.engine_worlds import DAY_MS, HOUR_MS, METRES_PER_DEGREE, MONDAY, ListSource, make_sites

RESIDENTS, TEAM = 60, 14
WEEKS = 14
KEY_DATE = date(2023, 5, 1) + timedelta(days=7 * (WEEKS - 2) + 2)  # 26 July 2023, a Wednesday
TOWN = (5.0, 5.0)
HOTEL = (5.02, 5.03)
SITES = make_sites(
    ("Grand Hotel", "hotel", *HOTEL, 150.0),
    *((f"Office {number}", "government", 5.0 + 0.01 * number, 4.98, 150.0) for number in range(4)),
    ("Old Mill", "market", 5.4, 5.4, 150.0),
)
HOURS = np.array([0.5, 3.0, 6.0, 10.0, 12.5, 15.0, 19.0, 19.6, 22.0])
AT_WORK = np.array([False, False, False, True, True, True, False, False, False])
EVENING = np.array([False, False, False, False, False, False, True, True, False])


def town(seed: int, planted: bool = True, weeks: int = WEEKS) -> ListSource:
    """Return the observations: nine fixes a day of each resident, and of fourteen devices that live in CC.

    With `planted` the fourteen spend five days from the day before `KEY_DATE` in the Grand Hotel.
    """
    rng = np.random.default_rng(shifted(seed))
    days = 7 * weeks
    lat, lon = [], []
    for _ in range(RESIDENTS):
        home = np.array(TOWN) + rng.uniform(-0.04, 0.04, 2)
        office = rng.integers(4)
        places = np.broadcast_to(home, (days, len(HOURS), 2)).copy()
        working = (np.arange(days) % 7 < 5) & (rng.random(days) < 0.9)
        places[np.ix_(working, AT_WORK)] = (5.0 + 0.01 * office, 4.98)
        at_hotel = rng.random(days) < 0.02
        places[np.ix_(at_hotel, EVENING)] = HOTEL
        lat.append(places[..., 0])
        lon.append(places[..., 1])
    arrival = (KEY_DATE - date(2023, 5, 1)).days - 1
    for _ in range(TEAM):
        places = np.broadcast_to(np.array([5.0, 45.0]) + rng.uniform(-0.05, 0.05, 2), (days, len(HOURS), 2)).copy()
        if planted:
            places[arrival : arrival + 5] = HOTEL
        lat.append(places[..., 0])
        lon.append(places[..., 1])
    lat, lon = np.stack(lat), np.stack(lon)
    start_ms = MONDAY * DAY_MS - np.rint(lon / 15.0 * HOUR_MS).astype(np.int64)
    minutes = rng.integers(0, 20, lat.shape)
    time_ms = start_ms + np.arange(days)[:, None] * DAY_MS + (HOURS * HOUR_MS).astype(np.int64) + minutes * 60_000
    noise = rng.normal(0, 8.0 / METRES_PER_DEGREE, (2, *lat.shape))
    ids = np.repeat([f"phone-{n}" for n in range(RESIDENTS + TEAM)], days * len(HOURS))
    keep = rng.random(lat.size) < 0.9
    columns = (time_ms.ravel(), (lat + noise[0]).ravel(), (lon + noise[1]).ravel())
    return ListSource(ids[keep], *(values[keep] for values in columns), chunk_rows=20_000)
