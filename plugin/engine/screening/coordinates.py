"""Latitude and longitude as people write them, in two columns: decided once, then read by whole columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

import numpy as np
import pandas as pd

from ..base import InputError
from .lengths import decoded, numbers_of

_NUMBER, _LETTER = r"(\d+(?:[.,]\d+)?)", r"([NSEWOnsewo+\-−–])?"
_DEGREE, _MINUTE, _SECOND = r"(?:°|º|˚|\*|d(?:eg)?)", r"(?:['′’´`m]|min)", r"(?:\"|″|”|''|′′|’’|s(?:ec)?)"
_PARTS = (
    rf"^\s*{_LETTER}\s*{_NUMBER}(?:(?:\s*(?:{_DEGREE}|:)\s*|\s+){_NUMBER}"
    rf"(?:(?:\s*(?:{_MINUTE}|:)\s*|\s+){_NUMBER}\s*{_SECOND}?)?\s*{_MINUTE}?)?\s*{_DEGREE}?\s*([NSEWOnsewo])?\s*$"
)
_FOUND = 0.5  # the share of a sample that has to make sense
_SWAPPED = 0.01  # the share of latitudes beyond a pole from which the columns are swapped, if no longitude says else
_MINUTES_OF = {
    axis: re.compile(
        rf"(?:{words}).*(?<![a-z])(?:m|mm|min|mins|minutes?)$|^(?:m|min|minutes?)_?(?:of_?)?(?:{words})", re.IGNORECASE
    )
    for axis, words in (("lat", "lat"), ("lon", "lon|lng"))
}
_MOST_OF = re.compile(r"lat.*max|max.*lat", re.IGNORECASE)  # beside it, lat_min is the least latitude of a cell
_SCALES = {"e7": 1e7, "e6": 1e6}


@dataclass(frozen=True)
class CoordinateFormat:
    """How two columns hold latitude and longitude.

    `divisor` makes degrees of whole numbers, `is_minutes` says that 1330.5 is 13° 30.5', `is_swapped` that longitude
    and latitude stand in each other's column, `o_is_west` what the letter O says ("" where it is not there). `note` is
    a sentence for the analyst, "" for plain degrees.
    """

    divisor: float = 1.0
    is_minutes: bool = False
    is_swapped: bool = False
    o_is_west: Optional[bool] = None
    note: str = ""

    def parse(
        self, lat: pd.Series, lon: pd.Series, north: Optional[pd.Series], east: Optional[pd.Series]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return latitude and longitude in degrees (float64), NaN where unreadable; `north`, `east` hold N/S, E/W."""
        lat_deg, lon_deg = self._degrees(lat, "lat"), self._degrees(lon, "lon")
        if north is not None:
            lat_deg = _signed(lat_deg, north)
        if east is not None:
            lon_deg = _signed(lon_deg, east, self.o_is_west)
        return (lon_deg, lat_deg) if self.is_swapped else (lat_deg, lon_deg)

    def _degrees(self, values: pd.Series, axis: str) -> np.ndarray:
        values = decoded(values)
        numbers = numbers_of(values)
        if self.is_minutes:
            numbers = _of_minutes(numbers)
        elif self.divisor != 1.0:
            numbers = numbers / self.divisor
        if values.dtype.kind in "iuf":
            return numbers
        missed = np.flatnonzero(np.isnan(numbers) & values.notna().to_numpy())
        if len(missed):
            read, _letters = read_angles(values.iloc[missed].astype(str), axis, self.o_is_west)
            numbers[missed] = read
        return numbers


def find_coordinates(
    lat: pd.Series, lon: pd.Series, names: tuple[str, str], sides: tuple[Optional[pd.Series], Optional[pd.Series]]
) -> CoordinateFormat:
    """Return how a sample's two columns, called `names`, hold positions; `sides` are their columns of N/S and E/W.

    Raises InputError where whole numbers may be of two units, or the letter O may be west (Ouest) or east (Ost).
    """
    north, east = sides
    o_is_west = _west_of(lon, east, names[1])
    plain = CoordinateFormat(o_is_west=o_is_west)
    if len(lat) == 0:
        return plain
    numbers = numbers_of(lat), numbers_of(lon)
    divisor = _divisor(numbers, names)
    if divisor != 1.0:
        words = {1e7: "ten-millionths", 1e6: "millionths"}[divisor]
        return CoordinateFormat(divisor, o_is_west=o_is_west, note=f"Positions are whole {words} of a degree.")
    if _is_minutes(*numbers):
        return CoordinateFormat(
            is_minutes=True, o_is_west=o_is_west,
            note="Positions are degrees and minutes without a mark (1330.5 is 13° 30.5'). Check that this is right.",
        )  # fmt: skip
    found = plain.parse(lat, lon, north, east)
    with np.errstate(invalid="ignore"):
        beyond = (np.abs(found[0]) > 90) & (np.abs(found[0]) <= 360) & (np.abs(found[1]) <= 90)
        right = (np.abs(found[0]) <= 90) & (np.abs(found[1]) > 90)
    if beyond.mean() > _SWAPPED and not right.any() and _are_places(found[0][beyond], len(beyond)):
        note = (
            f"Latitudes and longitudes are swapped: “{names[0]}” reaches beyond 90 degrees and “{names[1]}” never does."
            " They were read the other way round."
        )
        return CoordinateFormat(is_swapped=True, o_is_west=o_is_west, note=note)
    text = lat.dtype.kind not in "iuf" and bool(np.isnan(numbers[0]).mean() - lat.isna().mean() > _FOUND)
    words = "Positions are degrees with minutes, seconds or letters." if text else ""
    words = "The signs of positions are in columns of their own." if not words and north is not None else words
    words = words or ("Positions have decimal commas." if _have_commas(lat) or _have_commas(lon) else "")
    return CoordinateFormat(o_is_west=o_is_west, note=f"{words}{_radians_doubt(*found)}".strip())


def require_no_minutes(names: Sequence[str], sample: pd.DataFrame, lat: str) -> None:
    """Raise InputError where whole degrees have their minutes in other columns: they would be cut off in silence."""
    degrees = numbers_of(sample[lat])
    degrees = degrees[np.isfinite(degrees)]
    if len(degrees) == 0 or (degrees % 1 != 0).any() or any(_MOST_OF.search(name) for name in names):
        return
    minutes = {name: numbers_of(sample[name]) for name in names if name != lat and name in sample.columns}
    of_lat, of_lon = (
        [name for name, values in minutes.items() if _MINUTES_OF[axis].search(name) and _are_minutes(values)]
        for axis in ("lat", "lon")
    )
    if of_lat and of_lon and any(np.nan_to_num(minutes[name]).any() for name in of_lat + of_lon):
        raise InputError(
            f"“{lat}” holds whole degrees, and “{of_lat[0]}” their minutes: add columns with the whole latitude and "
            "longitude in degrees (degrees + minutes / 60 + seconds / 3600)."
        )


def _are_minutes(numbers: np.ndarray) -> bool:
    known = numbers[np.isfinite(numbers)]
    return len(known) > 0 and bool(((known >= 0) & (known < 60)).all())


def fits_coordinate(values: pd.Series, axis: str, name: str) -> bool:
    """Tell whether a sample's values may be coordinates (`axis` is lat or lon) that are not written as signed degrees.

    They are degrees of the other axis, whole parts of a degree, degrees and minutes, or texts with marks and letters.
    """
    numbers = numbers_of(values)
    if np.isfinite(numbers).mean() >= _FOUND:
        known = numbers[np.isfinite(numbers)]
        middle = float(np.median(np.abs(known)))
        if middle <= 360 and axis == "lat":
            return True
        whole = not (known % 1 != 0).any() and re.search(r"lat|lon|lng", name.lower()) is not None
        if whole and (np.abs(known) <= (90 if axis == "lat" else 180) * 1e7).all():
            return middle >= 18_100 or re.search(r"e[67]$", name.lower()) is not None
        return bool((np.abs(known) <= (9000 if axis == "lat" else 18_000)).all() and (np.abs(known) % 100 < 60).all())
    read, _ = read_angles(values.astype(str), axis, True)
    return bool(np.isfinite(read).mean() >= _FOUND)


def read_angles(
    text: pd.Series, axis: str, o_is_west: Optional[bool] = None
) -> tuple[np.ndarray, pd.Series]:
    """Return texts such as 13°30'18"N, S 13 30.3 or 13.5° as degrees (NaN for none), and the letters in them."""
    found = text.str.extract(_PARTS)
    degrees, minutes, seconds = (
        pd.to_numeric(found[place].str.replace(",", ".", regex=False), errors="coerce").to_numpy(dtype=np.float64)
        for place in (1, 2, 3)
    )
    letters = found[4].fillna(found[0]).fillna("").str.upper()
    with np.errstate(invalid="ignore"):
        wrong = (minutes >= 60) | (seconds >= 60)
        wrong |= (np.isfinite(minutes) & (degrees % 1 != 0)) | (np.isfinite(seconds) & (minutes % 1 != 0))
    value = degrees + np.nan_to_num(minutes) / 60 + np.nan_to_num(seconds) / 3600
    allowed = ["", "+", "-", "−", "–", *("NS" if axis == "lat" else "EWO")]
    wrong |= ~letters.isin(allowed).to_numpy()
    is_west = letters.isin(["S", "W", "-", "−", "–"] + (["O"] if o_is_west else [])).to_numpy()
    is_west |= (found[0].fillna("").isin(list("-−–"))).to_numpy()
    return np.where(wrong, np.nan, np.where(is_west, -value, value)), letters


def _signed(degrees: np.ndarray, side: pd.Series, o_is_west: Optional[bool] = None) -> np.ndarray:
    """Return degrees south or west as negative."""
    code, words = pd.factorize(side)
    first = [str(word).strip()[:1].upper() for word in words]
    is_west = np.array([letter in ("S", "W") or (letter == "O" and bool(o_is_west)) for letter in first] + [False])
    return np.where(is_west[code], -np.abs(degrees), degrees)


def _west_of(lon: pd.Series, east: Optional[pd.Series], name: str) -> Optional[bool]:
    """Return whether O is west, None where no longitude has it; the other letter of the column tells."""
    if east is not None:
        letters = set(east.dropna().astype(str).str.strip().str[:1].str.upper())
    elif lon.dtype.kind in "iuf":
        return None
    else:
        text = lon.dropna().astype(str).str.upper()
        text = text[text.str.contains(r"\d", regex=True)]  # a row of names may be repeated among the others
        letters = set("".join(text.str.extract(r"([EWO])", expand=False).dropna()))
    if "O" not in letters:
        return None
    if ("E" in letters) == ("W" in letters):
        raise InputError(
            f"The longitudes in “{name}” are marked with O, which is west in some languages (Ouest, Oeste) and east in "
            "others (Ost): write W or E, or signed degrees."
        )
    return "E" in letters


def _are_places(values: np.ndarray, of: int) -> bool:
    """Tell whether values are positions; one that is repeated in a few rows marks the lack of one (91 degrees in AIS).
    """
    return len(values) > _FOUND * of or len(np.unique(values)) > 1


def _have_commas(values: pd.Series) -> bool:
    if values.dtype.kind in "iuf":
        return False
    return bool(decoded(values).dropna().astype(str).str.contains(r"\d,\d", regex=True).any())


def _radians_doubt(lat: np.ndarray, lon: np.ndarray) -> str:
    """Return a warning where all positions would be on the sea before the Gulf of Guinea, as radians are."""
    known = np.isfinite(lat) & np.isfinite(lon) & ((lat != 0) | (lon != 0))
    if not known.any() or (np.abs(lat[known]) > np.pi / 2).any() or (np.abs(lon[known]) > np.pi).any():
        return ""
    return " All positions lie on the sea near 0, 0: if they are radians, write them as degrees."


def _divisor(numbers: tuple[np.ndarray, np.ndarray], names: tuple[str, str]) -> float:
    """Return what whole numbers have to be divided by to be degrees, 1 for degrees."""
    for word, divisor in _SCALES.items():
        if all(re.search(rf"{word}$", re.sub(r"[\W_]+", "", name).lower()) for name in names):
            return divisor
    if not all(re.search(r"lat|lon|lng", name.lower()) for name in names):
        return 1.0
    known = [values[np.isfinite(values)] for values in numbers]
    if any(len(values) == 0 or (values % 1 != 0).any() for values in known):
        return 1.0
    lat, lon = (float(np.quantile(np.abs(values), 0.95)) for values in known)
    if lat <= 360 or lon <= 360 or max(lat, lon) < 18_100:
        return 1.0
    fitting = [divisor for divisor in _SCALES.values() if lat <= 90 * divisor and lon <= 180 * divisor]
    if len(fitting) > 1:
        raise InputError(
            f"The positions in “{names[0]}” and “{names[1]}” are whole numbers that may be millionths or "
            "ten-millionths of a degree: put E6 or E7 behind the columns' names, or write degrees."
        )
    return fitting[0] if fitting else 1.0


def _is_minutes(lat: np.ndarray, lon: np.ndarray) -> bool:
    """Tell whether numbers are degrees and minutes without a mark, as GPS receivers send them (ddmm.mmmm)."""
    lat, lon = np.abs(lat[np.isfinite(lat)]), np.abs(lon[np.isfinite(lon)])
    if len(lat) == 0 or len(lon) == 0 or np.median(lat) <= 90 or max(lat.max(), lon.max()) <= 360:
        return False
    return bool((lat <= 9000).all() and (lon <= 18_000).all() and (lat % 100 < 60).all() and (lon % 100 < 60).all())


def _of_minutes(numbers: np.ndarray) -> np.ndarray:
    size = np.abs(numbers)
    return np.sign(numbers) * (size // 100 + size % 100 / 60)
