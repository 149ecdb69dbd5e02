"""What all algorithms share: translation, icon, help, errors as sentences, and the observation parameters."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Callable, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingUtils,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QCoreApplication
from qgis.PyQt.QtGui import QIcon

from ...data.observation_files import open_observations_file
from ...data.observation_layers import take_layer
from ...engine.base import InputError, Progress, SitelightError
from ...engine.screening import ObservationSource, Roles

ROOT = Path(__file__).resolve().parents[2]
ICON = ROOT / "resources" / "icons" / "sitelight.svg"
HELP_URL = "https://github.com/sitelight/sitelight#readme"


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
    """Turn errors meant for the analyst into Processing's own exception."""
    try:
        yield
    except SitelightError as error:
        raise QgsProcessingException(str(error)) from error


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
        """Return the address of the help page."""
        return HELP_URL

    def add_basic(self, parameter: QgsProcessingParameterDefinition, help_text: str) -> None:
        """Add a parameter with its help, which the dialog shows as its tooltip."""
        parameter.setHelp(help_text)
        self.addParameter(parameter)

    def add_advanced(self, parameter: QgsProcessingParameterDefinition, help_text: str = "") -> None:
        """Add a parameter that most runs leave alone, with its help unless it has one."""
        parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
        self.add_basic(parameter, help_text or parameter.help())


class ObservationsAlgorithm(SitelightAlgorithm):
    """Base of the algorithms that read observations from a layer or a file."""

    OBSERVATIONS, OBSERVATIONS_FILE = "OBSERVATIONS", "OBSERVATIONS_FILE"
    KEEP_DEVICE_IDS = "KEEP_DEVICE_IDS"
    FIELDS = {
        "device": "DEVICE_FIELD", "time": "TIME_FIELD", "lat": "LAT_FIELD", "lon": "LON_FIELD",
        "accuracy": "ACCURACY_FIELD",
    }

    def __init__(self) -> None:
        super().__init__()
        self.source: Optional[ObservationSource] = None

    def add_observation_inputs(self) -> None:
        """Add the layer and file parameters; they come first."""
        translate = QCoreApplication.translate
        self.add_basic(
            QgsProcessingParameterFeatureSource(
                self.OBSERVATIONS, translate("ObservationsAlgorithm", "Observations"),
                [QgsProcessing.SourceType.TypeVector], optional=True,
            ),
            translate("ObservationsAlgorithm", "A layer of the project, as it is filtered, edited and selected: one "
                      "row per record, with device, time and position."),
        )  # fmt: skip
        self.add_basic(
            QgsProcessingParameterFile(
                self.OBSERVATIONS_FILE,
                translate("ObservationsAlgorithm", "Observations from a file or folder instead"),
                optional=True,
                # The default filter wants a dot in the name, which a folder need not have.
                fileFilter="All files (*)",
            ),
            translate("ObservationsAlgorithm", "CSV, Parquet, GeoPackage and more, or a folder of such files. Leave "
                      "the layer empty then."),
        )  # fmt: skip

    def add_observation_settings(self) -> None:
        """Add the column choices and the handling of ids, as advanced parameters."""
        translate = QCoreApplication.translate
        labels = {
            "device": translate("ObservationsAlgorithm", "Device column (detected when empty)"),
            "time": translate("ObservationsAlgorithm", "Time column (detected when empty)"),
            "lat": translate("ObservationsAlgorithm", "Latitude column (detected when empty)"),
            "lon": translate("ObservationsAlgorithm", "Longitude column (detected when empty)"),
            "accuracy": translate("ObservationsAlgorithm", "Accuracy column in meters (detected when empty)"),
        }
        help_texts = {
            "device": translate("ObservationsAlgorithm", "The pseudonymous id of the device."),
            "time": translate("ObservationsAlgorithm", "ISO 8601 text, a date and time, or seconds or milliseconds "
                              "since 1970; UTC where no zone is given."),
            "lat": translate("ObservationsAlgorithm", "Degrees (WGS84); not needed for a layer of points."),
            "lon": translate("ObservationsAlgorithm", "Degrees (WGS84); not needed for a layer of points."),
            "accuracy": translate("ObservationsAlgorithm", "The horizontal error in meters as the source states it. "
                                  "Accurate fixes weigh more."),
        }  # fmt: skip
        self.add_columns(self.OBSERVATIONS, self.FIELDS, labels, help_texts)
        self.add_advanced(
            QgsProcessingParameterBoolean(
                self.KEEP_DEVICE_IDS,
                translate("ObservationsAlgorithm", "Keep the device ids of the source (noted in the record)"),
                defaultValue=False,
            ),
            translate("ObservationsAlgorithm", "Otherwise every run replaces them by new pseudonyms."),
        )

    def add_columns(
        self, layer: str, names: Mapping[str, str], labels: Mapping[str, str], help_texts: Mapping[str, str]
    ) -> None:
        """Add one advanced column choice per role of the layer parameter `layer`."""
        for role, name in names.items():
            self.add_advanced(
                QgsProcessingParameterField(name, labels[role], parentLayerParameterName=layer, optional=True),
                help_texts[role],
            )

    def take_source(
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> Callable[[], ObservationSource]:
        """Return what opens the observations chosen in any thread; main thread only, a layer is taken as it is now.

        Raises InputError when neither or both of layer and file are given, or the layer cannot be used.
        """
        layer = self.open_layer(parameters, self.OBSERVATIONS, context)
        path = self.parameterAsFile(parameters, self.OBSERVATIONS_FILE, context)
        given = parameters.get(self.OBSERVATIONS)
        if given and layer is None:
            raise InputError(f"The layer {source_text(given)} cannot be opened; choose another one.")
        if (layer is None) == (not path):
            raise InputError("Give the observations as one layer (OBSERVATIONS) or one file (OBSERVATIONS_FILE).")
        roles = self._roles(parameters, context)
        if layer is None:
            return partial(open_observations_file, path, roles)
        return partial(take_layer(layer, is_selected_only(given)).open_source, roles)

    def open_layer(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext
    ) -> Optional[QgsVectorLayer]:
        """Return the layer of a source parameter itself, so that its filter, edits and selection can be seen."""
        value = parameters.get(name)
        if isinstance(value, QgsProcessingFeatureSourceDefinition):
            layer = QgsProcessingUtils.mapLayerFromString(source_text(value), context)
            return layer if isinstance(layer, QgsVectorLayer) else None
        return self.parameterAsVectorLayer(parameters, name, context)

    def _roles(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Roles:
        """Return the columns given; those left empty are None, to be detected."""
        return Roles(**self.columns_given(self.FIELDS, parameters, context))

    def columns_given(
        self, names: Mapping[str, str], parameters: dict[str, Any], context: QgsProcessingContext
    ) -> dict[str, str]:
        """Return the columns chosen by role; roles left empty are missing."""
        return {
            role: column
            for role, name in names.items()
            for column in self.parameterAsFields(parameters, name, context)
            if column
        }


def source_lines(source: ObservationSource, keeps_ids: bool) -> list[str]:
    """Return which columns were read, how times were, and what became of the ids; complete once `source` was read."""
    told = source.describe()
    columns = ", ".join(f"{role} {name}" for role, name in told.get("columns", {}).items() if name)
    lines = [f"Columns read: {columns}"] if columns else []
    lines += [told["times"]] if told.get("times") else []
    return [*lines, "Device ids: those of the source are kept" if keeps_ids else "Device ids: new pseudonyms"]


def source_text(value: Any) -> str:
    """Return the layer id or path that a layer parameter names."""
    if isinstance(value, QgsProcessingFeatureSourceDefinition):
        return str(value.source.staticValue())
    return value.name() if isinstance(value, QgsVectorLayer) else str(value)


def is_selected_only(value: Any) -> bool:
    """Return whether a layer parameter asks for the selected features only."""
    return isinstance(value, QgsProcessingFeatureSourceDefinition) and value.selectedFeaturesOnly
