"""Device ids as text: one id for one device, and none whose digits were lost on the way."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from ..base import InputError
from .lengths import unguarded

_WORDS = (
    "", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "nil", "<na>", "(null)", "[null]", "\\n", "undefined",
    "unknown", "(not set)", "#value!", "#ref!", "#name?",
)  # fmt: skip
_NO_AD_ID = "00000000-0000-0000-0000-000000000000"  # of all phones whose owner allows no advertising id
MISSING_WORDS = frozenset({
    *_WORDS, _NO_AD_ID, _NO_AD_ID.replace("-", ""),
    *(
        hashlib.new(kind, word.encode(), usedforsecurity=False).hexdigest()
        for kind in ("md5", "sha1", "sha256") for word in ("", "null", _NO_AD_ID)
    ),
})  # fmt: skip
"""What programs write where there is no id, in small letters, and its hashes: as an id it would make many devices one.
"""

_SCIENTIFIC = r"[+-]?(?:\d[.,]\d+[eE]\+?|\d[eE]\+)\d{1,3}"
_WHOLE_FLOATS = 2.0**53  # beyond it two whole numbers may be one float64
_WHOLE_FLOATS_32 = 2.0**24  # the same of float32
_MOST_DAMAGED = 0.25  # of a text's characters; bytes of which more are none are numbers or hashes
ONE_DEVICE = "one device"


def factorize_ids(values: pd.Series, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Return codes (-1 for missing) and the distinct ids as text, "" for missing, in order of first appearance.

    Raises InputError, naming `column`, where ids have lost digits, so that different devices would be one.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, places = pd.factorize(values.cat.codes.to_numpy())
        named = np.append(_id_text(values.cat.categories.to_numpy(), column), "").astype(object)
        ids = named[places]
    else:
        codes, distinct = pd.factorize(values.to_numpy())
        ids = _id_text(distinct, column)
    # Different values may read the same ("7" and 7.0): one id, one code.
    merged, texts = pd.factorize(ids)
    return np.append(merged, -1)[codes], np.asarray(texts, dtype=object)


def are_missing_words(texts: np.ndarray) -> np.ndarray:
    """Return which ids (object array of str) are words for a missing one (bool)."""
    return pd.Series(texts, dtype=object).str.lower().isin(MISSING_WORDS).to_numpy(dtype=bool)


def _id_text(values: np.ndarray, column: str) -> np.ndarray:
    """Return ids as an object array of str without surrounding blanks; whole numbers lose their ".0"."""
    if len(values) == 0:
        return np.empty(0, dtype=object)
    series = pd.Series(values)
    if series.dtype.kind == "f":
        whole = series.round()
        if bool((whole.abs() >= (_WHOLE_FLOATS if series.dtype.itemsize > 4 else _WHOLE_FLOATS_32)).any()):
            raise _lost(column, "are numbers too large to be kept to the last digit")
        if bool((series == whole).all()):
            series = series.astype("int64")
    if isinstance(values[0], bytes):
        series = series.map(_decoded)
    text = unguarded(series.astype(str).str.strip())
    if bool(text.str.fullmatch(_SCIENTIFIC).any()):
        raise _lost(column, "are written as powers of ten (9.99E+99)")
    point = text.str.endswith(".0")
    if bool(point.any()):
        text = text.where(~(point & text.str.fullmatch(r"\d+\.0")), text.str.slice(0, -2))
    return text.to_numpy(dtype=object)


def _decoded(value: object) -> object:
    """Return bytes as text, damaged letters like \\xe9, bytes that are no text in hex digits: two ids stay two."""
    if not isinstance(value, bytes):
        return value
    text = value.decode("utf-8", "replace")
    damaged = sum(letter == "\ufffd" or not letter.isprintable() for letter in text)
    return value.hex() if damaged > _MOST_DAMAGED * len(text) else value.decode("utf-8", "backslashreplace")


def _lost(column: str, how: str) -> InputError:
    return InputError(
        f'Device ids in "{column}" {how}, so digits are lost and different devices would be one: export the column as'
        " text from where the data come from."
    )
