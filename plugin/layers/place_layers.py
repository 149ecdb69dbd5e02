"""A temporary layer of places that can be sites (main thread only)."""

from __future__ import annotations

import pandas as pd
from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication

from ..engine.earth import points
from ..engine.tables import REAL, TEXT
from .memory_layers import make_memory_layer

COLUMNS = {"name": TEXT, "category": TEXT, "country": TEXT, "radius_m": REAL}


def add_places(places: pd.DataFrame) -> QgsVectorLayer:
    """Add the places (COLUMNS, and lat, lon in degrees) to the project as a layer that is fit to be sites."""
    title = QCoreApplication.translate("PlaceLayers", "Places of Events")
    table = places.assign(geometry=points(places["lat"].to_numpy(), places["lon"].to_numpy()))
    layer = make_memory_layer(title, "Point", COLUMNS, table, "")
    QgsProject.instance().addMapLayer(layer)
    return layer
