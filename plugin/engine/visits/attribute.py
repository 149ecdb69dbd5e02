"""Visits: each stay (or lone fix) attributed to the site that contains it, else to its cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..base import Progress
from ..earth import Grid
from ..places import Sites, SpotFinder, Spots, World
from ..stays import Stays
from .lodgers import find_holders


@dataclass(frozen=True)
class Visits:
    """One row per row of `stays` (same order): `spot` int32 index into `spots`, `country` int16 of that spot."""

    stays: Stays
    spots: Spots
    spot: np.ndarray
    country: np.ndarray

    def __len__(self) -> int:
        return len(self.spot)


def attribute_visits(
    stays: Stays, sites: Sites, grid: Grid, world: World, progress: Optional[Progress] = None
) -> Visits:
    """Attribute every stay to the site that contains it (nearest centre in units of the radius), else to its cell.

    `stays` are those of whole devices: who lodges beside a site is not at it.
    """
    progress = progress or Progress()
    progress.step("Attributing visits", 0.0)
    finder = SpotFinder(sites, grid, world)
    holders = find_holders(finder, stays)
    progress.step("Attributing visits", 0.7)
    spots, spot = finder.number(holders)
    return Visits(stays, spots, spot, holders.country)
