"""Numbers and lengths as people write them: decimal commas, and a unit behind a number."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from ..base import InputError

METERS = {
    "": 1.0, "m": 1.0, "meter": 1.0, "meters": 1.0, "metre": 1.0, "metres": 1.0, "mtr": 1.0, "cm": 0.01, "mm": 0.001,
    "km": 1000.0, "kilometer": 1000.0, "kilometers": 1000.0, "kilometre": 1000.0, "kilometres": 1000.0,
    "ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "'": 0.3048, "yd": 0.9144, "yards": 0.9144,
    "mi": 1609.344, "mile": 1609.344, "miles": 1609.344, "nm": 1852.0, "nmi": 1852.0,
}  # fmt: skip
_NAMED = ["ft", "feet", "foot", "km", "kilometers", "kilometres", "cm", "mm", "mi", "mile", "miles", "yards", "nmi"]
_IN_NAMES = {word: METERS[word] for word in _NAMED}
_LENGTH = r"^\s*(?:\+/-|[±~≈<≤])?\s*([+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)\s*([A-Za-z']*)\.?\s*$"
# Arabic, Persian and full-width digits, and the decimal mark that goes with the first two.
_DIGITS = {first + digit: str(digit) for first in (0x660, 0x6F0, 0xFF10) for digit in range(10)}
_DIGITS[0x66B] = "."
_GUARD = r"^\s*(?:'|=\")(.*?)\"?\s*$"
_THOUSANDS = r"^\s*[+-]?[1-9]\d{0,2}(?:,\d{3})+(?!\d)"
_POINTED = r"^\s*[+-]?[1-9]\d{0,2}(?:\.\d{3})+,\d"
_DILUTION = re.compile(r"(?:^|[^a-z])[hpgvt]?dop(?:$|[^a-z])", re.IGNORECASE)


def numbers_of(values: pd.Series) -> np.ndarray:
    """Return float64, NaN for anything that is no finite number; each value may have a decimal comma."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return np.append(numbers_of(pd.Series(values.cat.categories)), np.nan)[values.cat.codes.to_numpy()]
    if values.dtype.kind not in "iuf":
        values = _with_points(values)
    result = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(result), result, np.nan)


def decoded(values: pd.Series) -> pd.Series:
    """Return bytes (as OGR delivers text) as str; other values as they are."""
    if values.dtype != object or not isinstance(next(iter(values.dropna()), None), bytes):
        return values
    return values.str.decode("utf-8", "replace")


def unguarded(values: pd.Series) -> pd.Series:
    """Return texts without what keeps a spreadsheet from changing them: '007 and ="007" are 007, also single ones."""
    if values.dtype != object:
        return values
    guarded = values.str.match(r"\s*(?:'|=\")").eq(True).to_numpy(dtype=bool)  # missing ones are no texts
    if not guarded.any():
        return values
    bare = values.copy()
    bare[guarded] = values[guarded].str.replace(_GUARD, r"\1", regex=True).to_numpy()
    return bare


def _with_points(values: pd.Series) -> pd.Series:
    values = decoded(values)
    numbers = pd.to_numeric(values, errors="coerce")
    missed = np.flatnonzero((numbers.isna() & values.notna()).to_numpy())
    if len(missed) == 0:
        return numbers
    text = unguarded(values.iloc[missed].astype(str)).str.replace(",", ".", n=1, regex=False)
    result = numbers.to_numpy(dtype=np.float64, na_value=np.nan).copy()
    result[missed] = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
    still = np.isnan(result[missed])
    if still.any():
        text = text[still].str.translate(_DIGITS)
        result[missed[still]] = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
    return pd.Series(result)


def meters_of(values: pd.Series, column: str) -> np.ndarray:
    """Return lengths in metres (float64), NaN where there is none; a unit in a value or in the column's name counts."""
    per_number = next((factor for word, factor in _IN_NAMES.items() if word in _name_words(column)), 1.0)
    values = _without_thousands(decoded(values))
    numbers = numbers_of(values) * per_number
    if values.dtype.kind in "iufb":
        return numbers
    missed = np.flatnonzero(np.isnan(numbers) & values.notna().to_numpy())
    if len(missed):
        text = values.iloc[missed].astype(str)
        found = text.str.extract(_LENGTH)
        number = pd.to_numeric(found[0].str.replace(",", ".", regex=False), errors="coerce").to_numpy(dtype=np.float64)
        factor = found[1].str.lower().map(METERS).to_numpy(dtype=np.float64)
        numbers[missed] = number * factor
    return numbers


def _without_thousands(values: pd.Series) -> pd.Series:
    """Return texts without commas between thousands, where points elsewhere tell that a comma is no decimal one.

    Points between thousands before a decimal comma (1.234,5) go, too.
    """
    if values.dtype != object:
        return values
    text = values.dropna().astype(str)
    pointed = text.str.contains(_POINTED, regex=True)
    if pointed.any():
        bare = values.astype(str).str.replace(".", "", regex=False)
        values = values.mask(values.index.isin(text.index[pointed]), bare)
    grouped = text.str.contains(_THOUSANDS, regex=True)
    if not grouped.any() or not text.str.contains(r"\d\.\d", regex=True).any():
        return values
    return values.mask(values.index.isin(text.index[grouped]), values.astype(str).str.replace(",", "", regex=False))


def is_unit_told(values: pd.Series, column: str) -> bool:
    """Return whether the name of a column of lengths, or one of its values, names another unit than metres."""
    if set(_IN_NAMES) & _name_words(column):
        return True
    if values.dtype.kind in "iufb":
        return False
    units = decoded(values).dropna().astype(str).str.extract(_LENGTH)[1].dropna().str.lower()
    return bool((units.map(METERS).fillna(1.0) != 1.0).any())


def require_length(column: str) -> None:
    """Raise InputError for a column that holds a dilution of precision: it is no length."""
    if _DILUTION.search(re.sub(r"[_\W]+", " ", str(column))):
        raise InputError(
            f'The column "{column}" holds a dilution of precision, which is no accuracy in meters: choose another '
            "accuracy column, or none."
        )


def _name_words(column: str) -> set[str]:
    return set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(column)).lower()))
