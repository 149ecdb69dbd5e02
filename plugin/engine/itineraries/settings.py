"""Settings of itineraries: which visits lead to a device, and how far its way is followed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ItinerarySettings:
    """How far an itinerary reaches around its key date, and when a place counts as usual for a device.

    A place is regular on a visit if the device was there on more than `regular_days` of the `lookback_days` before
    (in the data's first days: after). `near_days`: visits that near a key date speak for it. `window`: days
    before and after a key date that are compared with ordinary dates; the study's own.
    """

    max_itineraries: int = 200
    days_before: int = 60
    days_after: int = 21
    regular_days: int = 3
    lookback_days: int = 30
    near_days: int = 21
    window: tuple[int, int] = (2, 4)


@dataclass(frozen=True)
class FindingDevices:
    """The evidence of one finding: its spot (index), its window in UTC epoch ms, and the int32 device codes."""

    finding_id: int
    spot: int
    start_ms: int
    end_ms: int
    devices: np.ndarray
