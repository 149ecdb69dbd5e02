"""Days that are not ordinary, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ..earth import EPOCH, short_date
from .spans import CLOSED_AIRSPACE, CLOSED_BORDER, CURFEW, HOLIDAY, REST_DAY, SHUTDOWN, CalendarSpan

_WORDS = {
    HOLIDAY: ("a public holiday", "public holidays"), REST_DAY: ("a rest day", "rest days"),
    CURFEW: ("a curfew", "curfews"), CLOSED_BORDER: ("a closed border", "closed borders"),
    CLOSED_AIRSPACE: ("a closed airspace", "closed airspaces"), SHUTDOWN: ("a shutdown", "shutdowns"),
}  # fmt: skip
_OTHER = ("a span that is not ordinary", "spans that are not ordinary")
MAX_NAMED = 3
"""Days of one kind named in one sentence, by hand: what a line holds; the others are counted."""


def told_days(spans: Sequence[CalendarSpan], country: str) -> str:
    """Return days of a country in words: "a public holiday in Niger (Muharram, 28 Jul)"; "" for none."""
    by_kind: dict[str, list[CalendarSpan]] = {}
    for span in spans:
        by_kind.setdefault(span.kind, []).append(span)
    parts: list[str] = []
    for kind, mine in by_kind.items():
        one, several = _WORDS.get(kind, _OTHER)
        named = [", ".join(filter(None, (span.name, told_span(span)))) for span in mine[:MAX_NAMED]]
        more = [f"{len(mine) - MAX_NAMED} more"] if len(mine) > MAX_NAMED else []
        where = "" if parts else f" in {country}"
        parts.append(f"{one if len(mine) == 1 else several}{where} ({'; '.join((*named, *more))})")
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def told_span(span: CalendarSpan) -> str:
    """Return the days of a span without their year: "28 Jul", "26 Jul – 3 Aug"; with it where they run over two."""
    first, last = (EPOCH + timedelta(days=day) for day in (span.first_day, span.last_day))
    if first == last:
        return short_date(first)
    years = ("", "") if first.year == last.year else (f" {first.year}", f" {last.year}")
    return f"{short_date(first)}{years[0]} – {short_date(last)}{years[1]}"
