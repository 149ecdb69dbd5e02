"""What stands in a study's file beside its tables, and was written neither by Sitelight nor by QGIS."""

from __future__ import annotations

import re
import sqlite3

from ..engine.tables import SCHEMAS

_OF_QGIS = ("layer_styles", "qgis_projects")
# Tables of the GeoPackage standard (1.4, with its extensions for metadata, schemas and related tables), and of GDAL.
_OF_GEOPACKAGE = (
    "gpkg_contents", "gpkg_data_column_constraints", "gpkg_data_columns", "gpkg_extensions", "gpkg_geometry_columns",
    "gpkg_metadata", "gpkg_metadata_reference", "gpkg_ogr_contents", "gpkg_spatial_ref_sys", "gpkg_tile_matrix",
    "gpkg_tile_matrix_set", "gpkgext_relations", "sqlite_sequence", "sqlite_stat1", "sqlite_stat4",
)  # fmt: skip
_INDEX = re.compile(rf"rtree_(?:{'|'.join(SCHEMAS)})_\w+?(?:_node|_parent|_rowid)?")
_SKIPPED = r"(?P<skip>/\*.*?\*/|--[^\n]*|'(?:[^']|'')*')"
_TOKEN = re.compile(rf'{_SKIPPED}|"(?P<a>(?:[^"]|"")*)"|`(?P<b>[^`]*)`|\[(?P<c>[^\]]*)\]', re.DOTALL)
_TARGET = re.compile(r"\b(?:INTO|DELETE\s+FROM|UPDATE(?:\s+OR\s+\w+)?)\s+(\w*)", re.IGNORECASE)
"""What a statement in a trigger changes; nothing is named where the name is written as a text."""


def extras_in(connection: sqlite3.Connection) -> list[str]:
    """Return a sentence for each table or view of someone else, and each trigger that changes more than an index.

    Raises sqlite3.Error where the file cannot be read.
    """
    asked = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type <> 'index' ORDER BY name"
    faults = []
    for kind, name, table, sql in connection.execute(asked).fetchall():
        if kind == "trigger" and not _keeps_index(sql, table):
            faults.append(f"{name}: the trigger was added.")
        elif kind != "trigger" and name not in (*SCHEMAS, *_OF_QGIS) and not _is_system(name):
            faults.append(f"{name}: the {kind} was added.")
    return faults


def _is_system(name: str) -> bool:
    return name.lower() in _OF_GEOPACKAGE or _INDEX.fullmatch(name) is not None


def _keeps_index(sql: str, table: str) -> bool:
    """Return whether a trigger changes nothing but what GDAL keeps beside a layer: its spatial index, its row count.

    Those on tables of the standard may refuse wrong rows, those on ours may refuse nothing.
    """
    plain = _TOKEN.sub(_bare, sql)
    body = re.split(r"\bBEGIN\b", plain, maxsplit=1, flags=re.IGNORECASE)[-1]
    refuses = re.search(r"\bRAISE\b", plain, re.IGNORECASE) is not None and table.lower() not in _OF_GEOPACKAGE
    return not refuses and all(map(_is_system, _TARGET.findall(body)))


def _bare(found: re.Match[str]) -> str:
    """Return a name without its quotes, nothing of a comment or a text; a name that is no word cannot be ours."""
    if found["skip"] is not None:
        return " "
    name = next(text for text in (found["a"], found["b"], found["c"]) if text is not None)
    return f" {name} " if re.fullmatch(r"\w+", name) else " _ "
