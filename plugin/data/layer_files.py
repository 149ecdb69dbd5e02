"""Layers that algorithms write: what they may replace, and how one takes its place among others of its file."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from functools import partial
from pathlib import Path
from typing import Optional

from osgeo import gdal
from qgis.core import QgsDataSourceUri, QgsVectorFileWriter

from ..engine.base import InputError
from .audit_log import TABLE as AUDIT
from .file_paths import files_with
from .ogr_files import open_dataset, quiet_ogr
from .outputs import has_columns, put_in_place, require_output, table_names, why_unwritten

_DEFAULT = "gpkg"  # what QGIS appends to a name without a suffix


def require_layer_output(text: str, inputs: Iterable[str], columns: Collection[str]) -> Optional[Path]:
    """Return the file that a layer is written to, None for a layer in memory; raise InputError if it may not be.

    An existing file is replaced only if it holds one layer that has all `columns`, as an earlier output has. A layer
    that is added to a GeoPackage (`ogr:dbname='file' table="name"`) leaves its other layers alone.
    """
    inputs = list(inputs)
    layer = QgsDataSourceUri(text.partition(":")[2]).table() if text.startswith("ogr:") else ""
    is_own = partial(holds_layer, columns=columns, layer=layer)
    path = require_output(text, inputs, is_own, is_replaced=not layer)
    if path is None:
        return None
    if layer:
        return path.with_name(f"{path.name}|{layer}")
    for appended in _appended(path):
        require_output(appended, inputs, is_own)
    require_alone(path, files_with(path))
    return path


def require_alone(path: Path, written: Iterable[Path]) -> None:
    """Raise InputError if a file that is not there yet is written with others, of which one is there."""
    beside = [other.name for other in written if other != path and os.path.exists(other)]
    if beside and not os.path.exists(path):
        raise InputError(f"{path.name} would also replace {beside[0]}, which is there: choose another file name.")


def _appended(path: Path) -> list[Path]:
    """Return the existing files that QGIS would write to instead: to some names it appends the suffix of a format."""
    endings = QgsVectorFileWriter.supportedFormatExtensions() if path.suffix else [_DEFAULT]
    names = [path.with_name(f"{path.name}.{ending}") for ending in endings]
    return [one for one in names if os.path.exists(one)]


def holds_layer(path: Path, columns: Collection[str], layer: str = "") -> bool:
    """Return whether `layer`, or the only layer of a file, has all `columns`; a file without that `layer` fits too."""
    try:
        dataset = open_dataset(path)
    except InputError:
        return False
    with quiet_ogr():
        tables = [dataset.GetLayer(number) for number in range(dataset.GetLayerCount())]
        tables = [table for table in tables if table.GetName() not in ("layer_styles", AUDIT)]
        if layer:
            tables = [table for table in tables if table.GetName().lower() == layer.lower()]
            if not tables:
                return dataset.GetDriver().ShortName in ("GPKG", "SQLite")
        if len(tables) != 1 or not (layer or _is_alone(path, dataset)):
            return False
        names = [field.GetName() for field in tables[0].schema]
        # GeoJSON without features has no columns, and nothing that could be lost.
        is_empty = not layer and not names and tables[0].GetFeatureCount() == 0
        return is_empty or has_columns(names, columns)


def _is_alone(path: Path, dataset: gdal.Dataset) -> bool:
    """Return whether a file holds its layers only: maps in a GeoPackage are no layers, and would be lost."""
    layers = {dataset.GetLayer(number).GetName() for number in range(dataset.GetLayerCount())}
    return dataset.GetDriver().ShortName != "GPKG" or table_names(path) <= {*layers, "layer_styles", AUDIT}


def count_rows(path: Path, layer: str = "") -> Optional[int]:
    """Return how many rows `layer`, or all layers, of a file hold; None where its format cannot be read back."""
    with quiet_ogr():
        try:
            dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_READONLY)
        except RuntimeError:  # someone switched GDAL's exceptions on
            dataset = None
        if dataset is None:
            return None
        tables = [dataset.GetLayer(number) for number in range(dataset.GetLayerCount())]
        return sum(one.GetFeatureCount() for one in tables if layer.lower() in ("", one.GetName().lower()))


def put_layer(draft: Path, target: Path, layer: str) -> None:
    """Put the layer of `draft` into the GeoPackage `target`, in place of an earlier one of that name, in one step.

    A process that is killed, and a fault, leave the file as it was; QGIS may have it open. Raises InputError.
    """
    if not os.path.exists(target):
        put_in_place(draft, target)
        return
    with quiet_ogr():
        try:
            written, dataset = gdal.OpenEx(str(draft)), gdal.OpenEx(str(target), gdal.OF_VECTOR | gdal.OF_UPDATE)
        except RuntimeError:  # someone switched GDAL's exceptions on
            dataset = None
        if dataset is None:
            raise InputError(f"{target.name} cannot be written: close it in other programs, or choose another file.")
        rows = written.GetLayer(0).GetFeatureCount()
        gdal.ErrorReset()
        # One transaction over the earlier layer's end, the new one and its index.
        how = ["-overwrite", "-nln", layer, "-ds_transaction", "-gt", "unlimited"]
        is_done = gdal.VectorTranslate(dataset, written, options=gdal.VectorTranslateOptions(options=how)) is not None
        is_done = is_done and gdal.GetLastErrorType() < gdal.CE_Failure
        reason = gdal.GetLastErrorMsg()
        dataset = None  # closes the file
    if not is_done or count_rows(target, layer) != rows:
        raise InputError(f"{target.name} cannot be written: {why_unwritten(draft, reason)}.")
