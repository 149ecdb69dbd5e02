"""Dated events: what happened where, when, and how exactly the day is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Optional

import numpy as np
import pandas as pd

from ..base import InputError, near_words, unknown_word
from ..places import CountryNames
from .columns import EVENT_NAMES, column, find_columns, objects, plain_name, with_given
from .days import CODES, DAY, MONTH, UNKNOWN, WEEK, YEAR, coarser, coded, days_of_parts, parse_days

# UCDP GED's code book; its codes would say nothing in a list.
_VIOLENCE = {"1": "state-based violence", "2": "non-state violence", "3": "one-sided violence"}


@dataclass(frozen=True)
class DatedEvents:
    """Events, one per row of a table that has a day.

    `day` and `last` (datetime64[D]) are the first and last day given, `precision` (object) how exactly they are known:
    day, week, month, year or "" (not said). `country` is as written, `code` its ISO code or "". `lat`, `lon` are
    degrees WGS84, NaN where unknown; `is_placed` tells whether the position is that of the place itself. `notes` say
    what could not be used.
    """

    title: str
    day: np.ndarray
    last: np.ndarray
    precision: np.ndarray
    country: np.ndarray
    code: np.ndarray
    kind: np.ndarray
    name: np.ndarray
    place: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    is_placed: np.ndarray
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.day)

    @property
    def is_key(self) -> np.ndarray:
        """Which events can be key dates, bool: those whose day is known; a week or month has no day to be one of."""
        return np.asarray(self.precision == DAY, dtype=bool)

    def key_dates(self, rows: np.ndarray) -> tuple[date, ...]:
        """Return the days of the events `rows` (bool or int) that can be key dates, each once and in order."""
        chosen = self.day[rows][self.is_key[rows]]
        return tuple(np.unique(chosen).tolist())

    def in_countries(self, words: Sequence[str], names: CountryNames) -> np.ndarray:
        """Return which events are in one of the countries (names or codes), bool; all where none is named.

        Raises InputError for a word that is neither a country nor what the table itself calls one.
        """
        inside = np.full(len(self), not words)
        own = pd.Series(self.country, dtype=object).str.casefold()
        for word in words:
            code = names.code_of(word)
            rows = (own == word.casefold()).to_numpy() | ((self.code == code) & (code != ""))
            if not code and not rows.any():
                near = near_words(word, {*names.titles.values(), *self.country} - {""})
                raise unknown_word("country", word, near, "write its name, or its ISO 3166 code such as NE or NER")
            inside |= rows
        return inside

    def coarse_note(self, rows: np.ndarray) -> str:
        """Return how many of the events `rows` (bool) can be no key date, "" if all can."""
        counts = [(int((self.precision[rows] == name).sum()), words) for name, words in _coarse_words().items()]
        told = [f"{count:,} {words}" for count, words in counts if count]
        if not told:
            return ""
        return f"Only events whose day is known can be key dates; known otherwise and left out: {', '.join(told)}."


def make_events(
    title: str,
    frame: pd.DataFrame,
    names: CountryNames,
    points: Optional[tuple[np.ndarray, np.ndarray]] = None,
    given: Optional[Mapping[str, str]] = None,
) -> DatedEvents:
    """Return the events of a table of texts ("" where empty), called `title`; `points` are lat, lon of its geometry.

    `given` names columns by role (EVENT_NAMES); the others are known by their names. Raises InputError where no column
    has dates, or no row one that can be read.
    """
    columns = with_given(find_columns(list(frame.columns), EVENT_NAMES), given or {}, list(frame.columns), title)
    if (given or {}).get("date"):
        columns["last"] = ""  # the end of another date says nothing of this one
    frame = frame.reset_index(drop=True)
    day, precision, note = _days(title, frame, columns)
    if columns["precision"]:
        codes = CODES.get(plain_name(columns["precision"]), {})
        precision = coarser(precision, coded(column(frame, columns["precision"]), codes))
    last = parse_days(column(frame, columns["last"]))[0] if columns["last"] else day
    last = np.where(np.isnat(last) | (last < day), day, last)
    read = ~np.isnat(day)
    if not read.any():
        raise InputError(f"{title} has no day that can be read in its column of dates: choose another column or table.")
    notes = [note] if note else []
    if not read.all():
        notes.append(f"{int((~read).sum()):,} of {len(read):,} rows of {title} have no date that can be read.")
    country, kind = objects(column(frame, columns["country"])), column(frame, columns["kind"])
    if plain_name(columns["kind"]) == "typeofviolence":
        kind = kind.map(_VIOLENCE).fillna(kind)
    lat, lon = points if points is not None else (_degrees(frame, columns[role]) for role in ("lat", "lon"))
    lat, lon = _on_earth(lat, lon)
    is_placed = _is_placed(column(frame, columns["where"]), country, lat, lon)
    name, place = (objects(column(frame, columns[role]))[read] for role in ("name", "place"))
    return DatedEvents(
        title, day[read], last[read], precision[read], country[read], names.codes_of(country[read]),
        objects(kind)[read], name, place, lat[read], lon[read], is_placed[read], tuple(notes),
    )  # fmt: skip


def _coarse_words() -> dict[str, str]:
    return {WEEK: "to the week", MONTH: "to the month", YEAR: "to the year", UNKNOWN: "not said how well"}


def _days(title: str, frame: pd.DataFrame, columns: Mapping[str, str]) -> tuple[np.ndarray, np.ndarray, str]:
    if columns["date"]:
        return parse_days(column(frame, columns["date"]))
    if columns["year"]:
        numbers = [pd.to_numeric(column(frame, columns[role]), errors="coerce") for role in ("year", "month", "day")]
        return (*days_of_parts(*(part.to_numpy(np.float64) for part in numbers)), "")
    listed = ", ".join(frame.columns)
    raise InputError(f"{title} has no column of dates (it has {listed}): name one event_date, or year, month and day.")


def _degrees(frame: pd.DataFrame, name: str) -> np.ndarray:
    numbers: np.ndarray = pd.to_numeric(column(frame, name), errors="coerce").to_numpy(np.float64)
    return numbers


def _on_earth(lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return positions, NaN for those that are none; 0, 0 is what tables write for none."""
    with np.errstate(invalid="ignore"):
        usable = (np.abs(lat) <= 90) & (np.abs(lon) <= 180) & ~((lat == 0) & (lon == 0))
    return np.where(usable, lat, np.nan), np.where(usable, lon, np.nan)


def _is_placed(where: pd.Series, country: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return which positions are those of places: coded as exact, or not one and the same for whole countries.

    ACLED's geo_precision and UCDP's where_prec are 1 for a place itself. Lists of coups give each country one position.
    """
    placed = np.isfinite(lat) & np.isfinite(lon)
    coded_exact = where.isin(["", "1", "1.0"]).to_numpy()
    if not (where != "").any():
        rows = pd.DataFrame({"country": country, "lat": lat, "lon": lon})[placed & (country != "")]
        groups = rows.groupby("country")
        one_each = groups.size().max() > 1 and bool((groups[["lat", "lon"]].nunique() == 1).all(axis=None))
        if len(rows) and one_each:
            return np.zeros(len(lat), dtype=bool)
    return placed & coded_exact
