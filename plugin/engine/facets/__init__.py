"""Visits to their facets: who, when, what."""

from .find import Facets, find_facets
from .match import match

__all__ = [
    "Facets",
    "find_facets",
    "match",
]
