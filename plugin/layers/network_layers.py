"""The map layers of a link network, in the group of the study that keeps it (main thread only)."""

from __future__ import annotations

from qgis.PyQt.QtCore import QCoreApplication

from .study_rows import open_rows, put_in_study

PLACES_ROLE, LINKS_ROLE = "network:places", "network:links"
translate = QCoreApplication.translate


def show_network(path: str, number: int) -> None:
    """Add links, and the places on top, of the network that the study keeps under `number`; earlier ones go."""
    shown = (  # each comes right above the heat, so the last one lies below the others
        (PLACES_ROLE, translate("NetworkLayers", "Linked Places"), "linked_places"),
        (LINKS_ROLE, translate("NetworkLayers", "Links"), "links"),
    )
    for role, title, table in shown:
        put_in_study(path, role, open_rows(path, table, f'"network_id" = {int(number)}', title))
