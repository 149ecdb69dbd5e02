"""What regions are measured by: days of presence, beside those of others and by what their middle place shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..counting import Hours, Windows
from .exposure import LARGEST_PART, MIN_MEDIAN_SPOTS, weighted_medians

MIN_REGION_DAYS = 250.0
"""Fewest days of presence in a window that measure a region. By hand: fewer are a few dozen devices, of which a team
that leaves is a part; with 100 that was told as a fall of its country in half of the planted worlds."""
LEAST_REST = 0.5
"""Fewest devices of all other countries, of a country's own, that it is compared with. By hand: else with its own past
alone."""
REGION_CHANGE = 1.25
"""Factor from which a region's change is told, by hand: less is what panels do."""


@dataclass(frozen=True)
class RegionMeasure:
    """One measure of the regions of a level, float64 (phases, n, windows); what is too small to tell counts 0.

    `counts`: days of presence, in `hours` of the day away from home (None: of all that are there at any hour);
    `relative`: what they are proportional to. `own` (series, phases, n, windows): days, each of which must show most of
    a change beside its own past, too. `change`: the factor from which one is told; `recent`: how many of the nearest
    earlier windows must show it by themselves (0: not asked).
    """

    counts: np.ndarray
    relative: np.ndarray
    own: np.ndarray
    change: float = REGION_CHANGE
    recent: int = 0
    hours: Optional[Hours] = None


def beside_others(days: np.ndarray, known: np.ndarray, windows: Windows) -> tuple[np.ndarray, np.ndarray]:
    """Return the days of presence of the countries `known`, and of all others that were delivered.

    `days` (phases, countries + 1, windows): the last are those of the whole panel. Both float64 (phases, n, windows).
    """
    elsewhere = days[:, [-1]] - days[:, list(windows.unseen)].sum(axis=1, keepdims=True)
    own = days[:, known].astype(np.float64)
    return own, elsewhere - own


def is_alone(own: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Return which countries have too few others beside them to be compared with; bool (phases, n, 1)."""
    alone: np.ndarray = rest.mean(axis=2, keepdims=True) < LEAST_REST * own.mean(axis=2, keepdims=True)
    return alone


def middle_days(
    days: np.ndarray, windows: Windows, exposure: np.ndarray, members: tuple[np.ndarray, ...]
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the number and the days (phases, windows) of each region with places enough, by what its middle one shows.

    `days`, `exposure` (phases, spots, windows); `members`: rows of them. A loop over regions.
    """
    if windows.is_key.all():  # there is nothing usual
        return
    usual = days[:, :, ~windows.is_key].mean(axis=2)
    for number, mine in enumerate(members):
        telling = mine[usual[0, mine] >= 1.0]
        if len(telling) < MIN_MEDIAN_SPOTS or usual[0, telling].sum() < MIN_REGION_DAYS:
            continue
        yield number, np.stack([
            middle_place(days[phase, telling], own[telling], exposure[phase, telling]) * own[telling].sum()
            for phase, own in enumerate(usual)
        ])  # fmt: skip


def middle_place(days: np.ndarray, usual: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Return how many times the usual days the middle place has in each window."""
    weight = np.minimum(usual, LARGEST_PART * usual.sum())
    return weighted_medians(days / np.maximum(usual[:, None] * exposure, 1e-9), weight)
