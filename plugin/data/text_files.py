"""Delimited text: CSV, TSV and their relatives, plain or packed, in the encodings found in the wild."""

from __future__ import annotations

import codecs
import contextlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, Optional

import pandas as pd

from ..engine.base import InputError
from ..engine.screening import count_date_words, count_named_roles, has_no_header, readable
from .observation_source import NoTable
from .reasons import reason_of
from .stored_files import StoredFile
from .text_lines import (
    HEADER_LINES,
    CountedText,
    LineShape,
    lines_before_names,
    lines_before_table,
    lines_of,
    require_none_swallowed,
)

CHUNK_ROWS = 200_000
SAMPLE_ROWS = 1_000
HEAD_BYTES = 1 << 20
# A file sorted by time begins with its faulty records: the sample is also taken from further on.
FURTHER_SHARES = (0.25, 0.5, 0.75, 0.97)
FURTHER_BYTES = 1 << 16
MISSING = ["", "NA", "N/A", "n/a", "#N/A", "NULL", "null", "NaN", "nan", "-nan", "None", "<NA>", "\\N"]
ENCODINGS = ("cp1252", "cp1251", "cp1256", "cp1254", "gb18030", "shift_jis", "euc_kr", "koi8_r", "cp866")
ENCODING_BYTES = 1 << 14
UNPACKED_BYTES = 8 << 20  # as far as a packed file is unpacked for its sample
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_UTF_16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class TextStyle:
    """How a text file is written: encoding, separator, how many lines stand before the table, and if they are titles.
    """

    encoding: str
    separator: str
    lines_before: int
    titles: bool = False


class TextReader:
    """A delimited text file as a table; raises InputError if it is empty or binary.

    The columns of a table without a row of names are called 1, 2, 3 and so on, or by the `names` given; `has_header`
    tells whether it has one.
    """

    has_geometry = False

    def __init__(self, file: StoredFile, names: Optional[Sequence[str]] = None) -> None:
        self.file = file
        self.name = file.name
        try:
            self._packed_bytes = file.packed_bytes()
        except OSError as error:
            raise self._unopened(error) from error
        head = _head(file)
        file.require_bounded()
        self.style = _style(head)
        text = head.decode(self.style.encoding, "replace").lstrip("\ufeff")
        text = "".join(text.splitlines(keepends=True)[self.style.lines_before :])
        self._shape = LineShape.of(text, self.style.separator)
        if '"' in text:
            lines = list(io.StringIO(text, newline=""))
            if any(line.count('"') % 2 for line in lines):
                require_none_swallowed(lines[:-1] if len(head) == HEAD_BYTES else lines, self._shape, self.name)
        # Words that are values of a row must not be told as names of columns either.
        self.has_header = self._shape.has_header and not has_no_header(self._shape.first)
        self._given = None if self.has_header else list(names or map(str, range(1, self._shape.columns + 1)))
        self.names, first_rows = self._read_first_rows()
        self.sample = pd.concat([first_rows, *self._read_further_rows(head)], ignore_index=True)
        self.row_count = self._estimated_rows(head)

    def frames(self, columns: Sequence[str], points: bool = False) -> Iterator[pd.DataFrame]:
        """Yield chunks of the asked columns; `points` has no meaning for text. Raises InputError."""
        types = {columns[0]: "category"} if columns else {}
        # Words in place of a device id are told, so they are kept; pandas' own list differs from version to version.
        missing = {name: [""] if name == columns[0] else MISSING for name in columns}
        rows = 0
        with self._reading("cannot be read to its end") as file:
            # One inference per chunk and column: a bad value makes the column text instead of ending the read.
            with pd.read_csv(
                file, usecols=list(columns), dtype=types, chunksize=CHUNK_ROWS, low_memory=False,
                keep_default_na=False, na_values=missing, **self._how(),
            ) as chunks:  # fmt: skip
                for frame in chunks:
                    rows += len(frame)
                    yield frame
            if file.ended_lines() != rows + self.has_header + self.style.lines_before:
                self._require_none_swallowed()

    def text_frame(self, columns: Sequence[str], rows: int) -> pd.DataFrame:
        """Return columns of up to so many rows as text, with nothing taken for missing; raises InputError."""
        with self._reading("cannot be read to its end") as file:
            how = {"usecols": list(columns), "dtype": str, "keep_default_na": False, "nrows": rows, **self._how()}
            return pd.read_csv(file, **how)

    def describe(self) -> dict[str, Any]:
        """Return path, encoding and separator."""
        inside = {"member": self.file.member} if self.file.member else {}
        style = {"encoding": self.style.encoding, "separator": self.style.separator}
        return {"path": str(self.file.path), **inside, **style}

    def notes(self) -> tuple[str, ...]:
        """Return what the analyst should know of how the table is written."""
        notes = []
        if self.style.separator != "," or self.style.encoding in ENCODINGS:  # not what a CSV is anyway
            separator = _SEPARATORS.get(self.style.separator, f"“{self.style.separator}”")
            notes.append(
                f"Columns are separated by {separator}, letters are read as {self.style.encoding}. If that is wrong, "
                "load the file as a delimited text layer instead."
            )
        if self.style.titles:
            notes.append(
                f"The names of columns stand in line {self.style.lines_before + 1:,}; what stands above is left out."
            )
        if self.has_header:
            return tuple(notes)
        return (
            *notes,
            f"There is no row of column names: the columns are called {self.names[0]} to {self.names[-1]}, from the"
            " left.",
        )

    def _how(self) -> dict[str, Any]:
        style = self.style
        named: dict[str, Any] = {} if self._given is None else {"header": None, "names": self._given}
        return {
            "sep": style.separator, "encoding_errors": "replace", "index_col": False, "skip_blank_lines": True,
            "skipinitialspace": style.separator != " ", "skiprows": style.lines_before, **named,
        }  # fmt: skip

    @contextlib.contextmanager
    def _reading(self, failure: str) -> Iterator[CountedText]:
        """Yield the unpacked file for pandas; what goes wrong is raised as InputError."""
        try:
            file = CountedText(self._open(), self.name, self._packed_bytes)
        except OSError as error:
            raise self._unopened(error) from error
        try:
            yield file
        except pd.errors.EmptyDataError as error:
            raise NoTable(f"{self.name} is empty.") from error
        except (ValueError, OSError, OverflowError, MemoryError) as error:
            if file.failure is not None:
                raise file.failure from error
            self._require_none_swallowed()
            raise InputError(f"{self.name} {failure}: {reason_of(error)}.") from error
        finally:
            file.close()

    def _open(self) -> IO[Any]:
        """Open the file, unpacked: as bytes where pandas decodes them itself, else as text."""
        file = self.file.open()
        if self.style.encoding == "utf-8":
            return file
        return io.TextIOWrapper(file, self.style.encoding, "replace", newline="")

    def _unopened(self, error: OSError) -> InputError:
        return InputError(f"{self.name} cannot be opened: {reason_of(error)}.")

    def _require_none_swallowed(self) -> None:
        """Raise InputError if quotes swallow lines that look like records; reads the whole file."""
        file = self._open()
        text = file if isinstance(file, io.TextIOWrapper) else io.TextIOWrapper(file, "utf-8", "replace", newline="")
        with text:
            require_none_swallowed(lines_of(text), self._shape, self.name)

    def _read_first_rows(self) -> tuple[list[str], pd.DataFrame]:
        """Return the names of all columns, and the first rows of those that may be read."""
        with self._reading("is not a readable table") as file:
            names = list(pd.read_csv(file, nrows=0, **self._how()).columns)
        with self._reading("is not a readable table") as file:
            sample = pd.read_csv(file, nrows=SAMPLE_ROWS, dtype=str, usecols=readable(names), **self._how())
        return [str(name) for name in names], sample

    def _read_further_rows(self, head: bytes) -> list[pd.DataFrame]:
        """Return whole rows from a few places further on, as text under the same names; none of a short file."""
        separator, least = self.style.separator, len(self.names) - 1
        encoding = _plain_encoding(head, self.style.encoding)
        frames = []
        for block in self._further_blocks():
            # The first and the last line may be cut; one with half a pair of quotes goes on in another line.
            lines = block.decode(encoding, "replace").splitlines()[1:-1]
            whole = [line for line in lines if line.count(separator) >= least and line.count('"') % 2 == 0]
            if whole:
                text = io.StringIO("\n".join(whole))
                how = {"sep": separator, "index_col": False, "dtype": str, "on_bad_lines": "skip"}
                how.update(skipinitialspace=separator != " ", names=self.names, usecols=readable(self.names))
                frames.append(pd.read_csv(text, header=None, nrows=SAMPLE_ROWS, **how))
        return frames

    def _further_blocks(self) -> list[bytes]:
        try:
            with self.file.open() as file:
                return _blocks(file if self._packed_bytes is None else io.BytesIO(file.read(UNPACKED_BYTES)))
        except OSError as error:
            raise self._unopened(error) from error

    def _estimated_rows(self, head: bytes) -> Optional[int]:
        lines = head.count(b"\n")
        if self._packed_bytes is not None or (len(head) == HEAD_BYTES and lines == 0):
            return None
        if len(head) < HEAD_BYTES:
            return max(0, lines - self.has_header - self.style.lines_before)
        return int(self.file.path.stat().st_size / len(head) * lines)


def _blocks(file: BinaryIO) -> list[bytes]:
    """Return pieces of a file at `FURTHER_SHARES` of its length, none if it is short."""
    length = file.seek(0, io.SEEK_END)
    if length < 2 * FURTHER_BYTES:
        return []
    blocks = []
    for share in FURTHER_SHARES:
        file.seek(int(length * share) // 2 * 2)  # a character of UTF-16 begins at an even byte
        blocks.append(file.read(FURTHER_BYTES))
    return blocks


def _head(file: StoredFile) -> bytes:
    """Return the first bytes of the text, unpacked; raise InputError if there are none or it is no text."""
    try:
        with file.open() as stream:
            head = stream.read(HEAD_BYTES)
    except OSError as error:
        raise InputError(f"{file.name} cannot be opened: {reason_of(error)}.") from error
    if len(head) == HEAD_BYTES and b"\n" not in head and b"\r" not in head:
        raise InputError(f"{file.name} has no line end in its first megabyte: it is no table of records.")
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise NoTable(f"{file.name} is empty.")
    if head[:2] not in _UTF_16_BOMS and head.count(b"\x00") > len(head) // 4 and _guess_utf_16(head) is None:
        raise InputError(f"{file.name} is not a text file: choose a CSV file or another table of records.")
    return head


def _style(head: bytes) -> TextStyle:
    encoding = _encoding(head)
    lines = head.decode(encoding, "replace").lstrip("\ufeff").splitlines()
    before, told = lines_before_table(lines)
    titles = lines_before_names(lines[before:])
    before += titles
    first = next((line for line in lines[before:] if line.strip()), "")
    unquoted = re.sub(r'"[^"]*"', "", first)
    counts = {separator: unquoted.count(separator) for separator in (",", ";", "\t", "|")}
    best = max(counts, key=lambda separator: counts[separator])
    return TextStyle(encoding, told or (best if counts[best] else ","), before, titles > 0)


def _words_known(head: bytes, encoding: str) -> int:
    """Return how many roles and words of dates are known in a text's first lines; -1 where it is no such text."""
    try:
        lines = codecs.getincrementaldecoder(encoding)().decode(head[:ENCODING_BYTES]).splitlines()
    except UnicodeDecodeError:
        return -1
    fields = [re.split(r"[,;|\t]", line) for line in lines[:HEADER_LINES]]
    return max((count_named_roles(names) for names in fields), default=0) * 100 + count_date_words(" ".join(lines))


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
        # The first of those in which most words are known; a text without such words is Western.
        return max(ENCODINGS, key=lambda encoding: _words_known(head, encoding))
    return "utf-8"


def _plain_encoding(head: bytes, encoding: str) -> str:
    """Return the encoding to read with from the middle of a file, where no byte order mark stands."""
    if encoding != "utf-16":
        return "utf-8" if encoding == "utf-8-sig" else encoding
    return "utf-16-le" if head[:2] == codecs.BOM_UTF16_LE else "utf-16-be"


def _guess_utf_16(head: bytes) -> Optional[str]:
    """Return the byte order if every second byte of the beginning is zero, as Latin text in UTF-16 has it."""
    start = head[:2000]
    for encoding, offset in (("utf-16-le", 1), ("utf-16-be", 0)):
        if len(start) > 3 and start[offset::2].count(0) > 0.9 * len(start[offset::2]):
            return encoding
    return None


