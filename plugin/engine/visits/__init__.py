"""Stays and spots to visits; places and windows as an analyst gives them; what is regular."""

from .attribute import Visits, attribute_visits
from .chosen_places import NOBODY_FOLLOWED, ChosenPlace, VisitedPlace, find_place, is_region_id
from .given_windows import GivenWindow, Span, minute_text
from .lodgers import find_holders, sites_of_halts
from .middles import in_cells, visited_middles
from .regularity import SpotDays, find_usual

__all__ = [
    "ChosenPlace",
    "GivenWindow",
    "NOBODY_FOLLOWED",
    "Span",
    "SpotDays",
    "VisitedPlace",
    "Visits",
    "attribute_visits",
    "find_holders",
    "find_place",
    "find_usual",
    "is_region_id",
    "minute_text",
    "sites_of_halts",
    "in_cells",
    "visited_middles",
]
