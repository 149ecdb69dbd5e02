"""`sitelight:scorespots`: findings and heat as layers, and the places that resemble saved signatures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterMultipleLayers,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..data.signature_files import read_signature
from ..engine.base import Progress
from ..engine.results import Results
from ..engine.scoring import LEVEL
from ..engine.signatures import Signature, score_signature, signatures_table
from ..engine.tables import empty_table
from ..tasks.study_task import run_inputs
from .parameters.observations_input import source_lines
from .parameters.study_input import StudyAlgorithm
from .parameters.table_output import table_sink, write_table

STUDIED, SCORED = 0.85, 0.92


class ScoreSpotsAlgorithm(StudyAlgorithm):
    """Scores every spot around key dates, by the behavior library and by learned signatures."""

    NAME = "scorespots"
    TITLE = QT_TRANSLATE_NOOP("ScoreSpotsAlgorithm", "Score spots around key dates")
    SHORT = QT_TRANSLATE_NOOP(
        "ScoreSpotsAlgorithm",
        "Findings and heat as layers, and where devices behave as in learned signatures."
    )
    HELP = QT_TRANSLATE_NOOP(
        "ScoreSpotsAlgorithm",
        "Measures every spot, site or cell, against its own history around the key dates, as “Analyze places "
        "around key dates” does, and gives findings and heat as layers. No itineraries are followed.\n\n"
        "Signatures: JSON files written by “Learn a signature” or saved in the panel. Every spot of the key "
        "windows gets a score for each: the mean log-likelihood ratio over its devices. Spots are ranked by "
        "how many standard deviations the score is above ordinary spots with as many devices; p is the share of "
        "ordinary places and weeks that are as alike. A signature needs nothing of the place it was learned at.\n\n"
        "Findings: one row per finding. Heat: one row per spot and key date. Matches: one row per spot, key date "
        "and signature, best first.\n\n"
        "A device is not a person, and devices at one place have not necessarily met."
    )
    TAGS = QT_TRANSLATE_NOOP("ScoreSpotsAlgorithm", "anomaly,heat,findings,signature,similarity,pattern of life,places")

    FINDINGS, HEAT, SIGNATURES, MATCHES = "FINDINGS", "HEAT", "SIGNATURES", "MATCHES"
    SIGNIFICANT, MATCHED = "SIGNIFICANT", "MATCHED"

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        self.add_observation_inputs()
        self.add_sites_input()
        self.add_key_dates()
        self.addParameter(
            QgsProcessingParameterMultipleLayers(
                self.SIGNATURES, self.tr("Signatures (JSON files)"), QgsProcessing.SourceType.TypeFile, optional=True
            )
        )
        self.add_study_settings()
        self.addParameter(table_sink("findings", self.FINDINGS, self.tr("Findings")))
        self.addParameter(table_sink("heat", self.HEAT, self.tr("Heat")))
        self.addParameter(table_sink("signatures", self.MATCHES, self.tr("Signature matches"), is_optional=True))
        told = self.tr("Findings with q ≤ {level}").format(level=LEVEL)
        self.addOutput(QgsProcessingOutputNumber(self.SIGNIFICANT, told))
        self.addOutput(QgsProcessingOutputNumber(self.MATCHED, self.tr("Rows of signature matches")))

    def take_inputs(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Take the signatures and the study."""
        # QGIS 3.22 makes one empty name of a list that was not given.
        paths = self.parameterAsFileList(parameters, self.SIGNATURES, context)
        self._signatures = [read_signature(path) for path in paths if path]
        self.keep_study(self.asked_study(parameters, context), parameters, context)

    def make_outputs(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
        progress: Progress,
    ) -> dict[str, Any]:
        """Run the study, score the signatures and write the layers."""
        self.tell(feedback)
        study, source, results = run_inputs(
            self.study, self.open_source, self.read_sites, progress.part(0.0, STUDIED)
        )
        matches = find_matches(results, self._signatures, progress.part(STUDIED, SCORED))
        results = replace(results, tables={**results.tables, "signatures": matches}).as_written()
        matches = results.tables["signatures"]
        tables = {self.FINDINGS: "findings", self.HEAT: "heat"}
        frames = {self.FINDINGS: results.tables["findings"], self.HEAT: results.tables["heat"]}
        if self._signatures:
            tables[self.MATCHES], frames[self.MATCHES] = "signatures", matches
        outputs: dict[str, Any] = {
            name: write_table(self, name, table, frames[name], parameters, context, progress.part(SCORED, 1.0))
            for name, table in tables.items()
        }
        told = source_lines(source, study.screening.keep_device_ids)
        notes = [note for note in results.notes if note not in told]
        for line in (*told, *notes, *matches.loc[matches["rank"] <= 5, "sentence"]):
            feedback.pushInfo(line)
        significant = int((results.tables["findings"]["q_value"] <= LEVEL).sum())
        return {**outputs, self.SIGNIFICANT: significant, self.MATCHED: len(matches)}


def find_matches(results: Results, signatures: list[Signature], progress: Progress) -> pd.DataFrame:
    """Return the rows of table `signatures` for all signatures, numbered through."""
    parts = [empty_table("signatures")]
    for number, signature in enumerate(signatures):
        part = progress.part(number / len(signatures), (number + 1) / len(signatures))
        scores = score_signature(signature, results.evidence, part)
        parts.append(signatures_table(results.evidence, signature, scores))
    table = pd.concat(parts[1:] or parts, ignore_index=True)
    table["match_id"] = range(1, len(table) + 1)
    return table
