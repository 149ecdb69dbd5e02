"""Writes columns of numbers and text as features of a Processing sink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from qgis.core import (
    QgsFeature,
    QgsFeatureSink,
    QgsField,
    QgsFields,
    QgsGeometry,
    QgsProcessingException,
    QgsProcessingFeedback,
)
from qgis.PyQt.QtCore import QVariant

TEXT, INTEGER, BIG_INTEGER, REAL = "text", "integer", "big integer", "real"
KINDS = {
    TEXT: QVariant.String, INTEGER: QVariant.Int, BIG_INTEGER: QVariant.LongLong, REAL: QVariant.Double,
}
CHUNK = 2000


def make_fields(schema: Mapping[str, str]) -> QgsFields:
    """Return the fields of a schema (name -> TEXT, INTEGER, BIG_INTEGER or REAL)."""
    fields = QgsFields()
    for name, kind in schema.items():
        fields.append(QgsField(name, KINDS[kind]))
    return fields


def iso_utc(time_ms: np.ndarray) -> list[str]:
    """Return int64 UTC epoch ms as ISO 8601 text with Z, to the second."""
    return [f"{text}Z" for text in np.datetime_as_string(time_ms.astype("datetime64[ms]"), unit="s").tolist()]


def write_records(
    sink: QgsFeatureSink,
    fields: QgsFields,
    columns: Sequence[Sequence[Any]],
    geometries: Sequence[QgsGeometry],
    feedback: QgsProcessingFeedback,
) -> None:
    """Write one feature per row; `columns` are in the order of `fields` and hold plain Python values.

    Raises QgsProcessingException when the sink refuses a row: no row is lost without a word.
    """
    features = []
    total = max(1, len(geometries))
    for number, (geometry, *values) in enumerate(zip(geometries, *columns)):
        feature = QgsFeature(fields)
        feature.setGeometry(geometry)
        feature.setAttributes(values)
        features.append(feature)
        if len(features) == CHUNK:
            if feedback.isCanceled():
                return
            _flush(sink, features)
            feedback.setProgress(100.0 * number / total)
            features = []
    _flush(sink, features)


def _flush(sink: QgsFeatureSink, features: list[QgsFeature]) -> None:
    if features and not sink.addFeatures(features, QgsFeatureSink.Flag.FastInsert):
        raise QgsProcessingException(f"The output refused a row: {sink.lastError()}")
