"""What a GeoPackage says of itself: titles of its columns and metadata of its tables, as OGC 12-128 has them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from ..engine.tables import TableSchema, column_title
from . import format_names
from .xml_texts import element

LIMITS = (
    "A device is not a person, and devices at one place have not necessarily met.",
    "Findings are told with the rate at which chance gives the like; they prove no cause and name nobody.",
    "Counts below five are not told, and places that are no sites are no better known than their square of 5 km.",
)
# The tables of the extensions gpkg_schema (annex F.9) and gpkg_metadata (F.8), as the standard makes them.
_TABLES = (
    "CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,"
    " definition TEXT NOT NULL, scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name,"
    " extension_name))",
    "CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT,"
    " description TEXT, mime_type TEXT, constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),"
    " CONSTRAINT gdc_tn UNIQUE (table_name, name))",
    "CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL,"
    " value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,"
    " CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value))",
    "CREATE TABLE gpkg_metadata (id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL"
    " DEFAULT 'dataset', md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT"
    " NOT NULL DEFAULT '')",
    "CREATE TABLE gpkg_metadata_reference (reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT,"
    " row_id_value INTEGER, timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), md_file_id"
    " INTEGER NOT NULL, md_parent_id INTEGER, CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES"
    " gpkg_metadata(id), CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id))",
)
_EXTENSIONS = (
    ("gpkg_data_columns", "gpkg_schema", format_names.GPKG_SCHEMA),
    ("gpkg_data_column_constraints", "gpkg_schema", format_names.GPKG_SCHEMA),
    ("gpkg_metadata", "gpkg_metadata", format_names.GPKG_METADATA),
    ("gpkg_metadata_reference", "gpkg_metadata", format_names.GPKG_METADATA),
)


def write_texts(connection: sqlite3.Connection, schemas: Sequence[TableSchema], record: Mapping[str, Any]) -> None:
    """Write titles of all columns and metadata of all tables of a new GeoPackage; `record` is its run record."""
    for statement in _TABLES:
        connection.execute(statement)
    connection.executemany("INSERT INTO gpkg_extensions VALUES (?, NULL, ?, ?, 'read-write')", _EXTENSIONS)
    titles = [(schema.name, name, name, column_title(name)) for schema in schemas for name in schema.columns]
    connection.executemany(
        "INSERT INTO gpkg_data_columns (table_name, column_name, name, title) VALUES (?, ?, ?, ?)", titles
    )
    for number, schema in enumerate(schemas, start=1):
        connection.execute(
            "INSERT INTO gpkg_metadata (id, md_scope, md_standard_uri, mime_type, metadata)"
            " VALUES (?, 'dataset', ?, 'text/xml', ?)",
            (number, format_names.QGIS_METADATA, _metadata(schema, record)),
        )
        connection.execute(
            "INSERT INTO gpkg_metadata_reference (reference_scope, table_name, md_file_id) VALUES ('table', ?, ?)",
            (schema.name, number),
        )


def _metadata(schema: TableSchema, record: Mapping[str, Any]) -> str:
    """Return what QGIS shows of a layer under Metadata, in its own form."""
    version = dict(record.get("versions", {})).get("sitelight", "")
    texts = {
        "identifier": f"sitelight:{schema.name}", "parentidentifier": "", "language": "ENG", "type": "dataset",
        "title": schema.title, "abstract": " ".join((f"{schema.description}.", *LIMITS)),
        "history": f"Written by Sitelight {version} on {record.get('finished', '')}".replace("  ", " "),
    }  # fmt: skip
    parts = "".join(element(name, text) for name, text in texts.items())
    return f'<qgis version="3.22.0">{parts}</qgis>'
