"""One hash per table of a study: the same for the same content, however SQLite laid it out in the file.

What counts are the columns with their types, the rows in their order and every cell; of a shape its reference system
and its WKB. What does not: numbers of rows (`fid`) and gaps between them, pages, indexes, extents, envelopes.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Callable, Optional

import numpy as np

# Rows are hashed by blocks, a column of a block at a time. The size is part of the format: with another one the same
# rows have another hash.
BLOCK_ROWS = 65_536
# One letter per type of SQLite; texts come as bytearray, so that no text is too broken to be hashed.
_LETTERS = {type(None): ord("n"), int: ord("i"), float: ord("r"), bytearray: ord("t"), bytes: ord("b")}
_NUMBERS = {int: "<i8", float: "<f8"}
# Length of the envelope by its code in the flags of a GeoPackage's shape: Encoding Standard 1.3, clause 2.1.3.
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_HEADER_BYTES = 8


@dataclass(frozen=True)
class TableContent:
    """What a table holds: the number of its rows, and the hash (hex) of its columns and rows."""

    rows: int
    sha256: str


def hash_tables(
    connection: sqlite3.Connection, names: Iterable[str], bare: str, on_block: Callable[[], None] = lambda: None
) -> dict[str, TableContent]:
    """Return the content of those of the tables `names` that are there; of the table `bare` only its columns count.

    `on_block` is called again and again. Raises sqlite3.Error where the file cannot be read.
    """
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master").fetchall()}
    return {name: _hash_table(connection, name, name != bare, on_block) for name in names if name in there}


def hash_rows(
    head: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    shape_column: Optional[int] = None,
    on_block: Callable[[], None] = lambda: None,
) -> TableContent:
    """Return the content of a table of plain SQLite values (text as bytearray) whose columns `head` describes.

    `head` holds JSON values; the column with number `shape_column` holds GeoPackage shapes.
    """
    digest = hashlib.sha256(json.dumps(head, ensure_ascii=True, default=repr).encode("ascii"))
    count, remaining = 0, iter(rows)
    while block := list(islice(remaining, BLOCK_ROWS)):
        on_block()
        count += len(block)
        digest.update(struct.pack("<q", len(block)))
        for number, column in enumerate(zip(*block)):
            for part in _parts(_without_envelopes(column) if number == shape_column else column):
                digest.update(part)
    return TableContent(count, digest.hexdigest())


def _hash_table(
    connection: sqlite3.Connection, name: str, with_rows: bool, on_block: Callable[[], None]
) -> TableContent:
    described = connection.execute("SELECT name, type, pk FROM pragma_table_xinfo(?)", (name,)).fetchall()
    key = next((column for column, _kind, place in described if place), "rowid")
    columns = [(column, kind.upper()) for column, kind, place in described if not place]
    shape, registered = _registration(connection, name)
    names = [column for column, _kind in columns]
    head = [name, columns, registered]
    if not with_rows or not names:
        return hash_rows(head, ())
    asked = ("SELECT", ", ".join(map(_quoted, names)), "FROM", _quoted(name), "ORDER BY", _quoted(key))
    connection.text_factory = bytearray
    try:
        rows = connection.execute(" ".join(asked))
        return hash_rows(head, rows, names.index(shape) if shape in names else None, on_block)
    finally:
        connection.text_factory = str


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _registration(connection: sqlite3.Connection, name: str) -> tuple[str, list[Any]]:
    """Return the shape column of a table ("" for none), and what makes GDAL read the table as what it is."""
    kind = connection.execute(
        "SELECT m.type, c.data_type FROM sqlite_master m LEFT JOIN gpkg_contents c ON c.table_name = m.name"
        " WHERE m.name = ?", (name,)
    ).fetchone()  # fmt: skip
    shapes = connection.execute(
        "SELECT g.column_name, g.geometry_type_name, g.srs_id, s.organization, s.organization_coordsys_id"
        " FROM gpkg_geometry_columns g LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id WHERE g.table_name = ?",
        (name,),
    ).fetchall()
    return shapes[0][0] if shapes else "", [list(kind), [list(row) for row in shapes]]


def _parts(column: Sequence[Any]) -> Iterator[bytes]:
    """Yield a column as bytes from which it could be read again: types, numbers, lengths, texts, blobs."""
    kinds = list(map(type, column))
    yield bytes(map(_LETTERS.__getitem__, kinds))
    for kind in sorted(set(kinds) - {type(None)}, key=_LETTERS.__getitem__):
        values = [value for value in column if type(value) is kind] if len(set(kinds)) > 1 else column
        if kind in _NUMBERS:
            yield np.array(values, dtype=_NUMBERS[kind]).tobytes()
        else:
            yield np.array(list(map(len, values)), dtype="<i8").tobytes()
            yield b"".join(values)


def _without_envelopes(column: Sequence[Any]) -> list[Any]:
    """Return shapes without envelopes and with one byte order of their headers; other bytes are marked as such."""
    headers = {blob[:_HEADER_BYTES] for blob in column if type(blob) is bytes}  # few, or one: shapes are many
    heads = {header: _plain_header(header) for header in headers}
    shapes = []
    for blob in column:
        if type(blob) is bytes:
            head, begin = heads[blob[:_HEADER_BYTES]]
            blob = head + blob[begin:]
        shapes.append(blob)
    return shapes


def _plain_header(header: bytes) -> tuple[bytes, int]:
    """Return what stands for the header of a shape and its envelope, and where its WKB begins."""
    code = header[3] >> 1 & 7 if len(header) == _HEADER_BYTES and header[:2] == b"GP" else len(_ENVELOPE_BYTES)
    if code >= len(_ENVELOPE_BYTES):
        return b"?", 0
    (system,) = struct.unpack_from("<i" if header[3] & 1 else ">i", header, 4)
    head = struct.pack("<2sBBi", b"GP", header[2], header[3] & 0xF0, system)
    return head, _HEADER_BYTES + _ENVELOPE_BYTES[code]
