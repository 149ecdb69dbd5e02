"""Dated events and calendars: key dates, places, and the days of countries that are rest days or not ordinary."""

from .calendar import Calendar, holiday_windows
from .country_days import CountryDays, make_country_days
from .events import DatedEvents, make_events
from .places import places_of
from .spans import (
    CALENDAR_KINDS,
    CLOSED_AIRSPACE,
    CLOSED_BORDER,
    CalendarSpan,
    calendar_table,
    make_calendar,
)
from .words import told_days, told_span

__all__ = [
    "CALENDAR_KINDS",
    "CLOSED_AIRSPACE",
    "CLOSED_BORDER",
    "Calendar",
    "CalendarSpan",
    "CountryDays",
    "DatedEvents",
    "calendar_table",
    "holiday_windows",
    "make_calendar",
    "make_country_days",
    "make_events",
    "places_of",
    "told_days",
    "told_span",
]
