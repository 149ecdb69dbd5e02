"""The one place that knows about versions of libraries that differ between QGIS installations."""

from __future__ import annotations

from typing import Any

import numpy as np

try:
    import shapely
    from shapely import contains_xy
except ImportError:  # shapely 1.8, as on Debian 12
    from shapely.vectorized import contains as contains_xy


def contains_points(polygon: Any, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return bool: which points lie inside `polygon`; points on its border do not."""
    if hasattr(shapely, "prepare"):
        shapely.prepare(polygon)
    return contains_xy(polygon, x, y)
