"""Hidden homes: what lies near where a device lives is shown on a coarse grid in everything that is exported."""

from __future__ import annotations

import numpy as np

from ..base import Progress
from ..earth import plane_distance_m
from ..screening import Fixes
from ..stays import StaySettings, detect_stays
from .usual_places import NEAR_M, Anchors, find_anchors

HOME_GRID_DEG = 0.05
"""About 5 km."""
NEAR_HOME_M = 1000.0 + NEAR_M
"""A kilometer, and what a home that was found may be off."""


def homes_of(fixes: Fixes, progress: Progress) -> Anchors:
    """Return where the devices of `fixes` live, by the usual stays; raise Cancelled."""
    stays = detect_stays(fixes, StaySettings(), progress, keep_short=True)
    return find_anchors(stays, fixes.device_count)


def near_home(anchors: Anchors, device: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return bool: which positions (degrees) lie near the home of their device (codes); False where none is known."""
    away_m = plane_distance_m(lat, lon, anchors.home_lat[device], anchors.home_lon[device])
    return (away_m <= NEAR_HOME_M) & anchors.home_known[device]


def away_from_home(
    anchors: Anchors, device: np.ndarray, lat: np.ndarray, lon: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return lat, lon (degrees), those near the home of their device (codes) on the coarse grid."""
    return hide(near_home(anchors, device, lat, lon), lat, lon)


def hide(hidden: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return lat, lon (degrees), those `hidden` (bool) on the coarse grid."""
    return np.where(hidden, coarse(lat), lat), np.where(hidden, coarse(lon), lon)


def coarse(degrees: np.ndarray) -> np.ndarray:
    """Return degrees on the grid of about 5 km on which homes are shown."""
    return np.round(degrees / HOME_GRID_DEG) * HOME_GRID_DEG


def within_rows(flags: np.ndarray, rows: int) -> np.ndarray:
    """Return bool: which entries have a True one at most `rows` before or behind them."""
    counted = np.append(0, np.cumsum(flags))
    at = np.arange(len(flags))
    return counted[np.minimum(at + rows + 1, len(flags))] > counted[np.maximum(at - rows, 0)]


def coarse_squares(outline: np.ndarray) -> np.ndarray:
    """Return outlines of the same shape that follow the cell of the coarse grid around each outline's middle."""
    middle = coarse(outline[:, :-1].mean(axis=1))
    half = HOME_GRID_DEG / 2.0
    corner = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    index = np.minimum(np.arange(outline.shape[1]) * 4 // (outline.shape[1] - 1), 4) % 4
    return middle[:, None] + corner[index][None]
