"""Results in one GeoPackage: written whole or not at all, read back, and copied."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Optional, Union

import numpy as np
import pandas as pd
from osgeo import gdal, ogr

from ..engine.base import InputError, Progress
from ..engine.results import Results
from ..engine.tables import INTEGER, REAL, SCHEMAS, TEXT, TableSchema, as_table, empty_table
from .audit_log import write_log
from .file_paths import is_same
from .geopackage_project import has_own_project, store_project
from .geopackage_tables import open_for_change, write_tables
from .geopackage_texts import write_texts
from .json_files import parse_json
from .ogr_files import (
    ArrowUnusable,
    arrow_batches,
    arrow_series,
    clean_text,
    open_dataset,
    quiet_ogr,
    skip_features,
    wkb_array,
)
from .outputs import is_study, replacing, why_unwritten
from .record_checks import require_sound_record
from .result_styles import for_levels, read_styles
from .run_record import notes_of_record, run_table
from .study_checks import require_plain_tables, require_shapes, require_sound_tables

PathLike = Union[str, Path]


def write_results(
    results: Results,
    path: PathLike,
    record: Mapping[str, Any],
    styles: Mapping[str, str],
    progress: Optional[Progress] = None,
) -> None:
    """Write all result tables, the run record and the styles (layer name -> QML) as one GeoPackage at `path`.

    They are written as they may leave memory (`Results.as_written`).

    A temporary file beside it takes the place of `path` at the end, so that an error or cancellation leaves what was
    there. Raises InputError if the folder is missing, cannot be written to or is full, or `path` holds anything but an
    earlier study or is open elsewhere (the results are then kept beside it, which is said), Cancelled.
    """
    target, progress, written = Path(path), progress or Progress(), results.as_written()
    tables = {name: written.tables.get(name, empty_table(name)) for name in SCHEMAS if name not in ("run", "audit")}
    tables["run"], tables["audit"] = run_table(record), empty_table("audit")
    with replacing(target, is_study, lambda kept: rename_project(kept, kept.name)) as draft:
        write_tables(draft, tables, for_levels(styles, tables["heat"]["spot_kind"].unique()), progress)
        with open_for_change(draft) as connection:
            write_texts(connection, list(SCHEMAS.values()), record)
            store_project(connection, target.name, styles)
            write_log(connection, record["audit"], progress)


def rename_project(path: PathLike, file_name: str) -> None:
    """Let the project inside a study find its layers once the file is called `file_name`; raises InputError.

    It has our styles, whatever the file brings. A file without our project, of an earlier version, stays as it is.
    """
    with open_for_change(Path(path)) as connection:
        if has_own_project(connection):
            store_project(connection, file_name, read_styles())


def read_results(path: PathLike) -> Results:
    """Return the tables (geometry as WKB), notes and run record of a GeoPackage written by `write_results`.

    Raises InputError if it is no such file, or one that is damaged or was changed so that it cannot be shown. The
    evidence behind the site card is not stored.
    """
    source = Path(path)
    if not os.path.isfile(source):
        raise InputError(f"There is no file {source}.")
    require_plain_tables(source)
    require_sound_tables(source)
    dataset = open_dataset(source)
    names = {dataset.GetLayer(i).GetName() for i in range(dataset.GetLayerCount())}
    if not {"findings", "heat", "itineraries", "run"} <= names:
        raise InputError(f"{source.name} holds no Sitelight study: choose a GeoPackage that Sitelight wrote.")
    with quiet_ogr():
        tables = {
            name: _read_table(source, dataset, schema) if name in names else empty_table(name)
            for name, schema in SCHEMAS.items()
        }
    run = _read_record(tables["run"], source.name)
    return Results(tables, notes_of_record(run), run)


def copy_results(source_path: PathLike, target_path: PathLike) -> None:
    """Copy a GeoPackage whole, also while QGIS has it open; never onto itself.

    Raises InputError.
    """
    source, target = Path(source_path), Path(target_path)
    if not os.path.isfile(source):
        raise InputError(f"There is no file {source}.")
    if is_same(target, source):
        raise InputError(f"{target.name} is the study itself: choose another file name.")
    with replacing(target, is_study) as draft:
        try:
            with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(draft)) as new:
                old.backup(new)
                new.execute("PRAGMA journal_mode = DELETE")
            rename_project(draft, target.name)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            reason = why_unwritten(draft, str(error))
            raise InputError(f"{source.name} cannot be copied: {reason}.") from error


def _read_record(table: pd.DataFrame, name: str) -> dict[str, Any]:
    """Return the run record kept in the table `run`; raise InputError if it is damaged."""
    title = f"The run record of {name}"
    rows = zip(table["key"].fillna("").tolist(), table["value"].fillna("").tolist())
    record = {key: parse_json(value, title) for key, value in rows}
    require_sound_record(record, name)
    return record


def _read_table(source: Path, dataset: gdal.Dataset, schema: TableSchema) -> pd.DataFrame:
    """Return one table with the columns and dtypes of its schema; integers with gaps become float64, no text is ""."""
    layer = dataset.GetLayerByName(schema.name)
    missing = set(schema.columns) - {field.GetName() for field in layer.schema}
    if missing - set(schema.later):
        raise InputError(f"The table {schema.name} has no column {min(missing)}: it was not written by Sitelight.")
    known = replace(schema, columns={name: kind for name, kind in schema.columns.items() if name not in missing})
    frames = [pd.DataFrame(batch) for batch in _batches(source, layer, known)]
    table = pd.concat(frames, ignore_index=True) if frames else empty_table(schema.name)
    unknown = {TEXT: "", INTEGER: 0, REAL: np.nan}
    table = as_table(schema.name, table.assign(**{name: unknown[schema.columns[name]] for name in missing}))
    if schema.geometry:
        require_shapes(schema, table)
    return table


def _batches(source: Path, layer: ogr.Layer, schema: TableSchema) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table in parts: from the Arrow stream, and what that does not give from the features."""
    read = 0
    try:
        for arrays in arrow_batches(layer, schema.name):
            with _as_written(schema):
                batch = {name: _column_of_arrow(arrays[name], kind) for name, kind in schema.columns.items()}
            if schema.geometry:
                blobs = arrays.get(layer.GetGeometryColumn())
                if blobs is None:
                    raise InputError(f"The table {schema.name} has no geometry: it was not written by Sitelight.")
                shapes = [blob if isinstance(blob, bytes) else None for blob in wkb_array(blobs).tolist()]
                batch["geometry"] = pd.Series(shapes, dtype=object)
            read += len(next(iter(batch.values())))
            yield batch
        return
    except ArrowUnusable:
        """The rest is read below."""
    anew = open_dataset(source)  # where a stream broke, features of the same handle come with empty texts (GDAL 3.10)
    rest = anew.GetLayerByName(schema.name)
    skip_features(rest, read)
    features = list(iter(rest.GetNextFeature, None))
    if features:
        yield _batch_of_features(features, schema)


def _batch_of_features(features: list[ogr.Feature], schema: TableSchema) -> dict[str, Any]:
    with _as_written(schema):
        batch: dict[str, Any] = {
            name: _column_of_fields([feature.GetField(name) for feature in features], kind)
            for name, kind in schema.columns.items()
        }
    if schema.geometry:
        shapes = [feature.GetGeometryRef() for feature in features]
        blobs = [None if shape is None else bytes(shape.ExportToIsoWkb(ogr.wkbNDR)) for shape in shapes]
        batch["geometry"] = pd.Series(blobs, dtype=object)
    return batch


@contextlib.contextmanager
def _as_written(schema: TableSchema) -> Iterator[None]:
    """Raise InputError where a column is of another type than it was written with: OGR takes it for that."""
    try:
        yield
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"The table {schema.name} is not as Sitelight writes it: run the study again.") from error


def _column_of_fields(values: Sequence[Any], kind: str) -> pd.Series:
    if kind == TEXT:
        if not all(isinstance(value, (str, type(None))) for value in values):
            raise TypeError("no text")
        return pd.Series(["" if value is None else clean_text(value) for value in values], dtype=object)
    return pd.Series(values, dtype="float64" if kind == REAL or None in values else "int64")


def _column_of_arrow(values: np.ndarray, kind: str) -> pd.Series:
    series = arrow_series(values)
    if kind == REAL or (kind == INTEGER and bool(series.isna().any())):
        return series.astype("float64")
    if kind == INTEGER:
        return series.astype("int64")
    texts = pd.Series([""] * len(series), index=series.index, dtype=object)
    filled = series.notna()
    if filled.any():
        texts[filled] = series[filled].map(_text_of_arrow)
    return texts


def _text_of_arrow(value: Union[bytes, str]) -> str:
    """Return a text: bytes as OGR delivers them, but str where one of the column is long (GDAL 3.8 and later)."""
    return str(clean_text(value)) if isinstance(value, str) else value.decode("utf-8", "replace")
