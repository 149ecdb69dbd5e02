"""Delimited text: CSV, TSV and their relatives, plain or gzipped, in the encodings found in the wild."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import pandas as pd

from ..engine.errors import InputError

CHUNK_ROWS = 500_000
SAMPLE_ROWS = 1_000
HEAD_BYTES = 1 << 20
TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".tab", ".dat", ".psv")
_UTF_16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class TextStyle:
    """How a text file is written: encoding, separator, and whether it is gzipped."""

    encoding: str
    separator: str
    compression: Optional[str]


class TextReader:
    """A delimited text file as a table; raises InputError if it is empty, binary or has no header."""

    has_geometry = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        head = _head(path)
        self.style = _style(path, head)
        self.sample = self._read_sample()
        self.names = [str(name) for name in self.sample.columns]
        self.row_count = self._estimated_rows(head)

    def frames(self, columns: Sequence[str], points: bool = False) -> Iterator[pd.DataFrame]:
        """Yield chunks of the asked columns; `points` has no meaning for text. Raises InputError."""
        types = {columns[0]: "category"} if columns else {}
        try:
            # One inference per chunk and column: a bad value makes the column text instead of ending the read.
            with pd.read_csv(
                self.path, usecols=list(columns), dtype=types, chunksize=CHUNK_ROWS, low_memory=False, **self._how()
            ) as chunks:
                yield from chunks
        except (ValueError, OSError, EOFError, zlib.error, OverflowError, MemoryError) as error:
            raise InputError(f"{self.name} cannot be read to its end: {_plain_reason(error)}.") from error

    def describe(self) -> dict[str, Any]:
        """Return path, encoding and separator."""
        return {"path": str(self.path), "encoding": self.style.encoding, "separator": self.style.separator}

    def _how(self) -> dict[str, Any]:
        style = self.style
        return {
            "sep": style.separator, "encoding": style.encoding, "encoding_errors": "replace",
            "compression": style.compression, "index_col": False, "skip_blank_lines": True,
        }

    def _read_sample(self) -> pd.DataFrame:
        try:
            names = list(pd.read_csv(self.path, nrows=0, **self._how()).columns)
            sample = pd.read_csv(self.path, nrows=SAMPLE_ROWS, dtype=str, usecols=names, **self._how())
        except pd.errors.EmptyDataError as error:
            raise InputError(f"{self.name} is empty.") from error
        except (ValueError, OSError, EOFError, zlib.error, OverflowError) as error:
            raise InputError(f"{self.name} is not a readable table: {_plain_reason(error)}.") from error
        if names and all(_is_number(name) for name in names if not str(name).startswith("Unnamed:")):
            raise InputError(f"{self.name} has values in its first row: add a row of column names.")
        return sample

    def _estimated_rows(self, head: bytes) -> Optional[int]:
        lines = head.count(b"\n")
        if len(head) < HEAD_BYTES:
            return max(0, lines - 1) if self.style.compression is None else None
        if self.style.compression is not None or lines == 0:
            return None
        return int(self.path.stat().st_size / len(head) * lines)


def _head(path: Path) -> bytes:
    """Return the first bytes of the text, unpacked; raise InputError if there are none or it is no text."""
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD_BYTES)
        if head[:2] == b"\x1f\x8b":
            with gzip.open(path, "rb") as file:
                head = file.read(HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path.name} cannot be opened: {_plain_reason(error)}.") from error
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise InputError(f"{path.name} is empty.")
    if head[:2] not in _UTF_16_BOMS and head.count(b"\x00") > len(head) // 4 and _guess_utf_16(head) is None:
        raise InputError(f"{path.name} is not a text file: choose a CSV file or another table of records.")
    return head


def _style(path: Path, head: bytes) -> TextStyle:
    encoding = _encoding(head)
    with open(path, "rb") as file:
        compression = "gzip" if file.read(2) == b"\x1f\x8b" else None
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    first = next((line for line in text.splitlines() if line.strip()), "")
    unquoted = re.sub(r'"[^"]*"', "", first)
    counts = {separator: unquoted.count(separator) for separator in (",", ";", "\t", "|")}
    best = max(counts, key=lambda separator: counts[separator])
    return TextStyle(encoding, best if counts[best] else ",", compression)


def _encoding(head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head[:2] in _UTF_16_BOMS:
        return "utf-16"
    guess = _guess_utf_16(head)
    if guess is not None:
        return guess
    try:
        # A character may be cut at the end of the head: an incremental decoder waits for the rest.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _guess_utf_16(head: bytes) -> Optional[str]:
    """Return the byte order if every second byte of the beginning is zero, as Latin text in UTF-16 has it."""
    start = head[:2000]
    for encoding, offset in (("utf-16-le", 1), ("utf-16-be", 0)):
        if len(start) > 3 and start[offset::2].count(0) > 0.9 * len(start[offset::2]):
            return encoding
    return None


def _is_number(text: Any) -> bool:
    return re.fullmatch(r"\s*[+-]?\d+(?:\.\d+)*(?:e[+-]?\d+)?\s*", str(text), re.IGNORECASE) is not None


def _plain_reason(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")

