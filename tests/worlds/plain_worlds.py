"""Visits day by day for plain questions: a town of places where devices come and go, and changes made by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.counting import make_plain_windows, make_windows
from sitelight.plugin.engine.earth import EPOCH, Grid
from sitelight.plugin.engine.findings import Evidence
from sitelight.plugin.engine.places import World
from sitelight.plugin.engine.study import Study, find_evidence
from worlds.engine_worlds import MONDAY, column, make_panel, make_sites

LIBRARY = load_library().select(who=("anyone", "first_time"), when=("any_hour",), what=("any_presence",))
"""Few behaviors, so that many towns are quick."""


def town_days(
    rng: np.random.Generator, places: int, weeks: int, devices: float, chance: float = 0.25
) -> list[np.ndarray]:
    """Return visits as spot, device, day: each place has about `devices` regulars, there on a `chance` of all days."""
    parts, first = [], 0
    for place in range(places):
        own = int(rng.poisson(devices))
        device, day = np.nonzero(rng.random((own, 7 * weeks)) < chance)
        parts.append((np.full(len(device), place), device + first, day))
        first += own
    return [np.concatenate(columns) for columns in zip(*parts)]


def staff_days(device: int, staff: int, place: int, days: range) -> list[np.ndarray]:
    """Return visits of `staff` devices, numbered from `device` on, that are at a place on every one of some days."""
    number, day = np.meshgrid(np.arange(device, device + staff), np.array(days), indexing="ij")
    return [np.full(number.size, place), number.ravel(), day.ravel()]


def study_days(
    days: list[np.ndarray], places: int, weeks: int, key_dates: list[date], rng: np.random.Generator,
    lookback_days: int = 30, around: tuple[int, int] = (2, 4), world: World | None = None,
) -> Evidence:  # fmt: skip
    """Return the evidence of a study of visits (spot, device, day), each of an hour between 8 and 18."""
    spot, device, day = days
    history = make_panel(spot, device, 24.0 * day + rng.uniform(8.0, 17.0, len(day)), places, world)
    last = MONDAY + 7 * weeks - 1
    windows = make_windows(key_dates, *around, MONDAY, last, lookback_days)
    plain = make_plain_windows(key_dates, *around, MONDAY, last)
    study = Study((), LIBRARY, lookback_days=lookback_days)
    return find_evidence(
        study, history, windows, Grid(5, 5, 1000.0), make_sites(), column([]), MONDAY, plain_windows=plain
    )  # fmt: skip


def key_date(week: int, weekday: int = 2) -> date:
    """Return the date of a weekday (0 Monday) in a week of the data (from 0)."""
    return EPOCH + timedelta(days=MONDAY + 7 * week + weekday)
