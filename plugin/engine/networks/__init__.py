"""Places linked by common devices or flows."""

from .links import COMMON, FLOWS, LINK_KINDS, Network, NetworkSettings, find_network, link_places, path_between
from .tables import LINK_COLUMNS, PLACE_COLUMNS, link_table, place_table, shown_places

__all__ = [
    "COMMON",
    "FLOWS",
    "LINK_KINDS",
    "LINK_COLUMNS",
    "Network",
    "NetworkSettings",
    "PLACE_COLUMNS",
    "find_network",
    "link_places",
    "link_table",
    "path_between",
    "place_table",
    "shown_places",
]
