"""`sitelight:learnsignature`: from example places and windows to a signature file, with its skill."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..data.signature_files import SUFFIX, is_signature, write_signature
from ..engine.base import Progress
from ..engine.signatures import Signature, find_examples, learn_signature
from ..engine.study import Study, read_history
from .parameters.examples_input import read_marks
from .parameters.observations_input import source_lines
from .parameters.study_input import SpotsAlgorithm

READ = 0.8
SHOWN = 8


class LearnSignatureAlgorithm(SpotsAlgorithm):
    """Learns what example places have in common, and says what that is worth."""

    NAME = "learnsignature"
    TITLE = QT_TRANSLATE_NOOP("LearnSignatureAlgorithm", "Learn a signature from example places")
    SHORT = QT_TRANSLATE_NOOP(
        "LearnSignatureAlgorithm",
        "Learns what devices at example places did, tests it on places left out, and saves it."
    )
    HELP = QT_TRANSLATE_NOOP(
        "LearnSignatureAlgorithm",
        "Learns a signature: how the devices at example places and windows differ, in who they are, when they "
        "come and what they do, from those at other places in the same windows with as many devices. It is saved "
        "as JSON: weights on facets with the counts behind them, and no device id. “Score spots around key dates” "
        "looks for it anywhere.\n\n"
        "Examples: points, polygons or a table, at least three places, with the first and last day of each; best "
        "about as long as the windows that it will be looked for in. The findings layer of a study fits as it is: "
        "select some findings and tick “Selected features only”.\n\n"
        "Skill: each example place is left out in turn and ranked among ordinary places of its windows. AUC is the "
        "share of those that score lower (0.5 is chance), AP the average precision. The p-value says how often "
        "random places, put through the same procedure, do as well; above 0.05 the signature says that it has no "
        "skill."
    )
    TAGS = QT_TRANSLATE_NOOP(
        "LearnSignatureAlgorithm",
        "signature,examples,similar places,machine learning,pattern of life,naive Bayes"
    )

    EXAMPLES, SIGNATURE_NAME, OUTPUT_SIGNATURE = "EXAMPLES", "NAME", "OUTPUT_SIGNATURE"
    EXAMPLE_FIELDS = {"place": "PLACE_FIELD", "start": "START_FIELD", "end": "END_FIELD"}
    AUC, AP, CHANCE_AP, P_VALUE, PLACES, SENTENCE = "AUC", "AP", "CHANCE_AP", "P_VALUE", "PLACES", "SENTENCE"

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        self.add_observation_inputs()
        self.add_sites_input()
        self.addParameter(
            QgsProcessingParameterFeatureSource(
                self.EXAMPLES, self.tr("Example places with their windows"), [QgsProcessing.SourceType.TypeVector]
            )
        )
        self.addParameter(
            QgsProcessingParameterString(self.SIGNATURE_NAME, self.tr("Name (the file's when empty)"), optional=True)
        )
        labels = (
            self.tr("Column with the id or name of a site (the geometry counts when empty)"),
            self.tr("Column with the first day (window_start or start when empty)"),
            self.tr("Column with the last day (window_end or end when empty)"),
        )
        for field, label in zip(self.EXAMPLE_FIELDS.values(), labels):
            self.addParameter(
                QgsProcessingParameterField(field, label, parentLayerParameterName=self.EXAMPLES, optional=True)
            )
        self.add_observation_settings()
        self.add_sites_settings()
        self.add_spot_settings()
        self.addParameter(
            QgsProcessingParameterFileDestination(
                self.OUTPUT_SIGNATURE, self.tr("Signature"), "Signature (*.json)"
            )
        )
        numbers = {
            self.AUC: self.tr("AUC of places left out"), self.AP: self.tr("Average precision of places left out"),
            self.CHANCE_AP: self.tr("Average precision by chance"), self.P_VALUE: self.tr("p-value of the skill"),
            self.PLACES: self.tr("Example places used"),
        }  # fmt: skip
        for name, label in numbers.items():
            self.addOutput(QgsProcessingOutputNumber(name, label))
        self.addOutput(QgsProcessingOutputString(self.SENTENCE, self.tr("Skill in words")))

    def own_files(self) -> dict[str, Callable[[Path], bool]]:
        """Return how an earlier signature is known."""
        return {self.OUTPUT_SIGNATURE: is_signature}

    def take_inputs(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Take the examples, where the signature is written, and the study that holds the examples."""
        examples = self.parameterAsSource(parameters, self.EXAMPLES, context)
        if examples is None:
            raise QgsProcessingException(self.invalidSourceError(parameters, self.EXAMPLES))
        self._path = Path(self.parameterAsFileOutput(parameters, self.OUTPUT_SIGNATURE, context))
        stem = self._path.name[: -len(SUFFIX)] if self._path.name.endswith(SUFFIX) else self._path.stem
        self._name = self.parameterAsString(parameters, self.SIGNATURE_NAME, context).strip() or stem
        self._marks = read_marks(examples, context, **self.columns_given(self.EXAMPLE_FIELDS, parameters, context))
        self.keep_study(Study(key_dates=(), **self.spot_settings(parameters, context)), parameters, context)

    def make_outputs(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
        progress: Progress,
    ) -> dict[str, Any]:
        """Learn and write the signature."""
        signature = self._learn(progress, feedback)
        write_signature(signature, self._path)
        skill = signature.skill
        feedback.pushInfo(skill.sentence) if skill.has_skill else feedback.pushWarning(skill.sentence)
        for weight in signature.strongest[:SHOWN]:
            feedback.pushInfo(
                f"{weight.title}: {weight.example_share:.0%} of the examples' devices, {weight.background_share:.0%} "
                "elsewhere"
            )
        return {
            self.OUTPUT_SIGNATURE: str(self._path), self.AUC: skill.auc, self.AP: skill.ap,
            self.CHANCE_AP: skill.chance_ap, self.P_VALUE: skill.p_value, self.PLACES: signature.examples.places,
            self.SENTENCE: skill.sentence,
        }  # fmt: skip

    def _learn(self, progress: Progress, feedback: QgsProcessingFeedback) -> Signature:
        study, source = self.read_study(progress, feedback)
        history, grid, sites, _pseudonyms = read_history(study, source, progress.part(0.0, READ))
        for line in source_lines(source, study.screening.keep_device_ids):
            feedback.pushInfo(line)
        examples = find_examples(history, sites, grid, self._marks)
        return learn_signature(
            self._name, history, study.library, examples, study.min_devices, progress.part(READ, 1.0)
        )
