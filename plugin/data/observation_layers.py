"""Observation layers of QGIS: taken on the main thread, read in any thread."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Callable, Optional

import numpy as np
import pandas as pd
from qgis.core import (
    QgsFeatureRequest,
    QgsFields,
    QgsProviderRegistry,
    QgsVectorLayer,
    QgsVectorLayerFeatureSource,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QDate, QDateTime, Qt, QTime, QVariant

from ..engine.base import InputError
from ..engine.earth import way_to_degrees
from ..engine.screening import ReadingSettings, Roles, readable
from .date_times import bounded
from .observation_source import POINT_LAT, POINT_LON, TableReader, TableSource
from .ogr_files import OgrReader, points_of_wkb, to_degrees

SAMPLE_ROWS = 1_000
CHUNK_ROWS = 50_000


@dataclass(frozen=True)
class LayerSnapshot:
    """A layer as it was when `take_layer` met it; its records are opened and read in any thread."""

    name: str
    has_crs: bool
    open_reader: Callable[[], TableReader]

    def open_source(self, roles: Optional[Roles] = None, settings: Optional[ReadingSettings] = None) -> TableSource:
        """Return the layer's records as a source.

        Point positions are transformed to WGS84 unless `roles` names coordinate columns. Raises InputError when a
        role has no column, the file behind the layer cannot be read, or points are needed and the CRS is unknown.
        """
        source = TableSource(self.open_reader(), roles, settings)
        if source.roles.lat is None and source.roles.position is None and not self.has_crs:
            raise InputError(f"The layer {self.name} has no CRS: set it in the layer's properties.")
        return source


def take_layer(layer: QgsVectorLayer, selected_only: bool = False) -> LayerSnapshot:
    """Return a layer's state without reading its records; main thread only.

    The layer's filter, unsaved edits, joins and virtual fields count; with `selected_only`, only selected features.
    Raises InputError for a layer that is invalid, empty, of lines or polygons, or without a selection to read.
    """
    _require_records(layer, selected_only)
    name = layer.name()
    if not selected_only and _is_plain(layer):
        decoded = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
        path = Path(decoded.get("path") or "")
        if os.path.exists(path) and not decoded.get("vsiPrefix") and _has_layer_crs(layer):
            opener = partial(_NamedOgrReader, name, path, decoded.get("layerName"), layer.subsetString())
            return LayerSnapshot(name, layer.crs().isValid(), opener)
    reader = FeatureReader(layer, selected_only)
    return LayerSnapshot(name, layer.crs().isValid(), lambda: reader)


def snapshot_layer(
    layer: QgsVectorLayer,
    roles: Optional[Roles] = None,
    selected_only: bool = False,
    settings: Optional[ReadingSettings] = None,
) -> TableSource:
    """Return a layer's records as a source; main thread only: `take_layer` and `open_source` in one."""
    return take_layer(layer, selected_only).open_source(roles, settings)


def open_layer(layer: QgsVectorLayer, selected_only: bool = False) -> TableReader:
    """Return the fastest reader that sees the layer as QGIS does; main thread only. Raises InputError."""
    return take_layer(layer, selected_only).open_reader()


def _require_records(layer: QgsVectorLayer, selected_only: bool) -> None:
    if not isinstance(layer, QgsVectorLayer) or not layer.isValid():
        raise InputError("The observation layer is not a valid vector layer: choose another or repair its source.")
    geometry = layer.geometryType()
    if geometry not in (QgsWkbTypes.GeometryType.PointGeometry, QgsWkbTypes.GeometryType.NullGeometry):
        raise InputError(f"The layer {layer.name()} holds no points: choose a point layer or a table.")
    if selected_only and layer.selectedFeatureCount() == 0:
        raise InputError(f"No feature of {layer.name()} is selected: select some or use all features.")
    if layer.featureCount() == 0:
        raise InputError(f"The layer {layer.name()} is empty.")


def _is_plain(layer: QgsVectorLayer) -> bool:
    """Tell whether the file behind the layer holds all that QGIS shows of it."""
    fields = layer.fields()
    own = all(fields.fieldOrigin(i) == QgsFields.FieldOrigin.OriginProvider for i in range(fields.count()))
    # A source with "|geometrytype=" shows only some features of a mixed layer.
    whole = "|geometrytype=" not in layer.source().lower()
    return layer.providerType() == "ogr" and not layer.isEditable() and own and whole


def _has_layer_crs(layer: QgsVectorLayer) -> bool:
    """Tell whether the layer's CRS is the file's own: QGIS lets the analyst set another one."""
    provider = layer.dataProvider()
    return provider is None or not layer.isSpatial() or provider.crs() == layer.crs()


class _NamedOgrReader(OgrReader):
    """An OGR layer under its name in the layer tree."""

    def __init__(self, title: str, path: Path, layer: Optional[str], subset: str) -> None:
        super().__init__(path, layer or None, subset)
        self.name = title


class FeatureReader:
    """A layer of any provider as a table, read feature by feature; made on the main thread, read in any."""

    def __init__(self, layer: QgsVectorLayer, selected_only: bool) -> None:
        self.name = layer.name()
        fields = layer.fields()
        self.names = [fields.at(i).name() for i in range(fields.count())]
        self.has_geometry = layer.isSpatial()
        self._source = QgsVectorLayerFeatureSource(layer)
        self._ids = layer.selectedFeatureIds() if selected_only else None
        count = len(self._ids) if self._ids is not None else layer.featureCount()
        self.row_count: Optional[int] = count if count >= 0 else None
        self._held = count if self._ids is not None else rows_held(layer)
        crs = layer.crs()
        self._to_wgs84 = way_to_degrees(crs.toWkt(crs.WktVariant.WKT2_2019), self.name) if crs.isValid() else None
        self._description = {"layer": layer.name(), "provider": layer.providerType(), "subset": layer.subsetString()}

    @cached_property
    def sample(self) -> pd.DataFrame:
        """Up to 1000 rows, read when first asked for."""
        shown = readable(self.names)
        return next(self._read(shown, False, SAMPLE_ROWS), pd.DataFrame(columns=shown))

    def frames(self, columns: Sequence[str], points: bool) -> Iterator[pd.DataFrame]:
        """Yield chunks of the asked columns, with positions in WGS84 degrees if `points`.

        Raises InputError where fewer rows come than the layer holds: providers end without a word when a server fails.
        """
        read = 0
        for frame in self._read(columns, points, None):
            read += len(frame)
            yield frame
        require_all(self.name, read, self._held)

    def describe(self) -> dict[str, Any]:
        """Return the layer, its provider and filter, and how many features were selected."""
        selected = {} if self._ids is None else {"selected": len(self._ids)}
        return {**self._description, **selected}

    def notes(self) -> tuple[str, ...]:
        """Return nothing: a layer is read as it is."""
        return ()

    def _read(self, columns: Sequence[str], points: bool, limit: Optional[int]) -> Iterator[pd.DataFrame]:
        wanted = [self.names.index(name) for name in columns]
        request = QgsFeatureRequest().setSubsetOfAttributes(wanted)
        if not points:
            request.setFlags(QgsFeatureRequest.Flag.NoGeometry)
        if self._ids is not None:
            request.setFilterFids(self._ids)
        if limit is not None:
            request.setLimit(limit)
        rows: list[list[Any]] = []
        blobs: list[Optional[bytes]] = []
        # Providers hand out features one at a time only; each is reduced to plain values at once.
        for feature in self._source.getFeatures(request):
            values = feature.attributes()
            rows.append([values[i] for i in wanted])
            if points:
                blobs.append(bytes(feature.geometry().asWkb()) if feature.hasGeometry() else None)
            if len(rows) == CHUNK_ROWS:
                yield self._frame(columns, rows, blobs, points)
                rows, blobs = [], []
        if rows:
            yield self._frame(columns, rows, blobs, points)

    def _frame(
        self, columns: Sequence[str], rows: list[list[Any]], blobs: list[Optional[bytes]], points: bool
    ) -> pd.DataFrame:
        series: dict[str, Any] = {name: _column(values) for name, values in zip(columns, zip(*rows))}
        if points:
            wkb = np.empty(len(blobs), dtype=object)
            wkb[:] = blobs
            x, y = points_of_wkb(wkb)
            lon, lat = (x, y) if self._to_wgs84 is None else to_degrees(self._to_wgs84, x, y)
            series[POINT_LON], series[POINT_LAT] = lon, lat
        return pd.DataFrame(series)


def rows_held(layer: QgsVectorLayer) -> int:
    """Return how many features a layer surely holds, -1 where its provider does not know or only estimates it."""
    return -1 if "estimatedmetadata=true" in layer.source().lower() else layer.featureCount()


def require_all(name: str, read: int, held: int) -> None:
    """Raise InputError if fewer features were read than the layer holds (-1: not known)."""
    if read < held:
        raise InputError(
            f"The layer {name} was read only in part ({read:,} of {held:,} features): its source failed or was changed"
            " meanwhile. Open it anew and run again."
        )


def _column(values: Sequence[Any]) -> pd.Series:
    """Return attribute values of one field as a series: NULL is missing, date-times are datetime64[ms] UTC."""
    plain = [None if value is None or isinstance(value, QVariant) else value for value in values]
    kind = next((type(value) for value in plain if value is not None), None)
    if kind in (QDateTime, QDate):
        stamps = [None if value is None else _epoch_ms(value) for value in plain]
        missing = np.array([stamp is None for stamp in stamps])
        times = np.array([stamp or 0 for stamp in stamps], dtype=np.int64).astype("datetime64[ms]")
        times[missing] = np.datetime64("NaT")
        return pd.Series(bounded(times))
    if kind is QTime:
        return pd.Series([None if value is None else value.toString("HH:mm:ss.zzz") for value in plain])
    return pd.Series(plain)


def _epoch_ms(value: Any) -> Optional[int]:
    """Return UTC epoch ms of a QDateTime or QDate, None if invalid.

    QGIS hands out "12:00Z" of a GeoPackage as 12:00 local: a date-time in local time is wall-clock UTC here.
    """
    day = value if isinstance(value, QDate) else value.date()
    if not day.isValid():
        return None
    day_ms = (day.toJulianDay() - 2_440_588) * 86_400_000
    if isinstance(value, QDate):
        return day_ms
    # An hour that daylight saving skips here is invalid as a local date-time, yet a time in UTC: ask its parts.
    if value.timeSpec() == Qt.TimeSpec.LocalTime:
        return day_ms + value.time().msecsSinceStartOfDay() if value.time().isValid() else None
    return int(value.toMSecsSinceEpoch())
