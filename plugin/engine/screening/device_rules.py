"""The rules of screening that look at all rows of one device: its order, duplicates, owners and impossible movements.

Whole devices go through them in blocks; nothing depends on which devices share a block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..base import Progress, begins_run, position_keys
from .false_positions import find_held, find_spoofed
from .fast_steps import find_fast_steps, find_returns
from .observations import Observations, joined
from .row_rules import drop_rows
from .settings import DUPLICATE, FAR_TIME, HELD, KEPT, SHARED_POSITION, TELEPORT, ScreeningFacts, ScreeningSettings
from .shared_ids import find_two_owners

BLOCK_ROWS = 300_000  # so small that a block stays in the processor's cache, and a cancel is heard between two


@dataclass(frozen=True)
class DeviceRows:
    """Rows of whole devices that passed screening, sorted by device and time.

    `counts` maps each reason of these rules, and `KEPT`, to rows; `two_owners` holds the device codes (int64, rising,
    as in the rows) whose id seems to be used by two owners.
    """

    rows: Observations
    counts: dict[str, int]
    two_owners: np.ndarray


def screen_devices(
    rows: Observations, facts: ScreeningFacts, settings: ScreeningSettings, progress: Progress
) -> DeviceRows:
    """Return the rows of whole devices that pass all rules: a function of each device's own rows and the facts.

    Raises Cancelled.
    """
    counts = dict.fromkeys((KEPT, FAR_TIME, SHARED_POSITION, DUPLICATE, HELD, TELEPORT), 0)
    kept, two_owners, done = [rows.take(slice(0, 0))], [np.empty(0, np.int64)], 0
    for part in _blocks(rows):
        progress.step("Screening", done / len(rows))
        done += len(part)
        passed, owners = _screen_block(part, facts, settings, counts)
        kept.append(passed)
        two_owners.append(owners)
    return DeviceRows(joined(kept, progress), counts, np.concatenate(two_owners))


def _blocks(rows: Observations) -> Iterator[Observations]:
    """Yield the rows of about `BLOCK_ROWS` rows' worth of devices at a time, devices rising."""
    if len(rows) == 0:
        return
    per_device = np.bincount(rows.device)
    block_of = (np.cumsum(per_device) - per_device) // BLOCK_ROWS
    if (rows.device[1:] >= rows.device[:-1]).all():
        cuts = np.searchsorted(rows.device, np.flatnonzero(np.diff(block_of)) + 1).tolist()
        for begin, end in zip([0, *cuts], [*cuts, len(rows)]):
            yield rows.take(slice(begin, end))
        return
    block_of = block_of.astype(np.min_scalar_type(int(block_of[-1])))  # small numbers are sorted in linear time
    order = np.argsort(block_of[rows.device], kind="stable")
    ends = np.cumsum(np.bincount(block_of, weights=per_device).astype(np.int64)).tolist()
    for begin, end in zip([0, *ends], ends):
        if end > begin:
            yield rows.take(order[begin:end])


def _screen_block(
    rows: Observations, facts: ScreeningFacts, settings: ScreeningSettings, counts: dict[str, int]
) -> tuple[Observations, np.ndarray]:
    far = (rows.time_ms < facts.earliest_ms) | (rows.time_ms > facts.latest_ms)
    rows = drop_rows(rows, far, FAR_TIME, counts)
    rows = drop_rows(rows, _is_shared(rows, facts.shared), SHARED_POSITION, counts)
    rows = _in_order(rows)
    rows = drop_rows(rows, ~begins_run(rows.device, rows.time_ms), DUPLICATE, counts)
    two_owners = find_two_owners(rows, find_fast_steps(rows, settings.turn_speed_kmh, settings.max_speed_kmh))
    rows = _without_teleports(rows, two_owners, settings, counts)
    rows = drop_rows(rows, find_held(rows), HELD, counts)
    spoofed = find_spoofed(rows, settings.max_speed_kmh) & ~np.isin(rows.device, two_owners)
    rows = drop_rows(rows, spoofed, TELEPORT, counts)
    counts[KEPT] += len(rows)
    return rows, two_owners


def _is_shared(rows: Observations, shared: np.ndarray) -> np.ndarray:
    drop = np.zeros(len(rows), bool)
    if len(shared):
        key = position_keys(rows.lat, rows.lon)
        table = np.zeros(1 << 16, bool)
        table[(shared >> np.uint64(48)).astype(np.int64)] = True
        likely = np.flatnonzero(table[(key >> np.uint64(48)).astype(np.int64)])
        drop[likely] = np.isin(key[likely], shared)
    return drop


def _in_order(rows: Observations) -> Observations:
    """Sort by device and time; equal times by accuracy and position, so that the order in the file never matters.

    So the first of the rows of one device at one time is the most accurate, one of unknown accuracy the last.
    """
    if len(rows) == 0:
        return rows
    device, since_ms = rows.device - rows.device.min(), rows.time_ms - rows.time_ms.min()
    bits = int(since_ms.max()).bit_length()
    if int(device.max()).bit_length() + bits < 64:
        key = (device << bits) | since_ms  # one key sorts much faster than two
        if not (key[1:] > key[:-1]).all():
            order = np.argsort(key, kind="stable")
            rows = rows.take(_settle_ties(order, key, rows))
        return rows
    return rows.take(np.lexsort((rows.lon, rows.lat, rows.accuracy_m, since_ms, device)))


def _settle_ties(order: np.ndarray, key: np.ndarray, rows: Observations) -> np.ndarray:
    in_order = key[order]
    repeats = np.append(False, in_order[1:] == in_order[:-1])
    tied = np.flatnonzero(repeats | np.append(repeats[1:], False))
    if len(tied):
        at = order[tied]
        order[tied] = at[np.lexsort((rows.lon[at], rows.lat[at], rows.accuracy_m[at], key[at]))]
    return order


def _without_teleports(
    rows: Observations, two_owners: np.ndarray, settings: ScreeningSettings, counts: dict[str, int]
) -> Observations:
    """Drop one or two fixes in a row that jump away at flying speed and come back to where they left from.

    Nobody flies out, is seen once and flies back at once; and nothing at all is faster than `max_speed_kmh`. Rows of
    ids with two owners stay: neither of their places is false.
    """
    for length in (1, 1, 2):
        steps = find_fast_steps(rows, settings.turn_speed_kmh, settings.max_speed_kmh)
        away = find_returns(rows, steps, length)
        away = away[~np.isin(rows.device[away], two_owners)]
        drop = np.zeros(len(rows), bool)
        for offset in range(length):
            drop[away + offset] = True
        rows = drop_rows(rows, drop, TELEPORT, counts)
    return rows
