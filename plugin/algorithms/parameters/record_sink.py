"""Writes columns of numbers and text with WKB geometries to a Processing sink, wholly or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Optional, Union

import numpy as np
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsDataSourceUri,
    QgsFeature,
    QgsFeatureSink,
    QgsFields,
    QgsGeometry,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterDefinition,
    QgsProperty,
    QgsProviderRegistry,
    QgsWkbTypes,
)

from ...data import field_types
from ...data.drafts import LOCK, draft_folder
from ...data.file_paths import path_behind
from ...data.layer_audit import AuditNote, note_in_audit
from ...data.layer_files import count_rows, put_layer, require_alone
from ...data.outputs import is_full, put_or_keep, require_plain, why_unwritten
from ...engine.base import Cancelled, InputError, Progress
from .file_checks import text_of

TEXT, INTEGER, BIG_INTEGER, REAL, UTC = "text", "integer", "big integer", "real", "UTC"
FIELD_TYPES = {
    TEXT: field_types.TEXT, INTEGER: field_types.WHOLE, BIG_INTEGER: field_types.LONG, REAL: field_types.REAL,
    UTC: field_types.TEXT,
}  # fmt: skip
CHUNK = 2000


@dataclass(frozen=True)
class Records:
    """The rows of an output: `schema` (name -> TEXT, INTEGER, BIG_INTEGER, REAL or UTC), its columns in that order.

    A UTC column holds int64 epoch ms that are written as ISO 8601 text; NaN is written as NULL.
    `geometry` (object array) has WKB bytes of the type `kind`, None where there is no geometry. `note` is what the
    audit log of a GeoPackage says of these rows.
    """

    schema: Mapping[str, str]
    columns: Sequence[np.ndarray]
    geometry: np.ndarray
    kind: QgsWkbTypes.Type
    note: Optional[AuditNote] = None

    def __len__(self) -> int:
        return len(self.geometry)


def make_fields(schema: Mapping[str, str]) -> QgsFields:
    """Return the fields of a schema."""
    fields = QgsFields()
    for name, kind in schema.items():
        fields.append(field_types.make_field(name, FIELD_TYPES[kind]))
    return fields


def write_records(
    sink: QgsFeatureSink, records: Records, progress: Progress
) -> Optional[Union[Cancelled, QgsProcessingException]]:
    """Write one feature per row; return None, or why the rest was not written: cancelled, or a row was refused.

    An exception that was raised would hold on to the sink, so that its file could not be closed and removed.
    """
    fields = make_fields(records.schema)
    try:
        for begin in range(0, len(records), CHUNK):
            progress.step("Writing", begin / len(records))
            features = []
            rows = slice(begin, begin + CHUNK)
            columns = [
                _plain_values(column[rows], kind) for column, kind in zip(records.columns, records.schema.values())
            ]
            for wkb, *values in zip(records.geometry[rows].tolist(), *columns):
                feature = QgsFeature(fields)
                if wkb is not None:
                    geometry = QgsGeometry()
                    geometry.fromWkb(wkb)
                    feature.setGeometry(geometry)
                feature.setAttributes(values)
                features.append(feature)
            if not sink.addFeatures(features, QgsFeatureSink.Flag.FastInsert):
                return QgsProcessingException(f"the output refused a row ({sink.lastError()})")
    except Cancelled:
        return Cancelled("The run was cancelled while it was writing; the unfinished output was removed.")
    return None


def _plain_values(values: np.ndarray, kind: str) -> list[Any]:
    """Return values that QGIS takes as attributes: it refuses numpy's own, and with them the row."""
    if kind == UTC:
        return [f"{text}Z" for text in np.datetime_as_string(values.astype("datetime64[ms]"), unit="s").tolist()]
    if kind not in (REAL, INTEGER, BIG_INTEGER) or values.dtype.kind not in "fO":
        return values.tolist()
    plain = float if kind == REAL else int
    return [None if value != value else plain(value) for value in values.tolist()]


def write_output(
    algorithm: QgsProcessingAlgorithm,
    name: str,
    records: Records,
    parameters: dict[str, Any],
    context: QgsProcessingContext,
    progress: Progress,
) -> str:
    """Write the sink parameter `name` and return what Processing knows the output by, "" if it was left out.

    A file is written beside its place and put there when it is whole: an earlier one stays as it is until then. Raises
    Cancelled, InputError or QgsProcessingException; no unfinished file stays.
    """
    text = text_of(parameters.get(name), context)
    path = require_plain(text)
    if path is None or not text:
        return _write(algorithm, name, records, parameters, context, progress)
    path = Path(os.path.realpath(path))
    with draft_folder(path.parent) as folder:
        if text.startswith("ogr:"):
            layer = QgsDataSourceUri(text.partition(":")[2]).table()
            return _write_into(algorithm, name, records, parameters, context, progress, folder / path.name, path, layer)
        draft = folder / path.name
        try:
            identity = _write(algorithm, name, records, _sent_to(parameters, name, draft), context, progress)
        except QgsProcessingException as error:
            raise QgsProcessingException(str(error).replace(str(draft), str(path))) from None
        if not identity:
            return ""
        written = Path(path_behind(identity) or draft)
        _require_whole(written, len(records))
        files = sorted((one for one in folder.iterdir() if one.name != LOCK), key=lambda one: one != written)
        places = [path.with_name(file.name) for file in files]
        require_alone(places[0], places)
        put_or_keep(files, places)
    return _renamed(context, identity, identity.replace(str(draft), str(path)))


def _write_into(
    algorithm: QgsProcessingAlgorithm,
    name: str,
    records: Records,
    parameters: dict[str, Any],
    context: QgsProcessingContext,
    progress: Progress,
    draft: Path,
    path: Path,
    layer: str,
) -> str:
    """Write a layer of a GeoPackage to a file of its own, and put it beside the other layers in one step."""
    sent = _sent_to(parameters, name, f"ogr:dbname='{draft}' table=\"{layer}\" (geom)")
    identity = _write(algorithm, name, replace(records, note=None), sent, context, progress)
    if not identity:
        return ""
    _require_whole(draft, len(records))
    put_layer(draft, path, layer)
    if records.note is not None:
        note_in_audit(path, records.note)
    return _renamed(context, identity, f"{path}|layername={layer}")


def _write(
    algorithm: QgsProcessingAlgorithm,
    name: str,
    records: Records,
    parameters: dict[str, Any],
    context: QgsProcessingContext,
    progress: Progress,
) -> str:
    sink, identity = algorithm.parameterAsSink(
        parameters, name, context, make_fields(records.schema), records.kind, QgsCoordinateReferenceSystem("EPSG:4326")
    )
    if sink is None:
        is_optional = algorithm.parameterDefinition(name).flags() & QgsProcessingParameterDefinition.Flag.FlagOptional
        if is_optional and not parameters.get(name):
            return ""
        raise QgsProcessingException(algorithm.invalidSinkError(parameters, name))
    failure = write_records(sink, records, progress)
    del sink  # closes the file
    if failure is not None:
        path = str(QgsProviderRegistry.instance().decodeUri("ogr", identity).get("path") or "")
        if not isinstance(failure, Cancelled) and Path(path).is_file():
            reason = why_unwritten(Path(path), str(failure))
            failure = QgsProcessingException(f"{Path(path).name} cannot be written: {reason}.")
        raise failure
    if records.note is not None:
        note_in_audit(path_behind(identity), records.note)
    return str(identity)


def _sent_to(parameters: Mapping[str, Any], name: str, path: Union[str, Path]) -> dict[str, Any]:
    """Return the parameters with the output `name` at `path`; where its layer is loaded to stays as it is."""
    given = parameters[name]
    if isinstance(given, QgsProcessingOutputLayerDefinition):
        given = QgsProcessingOutputLayerDefinition(given)
        given.sink = QgsProperty.fromValue(str(path))
        return {**parameters, name: given}
    return {**parameters, name: str(path)}


def _require_whole(path: Path, rows: int) -> None:
    """Raise InputError if a file that was written lacks rows: a full disk is not told when a layer is closed."""
    held = count_rows(path)
    # Some formats, such as SQL, can only be written.
    if is_full(path) if held is None else held < rows:
        reason = why_unwritten(path, f"only {held or 0:,} of {rows:,} rows are in it")
        raise InputError(f"{path.name} cannot be written: {reason}.")


def _renamed(context: QgsProcessingContext, identity: str, settled: str) -> str:
    """Return what an output is known by in its place; Processing loads it from there."""
    layers = context.layersToLoadOnCompletion()
    if identity in layers:
        renamed = {settled if key == identity else key: value for key, value in layers.items()}
        context.setLayersToLoadOnCompletion(renamed)
    return settled
