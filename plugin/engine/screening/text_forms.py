"""The forms of texts: digits as 9, letters as a. Texts of one form are read all at once, and a form tells no value."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

WIDEST = 80  # the longest way to write a time, that of JavaScript with the zone's name in words, has 70 characters
_TABLE_SIZE = 0x2100  # letters, digits and blanks of the scripts that dates are written in
_DIGIT, _LETTER, _BLANK, _OTHER = (ord(mark) for mark in "9a ?")
_MIX = np.uint64(0x9E3779B97F4A7C15)  # an odd number without pattern (the golden ratio) spreads what it multiplies
_SHIFT = np.uint64(29)


@dataclass(frozen=True)
class TextForms:
    """Texts as characters (uint32, n x width; digits of all scripts as ASCII, all blanks as " ") and their forms.

    `rows` holds for each of `forms` the rows (int64) that have it.
    """

    codes: np.ndarray
    forms: tuple[str, ...]
    rows: tuple[np.ndarray, ...]

    def numbers(self, rows: np.ndarray, start: int, end: int) -> np.ndarray:
        """Return the digits in some columns as int64; at most 18."""
        end = min(end, start + 18)
        powers = 10 ** np.arange(end - start - 1, -1, -1, dtype=np.int64)
        return (self.codes[rows, start:end].astype(np.int64) - 48) @ powers

    def words(self, rows: np.ndarray, start: int, end: int) -> tuple[np.ndarray, list[str]]:
        """Return what is written in some columns: a code for each row, and the distinct texts."""
        part = np.ascontiguousarray(self.codes[rows, start:end])
        number, first = _distinct(part)
        return number, ["".join(map(chr, part[row].tolist())) for row in first.tolist()]


def find_forms(text: pd.Series) -> TextForms:
    """Return the forms of texts (object array of str, blanks as "")."""
    values = text.to_numpy(dtype=object)
    width = min(WIDEST, max(map(len, values), default=0) or 1)
    codes = np.ascontiguousarray(values.astype(f"U{width}")).view(np.uint32).reshape(len(values), width)
    kinds, digits = _tables()
    place = np.minimum(codes, _TABLE_SIZE - 1)
    kind = kinds.take(place)
    digit = kind == _DIGIT
    codes = np.where(digit, digits.take(place), np.where(kind == _BLANK, np.uint32(_BLANK), codes))
    number, first = _distinct(kind)
    order = np.argsort(number, kind="stable")
    ends = np.cumsum(np.bincount(number, minlength=len(first)))[:-1]
    forms = tuple(bytes(kind[row].tolist()).rstrip(b"\x00").decode("ascii") for row in first.tolist())
    return TextForms(codes, forms, tuple(np.split(order, ends)))


def form_of(value: object) -> str:
    """Return the form of one value, cut after 40 characters: what may be told of it without telling it."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    form = find_forms(pd.Series([text[:WIDEST].replace("\x00", "")], dtype=object)).forms[0]
    return form if len(form) <= 40 else form[:40] + "…"


def _distinct(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each row the number of its content, and the first row of each content."""
    width = matrix.shape[1] * matrix.dtype.itemsize
    padded = np.zeros((len(matrix), -(-width // 8) * 8), np.uint8)
    padded[:, :width] = np.ascontiguousarray(matrix).view(np.uint8).reshape(len(matrix), width)
    mixed = np.zeros(len(matrix), np.uint64)
    for column in padded.view(np.uint64).T:
        mixed = (mixed ^ column) * _MIX
        mixed ^= mixed >> _SHIFT
    number, _ = pd.factorize(mixed)
    return number, np.flatnonzero(~pd.Series(mixed).duplicated().to_numpy())


@lru_cache(maxsize=1)
def _tables() -> tuple[np.ndarray, np.ndarray]:
    """Return for each character its kind in a form (uint8), and for digits the ASCII digit (uint32)."""
    kinds, digits = np.full(_TABLE_SIZE, _OTHER, np.uint8), np.zeros(_TABLE_SIZE, np.uint32)
    for code in range(_TABLE_SIZE):
        character = chr(code)
        category = unicodedata.category(character)
        if category == "Nd":
            kinds[code], digits[code] = _DIGIT, 48 + unicodedata.decimal(character)
        elif category[0] in "LM":
            kinds[code] = _LETTER
        elif category in ("Zs", "Cf", "Zl", "Zp") or character in "\t\r\n":  # Cf: marks of the writing direction
            kinds[code] = _BLANK
        elif code < 128:
            kinds[code] = code
    kinds[0] = 0
    return kinds, digits
