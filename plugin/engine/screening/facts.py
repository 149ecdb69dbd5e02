"""The facts that only all rows of a source together can tell; found from counts that add up over parts of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..base import Progress, distinct_pairs, position_keys
from ..earth import DAY_MS
from .observations import Observations
from .row_rules import LATEST_MS
from .settings import ScreeningFacts, ScreeningSettings
from .time_numbers import EARLIEST_MS

YEAR_DAYS = 366
BULK = (0.01, 0.99)
DATA_DAYS = (0.001, 0.999)
ISLAND_SHARE = 0.05
"""Days with no row for a year on either side belong to the data only if at least this share of all rows is there."""

SNAPPED_SHARE = 0.2
UNKNOWN_ACCURACY_M = 20.0
_BLOCK_ROWS = 1_000_000
_FIRST_DAY = EARLIEST_MS // DAY_MS
_DAYS = LATEST_MS // DAY_MS - _FIRST_DAY + 1


def find_facts(rows: Observations, settings: ScreeningSettings, progress: Progress) -> ScreeningFacts:
    """Return the facts of all `rows` that passed the rules for single rows; their order does not matter.

    At least one row is needed. Raises Cancelled.
    """
    per_day = np.zeros(_DAYS, np.int64)
    for part in _parts(len(rows)):
        progress.step("Screening", 0.2 * part.start / len(rows))
        per_day += np.bincount(rows.time_ms[part] // DAY_MS - _FIRST_DAY, minlength=_DAYS)
    first, last = _plausible_days(per_day)
    data_first, data_last = _quantile_days(per_day[first : last + 1], DATA_DAYS)
    progress.step("Screening", 0.3)
    typical_m = _typical_accuracy(rows.accuracy_m)
    shared = _shared_positions(rows, settings, progress.part(0.4, 1.0))
    return ScreeningFacts(
        earliest_ms=(_FIRST_DAY + first) * DAY_MS,
        latest_ms=(_FIRST_DAY + last + 1) * DAY_MS - 1,
        first_day=_FIRST_DAY + first + data_first,
        last_day=_FIRST_DAY + first + data_last,
        shared=shared,
        typical_accuracy_m=typical_m,
    )


def _parts(count: int) -> Iterator[slice]:
    return (slice(begin, begin + _BLOCK_ROWS) for begin in range(0, count, _BLOCK_ROWS))


def _plausible_days(per_day: np.ndarray) -> tuple[int, int]:
    """Return the first and last day (index) that are no clock faults.

    Faults lie more than a year outside the bulk of the rows, or (a clock that starts at one wrong date gives many of
    them) on few days with nothing for a year around. What reaches back without such a gap is an older history.
    """
    low, high = _quantile_days(per_day, BULK)
    low, high = max(low - YEAR_DAYS, 0), min(high + YEAR_DAYS, len(per_day) - 1)
    days = np.flatnonzero(per_day)
    island = np.cumsum(np.diff(days, prepend=days[:1]) > YEAR_DAYS)
    rows = np.bincount(island, weights=per_day[days])
    peopled = days[(rows >= min(ISLAND_SHARE * rows.sum(), rows.max()))[island]]
    return max(low, int(peopled[0])), min(high, int(peopled[-1]))


def _quantile_days(per_day: np.ndarray, shares: tuple[float, float]) -> tuple[int, int]:
    """Return the days (index) on which the rows of the given ranks lie."""
    until = np.cumsum(per_day)
    ranks = np.array(shares) * (until[-1] - 1)
    low, high = np.searchsorted(until, ranks, side="right").tolist()
    return low, high


def _typical_accuracy(accuracy_m: np.ndarray) -> float:
    known = np.flatnonzero(~np.isnan(accuracy_m))
    return float(np.median(accuracy_m.take(known))) if len(known) else UNKNOWN_ACCURACY_M


def _shared_positions(rows: Observations, settings: ScreeningSettings, progress: Progress) -> np.ndarray:
    """Return the keys of positions that very many devices report to the last digit (cell tower, IP, geocoder).

    Measured positions hardly ever repeat exactly. Where many do, the data have been snapped to places: there sharing
    says nothing, and none is returned.
    """
    devices = int(np.count_nonzero(np.bincount(rows.device))) if len(rows) else 0
    least = int(np.ceil(max(settings.shared_min_devices, settings.shared_min_share * devices)))
    if devices < least:
        return np.empty(0, np.uint64)
    # Few rows share a position with so many others: a tally of hashed keys rules out nearly all before any sorting.
    shift = np.uint64(64 - int(np.clip((len(rows) // 8).bit_length(), 12, 24)))
    tally = np.zeros(1 << (64 - int(shift)), np.int64)
    for part in _parts(len(rows)):
        progress.step("Screening", 0.5 * part.start / len(rows))
        key = position_keys(rows.lat[part], rows.lon[part])
        tally += np.bincount((key >> shift).view(np.int64), minlength=len(tally))
    often = tally >= least
    if not often.any():
        return np.empty(0, np.uint64)
    # An eighth of all positions is enough to tell whether the data were snapped.
    sample_end = np.uint64((1 << (61 if len(rows) > _BLOCK_ROWS else 64)) - 1)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    sample: list[tuple[np.ndarray, np.ndarray]] = []
    for part in _parts(len(rows)):
        progress.step("Screening", 0.5 + 0.4 * part.start / len(rows))
        key, device = position_keys(rows.lat[part], rows.lon[part]), rows.device[part]
        for parts, chosen in ((found, often.take((key >> shift).view(np.int64))), (sample, key <= sample_end)):
            at = np.flatnonzero(chosen)
            parts.append((key.take(at), device.take(at)))
    key, sharing = _devices_at(found)
    shared = key[sharing >= least]
    _, sharing = _devices_at(sample)
    is_snapped = sharing[sharing >= 2].sum() > SNAPPED_SHARE * sharing.sum()
    return shared[:0] if is_snapped else shared


def _devices_at(parts: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct position keys, rising, and how many devices are at each."""
    key, device = (np.concatenate(columns) for columns in zip(*parts))
    distinct, number = np.unique(key, return_inverse=True)
    once, _ = distinct_pairs(number, device)
    return distinct, np.bincount(once, minlength=len(distinct))
