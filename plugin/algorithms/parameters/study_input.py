"""A study as parameters: spots and what is known of devices, key dates, and which behaviors are looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Union

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterEnum,
    QgsProcessingParameterString,
)

from ...data.library import load_named, offered_library
from ...engine.base import Progress, SitelightError
from ...engine.behaviors import Entry, NamedBehavior, asked_entries
from ...engine.calendars import read_key_dates
from ...engine.screening import ObservationSource
from ...engine.study import DEFAULT_LINKED_CATEGORIES, Study
from ...tasks.study_task import read_inputs
from .base import words_of
from .key_dates_input import KeyDatesAlgorithm
from .number_parameters import distance_parameter, number_parameter

DEFAULTS = {name: field.default for name, field in Study.__dataclass_fields__.items()}


class SpotsAlgorithm(KeyDatesAlgorithm):
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
            ),
            self.tr("In our words or others, which are mapped: garrison and caserne are military."),
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
        self.study = replace(study, screening=replace(study.screening, keep_device_ids=keeps_ids))
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

    DAYS_BEFORE, DAYS_AFTER = "DAYS_BEFORE", "DAYS_AFTER"
    AXES = ("WHO", "WHEN", "WHAT", "CHANGE")
    BEHAVIORS = "BEHAVIORS"

    def add_key_dates(self) -> None:
        """Add the key dates and the days around them."""
        self.add_basic(
            QgsProcessingParameterString(self.KEY_DATES, self.tr("Key dates (2023-07-26, …)"), optional=True),
            self.tr("With commas between. Those of one kind can stand behind its name and are asked together, beside "
                    "each by itself: festival: 2021-01-01, 2022-01-01; coup: 2023-07-26."),
        )  # fmt: skip
        self.add_events()
        self.addParameter(number_parameter(self.DAYS_BEFORE, self.tr("Days before"), DEFAULTS["days_before"], 0, 60))
        self.addParameter(number_parameter(self.DAYS_AFTER, self.tr("Days after"), DEFAULTS["days_after"], 0, 60))

    def add_study_settings(self) -> None:
        """Add all that most studies leave alone: columns, spots, and which behaviors are looked for."""
        self.add_observation_settings()
        self.add_sites_settings()
        self.add_spot_settings()
        self.add_calendar()
        titles = (self.tr("Who"), self.tr("When"), self.tr("What"), self.tr("Change"))
        labels = [self.tr("{axis} (all when empty)").format(axis=title) for title in titles]
        labels.append(self.tr("Named behaviors, instead of who, when, what and change"))
        for label, (name, offered) in zip(labels, self._offered().items()):
            ids = [one.id for one in offered]
            choice = QgsProcessingParameterEnum(name, label, ids, allowMultiple=True, optional=True)
            choice.setUsesStaticStrings(True)
            self.add_advanced(choice)

    def asked_study(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Study:
        """Return the study asked for, without its inputs; raise StudyError for key dates that are none."""
        chosen = self._chosen(parameters)
        dates = self.parameterAsString(parameters, self.KEY_DATES, context)
        events = self.take_event_dates(parameters, context)
        days, groups = ((), ()) if events and not dates.strip() else read_key_dates(dates)
        return Study(
            key_dates=days,
            key_date_groups=groups,
            event_dates=events,
            calendar=self.take_calendar(parameters, context),
            days_before=self.parameterAsInt(parameters, self.DAYS_BEFORE, context),
            days_after=self.parameterAsInt(parameters, self.DAYS_AFTER, context),
            **self.spot_settings(parameters, context),
            **{axis.lower(): chosen[axis] for axis in self.AXES},
            behaviors=tuple(one.selection for one in load_named() if one.id in chosen[self.BEHAVIORS]),
        )

    def checkParameterValues(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """Return whether the parameters make sense; QGIS does not know that titles name behaviors too."""
        try:
            chosen = {name: list(ids) for name, ids in self._chosen(parameters).items() if ids}
        except SitelightError as error:
            return False, str(error)
        return super().checkParameterValues({**parameters, **chosen}, context)

    def _offered(self) -> dict[str, Sequence[Union[Entry, NamedBehavior]]]:
        library = offered_library()
        return {**{axis: getattr(library, axis.lower()) for axis in self.AXES}, self.BEHAVIORS: load_named()}

    def _chosen(self, parameters: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        """Return the ids of the behaviors chosen; raise InputError for a word that is none."""
        kinds = {self.BEHAVIORS: "named behavior"}
        return {
            name: asked_entries(kinds.get(name, f"entry of {name}"), _words(parameters.get(name)), offered)
            for name, offered in self._offered().items()
        }


def _words(given: Any) -> list[str]:
    """Return what is chosen of a list: a list of texts, or one text with commas between."""
    if isinstance(given, (list, tuple)):
        return [str(one).strip() for one in given if str(one).strip()]
    return words_of(given) if isinstance(given, str) else []
