"""Polygons at the 180th meridian and around a pole, brought to one form: valid, in longitudes from -180 to 180."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np
from shapely.affinity import translate
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.ops import unary_union
from shapely.validation import make_valid

TURN = 360.0
OVERHANG_DEG = 0.01  # a kilometer at the equator: more than sites reach beyond their edges
# An edge of more than half the globe goes over the 180th meridian; one of a whole turn runs along a pole or a frame.
_JUMP_DEG, _WHOLE_TURN_DEG = 180.0, 359.9
_DENSE_DEG = 1.0


def within_180(shape: Any) -> Any:
    """Return a polygon or multipolygon (lon/lat degrees) cut at the 180th meridian, all of it within -180..180.

    Understood are longitudes beyond 180, edges that jump from 179 to -179, and rings around a pole.
    """
    if not _has_jump(shape):
        west, _south, east, _north = shape.bounds
        return shape if west >= -180.0 and east <= 180.0 else _wrapped(shape)
    return _wrapped(unary_union([_unrolled(part) for part in parts_of(shape)]))


def crosses_by_jump(shape: Any) -> bool:
    """Return whether a polygon has edges that jump over the 180th meridian, which could also mean the long way."""
    return _has_jump(shape)


def around_180(shape: Any) -> Any:
    """Return a polygon within -180..180 that goes on beyond the meridian a little, where it lies on both sides.

    A position at the meridian, or just beyond an edge there, is held as anywhere else.
    """
    west, _south, east, _north = shape.bounds
    edge = 180.0 - OVERHANG_DEG
    if west > -edge and east < edge:
        return shape
    turned = [shape, translate(shape, TURN), translate(shape, -TURN)]
    frame = box(-180.0 - OVERHANG_DEG, -91.0, 180.0 + OVERHANG_DEG, 91.0)
    return areas_of(unary_union(turned).intersection(frame))


def hanging_together(shape: Any) -> Any:
    """Return a polygon within -180..180 with western parts moved a turn east, if that makes it narrower."""
    parts = parts_of(shape)
    bounds = np.array([part.bounds for part in parts])
    order = np.argsort(bounds[:, 0], kind="stable")
    reached = np.maximum.accumulate(bounds[order, 2])
    gaps = bounds[order[1:], 0] - reached[:-1]
    if len(gaps) == 0 or gaps.max() <= bounds[order[0], 0] + TURN - reached[-1]:
        return shape
    eastern = bounds[order[1 + int(gaps.argmax())], 0]
    return MultiPolygon([part if west >= eastern else translate(part, TURN) for part, west in zip(parts, bounds[:, 0])])


def parts_of(shape: Any) -> list[Any]:
    """Return the polygons of a polygon or multipolygon."""
    return list(getattr(shape, "geoms", [shape]))


def areas_of(shape: Any) -> Any:
    """Return the polygons of any shape, without its lines and points."""
    if shape.geom_type != "GeometryCollection":
        return shape
    return unary_union([part for part in shape.geoms if part.geom_type in ("Polygon", "MultiPolygon")])


def edge_points(shape: Any) -> np.ndarray:
    """Return points (n, 2) along the outer edges of a shape: its corners, and some on edges longer than a degree."""
    found = []
    for part in parts_of(shape):
        ring = np.asarray(part.exterior.coords, dtype=np.float64)[:, :2]
        steps = np.maximum(1, np.ceil(np.abs(np.diff(ring, axis=0)).max(axis=1) / _DENSE_DEG)).astype(np.int64)
        owner = np.repeat(np.arange(len(steps)), steps)
        share = (np.arange(len(owner)) - np.repeat(np.cumsum(steps) - steps, steps)) / steps[owner]
        found.append(ring[owner] + share[:, None] * (ring[1:] - ring[:-1])[owner])
    return np.concatenate(found)


def _has_jump(shape: Any) -> bool:
    # A shape of less than half a turn has none; looking at every corner costs more.
    west, _south, east, _north = shape.bounds
    return east - west > _JUMP_DEG and any(
        _jumps(_ring(ring)).any() for part in parts_of(shape) for ring in (part.exterior, *part.interiors)
    )


def _ring(ring: Any) -> np.ndarray:
    return np.asarray(ring.coords, dtype=np.float64)[:, :2]


def _jumps(ring: np.ndarray) -> np.ndarray:
    wide = np.abs(np.diff(ring[:, 0]))
    jumps: np.ndarray = (wide > _JUMP_DEG) & (wide < _WHOLE_TURN_DEG)
    return jumps


def _unrolled(part: Any) -> Any:
    """Return a polygon whose longitudes go on where its edges jump; holes lie in it, a pole is closed in."""
    outer = _unrolled_ring(_ring(part.exterior), None)
    middle = float(outer[:, 0].min() + outer[:, 0].max()) / 2
    shape = make_valid(Polygon(outer))
    holes = [make_valid(Polygon(_unrolled_ring(_ring(hole), middle))) for hole in part.interiors]
    return areas_of(shape.difference(unary_union(holes))) if holes else areas_of(shape)


def _unrolled_ring(ring: np.ndarray, middle: Optional[float]) -> np.ndarray:
    if not _jumps(ring).any():
        unrolled = ring.copy()
    else:
        step = np.diff(ring[:, 0])
        turn = np.concatenate([[0.0], np.cumsum(-np.round(step / TURN) * TURN)])
        unrolled = np.stack([ring[:, 0] + turn, ring[:, 1]], axis=1)
    if middle is not None:
        unrolled[:, 0] += TURN * np.round((middle - (unrolled[:, 0].min() + unrolled[:, 0].max()) / 2) / TURN)
    if abs(unrolled[-1, 0] - unrolled[0, 0]) > _JUMP_DEG:  # all around: the pole on its side is inside
        pole = 90.0 if unrolled[:, 1].mean() > 0 else -90.0
        unrolled = np.concatenate([unrolled, [[unrolled[-1, 0], pole], [unrolled[0, 0], pole]], unrolled[:1]])
    return unrolled


def _wrapped(shape: Any) -> Any:
    """Return a shape with what lies beyond -180..180 moved by whole turns."""
    west, _south, east, _north = shape.bounds
    pieces = []
    for turn in range(int(np.floor((west + 180.0) / TURN)), int(np.floor((east + 180.0) / TURN)) + 1):
        frame = box(turn * TURN - 180.0, -91.0, turn * TURN + 180.0, 91.0)
        piece = areas_of(make_valid(shape).intersection(frame))
        if not piece.is_empty:
            pieces.append(translate(piece, -turn * TURN))
    return areas_of(unary_union(pieces))
