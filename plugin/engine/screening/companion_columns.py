"""Columns that say more of what others hold: the time of day of a date, north or south, marks of the source itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

import numpy as np
import pandas as pd

from .date_parts import DateParts, find_date_parts, spaced
from .lengths import decoded

_NORTH = re.compile(
    r"^(n/?s|lat(itude)?_?(dir(ection)?|hem(isphere)?|ref|n/?s|sign)?|(dir|hem(isphere)?|ns)_?lat(itude)?"
    r"|ns_?(ind(icator)?|hem(isphere)?)?|hemisphere_?ns)$"
)
_EAST = re.compile(
    r"^(e/?w|lon(g(itude)?)?_?(dir(ection)?|hem(isphere)?|ref|e/?w|sign)?|(dir|hem(isphere)?|ew)_?lon(g(itude)?)?"
    r"|ew_?(ind(icator)?|hem(isphere)?)?|hemisphere_?ew)$"
)
_NORTH_VALUES = {"N", "S", "NORTH", "SOUTH"}
_HALF = re.compile(r"^am_?/?pm|_am_?/?pm$|meridi")  # a shift of work is called AM, too, and may end at 02:00
_HALF_VALUES = {"AM", "PM", "A.M.", "P.M."}
_EAST_VALUES = {"E", "W", "O", "EAST", "WEST", "OST", "OUEST", "OESTE", "ESTE"}
# Names of the columns in which Movebank keeps what its users found wrong, lower case without separators.
_OUTLIER = frozenset(
    {"importmarkedoutlier", "manuallymarkedoutlier", "algorithmmarkedoutlier", "markedoutlier", "outlier", "isoutlier"}
)
_VISIBLE = frozenset(
    {"visible", "valid", "isvalid", "gpsvalid", "fixvalid", "validfix", "positionvalid", "validposition", "isgpsvalid"}
)
_QUALITY = re.compile(
    r"^((gps|gnss|location|position|fix)?(fix)?(quality|qualityindicator|type|status|valid)|[hpvtg]dop|gpsdop|dop|gpsvalid"
    r"|(gps)?fix|valid|gpsfixtyperaw|satellites?|satellitecount|gpssatellitecount|numsat(ellite)?s|nsats?|lc|argoslc"
    r"|ismock|mocked|isfrommockprovider|mock)$"
)
_SPEAKS_OF_FIX = re.compile(r"gps|gnss|fix|dop|sat|argos|mock|valid|lc$")
_ZONE = re.compile(
    r"^((local)?(time)?zone(id|name|offset)?|tz(name|id|offset)?|(utc|gmt)offset)(minutes|seconds|hours)?$"
)
_TRUE = {"true", "1", "1.0", "yes", "t", "y", "a"}  # a receiver says A for a fix and V for a void one
_FALSE = {"false", "0", "0.0", "no", "f", "n", "v"}


@dataclass(frozen=True)
class Companions:
    """Columns read beside those of the roles: N/S and E/W, marks that are true or false for wrong records.

    `unused` are columns that speak of the quality of a fix and are not used, `zone` is one that names time zones,
    `parts` those of a date whose year was chosen as the time, `half` holds AM and PM beside times.
    """

    north: Optional[str] = None
    east: Optional[str] = None
    marked: tuple[str, ...] = ()
    visible: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    zone: Optional[str] = None
    parts: Optional[DateParts] = None
    half: Optional[str] = None

    def columns(self) -> list[str]:
        """Return the names of the columns to read."""
        parts = self.parts.columns() if self.parts else []
        return [name for name in (self.north, self.east, *self.marked, *self.visible, *parts, self.half) if name]

    def are_wrong(self, frame: pd.DataFrame) -> Optional[np.ndarray]:
        """Return which rows (bool) the source itself marks as wrong, None where it has no marks."""
        if not self.marked and not self.visible:
            return None
        wrong = np.zeros(len(frame), bool)
        for name in self.marked:
            wrong |= _says(frame[name], _TRUE)
        for name in self.visible:
            wrong |= _says(frame[name], _FALSE)
        return wrong


def find_companions(names: Sequence[str], sample: pd.DataFrame, taken: Sequence[str]) -> Companions:
    """Return the columns that go with those `taken` for the roles, by their names and the values of a sample."""
    free = [name for name in names if name not in taken]
    north = [name for name in free if _NORTH.match(spaced(name)) and _holds(sample, name, _NORTH_VALUES)]
    east = [name for name in free if _EAST.match(spaced(name)) and _holds(sample, name, _EAST_VALUES)]
    if not north or not east:  # by their values alone only both together: one alone may hold a no
        loose = [[name for name in free if _holds(sample, name, of)] for of in (_NORTH_VALUES, _EAST_VALUES)]
        north, east = loose if loose[0] and loose[1] and len(loose[0]) == len(loose[1]) == 1 else (north, east)
    plain = {name: re.sub(r"[\W_]+", "", name).lower() for name in free}
    parts = find_date_parts(names, sample)
    visible = tuple(name for name in free if plain[name] in _VISIBLE and _is_flag(sample, name))
    unused = (name for name in free if _QUALITY.match(plain[name]) and _SPEAKS_OF_FIX.search(plain[name]))
    return Companions(
        north=next(iter(north), None), east=next(iter(east), None),
        marked=tuple(name for name in free if plain[name] in _OUTLIER and _is_flag(sample, name)),
        visible=visible,
        zone=next((name for name in free if _ZONE.match(plain[name]) and _is_filled(sample, name)), None),
        parts=parts if parts and parts.year in taken else None,
        unused=tuple(name for name in unused if name not in visible),
        half=next((name for name in free if _HALF.search(spaced(name)) and _holds(sample, name, _HALF_VALUES)), None),
    )  # fmt: skip


def find_clock(names: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Return the columns that may hold the time of day beside a column of dates, best first."""
    words = re.compile(
        r"time|hour|heure|hora|uhrzeit|zeit|clock|время|час|saat|ora|وقت|时间|時間|時刻|시간|utc|gmt|hms|hhmm|midnight|of_?(the_?)?day|^[sm]od$"
    )
    free = [name for name in names if name not in taken]
    return sorted((name for name in free if words.search(name.lower())), key=lambda name: len(name))


def _holds(sample: pd.DataFrame, name: str, allowed: set[str]) -> bool:
    """Tell whether all values of a sample's column are among those allowed, and there are some."""
    if name not in sample.columns:
        return False
    values = decoded(sample[name].dropna())
    values = values[values.astype(str).str.strip() != ""]
    return bool(len(values)) and set(values.astype(str).str.strip().str.upper().unique()) <= allowed


def _is_filled(sample: pd.DataFrame, name: str) -> bool:
    return name not in sample.columns or bool(sample[name].notna().any())


def _is_flag(sample: pd.DataFrame, name: str) -> bool:
    if name not in sample.columns:
        return True
    values = decoded(sample[name].dropna()).astype(str).str.strip().str.lower()
    return set(values.unique()) <= _TRUE | _FALSE | {""}


def _says(values: pd.Series, words: set[str]) -> np.ndarray:
    codes, distinct = pd.factorize(values)
    says = [str(value).strip().lower() in words for value in distinct]
    return np.array([*says, False])[codes]
