"""Settings of stay detection: one default for sparse and for dense data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StaySettings:
    """Merging distance, shortest lasting stay, longest gap that is bridged, and how far estimates reach into gaps."""

    radius_m: float = 100.0
    max_radius_m: float = 400.0
    min_minutes: float = 10.0
    max_bridge_hours: float = 24.0
    max_reach_hours: float = 6.0
