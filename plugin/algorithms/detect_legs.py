"""`sitelight:detectlegs`: observations to legs as lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsPointXY,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterFeatureSink,
    QgsWkbTypes,
)

from ..engine.legs import MODES, Legs, detect_legs
from ..engine.sorted_runs import place_in_run, run_starts
from ..engine.stays import Stays
from .base import processing_errors
from .detect_stays import StaysAlgorithm
from .record_sink import BIG_INTEGER, INTEGER, REAL, TEXT, iso_utc, make_fields, write_records

SCHEMA = {
    "device": TEXT, "seq": INTEGER, "mode": TEXT, "inferred": INTEGER, "confidence": REAL, "distance_km": REAL,
    "departed_after": TEXT, "departed_after_ms": BIG_INTEGER, "arrived_before": TEXT,
    "arrived_before_ms": BIG_INTEGER, "borders": TEXT,
}  # fmt: skip


class DetectLegsAlgorithm(StaysAlgorithm):
    """Finds how devices moved between their stays."""

    def name(self) -> str:
        """Return the public name."""
        return "detectlegs"

    def displayName(self) -> str:
        """Return the name shown."""
        return self.tr("Detect legs")

    def shortDescription(self) -> str:
        """Return what it does in one line."""
        return self.tr("Finds the movements between stays: by air, road, foot or water, and over which borders.")

    def shortHelpString(self) -> str:
        """Return the help beside the dialog."""
        return self.tr(
            "Screens the observations, finds stays and the legs between them. Each leg has a mode and says whether it "
            "was observed or inferred, how sure that is, which borders were crossed, and the time span in which it "
            "must have happened: last fix before, first fix after. Times are UTC."
        )

    def tags(self) -> list[str]:
        """Return search words."""
        return self.tr("trips,flights,border crossing,mode of transport,trajectory,movement").split(",")

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        self.add_observation_inputs()
        self.add_observation_settings()
        self.addParameter(
            QgsProcessingParameterFeatureSink(
                self.OUTPUT, self.tr("Legs"), QgsProcessing.SourceType.TypeVectorLine
            )
        )

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Detect and write the legs."""
        fixes, stays, world = self.find_stays(feedback, keep_short=True)
        with processing_errors(feedback):
            legs = detect_legs(stays, world)
        fields = make_fields(SCHEMA)
        sink, identity = self.parameterAsSink(
            parameters, self.OUTPUT, context, fields, QgsWkbTypes.Type.LineString,
            QgsCoordinateReferenceSystem("EPSG:4326"),
        )
        if sink is None:
            raise QgsProcessingException(self.invalidSinkError(parameters, self.OUTPUT))
        columns = [fixes.pseudonyms[legs.device].tolist(), *_leg_columns(legs)]
        write_records(sink, fields, columns, _lines(legs, stays), feedback)
        return {self.OUTPUT: identity}


def _leg_columns(legs: Legs) -> list[list[Any]]:
    """Return the columns of `SCHEMA` after the device as plain values; `seq` counts from 1 for each device."""
    seq = place_in_run(run_starts(legs.device)[1]) + 1
    return [
        seq.tolist(), np.array(MODES, dtype=object)[legs.mode].tolist(), legs.inferred.astype(int).tolist(),
        np.round(legs.confidence.astype(float), 3).tolist(), np.round(legs.distance_km.astype(float), 3).tolist(),
        iso_utc(legs.departed_after_ms), legs.departed_after_ms.tolist(), iso_utc(legs.arrived_before_ms),
        legs.arrived_before_ms.tolist(), legs.borders.tolist(),
    ]


def _lines(legs: Legs, stays: Stays) -> list[QgsGeometry]:
    ends = (stays.lon[legs.from_stay], stays.lat[legs.from_stay], stays.lon[legs.to_stay], stays.lat[legs.to_stay])
    return [
        QgsGeometry.fromPolylineXY([QgsPointXY(x1, y1), QgsPointXY(x2, y2)])
        for x1, y1, x2, y2 in zip(*(values.tolist() for values in ends))
    ]
