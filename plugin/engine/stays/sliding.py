"""The classical sliding stay detector, for comparison: a stay lasts until a fix is too far from the stay's first fix.

Hariharan & Toyama (2004), "Project Lachesis: parsing and modeling location histories"; Li et al. (2008), "Mining user
similarity based on location history". Stays, times and centres equal those of trackintel's `generate_staypoints`.

A fix is an anchor when it follows a gap, or is the first one too far from the anchor before it. Runs between gaps are
advanced in lock-step. A long run would be a long wait, so it is cut into pieces that all start at once, each from a
guessed anchor: wherever the true chain of anchors meets a guessed one, both are the same from there on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional

import numpy as np

from ..base import Progress, begins_run, block_borders, place_in_run, run_ends
from ..screening import Fixes
from .table import Stays

PEER_RADIUS_M = 6_371_000.0  # trackintel's sphere
BLOCK_FIXES = 2_000_000
LOOK_AT_ONCE = 512
MINUTE_MS = 60_000


@dataclass(frozen=True)
class SlidingSettings:
    """Distance that ends a stay, shortest stay, longest gap inside a stay, and whether a device's last stay counts."""

    distance_m: float = 100.0
    min_minutes: float = 5.0
    max_gap_minutes: float = 15.0
    include_last: bool = False


@dataclass(frozen=True)
class _Track:
    """Positions of a block in radians, the cosine of latitude, and the cosine of the distance that ends a stay."""

    lat: np.ndarray
    lon: np.ndarray
    cos_lat: np.ndarray
    cos_limit: float

    def is_far(self, anchor: np.ndarray, fix: np.ndarray) -> np.ndarray:
        """Return bool: whether fixes lie at the limit or beyond it, by trackintel's formula, rounding included."""
        lat, lon = self.lat, self.lon
        bend = self.cos_lat[anchor] * self.cos_lat[fix] * (1.0 - np.cos(lon[anchor] - lon[fix]))
        return np.cos(lat[anchor] - lat[fix]) - bend <= self.cos_limit


@dataclass(frozen=True)
class _Pieces:
    """Guessed chains, one per piece of a run: `is_anchor` per fix, `start` of each piece, and where it broke off.

    `anchor` is the last anchor of a piece, `at` the first fix not compared with it, `entry` the fix where the true
    chain meets it.
    """

    is_anchor: np.ndarray
    start: np.ndarray
    anchor: np.ndarray
    at: np.ndarray
    entry: np.ndarray


def detect_sliding_stays(
    fixes: Fixes,
    settings: SlidingSettings = SlidingSettings(),  # noqa: B008 - frozen
    progress: Optional[Progress] = None,
) -> Stays:
    """Return the stays of all devices as trackintel's sliding method finds them, all of them `lasting`.

    `fixes` must be sorted by device and time, without duplicates. `start_ms`, `end_ms` are the first and last fix
    inside; `arrived_ms` equals `start_ms` and `departed_ms` is the first fix outside, which are trackintel's
    `started_at` and `finished_at`. `lat`, `lon` are the mean of the distinct positions inside, `radius_m` reaches the
    farthest fix. The result depends on each device's own fixes only. Raises Cancelled.
    """
    blocks = []
    borders = block_borders(fixes.device, BLOCK_FIXES)
    for begin, end in zip(borders[:-1], borders[1:]):
        if progress is not None:
            progress.step("Finding stays", begin / max(1, len(fixes)))
        blocks.append(_detect_block(fixes, slice(begin, end), settings))
    return Stays.joined(blocks)


def _detect_block(fixes: Fixes, rows: slice, settings: SlidingSettings) -> Stays:
    device, time_ms = fixes.device[rows], fixes.time_ms[rows]
    lat, lon = np.radians(fixes.lat[rows]), np.radians(fixes.lon[rows])
    track = _Track(lat, lon, np.cos(lat), _cosine_at(settings.distance_m))
    begins = begins_run(device)
    begins[1:] |= np.diff(time_ms) > settings.max_gap_minutes * MINUTE_MS
    first = np.flatnonzero(_anchors(track, np.flatnonzero(begins)))
    after = run_ends(first, len(device)) + 1
    # A stay counts when the device is seen to leave it, not when a gap follows; the last one counts on request.
    is_left = np.append(~begins, False)[after]
    left = np.minimum(after, len(device) - 1)
    if settings.include_last:
        is_last = np.append(device, -1)[after] != device[first]
        left, is_left = np.where(is_last, after - 1, left), is_left | is_last
    is_stay = is_left & (time_ms[left] - time_ms[first] >= settings.min_minutes * MINUTE_MS)
    return _as_stays(fixes, rows.start + first[is_stay], rows.start + after[is_stay], rows.start + left[is_stay])


def _cosine_at(distance_m: float) -> float:
    """Return the largest cosine whose arc is at least `distance_m`, so that cosines decide as distances would."""
    if distance_m > PEER_RADIUS_M * math.pi:
        return -math.inf
    cosine = math.cos(distance_m / PEER_RADIUS_M)
    while PEER_RADIUS_M * math.acos(cosine) < distance_m:
        cosine = float(np.nextafter(cosine, -2.0))
    while cosine < 1.0 and PEER_RADIUS_M * math.acos(float(np.nextafter(cosine, 2.0))) >= distance_m:
        cosine = float(np.nextafter(cosine, 2.0))
    return cosine


def _anchors(track: _Track, begin: np.ndarray) -> np.ndarray:
    """Return bool per fix: the anchors, of which the first fixes of runs (`begin`) are some."""
    total = len(track.lat)
    end = run_ends(begin, total) + 1
    # Twice the pieces mean half the steps to their ends, but twice the meetings one after the other.
    length = max(1024, 4 * math.isqrt(total))
    pieces_of = -(-(end - begin) // length)
    start = np.repeat(begin, pieces_of) + place_in_run(pieces_of) * length
    stop = np.minimum(start + length, np.repeat(end, pieces_of))
    guessed = np.zeros(total, bool)
    anchor, at = _advance(track, start, start + 1, stop, guessed)
    long = pieces_of > 1
    if not long.any():
        return guessed
    first_piece = np.cumsum(pieces_of) - pieces_of
    entry = np.full(len(start), total)
    entry[first_piece] = begin
    pieces, true = _Pieces(guessed, start, anchor, at, entry), np.zeros(total, bool)
    waiting = first_piece[long]
    _advance(track, anchor[waiting], at[waiting], end[long], true, pieces)
    return true | (guessed & (np.arange(total) >= np.repeat(entry, stop - start)))


def _advance(
    track: _Track, anchor: np.ndarray, at: np.ndarray, stop: np.ndarray, found: np.ndarray,
    pieces: Optional[_Pieces] = None,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Follow chains of anchors in lock-step until each has looked at all fixes before its `stop`; mark them in `found`.

    Return the last anchor of each chain and the first fix that was not compared with it. A chain that meets a guessed
    one in `pieces` notes the meeting in `pieces.entry` and goes on from where the guessed chain broke off.
    """
    found[anchor] = True
    last_anchor, last_at = anchor.copy(), at.copy()
    chain = np.arange(len(anchor))
    while True:
        going = at < stop
        if not going.all():
            done = ~going
            last_anchor[chain[done]], last_at[chain[done]] = anchor[done], at[done]
            chain, anchor, at, stop = chain[going], anchor[going], at[going], stop[going]
        if not len(chain):
            return last_anchor, last_at
        width = max(1, LOOK_AT_ONCE // len(chain))
        seen = np.minimum(at + width, stop)
        fix = np.minimum(at[:, None] + np.arange(width), stop[:, None] - 1)
        is_far = track.is_far(anchor[:, None], fix)
        place = is_far.argmax(axis=1) if width > 1 else 0
        leaves = is_far[np.arange(len(chain)), place] if width > 1 else is_far[:, 0]
        next_anchor = fix[np.arange(len(chain)), place] if width > 1 else fix[:, 0]
        anchor = np.where(leaves, next_anchor, anchor)
        at = np.where(leaves, next_anchor + 1, seen)
        if pieces is not None:
            leaves &= ~_meet(pieces, anchor, at, leaves)
        found[anchor[leaves]] = True


def _meet(pieces: _Pieces, anchor: np.ndarray, at: np.ndarray, leaves: np.ndarray) -> np.ndarray:
    """Move chains that just reached a guessed anchor to where that chain broke off; return which ones."""
    met = leaves & pieces.is_anchor[anchor]
    piece = np.searchsorted(pieces.start, anchor[met], side="right") - 1
    pieces.entry[piece] = anchor[met]
    anchor[met], at[met] = pieces.anchor[piece], pieces.at[piece]
    return met


def _as_stays(fixes: Fixes, first: np.ndarray, after: np.ndarray, left: np.ndarray) -> Stays:
    """Return the stays of fixes first..after (half-open) that end with the fix `left`."""
    count = after - first
    member = np.repeat(first, count) + place_in_run(count)
    stay = np.repeat(np.arange(len(first)), count)
    lat, lon = fixes.lat[member], np.radians(fixes.lon[member])
    distinct = _distinct_positions(stay, lat, lon)
    of = stay[distinct]
    positions = np.bincount(of, minlength=len(first))
    centre_lat = np.bincount(of, lat[distinct], len(first)) / positions
    east = np.bincount(of, np.sin(lon[distinct]), len(first)) / positions
    north = np.bincount(of, np.cos(lon[distinct]), len(first)) / positions
    centre_lon = np.arctan2(east, north)
    begin = np.cumsum(count) - count
    lat = np.radians(lat)
    half = np.sin((lat - np.radians(centre_lat)[stay]) / 2) ** 2
    half += np.cos(lat) * np.cos(np.radians(centre_lat))[stay] * np.sin((lon - centre_lon[stay]) / 2) ** 2
    away_m = 2 * PEER_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    gaps_ms = np.diff(fixes.time_ms[member], prepend=0)
    gaps_ms[begin] = 0
    start_ms = fixes.time_ms[first]
    return Stays(
        device=fixes.device[first],
        start_ms=start_ms,
        end_ms=fixes.time_ms[after - 1],
        arrived_ms=start_ms,
        departed_ms=fixes.time_ms[left],
        lat=centre_lat,
        lon=np.degrees(centre_lon),
        radius_m=_largest(away_m, begin).astype(np.float32),
        n_fixes=count.astype(np.int32),
        longest_gap_s=(_largest(gaps_ms, begin) / 1000.0).astype(np.float32),
        lasting=np.ones(len(first), bool),
    )


def _largest(values: np.ndarray, begin: np.ndarray) -> np.ndarray:
    return np.maximum.reduceat(values, begin) if len(begin) else values


def _distinct_positions(stay: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return the first row of each distinct position of each stay, in order (rows sorted by `stay`)."""
    # Adding zero makes -0.0 and 0.0 one value, so that their bits agree as well.
    mixed = (lat + 0.0).view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + (lon + 0.0).view(np.uint64)
    key = (stay.astype(np.uint64) << np.uint64(40)) | ((mixed * np.uint64(0xBF58476D1CE4E5B9)) >> np.uint64(24))
    ordered = np.sort(key)
    doubtful = np.unique(ordered[1:][ordered[1:] == ordered[:-1]] >> np.uint64(40)).astype(np.int64)
    if not len(doubtful):
        return np.arange(len(stay))
    is_doubtful = np.isin(stay, doubtful)
    rows = np.flatnonzero(is_doubtful)
    rows = rows[np.lexsort((lon[rows], lat[rows], stay[rows]))]
    keep = ~is_doubtful
    keep[rows[begins_run(stay[rows], lat[rows], lon[rows])]] = True
    return np.flatnonzero(keep)
