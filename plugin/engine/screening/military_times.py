"""Date-time groups of armed forces (182340ZMAR24), written as 18 MAR 2024 23:40 +00:00."""

from __future__ import annotations

import re

import pandas as pd

_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"
_GROUP = (
    rf"^(\d\d)\s?(\d\d):?(\d\d)(?::?(\d\d))?\s?([A-IK-Za-ik-z])\s?({_MONTHS.replace(' ', '|')})\s?(\d\d|\d{{4}})$"
)
_PATTERN = re.compile(_GROUP, re.IGNORECASE)
# A to M without J are one to twelve hours ahead of UTC, N to Y behind it, Z is UTC (ACP 121).
_AHEAD, _BEHIND = "ABCDEFGHIKLM", "NOPQRSTUVWXY"


def has_groups(texts: list[str]) -> bool:
    """Return whether one of some texts is a date-time group."""
    return any(map(_PATTERN.match, texts))


def with_offsets(text: pd.Series) -> pd.Series:
    """Return texts (object array of str) with date-time groups in the order of other dates, with an offset."""
    return text.str.replace(_PATTERN, _plain, regex=True)


def _plain(found: re.Match) -> str:
    letter = found[5].upper()
    hours = _AHEAD.find(letter) + 1 or -(_BEHIND.find(letter) + 1)
    century = "20" if len(found[7]) == 2 else ""
    sign = "-" if hours < 0 else "+"
    clock = f"{found[2]}:{found[3]}:{found[4] or '00'}"
    return f"{found[1]} {found[6]} {century}{found[7]} {clock} {sign}{abs(hours):02d}:00"
