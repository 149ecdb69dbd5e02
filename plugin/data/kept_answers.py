"""Answers to questions about a study, kept in its GeoPackage, so that it can give them again when it is opened."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Union

import pandas as pd

from ..engine.base import InputError
from .audit_log import logged_change
from .geopackage_tables import open_for_change, replace_rows
from .outputs import table_names


def add_answers(
    path: Union[str, Path], key: str, tables: Mapping[str, pd.DataFrame], action: str, detail: Mapping[str, Any]
) -> None:
    """Add rows of result tables to a study's GeoPackage; none has their `key` yet.

    QGIS may have the file open. `action` and `detail` go into the log. All or nothing: raises InputError when the file
    cannot be written, is of an earlier version, does not fit its log or has another answer of this key by now, and then
    it is as before.
    """
    with change_tables(path, tuple(tables), action, detail) as connection:
        for name, rows in tables.items():
            _require_unused(connection, name, key, rows)
        for name, rows in tables.items():
            replace_rows(connection, name, key, rows)


@contextlib.contextmanager
def change_tables(
    path: Union[str, Path], tables: Sequence[str], action: str, detail: Mapping[str, Any]
) -> Iterator[sqlite3.Connection]:
    """Yield a connection by which result tables of a study's GeoPackage are changed as a whole, or not at all.

    QGIS may have the file open. `action` and `detail` go into the log. Raises InputError when the file cannot be
    written, is of an earlier version or does not fit its log.
    """
    source = Path(path)
    if not os.path.isfile(source):
        raise InputError(f"There is no file {path}.")
    missing = sorted(set(tables) - set(table_names(source)))
    if missing:
        raise InputError(f"{source.name} has no table {missing[0]}: run the study again with this version.")
    with open_for_change(source) as connection, logged_change(connection, tables, action, detail):
        yield connection


def _require_unused(connection: sqlite3.Connection, name: str, key: str, rows: pd.DataFrame) -> None:
    """Raise InputError if another answer has the number of these rows: the study is open twice, and was asked there."""
    asked = " ".join(("SELECT count(*) FROM", '"' + name + '"', "WHERE", '"' + key + '"', "= ?"))
    for number in rows[key].unique().tolist():
        if connection.execute(asked, (number,)).fetchone()[0]:
            raise InputError("Another window asked this study meanwhile: load it again, so that its answers are seen.")
