"""Lines on the globe: great circles, and their cut at the antimeridian; arrays (n, 2) of lon, lat in degrees."""

from __future__ import annotations

import numpy as np
from shapely.geometry import MultiLineString

from .distances import distance_km, sample_great_circles, wrap_longitude
from .wkb import multi_lines, whole_lines

ARC_KM = 100.0
ARC_POINTS = 40


def unwrapped(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return a line (n, 2) through the points whose longitudes do not jump; they may run on beyond 180 degrees."""
    steps = wrap_longitude(np.diff(lon))
    return np.stack([lon[0] + np.concatenate([[0.0], np.cumsum(steps)]), lat], axis=1)


def bend_long_parts(lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return lat, lon of a line whose parts longer than ARC_KM follow the great circle."""
    arcs = []
    for begin in np.flatnonzero(distance_km(lat[:-1], lon[:-1], lat[1:], lon[1:]) > ARC_KM):
        here, there = slice(begin, begin + 1), slice(begin + 1, begin + 2)
        arc_lat, arc_lon = sample_great_circles(lat[here], lon[here], lat[there], lon[there], ARC_POINTS)
        arcs.append((begin, arc_lat[0, 1:-1], arc_lon[0, 1:-1]))
    for begin, arc_lat, arc_lon in reversed(arcs):
        lat, lon = np.insert(lat, begin + 1, arc_lat), np.insert(lon, begin + 1, arc_lon)
    return lat, lon


def split_at_antimeridian(line: np.ndarray) -> list[np.ndarray]:
    """Return the parts of an unwrapped line west, between and east of the antimeridian, each inside -180..180."""
    turn = np.floor((line[:, 0] + 180.0) / 360.0)
    parts, begin, start = [], 0, np.empty((0, 2))
    for cut in np.flatnonzero(np.diff(turn)):
        edge = 360.0 * max(turn[cut], turn[cut + 1]) - 180.0
        share = (edge - line[cut, 0]) / (line[cut + 1, 0] - line[cut, 0])
        crossing = np.array([[edge, line[cut, 1] + share * (line[cut + 1, 1] - line[cut, 1])]])
        parts.append((np.concatenate([start, line[begin : cut + 1], crossing]), turn[cut]))
        begin, start = cut + 1, crossing
    parts.append((np.concatenate([start, line[begin:]]), turn[-1]))
    return [part - [360.0 * shift, 0.0] for part, shift in parts]


def great_circle(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> bytes:
    """Return the way between two points (degrees) as a WKB multi-line, cut where it crosses the antimeridian."""
    wkb: bytes = great_circles(*(np.array([one]) for one in (lat_a, lon_a, lat_b, lon_b)))[0]
    return wkb


def great_circles(lat_a: np.ndarray, lon_a: np.ndarray, lat_b: np.ndarray, lon_b: np.ndarray) -> np.ndarray:
    """Return the ways between pairs of points as `great_circle` does, an object array of WKB.

    The loop is over those that cross the antimeridian.
    """
    lines = np.empty(len(lat_a), dtype=object)
    ends = np.stack((lat_a, lat_b), axis=1), np.stack((lon_a, lon_b), axis=1)
    bends = distance_km(lat_a, lon_a, lat_b, lon_b) > ARC_KM
    for rows in (np.flatnonzero(~bends), np.flatnonzero(bends)):
        lat, lon = (end[rows] for end in ends)
        if bends[rows].any():
            arcs = sample_great_circles(lat[:, 0], lon[:, 0], lat[:, 1], lon[:, 1], ARC_POINTS)
            lat, lon = (
                np.concatenate((end[:, :1], arc[:, 1:-1], end[:, 1:]), axis=1) for end, arc in zip((lat, lon), arcs)
            )
        steps = np.cumsum(wrap_longitude(np.diff(lon, axis=1)), axis=1)
        xy = np.stack((lon[:, :1] + np.concatenate((np.zeros((len(rows), 1)), steps), axis=1), lat), axis=2)
        inside = (np.floor((xy[:, :, 0] + 180.0) / 360.0) == 0.0).all(axis=1)
        lines[rows[inside]] = whole_lines(xy[inside])
        for row, line in zip(rows[~inside].tolist(), xy[~inside]):
            lines[row] = MultiLineString([part for part in split_at_antimeridian(line) if len(part) > 1]).wkb
    return lines


def segments(lat_a: np.ndarray, lon_a: np.ndarray, lat_b: np.ndarray, lon_b: np.ndarray) -> np.ndarray:
    """Return an object array of WKB multi-lines between pairs of points, the shorter way round the Earth.

    A line across the antimeridian is cut there in two, since it would span the whole map as one.
    """
    reach = wrap_longitude(lon_b - lon_a)
    crossing = np.abs(lon_b - lon_a) > 180.0  # not where the way leads beyond 180: its end may lie at -180 itself
    edge = np.copysign(180.0, lon_a)
    share = np.divide(edge - lon_a, reach, out=np.zeros(len(lon_a)), where=reach != 0.0)
    edge_lat = lat_a + share * (lat_b - lat_a)
    whole = np.stack((lon_a, lat_a, lon_b, lat_b), axis=1)[:, None]
    halves = np.stack(
        (np.stack((lon_a, lat_a, edge, edge_lat), axis=1), np.stack((-edge, edge_lat, lon_b, lat_b), axis=1)), axis=1
    )
    lines = np.empty(len(lat_a), dtype=object)
    lines[~crossing], lines[crossing] = multi_lines(whole[~crossing]), multi_lines(halves[crossing])
    return lines
