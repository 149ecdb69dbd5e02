"""Borders crossed while they were closed, and flights while the airspace was, by the analyst's calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from ..calendars import CLOSED_AIRSPACE, CLOSED_BORDER, CalendarSpan, told_span
from ..earth import EPOCH, local_day, local_ms, short_date
from ..places import World, country_codes
from ..stays import Stays
from .detect import Legs
from .modes import AIR


@dataclass(frozen=True)
class Closure:
    """A crossing of a leg (its row) while a border or airspace was closed, in a sentence without a full stop.

    `crossed` is "BJ>NE", or one code for a flight inside a country. Where the leg need not have crossed on a day of
    the closure `is_sure` is False, and the sentence says "perhaps".
    """

    leg: int
    crossed: str
    is_sure: bool
    sentence: str

    @property
    def mark(self) -> str:
        """What is put behind the countries crossed."""
        return "while closed" if self.is_sure else "perhaps while closed"


def find_closures(
    legs: Legs, stays: Stays, country: np.ndarray, world: World, spans: Sequence[CalendarSpan]
) -> list[Closure]:
    """Return the crossings of `legs` that `spans` say were closed, in the order of the legs.

    `country` int16 per row of `stays`, whose halts between the ends of a leg tell when a border was crossed. Days are
    those of local solar time. A flight needs a closed airspace at one of its ends, every other way a closed border.
    """
    closed = [span for span in spans if span.kind in (CLOSED_BORDER, CLOSED_AIRSPACE)]
    codes = country_codes.codes(world, country)
    ends = np.stack([country_codes.codes(world, column) for column in (legs.country_from, legs.country_to)], axis=1)
    found: list[Closure] = []
    for row in _candidates(legs, stays, closed).tolist():
        is_air = bool(legs.mode[row] == AIR)
        kind = CLOSED_AIRSPACE if is_air else CLOSED_BORDER
        mine = [span for span in closed if span.kind == kind]
        for crossed, first, last in _crossings(legs, stays, codes, ends, row, is_air):
            found += _closure(world, row, crossed, first, last, is_air, mine)
    return found


def _candidates(legs: Legs, stays: Stays, closed: Sequence[CalendarSpan]) -> np.ndarray:
    """Return the legs that cross a border or fly, between days of which one is a day of a closure."""
    first = local_day(local_ms(legs.departed_after_ms, stays.lon[legs.from_stay]))
    last = local_day(local_ms(legs.arrived_before_ms, stays.lon[legs.to_stay]))
    moves = (legs.borders != "") | (legs.mode == AIR)
    touches = np.zeros(len(legs), bool)
    for span in closed:
        touches |= (first <= span.last_day) & (last >= span.first_day)
    rows: np.ndarray = np.flatnonzero(moves & touches)
    return rows


def _crossings(
    legs: Legs, stays: Stays, codes: np.ndarray, ends: np.ndarray, row: int, is_air: bool
) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Yield what a leg crossed (two codes, or one for a flight inside a country) and the days between which."""
    begin, end = int(legs.from_stay[row]), int(legs.to_stay[row])
    path = str(legs.borders[row]).partition(" (")[0].split(">")
    if is_air:
        yield tuple(dict.fromkeys(ends[row])), *_days(stays, begin, end)
        return
    seen = codes[begin : end + 1]
    for number, pair in enumerate(zip(path, path[1:])):
        first, last = begin, end
        if len(set(path)) == len(path):  # else a halt does not tell which of two crossings it lies before
            before = np.flatnonzero(np.isin(seen, path[: number + 1]))
            after = np.flatnonzero(np.isin(seen, path[number + 1 :]))
            if len(before) and len(after) and before[-1] < after[0]:
                first, last = begin + int(before[-1]), begin + int(after[0])
        yield pair, *_days(stays, first, last)


def _days(stays: Stays, first: int, last: int) -> tuple[int, int]:
    """Return the local days of the last fix of one halt and the first of another."""
    left, came = stays.end_ms[[first]], stays.start_ms[[last]]
    return (
        int(local_day(local_ms(left, stays.lon[[first]]))[0]), int(local_day(local_ms(came, stays.lon[[last]]))[0]),
    )  # fmt: skip


def _closure(
    world: World, row: int, crossed: tuple[str, ...], first: int, last: int, is_air: bool, spans: Sequence[CalendarSpan]
) -> list[Closure]:
    """Return the closure that a crossing between two days met, the surest of several; none without one."""
    met = [
        span for span in spans
        if _shuts(span, crossed) and first <= span.last_day and last >= span.first_day
    ]  # fmt: skip
    if not met:
        return []
    sure = [span for span in met if span.first_day <= first and last <= span.last_day]
    span = (sure or met)[0]
    names = [name or "elsewhere" for name in country_codes.names(world, country_codes.index_of(world, crossed))]
    way = f"from {names[0]} into {names[-1]}" if len(names) > 1 else f"inside {names[0]}"
    closed = country_codes.names(world, country_codes.index_of(world, [span.country]))[0]
    what = f"the airspace of {closed}" if is_air else "the border"
    told = ", ".join(filter(None, (span.name, told_span(span))))
    sentence = (
        f"{'Flew' if is_air else 'Crossed'} {way} {_when(first, last)}{'' if sure else ', perhaps'} while {what} was "
        f"closed ({told})"
    )
    return [Closure(row, ">".join(crossed), bool(sure), sentence)]


def _shuts(span: CalendarSpan, crossed: tuple[str, ...]) -> bool:
    """Return whether a span closes what lies between two countries, or the country of a flight inside one."""
    others = set(crossed) - {span.country}
    is_towards = not span.neighbours or not others or bool(others & set(span.neighbours.split()))
    return span.country in crossed and is_towards


def _when(first: int, last: int) -> str:
    days = [short_date(EPOCH + timedelta(days=day)) for day in (first, last)]
    return f"on {days[0]}" if first == last else f"between {days[0]} and {days[1]}"
