"""What the analyst says of observations where their values alone do not tell, as parameters."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterString,
)

from ...engine.screening import DATE_ORDERS, UNITS, ReadingSettings
from .base import SitelightAlgorithm

DATE_ORDER, TIME_UNIT, TIME_ZONE, ONE_DEVICE = "DATE_ORDER", "TIME_UNIT", "TIME_ZONE", "ONE_DEVICE"
_ORDERS, _UNITS = ("", *DATE_ORDERS), ("", *UNITS)


class ReadingAlgorithm(SitelightAlgorithm):
    """Base of the algorithms that read times and devices as the analyst says."""

    def add_reading_settings(self) -> None:
        """Add order, unit and zone of times, and whether all records are of one device, as advanced parameters."""
        automatic = self.tr("automatic")
        orders = [automatic, self.tr("day first"), self.tr("month first"), self.tr("year first")]
        self.add_advanced(
            QgsProcessingParameterEnum(DATE_ORDER, self.tr("Order of dates"), orders, defaultValue=0),
            self.tr("How 03/04/2021 or 10.03.24 is read. Automatic takes the order in which all rows are dates and "
                    "follow one another; the log says which, and whether another one fits too."),
        )  # fmt: skip
        units = [automatic, *(unit.words for unit in UNITS.values())]
        self.add_advanced(
            QgsProcessingParameterEnum(TIME_UNIT, self.tr("Unit of times that are numbers"), units, defaultValue=0),
            self.tr("Automatic takes the unit in which the times lie between 1990 and tomorrow; the log says which."),
        )
        self.add_advanced(
            QgsProcessingParameterString(TIME_ZONE, self.tr("Time zone of times without one"), optional=True),
            self.tr("As Europe/Paris or UTC-07:00; UTC when empty. Times that have a zone or offset keep it."),
        )
        self.add_advanced(
            QgsProcessingParameterBoolean(
                ONE_DEVICE, self.tr("All records are of one device"), defaultValue=False
            ),
            self.tr("For a track without a column of devices."),
        )  # fmt: skip

    def reading_settings(self, parameters: dict[str, Any], context: QgsProcessingContext) -> ReadingSettings:
        """Return what was chosen; raise InputError for a zone that is none."""
        return ReadingSettings(
            _ORDERS[self.parameterAsEnum(parameters, DATE_ORDER, context)],
            _UNITS[self.parameterAsEnum(parameters, TIME_UNIT, context)],
            self.parameterAsString(parameters, TIME_ZONE, context).strip(),
            self.parameterAsBool(parameters, ONE_DEVICE, context),
        )
