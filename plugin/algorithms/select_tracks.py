"""`sitelight:selecttracks`: the fixes of devices that were in an area, before it, after it, or all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterEnum,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..engine.base import InputError, Progress
from ..engine.earth import points
from ..engine.history import Prepared
from ..engine.homes import show_fixes
from ..engine.tracks import NONE, RELATIONSHIPS, SIDES, select_tracks
from .parameters.device_input import DevicesAlgorithm
from .parameters.layer_output import POINTS, LayerOutput
from .parameters.number_parameters import number_parameter
from .parameters.record_sink import BIG_INTEGER, REAL, TEXT, UTC, Records
from .parameters.stays_input import rounded

SCHEMA = {
    "device": TEXT, "time": UTC, "time_ms": BIG_INTEGER, "lat": REAL, "lon": REAL, "accuracy_m": REAL,
    "side": TEXT, "hours_from_area": REAL,
}  # fmt: skip
FIRST_MS, LAST_MS = -(2**62), 2**62


class SelectTracksAlgorithm(DevicesAlgorithm):
    """Selects the tracks of devices that were in an area."""

    NAME = "selecttracks"
    TITLE = QT_TRANSLATE_NOOP("SelectTracksAlgorithm", "Select movement tracks")
    SHORT = QT_TRANSLATE_NOOP(
        "SelectTracksAlgorithm",
        "The fixes of those that were in an area: all, or before, after, or on both sides of it."
    )
    HELP = QT_TRANSLATE_NOOP(
        "SelectTracksAlgorithm",
        "Screens the observations and selects the tracks of the devices that were in the area.\n\n"
        "None: all their fixes. Before: those up to the selection time before a device's first fix in the area. "
        "After: those up to it after its last one. Each device's own first and last fix count. Start and end limit "
        "which time in the area counts.\n\n"
        "side says whether a fix lies before, during or after the time from first to last fix there, and "
        "hours_from_area by how much (below 0 is before). Times are UTC. Fixes of halts at a site are shown "
        "at its centre, all others in the middle of a square of 5 km, unless exact positions are chosen (advanced).\n\n"
        "Single devices are shown, so write down a purpose. A device is not a person."
    )
    TAGS = QT_TRANSLATE_NOOP(
        "SelectTracksAlgorithm",
        "tracks,before,after,area of interest,trajectory,movement,AllSource"
    )

    TIME_RELATIONSHIP, SELECTION_TIME = "TIME_RELATIONSHIP", "SELECTION_TIME"
    OUTPUTS = (
        LayerOutput(
            "OUTPUT", "FIXES", "selected_tracks", SCHEMA, POINTS,
            QT_TRANSLATE_NOOP("SelectTracksAlgorithm", "Selected tracks"),
            QT_TRANSLATE_NOOP("SelectTracksAlgorithm", "One point per fix selected, in WGS 84."),
        ),
    )  # fmt: skip

    def add_choices(self) -> None:
        """Add the area and the relationship in time."""
        self.add_sites_input(self.tr("All of them together are the area; select features to take some."))
        self.add_basic(
            QgsProcessingParameterEnum(
                self.TIME_RELATIONSHIP, self.tr("Time relationship"),
                [self.tr("None"), self.tr("Before"), self.tr("After"), self.tr("Before and after")], defaultValue=0,
            ),
            self.tr("Which fixes of the devices seen in the area are wanted; none means all."),
        )  # fmt: skip
        self.add_basic(
            number_parameter(self.SELECTION_TIME, self.tr("Selection time (hours)"), 24.0, 0, 87_600),
            self.tr("How far before the first or after the last fix in the area. Not used with none."),
        )  # fmt: skip
        self.add_window(
            self.tr("Only fixes in the area from this time on count. Days are UTC."),
            self.tr("Only fixes in the area up to this time count."),
        )

    def read_settings(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Keep the settings chosen."""
        super().read_settings(parameters, context)
        if not parameters.get(self.SITES):
            raise InputError("Give the area as SITES: polygons, or points with a radius.")
        self._relationship = RELATIONSHIPS[self.parameterAsEnum(parameters, self.TIME_RELATIONSHIP, context)]
        self._hours = self.parameterAsDouble(parameters, self.SELECTION_TIME, context)
        if self._relationship != NONE and self._hours <= 0:
            raise InputError(f"SELECTION_TIME must be above 0 hours for “{self._relationship}”.")
        start_ms, end_ms = self.read_window(parameters, context)
        is_limited = start_ms is not None or end_ms is not None
        window = (FIRST_MS if start_ms is None else start_ms, LAST_MS if end_ms is None else end_ms - 1)
        self._window = window if is_limited else None

    def find_records(self, prepared: Prepared, progress: Progress, feedback: QgsProcessingFeedback) -> list[Records]:
        """Select the tracks."""
        fixes = prepared.fixes
        half = progress.part(0.0, 0.5)
        found = select_tracks(fixes, prepared.sites, self._relationship, self._hours, self._window, half)
        rows = found.rows
        feedback.pushInfo(f"Devices: {len(np.unique(fixes.device[rows])):,}")
        time_ms = fixes.time_ms[rows]
        lat, lon = fixes.lat[rows], fixes.lon[rows]
        if not self.is_exact:
            at = show_fixes(fixes, prepared.sites, progress.part(0.5, 1.0)).take(rows)
            lat, lon = at.lat, at.lon
        columns = [
            fixes.pseudonyms[fixes.device[rows]], time_ms, time_ms, lat, lon, rounded(fixes.accuracy_m[rows], 2),
            np.array(SIDES, dtype=object)[found.side], rounded(found.hours, 4),
        ]  # fmt: skip
        return [Records(SCHEMA, columns, points(lat, lon), QgsWkbTypes.Type.Point)]
