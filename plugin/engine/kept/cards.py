"""The tables behind the cards of places: `places` and `presence` (devices by window).

All counts are as they may be told: see `tables.small_counts`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..earth import hours_of_day
from ..findings import beside_findings
from ..tables import MIN_SHOWN, as_table
from .counts import PlaceCounts

MINUTE_MS = 60_000
HOUR_DIGITS = 2
"""Shares of hours are told in whole percent: by hand, what a chart of 24 bars shows."""


def place_table(counts: PlaceCounts) -> pd.DataFrame:
    """Return the table `places`: one row for each place that something is told of."""
    kept, spots = counts.kept, counts.visits.spots
    columns = {name: getattr(spots, name)[kept] for name in ("spot_id", "category", "country", "lat", "lon")}
    frame = pd.DataFrame({**columns, "spot_name": spots.name[kept], "spot_kind": spots.kind[kept]})
    return as_table("places", frame.assign(hours=_hours(counts), geometry=counts.outlines(kept)))


def _hours(counts: PlaceCounts) -> list[str]:
    """Return the shares of the visits to each kept place by local hour, from midnight on, as text."""
    kept, history = counts.kept, counts.history
    row = np.full(len(counts.visits.spots), -1, np.int64)
    row[kept] = np.arange(len(kept))
    visit = np.flatnonzero(row[counts.visits.spot] >= 0)
    place, start_ms = row[counts.visits.spot[visit]], history.start_ms[visit]
    end_ms = np.maximum(history.end_ms[visit], start_ms + MINUTE_MS)
    spent = hours_of_day(start_ms, end_ms, place, len(kept))
    shares = np.round(spent / np.maximum(spent.sum(axis=1, keepdims=True), 1e-9), HOUR_DIGITS)
    return [" ".join(f"{share:g}" for share in shown) for shown in shares.tolist()]


def presence_table(counts: PlaceCounts, devices: np.ndarray) -> pd.DataFrame:
    """Return the table `presence`: devices of each kept place in each window, and what is expected of key windows.

    `devices` are those of `told_devices`. A window without a row had fewer than MIN_SHOWN; those of key windows are
    hidden when the table is told (`told_table`).
    """
    kept, windows = counts.kept, counts.evidence.windows
    told = np.where(devices < MIN_SHOWN, MIN_SHOWN // 2, devices)
    compared = windows.baseline.sum(axis=1)
    expected = told @ windows.baseline.T / np.maximum(compared, 1)
    is_known = ((devices >= MIN_SHOWN) @ windows.baseline.T > 0) & windows.is_key
    place, window = np.nonzero((devices >= MIN_SHOWN) | windows.is_key)
    start = [windows.dates(number)[0].isoformat() for number in range(len(windows))]
    frame = pd.DataFrame({
        "spot_id": counts.visits.spots.spot_id[kept[place]], "day": np.array(start, dtype=object)[window],
        "days": windows.length_days, "is_key": windows.is_key[window].astype(np.int64),
        "devices": devices[place, window], "fixes": _fixes(counts)[place, window],
        "expected": np.where(is_known, expected, np.nan)[place, window].round(3),
    })  # fmt: skip
    return as_table("presence", frame)


def findings_at(counts: PlaceCounts, findings: pd.DataFrame) -> pd.DataFrame:
    """Return spot_id (row of the kept places, int64), key_date (row of the windows), observed, finding_id of findings.

    `findings` are those of the study, by its own spots; those elsewhere are left out.
    """
    windows = counts.evidence.windows
    spot = pd.Index(counts.evidence.history.visits.spots.spot_id).get_indexer(findings["spot_id"])
    row = np.full(len(counts.visits.spots) + 1, -1, np.int64)
    row[counts.kept] = np.arange(len(counts.kept))
    window = {day.isoformat(): int(number) for day, number in zip(windows.key_dates, windows.key_window)}
    place = row[np.where(spot >= 0, counts.place_of[spot], -1)]
    observed = findings["observed"].fillna(0).astype(np.int64)
    frame = findings[["finding_id"]].assign(
        spot_id=place, key_date=findings["key_date"].map(window), observed=observed
    )
    return frame[place >= 0].reset_index(drop=True)


def told_devices(counts: PlaceCounts, findings: pd.DataFrame) -> np.ndarray:
    """Return devices, int64 (kept places, windows), as they may be told beside those of `findings_at` parts of a place.

    Counts below MIN_SHOWN are whole: they are to be hidden.
    """
    devices = counts.presence.devices[counts.kept].astype(np.int64)
    keys = np.unique(counts.evidence.windows.key_window).astype(np.int64)
    place, window = (axis.ravel() for axis in np.meshgrid(np.arange(len(devices)), keys, indexing="ij"))
    frame = pd.DataFrame({"spot_id": place, "key_date": window, "observed": devices[place, window]})
    devices[place, window] = beside_findings(frame, findings)
    return devices


def _fixes(counts: PlaceCounts) -> np.ndarray:
    """Return the fixes of the visits to each kept place that overlap each window."""
    kept, windows = counts.kept, counts.evidence.windows
    visit, window = counts.presence.pairs(np.flatnonzero(np.isin(counts.visits.spot, kept)))
    cell = np.searchsorted(kept, counts.visits.spot[visit]) * len(windows) + window
    size = len(kept) * len(windows)
    fixes = np.bincount(cell, counts.visits.stays.n_fixes[visit], size).reshape(len(kept), len(windows))
    return fixes.astype(np.int64)
