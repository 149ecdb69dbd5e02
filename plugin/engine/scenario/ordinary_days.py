"""Ordinary days of the synthetic scenario: work, duties, meetings, errands and friends, by role and weekday."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .geography import CITY_UTC_HOURS
from .people import FRIENDS, MEETINGS, ROLES, People
from .settings import DAY_S, ScenarioSettings
from .timetable import ROAD


class DayGrid:
    """A devices x days grid on which slots (place, from, to) of ordinary days are collected.

    Hours are local to the home city; all arrays are (devices, days).
    """

    def __init__(self, people: People, settings: ScenarioSettings) -> None:
        first = settings.start_s // DAY_S - 1
        self.day = np.arange(first, settings.end_s // DAY_S + 1)
        self.shape = (len(people), len(self.day))
        self.weekday = np.broadcast_to((self.day + 3) % 7, self.shape)  # 0: Monday
        self._people = people
        self._slots: list[pd.DataFrame] = []

    def per_device(self, values: np.ndarray) -> np.ndarray:
        """Return `values` (one per device) as a (devices, days) view."""
        return np.broadcast_to(np.asarray(values)[:, None], self.shape)

    def add(self, where: np.ndarray, lat: np.ndarray, lon: np.ndarray, from_h: np.ndarray, to_h: np.ndarray) -> None:
        """Add a slot on the days of the mask `where`."""
        device, column = np.nonzero(where)
        midnight = self.day[column] * float(DAY_S) - CITY_UTC_HOURS[self._people.city[device]] * 3600.0
        self._slots.append(pd.DataFrame({
            "device": device, "arrive": midnight + from_h[where] * 3600.0, "depart": midnight + to_h[where] * 3600.0,
            "lat": lat[where], "lon": lon[where], "mode": ROAD,
            "lodging_lat": self._people.home_lat[device], "lodging_lon": self._people.home_lon[device],
        }))

    def stays(self) -> pd.DataFrame:
        """Return all slots as stays."""
        return pd.concat(self._slots, ignore_index=True)


def ordinary_stays(people: People, settings: ScenarioSettings, rng: np.random.Generator) -> pd.DataFrame:
    """Return the stays away from home of all devices on all days (columns of `timetable.COLUMNS`).

    The chances depend on role, weekday and hour only, never on the date.
    """
    grid = DayGrid(people, settings)
    trait = {
        name: grid.per_device(np.array([getattr(role, name) for role in ROLES])[people.role])
        for name in ("weekday", "saturday", "sunday", "start_h", "end_h", "night_every", "meeting")
    }
    phase = grid.per_device(rng.integers(0, 60, len(people)))
    cycle = np.maximum(trait["night_every"], 1)
    on_night = (trait["night_every"] > 0) & ((grid.day[None] + phase) % cycle == 0)
    after_night = (trait["night_every"] > 0) & ((grid.day[None] - 1 + phase) % cycle == 0)
    chance = np.choose(np.clip(grid.weekday - 4, 0, 2), [trait["weekday"], trait["saturday"], trait["sunday"]])
    at_work = (rng.random(grid.shape) < chance) & ~on_night & ~after_night
    _add_work(grid, people, rng, at_work, trait)
    _add_nights(grid, people, rng, on_night)
    _add_leisure(grid, people, rng, at_work, on_night)
    return grid.stays()


def _add_work(
    grid: DayGrid, people: People, rng: np.random.Generator, at_work: np.ndarray, trait: dict[str, np.ndarray]
) -> None:
    """Add working hours, split by a meeting elsewhere on some days."""
    lat, lon = grid.per_device(people.work_lat), grid.per_device(people.work_lon)
    habit = grid.per_device(rng.normal(0.0, 0.4, len(people)))
    start = trait["start_h"] + np.clip(habit + rng.normal(0, 0.25, grid.shape), -1.2, 1.2)
    end = np.minimum(trait["end_h"] + np.clip(rng.normal(0, 0.5, grid.shape), -1.5, 1.0), 17.9)
    meets = at_work & (rng.random(grid.shape) < trait["meeting"])
    leave = rng.uniform(10.0, 11.5, grid.shape)
    back = leave + rng.uniform(1.5, 3.0, grid.shape)
    choice = rng.integers(0, MEETINGS, grid.shape)
    rows = np.arange(len(people))[:, None]
    grid.add(at_work & ~meets, lat, lon, start, end)
    grid.add(meets, lat, lon, start, leave - 0.3)
    grid.add(meets, people.meeting_lat[rows, choice], people.meeting_lon[rows, choice], leave, back - 0.3)
    grid.add(meets, lat, lon, back, np.maximum(end, back + 0.5))


def _add_nights(grid: DayGrid, people: People, rng: np.random.Generator, on_night: np.ndarray) -> None:
    """Add night duties at the workplace, from about 18:30 to 06:00."""
    start = 18.5 + rng.uniform(0, 0.6, grid.shape)
    end = 29.7 + rng.uniform(0, 0.6, grid.shape)
    grid.add(on_night, grid.per_device(people.work_lat), grid.per_device(people.work_lon), start, end)


def _add_leisure(
    grid: DayGrid, people: People, rng: np.random.Generator, at_work: np.ndarray, on_night: np.ndarray
) -> None:
    """Add errands after work, evenings with friends, and mornings and afternoons out on free days."""
    rows = np.arange(len(people))[:, None]
    slots = (
        (at_work & ~on_night, 0.33, 18.2, 0.4, 0.8),
        (~on_night, 0.20, 19.9, 1.2, 2.4),
        (~at_work, 0.50, 9.5, 1.0, 2.4),
        (~at_work & ~on_night, 0.45, 14.5, 1.2, 2.8),
    )
    for allowed, chance, from_h, shortest, longest in slots:
        where = allowed & (rng.random(grid.shape) < chance)
        choice = rng.integers(0, FRIENDS, grid.shape)
        start = from_h + rng.uniform(-0.1, 0.5, grid.shape)
        end = start + rng.uniform(shortest, longest, grid.shape)
        grid.add(where, people.friend_lat[rows, choice], people.friend_lon[rows, choice], start, end)
