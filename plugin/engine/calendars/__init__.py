"""Dated events and calendars as tables give them: key dates, places, days that are not ordinary."""

from .calendar import CALENDAR_KINDS, CalendarSpan, calendar_table, make_calendar
from .events import DatedEvents, make_events
from .places import places_of

__all__ = [
    "CALENDAR_KINDS",
    "CalendarSpan",
    "DatedEvents",
    "calendar_table",
    "make_calendar",
    "make_events",
    "places_of",
]
