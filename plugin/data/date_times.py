"""Date-times of files and layers, as pandas can hold them."""

from __future__ import annotations

import numpy as np

# pandas counts nanoseconds in 64 bits: from 1677-09-21 to 2262-04-11.
_EARLIEST, _LATEST = np.datetime64("1677-09-22", "ms"), np.datetime64("2262-04-11", "ms")


def bounded(stamps: np.ndarray) -> np.ndarray:
    """Return date-times as datetime64[ms] that pandas can hold; NaT stays.

    Those beyond stand at its ends: no record is that old or that new, so they are counted as wrong there as well.
    """
    return np.clip(stamps.astype("datetime64[ms]"), _EARLIEST, _LATEST)
