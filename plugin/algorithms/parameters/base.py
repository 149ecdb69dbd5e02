"""What all algorithms share: what each says of itself, translation, icon, help, and errors as sentences."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

from qgis.core import (
    Qgis,
    QgsMessageLog,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterNumber,
)
from qgis.PyQt.QtCore import QCoreApplication, QUrl
from qgis.PyQt.QtGui import QIcon

from ...data.trials import stopped_by
from ...engine.base import InputError, Progress, SitelightError, fault_place, fault_trace, memory_told
from .file_checks import check_files, check_inputs

ROOT = Path(__file__).resolve().parents[3]
ICON = ROOT / "resources" / "icons" / "sitelight.svg"
HELP_PAGE = ROOT / "resources" / "help" / "algorithms.html"


def feedback_progress(feedback: QgsProcessingFeedback) -> Progress:
    """Return a progress that reports to `feedback` and stops when it is cancelled."""
    stage = ""

    def report(name: str, fraction: float) -> None:
        nonlocal stage
        if name != stage:
            stage = name
            feedback.setProgressText(name)
        feedback.setProgress(100.0 * fraction)

    return Progress(report, feedback.isCanceled)


@contextlib.contextmanager
def processing_errors() -> Iterator[None]:
    """Turn errors into Processing's own exception: those for the analyst as they are, faults by where they arose."""
    try:
        with memory_told():
            yield
    except SitelightError as error:
        raise QgsProcessingException(str(error)) from error
    except QgsProcessingException:
        raise
    except Exception as error:
        QgsMessageLog.logMessage(fault_trace(error), "Sitelight", Qgis.MessageLevel.Critical, False)
        text = QCoreApplication.translate(
            "SitelightAlgorithm", "Something unexpected happened ({name} in {place}); the log has the calls behind it."
        )
        # What an unforeseen error says may quote the data, and Processing shows the errors behind ours too.
        raise QgsProcessingException(text.format(name=type(error).__name__, place=fault_place(error))) from None


class SitelightAlgorithm(QgsProcessingAlgorithm):
    """Base of the algorithms: what each declares about itself, a new instance for each run, one icon, one help page.

    The texts are marked with QT_TRANSLATE_NOOP in the context of their class and translated when they are asked for.
    """

    # The public name, which never changes; the name shown; what it does in one line; the help beside the dialog;
    # search words with commas between.
    NAME, TITLE, SHORT, HELP, TAGS = "", "", "", "", ""

    def tr(self, text: str) -> str:
        """Translate a literal in the context of the class that says it: the concrete algorithm or a base of it."""
        for kind in type(self).__mro__:
            translated = QCoreApplication.translate(kind.__name__, text)
            if translated != text:
                return translated
        return text

    def name(self) -> str:
        """Return the public name."""
        return self.NAME

    def displayName(self) -> str:
        """Return the name shown."""
        return self.tr(self.TITLE)

    def shortDescription(self) -> str:
        """Return what it does in one line."""
        return self.tr(self.SHORT)

    def shortHelpString(self) -> str:
        """Return the help beside the dialog."""
        return self.tr(self.HELP)

    def tags(self) -> list[str]:
        """Return search words."""
        return self.tr(self.TAGS).split(",")

    def createInstance(self) -> QgsProcessingAlgorithm:
        """Return a fresh instance."""
        return type(self)()

    def icon(self) -> QIcon:
        """Return the plugin's icon."""
        return QIcon(str(ICON))

    def svgIconPath(self) -> str:
        """Return the path of the plugin's icon."""
        return str(ICON)

    def helpUrl(self) -> str:
        """Return the address of the algorithm's section in the help, a file of the plugin."""
        address = QUrl.fromLocalFile(str(HELP_PAGE))
        address.setFragment(self.name())
        return address.toString()

    def take_inputs(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Take all that the run needs from layers and parameters as they are now, on the main thread."""

    def make_outputs(
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
        progress: Progress,
    ) -> dict[str, Any]:
        """Do the work, in any thread, and return the outputs by name."""
        raise NotImplementedError

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Take the inputs; what is wrong with them is said in a sentence."""
        with processing_errors(), stopped_by(feedback_progress(feedback)):
            self.require_values(parameters, context)
            check_inputs(self, parameters, context)
            check_files(self, parameters, context, self.own_files())
            self.take_inputs(parameters, context)
        return True

    def own_files(self) -> dict[str, Callable[[Path], bool]]:
        """Return for each output that is a file, not a layer, how an earlier one is known."""
        return {}

    def checkParameterValues(
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Return whether the parameters make sense, and one sentence if not; QGIS opens the layers among them."""
        try:
            self.require_values(parameters, context)
            check_inputs(self, parameters, context)
            check_files(self, parameters, context, self.own_files())
        except SitelightError as error:
            return False, str(error)
        return super().checkParameterValues(parameters, context)

    def require_values(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Raise InputError for what QGIS takes for a number or a choice and is none: "NaN" lies beyond no limit."""
        for definition in self.parameterDefinitions():
            name = definition.name()
            if parameters.get(name) is not None and not self._is_value(definition, parameters, context):
                text = QCoreApplication.translate("SitelightAlgorithm", "{name} has no such value: choose another.")
                raise InputError(text.format(name=name))

    def _is_value(
        self, definition: QgsProcessingParameterDefinition, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> bool:
        if isinstance(definition, QgsProcessingParameterNumber):
            return math.isfinite(self.parameterAsDouble(parameters, definition.name(), context))
        if isinstance(definition, QgsProcessingParameterEnum) and not definition.allowMultiple():
            return 0 <= self.parameterAsEnum(parameters, definition.name(), context) < len(definition.options())
        return True

    def column_given(self, name: str, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        """Return the column chosen by a field parameter, "" for none."""
        # QGIS 3.32 has a new name for this, and warns of the old one since 3.40.
        read = getattr(self, "parameterAsStrings", None) or self.parameterAsFields
        return next(filter(None, read(parameters, name, context)), "")

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Make the outputs; what goes wrong is said in a sentence."""
        progress = feedback_progress(feedback)
        with processing_errors(), stopped_by(progress):
            return self.make_outputs(parameters, context, feedback, progress)

    def add_basic(self, parameter: QgsProcessingParameterDefinition, help_text: str) -> None:
        """Add a parameter with its help, which the dialog shows as its tooltip."""
        parameter.setHelp(help_text)
        self.addParameter(parameter)

    def add_advanced(self, parameter: QgsProcessingParameterDefinition, help_text: str = "") -> None:
        """Add a parameter that most runs leave alone, with its help unless it has one."""
        parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
        self.add_basic(parameter, help_text or parameter.help())


def words_of(text: str) -> list[str]:
    """Return the parts of a list written with commas or semicolons, without the empty ones."""
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
