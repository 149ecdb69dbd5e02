"""`sitelight:tracebackitineraries`: the ways of those who came to a place, seen before at linked places or not."""

from __future__ import annotations

from typing import Any

import pandas as pd
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..data.country_names import load_country_names
from ..data.false_traces import false_traces_text
from ..data.library import load_vocabulary
from ..engine.base import Progress
from ..engine.calendars import read_key_dates
from ..engine.itineraries import ItinerarySettings, LinkedTo, trace_back
from ..engine.places import asked_categories
from ..engine.purpose import require_purpose
from ..engine.study import DEFAULT_LINKED_CATEGORIES, Study, read_history
from ..engine.visits import NOBODY_FOLLOWED, is_region_id
from .parameters.base import words_of
from .parameters.number_parameters import number_parameter
from .parameters.observations_input import source_lines
from .parameters.place_input import PlaceAlgorithm
from .parameters.table_output import table_sink, write_table

READ, TRACED = 0.85, 0.95
TOLD = 5


class TraceBackAlgorithm(PlaceAlgorithm):
    """Traces itineraries back from a place or from findings."""

    NAME = "tracebackitineraries"
    TITLE = QT_TRANSLATE_NOOP("TraceBackAlgorithm", "Trace itineraries back from a place")
    SHORT = QT_TRANSLATE_NOOP(
        "TraceBackAlgorithm",
        "The stops, flights, roads and borders by which devices came to a place, from linked places."
    )
    HELP = QT_TRANSLATE_NOOP(
        "TraceBackAlgorithm",
        "Takes the devices that stayed at a place in a window, or at the places of findings in theirs, and gives "
        "one itinerary for each: stops at sites or near towns with their dates, how the device got from one to "
        "the next, borders crossed, days from the key date, where it is based, and how long it was not seen.\n\n"
        "Linked categories and countries: only devices that were, before they came, at a site of one of these "
        "categories in one of these countries, with any number of stops in between. “military” and “RU” asks for "
        "those seen at military sites in Russia before.\n\n"
        "With a calendar, borders crossed while they were closed are said, and flights while the airspace was.\n\n"
        "Itineraries are ranked by how few other devices made such visits and journeys for the first time within "
        "three weeks. Of several devices on the same route one stands first; route and n_same_route tell the "
        "others, which come after all other itineraries.\n\n"
        "lookalikes tells how many innocent visitors such a list would have that look at least like each: the same is "
        "asked of as long windows on ordinary dates, also with the linked places moved to others with as many "
        "visitors. It is told in steps: 0.05 is at most that, and the trace strong (chance makes one in a list of "
        "twenty); 1 is at most one; more is a number.\n\n"
        "Silences of six hours and more are told with the sites and airports where the device may have stopped "
        "meanwhile, and how probable each is by what devices do in the same data while they are seen; the ten longest "
        "of each itinerary that leave a place at least one chance in five.\n\n"
        "A written purpose is required. Places that are no sites are shown as squares of 5 km. A device is not a "
        "person, and devices at one place have not necessarily met."
    )
    TAGS = QT_TRANSLATE_NOOP(
        "TraceBackAlgorithm",
        "itinerary,backtrack,route,travel,stops,border crossing,flights,linked places"
    )

    LINKED_COUNTRIES, DAYS, PURPOSE = "LINKED_COUNTRIES", "DAYS", "PURPOSE"
    STOPS, LEGS, SILENCES = "STOPS", "LEGS", "SILENCES"
    COUNT = "COUNT"
    TABLES = ("ITINERARIES", "STOPS", "LEGS", "SILENCES")

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        self.add_observation_inputs()
        self.add_sites_input(self.tr("Stops are named after these, and the linked categories are theirs."))
        self.add_place_inputs()
        self.add_window_inputs()
        self.add_findings_input()
        texts = (
            (self.LINKED_CATEGORIES, self.tr("Linked categories, separated by commas"),
             self.tr("Categories of the sites where a device was seen before it came, in our words or others "
                     "(garrison, caserne); all when empty.")),
            (self.LINKED_COUNTRIES, self.tr("Linked countries, separated by commas"),
             self.tr("Countries of those sites by English name or ISO code (Niger, NE, NER); all when empty.")),
            (self.KEY_DATES, self.tr("Key dates (the first day of the window when empty)"),
             self.tr("Stops tell their days from the key date that fits best.")),
        )  # fmt: skip
        for name, label, help_text in texts:
            self.add_basic(QgsProcessingParameterString(name, label, optional=True), help_text)
        self.add_events()
        self.add_basic(
            number_parameter(self.DAYS, self.tr("Days to look back"), ItinerarySettings.days_before, 1, 365),
            self.tr("How long before the key date an itinerary begins, and a linked visit counts."),
        )
        self.add_basic(
            QgsProcessingParameterString(self.PURPOSE, self.tr("Purpose")),
            self.tr("Why the ways of single devices are looked at; it is written to the log."),
        )
        self.add_observation_settings()
        self.add_sites_settings()
        self.add_cell_size()
        self.add_lookback()
        self.add_calendar()
        titles = (self.tr("Itineraries"), self.tr("Itinerary stops"), self.tr("Itinerary legs"),
                  self.tr("Itinerary silences"))
        for name, title in zip(self.TABLES, titles):
            # Whoever asked for three outputs before there was a fourth still may.
            self.addParameter(table_sink(name.lower(), name, title, is_optional=name == self.SILENCES))
        self.addOutput(QgsProcessingOutputNumber(self.COUNT, self.tr("Number of itineraries")))

    def take_inputs(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Take purpose, places, windows, what they are linked to, and inputs."""
        self._purpose = require_purpose(self.parameterAsString(parameters, self.PURPOSE, context))
        self._places = self.take_places(parameters, context)
        categories, countries = (
            words_of(self.parameterAsString(parameters, name, context))
            for name in (self.LINKED_CATEGORIES, self.LINKED_COUNTRIES)
        )
        self._categories, self._countries = categories, load_country_names().asked(countries)
        dates = self.parameterAsString(parameters, self.KEY_DATES, context)
        typed = read_key_dates(dates)[0] if dates.strip() else ()
        self._key_dates = tuple(sorted({*typed, *self.take_event_dates(parameters, context)}))
        self._days = self.parameterAsInt(parameters, self.DAYS, context)
        study = Study(
            key_dates=(), cell_size_m=self.parameterAsDouble(parameters, self.CELL_SIZE, context),
            lookback_days=self.parameterAsInt(parameters, self.LOOKBACK_DAYS, context),
            calendar=self.take_calendar(parameters, context),
        )  # fmt: skip
        self.keep_study(study, parameters, context)

    def make_outputs(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
        progress: Progress,
    ) -> dict[str, Any]:
        """Trace back and write the four outputs."""
        feedback.pushInfo(f"Purpose: {self._purpose}")
        self.tell(feedback)
        frames = self._trace(progress, feedback)
        outputs = {
            name: write_table(
                self, name, name.lower(), frames[name.lower()], parameters, context, progress.part(TRACED, 1.0)
            )
            for name in self.TABLES
        }
        found: pd.DataFrame = frames["itineraries"]
        if found.empty:
            feedback.pushWarning("No device fits. Ask for other links, a longer window or more days back.")
        else:
            feedback.pushInfo(false_traces_text(found))
        for row in found.sort_values("rank").head(TOLD).to_dict("records"):
            feedback.pushInfo(f"{row['rank']}. {row['stops']}{'. ' if row['closures'] else ''}{row['closures']}")
        return {**outputs, self.COUNT: len(found)}

    def _trace(self, progress: Progress, feedback: QgsProcessingFeedback) -> dict[str, pd.DataFrame]:
        study, source = self.read_study(progress, feedback)
        categories = asked_categories(load_vocabulary(), self._categories, set(study.sites.category))
        history, grid, sites, pseudonyms = read_history(study, source, progress.part(0.0, READ))
        for line in source_lines(source, study.screening.keep_device_ids):
            feedback.pushInfo(line)
        for one in self._places:
            if is_region_id(one.place.spot):
                feedback.pushWarning(f"Finding {one.finding_id} is left out. {NOBODY_FOLLOWED}")
        progress.step("Following itineraries", READ)
        return trace_back(
            history, grid, sites, pseudonyms, self._places, LinkedTo(categories, self._countries), self._key_dates,
            self._days,
            watched_categories=DEFAULT_LINKED_CATEGORIES,
        )  # fmt: skip
