"""Movements: what follows from the fixes of devices, one step after the other: stays, visits, legs.

This is the work on devices. It looks at no more than the fixes of each device, the sites, the grid and the world, so
any division of the devices gives the same rows; `screening` does the same for the step before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from ..base import Progress, block_borders
from ..earth import Grid
from ..legs import Legs, LegSettings, detect_legs
from ..places import Places, Sites, World, airfields
from ..screening import Fixes
from ..stays import Stays, StaySettings, detect_stays
from ..visits import Visits, attribute_visits

BLOCK_HALTS = 250_000
"""Legs are found for so many halts at a time, so that a cancel is heard in between."""


@dataclass(frozen=True)
class Movements:
    """Visits (of lasting stays and of halts too short to be stays, as evidence on the way) and the legs between."""

    visits: Visits
    legs: Legs

    @property
    def stays(self) -> Stays:
        """The stays and short halts, in the order of the visits."""
        return self.visits.stays


def find_movements(
    fixes: Fixes,
    sites: Sites,
    grid: Grid,
    world: World,
    progress: Optional[Progress] = None,
    stay_settings: StaySettings = StaySettings(),  # noqa: B008 - frozen
    leg_settings: LegSettings = LegSettings(),  # noqa: B008 - frozen
) -> Movements:
    """Return the visits and legs of whole devices: a function of each device's own fixes and the surroundings.

    `fixes` must be sorted by device and time. Sites of category airport or air base count as airfields. Raises
    Cancelled.
    """
    progress = progress or Progress()
    stays = detect_stays(fixes, stay_settings, progress.part(0.0, 0.62), keep_short=True)
    visits = attribute_visits(stays, sites, grid, world, progress.part(0.62, 0.8))
    fields = airfields(sites)
    legs = find_legs(visits.stays, world, leg_settings, fields, progress.part(0.8, 1.0), visits.country)
    return Movements(visits, legs)


def find_legs(
    stays: Stays,
    world: World,
    settings: LegSettings,
    fields: Places,
    progress: Progress,
    country: Optional[np.ndarray] = None,
) -> Legs:
    """Return the legs of all devices as `detect_legs` does, hearing a cancel between blocks of devices.

    `fields` are places to fly from beside the world's airports; `country` int16 per stay, if known. Raises Cancelled.
    """
    borders, blocks = block_borders(stays.device, BLOCK_HALTS).tolist(), []
    for begin, end in zip(borders[:-1], borders[1:]):
        progress.step("Finding legs", begin / max(1, len(stays)))
        rows = np.arange(begin, end)
        known = None if country is None else country[rows]
        found = detect_legs(stays.take(rows), world, settings, known, fields)
        blocks.append(replace(found, from_stay=found.from_stay + begin, to_stay=found.to_stay + begin))
    return Legs.joined(blocks)
