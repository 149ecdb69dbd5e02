"""Times written as text in any order, with names of months and zones: split by their form, all of one form at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from typing import Optional

import numpy as np
import pandas as pd

from .east_asian import has_signs, with_marks
from .iso_weeks import has_week_dates, with_months
from .military_times import has_groups, with_offsets
from .observations import NO_TIME
from .text_forms import TextForms, find_forms
from .time_words import AMBIGUOUS, HALVES, IGNORED, MAR, MONTHS, TWO_WORDS, ZONES, folded
from .time_zones import MOST_HOURS, is_zone, to_utc

DAY_MS = 86_400_000
_TOKEN = re.compile(
    r"(?P<colons>9999:99:99(?= ))"  # the date of a photograph
    r"|(?P<clock>9{1,2}:99(?::99(?:[.,:]9{1,9})?)?)"
    r"|(?P<zone>a+(?:[/_-]a+)+)"  # America/Port-au-Prince
    r"|(?P<half>a\. ?a\.)|(?P<word>a+)|(?P<number>9+)|(?P<mark>[ ,./+:;\[\]()'\"?_-])"
)
_OFFSET = re.compile(r"[+-](9{1,2})(?::?(99))?(?::?99)?(?![9]|[-/.:]9)")
_DIGITS = re.compile("9+")
_COMPACT_CLOCKS = (4, 6, 9)  # digits of hhmm, hhmmss and hhmmss with thousandths
_COMPACT_DATES = (6, 8)
Span = tuple[int, int]


@dataclass(frozen=True)
class _Plan:
    """Where the parts of a time stand in texts of one form; `date` has three numbers, two beside a name, or one."""

    date: tuple[Span, ...]
    clock: tuple[Span, ...]  # hour, minute, second, fraction, as far as there
    offset: Optional[tuple[int, Span, Optional[Span]]] = None  # where its sign is, hours, minutes
    words: tuple[tuple[Span, bool], ...] = ()  # and whether they stand in brackets


@dataclass
class TimeParts:
    """What is written in each text; arrays of one row per text.

    `number` int64 (n, 3) are the numbers of the date in their order, `width` their digits; `month` is a month given by
    name, 0 for none. `in_day_ms` is -1 where no time of day is written. `offset` is minutes east of UTC, NaN where none
    is written, `zone` the place of a zone's name in `zones`, -1 for none. `guessed` are words that name several zones.
    """

    number: np.ndarray
    width: np.ndarray
    month: np.ndarray
    in_day_ms: np.ndarray
    half: np.ndarray
    offset: np.ndarray
    zone: np.ndarray
    usable: np.ndarray
    zones: list[str] = field(default_factory=list)
    guessed: set[str] = field(default_factory=set)
    has_slash: bool = False

    def wall_ms(self, order: str) -> np.ndarray:
        """Return the dates in `order` with their times of day as int64 ms since 1970, before any zone; `NO_TIME`."""
        year, month, day, digits = self._date(order)
        pivot = datetime.now(timezone.utc).year + 1 - 2000
        year = np.where(digits == 2, np.where(year <= pivot, 2000 + year, 1900 + year), year)
        right = self.usable & np.isin(digits, (2, 4)) & (month >= 1) & (month <= 12) & (day >= 1)
        right &= (year >= 1900) & (year < 2200)
        months = np.where(right, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
        days = months.astype("datetime64[D]") + np.where(right, day - 1, 0)
        right &= days.astype("datetime64[M]") == months
        return np.where(right, days.astype(np.int64) * DAY_MS + np.maximum(self.in_day_ms, 0), NO_TIME)

    def utc_ms(self, order: str, zone: str) -> np.ndarray:
        """Return the times as UTC epoch ms; those without a zone of their own are of `zone` ("" for UTC)."""
        wall = self.wall_ms(order)
        known = wall != NO_TIME
        own = np.isfinite(self.offset)
        result: np.ndarray = wall - np.where(own & known, np.nan_to_num(self.offset) * 60_000, 0).astype(np.int64)
        for place, name in enumerate(self.zones):
            rows = np.flatnonzero((self.zone == place) & known & ~own)
            result[rows] = to_utc(wall[rows], name)
        if zone:
            rows = np.flatnonzero(known & ~own & (self.zone < 0))
            result[rows] = to_utc(wall[rows], zone)
        return result

    def _date(self, order: str) -> tuple[np.ndarray, ...]:
        """Return year, month, day and how many digits the year has."""
        first, second, third = self.number.T
        one, two, three = self.width.T
        if order == "ymd":
            year, digits, month, day = first, one, second, third
        else:
            at = (0, 1) if order == "dmy" else (1, 0)
            # A year of four digits in front is one, whatever the order of the other dates.
            year_first = one == 4
            year = np.where(year_first, first, third)
            digits = np.where(year_first, one, three)
            month = np.where(year_first, second, self.number[:, at[1]])
            day = np.where(year_first, third, self.number[:, at[0]])
        named = self.month > 0
        if named.any():
            year_first = named & ((one == 4) | ((order == "ymd") & (two != 4)))
            year = np.where(named, np.where(year_first, first, second), year)
            digits = np.where(named, np.where(year_first, one, two), digits)
            day = np.where(named, np.where(year_first, second, first), day)
            month = np.where(named, self.month, month)
        compact = (two == 0) & ~named
        if compact.any():
            long = one == 8
            pair = np.where(long, first // 10_000, first // 100)  # the parts before the last
            last = np.where(long, first % 10_000, first % 100)
            if order == "ymd":
                last = first % 100
                year = np.where(compact, first // 10_000, year)
                month = np.where(compact, first // 100 % 100, month)
                day = np.where(compact, last, day)
            else:
                front, back = pair // 100, pair % 100
                year = np.where(compact, last, year)
                month = np.where(compact, back if order == "dmy" else front, month)
                day = np.where(compact, front if order == "dmy" else back, day)
            digits = np.where(compact, np.where(long, 4, 2), digits)
        return year, month, day, digits


def read_parts(text: pd.Series) -> TimeParts:
    """Return what is written in texts (object array of str, "" for blanks)."""
    found = find_forms(_simple(text))
    count = len(text)
    parts = TimeParts(
        number=np.zeros((count, 3), np.int64), width=np.zeros((count, 3), np.int64), month=np.zeros(count, np.int64),
        in_day_ms=np.full(count, -1, np.int64), half=np.zeros(count, np.int64), offset=np.full(count, np.nan),
        zone=np.full(count, -1, np.int64), usable=np.zeros(count, bool),
    )  # fmt: skip
    for form, rows in zip(found.forms, found.rows):
        plan = _plan(form)
        if plan is not None:
            parts.has_slash |= "9/9" in form
            parts.usable[rows] = True
            _read_words(found, rows, plan, parts)
            _read_numbers(found, rows, plan, parts)
    return parts


def _simple(text: pd.Series) -> pd.Series:
    """Return texts with 08h30 as 08:30, weeks as months, months of two words as one; a few tell if there are any."""
    few = text.iloc[:: max(1, len(text) // 50)].tolist()
    some = " ".join(few)
    if has_signs(some):
        text = with_marks(text)
    if has_week_dates(few):
        text = with_months(text)
    if has_groups(few):
        text = with_offsets(text)
    if re.search(r"\d ?h ?\d\d", some):
        text = text.str.replace(r"(\d) ?h ?(\d\d)(?: ?(?:m|min) ?(\d\d) ?s?| ?(?:m|min)\b)?", _with_colons, regex=True)
    for words, word in TWO_WORDS.items():
        if words.split()[0] in some:
            text = text.str.replace(words, word, regex=False)
    return text


def _with_colons(found: re.Match) -> str:
    return f"{found[1]}:{found[2]}" + (f":{found[3]}" if found[3] else "")


@lru_cache(maxsize=4096)
def _plan(form: str) -> Optional[_Plan]:
    """Return where the parts of a time stand in a form, None if it is none."""
    numbers: list[Span] = []
    words: list[tuple[Span, bool]] = []
    clock: tuple[Span, ...] = ()
    offset = None
    place, after_clock, brackets = 0, False, 0
    while place < len(form):
        sign = _OFFSET.match(form, place) if after_clock and offset is None else None
        if sign:
            offset = (place, sign.span(1), sign.span(2) if sign[2] else None)
            place, after_clock = sign.end(), False
            continue
        token = _TOKEN.match(form, place)
        if token is None:
            return None
        kind, span = token.lastgroup, token.span()
        if kind == "mark":
            brackets += (form[place] in "([") - (form[place] in ")]")
        elif kind == "clock":
            if clock:
                return None
            clock, after_clock = _spans(span[0], token[0]), True
        elif kind == "colons":
            numbers += _spans(span[0], token[0])
        elif kind == "number":
            numbers.append(span)
            after_clock = _ends_compact_clock(numbers)
        else:
            words.append((span, brackets > 0))
        place = token.end()
    date, rest = _split(numbers, clock, form)
    return None if date is None else _Plan(date, clock or rest, offset, tuple(words))


def _spans(start: int, form: str) -> tuple[Span, ...]:
    return tuple((start + one.start(), start + one.end()) for one in _DIGITS.finditer(form))


def _ends_compact_clock(numbers: list[Span]) -> bool:
    """Tell whether the last of some numbers ends with a time of day: an offset may follow."""
    length = numbers[-1][1] - numbers[-1][0]
    if length in (12, 14, 17):
        return True
    if len(numbers) == 2 and numbers[0][1] - numbers[0][0] in _COMPACT_DATES:
        return length in _COMPACT_CLOCKS
    return len(numbers) >= 4


def _split(
    numbers: list[Span], clock: tuple[Span, ...], form: str
) -> tuple[Optional[tuple[Span, ...]], tuple[Span, ...]]:
    """Return which numbers are the date, and where a time of day without colons stands among them."""
    widths = [end - start for start, end in numbers]
    count, named = len(numbers), "a" in form
    if clock:
        fits = count == 3 or (count == 2 and named) or (count == 1 and widths[0] in _COMPACT_DATES)
        return (tuple(numbers) if fits else None), ()
    if count and widths[0] in (12, 14, 17) and count <= 2:
        start = numbers[0][0]
        fraction = (numbers[1],) if count == 2 else ()
        return ((start, start + 8),), _compact_clock(start + 8, numbers[0][1], fraction)
    if count in (2, 3) and widths[0] in _COMPACT_DATES and widths[1] in _COMPACT_CLOCKS:
        return (numbers[0],), _compact_clock(*numbers[1], tuple(numbers[2:]))
    if count >= 4 and "a" in form[numbers[0][1] : numbers[1][0]]:
        return tuple(numbers[:2]), tuple(numbers[2:6])
    if count == 3 or (count == 2 and named):
        return tuple(numbers), ()
    if count == 1 and widths[0] == 8:
        return tuple(numbers), ()
    if count in (4, 5) and widths[3] in (4, 6, 9):
        return tuple(numbers[:3]), _compact_clock(*numbers[3], tuple(numbers[4:]))
    if 4 <= count <= 7 and max(widths[3:6]) <= 2 and (count > 4 or named):
        return tuple(numbers[:3]), tuple(numbers[3:])
    return None, ()


def _compact_clock(start: int, end: int, fraction: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return hour, minute and second of digits without marks, thousandths if they follow."""
    spans = [(place, place + 2) for place in range(start, min(end, start + 6), 2)]
    return (*spans, (start + 6, end)) if end - start > 6 else (*spans, *fraction)


def _read_numbers(found: TextForms, rows: np.ndarray, plan: _Plan, parts: TimeParts) -> None:
    for place, (start, end) in enumerate(plan.date):
        parts.number[rows, place] = found.numbers(rows, start, end)
        parts.width[rows, place] = end - start
    # Two numbers are a date only beside the name of a month; three are none with one.
    parts.usable[rows] &= (parts.month[rows] > 0) == (len(plan.date) == 2)
    if plan.clock:
        hour, minute, second, fraction = (
            found.numbers(rows, *plan.clock[place]) if place < len(plan.clock) else np.zeros(len(rows), np.int64)
            for place in range(4)
        )
        half = parts.half[rows]
        parts.usable[rows] &= (half == 0) | ((hour >= 0) & (hour <= 23))
        hour = np.where((half != 0) & (hour <= 12), hour % 12 + np.where(half > 0, 12, 0), hour)
        digits = min(plan.clock[3][1] - plan.clock[3][0], 18) if len(plan.clock) == 4 else 0
        thousandths = np.rint(fraction * 1000.0 / 10.0**digits).astype(np.int64)
        in_day = ((hour * 60 + minute) * 60 + second) * 1000 + thousandths
        # 24:00 ends a day, and a leap second a minute.
        parts.usable[rows] &= (in_day <= DAY_MS) & (minute < 60) & (second <= 60) & ((hour < 24) | (in_day == DAY_MS))
        parts.in_day_ms[rows] = in_day
    if plan.offset is not None:
        sign, hours, minutes = plan.offset
        value = found.numbers(rows, *hours) * 60 + (found.numbers(rows, *minutes) if minutes else 0)
        parts.usable[rows] &= value <= MOST_HOURS * 60
        parts.offset[rows] = np.where(found.codes[rows, sign] == ord("-"), -value, value)


def _read_words(found: TextForms, rows: np.ndarray, plan: _Plan, parts: TimeParts) -> None:
    """Read the words of texts of one form: a month, a half of the day, a zone; others make a text no time."""
    strange = np.zeros(len(rows), bool)
    mar = np.zeros(len(rows), bool)
    has_clock = bool(plan.clock)
    for (start, end), bracketed in plan.words:
        number, texts = found.words(rows, start, end)
        for place, text in enumerate(texts):
            chosen = number == place
            at = rows[chosen]
            word = folded(text)
            if MONTHS.get(word) == MAR and word == "mar":
                mar |= chosen
            elif word in MONTHS:
                strange[chosen] |= parts.month[at] > 0
                parts.month[at] = MONTHS[word]
            elif word in HALVES and has_clock and (len(word) > 1 or start >= plan.clock[-1][1]):
                parts.half[at] = HALVES[word]
            elif word in IGNORED or word == "a":  # French à, Spanish a las
                if word in ("z", "utc", "gmt", "ut", "zulu"):
                    parts.offset[at] = 0
            elif word in ZONES and len(plan.date):
                parts.offset[at] = ZONES[word]
                parts.guessed |= {text} if word in AMBIGUOUS else set()
            elif "/" in text and is_zone(text):
                parts.zone[at] = _place(parts.zones, text)
            elif not (bracketed and plan.offset is not None):
                strange |= chosen
    parts.month[rows] = np.where(mar & (parts.month[rows] == 0), MAR, parts.month[rows])
    parts.usable[rows] &= ~strange


def _place(names: list[str], name: str) -> int:
    if name not in names:
        names.append(name)
    return names.index(name)
