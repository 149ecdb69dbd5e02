"""Measuring: what every window is tested with, made of the counts of a study and of what its library asks for."""

from __future__ import annotations

from typing import Optional, Union

import numpy as np

from ..behaviors import FACET_AXES, Library
from ..counting import PatternCounts, Presence, Windows
from ..facets import Facets
from ..history import History
from .changes import find_asked, with_plain
from .dispersion import find_dispersion
from .exposure import find_exposure, settle
from .measured import Kind, Measured, PlainKind, find_busy
from .panel_shift import find_panel_shift
from .plain_counts import Plain

WHEN_COST = 3.0
"""What a WHEN costs a name, in logs of how common WHO and WHAT are: one is named if they are 20 times (e^3) rarer than
those of the name without. By hand: a smaller cost names more hours and fewer traits. It changes no p-value."""
SITE_WEIGHT = 0.5
"""Least share of the weight of all spots that lies on the named sites. By hand: more finds smaller changes at them and
only larger ones at cells."""


def measure(
    history: History,
    presence: Presence,
    counts: PatternCounts,
    facets: Facets,
    windows: Windows,
    library: Library,
    min_devices: int,
    plain: Optional[Plain] = None,
) -> Measured:
    """Return what every window is tested with: counts, exposure, dispersion and what is asked of the library.

    Without `plain`, or where the library asks nothing of all devices, the spots' totals are tested among the behaviors.
    """
    exposure, districts = settle(find_exposure(history, presence, windows), presence.devices, windows), []
    if plain is not None:
        exposure, districts = plain.compared_with_districts(exposure), plain.moved_districts()
    dispersion, share_dispersion = (
        find_dispersion(counts.pattern, counts.devices, relative, windows, counts.spot)
        for relative in (exposure, presence.devices)
    )
    every = np.zeros(len(presence.devices), np.int64)
    spot_dispersion = find_dispersion(every, presence.devices, exposure, windows)
    preference, is_total = prefer_telling(counts, facets, library)
    kinds: tuple[Union[Kind, PlainKind], ...]
    kinds, asked = find_asked(library)
    total = find_total(library)
    if plain is None or total < 0 or not asked[total].any():
        plain = None
    else:
        kinds, asked = with_plain(kinds, asked, np.arange(len(asked)) == total)
    busy = find_busy(presence.devices, min_devices, plain)
    return Measured(
        counts, presence.devices, exposure, dispersion, share_dispersion, spot_dispersion, preference, is_total,
        weigh_busy_spots(history.visits.spots.kind == "site", busy), windows, min_devices, kinds, asked, plain, total,
        find_panel_shift(counts, presence.devices, history.visits.spots.country_index, windows, library, districts),
    )  # fmt: skip


def find_total(library: Library) -> int:
    """Return the pattern of all devices, whatever they do, at any hour; -1 where the library has none."""
    plain = [[not entry.requires for entry in getattr(library, name)] for name in FACET_AXES]
    if not all(any(axis) for axis in plain):
        return -1
    return int(library.patterns.number(*(axis.index(True) for axis in plain)))


def prefer_telling(counts: PatternCounts, facets: Facets, library: Library) -> tuple[np.ndarray, np.ndarray]:
    """Return which of several patterns with the same evidence to name, smallest first, and which is the spot's total.

    All of them are true of the very same visits, so the one to name is the one that tells most: whose WHO and WHAT
    are rarest among all visits, and which needs no WHEN.
    """
    who, what = (
        np.array([np.mean(facets.has(name, j)) if len(facets) else 1.0 for j in range(len(getattr(library, name)))])
        for name in ("who", "what")
    )
    plain = [np.array([not entry.requires for entry in getattr(library, name)]) for name in FACET_AXES]
    parts = library.patterns.parts(counts.pattern)
    common = np.log(np.maximum(who, 1e-6))[parts[0]] + np.log(np.maximum(what, 1e-6))[parts[2]]
    is_total = plain[0][parts[0]] & plain[1][parts[1]] & plain[2][parts[2]]
    return common + WHEN_COST * ~plain[1][parts[1]], is_total


def weigh_busy_spots(is_site: np.ndarray, is_busy: np.ndarray) -> np.ndarray:
    """Return the weights of `weigh_spots` (spots,), where only busy spots are weighed: at others nothing is tested."""
    weight = np.ones(len(is_site))
    weight[is_busy] = weigh_spots(is_site[is_busy])
    return weight


def weigh_spots(is_site: np.ndarray) -> np.ndarray:
    """Return what each spot's p-values count for, float64 (spots,), mean 1: at least SITE_WEIGHT of all is on sites.

    The analyst named the sites before anything was counted; thousands of cells around them must not drown them
    (weighted false-discovery control: Genovese, Roeder and Wasserman 2006).
    """
    sites, cells = int(is_site.sum()), int((~is_site).sum())
    if sites == 0 or cells == 0:
        return np.ones(len(is_site))
    share = max(SITE_WEIGHT, sites / len(is_site))
    return np.where(is_site, share / sites, (1.0 - share) / cells) * len(is_site)
