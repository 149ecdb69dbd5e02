"""What stands in a study's file beside its tables, and was written neither by Sitelight nor by QGIS."""

from __future__ import annotations

import re
import sqlite3

from ..engine.tables import SCHEMAS

_SYSTEM = ("gpkg_", "rtree_", "sqlite_")
_OF_QGIS = ("layer_styles", "qgis_projects")
_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_TARGET = re.compile(r"\b(?:INTO|DELETE\s+FROM|UPDATE(?:\s+OR\s+\w+)?)\s*[\"`\[]?(\w*)", re.IGNORECASE)
"""What a statement in a trigger changes; nothing is named where the name is written as a text."""


def extras_in(connection: sqlite3.Connection) -> list[str]:
    """Return a sentence for each table or view of someone else, and each trigger that changes more than an index.

    Raises sqlite3.Error where the file cannot be read.
    """
    own = {*SCHEMAS, *_OF_QGIS}
    asked = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('table', 'view', 'trigger') ORDER BY name"
    faults = []
    for kind, name, sql in connection.execute(asked).fetchall():
        if kind == "trigger" and not _keeps_index(sql):
            faults.append(f"{name}: the trigger was added.")
        elif kind != "trigger" and name not in own and not name.lower().startswith(_SYSTEM):
            faults.append(f"{name}: the {kind} was added.")
    return faults


def _keeps_index(sql: str) -> bool:
    """Return whether a trigger changes nothing but what GDAL keeps beside a layer: its spatial index, its row count."""
    plain = _LITERAL.sub("", _COMMENT.sub(" ", sql))
    body = re.split(r"\bBEGIN\b", plain, maxsplit=1, flags=re.IGNORECASE)[-1]
    return all(target.lower().startswith(_SYSTEM) for target in _TARGET.findall(body))
