"""Visits to their facets: who, when, what."""

from .find import Facets, find_facets
from .match import has_entry, match

__all__ = [
    "Facets",
    "find_facets",
    "has_entry",
    "match",
]
