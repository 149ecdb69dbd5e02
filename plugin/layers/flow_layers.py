"""The map layer of flows from and to one place, in the group of its study (main thread only)."""

from __future__ import annotations

from typing import Optional

import pandas as pd
from qgis.core import QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication

from ..engine.tables import SCHEMAS
from .memory_layers import make_memory_layer, put_in_study
from .styles import inert

TABLE = "flows"
ROLE = "flows:place"


def show_flows(path: str, title: str, flows: pd.DataFrame) -> Optional[QgsVectorLayer]:
    """Add a temporary layer of rows of table `flows` on top of the study's heat and return it; an earlier one goes.

    None where the study at `path` has no group in the project, or there are no rows.
    """
    if flows.empty:
        return put_in_study(path, ROLE, None)
    name = QCoreApplication.translate("FlowLayers", "Flows – {place}").format(place=inert(title))
    layer = make_memory_layer(name, "MultiLineString", SCHEMAS[TABLE].columns, flows, TABLE)
    # All rows are of one window: with the temporal controller on another day the layer would seem empty.
    layer.temporalProperties().setIsActive(False)
    return put_in_study(path, ROLE, layer)
