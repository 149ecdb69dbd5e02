"""What a message may say of a value of the data: never the value, since it may be an id or a coordinate."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"[0-9 .,:/+\-TZ]{1,40}")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")


def value_kind(value: object) -> str:
    """Return the kind of a value in words: nothing, a number, how its digits are grouped, or how long a text it is.

    The groups of digits ("written like 00.00.00") help with dates; the digits themselves are not told.
    """
    text = str(value.decode("utf-8", "replace") if isinstance(value, bytes) else value).strip()
    if value is None or not text:
        return "nothing"
    if _NUMBER.fullmatch(text):
        return "a number"
    if _DIGITS.fullmatch(text) and any(letter.isdigit() for letter in text):
        return f"digits written like {re.sub('[0-9]', '0', text)}"
    return f"text of {len(text)} characters" if len(text) > 1 else "text of one character"
