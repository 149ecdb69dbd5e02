"""Positions in one column: WKT, WKB, GeoJSON, or two numbers with a mark between."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Optional

import numpy as np
import pandas as pd

from .coordinates import read_angles
from .lengths import decoded

_NUMBER = r"([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
_WKT = rf"^\s*(?:SRID\s*=\s*4326\s*;)?\s*POINT\s*(?:ZM|Z|M)?\s*\(\s*{_NUMBER}\s+{_NUMBER}(?:\s+[^()]*)?\)\s*$"
_JSON = rf"\"type\"\s*:\s*\"Point\".*\"coordinates\"\s*:\s*\[\s*{_NUMBER}\s*,\s*{_NUMBER}"
_JSON_TURNED = rf"\"coordinates\"\s*:\s*\[\s*{_NUMBER}\s*,\s*{_NUMBER}.*\"type\"\s*:\s*\"Point\""
_PAIR = rf"^\s*(?:geo:)?[\[(]?\s*{_NUMBER}\s*(?:[,;|]|\s)\s*{_NUMBER}(?:[,;\s][^\])]*)?[\])]?\s*$"
_COMMA_PAIR = r"^\s*[\[(]?\s*([+-]?\d+,\d+)(?:\s*[;|/]\s*|\s*,\s*|\s+)([+-]?\d+,\d+)\s*[\])]?\s*$"
_ANGLES = r"^\s*(.*?[NSns]|[NSns][^NSEWOnsewo]*?)[\s,;]*((?:[EWOewo].*|\d.*[EWOewo]))\s*$"
_HEX = r"^(?:0x|\\x)?0[01][0-9A-Fa-f]{40,}$"
_HEX_BYTES = r"(?:[0-9A-Fa-f]{2})+"
_FOUND = 0.5  # the share of a sample that has to make sense
# Bytes of a point before its coordinates, by whether it names its reference system.
_HEAD, _HEAD_SRID, _SRID_FLAG, _WGS84 = 5, 9, 0x20000000, 4326


@dataclass(frozen=True)
class PointFormat:
    """How one column holds positions: `kind` is wkt, wkb, json, pair, commas or angles; `note` for the analyst."""

    kind: str
    lat_first: bool = False
    note: str = ""

    def parse(self, values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
        """Return latitude and longitude in degrees (float64), NaN where unreadable."""
        values = _texts(values)
        if self.kind == "wkb":
            first, second = _wkb(values)
        else:
            first, second = _READERS[self.kind](values.fillna("").astype(str))
        return (first, second) if self.lat_first else (second, first)


def find_points(values: pd.Series, name: str) -> Optional[PointFormat]:
    """Return how a sample's column, called `name`, holds positions, None if it holds none."""
    values = _texts(values.dropna())
    if len(values) == 0 or values.dtype.kind in "iufbM":
        return None
    is_bytes = isinstance(values.iloc[0], (bytes, bytearray, memoryview))
    if is_bytes or values.astype(str).str.match(_HEX).mean() >= _FOUND:
        found = PointFormat("wkb", note=f"Positions are points in “{name}” (WKB).")
        return found if _fits(found, values) else None
    for kind, words in (("wkt", "WKT"), ("json", "GeoJSON")):
        found = PointFormat(kind, note=f"Positions are points in “{name}” ({words}).")
        if _fits(found, values):
            return found
    found = PointFormat("angles", True, f"Positions are latitudes and longitudes with letters in “{name}”.")
    if _fits(found, values):
        return found
    # Read as points, 13,5; 2,1 would be 13 and 5.
    return _pair_format(values, name, "commas") or _pair_format(values, name, "pair")


def _texts(values: pd.Series) -> pd.Series:
    """Return bytes that are text as str; a point of WKB begins with 0 or 1 as a byte."""
    first = next(iter(values.dropna()), None)
    return decoded(values) if isinstance(first, bytes) and first[:1] > b"\x01" else values


def _pair_format(values: pd.Series, name: str, kind: str) -> Optional[PointFormat]:
    first, second = _READERS[kind](values.astype(str))
    fits = np.isfinite(first) & np.isfinite(second)
    if fits.mean() < _FOUND:
        return None
    first, second = np.abs(first[fits]), np.abs(second[fits])
    words = re.sub(r"[\W_]+", "", name).lower()
    named = {True: re.search(r"lat.*(lon|lng)", words), False: re.search(r"(lon|lng).*lat", words)}
    if (first > 90).mean() > (second > 90).mean():
        lat_first, sure = False, True
    elif (second > 90).any() or named[True]:
        lat_first, sure = True, True
    elif named[False]:
        lat_first, sure = False, True
    else:  # as in GeoJSON where the numbers stand in its brackets
        lat_first, sure = not values.astype(str).str.match(r"\s*\[").all(), False
    if ((second if not lat_first else first) > 90).mean() > _FOUND:
        return None
    order = "latitude before longitude" if lat_first else "longitude before latitude"
    check = "" if sure else " Check that this is right."
    return PointFormat(kind, lat_first, f"Positions are two numbers in “{name}”, {order}.{check}")


def _fits(found: PointFormat, values: pd.Series) -> bool:
    lat, lon = found.parse(values)
    with np.errstate(invalid="ignore"):
        return bool(((np.abs(lat) <= 90) & (np.abs(lon) <= 360)).mean() >= _FOUND)


def _extracted(text: pd.Series, *patterns: str) -> tuple[np.ndarray, np.ndarray]:
    first, second = np.full(len(text), np.nan), np.full(len(text), np.nan)
    for pattern in patterns:
        left = np.flatnonzero(np.isnan(first))
        if len(left) == 0:
            break
        found = text.iloc[left].str.extract(pattern, flags=re.IGNORECASE)
        for column, target in ((0, first), (1, second)):
            with_points = found[column].str.replace(",", ".", regex=False)
            target[left] = pd.to_numeric(with_points, errors="coerce").to_numpy(dtype=np.float64)
    return first, second


def _angles(text: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    found = text.str.extract(_ANGLES)
    first, _ = read_angles(found[0].fillna(""), "lat")
    second, letters = read_angles(found[1].fillna(""), "lon")
    return first, np.where(letters == "O", np.nan, second)


_READERS = {
    "wkt": lambda text: _extracted(text, _WKT),
    "json": lambda text: _extracted(text, _JSON, _JSON_TURNED),
    "pair": lambda text: _extracted(text, _PAIR),
    "commas": lambda text: _extracted(text, _COMMA_PAIR),
    "angles": _angles,
}


def _wkb(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return x, y of WKB or EWKB points, as bytes or hexadecimal text; NaN for other shapes and reference systems."""
    is_text = isinstance(next(iter(values.dropna()), ""), str)
    if is_text:
        values = values.fillna("").astype(str).str.replace(r"^\s*(?:0x|\\x)|\s+$", "", regex=True)
        values = values.where(values.str.fullmatch(_HEX_BYTES), "")
    sizes = values.str.len().fillna(0).to_numpy(dtype=np.int64)
    blobs = values.to_numpy(dtype=object)
    x, y = np.full(len(blobs), np.nan), np.full(len(blobs), np.nan)
    for length in np.unique(sizes):
        size = int(length) // 2 if is_text else int(length)
        if size < _HEAD + 16:
            continue
        rows = np.flatnonzero(sizes == length)
        joined = bytes.fromhex("".join(blobs[rows])) if is_text else b"".join(blobs[rows])
        matrix = np.frombuffer(joined, np.uint8).reshape(len(rows), size)
        for little in (True, False):
            chosen = matrix[:, 0] == int(little)
            part, order = matrix[chosen], "<" if little else ">"
            kind = np.ascontiguousarray(part[:, 1:5]).view(f"{order}u4").ravel()
            has_srid = (kind & _SRID_FLAG) != 0
            is_point = (kind & 0x0FFFFFFF) % 1000 == 1
            for flag, start in ((False, _HEAD), (True, _HEAD_SRID)):
                if size < start + 16:
                    continue
                fits = is_point & (has_srid == flag)
                if flag:
                    fits &= np.ascontiguousarray(part[:, 5:9]).view(f"{order}u4").ravel() == _WGS84
                xy = np.ascontiguousarray(part[:, start : start + 16]).view(f"{order}f8")
                at = rows[chosen][fits]
                x[at], y[at] = xy[fits, 0], xy[fits, 1]
    return x, y

