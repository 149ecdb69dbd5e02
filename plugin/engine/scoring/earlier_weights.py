"""What each earlier window counts for, of places and of whole regions, before it is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..counting import AFTERMATH_DAYS, Windows
from .holidays import Holidays

ODD_WEIGHT = 0.1
"""What a window counts for that was odd at many spots at once, by hand: next to nothing beside any other."""
AFTERMATH_WEIGHT = 0.5
"""What a window counts for before it is looked at, that holds or follows another key date. By hand: half."""


@dataclass(frozen=True)
class EarlierWeights:
    """What earlier windows of plain counts count for.

    `odd` int64 (devices or days, phases, far below or far above, windows): at how many spots a window was odd where
    these were many. `holidays`: None where no window has one.
    """

    windows: Windows
    odd: np.ndarray
    holidays: Optional[Holidays]

    def of(self, unit: int, phase: int, window: int, rows: np.ndarray) -> np.ndarray:
        """Return the weights of the earlier windows of `window` at spots `rows`.

        Float64 (earlier windows,), or with holidays (n, earlier windows).
        """
        windows = self.windows
        weight = windows.worth(window) * np.where(self.odd[unit, phase].any(axis=0), ODD_WEIGHT, 1.0)
        weight[_follows_key(windows, window)] *= AFTERMATH_WEIGHT
        earlier = windows.baseline[window]
        if self.holidays is None:
            return weight[earlier]
        return weight[earlier] * self.holidays.weight(rows, window, earlier)


def _follows_key(windows: Windows, window: int) -> np.ndarray:
    """Return which windows hold another key date than that of `window`, or one of the days that follow it; bool."""
    others = windows.start_day[windows.key_window]
    others = others[others != windows.start_day[window]]
    since = windows.start_day[:, None] - others[None, :]
    return ((since > -windows.length_days) & (since < windows.length_days + AFTERMATH_DAYS)).any(axis=1)
