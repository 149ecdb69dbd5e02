"""From and to where: comparison with a control, flows, tables."""

from .compare import AFTER, BEFORE, DAYS, DIRECTIONS, ORIGIN_KINDS, Whereabouts
from .reach import Reach, compare_sought, reach, seek
from .tables import hide_small_counts, in_order, origin_tables

__all__ = [
    "AFTER",
    "BEFORE",
    "DAYS",
    "DIRECTIONS",
    "ORIGIN_KINDS",
    "Reach",
    "Whereabouts",
    "compare_sought",
    "hide_small_counts",
    "in_order",
    "origin_tables",
    "reach",
    "seek",
]
