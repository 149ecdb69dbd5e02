"""Signatures as JSON files, and the table of their matches inside a study's GeoPackage."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Union

import pandas as pd
from osgeo import gdal, ogr

from ..engine.base import InputError
from ..engine.signatures import FORMAT, Signature, from_content, to_content
from ..engine.tables import INTEGER, REAL, SCHEMAS, told_table
from .json_files import read_json
from .ogr_files import quiet_ogr
from .outputs import json_object, replacing
from .run_record import append_audit

PathLike = Union[str, Path]
SUFFIX = ".signature.json"
TABLE = "signatures"


def write_signature(signature: Signature, path: PathLike) -> None:
    """Write a signature as JSON; an earlier signature is replaced as a whole. Raises InputError."""
    target = Path(path)
    text = json.dumps(to_content(signature), indent=1, ensure_ascii=False) + "\n"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target, is_signature) as draft:
            draft.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"The signature cannot be written to {target} ({error.strerror}); choose another place."
        ) from error


def is_signature(path: Path) -> bool:
    """Return whether a file says that it is a signature."""
    return (json_object(path) or {}).get("format") == FORMAT


def read_signature(path: PathLike) -> Signature:
    """Return the signature of a JSON file; raise InputError naming the file and the field that is wrong."""
    try:
        return from_content(read_json(Path(path)))
    except InputError as error:
        text = str(error)
        raise error if str(path) in text else InputError(f"{path}: {text}") from error


def list_signatures(folder: PathLike) -> list[Path]:
    """Return the signature files of a folder by name; none where there is no folder."""
    return sorted(Path(folder).glob(f"*{SUFFIX}"))


def signature_path(folder: PathLike, name: str) -> Path:
    """Return the file that a signature called `name` is kept in; names that differ have files that differ."""
    plain = re.sub(r"[^\w-]+", "-", name.lower()).strip("-") or "signature"
    return Path(folder) / f"{plain}{SUFFIX}"


def write_matches(path: PathLike, matches: pd.DataFrame, detail: Any) -> None:
    """Put the rows of table `signatures` into a study's GeoPackage, in place of those of the same signatures.

    QGIS may have the file open. `detail` goes into the audit log. All or nothing: raises InputError when the file
    cannot be written or is of an earlier version, and then it is as before.
    """
    if not Path(path).is_file():
        raise InputError(f"There is no file {path}.")
    with quiet_ogr():
        dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_UPDATE)
        if dataset is None:
            raise InputError(f"{path} cannot be written: close it in other programs and try again.")
        if dataset.GetLayerByName(TABLE) is None:
            raise InputError(f"{Path(path).name} has no table {TABLE}: run the study again with this version.")
        gdal.ErrorReset()
        dataset.StartTransaction()
        _replace_rows(dataset, matches)
        _append_audit(dataset, detail)
        if gdal.GetLastErrorType() >= gdal.CE_Failure or dataset.CommitTransaction() != ogr.OGRERR_NONE:
            reason = gdal.GetLastErrorMsg()
            dataset.RollbackTransaction()
            raise InputError(f"{path} cannot be written: {reason}")


def _replace_rows(dataset: gdal.Dataset, matches: pd.DataFrame) -> None:
    layer = dataset.GetLayerByName(TABLE)
    names = matches["signature"].unique().tolist()
    old = [feature.GetFID() for feature in layer if feature.GetField("signature") in names]
    for number in old:
        layer.DeleteFeature(number)
    schema = SCHEMAS[TABLE]
    matches = told_table(TABLE, matches)
    columns = [_plain(matches[name], kind) for name, kind in schema.columns.items()]
    definition = layer.GetLayerDefn()
    for blob, *values in zip(matches["geometry"].tolist(), *columns):
        feature = ogr.Feature(definition)
        for name, value in zip(schema.columns, values):
            if value is not None:
                feature.SetField(name, value)
        feature.SetGeometryDirectly(ogr.CreateGeometryFromWkb(blob))
        layer.CreateFeature(feature)


def _append_audit(dataset: gdal.Dataset, detail: Any) -> None:
    layer = dataset.GetLayerByName("audit")
    names = list(SCHEMAS["audit"].columns)
    rows = sorted(({name: feature.GetField(name) for name in names} for feature in layer), key=lambda row: row["seq"])
    added = append_audit(rows, "signature", detail)[-1]
    feature = ogr.Feature(layer.GetLayerDefn())
    for name in names:
        feature.SetField(name, added[name])
    layer.CreateFeature(feature)


def _plain(values: pd.Series, kind: str) -> Sequence[Any]:
    numbers = values.tolist()
    if kind in (INTEGER, REAL):
        plain = int if kind == INTEGER else float
        return [None if value != value else plain(value) for value in numbers]
    return [str(value) for value in numbers]
