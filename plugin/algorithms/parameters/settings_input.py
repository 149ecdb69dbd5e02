"""The settings of an engine step as advanced parameters: texts and ranges are here, defaults in the dataclass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QCoreApplication

from ...engine.base import InputError
from .base import words_of
from .number_parameters import number_parameter

T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """A field of a settings dataclass as a parameter: label with the unit, help, and the range that makes sense."""

    field: str
    label: str
    help: str
    least: float = 0.0
    most: float = 0.0


class SettingsInput(Generic[T]):
    """Parameters for fields of the settings dataclass `kind`, each named by `prefix` and its field in capitals.

    A number that is whole by default is an integer, a bool a check box, a tuple of texts a list with commas.
    """

    def __init__(self, kind: type[T], settings: Sequence[Setting], prefix: str = "") -> None:
        self._kind = kind
        defaults = {field.name: field.default for field in fields(kind)}
        self._settings = {f"{prefix}{setting.field.upper()}": setting for setting in settings}
        self._defaults = {name: defaults[setting.field] for name, setting in self._settings.items()}

    def definitions(self) -> list[QgsProcessingParameterDefinition]:
        """Return new parameters with label, help, range and default."""
        definitions = []
        for name, setting in self._settings.items():
            definition = self._definition(name, setting)
            definition.setHelp(setting.help)
            definitions.append(definition)
        return definitions

    def read(self, algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext) -> T:
        """Return the settings chosen; raise InputError for a value that is no number or out of range."""
        chosen: dict[str, Any] = {}
        for name, setting in self._settings.items():
            given = parameters.get(name)
            if given is not None and not algorithm.parameterDefinition(name).checkValueIsAcceptable(given, context):
                raise InputError(self._range_sentence(name, setting, given))
            chosen[setting.field] = self._value(algorithm, name, parameters, context)
        return self._kind(**chosen)

    def changed(
        self, algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> dict[str, Any]:
        """Return the values that differ from their defaults, by the names of their parameters."""
        chosen = {name: self._value(algorithm, name, parameters, context) for name in self._defaults}
        return {name: value for name, value in chosen.items() if value != self._defaults[name]}

    def _definition(self, name: str, setting: Setting) -> QgsProcessingParameterDefinition:
        default = self._defaults[name]
        if isinstance(default, bool):
            return QgsProcessingParameterBoolean(name, setting.label, defaultValue=default)
        if isinstance(default, tuple):
            return QgsProcessingParameterString(name, setting.label, ", ".join(default), optional=True)
        definition = number_parameter(name, setting.label, default, setting.least, setting.most)
        # A share needs more digits than meters do.
        definition.setMetadata({"widget_wrapper": {"decimals": 3 if setting.most <= 1 else 1}})
        return definition

    def _value(
        self, algorithm: QgsProcessingAlgorithm, name: str, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> Any:
        default = self._defaults[name]
        if isinstance(default, bool):
            return algorithm.parameterAsBool(parameters, name, context)
        if isinstance(default, tuple):
            return tuple(words_of(algorithm.parameterAsString(parameters, name, context)))
        if isinstance(default, int):
            return algorithm.parameterAsInt(parameters, name, context)
        return algorithm.parameterAsDouble(parameters, name, context)

    def _range_sentence(self, name: str, setting: Setting, given: Any) -> str:
        text = QCoreApplication.translate(
            "SettingsInput", "{name}, “{label}”, must be a number from {least} to {most}, not {given}."
        )
        return text.format(
            name=name, label=setting.label, least=f"{setting.least:g}", most=f"{setting.most:,.0f}", given=given
        )
