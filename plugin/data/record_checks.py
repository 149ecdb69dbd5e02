"""The run record of a study that is loaded: every entry has the kind of value that Sitelight wrote.

The parameters are those of `Study`, whose defaults say of what kind they are; older and newer versions may lack some or
have others, which nobody asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, Callable

from ..engine.base import InputError
from ..engine.study import Study

MOST = 2**31 - 1  # what the widgets of the form take
MOST_ITEMS = 1000  # of a list that the form shows
Check = Callable[[Any], bool]


def require_sound_record(record: Mapping[str, Any], name: str) -> None:
    """Raise InputError naming the first entry of a run record that is not of its kind."""
    for key, check in _RECORD.items():
        if key in record and not check(record[key]):
            raise _broken(name, key)
    study, source = record.get("study", {}), record.get("source", {})
    for part, checks in ((study, _STUDY), (source, _SOURCE)):
        for key, check in checks.items():
            if key in part and not check(part[key]):
                raise _broken(name, key)


def _broken(name: str, key: str) -> InputError:
    return InputError(
        f"The run record of {name} has a wrong value for “{key}”: it is damaged or was changed; load another copy of"
        " the study, or run it again."
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -MOST <= value <= MOST


def _is_whole(value: Any) -> bool:
    return _is_number(value) and isinstance(value, int)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping)


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _list_of(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _object_of(check: Check) -> Check:
    return lambda value: isinstance(value, Mapping) and all(map(check, value.values()))


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _like(default: Any) -> Check:
    """Return the check that a value is of the kind of a parameter's default; settings are objects of such values."""
    if is_dataclass(default):
        inner = {item.name: _like(getattr(default, item.name)) for item in fields(default)}
        return lambda value: isinstance(value, Mapping) and all(
            check(value[key]) for key, check in inner.items() if key in value
        )
    if isinstance(default, bool):
        return _is_flag
    if isinstance(default, tuple):
        is_plain = _list_of(lambda value: isinstance(value, (str, int, float)))
        return lambda value: is_plain(value) and len(value) <= MOST_ITEMS
    if isinstance(default, (int, float)):
        return _is_number
    return _is_text if isinstance(default, str) else lambda _value: True


_STUDY: dict[str, Check] = {
    **{item.name: _like(item.default) for item in fields(Study)},
    "key_dates": _list_of(_is_day),
    "key_date_groups": _list_of(_is_object),
    "time_zone_hours": _or_none(_is_number),
    "sites": lambda value: isinstance(value, Mapping) and _is_whole(value.get("count", 0)),
    "library": _or_none(_is_text),
    "behaviors": _list_of(_object_of(_list_of(_is_text))),
    "own_entries": _object_of(_list_of(_is_object)),
}
_SOURCE: dict[str, Check] = {
    "name": _is_text,
    "path": lambda value: _is_text(value) or _list_of(_is_text)(value),
    "columns": _object_of(_or_none(_is_text)),
}
_RECORD: dict[str, Check] = {
    "study": _is_object, "source": _is_object, "purpose": _is_text, "started": _is_text, "finished": _is_text,
    "retain_until": _is_text, "versions": _object_of(_is_text), "counts": _object_of(_is_whole),
    "notes": _list_of(_is_text), "run": _is_object,
}  # fmt: skip
