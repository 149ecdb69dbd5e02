"""Where a device lives, by night and by usual places, and how that is hidden."""

from .hidden import HOME_GRID_DEG, away_from_home, coarse_squares, hide, homes_of, near_home, within_rows
from .night_homes import Homes, Nights, day_span, find_homes, find_nights
from .usual_places import Anchors, find_anchors

__all__ = [
    "Anchors",
    "HOME_GRID_DEG",
    "Homes",
    "Nights",
    "away_from_home",
    "coarse_squares",
    "day_span",
    "find_anchors",
    "find_homes",
    "find_nights",
    "hide",
    "homes_of",
    "near_home",
    "within_rows",
]
