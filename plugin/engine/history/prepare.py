"""Preparation: observations screened to fixes, the sites that may be looked at, and the grid around them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Optional

from ..base import Progress
from ..earth import Grid, grid_around
from ..health import Health, examine
from ..places import (
    Sites,
    World,
    are_same_sites,
    excluded_notes,
    find_world,
    is_excluded,
    is_sensitive,
    open_sites,
    sensitive_notes,
)
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

    `inputs` are what it was made with. `left_out` says in sentences which sites are sensitive or in excluded countries
    and were taken out; `health` what was wrong with the delivery.
    """

    inputs: Inputs
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


def prepare(
    source: ObservationSource,
    inputs: Inputs,
    progress: Optional[Progress] = None,
    earlier: Optional[Prepared] = None,
) -> Prepared:
    """Screen and examine `source` and return what movements are found from.

    `earlier` was made of the same observations: where these would be screened in the same way, they are not read again.
    Raises InputError when no usable fix is left, Cancelled.
    """
    world, settings, sites = find_world(inputs.world), inputs.screening, inputs.sites
    progress = progress or Progress()
    rekey = inputs.rekey or secrets.token_bytes(16)
    if earlier is not None and _is_screened_alike(earlier, inputs, world):
        screened, health = earlier.screened, earlier.health
        if not (settings.keep_device_ids or inputs.rekey):
            screened = screened.renamed(rekey)
    else:
        screened = screen(source, settings, world, rekey, progress.part(0.0, 0.8), sites)
        screened, health = examine(screened, world, progress.part(0.8, 1.0))
        require_fixes(screened, source.name)
    fixes = screened.fixes
    excluded = is_excluded(world, settings.excluded_countries, sites.lat, sites.lon)
    return Prepared(
        inputs=inputs,
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


def _is_screened_alike(earlier: Prepared, inputs: Inputs, world: World) -> bool:
    """Return whether screening the same observations with `inputs` keeps the same rows, under new names or the same."""
    before, categories = earlier.inputs, inputs.screening.sensitive_categories
    sensitive = [one.take(is_sensitive(one, categories)) for one in (before.sites, inputs.sites)]
    return (
        earlier.world is world
        and (before.screening, before.rekey) == (inputs.screening, inputs.rekey)
        and are_same_sites(*sensitive)
    )
