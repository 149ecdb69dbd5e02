"""`sitelight:findmeetinglocations`: where devices stayed together, as hulls, and which pairs did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Optional

import numpy as np
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from ..engine.base import Progress, StudyError
from ..engine.companions import Meetings, MeetingSettings, find_meetings
from ..engine.earth import points
from ..engine.history import Prepared
from ..engine.homes import Shown, find_anchors, outlines_of
from ..engine.stays import detect_stays
from ..engine.tables import told_counts
from .parameters.device_input import DevicesAlgorithm
from .parameters.layer_output import POINTS, POLYGONS, LayerOutput
from .parameters.location_rows import columns_of, location_hulls, may_be_home, show_locations
from .parameters.number_parameters import distance_parameter, number_parameter
from .parameters.record_sink import BIG_INTEGER, INTEGER, REAL, TEXT, UTC, Records
from .parameters.settings_input import Setting, SettingsInput

AREAS_SCHEMA = {
    "location_id": INTEGER, "total_unique_ids": INTEGER, "total_meetings": INTEGER, "mean_meeting_duration": REAL,
    "min_meeting_duration": REAL, "max_meeting_duration": REAL, "minimum_meeting_start": UTC,
    "minimum_meeting_start_ms": BIG_INTEGER, "maximum_meeting_end": UTC, "maximum_meeting_end_ms": BIG_INTEGER,
    "pair_meetings": INTEGER, "pair_hours": REAL, "expected_pair_hours": REAL, "lift": REAL, "is_home": INTEGER,
}  # fmt: skip
POINTS_SCHEMA = {
    "location_id": INTEGER, "participant_1": TEXT, "participant_2": TEXT, "meeting_duration": REAL,
    "meeting_start": UTC, "meeting_start_ms": BIG_INTEGER, "meeting_end": UTC, "meeting_end_ms": BIG_INTEGER,
}  # fmt: skip


class FindMeetingLocationsAlgorithm(DevicesAlgorithm):
    """Finds where devices met."""

    NAME = "findmeetinglocations"
    TITLE = QT_TRANSLATE_NOOP("FindMeetingLocationsAlgorithm", "Find meeting locations")
    SHORT = QT_TRANSLATE_NOOP(
        "FindMeetingLocationsAlgorithm",
        "Where two or more devices stayed near each other at the same time."
    )
    HELP = QT_TRANSLATE_NOOP(
        "FindMeetingLocationsAlgorithm",
        "Screens the observations, finds stays, and finds where stays of two or more devices lie within the search "
        "distance and overlap for the loiter time.\n\n"
        "A location has the number of devices (empty below five) and meetings, the mean, shortest and longest "
        "meeting in seconds, the first start and the last end. A meeting here is a span in which at least two "
        "devices met without a break; pair_meetings counts each pair by itself, and the points list them. The "
        "points show who met, and so how many: they are for you, the locations may be handed on.\n\n"
        "pair_hours are the hours that pairs of devices were there at once. expected_pair_hours is what the same "
        "visits give when the days of each device are shuffled, and lift is one over the other: near 1, devices "
        "come and go there independently, as in a market; well above 1, they come at the same times.\n\n"
        "Most of what is found by default is people living or working in one place: leave out usual places to see "
        "the rest. Locations at a site are shown by a circle at its centre, all "
        "others as a square of 5 km, unless exact positions are chosen (advanced).\n\n"
        "Single devices are shown, so write down a purpose. A device is not a person, and being at one place at "
        "one time is not contact."
    )
    TAGS = QT_TRANSLATE_NOOP("FindMeetingLocationsAlgorithm", "meeting,co-location,gathering,dwell,movement,AllSource")

    NEEDS_STAYS = True
    SEARCH_DISTANCE, MINIMUM_LOITER_TIME = "SEARCH_DISTANCE", "MINIMUM_LOITER_TIME"
    LEAVE_OUT_USUAL = "LEAVE_OUT_USUAL"
    OUTPUTS = (
        LayerOutput(
            "OUTPUT", "LOCATIONS", "meeting_locations", AREAS_SCHEMA, POLYGONS,
            QT_TRANSLATE_NOOP("FindMeetingLocationsAlgorithm", "Meeting locations"),
            QT_TRANSLATE_NOOP(
                "FindMeetingLocationsAlgorithm", "One polygon per location where stays met, in WGS 84."
            ),
        ),
        LayerOutput(
            "POINTS", "POINT_ROWS", "pair_meetings", POINTS_SCHEMA, POINTS,
            QT_TRANSLATE_NOOP("FindMeetingLocationsAlgorithm", "Meetings of pairs"),
            QT_TRANSLATE_NOOP("FindMeetingLocationsAlgorithm", "One point per meeting of two devices, in WGS 84."),
        ),
    )  # fmt: skip

    def add_choices(self) -> None:
        """Add the purpose and the peer's parameters."""
        self.add_sites_input(self.tr("Places at these are shown; what lies in sensitive ones is left out."))
        self.add_basic(
            distance_parameter(self.SEARCH_DISTANCE, self.tr("Search distance"), MeetingSettings.distance_m, 1, 10_000),
            self.tr("Stays farther apart do not meet."),
        )
        self.add_basic(
            number_parameter(
                self.MINIMUM_LOITER_TIME, self.tr("Minimum loiter time (minutes)"), MeetingSettings.min_minutes,
                1, 10_080,
            ),
            self.tr("A stay, and the time two stays overlap, is at least this long."),
        )  # fmt: skip
        self.add_basic(
            QgsProcessingParameterBoolean(
                self.LEAVE_OUT_USUAL, self.tr("Leave out usual places"), MeetingSettings.leave_out_usual
            ),
            self.tr("Stays of a device at its own home, work and other places where it is on many days."),
        )

    def more_settings(self) -> Sequence[SettingsInput]:
        """Return what is a crowd."""
        self._limits_input = meeting_input()
        return (self._limits_input,)

    def read_settings(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Keep the settings chosen; stays are as short as the loiter time."""
        super().read_settings(parameters, context)
        chosen: MeetingSettings = self._limits_input.read(self, parameters, context)
        self._settings = replace(
            chosen,
            distance_m=self.parameterAsDouble(parameters, self.SEARCH_DISTANCE, context),
            min_minutes=self.parameterAsDouble(parameters, self.MINIMUM_LOITER_TIME, context),
            leave_out_usual=self.parameterAsBool(parameters, self.LEAVE_OUT_USUAL, context),
        )
        shortest = min(self.merging.min_minutes, self._settings.min_minutes)
        self.merging = replace(self.merging, min_minutes=shortest)

    def find_records(self, prepared: Prepared, progress: Progress, feedback: QgsProcessingFeedback) -> list[Records]:
        """Find the locations."""
        fixes = prepared.fixes
        if len(fixes) == 0:
            raise StudyError("No observation passed screening. See the account above for the reasons.")
        stays = detect_stays(fixes, self.merging, progress.part(0.0, 0.4), keep_short=True)
        anchors = find_anchors(stays, fixes.device_count)
        found = find_meetings(stays, anchors, self._settings, progress.part(0.4, 1.0))
        for note in found.notes:
            feedback.pushInfo(note)
        feedback.pushInfo(f"Locations: {len(found.locations):,}. Meetings of pairs: {len(found.pairs):,}")
        if len(found.locations) == 0:
            feedback.pushWarning("No two devices stayed near each other. Try a larger distance or a shorter time.")
        at = None
        if not self.is_exact:
            at = show_locations(found.members, found.stays, prepared.sites)
            told = may_be_home(found.members, found.stays, anchors, prepared.sites, at)
            found.locations["is_home"] &= told
        return [location_records(found, at), pair_records(found, fixes.pseudonyms, at)]



def location_records(found: Meetings, at: Optional[Shown]) -> Records:
    """Return one row per location, where it is shown, None as it is; how many met is told from MIN_SHOWN on."""
    table = found.locations
    is_home = table["is_home"].to_numpy(dtype=bool)
    shown = table.assign(
        total_unique_ids=told_counts(table["total_unique_ids"].to_numpy()),
        location_id=np.arange(1, len(table) + 1), is_home=is_home.astype(int),
        minimum_meeting_start=table["first_ms"], minimum_meeting_start_ms=table["first_ms"],
        maximum_meeting_end=table["last_ms"], maximum_meeting_end_ms=table["last_ms"],
    )  # fmt: skip
    shapes = location_hulls(found.members, found.stays) if at is None else outlines_of(at)
    return Records(AREAS_SCHEMA, columns_of(shown, AREAS_SCHEMA), shapes, QgsWkbTypes.Type.Polygon)


def pair_records(found: Meetings, pseudonyms: np.ndarray, at: Optional[Shown]) -> Records:
    """Return one row per meeting of two devices, where its location is shown, None where it was."""
    pairs = found.pairs
    shown = pairs.assign(
        location_id=pairs["location"] + 1, participant_1=pseudonyms[pairs["first"]],
        participant_2=pseudonyms[pairs["second"]], meeting_duration=(pairs["end_ms"] - pairs["start_ms"]) / 1000.0,
        meeting_start=pairs["start_ms"], meeting_start_ms=pairs["start_ms"], meeting_end=pairs["end_ms"],
        meeting_end_ms=pairs["end_ms"],
    )  # fmt: skip
    lat, lon = pairs["lat"].to_numpy(), pairs["lon"].to_numpy()
    if at is not None:
        place = at.take(pairs["location"].to_numpy())
        lat, lon = place.lat, place.lon
    return Records(POINTS_SCHEMA, columns_of(shown, POINTS_SCHEMA), points(lat, lon), QgsWkbTypes.Type.Point)


def meeting_input() -> SettingsInput[MeetingSettings]:
    """Return the limits that most runs leave alone."""
    translate = QCoreApplication.translate
    return SettingsInput(
        MeetingSettings,
        [
            Setting(
                "crowd",
                translate("MeetingSettings", "Crowds: more devices than this at once"),
                translate("MeetingSettings", "In a crowd not every pair is listed; the log says in how many."),
                2, 10_000,
            ),
            Setting(
                "crowd_links",
                translate("MeetingSettings", "Crowds: pairs listed per stay"),
                translate("MeetingSettings", "Each stay in a crowd is compared with so many that begin next."),
                1, 10_000,
            ),
        ],
    )  # fmt: skip
