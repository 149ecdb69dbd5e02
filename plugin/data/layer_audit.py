"""The audit log of a GeoPackage that an algorithm wrote: what was asked for that is not the default, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from osgeo import gdal, ogr

from ..engine.tables import INTEGER, SCHEMAS
from .audit_log import append_audit, content_of
from .ogr_files import quiet_ogr

AUDIT = "audit"


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
    columns = SCHEMAS[AUDIT].columns
    with quiet_ogr():
        dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_UPDATE)
        layer = dataset.GetLayerByName(AUDIT)
        if layer is None:
            layer = dataset.CreateLayer(AUDIT, None, ogr.wkbNone, ["ASPATIAL_VARIANT=GPKG_ATTRIBUTES"])
            for name, kind in columns.items():
                layer.CreateField(ogr.FieldDefn(name, ogr.OFTInteger64 if kind == INTEGER else ogr.OFTString))
        held = [{name: row.GetField(name) for name in columns} for row in layer]
        known = content_of(held[-1]) if held else None  # of a study: what its log says of its tables goes on
        feature = ogr.Feature(layer.GetLayerDefn())
        for name, value in append_audit(held, note.action, note.detail, known)[-1].items():
            feature.SetField(name, value)
        layer.CreateFeature(feature)
        feature = layer = dataset = None  # closes the file
