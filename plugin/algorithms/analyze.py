"""`sitelight:analyze`: a whole study from observations to the GeoPackage of results."""

from __future__ import annotations

from datetime import date
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterDistance,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsUnitTypes,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..data.library import load_named, offered_library
from ..engine.base import StudyError
from ..engine.scoring import LEVEL
from ..engine.study import DEFAULT_LINKED_CATEGORIES, Study
from ..layers.styles import read_styles
from ..tasks.study_task import StudyRequest, run_request
from .parameters.base import feedback_progress, processing_errors
from .parameters.sites_input import SitesInputAlgorithm

TOLD = 10
DEFAULTS = {name: field.default for name, field in Study.__dataclass_fields__.items()}


def parse_dates(text: str) -> tuple[date, ...]:
    """Return the ISO dates of a comma-separated text; raise StudyError naming one that is none."""
    days = []
    for part in filter(None, (part.strip() for part in text.replace(";", ",").split(","))):
        try:
            days.append(date.fromisoformat(part))
        except ValueError as error:
            raise StudyError(f"“{part}” is no date; write key dates as 2023-07-26, separated by commas.") from error
    if not days:
        raise StudyError("Give at least one key date, for example 2023-07-26.")
    return tuple(sorted(set(days)))


class AnalyzeAlgorithm(SitesInputAlgorithm):
    """Runs a study and writes all result tables."""

    NAME = "analyze"
    TITLE = QT_TRANSLATE_NOOP("AnalyzeAlgorithm", "Analyze places around key dates")
    SHORT = QT_TRANSLATE_NOOP(
        "AnalyzeAlgorithm",
        "Finds where behavior was unusual around key dates, and where those who were there came from."
    )
    HELP = QT_TRANSLATE_NOOP(
        "AnalyzeAlgorithm",
        "Measures every place, site or cell, against its own history around the key dates, and writes findings, "
        "heat, itineraries and the record of the run to one GeoPackage.\n\n"
        "Observations: a layer, or a file or folder (CSV, Parquet, GeoPackage and more) with device, time and "
        "position. Columns are detected when left empty.\n"
        "Sites: points with a radius in meters, or polygons, with a category and a country.\n"
        "Key dates: ISO dates separated by commas. Their window is the days before and after.\n"
        "Purpose: why the study is made. Without it no itineraries of single devices are written.\n\n"
        "A device is not a person, and devices at one place have not necessarily met."
    )
    TAGS = QT_TRANSLATE_NOOP(
        "AnalyzeAlgorithm",
        "anomaly,pattern of life,places,key dates,findings,itineraries,movement"
    )

    KEY_DATES, PURPOSE, OUTPUT = "KEY_DATES", "PURPOSE", "OUTPUT"
    DAYS_BEFORE, DAYS_AFTER = "DAYS_BEFORE", "DAYS_AFTER"
    CELL_SIZE, LOOKBACK_DAYS = "CELL_SIZE", "LOOKBACK_DAYS"
    LINKED_CATEGORIES = "LINKED_CATEGORIES"
    AXES = ("WHO", "WHEN", "WHAT", "CHANGE")
    BEHAVIORS = "BEHAVIORS"
    FINDINGS, ITINERARIES = "FINDINGS", "ITINERARIES"

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        self.add_observation_inputs()
        self.add_sites_input()
        self.addParameter(QgsProcessingParameterString(self.KEY_DATES, self.tr("Key dates (2023-07-26, …)")))
        self._add_days(self.DAYS_BEFORE, self.tr("Days before"), DEFAULTS["days_before"])
        self._add_days(self.DAYS_AFTER, self.tr("Days after"), DEFAULTS["days_after"])
        self.addParameter(
            QgsProcessingParameterString(
                self.PURPOSE, self.tr("Purpose (needed for itineraries)"), optional=True
            )
        )
        self._add_settings()
        self.addParameter(
            QgsProcessingParameterFileDestination(self.OUTPUT, self.tr("Study"), "GeoPackage (*.gpkg)")
        )
        self.addOutput(QgsProcessingOutputNumber(self.FINDINGS, self.tr("Number of findings")))
        self.addOutput(QgsProcessingOutputNumber(self.ITINERARIES, self.tr("Number of itineraries")))

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Take all that the run needs from layers and parameters, on the main thread."""
        with processing_errors():
            self._request = StudyRequest(
                self._study(parameters, context), self.take_source(parameters, context),
                self.take_sites(parameters, context),
                self.parameterAsFileOutput(parameters, self.OUTPUT, context), read_styles(),
            )
        return True

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the study and write the GeoPackage."""
        with processing_errors():
            results = run_request(self._request, feedback_progress(feedback))
        for note in results.notes:
            feedback.pushInfo(note)
        findings, itineraries = results.tables["findings"], results.tables["itineraries"]
        held = int((findings["q_value"] <= LEVEL).sum())
        feedback.pushInfo(f"{held} of {len(findings)} findings hold at q <= {LEVEL}.")
        for row in findings.sort_values("rank").head(TOLD).to_dict("records"):
            feedback.pushInfo(f"{row['rank']}. (q = {row['q_value']:.2g}) {row['sentence']}")
        return {
            self.OUTPUT: self._request.output_path,
            self.FINDINGS: len(findings),
            self.ITINERARIES: len(itineraries),
        }

    def _add_days(self, name: str, label: str, value: int) -> None:
        self.addParameter(
            QgsProcessingParameterNumber(
                name, label, QgsProcessingParameterNumber.Type.Integer, value, minValue=0, maxValue=60
            )
        )

    def _add_settings(self) -> None:
        self.add_observation_settings()
        self.add_sites_settings()
        self.add_place_settings()
        self._add_filters()

    def add_cell_size(self) -> None:
        """Add the cell size."""
        size = QgsProcessingParameterDistance(
            self.CELL_SIZE, self.tr("Cell size"), DEFAULTS["cell_size_m"], minValue=50, maxValue=50_000
        )
        size.setDefaultUnit(QgsUnitTypes.DistanceUnit.DistanceMeters)
        self.add_advanced(size)

    def add_place_settings(self) -> None:
        """Add cell size, look-back and linked categories."""
        self.add_cell_size()
        self.add_lookback()
        self.add_advanced(
            QgsProcessingParameterString(
                self.LINKED_CATEGORIES, self.tr("Linked categories, separated by commas"),
                ", ".join(DEFAULT_LINKED_CATEGORIES), optional=True,
            )
        )

    def add_lookback(self) -> None:
        """Add the span over which homes and regular places are known."""
        self.add_advanced(
            QgsProcessingParameterNumber(
                self.LOOKBACK_DAYS, self.tr("Lookback (days)"), QgsProcessingParameterNumber.Type.Integer,
                DEFAULTS["lookback_days"], minValue=1, maxValue=365,
            )
        )

    def _add_filters(self) -> None:
        library = offered_library()
        titles = (self.tr("Who"), self.tr("When"), self.tr("What"), self.tr("Change"))
        for axis, title in zip(self.AXES, titles):
            parameter = QgsProcessingParameterEnum(
                axis, self.tr("{axis} (all when empty)").format(axis=title),
                [entry.id for entry in getattr(library, axis.lower())], allowMultiple=True, optional=True,
            )
            parameter.setUsesStaticStrings(True)
            self.add_advanced(parameter)
        named = QgsProcessingParameterEnum(
            self.BEHAVIORS, self.tr("Named behaviors, instead of who, when, what and change"),
            [one.id for one in load_named()], allowMultiple=True, optional=True,
        )  # fmt: skip
        named.setUsesStaticStrings(True)
        self.add_advanced(named)

    def place_settings(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """Return the fields of `Study` that `add_place_settings` asks for."""
        linked = self.parameterAsString(parameters, self.LINKED_CATEGORIES, context)
        return {
            "cell_size_m": self.parameterAsDouble(parameters, self.CELL_SIZE, context),
            "lookback_days": self.parameterAsInt(parameters, self.LOOKBACK_DAYS, context),
            "linked_categories": tuple(filter(None, (part.strip() for part in linked.split(",")))),
        }

    def _study(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Study:
        filters = {
            axis.lower(): tuple(filter(None, self.parameterAsEnumStrings(parameters, axis, context)))
            for axis in self.AXES
        }
        named = self.parameterAsEnumStrings(parameters, self.BEHAVIORS, context)
        return Study(
            key_dates=parse_dates(self.parameterAsString(parameters, self.KEY_DATES, context)),
            days_before=self.parameterAsInt(parameters, self.DAYS_BEFORE, context),
            days_after=self.parameterAsInt(parameters, self.DAYS_AFTER, context),
            **self.place_settings(parameters, context),
            purpose=self.parameterAsString(parameters, self.PURPOSE, context).strip(),
            keep_device_ids=self.parameterAsBool(parameters, self.KEEP_DEVICE_IDS, context),
            **filters,
            behaviors=tuple(one.selection for one in load_named() if one.id in named),
        )
