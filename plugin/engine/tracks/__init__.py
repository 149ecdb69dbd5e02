"""Areas, selected tracks, movement events of dense tracks."""

from .areas import NEAR, TIME_RELATIONSHIPS, AreaTimes, compare_areas
from .movement_events import (
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
from .selection import BEFORE_AFTER, NONE, RELATIONSHIPS, SIDES, select_tracks

__all__ = [
    "ACC_EVENTS",
    "AreaTimes",
    "BEFORE_AFTER",
    "EventSettings",
    "KMPH_OF_MS",
    "MPH_OF_MS",
    "MovementEvents",
    "NEAR",
    "NONE",
    "RELATIONSHIPS",
    "SIDES",
    "START",
    "STOP",
    "STRAIGHT",
    "TIME_RELATIONSHIPS",
    "TURN_EVENTS",
    "classify_movement",
    "compare_areas",
    "median_gap_s",
    "select_tracks",
    "turn_midpoints",
]
