"""Settings of legs: what tells a mode, and what a flight is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LegSettings:
    """Limits of speed (km/h) and distance (km) that tell modes apart.

    Steps above `air_kmh` over `air_km` are flight, and three in a row from `sure_air_km` on, two from half of
    `air_km` on; where high-speed trains run, only those above `rail_kmh`. Below `moving_kmh` a device has stopped.
    Above `top_kmh` nothing flies and the mode is unknown. `drive_kmh` is the fastest drive as the crow flies.
    What was not seen on the way is taken for a walk up to `foot_km`, and may have been one up to `walk_km`.
    """

    moving_kmh: float = 40.0
    air_kmh: float = 250.0
    air_km: float = 150.0
    rail_kmh: float = 360.0
    sure_air_km: float = 20.0
    top_kmh: float = 1300.0
    airport_km: float = 6.0
    airport_air_km: float = 250.0
    airport_air_kmh: float = 120.0
    drive_kmh: float = 95.0
    foot_kmh: float = 7.0
    foot_km: float = 1.5
    walk_km: float = 5.0
    offshore_km: float = 5.0
