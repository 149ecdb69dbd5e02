"""Signatures as JSON: weights on facets with the counts behind them, checked field by field when read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from datetime import date
from typing import Any, Optional

from ..base import InputError, StudyError
from ..behaviors import FACET_AXES
from .learn import Counted, FacetWeight, MarkedPlace, Signature, check_name
from .skill import Skill

FORMAT = "sitelight signature"
VERSION = 1
MAX_WEIGHTS = 3 * 64
MOST_RATIO, MOST_COUNT = 100.0, 10**12
"""Of what a signature can hold: log-likelihood ratios, whose exponentials must not overflow, and counts of devices and
windows. By hand: far beyond what any data give."""
_RATIOS = ("present", "absent")  # the other numbers are shares and probabilities


def to_content(signature: Signature) -> dict[str, Any]:
    """Return plain JSON values; dates as ISO text. `from_content` takes them back without loss."""
    marked = [
        {**asdict(one), "first_day": one.first_day.isoformat(), "last_day": one.last_day.isoformat()}
        for one in signature.marked
    ]
    return {"format": FORMAT, "version": VERSION, **asdict(signature), "marked": marked}


def from_content(content: Any) -> Signature:
    """Return the signature in the content of a JSON file; raise InputError naming the field that is wrong."""
    values = _object("the signature", content)
    if values.get("format") != FORMAT:
        raise InputError("This is no Sitelight signature: choose a JSON file that “Learn signature” wrote.")
    if values.get("version") != VERSION:
        told = str(values.get("version"))[:20]
        raise _wrong("the signature", "version", f"is {told}, and this Sitelight reads {VERSION}")
    weights = tuple(
        _record(FacetWeight, f"weight {number}", row)
        for number, row in enumerate(_list(values, "weights"), start=1)
    )
    _check_weights(weights)
    try:
        name = check_name(_text("the signature", "name", values.get("name")))
    except StudyError as error:
        raise _wrong("the signature", "name", "is empty or too long") from error
    return Signature(
        name=name,
        weights=weights,
        examples=_record(Counted, "examples", values.get("examples")),
        background=_record(Counted, "background", values.get("background")),
        skill=_record(Skill, "skill", values.get("skill")),
        library=_text("the signature", "library", values.get("library")),
        marked=tuple(
            _record(MarkedPlace, f"marked {number}", row)
            for number, row in enumerate(_list(values, "marked"), start=1)
        ),
    )


def _record(kind: Callable[..., Any], where: str, row: Any) -> Any:
    """Return the dataclass `kind` of a JSON object, every field read by its declared type."""
    values = _object(where, row)
    known = [one.name for one in fields(kind)]  # type: ignore[arg-type]
    for name in values:
        if name not in known:
            raise _wrong(where, str(name), "is not known; remove it")
    types = {one.name: str(one.type) for one in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: _READERS[types[name]](where, name, values.get(name)) for name in known})


def _check_weights(weights: tuple[FacetWeight, ...]) -> None:
    if not 1 <= len(weights) <= MAX_WEIGHTS:
        raise _wrong("the signature", "weights", f"must be a list of 1 to {MAX_WEIGHTS}")
    seen = set()
    for number, weight in enumerate(weights, start=1):
        if weight.axis not in FACET_AXES:
            raise _wrong(f"weight {number}", "axis", f"must be one of {', '.join(FACET_AXES)}")
        if (weight.axis, weight.id) in seen:
            raise _wrong(f"weight {number}", "id", f"“{weight.id}” is there twice")
        seen.add((weight.axis, weight.id))


def _object(where: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"In the signature file, {where} is missing or not an object with fields.")
    return value


def _list(values: Mapping[str, Any], name: str) -> list[Any]:
    if not isinstance(values.get(name), list):
        raise _wrong("the signature", name, "is missing or not a list")
    rows: list[Any] = values[name]
    return rows


def _text(where: str, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(where, name, "is missing or not text")
    return value


def _number(where: str, name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise _wrong(where, name, "is missing or not a number")
    least, most = (-MOST_RATIO, MOST_RATIO) if name in _RATIOS else (0.0, 1.0)
    if not least <= value <= most:
        raise _wrong(where, name, f"must be from {least:g} to {most:g}")
    return float(value)


def _count(where: str, name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_COUNT:
        raise _wrong(where, name, "is missing or not a whole number from 0 on")
    return value


def _few_or_count(where: str, name: str, value: Any) -> Optional[int]:
    return None if value is None else _count(where, name, value)


def _day(where: str, name: str, value: Any) -> date:
    try:
        return date.fromisoformat(_text(where, name, value))
    except ValueError as error:
        raise _wrong(where, name, "must be a date written as 2023-07-26") from error


_READERS: dict[str, Callable[[str, str, Any], Any]] = {
    "str": _text, "float": _number, "int": _count, "Optional[int]": _few_or_count, "date": _day,
}  # fmt: skip


def _wrong(where: str, name: str, problem: str) -> InputError:
    return InputError(f"In the signature file, field \"{name}\" of {where} {problem}.")
