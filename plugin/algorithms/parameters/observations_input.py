"""The observations as parameters: a layer or a file, its columns, and what becomes of the device ids."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Callable, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingUtils,
    QgsVectorLayer,
)

from ...data.formats import titles
from ...data.observation_files import open_observations_file
from ...data.observation_layers import take_layer
from ...engine.base import InputError
from ...engine.screening import ObservationSource, Roles
from .reading_input import ReadingAlgorithm


class ObservationsAlgorithm(ReadingAlgorithm):
    """Base of the algorithms that read observations from a layer or a file."""

    OBSERVATIONS, OBSERVATIONS_FILE = "OBSERVATIONS", "OBSERVATIONS_FILE"
    KEEP_DEVICE_IDS = "KEEP_DEVICE_IDS"
    FIELDS = {
        "device": "DEVICE_FIELD", "time": "TIME_FIELD", "lat": "LAT_FIELD", "lon": "LON_FIELD",
        "accuracy": "ACCURACY_FIELD", "clock": "CLOCK_FIELD", "position": "POSITION_FIELD",
    }

    def add_observation_inputs(self) -> None:
        """Add the layer and file parameters; they come first."""
        self.add_basic(
            QgsProcessingParameterFeatureSource(
                self.OBSERVATIONS, self.tr("Observations"), [QgsProcessing.SourceType.TypeVector], optional=True
            ),
            self.tr("A layer of the project, as it is filtered, edited and selected: one row per record, with device, "
                    "time and position."),
        )  # fmt: skip
        self.add_basic(
            QgsProcessingParameterFile(
                self.OBSERVATIONS_FILE, self.tr("Observations from a file or folder instead"), optional=True,
                # The default filter wants a dot in the name, which a folder need not have.
                fileFilter="All files (*)",
            ),
            self.tr("{formats} and more, or a folder of such files. Leave the layer empty then.").format(
                formats=titles()
            ),
        )  # fmt: skip

    def add_observation_settings(self) -> None:
        """Add the column choices and the handling of ids, as advanced parameters."""
        labels = {
            "device": self.tr("Device column (detected when empty)"),
            "time": self.tr("Time column (detected when empty)"),
            "lat": self.tr("Latitude column (detected when empty)"),
            "lon": self.tr("Longitude column (detected when empty)"),
            "accuracy": self.tr("Accuracy column in meters (detected when empty)"),
            "clock": self.tr("Time of day column, beside a time column of dates (detected when empty)"),
            "position": self.tr("Position column, instead of latitude and longitude (detected when empty)"),
        }
        degrees = self.tr("WGS84: signed degrees, degrees with minutes, seconds or letters, or whole millionths; not "
                          "needed for a layer of points.")
        help_texts = {
            "device": self.tr("The pseudonymous id of the device."),
            "time": self.tr("Text with a date and time in any usual spelling, or a number: seconds or milliseconds "
                            "since 1970, days of a spreadsheet and others. UTC where no zone is given."),
            "lat": degrees,
            "lon": degrees,
            "accuracy": self.tr("The horizontal error in meters as the source states it, or with a unit (3 km, 50 ft). "
                                "Accurate fixes weigh more."),
            "clock": self.tr("Where date and time of day stand in two columns."),
            "position": self.tr("Points as WKT, WKB or GeoJSON, or latitude and longitude with a comma between."),
        }  # fmt: skip
        self.add_columns(self.OBSERVATIONS, self.FIELDS, labels, help_texts)
        self.add_reading_settings()
        self.add_advanced(
            QgsProcessingParameterBoolean(
                self.KEEP_DEVICE_IDS, self.tr("Keep the device ids of the source (noted in the record)"),
                defaultValue=False,
            ),
            self.tr("Otherwise every run replaces them by new pseudonyms."),
        )  # fmt: skip

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
            raise InputError(f"The layer {source_title(given)} cannot be opened; choose another one.")
        if (layer is None) == (not path):
            raise InputError("Give the observations as one layer (OBSERVATIONS) or one file (OBSERVATIONS_FILE).")
        roles, settings = self._roles(parameters, context), self.reading_settings(parameters, context)
        if layer is None:
            return partial(open_observations_file, path, roles, settings=settings)
        return partial(take_layer(layer, is_selected_only(given)).open_source, roles, settings)

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
        columns = {role: self.column_given(name, parameters, context) for role, name in names.items()}
        return {role: column for role, column in columns.items() if column}


def source_lines(source: ObservationSource, keeps_ids: bool) -> list[str]:
    """Return which columns were read and how, and what became of the ids; complete once `source` was read."""
    ids = "Device ids: those of the source are kept" if keeps_ids else "Device ids: new pseudonyms"
    return [*source.notes(), ids]


def source_text(value: Any) -> str:
    """Return the layer id or path that a layer parameter names."""
    if isinstance(value, QgsProcessingFeatureSourceDefinition):
        return str(value.source.staticValue())
    return value.name() if isinstance(value, QgsVectorLayer) else str(value)


def source_title(value: Any) -> str:
    """Return the layer id or path that a layer parameter names, without what follows it: a filter may name devices."""
    return source_text(value).partition("|")[0]


def is_selected_only(value: Any) -> bool:
    """Return whether a layer parameter asks for the selected features only."""
    return isinstance(value, QgsProcessingFeatureSourceDefinition) and value.selectedFeaturesOnly
