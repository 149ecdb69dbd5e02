"""Where a device lives, by night and by usual places, and how that is hidden."""

from .hidden import (
    HaltedSites,
    Shown,
    halted_sites,
    outlines_of,
    show_fixes,
    show_halts,
    show_positions,
    shown_stays,
    within_rows,
)
from .hidden_cells import hide_cells, is_narrow, square_names
from .night_homes import Homes, Nights, day_span, find_homes, find_nights
from .square_visits import in_squares
from .usual_places import Anchors, find_anchors

__all__ = [
    "Anchors",
    "HaltedSites",
    "Homes",
    "Nights",
    "Shown",
    "day_span",
    "find_anchors",
    "find_homes",
    "find_nights",
    "halted_sites",
    "hide_cells",
    "in_squares",
    "is_narrow",
    "outlines_of",
    "show_fixes",
    "show_halts",
    "show_positions",
    "square_names",
    "shown_stays",
    "within_rows",
]
