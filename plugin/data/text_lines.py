"""The lines of a text file beside the rows that are read of it: none may be swallowed by a quotation mark that strays.

A quote at the beginning of a field opens it, and the field then runs over line ends to the next quote: two stray quotes
make one row of all rows between. Lines are counted while pandas reads; only where there are not as many as rows, the
file is looked at once more.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any, Optional

import numpy as np

from ..engine.base import InputError
from ..engine.screening import count_named_roles
from .expansion import most_bytes, too_large

# An honest line has some hundred bytes, the outline of a country some millions; pandas keeps a line in memory at once.
MOST_LINE = 16 << 20
_LINE_END = ord("\n")
HEADER_LINES = 20  # within which the names of columns stand
SHAPE_LINES, NUMERIC_SHARE = 500, 0.9  # a few of them may be damaged themselves
_SEPARATOR_LINE = re.compile(r"\s*sep=(.|\\t)\s*", re.IGNORECASE)  # Excel's own
_NO_VALUES = ("", "NA", "N/A", "NULL", "NAN", "NONE", "\\N")
_NUMBER = re.compile(r'\s*"?[+-]?\d+(?:[.,]\d+)?(?:e[+-]?\d+)?"?\s*', re.IGNORECASE)


class CountedText:
    """A file that pandas reads from; counts its lines and refuses what grows without end.

    pandas hides what went wrong in `read`, so it is kept in `failure`.
    """

    mode = "r"  # keeps pandas from decoding what it decodes faster itself

    def __init__(self, file: IO[Any], name: str, packed_bytes: Optional[int]) -> None:
        self._file = file
        self._name = name
        self._most_bytes = None if packed_bytes is None else most_bytes(packed_bytes)
        self._read = 0
        self._since_line_end = 0
        self._is_open_line = False
        self.lines = 0
        self.failure: Optional[InputError] = None

    def read(self, size: int = -1) -> bytes:
        """Return the next piece as UTF-8, as pandas asks for it."""
        block = self._file.read(size)
        if isinstance(block, str):
            block = block.encode("utf-8", "replace")
        # numpy counts ten times as fast as bytes.count, which begins anew at every hit.
        count = int(np.count_nonzero(np.frombuffer(block, dtype=np.uint8) == _LINE_END))
        self.lines += count
        self._read += len(block)
        self._since_line_end = len(block) - block.rfind(b"\n") if count else self._since_line_end + len(block)
        if block:
            self._is_open_line = not block.endswith(b"\n")
        if self._most_bytes is not None and self._read > self._most_bytes:
            self.failure = too_large(self._name)
        elif self._since_line_end > MOST_LINE:
            self.failure = InputError(
                f"{self._name} has a line of more than {MOST_LINE >> 20} MB: it is no table of records, or its line"
                " ends are missing."
            )
        if self.failure is not None:
            raise self.failure
        return block

    def __iter__(self) -> Iterator[Any]:
        """Yield lines; pandas asks whether this can be done."""
        return iter(self._file)

    def ended_lines(self) -> int:
        """Return the number of lines read, one that the file's end cuts off included."""
        return self.lines + self._is_open_line

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@dataclass(frozen=True)
class LineShape:
    """What a record looks like as a line: how many fields it has, and which of them are numbers.

    `first` are the fields of the first line; `has_header` tells whether those are names, not values as below.
    """

    separator: str
    columns: int
    numeric: frozenset[int]
    first: tuple[str, ...]
    has_header: bool

    @classmethod
    def of(cls, text: str, separator: str) -> LineShape:
        """Return the shape that most of a text's first lines have."""
        lines = list(islice((line for line in io.StringIO(text, newline="") if line.strip()), SHAPE_LINES))
        first = next(csv.reader(lines[:1], delimiter=separator, skipinitialspace=separator != " "), [])
        columns = len(first)
        rows = [line.rstrip("\r\n").split(separator) for line in lines[1:]]
        whole = [row for row in rows if len(row) == columns]
        numeric = frozenset(
            number for number in range(columns)
            if whole and sum(_is_number(row[number]) for row in whole) >= NUMERIC_SHARE * len(whole)
        )
        return cls(separator, columns, numeric, tuple(first), _are_names(first, numeric))

    def fits(self, line: str) -> bool:
        """Return whether a line looks like a record of its own, whatever its quotes."""
        fields = line.rstrip("\r\n").split(self.separator)
        if len(fields) != self.columns and line.count('"') % 2 == 0:
            fields = next(csv.reader([line], delimiter=self.separator, skipinitialspace=self.separator != " "), [])
        return self.columns == len(fields) > 1 and all(_is_number(fields[number]) for number in self.numeric)


def require_none_swallowed(lines: Iterable[str], shape: LineShape, name: str) -> None:
    """Raise InputError naming the first quote that swallows lines which look like records.

    A line between the first and the last of a quoted field must not look like one; of a field over two lines not both.
    """
    is_open, first, first_number = False, "", 0
    for number, line in enumerate(lines, 1):
        if not is_open and '"' not in line:
            continue
        was_open, is_open = is_open, ends_open(line, is_open, shape.separator)
        if not was_open:
            first, first_number = line, number
        elif shape.fits(line) and (is_open or shape.fits(first)):
            raise InputError(
                f"{name}: the quotation mark that opens a field in line {first_number:,} is not closed in that line,"
                f" and line {number:,}, which looks like a record, would be lost inside it. Remove the mark, or write"
                " the file anew with all quotes closed."
            )


def ends_open(line: str, is_open: bool, separator: str) -> bool:
    """Return whether a line ends inside quotes, as pandas and the csv module see it."""
    place = 0
    while True:
        if is_open:
            place = line.find('"', place)
            if place < 0:
                return True
            if line[place + 1 : place + 2] == '"':
                place += 2
                continue
            is_open, place = False, place + 1
        elif place == 0 or line[place - 1] == separator:
            first = place
            while line[first : first + 1] == " " != separator:
                first += 1
            if line[first : first + 1] == '"':
                is_open, place = True, first + 1
                continue
        place = line.find(separator, place) + 1
        if place == 0:
            return False


def lines_of(text: io.TextIOBase) -> Iterator[str]:
    """Yield lines, cut where one is longer than a line may be."""
    while line := text.readline(MOST_LINE):
        yield line


def lines_before_table(lines: Sequence[str]) -> tuple[int, str]:
    """Return how many lines stand before a table (comments, `sep=;`), and the separator they name ("" if none).

    A line with a # may have the names of the columns: then it has as many separators as the next one.
    """
    told = ""
    for number, line in enumerate(lines):
        named = _SEPARATOR_LINE.fullmatch(line)
        after = next((other for other in lines[number + 1 :] if other.strip() and not other.startswith("#")), "")
        if named is not None and number == 0:
            told = named[1].replace("\\t", "\t")
        elif not line.startswith("#") or not after or _separators(line) == _separators(after):
            return number, told
    return 0, ""


def lines_before_names(lines: Sequence[str]) -> int:
    """Return how many lines of titles, units or groups of columns stand before the line that names the columns.

    That line names latitude and longitude or more, in the languages that are known, and more of this than the first.
    """
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    named = [_named_roles(line) for line in lines[first : first + HEADER_LINES]]
    if not named or max(named) < 2 or named[0] >= max(named):
        return 0
    place = named.index(max(named))
    above = [field for line in lines[first : first + place] for field in re.split(r"[,;|\t]", line)]
    # A table whose first line names fewer roles than one of its rows has words there, not titles.
    return 0 if sum(map(_is_position, above)) else first + place


def _named_roles(line: str) -> int:
    separator = max(",;\t|", key=line.count)
    return count_named_roles(line.split(separator)) if separator in line else 0


def _is_position(text: str) -> bool:
    return re.fullmatch(r'\s*"?[+-]?\d{1,3}[.,]\d{2,}"?\s*', text) is not None


def shape_of_values(line: str) -> str:
    """Return which fields of a line are numbers, for lines that have some; the line itself, of names, for others."""
    separator = max(",;\t|", key=line.count)
    kinds = ["9" if _NUMBER.fullmatch(field) else "a" for field in line.split(separator)]
    return separator.join(kinds) if "9" in kinds else line


def _separators(line: str) -> tuple[int, ...]:
    return tuple(line.count(separator) for separator in (",", ";", "\t", "|"))


def _are_names(fields: Sequence[str], numeric: Collection[int]) -> bool:
    """Tell whether a first line names columns: it counts them, or has a word where the lines below have numbers."""
    said = [field.strip() for field in fields if field.strip()]
    if said in ([str(number) for number in range(begin, begin + len(said))] for begin in (0, 1)):
        return True
    filled = [number for number, field in enumerate(fields) if field.strip().upper() not in _NO_VALUES]
    below = [number for number in filled if number in numeric] or filled
    return not all(_NUMBER.fullmatch(fields[number]) for number in below)


def _is_number(text: str) -> bool:
    return not text.strip('" \r\n') or _NUMBER.fullmatch(text) is not None
