"""`sitelight:classifymovement`: speed, stops, acceleration and turns at every fix of dense tracks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from ..engine.base import Progress
from ..engine.earth import points
from ..engine.history import Prepared
from ..engine.homes import show_fixes, within_rows
from ..engine.places import sites_at
from ..engine.screening import Fixes
from ..engine.tracks import (
    ACC_EVENTS,
    KMPH_OF_MS,
    MPH_OF_MS,
    START,
    STOP,
    STRAIGHT,
    TURN_EVENTS,
    EventSettings,
    MovementEvents,
    classify_movement,
    median_gap_s,
    turn_midpoints,
)
from .parameters.device_input import DevicesAlgorithm
from .parameters.layer_output import POINTS, LayerOutput
from .parameters.record_sink import BIG_INTEGER, REAL, TEXT, UTC, Records
from .parameters.settings_input import Setting, SettingsInput

SCHEMA = {
    "device": TEXT, "time": UTC, "time_ms": BIG_INTEGER, "lat": REAL, "lon": REAL, "distance_diff": REAL,
    "time_diff": REAL, "speed": REAL, "speed_MPH": REAL, "speed_KMPH": REAL, "acceleration_ms2": REAL,
    "acc_event": TEXT, "turn_event": TEXT, "from_bearing": REAL, "to_bearing": REAL, "turn_deg": REAL,
}  # fmt: skip
ALL_FEATURES, MIDPOINTS = range(2)


class ClassifyMovementAlgorithm(DevicesAlgorithm):
    """Classifies the movement of dense tracks."""

    NAME = "classifymovement"
    TITLE = QT_TRANSLATE_NOOP("ClassifyMovementAlgorithm", "Classify movement events")
    SHORT = QT_TRANSLATE_NOOP(
        "ClassifyMovementAlgorithm",
        "Speed, stops, starts, acceleration, bearings, turns and U-turns along dense tracks."
    )
    HELP = QT_TRANSLATE_NOOP(
        "ClassifyMovementAlgorithm",
        "Screens the observations and says what happens at every fix. This needs dense tracks: made for one fix a "
        "second, it still tells something at one a minute. Sparse observations are refused.\n\n"
        "distance_diff (m), time_diff (s) and speed (m/s; speed_MPH, speed_KMPH) are those since the fix before, "
        "acceleration_ms2 is from that speed to the next. Bearings are degrees clockwise from north; turn_deg is "
        "the change, below 0 to the left.\n\n"
        "acc_event: Stop (first standing fix), Stopped, Start (first moving fix), Acceleration start, "
        "Acceleration, Acceleration end, the same for Deceleration, or Traveling. turn_event: Right turn, Left "
        "turn, Right U-turn, Left U-turn, Stopped or Traveling; fixes that turn to one side in a row are one "
        "turn.\n\n"
        "Fixes of halts at a site are shown at its centre, all others in the middle of a square of 5 km and without "
        "distances, speeds and bearings, which would lead to where the device lives. With exact positions (advanced) "
        "everything is written.\n\n"
        "Single devices are shown, so write down a purpose. A device is not a person."
    )
    TAGS = QT_TRANSLATE_NOOP(
        "ClassifyMovementAlgorithm",
        "speed,acceleration,turn,U-turn,stop,bearing,trajectory,AllSource"
    )

    INCLUDE_TURN_IDS, EXCLUDE_NON_TURN_EVENTS = "INCLUDE_TURN_IDS", "EXCLUDE_NON_TURN_EVENTS"
    TURN_EVENTS_REPRESENTATION = "TURN_EVENTS_REPRESENTATION"
    OUTPUTS = (
        LayerOutput(
            "OUTPUT", "EVENTS", "movement_events", SCHEMA, POINTS,
            QT_TRANSLATE_NOOP("ClassifyMovementAlgorithm", "Movement events"),
            QT_TRANSLATE_NOOP(
                "ClassifyMovementAlgorithm", "One point per fix with its events, or one per turn, in WGS 84."
            ),
        ),
    )  # fmt: skip

    def add_choices(self) -> None:
        """Add the regions of interest and what is wanted of turns."""
        self.add_sites_input(self.tr("Each fix gets the name of the site that contains it (roi)."))
        self.add_basic(
            QgsProcessingParameterBoolean(self.INCLUDE_TURN_IDS, self.tr("Include turn ids"), defaultValue=False),
            self.tr("Adds turn_id: one number for all fixes of one turn."),
        )
        self.add_basic(
            QgsProcessingParameterBoolean(
                self.EXCLUDE_NON_TURN_EVENTS, self.tr("Leave out fixes that go straight on"), defaultValue=False
            ),
            self.tr("Leaves out the fixes whose turn_event is Traveling."),
        )
        self.add_basic(
            QgsProcessingParameterEnum(
                self.TURN_EVENTS_REPRESENTATION, self.tr("Turns are shown as"),
                [self.tr("All fixes"), self.tr("Turn midpoints")], defaultValue=ALL_FEATURES,
            ),
            self.tr("Midpoints: one point per turn, at the mean of its fixes, and nothing else."),
        )  # fmt: skip

    def more_settings(self) -> Sequence[SettingsInput]:
        """Return what makes an event."""
        self._events = event_input()
        return (self._events,)

    def read_settings(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """Keep the settings chosen."""
        super().read_settings(parameters, context)
        self._event_limits: EventSettings = self._events.read(self, parameters, context)
        self._has_ids = self.parameterAsBool(parameters, self.INCLUDE_TURN_IDS, context)
        self._only_turns = self.parameterAsBool(parameters, self.EXCLUDE_NON_TURN_EVENTS, context)
        self._shown_as = self.parameterAsEnum(parameters, self.TURN_EVENTS_REPRESENTATION, context)

    def find_records(self, prepared: Prepared, progress: Progress, feedback: QgsProcessingFeedback) -> list[Records]:
        """Classify the movement."""
        fixes = prepared.fixes
        events = classify_movement(fixes, self._event_limits, progress.part(0.0, 0.5))
        hidden = np.zeros(len(fixes), bool)
        if not self.is_exact:
            at = show_fixes(fixes, prepared.sites, progress.part(0.5, 1.0))
            # Bearings look as many fixes back and ahead, so that two of them meet in a fix that is hidden.
            hidden = within_rows(~at.at_site, self._event_limits.number_of_points)
        feedback.pushInfo(
            f"Median time between fixes: {median_gap_s(fixes):g} s. Stops: {int((events.acc_event == STOP).sum()):,}, "
            f"starts: {int((events.acc_event == START).sum()):,}, turns: {int(events.turn_id.max(initial=0)):,}"
        )
        rows, lat, lon = np.arange(len(fixes)), fixes.lat, fixes.lon
        if self._shown_as == MIDPOINTS:
            rows, lat, lon = turn_midpoints(fixes, events)
        elif self._only_turns:
            rows = np.flatnonzero(events.turn_event != STRAIGHT)
            lat, lon = lat[rows], lon[rows]
        shown = (lat, lon) if self.is_exact else (at.lat[rows], at.lon[rows])
        schema, columns = dict(SCHEMA), event_columns(fixes, events, rows, *shown, hidden)
        if self._has_ids:
            schema["turn_id"] = BIG_INTEGER
            columns.append(events.turn_id[rows])
        if self.has_sites:
            schema["roi"] = TEXT
            names = np.append(prepared.sites.name, "")[sites_at(prepared.sites, lat, lon)]
            columns.append(np.where(hidden[rows], "", names).astype(object))
        return [Records(schema, columns, points(*shown), QgsWkbTypes.Type.Point)]


def event_columns(
    fixes: Fixes, events: MovementEvents, rows: np.ndarray, lat: np.ndarray, lon: np.ndarray, hidden: np.ndarray
) -> list[np.ndarray]:
    """Return the columns of `SCHEMA` for these fixes (rows), without figures where a fix is `hidden` (bool)."""
    time_ms = fixes.time_ms[rows]

    def told(values: np.ndarray, digits: int) -> np.ndarray:
        return np.round(np.where(hidden[rows], np.nan, values[rows]), digits)

    return [
        fixes.pseudonyms[fixes.device[rows]], time_ms, time_ms, lat, lon, told(events.distance_diff, 2),
        np.round(events.time_diff[rows], 3), told(events.speed, 3), told(events.speed * MPH_OF_MS, 3),
        told(events.speed * KMPH_OF_MS, 3), told(events.acceleration, 3),
        np.array(ACC_EVENTS, dtype=object)[events.acc_event[rows]],
        np.array(TURN_EVENTS, dtype=object)[events.turn_event[rows]],
        *(told(degrees, 2) for degrees in (events.from_bearing, events.to_bearing, events.turn)),
    ]  # fmt: skip


def event_input() -> SettingsInput[EventSettings]:
    """Return labels, help and ranges of what makes an event."""
    translate = QCoreApplication.translate
    return SettingsInput(
        EventSettings,
        [
            Setting(
                "curvature",
                translate("EventSettings", "Curvature: change of bearing that is a turn (degrees)"),
                translate("EventSettings", "15 suits cars and one fix a second; 10 or less suits aircraft."),
                0.1, 179,
            ),
            Setting(
                "number_of_points",
                translate("EventSettings", "Number of points before and after for the bearing"),
                translate("EventSettings", "1 suits cars and people, 5 suits ships and aircraft, which turn slowly."),
                1, 1000,
            ),
            Setting(
                "u_turn",
                translate("EventSettings", "U-turn: change of bearing over a whole turn (degrees)"),
                translate("EventSettings", "A turn that comes to this or more, over all its fixes, is a U-turn."),
                90, 360,
            ),
            Setting(
                "stop_kmh",
                translate("EventSettings", "Standing: up to this speed (km/h)"),
                translate("EventSettings", "Errors of position move what stands. Slower fixes are Stopped and "
                          "never turn."),
                0, 100,
            ),
            Setting(
                "steady_ms2",
                translate("EventSettings", "Steady: changes of speed up to this are none (m/s²)"),
                translate("EventSettings", "What is above it is acceleration or deceleration."),
                0, 100,
            ),
            Setting(
                "max_gap_s",
                translate("EventSettings", "Longest gap inside a track (seconds)"),
                translate("EventSettings", "A longer silence cuts a track. Observations whose median gap is longer are "
                          "refused, since events cannot be told from them."),
                0.1, 86_400,
            ),
        ],
    )  # fmt: skip
