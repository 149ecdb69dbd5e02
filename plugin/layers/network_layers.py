"""The map layers of a link network, in the group of the study that it was made from (main thread only)."""

from __future__ import annotations

from qgis.PyQt.QtCore import QCoreApplication

from ..engine.networks import LINK_COLUMNS, PLACE_COLUMNS, Network, link_table, place_table
from .memory_layers import make_memory_layer, put_in_study

PLACES_ROLE, LINKS_ROLE = "network:places", "network:links"
translate = QCoreApplication.translate


def show_network(path: str, network: Network) -> None:
    """Add links, and the places on top, to the group of the study at `path`; those of an earlier network go."""
    links, places = translate("NetworkLayers", "Links"), translate("NetworkLayers", "Linked Places")
    shown = (  # each comes right above the heat, so the last one lies below the others
        (PLACES_ROLE, places, "Point", PLACE_COLUMNS, place_table(network), "network_places"),
        (LINKS_ROLE, links, "MultiLineString", LINK_COLUMNS, link_table(network), "network_links"),
    )
    for role, title, geometry, columns, table, style in shown:
        layer = make_memory_layer(title, geometry, columns, table, style) if len(table) else None
        put_in_study(path, role, layer)
