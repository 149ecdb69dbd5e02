"""Sites in a QGIS layer: taken on the main thread, read in any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

import pandas as pd
from qgis.core import QgsFeatureRequest, QgsVectorLayer, QgsVectorLayerFeatureSource

from ..engine.base import InputError
from ..engine.earth import way_to_degrees
from .observation_layers import require_all, rows_held
from .site_columns import detect_site_fields, settle_columns, unused_columns
from .sites import SiteReading, SiteRows, make_sites, objects


class SitesSnapshot:
    """A layer of points or polygons in any CRS as it is now; made on the main thread, read in any thread.

    Unsaved edits, the layer's filter and joins count; with `selected_only`, only selected features. Raises
    InputError for a layer that is invalid or without geometry or CRS.
    """

    def __init__(self, layer: QgsVectorLayer, selected_only: bool = False) -> None:
        _require_usable(layer)
        self._name = layer.name()
        self._names = [field.name() for field in layer.fields()]
        self._source = QgsVectorLayerFeatureSource(layer)
        self._ids = layer.selectedFeatureIds() if selected_only else None
        self._held = len(self._ids) if self._ids is not None else rows_held(layer)
        crs = layer.crs()
        self._crs_wkt = crs.toWkt(crs.WktVariant.WKT2_2019)

    def read(self, fields: Optional[Mapping[str, str]] = None, more: Sequence[str] = ()) -> SiteReading:
        """Return the sites; `fields`, `more` and what is raised as in `sites.read_sites_file`."""
        columns = settle_columns(self._names, fields, more, self._name)
        places = [self._names.index(name) for name in columns.names]
        request = QgsFeatureRequest().setSubsetOfAttributes(places)
        if self._ids is not None:
            request.setFilterFids(self._ids)
        features = list(self._source.getFeatures(request))
        require_all(self._name, len(features), self._held)
        rows = [feature.attributes() for feature in features]
        values = [[_plain(row[place]) for place in places] for row in rows]
        blobs = [bytes(feature.geometry().asWkb()) if feature.hasGeometry() else None for feature in features]
        frame = pd.DataFrame(values, columns=list(columns.names), dtype=object, index=range(len(features)))
        to_wgs84 = way_to_degrees(self._crs_wkt, self._name)
        unused = unused_columns(self._names, columns.names)
        return make_sites(SiteRows(self._name, frame, objects(blobs), to_wgs84, unused), columns)


def read_sites_layer(
    layer: QgsVectorLayer, fields: Optional[Mapping[str, str]] = None, selected_only: bool = False
) -> SiteReading:
    """Return the sites of a layer; main thread only: `SitesSnapshot` and `read` in one."""
    return SitesSnapshot(layer, selected_only).read(fields)


def peek_sites_layer(layer: QgsVectorLayer) -> tuple[list[str], dict[str, str], int]:
    """Return a layer's field names, the field detected for each role ("" if none), and the number of sites.

    No site is read; the number is -1 where the provider does not know it.
    """
    _require_usable(layer)
    names = [field.name() for field in layer.fields()]
    return names, detect_site_fields(names), layer.featureCount()


def _require_usable(layer: Optional[QgsVectorLayer]) -> None:
    if layer is None or not layer.isValid():
        raise InputError("The sites layer is not valid: choose another or repair its source.")
    if not layer.isSpatial() or not layer.crs().isValid():
        raise InputError(f"The sites layer {layer.name()} has no geometry or no CRS: set its CRS or choose another.")


def _plain(value: Any) -> Any:
    """Return an attribute with QGIS's NULL as None."""
    return None if value is None or type(value).__name__ == "QVariant" else value
