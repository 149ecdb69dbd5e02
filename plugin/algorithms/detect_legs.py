"""`sitelight:detectlegs`: observations to legs as lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsWkbTypes
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..engine.base import InputError, Progress, place_in_run, run_starts
from ..engine.earth import distance_km, segments
from ..engine.history import Prepared, find_legs
from ..engine.homes import halted_sites, show_halts
from ..engine.legs import MODES, LegSettings
from ..engine.places import airfields
from ..engine.stays import detect_stays
from .parameters.detector_settings import leg_input
from .parameters.layer_output import LINES, LayerOutput
from .parameters.record_sink import BIG_INTEGER, INTEGER, REAL, TEXT, UTC, Records
from .parameters.settings_input import SettingsInput
from .parameters.stays_input import StaysAlgorithm, rounded

SCHEMA = {
    "device": TEXT, "seq": INTEGER, "mode": TEXT, "inferred": INTEGER, "confidence": REAL, "distance_km": REAL,
    "departed_after": UTC, "departed_after_ms": BIG_INTEGER, "arrived_before": UTC,
    "arrived_before_ms": BIG_INTEGER, "borders": TEXT,
}  # fmt: skip


class DetectLegsAlgorithm(StaysAlgorithm):
    """Finds how devices moved between their stays."""

    NAME = "detectlegs"
    TITLE = QT_TRANSLATE_NOOP("DetectLegsAlgorithm", "Detect legs")
    SHORT = QT_TRANSLATE_NOOP(
        "DetectLegsAlgorithm",
        "Finds the movements between stays: by air, road, foot or water, and over which borders."
    )
    HELP = QT_TRANSLATE_NOOP(
        "DetectLegsAlgorithm",
        "Screens the observations, finds stays by merging and the legs between them. The log accounts for every "
        "row read.\n\n"
        "Each leg has a mode and says whether it was observed or inferred, how sure that is (0 to 1), which "
        "borders were crossed, and the time span in which it must have happened: last fix before, first fix "
        "after. Times are UTC; the …_ms columns hold milliseconds since 1970.\n\n"
        "Lines lead straight from stay to stay; they are not the way that was taken. Ends at a site are shown at its "
        "centre, all others in the middle of a square of 5 km, and distance_km is the length of that line. Exact "
        "positions, and distances along the halts seen between, are an advanced choice, which needs a purpose.\n\n"
        "Sites of the categories airport and air base count as airfields, beside the airports that Sitelight "
        "knows.\n\n"
        "Rest the pointer on a parameter to read what it does."
    )
    TAGS = QT_TRANSLATE_NOOP(
        "DetectLegsAlgorithm",
        "trips,flights,border crossing,mode of transport,trajectory,movement"
    )

    OUTPUTS = (
        LayerOutput(
            "OUTPUT", "LEGS", "detected_legs", SCHEMA, LINES,
            QT_TRANSLATE_NOOP("DetectLegsAlgorithm", "Legs"),
            QT_TRANSLATE_NOOP("DetectLegsAlgorithm", "One line per movement from stay to stay, in WGS 84."),
        ),
    )  # fmt: skip

    def add_choices(self) -> None:
        """Add the sites."""
        self.add_sites_input(self.tr("Those of the categories airport and air base count as airfields."))

    def more_settings(self) -> Sequence[SettingsInput]:
        """Return the limits of speed and distance."""
        self._legs = leg_input()
        return (self._legs,)

    def read_settings(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Keep the settings chosen; a walk must be slower than a drive, and so on up."""
        super().read_settings(parameters, context)
        self._leg_limits: LegSettings = self._legs.read(self, parameters, context)
        order = ("foot_kmh", "drive_kmh", "air_kmh", "rail_kmh", "top_kmh")
        for slow, fast in zip(order, order[1:]):
            slow_kmh, fast_kmh = getattr(self._leg_limits, slow), getattr(self._leg_limits, fast)
            if slow_kmh >= fast_kmh:
                raise InputError(
                    f"{slow.upper()} ({slow_kmh:g} km/h) must be below {fast.upper()} ({fast_kmh:g} km/h)."
                )

    def find_records(self, prepared: Prepared, progress: Progress, feedback: QgsProcessingFeedback) -> list[Records]:
        """Detect the legs; halts too short to be stays are the evidence on the way."""
        stays = detect_stays(prepared.fixes, self.merging, progress.part(0.0, 0.5), keep_short=True)
        fields = airfields(prepared.sites)
        if self.has_sites:
            feedback.pushInfo(f"Airfields among the {len(prepared.sites):,} sites: {len(fields):,}")
        legs = find_legs(stays, prepared.world, self._leg_limits, fields, progress.part(0.5, 1.0))
        begin, end = legs.from_stay, legs.to_stay
        lat, lon, length_km, digits = stays.lat, stays.lon, legs.distance_km, 3
        if not self.is_exact:
            at = show_halts(stays, halted_sites(stays, prepared.sites), prepared.sites)
            lat, lon, digits = at.lat, at.lon, 2
            length_km = distance_km(lat[begin], lon[begin], lat[end], lon[end])
        columns = [
            prepared.fixes.pseudonyms[legs.device], place_in_run(run_starts(legs.device)[1]) + 1,
            np.array(MODES, dtype=object)[legs.mode], legs.inferred.astype(int),
            rounded(legs.confidence, digits), rounded(length_km, 3), legs.departed_after_ms,
            legs.departed_after_ms, legs.arrived_before_ms, legs.arrived_before_ms, legs.borders,
        ]  # fmt: skip
        line = segments(lat[begin], lon[begin], lat[end], lon[end])
        return [Records(SCHEMA, columns, line, QgsWkbTypes.Type.MultiLineString)]
