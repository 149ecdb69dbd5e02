"""Which layer of a dataset holds the records."""

from __future__ import annotations

from pathlib import Path

from osgeo import gdal, ogr

from ..engine.base import InputError

POINTS = (ogr.wkbPoint, ogr.wkbMultiPoint, ogr.wkbUnknown)
_OF_SPATIALITE = (
    "data_licenses", "elementarygeometries", "geom_cols_", "geometry_columns", "idx_", "knn", "spatial_ref_sys",
    "spatialindex", "spatialite_", "sql_statements_log", "sqlite_", "vector_layers", "views_geometry_",
    "virts_geometry_",
)  # fmt: skip
"""How the names begin of tables that GDAL and SpatiaLite keep for themselves in a database."""


def records_layer(dataset: gdal.Dataset, path: Path) -> str:
    """Return the one layer that can hold records, or raise InputError listing the layers."""
    tables = [dataset.GetLayer(i) for i in range(dataset.GetLayerCount())]
    if dataset.GetDriver().ShortName == "SQLite":
        tables = [table for table in tables if not table.GetName().lower().startswith(_OF_SPATIALITE)]
    if not tables:
        raise InputError(f"{path.name} holds no layer.")
    usable = [
        table for table in tables
        if ogr.GT_Flatten(table.GetGeomType()) in (*POINTS, ogr.wkbNone) and table.GetName() != "layer_styles"
    ]
    if not usable:
        raise InputError(f"{path.name} holds no points: choose a file of points or a table.")
    filled = [table for table in usable if table.GetFeatureCount() != 0]
    names = [table.GetName() for table in filled]
    if not names:
        raise InputError(f"{path.name} is empty.")
    if dataset.GetDriver().ShortName == "GPX" and "track_points" in names:
        return "track_points"
    if len(names) > 1:
        raise InputError(f"{path.name} holds several layers ({', '.join(names)}): name the one to read.")
    return names[0]
