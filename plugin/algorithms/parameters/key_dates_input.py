"""Key dates as parameters of an algorithm: as text, or as the days of a table of events; and calendars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Callable

import numpy as np
from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterString,
)

from ...data.country_names import load_country_names
from ...data.event_tables import EventTable, read_table_file, take_table
from ...data.formats import format_of
from ...engine.base import InputError
from ...engine.calendars import CalendarSpan, DatedEvents
from .base import words_of
from .observations_input import is_selected_only, source_text
from .sites_input import SitesInputAlgorithm


class KeyDatesAlgorithm(SitesInputAlgorithm):
    """Base of the algorithms that take key dates; `told` are sentences on events, for the log."""

    KEY_DATES, EVENTS, CALENDAR = "KEY_DATES", "EVENTS", "CALENDAR"
    EVENTS_DATE_FIELD, EVENTS_COUNTRIES = "EVENTS_DATE_FIELD", "EVENTS_COUNTRIES"
    told: Sequence[str] = ()

    def add_events(self) -> None:
        """Add the table of events whose days are key dates."""
        types = [QgsProcessing.SourceType.TypeVector]
        self.add_basic(
            QgsProcessingParameterFeatureSource(
                self.EVENTS, self.tr("and the days of these events (table or points)"), types, optional=True
            ),
            self.tr("Dated events such as ACLED, UCDP GED or a list of coups. Those whose day is known become key "
                    "dates; those known to the week or month only are left out and counted."),
        )  # fmt: skip
        self.add_basic(
            QgsProcessingParameterString(self.EVENTS_COUNTRIES, self.tr("Countries of the events"), optional=True),
            self.tr("English names or ISO codes (Niger, NE, NER), with commas between; all when empty."),
        )
        self.add_advanced(
            QgsProcessingParameterField(
                self.EVENTS_DATE_FIELD, self.tr("Date column of the events"), None, self.EVENTS, optional=True
            ),
            self.tr("Detected when empty: event_date, date_start, date, or year, month and day."),
        )

    def add_calendar(self) -> None:
        """Add the table of days that are not ordinary."""
        self.add_advanced(
            QgsProcessingParameterFeatureSource(
                self.CALENDAR, self.tr("Calendar (country, from, to, kind, name, neighbours)"),
                [QgsProcessing.SourceType.TypeVector], optional=True,
            ),
            self.tr("Days that are not ordinary: holiday, rest day, curfew, closed border, closed airspace, shutdown "
                    "or other; neighbours (optional, with ; between) are those towards which a border is closed. They "
                    "are kept with the study; public holidays are known without it."),
        )  # fmt: skip

    def take_event_dates(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[date, ...]:
        """Return the days of the events chosen, () without any; main thread only. Raises InputError."""
        if not parameters.get(self.EVENTS):
            return ()
        column = self.parameterAsString(parameters, self.EVENTS_DATE_FIELD, context).strip()
        events = self._open_table(self.EVENTS, parameters, context)().events({"date": column})
        words = words_of(self.parameterAsString(parameters, self.EVENTS_COUNTRIES, context))
        rows = events.in_countries(words, load_country_names())
        dates = events.key_dates(rows)
        if not dates:
            raise InputError(_none_sentence(events, rows, words))
        listed = ", ".join(day.isoformat() for day in dates[:10]) + (", …" if len(dates) > 10 else "")
        told = f"Key dates of {int(rows.sum()):,} events in {events.title}: {len(dates):,} ({listed})"
        self.told = [text for text in (told, events.coarse_note(rows), *events.notes) if text]
        return dates

    def take_calendar(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[CalendarSpan, ...]:
        """Return the calendar chosen, () without any; main thread only. Raises InputError naming the row at fault."""
        if not parameters.get(self.CALENDAR):
            return ()
        return self._open_table(self.CALENDAR, parameters, context)().calendar()

    def tell(self, feedback: QgsProcessingFeedback) -> None:
        """Say in the log what came of the events."""
        for sentence in self.told:
            feedback.pushInfo(sentence)

    def _open_table(
        self, name: str, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> Callable[[], EventTable]:
        """Return what reads a table; of a text file its own reader, which takes nothing for missing."""
        given = parameters[name]
        layer = self.open_layer(parameters, name, context)
        path = Path(source_text(given) if layer is None else layer.source().partition("|")[0].partition("?")[0])
        is_text = path.is_file() and format_of(path).reads_sites
        if layer is None or (is_text and not is_selected_only(given) and not layer.subsetString()):
            return lambda: read_table_file(path)
        return take_table(layer, is_selected_only(given))


def _none_sentence(events: DatedEvents, rows: np.ndarray, words: Sequence[str]) -> str:
    """Return why events give no key date, and what to do."""
    where = f" in {', '.join(words)}" if words else ""
    if not rows.any():
        return f"{events.title} has no event{where}: choose other countries or another table."
    return (
        f"The day of none of the {int(rows.sum()):,} events{where} in {events.title} is known: a week or month has no"
        " day that could be a key date. Write key dates in KEY_DATES instead."
    )
