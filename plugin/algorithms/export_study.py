"""`sitelight:exportstudy`: findings, itineraries and an evidence bundle from a study's GeoPackage."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..data.exports import FORMATS, export_study
from ..engine.base import InputError, Progress
from .parameters.base import SitelightAlgorithm

# What is written from a study alone: the network is made by Link network of places.
KINDS = ("bundle", "events_geojson", "events_csv", "geojson", "csv", "gpx", "kml")


class ExportStudyAlgorithm(SitelightAlgorithm):
    """Exports a written study."""

    NAME = "exportstudy"
    TITLE = QT_TRANSLATE_NOOP("ExportStudyAlgorithm", "Export a study")
    SHORT = QT_TRANSLATE_NOOP(
        "ExportStudyAlgorithm",
        "Findings as GeoJSON and CSV, itineraries as GPX and KML, and a bundle with report and check sums."
    )
    HELP = QT_TRANSLATE_NOOP(
        "ExportStudyAlgorithm",
        "Writes what is in a study's GeoPackage in other formats; nothing is computed anew, and what is hidden or "
        "rounded there stays so.\n\n"
        "Findings as GeoJSON or CSV: one point per finding with all its columns. In CSV, WKT and lon, lat hold the "
        "position (WGS 84), and a text that a spreadsheet would take for a formula begins with an apostrophe.\n\n"
        "Itineraries as GPX or KML: itineraries, their stops and legs, with times. In GPX they are tracks, waypoints "
        "and routes.\n\n"
        "Evidence bundle: a zip of the study, a report (HTML) with findings, screening, limits and the record of the "
        "run, and the SHA-256 sums of both.\n\n"
        "The graph of places comes from “Link network of places”. A device is not a person, and devices at one place "
        "have not necessarily met."
    )
    TAGS = QT_TRANSLATE_NOOP("ExportStudyAlgorithm", "GeoJSON,CSV,GPX,KML,zip,report,evidence,GraphML,share")

    STUDY = "STUDY"
    TARGETS = {kind: kind.upper() for kind in KINDS}

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare the study and one optional file for each format."""
        self.add_basic(
            QgsProcessingParameterFile(self.STUDY, self.tr("Study"), fileFilter="GeoPackage (*.gpkg)"),
            self.tr("A GeoPackage that “Analyze places around key dates” or the panel wrote."),
        )
        titles = (
            self.tr("Evidence bundle (zip)"), self.tr("Events (GeoJSON)"), self.tr("Events (CSV)"),
            self.tr("Findings (GeoJSON)"), self.tr("Findings (CSV)"), self.tr("Itineraries (GPX)"),
            self.tr("Itineraries (KML)"),
        )  # fmt: skip
        for (kind, name), title in zip(self.TARGETS.items(), titles):
            filters = f"{FORMATS[kind].title} (*{FORMATS[kind].suffix})"
            self.addParameter(
                QgsProcessingParameterFileDestination(name, title, filters, optional=True, createByDefault=False)
            )

    def own_files(self) -> dict[str, Callable[[Path], bool]]:
        """Return how earlier exports are known."""
        return {name: FORMATS[kind].is_own for kind, name in self.TARGETS.items()}

    def take_inputs(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Take the study and the files; raise InputError where no file is asked for."""
        self._study = self.parameterAsFile(parameters, self.STUDY, context)
        asked = {kind: self.parameterAsFileOutput(parameters, name, context) for kind, name in self.TARGETS.items()}
        self._targets = {kind: path for kind, path in asked.items() if path}
        if not self._targets:
            raise InputError(f"Choose at least one file to export to: {', '.join(self.TARGETS.values())}.")

    def make_outputs(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
        progress: Progress,
    ) -> dict[str, Any]:
        """Write each file."""
        for number, (kind, path) in enumerate(self._targets.items()):
            part = progress.part(number / len(self._targets), (number + 1) / len(self._targets))
            export_study(kind, self._study, path, progress=part)
            feedback.pushInfo(f"{FORMATS[kind].title}: {path}")
        return {self.TARGETS[kind]: path for kind, path in self._targets.items()}
