"""Key dates as an analyst writes them: "festival: 2020-01-01, 2021-01-01; coup: 2023-07-26"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ..base import StudyError


@dataclass(frozen=True)
class KeyDateGroup:
    """Key dates of one kind (`name`), which are asked together beside each by itself; `dates` rising, two or more."""

    name: str
    dates: tuple[date, ...]


def read_key_dates(text: str) -> tuple[tuple[date, ...], tuple[KeyDateGroup, ...]]:
    """Return the dates of a text, rising and each once, and the groups of those that are written behind a name.

    Commas, semicolons and lines are between dates; a name without a comma, and a colon, begin a group, a semicolon or a
    line end it. A group of one date is none. Raises StudyError naming what is no date, or that there is none.
    """
    groups: dict[str, list[date]] = {}
    every: set[date] = set()
    for part in text.replace("\n", ";").split(";"):
        before, colon, listed = part.rpartition(":")
        alone, _, name = before.rpartition(",")
        dates = [_read_date(word) for word in listed.split(",") if word.strip()]
        every.update(dates, (_read_date(word) for word in alone.split(",") if word.strip()))
        if name.strip():
            groups.setdefault(" ".join(name.split()), []).extend(dates)
    if not every:
        raise StudyError("Give at least one key date, for example 2023-07-26.")
    return tuple(sorted(every)), make_groups(groups)


def make_groups(dates: dict[str, list[date]]) -> tuple[KeyDateGroup, ...]:
    """Return the groups of two or more dates by their names, in the order given."""
    every = (KeyDateGroup(name, tuple(sorted(set(own)))) for name, own in dates.items())
    return tuple(group for group in every if len(group.dates) > 1)


def write_key_dates(dates: Sequence[date], groups: Sequence[KeyDateGroup]) -> str:
    """Return the text that `read_key_dates` reads."""
    named = {day for group in groups for day in group.dates}
    parts = [f"{group.name}: " + ", ".join(day.isoformat() for day in group.dates) for group in groups]
    alone = ", ".join(day.isoformat() for day in sorted(set(dates) - named))
    return "; ".join([*parts, *([alone] if alone else [])])


def _read_date(word: str) -> date:
    try:
        return date.fromisoformat(word.strip())
    except ValueError as error:
        raise StudyError(
            f"“{word.strip()}” is no date; write key dates as 2023-07-26, separated by commas, and those of one kind "
            "behind its name, as in festival: 2020-01-01, 2021-01-01; coup: 2023-07-26."
        ) from error
