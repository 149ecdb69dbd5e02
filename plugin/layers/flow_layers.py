"""The map layer of flows from and to one place, in the group of its study (main thread only)."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication

from .study_rows import open_rows, put_in_study

ROLE = "flows:place"


def show_finding_flows(path: str, title: str, finding_id: int) -> Optional[QgsVectorLayer]:
    """Add the flows of a finding on top of the study's heat and return the layer; an earlier one goes.

    None where the study at `path` has no group in the project, or the finding no flows.
    """
    return _show(path, title, "flows", f'"finding_id" = {int(finding_id)}')


def show_look_back(path: str, title: str, number: int) -> Optional[QgsVectorLayer]:
    """Add the flows of a look-back that the study keeps under `number`, as `show_finding_flows` those of a finding."""
    return _show(path, title, "look_back_flows", f'"look_back_id" = {int(number)}')


def _show(path: str, title: str, table: str, rows: str) -> Optional[QgsVectorLayer]:
    name = QCoreApplication.translate("FlowLayers", "Flows – {place}").format(place=title)
    layer = open_rows(path, table, rows, name)
    if layer is not None:
        # All rows are of one window: with the temporal controller on another day the layer would seem empty.
        layer.temporalProperties().setIsActive(False)
    return put_in_study(path, ROLE, layer)
