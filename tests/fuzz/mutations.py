"""Damages: what goes wrong with bytes, with lines and fields, with JSON, with pages and cells of SQLite."""

from __future__ import annotations

import contextlib
import gzip
import json
import random
import re
import shutil
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

NUMBERS = (
    "0", "-1", "1e308", "1e999", "-1e999", "NaN", "Infinity", "-Infinity", "9" * 25, "9" * 400, "9" * 6000, "0x10",
    "1_000", "１２", "-0", "1e-400", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "2147483648",
)  # fmt: skip
TEXTS = (
    "", " ", "\x00", "\ufeff", "é" * 300, "\U0001f600", "\u202e", '"', "'", ",", ";", "\t", "\n", "\r", "a\nb", "%s",
    "{0}", "{spot.__class__}", "<b>", "]]>", "<!--", "&lt;", "&a;", "../../x", "NULL", "null", "None", "true", "[]",
    "{}", "2023-02-31",
    "0000-00-00", "9999-12-31", "10000-01-01", "2023-07-26T25:61:61Z", "1e5", "-181", "91", "x" * 70_000,
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1.5, 10**18, 10**30, 10**400, 1e308, float("nan"), float("inf"), "", "x",
    "\ud800", [], {},
    [[]], [None], {"a": None}, "2023-02-31", "0001-01-01", "9999-12-31", ["x"] * 300, "é" * 100_000,
)  # fmt: skip
CELLS: tuple[Any, ...] = (
    None, 0, -1, 2**62, -(2**63), 1.5, 1e308, float("inf"), "", "x", "é" * 5000, b"", b"\x00\xff", b"GP\x00\x01",
    "2023-02-31",
    "0000-01-01", "[]", "{}", "null", "\ud7ff", "NaN",
)  # fmt: skip


def damage(source: Path, target: Path, rng: random.Random) -> list[str]:
    """Write a damaged copy of `source`; return what was done to it. Files beside it (.dbf, .shx) come along."""
    for beside in source.parent.glob(f"{source.stem}.*"):
        if beside != source and source.suffix == ".shp" and beside.suffix in (".shx", ".dbf", ".prj"):
            _copy_maybe_damaged(beside, target.with_suffix(beside.suffix), rng)
    shutil.copy(source, target)
    ways: list[Callable[[Path, random.Random], str]] = [_damage_bytes]
    if source.suffix in (".json", ".geojson"):
        ways += [_damage_json] * 4
    if source.suffix in (".csv", ".tsv", ".kml", ".gpx", ".gml"):
        ways += [_damage_lines] * 3
    if source.suffix in (".gpkg", ".sqlite"):
        ways += [_damage_cells] * 4 + [_damage_schema] * 2
    if source.suffix == ".gz":
        ways += [_damage_packed] * 2
    told = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        way = rng.choice(ways)
        try:
            told.append(way(target, rng))
        except (ValueError, IndexError, RecursionError, OSError, EOFError, zlib.error, sqlite3.Error):
            told.append("is damaged so much that no more can be done to it")
    return told


def _copy_maybe_damaged(source: Path, target: Path, rng: random.Random) -> None:
    chance = rng.random()
    if chance < 0.8:
        shutil.copy(source, target)
        if chance < 0.3:
            _damage_bytes(target, rng)


def _damage_bytes(path: Path, rng: random.Random) -> str:
    data = bytearray(path.read_bytes())
    if not data:
        return "nothing is left"
    # Heads are small and decide much.
    limit = len(data) if rng.random() < 0.6 else min(len(data), 512)
    at = rng.randrange(limit)
    kind = rng.choice(
        ("flip", "flip", "flips", "truncate", "insert", "swap", "zero", "repeat", "cut", "encode", "head")
    )
    if kind in ("flip", "flips"):
        for place in [at, *(rng.randrange(limit) for _ in range(rng.choice((3, 20, 200)) if kind == "flips" else 0))]:
            data[place] ^= 1 << rng.randrange(8)
    elif kind == "truncate":
        del data[at:]
    elif kind == "insert":
        data[at:at] = rng.choice(
            (b"\x00" * 7, b"\xff\xfe", rng.randbytes(30), b'"', b"\r\n", b"9" * 5000, b"<", b"\x1a")
        )
    elif kind == "swap":
        to = rng.randrange(limit)
        size = rng.randrange(1, 64)
        data[at : at + size], data[to : to + size] = data[to : to + size], data[at : at + size]
    elif kind == "zero":
        data[at : at + rng.choice((1, 4, 64, 4096))] = bytes(min(64, len(data) - at))
    elif kind == "repeat":
        data[at:at] = data[max(0, at - 300) : at] * rng.choice((1, 2, 50))
    elif kind == "cut":
        del data[at : at + rng.choice((1, 4, 64, 4096))]
    elif kind == "encode":
        text = bytes(data).decode("utf-8", "replace")
        data = bytearray(
            text.encode(rng.choice(("utf-16", "utf-16-be", "utf-32", "cp1252", "utf-8-sig", "cp037")), "replace")
        )
    else:
        data = (
            bytearray(
                rng.choice((b"PK\x03\x04", b"\x1f\x8b", b"SQLite format 3\x00", b"%PDF", b"<?xml", b"PAR1", b"{"))
            )
            + data
        )
    path.write_bytes(data)
    return f"bytes: {kind} at {at}"


def _damage_packed(path: Path, rng: random.Random) -> str:
    try:
        inner = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error):
        return "is no gzip any more"
    path.write_bytes(inner)
    told = _damage_lines(path, rng)
    path.write_bytes(gzip.compress(path.read_bytes()) * rng.choice((1, 1, 2)))
    return f"packed {told}"


def _damage_lines(path: Path, rng: random.Random) -> str:
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    lines = text.splitlines(keepends=True)
    if not lines:
        return "no line is left"
    kind = rng.choice(
        ("field", "field", "column", "header", "line", "order", "quote", "separator", "ends", "twice", "spaces")
    )
    separator = "\t" if path.suffix == ".tsv" else ","
    number = rng.randrange(len(lines))
    if kind == "field":
        fields = lines[number].rstrip("\r\n").split(separator)
        fields[rng.randrange(len(fields))] = rng.choice(NUMBERS + TEXTS)
        lines[number] = separator.join(fields) + "\n"
    elif kind == "column":
        column = rng.randrange(len(lines[0].split(separator)))
        values = rng.choice((None, NUMBERS, TEXTS))
        for row, line in enumerate(lines):
            fields = line.rstrip("\r\n").split(separator)
            if column < len(fields) and (values is None or row):
                fields[column : column + 1] = [] if values is None else [rng.choice(values)]
            lines[row] = separator.join(fields) + "\n"
    elif kind == "header":
        fields = lines[0].rstrip("\r\n").split(separator)
        fields[rng.randrange(len(fields))] = rng.choice(
            (fields[0], "", " ", "1", "Unnamed: 1", "\x00lon", "é" * 500, *TEXTS)
        )
        lines[0] = separator.join(fields) + "\n"
    elif kind == "line":
        lines.insert(
            number,
            rng.choice((separator * 4 + "\n", "x\n", "\n" * 3, "# comment\n", separator * 300 + "\n", "\x00\n")),
        )
    elif kind == "order":
        rng.shuffle(lines)
    elif kind == "quote":
        for _ in range(rng.choice((1, 2, 3))):
            row = rng.randrange(len(lines))
            at = rng.randrange(len(lines[row]) + 1)
            lines[row] = lines[row][:at] + '"' + lines[row][at:]
    elif kind == "separator":
        lines = [line.replace(separator, rng.choice((";", "|", "\t", ", "))) for line in lines]
    elif kind == "ends":
        ending = rng.choice(("\r", "\r\n", "\n\n", "\x0b", "\u2028", "\x85"))
        lines = [line.rstrip("\n") + ending for line in lines]
    elif kind == "twice":
        lines += lines * rng.choice((1, 3))
    else:
        lines = [line.replace(separator, f" {separator}\u00a0") for line in lines]
    path.write_bytes("".join(lines).encode("utf-8", "surrogateescape"))
    return f"lines: {kind} at {number}"


def _damage_json(path: Path, rng: random.Random) -> str:
    try:
        content = json.loads(path.read_bytes().decode("utf-8"))
    except ValueError:
        return "is no JSON any more"
    places = list(_places(content))
    if not places or rng.random() < 0.05:
        depth = rng.choice((10, 500, 3000, 100_000))
        path.write_text(
            rng.choice(("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, "null", '"x"', "1e999"))
        )
        return f"json: nested {depth}"
    owner, key = rng.choice(places)
    kind = rng.choice(("value", "value", "value", "delete", "twice", "rename", "text"))
    if kind == "value":
        owner[key] = rng.choice(VALUES)
    elif kind == "delete":
        del owner[key]
    elif kind == "twice" and isinstance(owner, list):
        owner[key:key] = [owner[key]] * rng.choice((1, 70))
    elif kind == "rename" and isinstance(owner, dict):
        owner[rng.choice(("x", "", "é" * 400, "__class__", "a\nb"))] = owner.pop(key)
    else:
        owner[key] = rng.choice(TEXTS)
    text = json.dumps(content, ensure_ascii=rng.random() < 0.5)
    if rng.random() < 0.15:
        text = re.sub(r"-?\d+\.\d+", lambda found: rng.choice((found[0], *NUMBERS)), text, count=3)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return f"json: {kind} {str(key)[:40]}"


def _places(content: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    waiting = [content]
    while waiting:
        owner = waiting.pop()
        items = owner.items() if isinstance(owner, dict) else enumerate(owner) if isinstance(owner, list) else ()
        for key, value in items:
            found.append((owner, key))
            waiting.append(value)
    return found


def _damage_cells(path: Path, rng: random.Random) -> str:
    """Put values into some cells of one column: SQLite takes any; broken pages are damaged as bytes."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as study:
        study.execute("PRAGMA writable_schema = ON")
        tables = [name for (name,) in study.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        table = rng.choice([name for name in tables if not name.startswith(("rtree_", "sqlite_"))])
        for (name,) in study.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            study.execute(f'DROP TRIGGER "{name}"')  # they call functions that only GDAL has
        columns = [row[1] for row in study.execute(f'PRAGMA table_info("{table}")')]
        column = rng.choice(columns)
        rows = [row for (row,) in study.execute(f'SELECT rowid FROM "{table}"')]
        value = rng.choice(CELLS)
        if table == "run" and rng.random() < 0.8:
            return _damage_record(study, rng)
        share = rng.choice((1, 1, 3, len(rows)))
        for row in rng.sample(rows, min(share, len(rows))):
            study.execute(f'UPDATE OR IGNORE "{table}" SET "{column}" = ? WHERE rowid = ?', (value, row))
        study.commit()
        return f"cells: {table}.{column} = {str(value)[:30]!r} in {share}"
    return "cells: none could be changed"


def _damage_record(study: sqlite3.Connection, rng: random.Random) -> str:
    """Change a value inside the JSON of the run record."""
    key, text = rng.choice(study.execute("SELECT key, value FROM run").fetchall())
    content = [json.loads(text)]
    owner, place = rng.choice(list(_places(content)))
    owner[place] = rng.choice(VALUES)
    with contextlib.suppress(UnicodeEncodeError):
        study.execute("UPDATE run SET value = ? WHERE key = ?", (json.dumps(content[0]), key))
    study.commit()
    return f"record: {key} {place}"


def _damage_schema(path: Path, rng: random.Random) -> str:
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as study:
        objects = study.execute("SELECT name, type FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        for name, kind in objects:
            if kind == "trigger":
                study.execute(f'DROP TRIGGER "{name}"')
        tables = [name for name, kind in objects if kind == "table" and not name.startswith(("rtree_", "sqlite_"))]
        table = rng.choice(tables)
        columns = [row[1] for row in study.execute(f'PRAGMA table_info("{table}")')]
        column, kind = rng.choice(columns), rng.choice(("drop", "column", "rename", "view", "loop", "type", "rows"))
        if kind == "drop":
            study.execute(f'DROP TABLE "{table}"')
        elif kind == "column":
            study.execute(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
        elif kind == "rename":
            study.execute(f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO "{rng.choice(("x", "é", "", "a b"))}"')
        elif kind in ("view", "loop"):
            study.execute(f'ALTER TABLE "{table}" RENAME TO "was"')
            endless = (
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT was.* FROM n, was WHERE i < 0"
            )
            study.execute(f'CREATE VIEW "{table}" AS ' + ("SELECT * FROM was" if kind == "view" else endless))
        elif kind == "type":
            study.execute("PRAGMA writable_schema = ON")
            old = rng.choice(("TEXT", "INTEGER", "REAL", "MEDIUMINT", "POINT"))
            new = rng.choice(("BLOB", "TEXT(3)", "DATETIME", "BOOLEAN", "INTEGXR", "REAL", "INTEGER", "POLYGON"))
            study.execute("UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = ?", (old, new, table))
        else:
            study.execute(f'DELETE FROM "{table}"')
        study.commit()
        return f"schema: {kind} {table}.{column}"
    return "schema: could not be changed"
