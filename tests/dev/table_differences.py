"""What differs between two GeoPackages, table by table to the last bit, or between two other files, line by line."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

SHOWN = 3
NOT_COMPARED = ("gpkg_", "rtree_", "sqlite_")
RUN_ROWS = {"started", "finished", "retain_until", "versions"}
COLUMNS = {"audit": {"time", "previous_hash", "hash"}, "layer_styles": {"update_time"},
           "qgis_projects": {"metadata", "content"}}  # hold times
"""What differs in any two runs of the same commit, or says when and with what it was run."""

Table = tuple[list[str], list[tuple[Any, ...]]]


def differences_of_geopackages(base: Path, head: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield every table of either file with the lines that say what differs; no line where it is equal.

    The folders of the files themselves, which a run records, count as equal.
    """
    tables, tables_now = _read_tables(base), _read_tables(head)
    for name in sorted({*tables, *tables_now}):
        if name not in tables or name not in tables_now:
            yield name, [f"only in {'HEAD' if name in tables_now else 'BASE'}"]
        else:
            yield f"{name} ({len(tables_now[name][1])} rows)", _differences(tables[name], tables_now[name])


def differences_of_files(base: Path, head: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield one part, the bytes, with the number of lines that differ and the first of them."""
    with base.open("rb") as old, head.open("rb") as new:
        unequal = [(line, *pair) for line, pair in enumerate(zip_longest(old, new), start=1) if pair[0] != pair[1]]
    lines = [f"line {line}: {was!r} -> {now!r}" for line, was, now in unequal[:SHOWN]]
    yield "bytes", [f"{len(unequal)} lines differ", *lines] if unequal else []


def _read_tables(path: Path) -> dict[str, Table]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        names = [name for name in names if not name.startswith(NOT_COMPARED)]
        return {name: _read_table(connection, name, f"{path.parent}/") for name in names}


def _read_table(connection: sqlite3.Connection, name: str, folder: str) -> Table:
    """Return columns and rows in their order, without what is never equal."""
    found = connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid')
    columns, rows = [column[0] for column in found.description], found.fetchall()
    if name == "run":
        key = columns.index("key")
        rows = [row for row in rows if row[key] not in RUN_ROWS]
    if name == "audit":  # its hashes of the tables differ where the tables do, which are compared themselves
        detail = columns.index("detail")
        rows = [(*row[:detail], _without_hashes(row[detail]), *row[detail + 1 :]) for row in rows]
    kept = [index for index, column in enumerate(columns) if column not in COLUMNS.get(name, ())]
    if name in ("run", "audit"):
        rows = [tuple(str(value).replace(folder, "") for value in row) for row in rows]
    return [columns[index] for index in kept], [tuple(row[index] for index in kept) for row in rows]


def _without_hashes(detail: str) -> str:
    told = {key: value for key, value in json.loads(detail).items() if key != "content"}
    return json.dumps(told, sort_keys=True, ensure_ascii=False)


def _differences(base: Table, head: Table) -> list[str]:
    """Return what differs: columns, number of rows, and per column how many values, how much, and the first ones."""
    (columns, rows), (columns_now, rows_now) = base, head
    lines = []
    if columns != columns_now:
        lines.append(f"columns {columns} -> {columns_now}")
    if len(rows) != len(rows_now):
        lines.append(f"rows {len(rows)} -> {len(rows_now)}; compared are the first {min(len(rows), len(rows_now))}")
    for column in (column for column in columns if column in columns_now):
        at, at_now = columns.index(column), columns_now.index(column)
        pairs = [(number, row[at], now[at_now]) for number, (row, now) in enumerate(zip(rows, rows_now))]
        unequal = [pair for pair in pairs if not _is_same(*pair[1:])]
        if unequal:
            lines.append(f"{column}: {len(unequal)} of {len(pairs)} values{_largest(unequal)}")
            lines += [f"  row {number}: {_shown(was)} -> {_shown(now)}" for number, was, now in unequal[:SHOWN]]
    return lines


def _is_same(was: Any, now: Any) -> bool:
    # A float read from SQLite is never NaN, so equal floats of one type have equal bits but for the sign of zero.
    return type(was) is type(now) and was == now


def _largest(unequal: list[tuple[int, Any, Any]]) -> str:
    gaps = [abs(was - now) / max(abs(was), abs(now)) for _, was, now in unequal
            if isinstance(was, (int, float)) and isinstance(now, (int, float))]  # fmt: skip
    return f", by up to {max(gaps):.1e} of the value" if gaps else ""


def _shown(value: Any) -> str:
    text = value.hex() if isinstance(value, bytes) else repr(value)
    return text if len(text) <= 160 else f"{text[:160]}..."
