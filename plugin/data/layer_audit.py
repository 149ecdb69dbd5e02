"""The audit log of a GeoPackage that an algorithm wrote: what was asked for that is not the default, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from osgeo import gdal, ogr

from ..engine.tables import INTEGER, SCHEMAS
from .audit_log import TABLE, log_step
from .geopackage_tables import open_for_change
from .ogr_files import quiet_ogr


@dataclass(frozen=True)
class AuditNote:
    """One entry of the log: what was done, and its details as plain values."""

    action: str
    detail: Mapping[str, Any]


def note_in_audit(path: Optional[Path], note: AuditNote) -> None:
    """Add a row to the table `audit` of the GeoPackage at `path`, which is made where there is none.

    Files of other formats, and layers in memory (None), have no log.
    """
    if path is None or path.suffix.lower() != ".gpkg" or not path.is_file():
        return
    with quiet_ogr():
        dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_UPDATE)
        if dataset.GetLayerByName(TABLE) is None:
            layer = dataset.CreateLayer(TABLE, None, ogr.wkbNone, ["ASPATIAL_VARIANT=GPKG_ATTRIBUTES"])
            for name, kind in SCHEMAS[TABLE].columns.items():
                layer.CreateField(ogr.FieldDefn(name, ogr.OFTInteger64 if kind == INTEGER else ogr.OFTString))
        layer = dataset = None  # closes the file
    with open_for_change(path) as connection:
        log_step(connection, note.action, note.detail)
