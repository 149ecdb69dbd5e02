"""Writes resources/calendars: public holidays and weekly rest days of all countries, from the PyPI package `holidays`.

Run as `make calendar`; two runs give the same bytes. What is changed of the package is said in SOURCE.md.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import holidays

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "resources" / "calendars"
YEARS = range(2015, 2036)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
CORRECTED = {
    **dict.fromkeys(("AI", "CD", "HK", "KN", "NE", "PY", "TK", "VE"), "Sat Sun"),
    "LY": "Fri Sat", "MR": "Sat Sun", "NP": "Sat", "PS": "Fri Sat", "SO": "Fri",
}  # fmt: skip
"""Weekly rest days that are not those of the package; SOURCE.md gives the reasons."""
_MOVED = re.compile(r" \(substituted from [^)]*\)")


def country_codes() -> list[str]:
    """Return the codes of the countries that the gazetteer names."""
    with (ROOT / "resources" / "gazetteer" / "countries.csv").open(encoding="utf-8", newline="") as file:
        return sorted(row["code"] for row in csv.DictReader(file))


def days_of(code: str) -> Any:
    """Return the package's calendar of a country over all years, with English names."""
    kind = getattr(holidays, code)
    language = "en_US" if "en_US" in kind.supported_languages else None
    return kind(years=YEARS, language=language)


def holiday_rows(codes: Iterable[str]) -> list[list[str]]:
    """Return country, kind, name and the days (ISO, with blanks between) of the holidays and of rest days worked."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for code in codes:
        found = days_of(code)
        for day, name in sorted(found.items()):
            rows.setdefault((code, "holiday", _MOVED.sub(" (moved)", name)), []).append(day.isoformat())
        for day in sorted(found.weekend_workdays):
            if day.year in YEARS:
                rows.setdefault((code, "working day", ""), []).append(day.isoformat())
    return [[*key, " ".join(days)] for key, days in sorted(rows.items())]


def rest_rows(codes: Iterable[str]) -> list[list[str]]:
    """Return country, first day and weekdays of the weekly rest days; a further row where they change."""
    rows = []
    for code in codes:
        found, before = days_of(code), ""
        for year in YEARS:
            days = CORRECTED.get(code) or _weekly(found, date(year, 1, 1))
            if days != before:
                rows.append([code, f"{year}-01-01", days])
            before = days
    return rows


def _weekly(found: Any, first: date) -> str:
    """Return the weekdays of rest in the week from `first` on, from Monday to Sunday."""
    week = sorted((first + timedelta(days=number) for number in range(7)), key=date.weekday)
    return " ".join(WEEKDAYS[day.weekday()] for day in week if found.is_weekend(day))


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return UTF-8 CSV with unix line ends."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def main() -> None:
    """Write both files."""
    codes = country_codes()
    days = csv_text(("country", "kind", "name", "days"), holiday_rows(codes))
    (FOLDER / "holidays.csv.gz").write_bytes(gzip.compress(days, 9, mtime=0))
    (FOLDER / "rest_days.csv").write_bytes(csv_text(("country", "from", "days"), rest_rows(codes)))
    (FOLDER / "source.txt").write_text(f"holidays {holidays.__version__}\n", encoding="utf-8")
    print(f"resources/calendars: {len(codes)} countries, {YEARS[0]} to {YEARS[-1]}", file=sys.stderr)


if __name__ == "__main__":
    main()
