"""Small counts: few devices may be one household, so in what leaves the machine a count below MIN_SHOWN reads "<5"."""

from __future__ import annotations

import pandas as pd

MIN_SHOWN = 5
"""By hand: a household has fewer (see above)."""
FEW = f"<{MIN_SHOWN}"


def shown_count(count: int) -> str:
    """Return a number of devices as it may leave the machine."""
    return f"{count:,}" if count >= MIN_SHOWN else FEW


def shown_counts(counts: pd.Series) -> pd.Series:
    """Return numbers of devices as text that may leave the machine, without separators."""
    return counts.astype(str).where(counts >= MIN_SHOWN, FEW).astype(object)
