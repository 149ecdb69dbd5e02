"""Layers that algorithms write: what they may replace, and the removal of what an interrupted run wrote."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from pathlib import Path
from typing import Optional

from osgeo import gdal
from qgis.core import QgsDataSourceUri, QgsVectorFileWriter

from ..engine.base import InputError
from .file_paths import files_with
from .layer_audit import AUDIT
from .ogr_files import open_dataset, quiet_ogr
from .outputs import has_columns, require_output

_DEFAULT = "gpkg"  # what QGIS appends to a name without a suffix


def require_layer_output(text: str, inputs: Iterable[str], columns: Collection[str]) -> Optional[Path]:
    """Return the file that a layer is written to, None for a layer in memory; raise InputError if it may not be.

    An existing file is replaced only if it holds one layer that has all `columns`, as an earlier output has. A layer
    that is added to a GeoPackage (`ogr:dbname='file' table="name"`) leaves its other layers alone.
    """
    inputs = list(inputs)
    layer = QgsDataSourceUri(text.partition(":")[2]).table() if text.startswith("ogr:") else ""
    is_own = partial(holds_layer, columns=columns, layer=layer)
    path = require_output(text, inputs, is_own)
    if path is None:
        return None
    if layer:
        return path.with_name(f"{path.name}|{layer}")
    for appended in _appended(path):
        require_output(appended, inputs, is_own)
    if not path.exists():
        beside = [other.name for other in files_with(path) if other != path and other.exists()]
        if beside:
            raise InputError(f"{path.name} would also replace {beside[0]}, which is there: choose another file name.")
    return path


def _appended(path: Path) -> list[Path]:
    """Return the existing files that QGIS would write to instead: to some names it appends the suffix of a format."""
    endings = QgsVectorFileWriter.supportedFormatExtensions() if path.suffix else [_DEFAULT]
    names = [path.with_name(f"{path.name}.{ending}") for ending in endings]
    return [one for one in names if one.exists()]


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
        if len(tables) != 1:
            return False
        names = [field.GetName() for field in tables[0].schema]
        # GeoJSON without features has no columns, and nothing that could be lost.
        is_empty = not layer and not names and tables[0].GetFeatureCount() == 0
        return is_empty or has_columns(names, columns)


def count_rows(path: Path) -> Optional[int]:
    """Return how many rows the layers of a file just written hold; None where its format cannot be read back."""
    with quiet_ogr():
        try:
            dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_READONLY)
        except RuntimeError:  # someone switched GDAL's exceptions on
            dataset = None
        if dataset is None:
            return None
        return sum(dataset.GetLayer(number).GetFeatureCount() for number in range(dataset.GetLayerCount()))


def discard_layer(path: str, layer: str) -> None:
    """Remove the layer named `layer` from the file at `path`, and the file with its side files if it was the only one.

    A path that is no file is left alone.
    """
    if not Path(path).is_file():
        return
    with quiet_ogr():
        try:
            dataset = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_UPDATE)
        except RuntimeError:  # someone switched GDAL's exceptions on
            dataset = None
        if dataset is None:
            Path(path).unlink()
            return
        names = {dataset.GetLayer(number).GetName() for number in range(dataset.GetLayerCount())}
        if layer and names - {layer}:
            dataset.DeleteLayer(layer)
            return
        driver = dataset.GetDriver()
        del dataset
        driver.Delete(path)
