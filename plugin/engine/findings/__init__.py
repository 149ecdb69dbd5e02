"""Which tests are told, their tables, drivers, doubts and evidence."""

from .calendar_days import calendar_notes, study_calendar
from .drivers import explanations_table
from .event_table import events_table, with_region_events
from .evidence import Evidence
from .plain import odd_window_notes
from .region_tables import with_regions
from .select import Findings, holding_rises
from .tables import beside_findings, find_findings, heat_table, listed_counts, spot_outlines
from .together import together_notes, together_table
from .told_regions import COUNTRY, DISTRICT, ToldRegion, out_words, told_regions
from .window_notes import window_notes

__all__ = [
    "COUNTRY",
    "DISTRICT",
    "Evidence",
    "Findings",
    "beside_findings",
    "calendar_notes",
    "events_table",
    "explanations_table",
    "find_findings",
    "heat_table",
    "holding_rises",
    "listed_counts",
    "odd_window_notes",
    "spot_outlines",
    "study_calendar",
    "ToldRegion",
    "out_words",
    "told_regions",
    "together_notes",
    "together_table",
    "window_notes",
    "with_region_events",
    "with_regions",
]
