"""Geometries as WKB, made for whole columns at once; EPSG:4326, lon before lat."""

from __future__ import annotations

import numpy as np

from ..base import meant_degrees
from .distances import OUTLINE_METRES_PER_DEGREE

_POINT, _LINE, _POLYGON, _MULTI_LINE = 1, 2, 3, 5
CIRCLE_CORNERS = 36


def points(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return WKB points as an object array of bytes."""
    record = np.zeros(len(lat), dtype=[("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])
    record["order"], record["kind"] = 1, _POINT
    record["x"], record["y"] = meant_degrees(lon), meant_degrees(lat)
    return _as_bytes(record)


def multi_lines(ends: np.ndarray) -> np.ndarray:
    """Return WKB multi-lines of straight parts, an array (n, parts, 4) of lon, lat, lon, lat."""
    return _multi_lines(meant_degrees(ends).reshape(*ends.shape[:2], 2, 2))


def whole_lines(xy: np.ndarray) -> np.ndarray:
    """Return WKB multi-lines of one part each, an array (n, corners, 2) of lon, lat, which are taken as they are."""
    return _multi_lines(xy[:, None])


def _multi_lines(xy: np.ndarray) -> np.ndarray:
    count, parts, corners = xy.shape[:3]
    line = np.dtype([("order", "u1"), ("kind", "<u4"), ("corners", "<u4"), ("xy", "<f8", (corners, 2))])
    record = np.zeros(count, dtype=[("order", "u1"), ("kind", "<u4"), ("count", "<u4"), ("line", line, (parts,))])
    record["order"], record["kind"], record["count"] = 1, _MULTI_LINE, parts
    record["line"]["order"], record["line"]["kind"], record["line"]["corners"] = 1, _LINE, corners
    record["line"]["xy"] = xy
    return _as_bytes(record)


def polygons(outline: np.ndarray) -> np.ndarray:
    """Return WKB polygons of closed outlines, an array (n, corners, 2) of lon, lat."""
    corners = outline.shape[1]
    record = np.zeros(
        len(outline),
        dtype=[("order", "u1"), ("kind", "<u4"), ("rings", "<u4"), ("corners", "<u4"), ("xy", "<f8", (corners, 2))],
    )
    record["order"], record["kind"], record["rings"], record["corners"] = 1, _POLYGON, 1, corners
    record["xy"] = meant_degrees(outline)
    return _as_bytes(record)


def circles(lat: np.ndarray, lon: np.ndarray, radius_m: np.ndarray) -> np.ndarray:
    """Return closed outlines (n, 37, 2) of lon, lat around centres in degrees; good for radii of some kilometres."""
    angle = np.linspace(0.0, 2.0 * np.pi, CIRCLE_CORNERS + 1)
    reach = (radius_m / OUTLINE_METRES_PER_DEGREE)[:, None]
    stretch = np.maximum(np.cos(np.radians(lat)), 0.01)[:, None]
    return np.stack((lon[:, None] + reach * np.cos(angle) / stretch, lat[:, None] + reach * np.sin(angle)), axis=2)


def _as_bytes(record: np.ndarray) -> np.ndarray:
    blobs = np.empty(len(record), dtype=object)
    blobs[:] = np.frombuffer(record.tobytes(), dtype=f"V{record.dtype.itemsize}").tolist()
    return blobs
