"""A study as parameters: spots and what is known of devices, key dates, and which behaviors are looked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterEnum,
    QgsProcessingParameterString,
)

from ...data.library import load_named, offered_library
from ...engine.base import Progress, StudyError
from ...engine.screening import ObservationSource, ScreeningSettings
from ...engine.study import DEFAULT_LINKED_CATEGORIES, Study
from ...tasks.study_task import read_inputs
from .base import words_of
from .number_parameters import distance_parameter, number_parameter
from .sites_input import SitesInputAlgorithm

DEFAULTS = {name: field.default for name, field in Study.__dataclass_fields__.items()}


def parse_dates(text: str) -> tuple[date, ...]:
    """Return the ISO dates of a comma-separated text; raise StudyError naming one that is none."""
    days = []
    for part in words_of(text):
        try:
            days.append(date.fromisoformat(part))
        except ValueError as error:
            raise StudyError(f"“{part}” is no date; write key dates as 2023-07-26, separated by commas.") from error
    if not days:
        raise StudyError("Give at least one key date, for example 2023-07-26.")
    return tuple(sorted(set(days)))


class SpotsAlgorithm(SitesInputAlgorithm):
    """Base of the algorithms that look at spots: sites, and cells where there are none."""

    CELL_SIZE, LOOKBACK_DAYS, LINKED_CATEGORIES = "CELL_SIZE", "LOOKBACK_DAYS", "LINKED_CATEGORIES"

    def add_spot_settings(self) -> None:
        """Add cell size, look-back and linked categories."""
        self.add_cell_size()
        self.add_lookback()
        self.add_advanced(
            QgsProcessingParameterString(
                self.LINKED_CATEGORIES, self.tr("Linked categories, separated by commas"),
                ", ".join(DEFAULT_LINKED_CATEGORIES), optional=True,
            )
        )  # fmt: skip

    def add_cell_size(self) -> None:
        """Add the cell size."""
        self.add_advanced(distance_parameter(self.CELL_SIZE, self.tr("Cell size"), DEFAULTS["cell_size_m"], 50, 50_000))

    def add_lookback(self) -> None:
        """Add the span over which homes and regular places are known."""
        days = DEFAULTS["lookback_days"]
        self.add_advanced(number_parameter(self.LOOKBACK_DAYS, self.tr("Lookback (days)"), days, 1, 365))

    def spot_settings(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """Return the fields of `Study` that `add_spot_settings` asks for."""
        linked = self.parameterAsString(parameters, self.LINKED_CATEGORIES, context)
        return {
            "cell_size_m": self.parameterAsDouble(parameters, self.CELL_SIZE, context),
            "lookback_days": self.parameterAsInt(parameters, self.LOOKBACK_DAYS, context),
            "linked_categories": tuple(words_of(linked)),
        }

    def keep_study(self, study: Study, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Keep `study`, with the handling of ids that was chosen, and what opens its inputs; main thread only."""
        keeps_ids = self.parameterAsBool(parameters, self.KEEP_DEVICE_IDS, context)
        self.study = replace(study, screening=ScreeningSettings(keep_device_ids=keeps_ids))
        self.open_source = self.take_source(parameters, context)
        self.read_sites = self.take_sites(parameters, context)

    def read_study(self, progress: Progress, feedback: QgsProcessingFeedback) -> tuple[Study, ObservationSource]:
        """Return the study with its sites and world, and its observations; tell how many sites were left out."""
        study, source, note = read_inputs(self.study, self.open_source, self.read_sites, progress)
        if note:
            feedback.pushWarning(note)
        return study, source


class StudyAlgorithm(SpotsAlgorithm):
    """Base of the algorithms that measure spots around key dates."""

    KEY_DATES, DAYS_BEFORE, DAYS_AFTER = "KEY_DATES", "DAYS_BEFORE", "DAYS_AFTER"
    AXES = ("WHO", "WHEN", "WHAT", "CHANGE")
    BEHAVIORS = "BEHAVIORS"

    def add_key_dates(self) -> None:
        """Add the key dates and the days around them."""
        self.addParameter(QgsProcessingParameterString(self.KEY_DATES, self.tr("Key dates (2023-07-26, …)")))
        self.addParameter(number_parameter(self.DAYS_BEFORE, self.tr("Days before"), DEFAULTS["days_before"], 0, 60))
        self.addParameter(number_parameter(self.DAYS_AFTER, self.tr("Days after"), DEFAULTS["days_after"], 0, 60))

    def add_study_settings(self) -> None:
        """Add all that most studies leave alone: columns, spots, and which behaviors are looked for."""
        self.add_observation_settings()
        self.add_sites_settings()
        self.add_spot_settings()
        library = offered_library()
        titles = (self.tr("Who"), self.tr("When"), self.tr("What"), self.tr("Change"))
        for axis, title in zip(self.AXES, titles):
            ids = [entry.id for entry in getattr(library, axis.lower())]
            self._add_choice(axis, self.tr("{axis} (all when empty)").format(axis=title), ids)
        label = self.tr("Named behaviors, instead of who, when, what and change")
        self._add_choice(self.BEHAVIORS, label, [one.id for one in load_named()])

    def asked_study(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Study:
        """Return the study asked for, without its inputs; raise StudyError for key dates that are none."""
        filters = {
            axis.lower(): tuple(filter(None, self.parameterAsEnumStrings(parameters, axis, context)))
            for axis in self.AXES
        }
        named = self.parameterAsEnumStrings(parameters, self.BEHAVIORS, context)
        return Study(
            key_dates=parse_dates(self.parameterAsString(parameters, self.KEY_DATES, context)),
            days_before=self.parameterAsInt(parameters, self.DAYS_BEFORE, context),
            days_after=self.parameterAsInt(parameters, self.DAYS_AFTER, context),
            **self.spot_settings(parameters, context),
            **filters,
            behaviors=tuple(one.selection for one in load_named() if one.id in named),
        )

    def _add_choice(self, name: str, label: str, ids: list[str]) -> None:
        choice = QgsProcessingParameterEnum(name, label, ids, allowMultiple=True, optional=True)
        choice.setUsesStaticStrings(True)
        self.add_advanced(choice)
