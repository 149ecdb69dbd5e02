"""The one place that knows about versions of libraries that differ between QGIS installations."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .fixes import NO_TIME

_PANDAS_MAJOR = int(pd.__version__.split(".", 1)[0])


def parse_iso(text: pd.Series) -> np.ndarray:
    """Return ISO 8601 texts as int64 UTC epoch ms, `NO_TIME` where a text is none; naive ones as UTC."""
    # pandas 1.5 has no "ISO8601"; given any ISO format it reads every ISO spelling, and "now".
    style = "ISO8601" if _PANDAS_MAJOR >= 2 else "%Y-%m-%dT%H:%M:%S"
    stamps = pd.to_datetime(text.mask(text.isin(["now", "today"])), format=style, errors="coerce", utc=True)
    values = stamps.dt.tz_localize(None).to_numpy().astype("datetime64[ms]")
    return np.where(np.isnat(values), NO_TIME, values.astype(np.int64))
