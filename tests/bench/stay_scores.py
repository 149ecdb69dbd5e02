"""How well found stays meet the true ones: one-to-one hits and F1, and how the true ones were lost."""

from __future__ import annotations

import numpy as np

from .stay_worlds import METRES_PER_DEGREE

MIN_OVERLAP, MAX_AWAY_M = 0.5, 200.0
Columns = dict[str, np.ndarray]


def score(truth: Columns, found: Columns) -> dict[str, float]:
    """Return f1, precision, recall, and the fractions of true stays that were missed, merged or split.

    Both have columns device, start_ms, end_ms, lat, lon. A hit has a temporal intersection over union of at least 0.5
    and centres within 200 m, one to one, best overlaps first. Missed: no found stay within 200 m overlaps it at all.
    Merged: the found stay that covers most of it covers half or more of another true stay as well. Split: two or more
    found stays within 200 m lie mostly inside it. Every fraction is of all true stays.
    """
    true_row, found_row = overlapping(truth, found)
    begin = np.maximum(truth["start_ms"][true_row], found["start_ms"][found_row])
    end = np.minimum(truth["end_ms"][true_row], found["end_ms"][found_row])
    shared = (end - begin).astype(np.float64)
    true_ms, found_ms = (side["end_ms"] - side["start_ms"] for side in (truth, found))
    overlap = shared / (true_ms[true_row] + found_ms[found_row] - shared)
    near = away_m(truth, found, true_row, found_row) <= MAX_AWAY_M
    hits = one_to_one(true_row, found_row, np.where(near, overlap, 0.0))
    total, offered = len(truth["device"]), len(found["device"])
    covers = shared >= 0.5 * true_ms[true_row]
    covered = np.bincount(found_row[covers], minlength=offered)
    merged = np.unique(true_row[covers & (covered[found_row] >= 2)])
    inside = near & (shared >= 0.5 * found_ms[found_row])
    return {
        "f1": 2.0 * hits / max(1, total + offered),
        "precision": hits / max(1, offered),
        "recall": hits / max(1, total),
        "missed": 1.0 - len(np.unique(true_row[near])) / max(1, total),
        "merged": len(merged) / max(1, total),
        "split": float((np.bincount(true_row[inside], minlength=total) >= 2).sum()) / max(1, total),
    }


def overlapping(truth: Columns, found: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Return all pairs (true row, found row) of one device that share time; the true ones are sorted and disjoint."""
    spread = int(max(np.max(truth["end_ms"]), np.max(found["end_ms"], initial=0))) * 2
    low = min(int(np.min(truth["start_ms"])), int(np.min(found["start_ms"], initial=spread)))
    offset = {"device": spread - low}

    def on_one_line(side: Columns, name: str) -> np.ndarray:
        return side["device"].astype(np.float64) * offset["device"] + (side[name] - low)

    first = np.searchsorted(on_one_line(truth, "end_ms"), on_one_line(found, "start_ms"), side="right")
    last = np.searchsorted(on_one_line(truth, "start_ms"), on_one_line(found, "end_ms"), side="left")
    count = np.maximum(last - first, 0)
    found_row = np.repeat(np.arange(len(count)), count)
    return np.repeat(first, count) + np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count), found_row


def away_m(truth: Columns, found: Columns, true_row: np.ndarray, found_row: np.ndarray) -> np.ndarray:
    """Return the distance between the centres of pairs, on the plane, which is enough within a city."""
    north = (truth["lat"][true_row] - found["lat"][found_row]) * METRES_PER_DEGREE
    east = (truth["lon"][true_row] - found["lon"][found_row]) * METRES_PER_DEGREE
    return np.hypot(north, east * np.cos(np.radians(truth["lat"][true_row])))


def one_to_one(true_row: np.ndarray, found_row: np.ndarray, overlap: np.ndarray) -> int:
    """Return how many pairs are hits, each row used once; above one half a true stay has at most one such partner."""
    good = np.flatnonzero(overlap >= MIN_OVERLAP)
    taken_true, taken_found = set(), set()
    for pair in good[np.argsort(-overlap[good], kind="stable")]:
        if true_row[pair] not in taken_true and found_row[pair] not in taken_found:
            taken_true.add(true_row[pair])
            taken_found.add(found_row[pair])
    return len(taken_true)
