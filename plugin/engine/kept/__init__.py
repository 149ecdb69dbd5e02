"""What of a study's counts stays in its file, and is asked of it again: cards, look-back, links, profiles."""

from .keep import KEPT_TABLES, kept_tables
from .linked import Linked, find_linked, linked_tables, network_of_linked, stored_networks, told_of_all
from .look_back import MAX_NAMES, LookBack, look_back_tables, stored_look_backs, told_look_back
from .matches import kept_matches
from .visitors import homes_beside, last_joined

__all__ = [
    "KEPT_TABLES",
    "Linked",
    "LookBack",
    "MAX_NAMES",
    "find_linked",
    "homes_beside",
    "kept_matches",
    "kept_tables",
    "last_joined",
    "linked_tables",
    "look_back_tables",
    "network_of_linked",
    "stored_look_backs",
    "stored_networks",
    "told_look_back",
    "told_of_all",
]
