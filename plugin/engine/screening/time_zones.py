"""Time zones: by name, by offset, by the words that stand behind a time."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Optional

import numpy as np
import pandas as pd

from .observations import NO_TIME
from .time_words import ZONES, folded
from .zone_links import OLDER_NAMES

_OFFSET = re.compile(r"(?:utc|gmt|z)?\s*([+-])(\d{1,2})(?::?(\d\d))?(?::?\d\d)?", re.IGNORECASE)
_OFFSET_IN_NAME = re.compile(
    r"(?:utc|gmt)(?:\s*([+−-])|_?(plus|minus)_?|\s+(plus|minus))\s*(\d{1,2})(?::?([0-5]\d))?(?!\d)", re.IGNORECASE
)
# Behind a column's name; est (estimated), art, cat, eat and others that name zones, too, are words of their own there,
# and cst, bst and others name zones of several continents. In brackets they count in capitals.
_ZONES_IN_NAMES = frozenset({
    "edt", "cdt", "mst", "mdt", "pst", "pdt", "cet", "cest", "mez", "mesz", "eet", "eest", "msk", "jst", "kst", "hkt",
})  # fmt: skip
MOST_HOURS = 14  # Kiribati is 14 hours ahead of UTC


def offset_minutes(text: str) -> Optional[int]:
    """Return how many minutes east of UTC an offset (+03:00, -03, +0530, UTC-07:00, GMT+3, Z) or word (EST) says."""
    word = folded(text.strip())
    if word in ZONES:
        return ZONES[word]
    found = _OFFSET.fullmatch(text.strip())
    if found is None or int(found[2]) > MOST_HOURS:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return -minutes if found[1] == "-" else minutes


def zone_in_name(column: str) -> str:
    """Return the zone that a column's name says: time (UTC+2), Time [Europe/Paris], time_cet; "" for none."""
    found = _OFFSET_IN_NAME.search(column)
    if found:
        is_west = (found[1] or found[2] or found[3]).lower() in ("-", "−", "minus")
        text = f"UTC{'-' if is_west else '+'}{int(found[4]):02d}:{found[5] or '00'}"
        return text if offset_minutes(text) is not None else ""
    bracketed = [word.strip() for word in re.findall(r"[(\[]([^()\[\]]+)[)\]]", column)]
    named = [word for word in bracketed if _is_zone_word(word) or "/" in word and is_zone(word)]
    last = re.split(r"[\W_]+", column.lower())[-1]
    named += [last] if last in _ZONES_IN_NAMES else []
    return "" if not named or offset_minutes(named[0]) == 0 else named[0]


def _is_zone_word(bracketed: str) -> bool:
    return folded(bracketed) in ZONES and (bracketed.isupper() or bracketed.lower() in _ZONES_IN_NAMES)


def columns_to_utc(wall_ms: np.ndarray, zones: pd.Series) -> np.ndarray:
    """Return wall-clock times as UTC epoch ms by a column of zones: names, offsets, or hours, minutes, seconds.

    Rows whose zone is missing or not known are left out (`NO_TIME`).
    """
    codes, distinct = pd.factorize(zones)
    result = np.full(len(wall_ms), NO_TIME, dtype=np.int64)
    for place, value in enumerate(distinct):
        name = _zone_of(str(value).strip())
        rows = np.flatnonzero((codes == place) & (wall_ms != NO_TIME))
        if is_zone(name):
            result[rows] = to_utc(wall_ms[rows], name)
    return result


def _zone_of(text: str) -> str:
    """Return a zone as it is written, a bare number as an offset: hours up to 14, else minutes, else seconds."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return text
    size = abs(number)
    minutes = size * 60 if size <= MOST_HOURS else size if size <= MOST_HOURS * 60 else size / 60
    return f"{'-' if number < 0 else '+'}{int(minutes // 60):02d}:{int(minutes % 60):02d}"


@lru_cache(maxsize=256)
def is_zone(name: str) -> bool:
    """Return whether a name is an offset, a known word or a zone of the tz database."""
    return offset_minutes(name) is not None or bool(_in_database(name))


@lru_cache(maxsize=256)
def _in_database(name: str) -> str:
    """Return the name under which this system's tz database has a zone, "" for none."""
    if not re.fullmatch(r"[A-Za-z][\w+-]*(?:/[\w+-]+)*", name):
        return ""
    for known in (name, OLDER_NAMES.get(name.casefold(), name)):
        try:
            pd.Timestamp(0).tz_localize(known)
        except (KeyError, ValueError, OSError, TypeError, ImportError, ModuleNotFoundError):
            continue
        return known
    return ""


def to_utc(wall_ms: np.ndarray, zone: str) -> np.ndarray:
    """Return wall-clock times (int64 ms) of a zone as UTC epoch ms.

    Of an hour that the clocks repeat the first is taken; an hour that they skip is the one after it.
    """
    if len(wall_ms) == 0:
        return wall_ms
    minutes = offset_minutes(zone) if "/" not in zone and folded(zone) not in _WITH_SUMMER_TIME else None
    if minutes is not None:
        return wall_ms - minutes * 60_000
    days, day = pd.factorize(wall_ms // 3_600_000)  # offsets change on the hour in all zones of these decades, but one
    hours = pd.DatetimeIndex(np.asarray(day).astype("datetime64[h]").astype("datetime64[ns]"))
    first = np.ones(len(hours), bool)
    zone = _in_database(zone)
    utc = hours.tz_localize(zone, ambiguous=first, nonexistent="shift_forward").tz_convert("UTC").tz_localize(None)
    moved = hours.to_numpy().astype("datetime64[ms]").astype(np.int64)
    shift = utc.to_numpy().astype("datetime64[ms]").astype(np.int64) - moved
    return wall_ms + shift[days]


_WITH_SUMMER_TIME = frozenset({"wet", "cet", "eet", "met"})  # as a zone that is chosen, not as a word behind a time
