"""Stays: where a device remained near one point; halts merged across gaps at the same place (see merging.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..base import Progress, block_borders, meant_degrees, meant_metres, work_in_threads
from ..earth import HOUR_MS
from ..screening import Fixes
from .merging import Halts, find_halts, positions, squared_distance
from .settings import StaySettings
from .table import Stays

BLOCK_FIXES = 200_000  # small enough for the processor's cache, large enough that calls cost less than their work


@dataclass(frozen=True)
class _Block:
    """A block's stays, and its first and last halt (the same one twice if it is the only one) with centres (3, 2)."""

    stays: Stays
    ends: Stays
    ends_centre: np.ndarray


def detect_stays(
    fixes: Fixes,
    settings: StaySettings = StaySettings(),  # noqa: B008 - frozen
    progress: Optional[Progress] = None,
    keep_short: bool = False,
) -> Stays:
    """Return the stays of all devices; with `keep_short` also the halts too short to be stays (`lasting` False).

    `fixes` must be sorted by device and time. The result depends on each device's own fixes only, so any
    partition by device gives the same rows. Raises Cancelled.
    """
    borders = _borders(fixes, settings)
    blocks, ranges = [], [slice(begin, end) for begin, end in zip(borders[:-1], borders[1:])]

    def detect(rows: slice) -> _Block:
        return _detect_block(fixes, rows, settings, keep_short)

    progress = progress or Progress()
    progress.step("Finding stays", 0.0)
    for rows, block in zip(ranges, work_in_threads(detect, ranges)):
        progress.step("Finding stays", rows.stop / max(1, len(fixes)))
        blocks.append(block)
    _share_gaps_between(blocks, settings, keep_short)
    return Stays.joined([block.stays for block in blocks])


def estimate_spans(
    device: np.ndarray,
    start_ms: np.ndarray,
    end_ms: np.ndarray,
    lat: np.ndarray,
    lon: np.ndarray,
    settings: StaySettings,
) -> tuple[np.ndarray, np.ndarray]:
    """Return when halts at positions (degrees) were reached and left (UTC epoch ms), as `detect_stays` estimates it.

    Halts are sorted by device and time, and all that were seen: each estimate rests on the next one's distance.
    """
    return _estimate_span(device, start_ms, end_ms, positions(lat, lon), settings)


def _borders(fixes: Fixes, settings: StaySettings) -> list[int]:
    """Return borders of blocks of about BLOCK_FIXES fixes: between devices, and in a device's unbridged silences.

    Nothing is merged or absorbed across such a silence, so that only the estimates of the unseen time look over it.
    """
    borders = block_borders(fixes.device, BLOCK_FIXES).tolist()
    longest_ms = settings.max_bridge_hours * HOUR_MS
    inside = []
    for begin, end in zip(borders[:-1], borders[1:]):
        for near in range(begin + BLOCK_FIXES, end, BLOCK_FIXES):
            time_ms = fixes.time_ms[near - 1 : min(near + BLOCK_FIXES, end)]
            silent = np.flatnonzero(time_ms[1:] - time_ms[:-1] > longest_ms)
            inside += (near + silent[:1]).tolist()
    return sorted(borders + inside)


def _share_gaps_between(blocks: list[_Block], settings: StaySettings, keep_short: bool) -> None:
    """Set the estimates in the gaps between blocks, of which each alone knew one side."""
    ends = Stays.joined([block.ends for block in blocks])
    centre = np.concatenate([block.ends_centre for block in blocks], axis=1)
    arrived_ms, departed_ms = _estimate_span(ends.device, ends.start_ms, ends.end_ms, centre, settings)
    is_kept = ends.lasting | keep_short
    for number, block in enumerate(blocks if len(ends) else []):
        first, last = 2 * number, 2 * number + 1
        if is_kept[first]:
            block.stays.arrived_ms[0] = arrived_ms[first]
        if is_kept[last]:
            block.stays.departed_ms[-1] = departed_ms[last]


def _detect_block(fixes: Fixes, rows: slice, settings: StaySettings, keep_short: bool) -> _Block:
    device, time_ms = fixes.device[rows], fixes.time_ms[rows]
    position = positions(fixes.lat[rows], fixes.lon[rows])
    halts = find_halts(device, time_ms, position, fixes.accuracy_m[rows], settings)
    stays = _as_stays(halts, device, time_ms, position, settings)
    ends = np.array([0, -1])[: 2 * len(stays)]
    return _Block(stays if keep_short else stays.take(stays.lasting), stays.take(ends), halts.centre[:, ends])


def _as_stays(
    halts: Halts, device: np.ndarray, time_ms: np.ndarray, position: np.ndarray, settings: StaySettings
) -> Stays:
    first, last = halts.first, halts.last(len(device))
    count = last - first + 1
    steps = halts.centre.take(np.repeat(np.arange(len(first)), count), axis=1)
    steps -= position
    steps *= steps
    squared = steps.sum(axis=0)
    radius_m = np.sqrt(np.maximum.reduceat(squared, first)) if len(first) else np.empty(0)
    gaps_ms = np.zeros_like(time_ms)
    np.subtract(time_ms[1:], time_ms[:-1], out=gaps_ms[1:])
    gaps_ms[first] = 0
    longest_ms = np.maximum.reduceat(gaps_ms, first) if len(first) else gaps_ms
    start_ms, end_ms = time_ms[first], time_ms[last]
    x, y, z = halts.centre
    arrived_ms, departed_ms = _estimate_span(device[first], start_ms, end_ms, halts.centre, settings)
    return Stays(
        device=device[first],
        start_ms=start_ms,
        end_ms=end_ms,
        arrived_ms=arrived_ms,
        departed_ms=departed_ms,
        lat=meant_degrees(np.degrees(np.arctan2(z, np.hypot(x, y)))),
        lon=meant_degrees(np.degrees(np.arctan2(y, x))),
        radius_m=meant_metres(radius_m).astype(np.float32),
        n_fixes=count.astype(np.int32),
        longest_gap_s=(longest_ms / 1000.0).astype(np.float32),
        lasting=(count >= 2) & (end_ms - start_ms >= settings.min_minutes * 60_000),
    )


def _estimate_span(
    device: np.ndarray, start_ms: np.ndarray, end_ms: np.ndarray, centre: np.ndarray, settings: StaySettings
) -> tuple[np.ndarray, np.ndarray]:
    """Share the unseen time between two halts, less the travel between them, equally among both."""
    arrived_ms, departed_ms = start_ms.copy(), end_ms.copy()
    if len(device) < 2:
        return arrived_ms, departed_ms
    distance_km = np.sqrt(squared_distance(centre, slice(None, -1), slice(1, None))) / 1000.0
    speed_kmh = np.select([distance_km < 1.0, distance_km < 30.0, distance_km < 300.0], [4.0, 25.0, 60.0], 500.0)
    gap_ms = start_ms[1:] - end_ms[:-1]
    slack_ms = np.clip(gap_ms - distance_km / speed_kmh * HOUR_MS, 0, 2 * settings.max_reach_hours * HOUR_MS)
    half_ms = np.where(device[1:] == device[:-1], slack_ms / 2.0, 0).astype(np.int64)
    arrived_ms[1:] -= half_ms
    departed_ms[:-1] += half_ms
    return arrived_ms, departed_ms
