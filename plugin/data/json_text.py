"""JSON of any size, one value after another: never more of it is in memory than one record and a block."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO, Any, Optional

from ..engine.base import InputError
from .expansion import most_bytes, too_large
from .reasons import reason_of
from .stored_files import StoredFile

BLOCK_CHARACTERS = 1 << 20
MOST_CHARACTERS = 1 << 26  # of one record; a day of a phone's timeline has some hundred thousand
_SURELY_READ = 1 << 10  # a fault this far before the end of a block is none of the block's end
_BLANKS = re.compile(r"[ \t\r\n]*")


class JsonText:
    """The values of a JSON file; raises InputError for what is no JSON, is cut, or grows without end."""

    def __init__(self, file: StoredFile) -> None:
        self._name = file.name
        packed = file.packed_bytes()
        self._most = None if packed is None else most_bytes(packed)
        self._stream = file.open()
        self._text, self._place, self._read = "", 0, 0
        self._decoder = json.JSONDecoder()
        self._lines = 1
        self._pieces = _texts(self._stream)
        self._is_whole = False

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def next_character(self) -> str:
        """Return the next character that is no blank without passing it, "" at the end."""
        while True:
            self._place = _BLANKS.match(self._text, self._place).end()  # type: ignore[union-attr]
            if self._place < len(self._text) or not self._grow():
                return self._text[self._place : self._place + 1]

    def passes(self, wanted: str) -> bool:
        """Pass the next character if it is the wanted one, and tell whether it was."""
        if self.next_character() != wanted:
            return False
        self._place += 1
        return True

    def value(self) -> Any:
        """Return the next value."""
        self.next_character()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._place)
            except json.JSONDecodeError as error:
                is_cut = error.msg.startswith("Unterminated") or error.pos + _SURELY_READ > len(self._text)
                if not is_cut or not self._grow():
                    raise self._fault(error.pos, error.msg) from error
            except RecursionError as error:
                raise InputError(f"{self._name} is nested too deeply: it is no table of records.") from error
            except ValueError as error:
                raise InputError(f"{self._name} holds a number that is too long.") from error
            else:
                if end < len(self._text) or not self._grow():  # a number at the end may go on
                    self._place = end
                    return value

    def elements(self) -> Iterator[Any]:
        """Yield the elements of the array that begins here."""
        self._require("[")
        if self.passes("]"):
            return
        while True:
            yield self.value()
            if self.passes("]"):
                return
            self._require(",")

    def members(self) -> Iterator[str]:
        """Yield the names in the object that begins here; who takes one has to read its value before the next."""
        self._require("{")
        if self.passes("}"):
            return
        while True:
            name = self.value()
            self._require(":")
            yield str(name)
            if self.passes("}"):
                return
            self._require(",")

    def _require(self, wanted: str) -> None:
        if not self.passes(wanted):
            raise self._fault(self._place, f"“{wanted}” is missing")

    def _fault(self, place: int, reason: str) -> InputError:
        line = self._lines + self._text.count("\n", 0, place)
        if place >= len(self._text.rstrip()):
            return InputError(f"{self._name} breaks off in line {line:,}: get it anew, or repair its end.")
        return InputError(f"{self._name} is not valid JSON: {reason} in line {line:,}; correct that line.")

    def _grow(self) -> bool:
        """Read on; return False at the end."""
        if self._is_whole:
            return False
        if len(self._text) - self._place > MOST_CHARACTERS:
            raise InputError(f"{self._name} has a record of more than {MOST_CHARACTERS >> 20} MB: it is no table.")
        self._lines += self._text.count("\n", 0, self._place)
        pieces = [self._text[self._place :]]
        wanted = max(BLOCK_CHARACTERS, len(pieces[0]))  # twice as much each time: a long value is not tried too often
        while wanted > 0 and not self._is_whole:
            try:
                piece = next(self._pieces, None)
            except UnicodeDecodeError as error:
                raise InputError(f"{self._name} is not UTF-8 text; save it as UTF-8.") from error
            except OSError as error:
                raise InputError(f"{self._name} cannot be read to its end: {reason_of(error)}.") from error
            self._is_whole = piece is None
            pieces.append(piece or "")
            wanted -= len(pieces[-1])
            self._read += len(pieces[-1])
        if self._most is not None and self._read > self._most:
            raise too_large(self._name)
        self._text, self._place = "".join(pieces), 0
        return len(self._text) > len(pieces[0])


def _texts(stream: IO[bytes]) -> Iterator[str]:
    decoder: Optional[codecs.IncrementalDecoder] = None
    while block := stream.read(BLOCK_CHARACTERS):
        if decoder is None:
            is_16 = block[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
            decoder = codecs.getincrementaldecoder("utf-16" if is_16 else "utf-8-sig")()
        yield decoder.decode(block)
    if decoder is not None:
        yield decoder.decode(b"", True)
