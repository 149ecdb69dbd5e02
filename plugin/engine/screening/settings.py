"""The reasons for which screening drops rows, its limits, and what it knows of a source before it looks at devices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..places import SENSITIVE_CATEGORIES

MISSING_DEVICE = "missing device"
BAD_COORDINATE = "missing or invalid coordinate"
NULL_ISLAND = "at 0, 0"
MARKED_WRONG = "marked as wrong by the source"
BAD_TIME = "missing or unreadable time"
IMPOSSIBLE_TIME = "time before 1990 or after 2100"
POOR_ACCURACY = "accuracy worse than the limit"
EXCLUDED_REGION = "excluded region"
SENSITIVE_PLACE = "sensitive place"
FAR_TIME = "time far from all others"
SHARED_POSITION = "position shared by improbably many devices"
DUPLICATE = "duplicate"
HELD = "position held on the move"
TELEPORT = "impossible speed"
COPY = "copy of another device"
MADE_UP = "made-up device"
THINNED = "thinned, since its device is seen more often than before"
REASONS = (
    MARKED_WRONG, MISSING_DEVICE, BAD_COORDINATE, NULL_ISLAND, BAD_TIME, IMPOSSIBLE_TIME, POOR_ACCURACY,
    EXCLUDED_REGION, SENSITIVE_PLACE, FAR_TIME, SHARED_POSITION, DUPLICATE, HELD, TELEPORT, COPY,
    MADE_UP, THINNED,
)
KEPT = "kept"
KEPT_TWO_OWNERS = "kept, but the device id seems to have two owners"


@dataclass(frozen=True)
class ScreeningSettings:
    """Limits of screening: worst accuracy (m), fastest speed (km/h), fastest speed out and back, what is left out."""

    max_accuracy_m: float = 1000.0
    max_speed_kmh: float = 1200.0
    turn_speed_kmh: float = 250.0
    excluded_countries: tuple[str, ...] = ("US",)
    sensitive_categories: tuple[str, ...] = SENSITIVE_CATEGORIES
    shared_min_devices: int = 25
    shared_min_share: float = 0.02
    keep_device_ids: bool = False


@dataclass(frozen=True)
class ScreeningFacts:
    """What only all rows of a source together can tell, and the work on each device needs.

    Times outside `earliest_ms`..`latest_ms` (int64, UTC epoch ms) are clock faults. `first_day`, `last_day` are the
    days since 1970-01-01 (UTC) between which all but one in a thousand rows at either end lie. `shared` holds the
    keys (`positions.position_keys`, uint64, rising) of positions that improbably many devices report.
    `typical_accuracy_m` stands for accuracies that are not known.
    """

    earliest_ms: int
    latest_ms: int
    first_day: int
    last_day: int
    shared: np.ndarray
    typical_accuracy_m: float
