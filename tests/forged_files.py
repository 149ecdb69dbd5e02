"""Studies changed behind our back."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path


def change(path: Path, *statements) -> None:
    """Change a file as an attacker would: triggers that need GDAL's functions are taken away first."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            connection.execute(*((statement,) if isinstance(statement, str) else statement))
        connection.commit()
