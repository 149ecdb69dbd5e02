"""`sitelight:verifystudy`: whether a study is as it was written."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputBoolean,
    QgsProcessingOutputString,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..data.audit_log import check_study, require_seal, short_seal
from ..engine.base import Progress
from .parameters.base import SitelightAlgorithm


class VerifyStudyAlgorithm(SitelightAlgorithm):
    """Compares every table of a study with its log, and the log with a seal."""

    NAME = "verifystudy"
    TITLE = QT_TRANSLATE_NOOP("VerifyStudyAlgorithm", "Verify a study")
    SHORT = QT_TRANSLATE_NOOP(
        "VerifyStudyAlgorithm", "Tells whether a study is as it was written, and which tables were changed."
    )
    HELP = QT_TRANSLATE_NOOP(
        "VerifyStudyAlgorithm",
        "Compares every table of a study, the record of its run included, with the hashes in its log, and the rows of "
        "the log with each other. Each table that does not fit is named in a sentence. Styles, indexes and extents, "
        "which QGIS writes itself, may differ.\n\n"
        "What this proves: without a seal, that nobody changed the study by accident, by hand in QGIS or in a database "
        "program. The log has no secret: who knows how it is made can change a table and write the whole log anew, and "
        "then everything fits. It then has another seal.\n\n"
        "Seal: the hash of the last row of the log, as Analyze and the panel give it; its first 24 digits are enough. "
        "Keep it where the study is not: on paper, in a mail to whoever receives the study. A study whose seal is the "
        "one that was kept is the same in every cell. A later step that is logged, such as the matches of a signature, "
        "gives a new seal; with the earlier one the tables are named that have changed since.\n\n"
        "The log says nothing of whether the observations were true, nor of who ran the study. Studies written by "
        "earlier versions, whose log held no hashes of the tables, are unproven."
    )
    TAGS = QT_TRANSLATE_NOOP("VerifyStudyAlgorithm", "audit,hash,seal,integrity,tamper,check,log")

    STUDY, SEAL = "STUDY", "SEAL"
    FITS, MISFITS, FOUND_SEAL = "FITS", "MISFITS", "FOUND_SEAL"

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        self.addParameter(QgsProcessingParameterFile(self.STUDY, self.tr("Study"), extension="gpkg"))
        self.addParameter(
            QgsProcessingParameterString(self.SEAL, self.tr("Seal that was kept elsewhere"), optional=True)
        )
        self.addOutput(QgsProcessingOutputBoolean(self.FITS, self.tr("Whether everything fits")))
        self.addOutput(QgsProcessingOutputString(self.MISFITS, self.tr("What does not fit, one sentence per line")))
        self.addOutput(QgsProcessingOutputString(self.FOUND_SEAL, self.tr("Seal of the study as it is now")))

    def take_inputs(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Take the file and the seal."""
        self._path = self.parameterAsFile(parameters, self.STUDY, context)
        self._seal = require_seal(self.parameterAsString(parameters, self.SEAL, context))

    def make_outputs(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
        progress: Progress,
    ) -> dict[str, Any]:
        """Check the study; one that does not fit is a result, not an error."""
        check = check_study(self._path, progress, self._seal)
        for sentence in check.sentences:
            feedback.pushWarning(sentence)
        if check.fits:
            feedback.pushInfo("Every table fits the log, and the log the seal." if self._seal else
                              "Every table fits the log.")  # fmt: skip
        if check.seal:
            feedback.pushInfo(f"Seal {short_seal(check.seal)} (in full {check.seal}).")
        return {self.FITS: check.fits, self.MISFITS: "\n".join(check.sentences), self.FOUND_SEAL: check.seal}
