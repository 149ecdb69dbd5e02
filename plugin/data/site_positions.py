"""Where the sites of a table without geometry are: its columns of positions, in every way that observations have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional, Union

import numpy as np
import pandas as pd

from ..engine.screening import (
    Companions,
    CoordinateFormat,
    PointFormat,
    Roles,
    detect_roles,
    find_companions,
    find_coordinates,
    find_points,
)

SAMPLE_ROWS = 1_000


@dataclass(frozen=True)
class SitePositions:
    """Columns with positions, how they are written, and a sentence on it ("" for plain degrees)."""

    roles: Roles
    beside: Companions
    format: Union[CoordinateFormat, PointFormat]

    @property
    def note(self) -> str:
        """How positions were read, for the analyst."""
        return self.format.note

    def degrees(self, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return latitude and longitude in degrees (float64), NaN where there is none."""
        if isinstance(self.format, PointFormat):
            return self.format.parse(frame[self.roles.position])
        north, east = (frame[name] if name else None for name in (self.beside.north, self.beside.east))
        return self.format.parse(frame[self.roles.lat], frame[self.roles.lon], north, east)


def position_columns(names: Sequence[str], sample: pd.DataFrame) -> list[str]:
    """Return the columns that hold positions or say more of them."""
    roles = detect_roles(names, sample).roles
    beside = find_companions(names, sample, roles.columns()) if roles.lat else Companions()
    columns = (roles.lat, roles.lon, roles.position, beside.north, beside.east)
    return [name for name in columns if name]


def find_positions(frame: pd.DataFrame) -> Optional[SitePositions]:
    """Return how a table's positions are written, None where it has none; raises InputError where that is not clear."""
    sample = frame.head(SAMPLE_ROWS)
    names = list(frame.columns)
    roles = detect_roles(names, sample).roles
    if roles.lat and roles.lon:
        beside = find_companions(names, sample, roles.columns())
        sides = (sample[beside.north] if beside.north else None, sample[beside.east] if beside.east else None)
        found = find_coordinates(sample[roles.lat], sample[roles.lon], (roles.lat, roles.lon), sides)
        return SitePositions(roles, beside, found)
    points = find_points(sample[roles.position], roles.position) if roles.position else None
    return None if points is None else SitePositions(roles, Companions(), points)
