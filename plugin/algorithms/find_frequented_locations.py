"""`sitelight:findfrequentedlocations`: the places to which devices return, as hulls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import numpy as np
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterString,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..engine.base import InputError, Progress, StudyError
from ..engine.companions import WEEKDAYS, Frequented, FrequentedSettings, find_frequented
from ..engine.history import Prepared
from ..engine.homes import Shown, find_anchors, outlines_of
from ..engine.stays import detect_stays
from ..engine.tables import shown_count
from .parameters.device_input import DevicesAlgorithm
from .parameters.layer_output import POLYGONS, LayerOutput
from .parameters.location_rows import columns_of, location_hulls, may_be_home, show_locations
from .parameters.number_parameters import distance_parameter, number_parameter
from .parameters.record_sink import BIG_INTEGER, INTEGER, REAL, TEXT, UTC, Records

SCHEMA = {
    "track_id": TEXT, "location": INTEGER, "total_dwells": INTEGER, "visits": INTEGER, "days": INTEGER,
    "first_start": UTC, "first_start_ms": BIG_INTEGER, "last_end": UTC, "last_end_ms": BIG_INTEGER,
    **{f"dwell_duration_{kind}": REAL for kind in ("mean", "min", "max", "std")}, "total_duration": REAL,
    "share_of_time": REAL, "start_time_mean": REAL, "end_time_mean": REAL, **dict.fromkeys(WEEKDAYS, REAL),
    "is_home": INTEGER,
}  # fmt: skip


class FindFrequentedLocationsAlgorithm(DevicesAlgorithm):
    """Finds the places to which devices return."""

    NAME = "findfrequentedlocations"
    TITLE = QT_TRANSLATE_NOOP("FindFrequentedLocationsAlgorithm", "Find frequented locations")
    SHORT = QT_TRANSLATE_NOOP(
        "FindFrequentedLocationsAlgorithm",
        "The places where each device dwells: how often, how long, and on which days."
    )
    HELP = QT_TRANSLATE_NOOP(
        "FindFrequentedLocationsAlgorithm",
        "Screens the observations, finds stays, and joins the stays of each device at one place to a location.\n\n"
        "A dwell is a stay, cut at midnight unless switched off. total_dwells, visits (stays) and days say how "
        "often, dwell_duration and total_duration (seconds) how long, share_of_time which part of the time in "
        "stays. start_time and end_time are mean hours of the day by the sun. monday to sunday count the dwells, "
        "or give percent of them if normalized. location 1 is where the device spent most time.\n\n"
        "The location with most hours by night counts as home. Locations at a site are shown by a circle at its "
        "centre, all others as a square of 5 km, unless exact positions are chosen (advanced).\n\n"
        "Single devices are shown, so write down a purpose. A device is not a person."
    )
    TAGS = QT_TRANSLATE_NOOP(
        "FindFrequentedLocationsAlgorithm",
        "dwell,haunts,pattern of life,stay points,movement,AllSource"
    )

    NEEDS_STAYS = True
    SEARCH_DISTANCE, MINIMUM_LOITER_TIME = "SEARCH_DISTANCE", "MINIMUM_LOITER_TIME"
    SPLIT_BY_DAY, MINIMUM_DWELLS, NORMALIZE = "SPLIT_BY_DAY", "MINIMUM_DWELLS", "NORMALIZE"
    DEVICES = "DEVICES"
    OUTPUTS = (
        LayerOutput(
            "OUTPUT", "LOCATIONS", "frequented_locations", SCHEMA, POLYGONS,
            QT_TRANSLATE_NOOP("FindFrequentedLocationsAlgorithm", "Frequented locations"),
            QT_TRANSLATE_NOOP("FindFrequentedLocationsAlgorithm", "One polygon per device and location, in WGS 84."),
        ),
    )  # fmt: skip

    def add_choices(self) -> None:
        """Add the purpose and the peer's parameters."""
        self.add_sites_input(self.tr("Places at these are shown; what lies in sensitive ones is left out."))
        self.add_basic(
            QgsProcessingParameterString(self.DEVICES, self.tr("Devices (all when empty)"), optional=True),
            self.tr("Ids with commas between, as in the source: switch on that its ids are kept."),
        )
        self.add_basic(
            distance_parameter(
                self.SEARCH_DISTANCE, self.tr("Search distance"), FrequentedSettings.distance_m, 1, 10_000
            ),
            self.tr("Stays about this far from each other are at one location."),
        )
        self.add_basic(
            number_parameter(
                self.MINIMUM_LOITER_TIME, self.tr("Minimum loiter time (minutes)"), FrequentedSettings.min_minutes,
                1, 10_080,
            ),
            self.tr("What is shorter is no dwell."),
        )  # fmt: skip
        self.add_basic(
            number_parameter(
                self.MINIMUM_DWELLS, self.tr("Minimum dwells per location"), FrequentedSettings.min_dwells, 1, 100_000
            ),
            self.tr("Locations with fewer are left out."),
        )  # fmt: skip
        self.add_basic(
            QgsProcessingParameterBoolean(
                self.SPLIT_BY_DAY, self.tr("Cut dwells at midnight"), FrequentedSettings.split_by_day
            ),
            self.tr("So that a night at home counts for both days. Midnight is local by the sun."),
        )
        self.add_basic(
            QgsProcessingParameterBoolean(self.NORMALIZE, self.tr("Normalize the days of the week"), False),
            self.tr("Percent of the location's dwells instead of their number."),
        )

    def read_settings(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Keep the settings chosen; stays are as short as the loiter time."""
        super().read_settings(parameters, context)
        self._settings = FrequentedSettings(
            distance_m=self.parameterAsDouble(parameters, self.SEARCH_DISTANCE, context),
            min_minutes=self.parameterAsDouble(parameters, self.MINIMUM_LOITER_TIME, context),
            split_by_day=self.parameterAsBool(parameters, self.SPLIT_BY_DAY, context),
            min_dwells=self.parameterAsInt(parameters, self.MINIMUM_DWELLS, context),
        )
        shortest = min(self.merging.min_minutes, self._settings.min_minutes)
        self.merging = replace(self.merging, min_minutes=shortest)
        self._normalize = self.parameterAsBool(parameters, self.NORMALIZE, context)
        wanted = self.parameterAsString(parameters, self.DEVICES, context).split(",")
        self._devices = [device.strip() for device in wanted if device.strip()]
        if self._devices and not self.parameterAsBool(parameters, self.KEEP_DEVICE_IDS, context):
            raise InputError("DEVICES names ids of the source: switch KEEP_DEVICE_IDS on to choose by them.")

    def find_records(self, prepared: Prepared, progress: Progress, feedback: QgsProcessingFeedback) -> list[Records]:
        """Find the locations."""
        fixes = prepared.fixes
        if len(fixes) == 0:
            raise StudyError("No observation passed screening. See the account above for the reasons.")
        stays = detect_stays(fixes, self.merging, progress.part(0.0, 0.6), keep_short=True)
        if self._devices:
            ids = fixes.pseudonyms.astype(str)
            missing = sorted(set(self._devices) - set(ids.tolist()))
            if missing:
                raise StudyError(f"There is no device {', '.join(missing)} in these data; check the ids in DEVICES.")
            stays = stays.take(np.isin(ids, self._devices)[stays.device])
        anchors = find_anchors(stays, fixes.device_count)
        found = find_frequented(stays, anchors, self._settings, progress.part(0.6, 1.0))
        devices = shown_count(found.locations["device"].nunique())
        feedback.pushInfo(f"Locations: {len(found.locations):,} of {devices} devices")
        if len(found.locations) == 0:
            feedback.pushWarning("No device dwelled so often at a place. Try fewer dwells or a shorter time.")
        at = None
        if not self.is_exact:
            at = show_locations(found.members, found.stays, prepared.sites)
            told = may_be_home(found.members, found.stays, anchors, prepared.sites, at)
            found.locations["is_home"] &= told
        return [location_records(found, fixes.pseudonyms, self._normalize, at)]


def location_records(
    found: Frequented, pseudonyms: np.ndarray, normalize: bool, at: Optional[Shown]
) -> Records:
    """Return one row per device and location, where it is shown, None as it is."""
    table = found.locations
    is_home = table["is_home"].to_numpy(dtype=bool)
    share = 100.0 / table["total_dwells"] if normalize else 1.0
    shown = table.assign(
        track_id=pseudonyms[table["device"]], is_home=is_home.astype(int), first_start=table["first_ms"],
        first_start_ms=table["first_ms"], last_end=table["last_ms"], last_end_ms=table["last_ms"],
        **{name: table[name] * share for name in WEEKDAYS},
    )  # fmt: skip
    shapes = location_hulls(found.members, found.stays) if at is None else outlines_of(at)
    return Records(SCHEMA, columns_of(shown, SCHEMA), shapes, QgsWkbTypes.Type.Polygon)
