"""`sitelight:analyze`: a whole study from observations to the GeoPackage of results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..data.audit_log import read_seal, short_seal
from ..data.formats import titles
from ..data.outputs import is_study
from ..data.result_styles import read_styles
from ..engine.base import Progress
from ..engine.purpose import check_purpose
from ..engine.scoring import LEVEL
from ..tasks.study_task import StudyRequest, run_request
from .parameters.study_input import StudyAlgorithm

TOLD = 10


class AnalyzeAlgorithm(StudyAlgorithm):
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
        "Observations: a layer, or a file or folder ({formats} and more) with device, time and "
        "position. Columns are detected when left empty.\n"
        "Sites: points with a radius in meters, or polygons, with a category and a country.\n"
        "Key dates: ISO dates separated by commas, and the days of a table of events (ACLED, UCDP GED, a list of "
        "coups). Their window is the days before and after; events known to the week or month only are left out.\n"
        "Purpose: why the study is made, in a sentence. Without it no itineraries of single devices are written.\n\n"
        "The seal is the hash of the study's log and content. Keep it somewhere else: with it “Verify a study” tells "
        "whether anything was changed, whoever changed it.\n\n"
        "A device is not a person, and devices at one place have not necessarily met."
    )
    TAGS = QT_TRANSLATE_NOOP(
        "AnalyzeAlgorithm",
        "anomaly,pattern of life,places,key dates,findings,itineraries,movement"
    )

    PURPOSE, OUTPUT = "PURPOSE", "OUTPUT"
    EVENTS, FINDINGS, ITINERARIES, SEAL = "EVENTS", "FINDINGS", "ITINERARIES", "SEAL"

    def shortHelpString(self) -> str:
        """Return the help beside the dialog, with the formats of files."""
        return super().shortHelpString().format(formats=titles())

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        self.add_observation_inputs()
        self.add_sites_input()
        self.add_key_dates()
        self.addParameter(
            QgsProcessingParameterString(self.PURPOSE, self.tr("Purpose (needed for itineraries)"), optional=True)
        )
        self.add_study_settings()
        self.addParameter(
            QgsProcessingParameterFileDestination(self.OUTPUT, self.tr("Study"), "GeoPackage (*.gpkg)")
        )
        self.addOutput(QgsProcessingOutputNumber(self.EVENTS, self.tr("Number of events")))
        self.addOutput(QgsProcessingOutputNumber(self.FINDINGS, self.tr("Number of findings")))
        self.addOutput(QgsProcessingOutputNumber(self.ITINERARIES, self.tr("Number of itineraries")))
        self.addOutput(QgsProcessingOutputString(self.SEAL, self.tr("Seal of the study, for “Verify a study”")))

    def own_files(self) -> dict[str, Callable[[Path], bool]]:
        """Return how an earlier study is known."""
        return {self.OUTPUT: is_study}

    def take_inputs(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Take the study with its purpose, and where it is written."""
        purpose = check_purpose(self.parameterAsString(parameters, self.PURPOSE, context))
        self.keep_study(replace(self.asked_study(parameters, context), purpose=purpose), parameters, context)
        path = self.parameterAsFileOutput(parameters, self.OUTPUT, context)
        self._request = StudyRequest(self.study, self.open_source, self.read_sites, path, read_styles())

    def make_outputs(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
        progress: Progress,
    ) -> dict[str, Any]:
        """Run the study and write the GeoPackage."""
        self.tell(feedback)
        results = run_request(self._request, progress)
        for note in results.notes:
            feedback.pushInfo(note)
        written = results.as_written().tables
        events, findings, itineraries = written["events"], written["findings"], written["itineraries"]
        held = int((events["q_value"] <= LEVEL).sum())
        feedback.pushInfo(f"{held} of {len(events)} events hold at q <= {LEVEL}, of {len(findings)} findings.")
        for row in events.sort_values("rank").head(TOLD).to_dict("records"):
            feedback.pushInfo(f"{row['rank']}. (q = {row['q_value']:.2g}) {row['sentence']}")
        seal = read_seal(self._request.output_path)
        feedback.pushInfo(f"Seal {short_seal(seal)}: keep it outside of the study, to verify the study with.")
        return {
            self.SEAL: seal,
            self.OUTPUT: self._request.output_path,
            self.EVENTS: len(events),
            self.FINDINGS: len(findings),
            self.ITINERARIES: len(itineraries),
        }
