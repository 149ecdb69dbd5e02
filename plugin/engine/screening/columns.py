"""Roles of columns: which one holds the device, the time, the position and its accuracy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Optional

import numpy as np
import pandas as pd

from ..base import InputError
from .companion_columns import find_clock
from .coordinates import fits_coordinate
from .date_parts import DateParts, find_date_parts
from .day_times import counts_of_day, is_day_time
from .lengths import decoded, meters_of, numbers_of, require_length
from .never_read import kind_by_values, readable, require_readable
from .point_texts import find_points
from .role_names import DATE_TOKENS, NOT_TOKENS, ROLES, SIGNATURES, SYNONYMS, TOKENS
from .timestamps import detect_time_format, is_dates_only
from .ways_out import way_out

_ROLE_WORDS = {
    "device": "the device id", "time": "the time", "lat": "the latitude", "lon": "the longitude",
    "accuracy": "the accuracy", "clock": "the time of day", "position": "the position",
}
_WAYS_OUT = {
    "device": ", or say that all records are of one device",
    "lat": ", or one column that holds the whole position",
}


_ID_TEXT = re.compile(r"(?:[0-9a-f]{12,64}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})", re.IGNORECASE)
_UTC = re.compile(r"[\W_]*(?<![a-z])(?:utc|gmt)(?![a-z+\d])[\W_]*", re.IGNORECASE)
_POSITION_TEXT = re.compile(r"[+-]?\d{1,3}[.,]\d{3,}(?:\.\d)?")  # pandas numbers a name that is there twice


@dataclass(frozen=True)
class Roles:
    """Names of the columns that hold each role; `lat` and `lon` are None when the point geometry is used.

    `clock` is the time of day where `time` holds the date alone, `position` the one column that holds a whole position.
    """

    device: Optional[str] = None
    time: Optional[str] = None
    lat: Optional[str] = None
    lon: Optional[str] = None
    accuracy: Optional[str] = None
    clock: Optional[str] = None
    position: Optional[str] = None

    def columns(self) -> list[str]:
        """Return the names that are set, each once, in the order of `ROLES`."""
        return list(dict.fromkeys(name for name in (getattr(self, role) for role in ROLES) if name))


@dataclass(frozen=True)
class Detection:
    """What was found: `roles` (None where nothing fits), `candidates` (role -> names, best first), `reasons`.

    `reasons` has one sentence per role for the analyst. `columns` are all names seen; `has_geometry` tells
    whether points can stand in for latitude and longitude columns. `hints` say what to do where a role has no column.
    """

    roles: Roles
    candidates: dict[str, list[str]]
    reasons: dict[str, str]
    columns: tuple[str, ...]
    has_geometry: bool = False
    hints: Mapping[str, str] = field(default_factory=dict)


def detect_roles(names: Sequence[str], sample: pd.DataFrame, has_geometry: bool = False) -> Detection:
    """Return which columns hold the roles, with a reason for each.

    `sample` holds some rows under the same `names`; its values veto names that do not fit (a latitude of
    400). Order: exact vendor signature, known names, parts of names, values (ids and times only). Columns that
    are never read (`never_read`) are never offered. With `has_geometry`, `lat` and `lon` stay
    None.
    """
    offered = readable(names)
    candidates = {role: _candidates(role, offered, sample) for role in ROLES}
    chosen: dict[str, Optional[str]] = {role: next(iter(found), None) for role, found in candidates.items()}
    chosen["lon"] = _partner(chosen["lat"], candidates["lon"])
    vendor, signature = _signature(offered, candidates)
    chosen.update(signature)
    if has_geometry:
        chosen["lat"] = chosen["lon"] = None
    if has_geometry or (chosen["lat"] and chosen["lon"]):
        chosen["position"] = None
    elif chosen["position"]:
        chosen["lat"] = chosen["lon"] = None
    chosen["time"], chosen["clock"] = _date_and_clock(chosen["time"], offered, sample)
    parts = find_date_parts(offered, sample)
    if parts and chosen["clock"] in (None, parts.hour) and _is_less_than(parts, chosen["time"], sample):
        chosen["time"], chosen["clock"] = parts.year, None if parts.hour else _clock_beside(parts, offered, sample)
    else:
        parts = None
    reasons = {
        role: _reason(role, chosen[role], candidates[role], vendor if role in signature else "", has_geometry)
        for role in ROLES
    }
    if parts:
        reasons["time"] = f"{', '.join(parts.columns())}: parts of the time."
    hints = {role: _hint(role, names, sample) for role in ("device", "time", "lat") if chosen[role] is None}
    return Detection(Roles(**chosen), candidates, reasons, tuple(names), has_geometry, hints)


def _hint(role: str, names: Sequence[str], sample: pd.DataFrame) -> str:
    """Return what to do where no column holds a role."""
    roles = ("lat", "lon", "position") if role == "lat" else (role,)
    rank = {word: 0 for one in roles for word in SYNONYMS[one]}
    named = [name for name in readable(names) if _place_of(name, rank) or any(_speaks_of(one, name) for one in roles)]
    return way_out(role, names, named, sample)


def unfit_accuracy(names: Sequence[str], sample: pd.DataFrame) -> str:
    """Return the first column that is called as one of accuracies and holds none, "" if there is none."""
    named = [name for name in readable(names) if _plain(name) in SYNONYMS["accuracy"] or _speaks_of("accuracy", name)]
    return next((name for name in named if len(_values(name, sample)) and not _fits("accuracy", name, sample)), "")


def require_roles(detection: Detection, is_one_device: bool = False) -> Roles:
    """Return the detected roles; raise InputError naming the role without a column and the columns seen.

    All records `is_one_device` need no column of devices.
    """
    is_placed = detection.has_geometry or detection.roles.position is not None
    needed = ("device", "time") if is_placed else ("device", "time", "lat", "lon")
    for role in needed[1:] if is_one_device else needed:
        if getattr(detection.roles, role) is None:
            raise InputError(
                f"No column was recognised as {_ROLE_WORDS[role]}; choose it yourself{_WAYS_OUT.get(role, '')}."
                f" Columns seen: {_listed(detection.columns)}.{detection.hints.get(role, '')}"
            )
    return detection.roles


def settle_roles(asked: Optional[Roles], detection: Detection, is_one_device: bool = False) -> Roles:
    """Return the roles to read: those `asked` for, the rest as detected ("" asks for none: no accuracy).

    All records `is_one_device` need no column of devices, and none is read.

    Raises InputError if a name is no column or one that is never read, only half of a coordinate pair is given, or a
    role stays open.
    """
    asked = asked or Roles()
    require_readable(asked.columns())
    for role in ROLES:
        name = getattr(asked, role)
        if name and name not in detection.columns:
            raise InputError(
                f'There is no column "{name}" for {_ROLE_WORDS[role]};'
                f" columns seen: {_listed(detection.columns)}."
            )
    if bool(asked.lat) != bool(asked.lon):
        raise InputError("Choose both a latitude and a longitude column, or neither to use the points.")
    if asked.lat and asked.position:
        raise InputError("Choose latitude and longitude, or one column with the position, not both.")
    pair = asked if asked.lat or asked.position else detection.roles
    picked = {role: getattr(asked, role) for role in ("device", "time", "accuracy")}
    filled = {role: getattr(detection.roles, role) if name is None else name for role, name in picked.items()}
    if is_one_device:
        filled["device"] = None
    if asked.accuracy:
        require_length(asked.accuracy)
    # The time of day that was found belongs to the dates that were found.
    found_clock = detection.roles.clock if filled["time"] == detection.roles.time else None
    clock = found_clock if asked.clock is None else asked.clock
    roles = Roles(
        lat=pair.lat or None, lon=pair.lon or None, position=pair.position or None, clock=clock or None,
        **{role: name or None for role, name in filled.items()},
    )  # fmt: skip
    return require_roles(replace(detection, roles=roles), is_one_device)


def has_no_header(names: Sequence[str]) -> bool:
    """Return whether the names of columns are values of a first row: some look so, and none is a known name."""
    known = {word for words in SYNONYMS.values() for word in words}
    return any(map(_is_value, names)) and not any(_plain(name) in known for name in names)


def count_named_roles(names: Sequence[str]) -> int:
    """Return how many of device, time, latitude and longitude are named among words that may be names of columns."""
    words = [str(name).strip(" \"'#") for name in names]
    ranks = {role: dict.fromkeys(SYNONYMS[role], 0) for role in ("device", "time", "lat", "lon")}
    return sum(
        any(_place_of(name, rank) is not None or _speaks_of(role, name) for name in words)
        or role == "time" and any(_tokens(name) & DATE_TOKENS for name in words)
        for role, rank in ranks.items()
    )


def _is_value(name: str) -> bool:
    """Tell whether a column's name is an id, a position, a time or an address: it stands in a file without a header."""
    text = str(name).strip()
    if _ID_TEXT.fullmatch(text) or _POSITION_TEXT.fullmatch(text) or kind_by_values([text]):
        return True
    return any(letter.isdigit() for letter in text) and detect_time_format(pd.Series([text], dtype=object)) is not None


def _listed(names: Sequence[str]) -> str:
    """Return some names for a message, without those that are values of a row."""
    shown = ["…" if _is_value(name) else " ".join(str(name).split()) for name in list(names)[:20]]
    return (", ".join(shown) or "none") + (" …" if len(names) > 20 else "")


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", str(name)).lower()


def _tokens(name: str) -> set[str]:
    parts = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", str(name))
    return {part for part in re.split(r"[\W_]+", parts.lower()) if part}


def _speaks_of(role: str, name: str) -> bool:
    tokens = _tokens(name)
    if role in ("lat", "lon") and tokens & TOKENS["lat"] and tokens & TOKENS["lon"]:
        return False  # a position in one column
    return bool(tokens & TOKENS[role]) and not tokens & NOT_TOKENS[role]


def _candidates(role: str, names: Sequence[str], sample: pd.DataFrame) -> list[str]:
    """Return the columns that may hold `role`: by whole name, then by part of a name, then by value."""
    rank = {word: place for place, word in enumerate(SYNONYMS[role])}
    says_utc = {name: role == "time" and _says_utc(name) for name in names}
    shown = {name: _UTC.sub("", name) if says_utc[name] else name for name in names}
    places = {name: place for name in names if (place := _place_of(shown[name], rank)) is not None}
    whole = sorted(places, key=lambda name: (not says_utc[name], places[name]))
    partly = [name for name in names if name not in whole and _speaks_of(role, name)]
    partly.sort(key=lambda name: not says_utc[name])
    named = (*whole, *partly)
    found = [name for name in named if _fits(role, name, sample)]
    if role in ("lat", "lon"):
        found += [name for name in named if name not in found and _fits_loosely(role, name, sample)]
    if not found and role in ("device", "time"):
        found = [name for name in names if _looks_like(role, name, sample)]
    # One of two columns may be there for other kinds of records, and empty.
    return sorted(found, key=lambda name: name in sample.columns and len(_values(name, sample)) == 0)


def _says_utc(name: str) -> bool:
    """Tell whether a column is one of times in UTC by its name: beside it another one holds local times."""
    return _UTC.search(name) is not None and "time" in name.lower() and not _tokens(name) & NOT_TOKENS["time"]


def _place_of(name: str, rank: dict[str, int]) -> Optional[tuple[bool, bool, int]]:
    """Return where a name stands among those known, None for a strange one.

    The last part of a path in JSON (_source.device_id) comes after whole names, and before a bare id, which may be that
    of the record.
    """
    plain, tail = _plain(name), _plain(name.rpartition(".")[2])
    if plain in rank:
        return (plain == "id", False, rank[plain])
    return (False, True, rank[tail]) if "." in name and len(tail) > 2 and tail in rank else None


def _date_and_clock(
    time: Optional[str], names: Sequence[str], sample: pd.DataFrame
) -> tuple[Optional[str], Optional[str]]:
    """Return the column of times, and that of the time of day where the first holds dates alone."""
    if time is not None and not _are_dates(time, sample):
        return time, None
    clocks = _clocks(names, time or "", sample)
    dates = [time] if time else [name for name in names if _tokens(name) & DATE_TOKENS and name not in clocks]
    for date in dates:
        rest = _tokens(date) - DATE_TOKENS
        for clock in sorted(clocks, key=lambda name: not rest <= _tokens(name)):
            if detect_time_format(sample[date], clock=sample[clock]) is not None:
                return date, clock
    return time, None


def _are_dates(name: str, sample: pd.DataFrame) -> bool:
    values = _values(name, sample)
    return len(values) > 0 and is_dates_only(values)


def _clocks(names: Sequence[str], time: str, sample: pd.DataFrame) -> list[str]:
    return [
        name for name in find_clock(names, [time])
        if (counts_of_day(name) or not _tokens(name) & DATE_TOKENS) and is_day_time(_values(name, sample))
    ]  # fmt: skip


def _is_less_than(parts: DateParts, time: Optional[str], sample: pd.DataFrame) -> bool:
    """Tell whether the parts of a date say more than the column of times found."""
    return time is None or (parts.hour is not None and _are_dates(time, sample))


def _clock_beside(parts: DateParts, names: Sequence[str], sample: pd.DataFrame) -> Optional[str]:
    """Return the column with the time of day beside a date in columns of its parts."""
    for clock in _clocks([name for name in names if name not in parts.columns()], "", sample):
        if detect_time_format(parts.joined(sample), clock=sample[clock]) is not None:
            return clock
    return None


def _values(name: str, sample: pd.DataFrame) -> pd.Series:
    if name not in sample.columns:
        return pd.Series(dtype=object)
    values = sample[name].dropna()
    if values.dtype == object and len(values):
        values = decoded(values).astype(str).str.strip()
        values = values[~values.str.upper().isin(["", "NA", "NULL", "NAN", "NONE"])]
    return values


def _fits(role: str, name: str, sample: pd.DataFrame) -> bool:
    """Tell whether the sample's values allow `role`; a column without values is allowed."""
    values = _values(name, sample)
    if role == "device":
        return not kind_by_values(values) and not _are_yes_or_no(values)
    if len(values) == 0:
        return role != "position" or name not in sample.columns
    if role == "time":
        return detect_time_format(values) is not None
    if role == "position":
        return find_points(sample[name], name) is not None  # as they are: bytes are no text
    numbers = meters_of(values, name) if role == "accuracy" else numbers_of(values)
    with np.errstate(invalid="ignore"):
        inside = {
            "lat": np.abs(numbers) <= 90,
            "lon": np.abs(numbers) <= 360,
            "accuracy": (numbers >= 0) | (numbers == -1),
        }[role]
    return bool(inside.mean() >= 0.5)


def _are_yes_or_no(values: pd.Series) -> bool:
    """Tell whether ids would make two devices of all: they are true or false."""
    if values.dtype == bool:
        return True
    words = set(decoded(values).astype(str).str.lower().unique()) if values.dtype == object else set()
    return bool(words) and words <= {"true", "false"}


def _fits_loosely(role: str, name: str, sample: pd.DataFrame) -> bool:
    """Tell whether values are coordinates in another spelling than signed degrees."""
    return fits_coordinate(_values(name, sample), role, name)


def _looks_like(role: str, name: str, sample: pd.DataFrame) -> bool:
    """Tell whether values alone show ids (long hex, UUID) or dated times; numbers alone, also as text, never do."""
    values = _values(name, sample)
    if len(values) == 0 or values.dtype.kind in "ifb":
        return False
    if role == "time":
        found = detect_time_format(values)
        return found is not None and found.kind != "epoch"
    text = values.astype(str)
    return bool(text.str.fullmatch(_ID_TEXT).mean() >= 0.9 and text.str.isdecimal().mean() < 0.5)


def _partner(lat: Optional[str], lons: Sequence[str]) -> Optional[str]:
    """Return the longitude that is named like the latitude (EventLat, EventLng), else the first."""
    if lat is None or not lons:
        return next(iter(lons), None)
    rest = _tokens(lat) - TOKENS["lat"]
    return next((name for name in lons if _tokens(name) - TOKENS["lon"] == rest), lons[0])


def _signature(names: Sequence[str], candidates: dict[str, list[str]]) -> tuple[str, dict[str, str]]:
    """Return the vendor whose column names are all there, and its columns by role ("" and {} if none)."""
    by_plain = {_plain(name): name for name in reversed(names)}
    for vendor, wanted in SIGNATURES:
        found = {role: by_plain[plain] for role, plain in wanted.items() if plain in by_plain}
        complete = set(wanted) - {"accuracy"} <= set(found)
        if complete and all(name in candidates[role] for role, name in found.items()):
            return vendor, found
    return "", {}


def _reason(role: str, name: Optional[str], found: Sequence[str], vendor: str, has_geometry: bool) -> str:
    if name is None:
        if has_geometry and role in ("lat", "lon"):
            return "The point geometry gives the position."
        return f"No column looks like {_ROLE_WORDS[role]}."
    others = [other for other in found if other != name]
    also = f" Also possible: {', '.join(others[:5])}." if others else ""
    if vendor:
        return f"{name}: as in {vendor} files.{also}"
    if _plain(name) in SYNONYMS[role]:
        return f"{name}: a usual name for {_ROLE_WORDS[role]}.{also}"
    if _tokens(name) & TOKENS[role]:
        return f"{name}: its name speaks of {_ROLE_WORDS[role]}.{also}"
    return f"{name}: its values look like {_ROLE_WORDS[role]}.{also}"
