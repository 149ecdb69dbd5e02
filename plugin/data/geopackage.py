"""Results in one GeoPackage: written whole or not at all, read back, and copied."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional, Union

import numpy as np
import pandas as pd
from osgeo import gdal, ogr, osr

from ..engine.errors import InputError
from ..engine.progress import Progress
from ..engine.results import INTEGER, REAL, SCHEMAS, Results, TableSchema, as_table, empty_table
from .ogr_files import arrow_series, open_dataset, quiet_ogr, wkb_array
from .run_record import audit_table, notes_of_record, run_table

PathLike = Union[str, Path]
STAGE = "Writing the GeoPackage"
FEATURE_BLOCK_ROWS = 10_000
_FIELD_TYPES = {INTEGER: ogr.OFTInteger64, REAL: ogr.OFTReal}
_GEOMETRY_TYPES = {
    "point": ogr.wkbPoint, "polygon": ogr.wkbPolygon, "line": ogr.wkbLineString, "multiline": ogr.wkbMultiLineString,
    None: ogr.wkbNone,
}
_STYLE_COLUMNS = (
    "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column", "styleName", "styleQML", "styleSLD",
    "description", "owner", "ui",
)
_DESCRIPTIONS = {
    "findings": "Spots where behavior in a key date's window differs from their own history",
    "heat": "How unusual each cell and site is at each key date",
    "itineraries": "Movements of devices reached from a finding or a linked place",
    "stops": "Visits of the itineraries, in order",
    "legs": "Movements between the stops: mode, borders, observed or inferred",
    "origins": "Where the devices of a finding were before and after",
    "screening": "Records kept and dropped, by reason",
    "run": "Study, versions and times of the run",
    "audit": "Hash-chained log of what was done",
}


def write_results(
    results: Results,
    path: PathLike,
    record: Mapping[str, Any],
    styles: Mapping[str, str],
    progress: Optional[Progress] = None,
) -> None:
    """Write all result tables, the run record and the styles (layer name -> QML) as one GeoPackage at `path`.

    A temporary file beside it takes the place of `path` at the end, so that an error or cancellation leaves what was
    there. Raises InputError if the folder is missing or cannot be written to, Cancelled.
    """
    target = Path(path)
    tables = {name: results.tables.get(name, empty_table(name)) for name in SCHEMAS if name not in ("run", "audit")}
    tables["run"], tables["audit"] = run_table(record), audit_table(record)
    with _replacing(target) as draft:
        _write_tables(draft, tables, styles, progress or Progress())


def write_table_layer(name: str, table: pd.DataFrame, path: PathLike, schema: Optional[TableSchema] = None) -> None:
    """Write one table (by default with the schema of that name) as a GeoPackage of its own; raises InputError."""
    layout = schema or SCHEMAS[name]
    with _replacing(Path(path)) as draft:
        _write_tables(draft, {name: table}, {}, Progress(), {name: layout})


def read_results(path: PathLike) -> Results:
    """Return the tables (geometry as WKB), notes and run record of a GeoPackage written by `write_results`.

    Raises InputError if it is no such file. The evidence behind the site card is not stored.
    """
    source = Path(path)
    if not source.is_file():
        raise InputError(f"There is no file {source}.")
    dataset = open_dataset(source)
    names = {dataset.GetLayer(i).GetName() for i in range(dataset.GetLayerCount())}
    if not {"findings", "heat", "run"} <= names:
        raise InputError(f"{source.name} holds no Sitelight study: choose a GeoPackage that Sitelight wrote.")
    with quiet_ogr():
        tables = {name: _read_table(dataset, schema) for name, schema in SCHEMAS.items() if name in names}
    run = {key: json.loads(value) for key, value in zip(tables["run"]["key"], tables["run"]["value"])}
    return Results(tables, notes_of_record(run), run)


def copy_results(source_path: PathLike, target_path: PathLike, open_paths: Sequence[PathLike] = ()) -> None:
    """Copy a GeoPackage whole, also while QGIS has it open; never onto a file of `open_paths` or onto itself.

    Raises InputError.
    """
    source, target = Path(source_path), Path(target_path)
    if not source.is_file():
        raise InputError(f"There is no file {source}.")
    taken = {Path(path).resolve() for path in (*open_paths, source)}
    if target.resolve() in taken:
        raise InputError(f"{target.name} is open in this project: choose another file name.")
    with _replacing(target) as draft:
        try:
            with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(draft)) as new:
                old.backup(new)
                new.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error as error:
            raise InputError(f"{source.name} cannot be copied: {error}.") from error


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target` that takes its place if all goes well and vanishes if not."""
    if target.is_dir() or not target.parent.is_dir():
        raise InputError(f"The folder {target.parent} does not exist: choose another place for {target.name}.")
    try:
        folder = tempfile.mkdtemp(prefix=".sitelight-", dir=target.parent)
    except OSError as error:
        raise InputError(f"The folder {target.parent} cannot be written to: choose another place.") from error
    draft = Path(folder) / "draft.gpkg"
    try:
        yield draft
        try:
            os.replace(draft, target)
        except OSError as error:
            raise InputError(f"{target} cannot be replaced: close it or choose another name.") from error
    finally:
        for left in Path(folder).iterdir():
            left.unlink()
        os.rmdir(folder)


def _write_tables(
    path: Path,
    tables: Mapping[str, pd.DataFrame],
    styles: Mapping[str, str],
    progress: Progress,
    schemas: Mapping[str, TableSchema] = SCHEMAS,
) -> None:
    total = sum(len(table) for table in tables.values()) + 1
    written = 0
    with quiet_ogr():
        dataset = gdal.GetDriverByName("GPKG").Create(str(path), 0, 0, 0, gdal.GDT_Unknown)
        if dataset is None:
            raise InputError(f"The GeoPackage cannot be created: {gdal.GetLastErrorMsg()}")
        dataset.StartTransaction()
        for name, table in tables.items():
            part = progress.part(written / total, (written + len(table)) / total)
            _write_table(dataset, schemas[name], table, part)
            written += len(table)
        _write_styles(dataset, styles)
        if dataset.CommitTransaction() != ogr.OGRERR_NONE:
            raise InputError(f"The GeoPackage cannot be written: {gdal.GetLastErrorMsg()}")
        dataset = None  # closes the file; its spatial indexes are built here
    progress.step(STAGE, 1.0)


def _write_table(dataset: gdal.Dataset, schema: TableSchema, table: pd.DataFrame, progress: Progress) -> None:
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(4326)
    kind = _GEOMETRY_TYPES[schema.geometry]
    options = [f"IDENTIFIER={schema.title}", f"DESCRIPTION={_DESCRIPTIONS.get(schema.name, '')}"]
    # OGR builds the spatial index once, after the rows.
    options += ["GEOMETRY_NAME=geom"] if schema.geometry else ["ASPATIAL_VARIANT=GPKG_ATTRIBUTES"]
    layer = dataset.CreateLayer(schema.name, reference if schema.geometry else None, kind, options)
    for column, column_kind in schema.columns.items():
        layer.CreateField(ogr.FieldDefn(column, _FIELD_TYPES.get(column_kind, ogr.OFTString)))
    columns = [_plain(table[column], column_kind) for column, column_kind in schema.columns.items()]
    shapes = table["geometry"].tolist() if schema.geometry else None
    for start in range(0, len(table), FEATURE_BLOCK_ROWS):
        progress.step(STAGE, start / len(table))
        _write_rows(layer, columns, shapes, range(start, min(start + FEATURE_BLOCK_ROWS, len(table))))


def _write_rows(layer: ogr.Layer, columns: Sequence[list[Any]], shapes: Optional[list[Any]], rows: range) -> None:
    """Write a block of rows; raise InputError if OGR refuses one, so that none is lost silently."""
    feature = ogr.Feature(layer.GetLayerDefn())
    setters = [_setter(feature, values) for values in columns]
    for row in rows:
        feature.SetFID(-1)
        for field, values in enumerate(columns):
            if values[row] is None:
                feature.SetFieldNull(field)
            else:
                setters[field](field, values[row])
        if shapes is not None:
            wkb = shapes[row]
            feature.SetGeometryDirectly(ogr.CreateGeometryFromWkb(wkb) if isinstance(wkb, bytes) else None)
        if layer.CreateFeature(feature) != ogr.OGRERR_NONE:
            raise InputError(f"{layer.GetName()}: a row cannot be written ({gdal.GetLastErrorMsg()}).")


def _setter(feature: ogr.Feature, values: list[Any]) -> Callable[[int, Any], Any]:
    """Return the quickest way to set a column's values: the general one tries types on every call."""
    kind = next((type(value) for value in values if value is not None), None)
    quick = {str: "SetFieldString", int: "SetFieldInteger64", float: "SetFieldDouble"}.get(kind, "SetField")
    return getattr(feature, quick, feature.SetField)


def _plain(values: pd.Series, kind: str) -> list[Any]:
    """Return plain Python values, None where missing; OGR takes no numpy scalars."""
    if kind == INTEGER:
        return [None if missing else int(value) for value, missing in zip(values.tolist(), values.isna().tolist())]
    if kind == REAL:
        numbers = pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan)
        return [value if finite else None for value, finite in zip(numbers.tolist(), np.isfinite(numbers).tolist())]
    return [None if missing else str(value) for value, missing in zip(values.tolist(), values.isna().tolist())]


def _write_styles(dataset: gdal.Dataset, styles: Mapping[str, str]) -> None:
    """Write the table in which QGIS looks for default styles."""
    layer = dataset.CreateLayer("layer_styles", None, ogr.wkbNone, ["FID=id", "ASPATIAL_VARIANT=GPKG_ATTRIBUTES"])
    for column in _STYLE_COLUMNS:
        layer.CreateField(ogr.FieldDefn(column, ogr.OFTString))
    default = ogr.FieldDefn("useAsDefault", ogr.OFTInteger)
    default.SetSubType(ogr.OFSTBoolean)
    layer.CreateField(default)
    layer.CreateField(ogr.FieldDefn("update_time", ogr.OFTDateTime))
    for name, qml in styles.items():
        feature = ogr.Feature(layer.GetLayerDefn())
        spatial = name in SCHEMAS and SCHEMAS[name].geometry is not None
        texts = ("", "", name, "geom" if spatial else "", name, qml, "", f"Sitelight: {name}", "", "")
        for column, text in zip(_STYLE_COLUMNS, texts):
            feature.SetField(column, text)
        feature.SetField("useAsDefault", 1)
        feature.SetField("update_time", datetime.now(timezone.utc).strftime("%Y/%m/%d %H:%M:%S+00"))
        layer.CreateFeature(feature)


def _read_table(dataset: gdal.Dataset, schema: TableSchema) -> pd.DataFrame:
    """Return one table with the columns and dtypes of its schema; integers with gaps become float64."""
    layer = dataset.GetLayerByName(schema.name)
    missing = set(schema.columns) - {field.GetName() for field in layer.schema}
    if missing:
        raise InputError(f"The table {schema.name} has no column {min(missing)}: it was not written by Sitelight.")
    frames = [pd.DataFrame(batch) for batch in _batches(layer, schema)]
    return as_table(schema.name, pd.concat(frames, ignore_index=True) if frames else empty_table(schema.name))


def _batches(layer: ogr.Layer, schema: TableSchema) -> Iterator[dict[str, Any]]:
    stream = layer.GetArrowStreamAsNumPy() if hasattr(layer, "GetArrowStreamAsNumPy") else None
    if stream is None:  # GDAL before 3.6
        features = list(layer)
        batch: dict[str, Any] = {
            name: pd.Series([feature.GetField(name) for feature in features]) for name in schema.columns
        }
        if schema.geometry:
            batch["geometry"] = [bytes(feature.geometry().ExportToWkb()) for feature in features]
        if features:
            yield batch
        return
    for arrays in stream:
        batch = {name: _column_of_arrow(arrays[name], kind) for name, kind in schema.columns.items()}
        if schema.geometry:
            shapes = [blob if isinstance(blob, bytes) else None for blob in wkb_array(arrays["geom"]).tolist()]
            batch["geometry"] = pd.Series(shapes, dtype=object)
        yield batch


def _column_of_arrow(values: np.ndarray, kind: str) -> pd.Series:
    series = arrow_series(values)
    if kind == REAL or (kind == INTEGER and bool(series.isna().any())):
        return series.astype("float64")
    if kind == INTEGER:
        return series.astype("int64")
    texts = pd.Series([None] * len(series), index=series.index, dtype=object)
    filled = series.notna()
    if filled.any():
        texts[filled] = series[filled].str.decode("utf-8")
    return texts
