"""Numbers as parameters of an algorithm: whole or not as their default, and distances in meters."""

from __future__ import annotations

from typing import Union

from qgis.core import QgsProcessingParameterDistance, QgsProcessingParameterNumber, QgsUnitTypes


def number_parameter(
    name: str, label: str, default: Union[int, float], least: float, most: float
) -> QgsProcessingParameterNumber:
    """Return a parameter for a number in a range; it is whole if its default is an int."""
    kinds = QgsProcessingParameterNumber.Type
    kind = kinds.Integer if isinstance(default, int) else kinds.Double
    return QgsProcessingParameterNumber(name, label, kind, default, minValue=least, maxValue=most)


def distance_parameter(
    name: str, label: str, default: Union[int, float], least: float, most: float
) -> QgsProcessingParameterDistance:
    """Return a parameter for a distance in meters; the dialog offers other units too."""
    distance = QgsProcessingParameterDistance(name, label, default, minValue=least, maxValue=most)
    distance.setDefaultUnit(QgsUnitTypes.DistanceUnit.DistanceMeters)
    return distance
