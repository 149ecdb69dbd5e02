"""Hulls around groups of circles, and the coarse squares that stand in for those around homes."""

from __future__ import annotations

import numpy as np

from .distances import METRES_PER_DEGREE

SIDES = 16


def hulls(group: np.ndarray, lat: np.ndarray, lon: np.ndarray, radius_m: np.ndarray) -> np.ndarray:
    """Return closed outlines (groups, 17, 2) of lon, lat: the narrowest 16-sided hull around each group's circles.

    `group` int64 0.. without gaps, in any order; centres in degrees. Each side touches a circle (a discrete
    orientation polytope; Klosowski 1998), so that the hull holds the convex hull and all groups take one pass.
    """
    order = np.argsort(group, kind="stable")
    group, lat, lon, radius_m = group[order], lat[order], lon[order], radius_m[order]
    start = np.flatnonzero(np.append(True, group[1:] != group[:-1])) if len(group) else np.empty(0, np.int64)
    base_lat, base_lon = lat[start], lon[start]
    stretch = np.maximum(np.cos(np.radians(base_lat)), 0.01)
    east = ((lon - base_lon[group] + 180.0) % 360.0 - 180.0) * METRES_PER_DEGREE * stretch[group]
    north = (lat - base_lat[group]) * METRES_PER_DEGREE
    angle = np.arange(SIDES + 1) * 2.0 * np.pi / SIDES
    support = np.empty((len(start), SIDES + 1))
    for side in range(SIDES):
        reach = east * np.cos(angle[side]) + north * np.sin(angle[side]) + radius_m
        support[:, side] = np.maximum.reduceat(reach, start) if len(start) else reach
    support[:, SIDES] = support[:, 0]
    # Neighbouring sides meet in a corner.
    sine = np.sin(2.0 * np.pi / SIDES)
    first, second = support[:, :-1], support[:, 1:]
    x = (first * np.sin(angle[1:]) - second * np.sin(angle[:-1])) / sine
    y = (second * np.cos(angle[:-1]) - first * np.cos(angle[1:])) / sine
    x, y = x / METRES_PER_DEGREE / stretch[:, None], y / METRES_PER_DEGREE
    outline = np.stack((base_lon[:, None] + x, base_lat[:, None] + y), axis=2)
    return np.concatenate((outline, outline[:, :1]), axis=1)
