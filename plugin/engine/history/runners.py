"""Runners: the work on whole devices as one kernel, and who does it: threads, processes, a cluster.

Screening's facts (`find_facts`), the grid around all fixes and the numbers of spots need all rows; what lies between,
the stays, their places and the legs, needs one device at a time. So a runner gets blocks of whole devices and a kernel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Callable

from ..legs import Legs, LegSettings, detect_legs
from ..places import Holders, Places, SpotFinder, World
from ..screening import Fixes
from ..stays import Stays, StaySettings, detect_stays
from ..visits import find_holders


@dataclass(frozen=True)
class Moved:
    """What comes of a block of whole devices: stays, what holds each, and legs with rows of the block's own stays."""

    stays: Stays
    holders: Holders
    legs: Legs


@dataclass(frozen=True)
class MovementKernel:
    """The work on a block of whole devices: a function of its fixes and of what is held here, and of nothing else.

    It can be pickled, so that another process or another machine can do it.
    """

    finder: SpotFinder
    world: World
    airfields: Places
    stay_settings: StaySettings
    leg_settings: LegSettings

    def __call__(self, fixes: Fixes) -> Moved:
        """Return the stays and legs of whole devices (`fixes` sorted by device and time)."""
        stays = detect_stays(fixes, self.stay_settings, keep_short=True)
        holders = find_holders(self.finder, stays)
        legs = detect_legs(stays, self.world, self.leg_settings, holders.country, self.airfields)
        return Moved(stays, holders, legs)


Runner = Callable[[Callable[[Fixes], Moved], Iterable[Fixes]], Iterator[Moved]]
"""Yields what a kernel makes of each block, in the order of the blocks; stops its work when nobody listens any more.
`base.work_in_threads` is one."""
