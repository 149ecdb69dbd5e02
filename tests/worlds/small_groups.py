"""A small town with groups of fewer than five: a foreign team in its hotel, and an office that all but a few leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from worlds.engine_town import RESIDENTS, SITES, TEAM, town
from worlds.engine_worlds import DAY_MS, MONDAY, ListSource

KEY_WEEK_MS = (MONDAY + 7 * 12) * DAY_MS, (MONDAY + 7 * 13) * DAY_MS
LEFT = "Office 2"


@dataclass(frozen=True)
class Groups:
    """How many of the team come to the hotel, and of how many that work in the office the key week still sees some."""

    seed: int
    team: int
    remain: int


WORLDS = (Groups(70_101, 3, 0), Groups(70_102, 4, 2), Groups(70_103, 8, 3))


def small_groups(groups: Groups) -> ListSource:
    """Return the observations of the town with so small groups."""
    source, office = town(groups.seed), SITES.name.tolist().index(LEFT)
    ids = source.device_ids()
    parts = list(source.chunks())
    device, time_ms, lat, lon = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("device", "time_ms", "lat", "lon")
    )
    number = np.array([int(name.rpartition("-")[2]) for name in ids])[device]
    kept = number < RESIDENTS + groups.team
    there = np.hypot(lat - SITES.lat[office], lon - SITES.lon[office]) < 0.003
    in_week = (time_ms >= KEY_WEEK_MS[0]) & (time_ms < KEY_WEEK_MS[1])
    workers = np.unique(number[there & in_week & (number < RESIDENTS)])
    kept &= ~(there & in_week & ~np.isin(number, workers[: groups.remain]))
    assert groups.team <= TEAM
    return ListSource(ids[device[kept]], time_ms[kept], lat[kept], lon[kept])
