"""Movements: what follows from the fixes of devices: stays, visits, legs.

This is the work on devices. It looks at no more than the fixes of each device, the sites, the grid and the world, so
any division of the devices gives the same rows; `screening` does the same for the step before. Spots are numbered when
all parts are together again. Who does the work is a runner (see runners.py): threads of this machine by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Optional

import numpy as np

from ..base import Progress, block_borders, work_in_threads
from ..earth import Grid
from ..legs import Legs, LegSettings, detect_legs
from ..places import Holders, Places, Sites, SpotFinder, World, airfields, are_same_sites
from ..screening import Fixes
from ..stays import Stays, StaySettings
from ..visits import Visits
from .prepare import Prepared
from .runners import Moved, MovementKernel, Runner

BLOCK_FIXES = 500_000
"""Fixes that are worked on at a time: some tenths of a second, so that a cancel is heard in between, and enough that
calls cost less than their work (measured: `make bench study`)."""
BLOCK_HALTS = 250_000
"""Legs alone are found for so many halts at a time, so that a cancel is heard in between."""


@dataclass(frozen=True)
class Movements:
    """Visits (of lasting stays and of halts too short to be stays, as evidence on the way) and the legs between."""

    visits: Visits
    legs: Legs

    @property
    def stays(self) -> Stays:
        """The stays and short halts, in the order of the visits."""
        return self.visits.stays


@dataclass(frozen=True)
class Known:
    """What a run found out of its observations, for a later one on the same: other dates, sites or behaviors.

    `stays` and `legs` are the settings of `movements`. Whether observations are the same is for whoever keeps this to
    know: `fingerprint` and `described` are what they hang on, and what the run record says of them.
    """

    prepared: Prepared
    movements: Movements
    stays: StaySettings
    legs: LegSettings
    fingerprint: str = ""
    described: Mapping[str, Any] = field(default_factory=dict)

    def movements_of(self, prepared: Prepared, stays: StaySettings, legs: LegSettings) -> Optional[Movements]:
        """Return the movements of `prepared` if they are those known, else None."""
        known = self.prepared
        is_same = (
            prepared.fixes.time_ms is known.fixes.time_ms
            and (prepared.grid, stays, legs) == (known.grid, self.stays, self.legs)
            and are_same_sites(prepared.sites, known.sites)
        )
        return self.movements if is_same else None


def find_movements(
    fixes: Fixes,
    sites: Sites,
    grid: Grid,
    world: World,
    progress: Optional[Progress] = None,
    stay_settings: StaySettings = StaySettings(),  # noqa: B008 - frozen
    leg_settings: LegSettings = LegSettings(),  # noqa: B008 - frozen
    runner: Runner = work_in_threads,
) -> Movements:
    """Return the visits and legs of whole devices: a function of each device's own fixes and the surroundings.

    `fixes` must be sorted by device and time. Sites of category airport or air base count as airfields. Raises
    Cancelled, and whatever the runner raises.
    """
    progress = progress or Progress()
    progress.step("Finding stays", 0.0)
    finder = SpotFinder(sites, grid, world)
    kernel = MovementKernel(finder, world, airfields(sites), stay_settings, leg_settings)
    borders = block_borders(fixes.device, BLOCK_FIXES).tolist()
    blocks = (_part(fixes, slice(begin, end)) for begin, end in zip(borders[:-1], borders[1:]))
    found = []
    for end, part in zip(borders[1:], runner(kernel, blocks)):
        found.append(part)
        progress.step("Finding stays", 0.95 * end / max(1, len(fixes)))
    progress.step("Attributing visits", 0.95)
    return _together(found, finder)


def _part(fixes: Fixes, rows: slice) -> Fixes:
    """Return some rows; device codes stay as they are, and pseudonyms stay here: no kernel needs them."""
    columns = {name: column[rows] for name, column in vars(fixes).items() if name != "pseudonyms"}
    return Fixes(**columns, pseudonyms=fixes.pseudonyms[:0])


def _together(found: list[Moved], finder: SpotFinder) -> Movements:
    first = np.cumsum([0, *(len(part.stays) for part in found)])
    legs = [_shifted(part.legs, int(begin)) for part, begin in zip(found, first)]
    holders = Holders.joined([part.holders for part in found])
    spots, spot = finder.number(holders)
    visits = Visits(Stays.joined([part.stays for part in found]), spots, spot, holders.country)
    return Movements(visits, Legs.joined(legs))


def _shifted(legs: Legs, begin: int) -> Legs:
    return replace(legs, from_stay=legs.from_stay + begin, to_stay=legs.to_stay + begin)


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
        blocks.append(_shifted(detect_legs(stays.take(rows), world, settings, known, fields), begin))
    return Legs.joined(blocks)
