"""`sitelight:detectstays`: observations to stays as points."""

from __future__ import annotations

import secrets
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

from ..data.world import load_world
from ..engine.fixes import Fixes
from ..engine.places import Sites, World
from ..engine.progress import Progress
from ..engine.screening import ScreeningSettings, screen
from ..engine.stays import Stays, detect_stays
from ..engine.visits import sites_at
from .base import feedback_progress, processing_errors
from .record_sink import BIG_INTEGER, INTEGER, REAL, TEXT, iso_utc, make_fields, write_records
from .sites_input import SitesInputAlgorithm

SCHEMA = {
    "device": TEXT, "started": TEXT, "started_ms": BIG_INTEGER, "finished": TEXT, "finished_ms": BIG_INTEGER,
    "arrived": TEXT, "arrived_ms": BIG_INTEGER, "departed": TEXT, "departed_ms": BIG_INTEGER, "lat": REAL,
    "lon": REAL, "radius_m": REAL, "n_fixes": INTEGER,
}  # fmt: skip
SITE_SCHEMA = {"spot_id": TEXT, "spot_name": TEXT, "category": TEXT, "country": TEXT}
WRITING_SHARE = 0.2


class StaysAlgorithm(SitesInputAlgorithm):
    """Base of the algorithms that begin with screening and stays."""

    OUTPUT = "OUTPUT"

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Take the input as it is now, on the main thread."""
        with processing_errors():
            self._open_source = self.take_source(parameters, context)
        self._keep_ids = self.parameterAsBool(parameters, self.KEEP_DEVICE_IDS, context)
        return True

    def find_stays(self, feedback: QgsProcessingFeedback, keep_short: bool) -> tuple[Fixes, Stays, World]:
        """Return fixes, stays and the world; what screening dropped goes to the log."""
        progress: Progress = feedback_progress(feedback).part(0.0, 1.0 - WRITING_SHARE)
        with processing_errors(feedback):
            world = load_world()
            settings = ScreeningSettings(keep_device_ids=self._keep_ids)
            screened = screen(self._open_source(), settings, world, secrets.token_bytes(32), progress.part(0.0, 0.6))
            for reason, rows in screened.counts.items():
                if rows:
                    feedback.pushInfo(f"{reason}: {rows}")
            stays = detect_stays(screened.fixes, progress=progress.part(0.6, 1.0), keep_short=keep_short)
        return screened.fixes, stays, world


class DetectStaysAlgorithm(StaysAlgorithm):
    """Finds where devices remained."""

    def name(self) -> str:
        """Return the public name."""
        return "detectstays"

    def displayName(self) -> str:
        """Return the name shown."""
        return self.tr("Detect stays")

    def shortDescription(self) -> str:
        """Return what it does in one line."""
        return self.tr("Finds where and when devices remained near one point.")

    def shortHelpString(self) -> str:
        """Return the help beside the dialog."""
        return self.tr(
            "Screens the observations and finds stays: a device remaining near one point. One default serves sparse "
            "and dense data.\n\n"
            "started and finished are the first and last fix of a stay; arrived and departed are estimates inside the "
            "gaps around it. Times are UTC; the …_ms columns hold milliseconds since 1970.\n\n"
            "With sites, each stay also gets the id, name, category and country of the site that contains it; they "
            "are empty where none does."
        )

    def tags(self) -> list[str]:
        """Return search words."""
        return self.tr("stay points,stops,dwell,trajectory,movement").split(",")

    def initAlgorithm(self, configuration: Any = None) -> None:
        """Declare parameters and outputs."""
        self.add_observation_inputs()
        self.add_sites_input()
        self.add_observation_settings()
        self.add_sites_settings()
        self.addParameter(
            QgsProcessingParameterFeatureSink(
                self.OUTPUT, self.tr("Stays"), QgsProcessing.SourceType.TypeVectorPoint
            )
        )

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Take the inputs as they are now, on the main thread."""
        with processing_errors():
            self._read_sites = self.take_sites(parameters, context)
        self._has_sites = bool(parameters.get(self.SITES))
        return super().prepareAlgorithm(parameters, context, feedback)

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Detect and write the stays."""
        with processing_errors(feedback):
            reading = self._read_sites()
        if reading.note:
            feedback.pushWarning(reading.note)
        fixes, stays, _world = self.find_stays(feedback, keep_short=False)
        fields = make_fields({**SCHEMA, **(SITE_SCHEMA if self._has_sites else {})})
        sink, identity = self.parameterAsSink(
            parameters, self.OUTPUT, context, fields, QgsWkbTypes.Type.Point, QgsCoordinateReferenceSystem("EPSG:4326")
        )
        if sink is None:
            raise QgsProcessingException(self.invalidSinkError(parameters, self.OUTPUT))
        lon, lat = stays.lon.tolist(), stays.lat.tolist()
        times = (stays.start_ms, stays.end_ms, stays.arrived_ms, stays.departed_ms)
        columns = [fixes.pseudonyms[stays.device].tolist()]
        for time_ms in times:
            columns += [iso_utc(time_ms), time_ms.tolist()]
        columns += [lat, lon, stays.radius_m.tolist(), stays.n_fixes.tolist()]
        if self._has_sites:
            columns += site_columns(reading.sites, stays)
        points = [QgsGeometry.fromPointXY(QgsPointXY(x, y)) for x, y in zip(lon, lat)]
        write_records(sink, fields, columns, points, feedback)
        return {self.OUTPUT: identity}


def site_columns(sites: Sites, stays: Stays) -> list[list[str]]:
    """Return the columns of `SITE_SCHEMA`: of the site that contains each stay, "" where none does."""
    site = sites_at(sites, stays.lat, stays.lon)
    return [
        np.append(values, "")[site].tolist() for values in (sites.site_id, sites.name, sites.category, sites.country)
    ]
