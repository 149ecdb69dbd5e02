"""Sensitive places: which positions lie in sites whose category must never be looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .site_lookup import SiteLookup
from .world import Sites

ALLOWANCE_M = 30.0
"""A position this far outside a sensitive site still counts as inside: the typical error of a position."""


@dataclass(frozen=True)
class SensitivePlaces:
    """The sites of sensitive categories, prepared so that millions of positions can be held against them."""

    sites: Sites
    _lookup: SiteLookup

    def __len__(self) -> int:
        return len(self.sites)

    def contain(self, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
        """Return bool: which positions (degrees WGS84, lon in -180..180) lie within `ALLOWANCE_M` of a site."""
        inside = np.zeros(len(lat), bool)
        inside[self._lookup.pairs_at(lat, lon)[0]] = True
        return inside


def is_sensitive(sites: Sites, categories: tuple[str, ...]) -> np.ndarray:
    """Return bool per site: whether its category is one of `categories`."""
    return np.isin(sites.category.astype(str), categories)


def open_sites(sites: Sites, categories: tuple[str, ...], excluded: np.ndarray) -> Sites:
    """Return the sites that may be looked at: neither those of sensitive `categories` nor those `excluded` (bool)."""
    return sites.take(np.flatnonzero(~is_sensitive(sites, categories) & ~excluded))


def sensitive_notes(sites: Sites, categories: tuple[str, ...]) -> tuple[str, ...]:
    """Return a sentence on the sites that are left out because of their category, none if there is none."""
    sensitive = is_sensitive(sites, categories)
    if not sensitive.any():
        return ()
    found = ", ".join(sorted(set(sites.category[sensitive])))
    return (
        f"{int(sensitive.sum()):,} of the sites are sensitive places ({found}): observations there were dropped and "
        "counted, and these sites were not analyzed.",
    )


def find_sensitive(sites: Sites, categories: tuple[str, ...]) -> SensitivePlaces:
    """Return those of `sites` whose category is one of `categories`, prepared for looking positions up."""
    chosen = sites.take(np.flatnonzero(is_sensitive(sites, categories)))
    return SensitivePlaces(chosen, SiteLookup(chosen, ALLOWANCE_M))
