"""Preparation: observations screened to fixes, the sites that may be looked at, and the grid around them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Optional

from ..base import Progress
from ..earth import Grid, grid_around
from ..health import Health, examine
from ..places import Sites, World, excluded_notes, find_world, is_excluded, open_sites, sensitive_notes
from ..screening import Fixes, ObservationSource, Screened, ScreeningSettings, require_fixes, screen


@dataclass(frozen=True)
class Inputs:
    """What observations are screened with and set against; `rekey` as in `Study`, empty for a fresh one."""

    sites: Sites = field(default_factory=Sites.empty)
    world: Optional[World] = None
    screening: ScreeningSettings = ScreeningSettings()
    cell_size_m: float = 1000.0
    rekey: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Prepared:
    """What movements are found from: screened observations, the sites left to look at, grid and world.

    `left_out` says in sentences which sites are sensitive or in excluded countries and were taken out; `health`
    what was wrong with the delivery.
    """

    screened: Screened
    sites: Sites
    grid: Grid
    world: World
    left_out: tuple[str, ...]
    health: Health

    @property
    def fixes(self) -> Fixes:
        """The fixes that passed screening."""
        return self.screened.fixes

    def notes(self) -> tuple[str, ...]:
        """Return sentences on what the analyst should know of the data and the sites."""
        return (*self.health.notes(), *self.screened.notes(), *self.left_out)


def prepare(source: ObservationSource, inputs: Inputs, progress: Optional[Progress] = None) -> Prepared:
    """Screen and examine `source` and return what movements are found from.

    Raises InputError when no usable fix is left, Cancelled.
    """
    world, settings, sites = find_world(inputs.world), inputs.screening, inputs.sites
    rekey = inputs.rekey or secrets.token_bytes(16)
    progress = progress or Progress()
    screened = screen(source, settings, world, rekey, progress.part(0.0, 0.8), sites)
    screened, health = examine(screened, world, progress.part(0.8, 1.0))
    require_fixes(screened, source.name)
    fixes = screened.fixes
    excluded = is_excluded(world, settings.excluded_countries, sites.lat, sites.lon)
    return Prepared(
        screened=screened,
        sites=open_sites(sites, settings.sensitive_categories, excluded),
        grid=grid_around(fixes.lat, fixes.lon, inputs.cell_size_m),
        world=world,
        left_out=(
            *sensitive_notes(sites, settings.sensitive_categories),
            *excluded_notes(sites, excluded, settings.excluded_countries),
        ),
        health=health,
    )
