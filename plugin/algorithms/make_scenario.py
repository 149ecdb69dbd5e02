"""`sitelight:makescenario`: a synthetic world with planted truth."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFolderDestination,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..data.scenario_files import write_scenario
from ..engine.base import Progress
from ..engine.scenario import ScenarioSettings
from .parameters.base import SitelightAlgorithm
from .parameters.number_parameters import number_parameter

DEFAULTS = {name: field.default for name, field in ScenarioSettings.__dataclass_fields__.items()}


class MakeScenarioAlgorithm(SitelightAlgorithm):
    """Writes synthetic observations, sites and truth."""

    NAME = "makescenario"
    TITLE = QT_TRANSLATE_NOOP("MakeScenarioAlgorithm", "Make a synthetic scenario")
    SHORT = QT_TRANSLATE_NOOP(
        "MakeScenarioAlgorithm",
        "Makes a synthetic Sahel of summer 2023 for training and tests, with planted truth."
    )
    HELP = QT_TRANSLATE_NOOP(
        "MakeScenarioAlgorithm",
        "Makes observations and sites of an invented Sahel in summer 2023, to learn and to test with. All of it is "
        "synthetic: no record comes from a real device, and places marked fictional are invented.\n\n"
        "Four itineraries and several group effects are planted around 2023-07-26 and 2023-08-30; the truth file "
        "lists them. The calendar has the borders and airspaces that were closed in those weeks, and the curfews.\n\n"
        "The same seed gives the same world. A null world has nothing planted."
    )
    TAGS = QT_TRANSLATE_NOOP("MakeScenarioAlgorithm", "synthetic,sample data,training,demo,test")

    DEVICES, DAYS, SEED, NULL_WORLD = "DEVICES", "DAYS", "SEED", "NULL_WORLD"
    OUTPUT_FOLDER = "OUTPUT_FOLDER"
    FILES = ("OBSERVATIONS", "SITES", "CALENDAR", "TRUTH")

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        numbers = (
            (self.DEVICES, self.tr("Background devices"), DEFAULTS["devices"], 1, 10_000_000),
            (self.DAYS, self.tr("Days of history"), DEFAULTS["days"], 1, 3650),
            (self.SEED, self.tr("Seed"), DEFAULTS["seed"], 0, 2**31 - 1),
        )
        for name, label, value, least, most in numbers:
            self.addParameter(number_parameter(name, label, value, least, most))
        self.addParameter(
            QgsProcessingParameterBoolean(self.NULL_WORLD, self.tr("Null world (nothing planted)"), defaultValue=False)
        )
        self.addParameter(QgsProcessingParameterFolderDestination(self.OUTPUT_FOLDER, self.tr("Folder")))
        labels = (self.tr("Observations"), self.tr("Sites"), self.tr("Calendar"), self.tr("Truth"))
        for name, label in zip(self.FILES, labels):
            self.addOutput(QgsProcessingOutputFile(name, label))

    def make_outputs(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
        progress: Progress,
    ) -> dict[str, Any]:
        """Write the scenario."""
        folder = self.parameterAsString(parameters, self.OUTPUT_FOLDER, context)
        settings = ScenarioSettings(
            devices=self.parameterAsInt(parameters, self.DEVICES, context),
            days=self.parameterAsInt(parameters, self.DAYS, context),
            seed=self.parameterAsInt(parameters, self.SEED, context),
            null=self.parameterAsBool(parameters, self.NULL_WORLD, context),
        )
        files = write_scenario(settings, folder, progress)
        return {
            self.OUTPUT_FOLDER: files["folder"],
            "OBSERVATIONS": files["observations"][0],
            "SITES": files["sites"],
            "CALENDAR": files["calendar"],
            "TRUTH": files["truth"],
        }
