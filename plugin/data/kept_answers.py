"""Answers to questions about a study, kept in its GeoPackage, so that it can give them again when it is opened."""

from __future__ import annotations

import os
from collections.abc import Mapping
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
    """Add rows of result tables to a study's GeoPackage, in place of those with the same `key`.

    QGIS may have the file open. `action` and `detail` go into the log. All or nothing: raises InputError when the file
    cannot be written, is of an earlier version or does not fit its log, and then it is as before.
    """
    source = Path(path)
    if not os.path.isfile(source):
        raise InputError(f"There is no file {path}.")
    missing = sorted(set(tables) - set(table_names(source)))
    if missing:
        raise InputError(f"{source.name} has no table {missing[0]}: run the study again with this version.")
    with open_for_change(source) as connection, logged_change(connection, tuple(tables), action, detail):
        for name, rows in tables.items():
            replace_rows(connection, name, key, rows)
