"""Days and spans of a country that are not ordinary, from an analyst's table: read strictly, kept with the study."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Callable, Optional

import numpy as np
import pandas as pd

from ..base import InputError, near_words, unknown_word
from ..places import CountryNames
from ..tables import as_table, empty_table
from .columns import CALENDAR_NAMES, column, find_columns, with_given
from .days import DAY, parse_days

HOLIDAY, REST_DAY, CURFEW, SHUTDOWN, OTHER = "holiday", "rest day", "curfew", "shutdown", "other"
CLOSED_BORDER, CLOSED_AIRSPACE = "closed border", "closed airspace"
CALENDAR_KINDS = (HOLIDAY, REST_DAY, CURFEW, CLOSED_BORDER, CLOSED_AIRSPACE, SHUTDOWN, OTHER)
_NEEDED = ("country", "start", "kind")


@dataclass(frozen=True)
class CalendarSpan:
    """Days of a country, first and last included, as ISO texts; `kind` is one of CALENDAR_KINDS.

    `neighbours` are the codes of the countries towards which a border is closed, with blanks between; "" for all.
    """

    country: str
    start: str
    end: str
    kind: str
    name: str
    source: str
    neighbours: str = ""

    @property
    def first_day(self) -> int:
        """The first day, as days since 1970-01-01."""
        return _day_number(self.start)

    @property
    def last_day(self) -> int:
        """The last day, as days since 1970-01-01."""
        return _day_number(self.end)


def make_calendar(
    title: str, frame: pd.DataFrame, names: CountryNames, given: Optional[Mapping[str, str]] = None
) -> tuple[CalendarSpan, ...]:
    """Return the spans of a table of texts with the columns country, from, to, kind, name, neighbours, called `title`.

    An empty `to` is the day of `from`; neighbours have ; or | between. Raises InputError naming the first row that is
    wrong and what to write there: a calendar with a fault is not used in part.
    """
    columns = with_given(find_columns(list(frame.columns), CALENDAR_NAMES), given or {}, list(frame.columns), title)
    missing = [role for role in _NEEDED if not columns[role]]
    if missing:
        needed = {"country": "country", "start": "from", "kind": "kind"}[missing[0]]
        raise InputError(f"{title} has no column “{needed}”: a calendar has the columns country, from, to, kind, name.")
    texts = {role: column(frame.reset_index(drop=True), name) for role, name in columns.items()}
    code = _each(title, texts["country"], lambda word: names.asked([word])[0])
    kind = _each(title, texts["kind"], _kind_of)
    start = _days(title, texts["start"], "from")
    end = _days(title, texts["end"].where(texts["end"] != "", texts["start"]), "to")
    backwards = np.flatnonzero(end < start)
    if len(backwards):
        row = int(backwards[0])
        raise InputError(f"Row {row + 1} of {title} ends ({end[row]}) before it begins ({start[row]}): correct it.")
    towards = _each(title, texts["neighbours"], lambda words: " ".join(names.asked(_listed(words))))
    rows = zip(code, start.astype(str).tolist(), end.astype(str).tolist(), kind, texts["name"].tolist(), towards)
    return tuple(
        CalendarSpan(country, first, last, one, name, title, others) for country, first, last, one, name, others in rows
    )


def calendar_table(calendar: Sequence[CalendarSpan]) -> pd.DataFrame:
    """Return spans as the result table `calendar`."""
    return as_table("calendar", pd.DataFrame(map(asdict, calendar))) if calendar else empty_table("calendar")


def _each(title: str, texts: pd.Series, settle: Callable[[str], str]) -> list[str]:
    """Return what `settle` makes of each text; raise InputError naming the first row whose text it refuses."""
    settled: dict[str, str] = {}
    for row, text in enumerate(texts.tolist(), start=1):
        if text not in settled:
            try:
                settled[text] = settle(text)
            except InputError as error:
                raise InputError(f"Row {row} of {title}: {error}") from error
    return [settled[text] for text in texts.tolist()]


def _listed(words: str) -> list[str]:
    return [word for word in map(str.strip, re.split(r"[;|]", words)) if word]


def _day_number(iso: str) -> int:
    return int(np.datetime64(iso, "D").astype(np.int64))


def _kind_of(word: str) -> str:
    plain = " ".join(word.casefold().replace("_", " ").replace("-", " ").split())
    if plain not in CALENDAR_KINDS:
        raise unknown_word("kind", word, near_words(plain, CALENDAR_KINDS), f"write one of {', '.join(CALENDAR_KINDS)}")
    return plain


def _days(title: str, texts: pd.Series, word: str) -> np.ndarray:
    days, precision, note = parse_days(texts)
    bad = np.flatnonzero(precision != DAY)
    if len(bad):
        row = int(bad[0])
        raise InputError(
            f"Row {row + 1} of {title}: “{texts[row]}” in the column {word} is no day; write it as 2023-07-26."
        )
    if note:
        raise InputError(f"Days in the column {word} of {title} may be day or month first; write them as 2023-07-26.")
    return days
