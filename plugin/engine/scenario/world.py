"""The synthetic scenario as an advertising feed, made part by part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Optional

import numpy as np
import pandas as pd

from ..base import Progress
from .bad_records import FAR_FUTURE_S, spoil
from .itinerant import journeys_of
from .ordinary_days import ordinary_stays
from .people import People, make_people, roster
from .plants import planted_block
from .sampling import sample_fixes
from .settings import ScenarioSettings
from .timetable import complete, without_overlap

PART_ROWS = 2_000_000
_BLOCK_ROWS = 600_000
_ROWS_PER_DEVICE_DAY = 25


def make_observations(
    settings: ScenarioSettings, progress: Optional[Progress] = None
) -> Iterator[pd.DataFrame]:
    """Yield the observations of a synthetic world, in parts of about `PART_ROWS` rows at most.

    Columns: device_id (32 hex characters), timestamp (int64 epoch seconds UTC), latitude, longitude (WGS84
    degrees, NaN where missing), horizontal_accuracy (m); rows by time. All rows of a device are in one part. Memory
    follows the size of a part (about 0.5 GB), not of the world; the planted devices are one block, which alone
    exceeds a part beyond some 800 days. Raises Cancelled through `progress`.
    """
    progress = progress or Progress()
    blocks = _blocks(settings)
    role, city = roster(settings)
    waiting: list[pd.DataFrame] = []
    for number, devices in enumerate([None, *blocks]):
        progress.step("Making the synthetic scenario", number / (len(blocks) + 1))
        block = _planted(settings) if devices is None else _background(settings, number, role[devices], city[devices])
        if waiting and sum(map(len, waiting)) + len(block) > PART_ROWS:
            yield _as_part(waiting)
            waiting = []
        waiting.append(block)
    yield _as_part(waiting)
    progress.step("Making the synthetic scenario", 1.0)


def _as_part(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the frames as one, by time of arrival, as a feed delivers them: a wrong clock does not delay a record."""
    frame = pd.concat(frames, ignore_index=True)
    arrived = frame["timestamp"].where(frame["timestamp"].between(1, FAR_FUTURE_S - 1)).ffill()
    return frame.take(np.argsort(arrived.to_numpy(), kind="stable")).reset_index(drop=True)


def _blocks(settings: ScenarioSettings) -> list[np.ndarray]:
    """Return the background devices (indices) of each block; a block never depends on another."""
    size = int(np.clip(_BLOCK_ROWS // (_ROWS_PER_DEVICE_DAY * settings.days), 4, 400)) // 4 * 4
    return np.split(np.arange(settings.devices), np.arange(size, settings.devices, size))


def _background(settings: ScenarioSettings, number: int, role: np.ndarray, city: np.ndarray) -> pd.DataFrame:
    rng = settings.stream(1, number)
    people = make_people(rng, settings, role, city)
    stays = ordinary_stays(people, settings, rng)
    journeys, away = journeys_of(people, settings, rng)
    stays = pd.concat([without_overlap(stays, away), journeys], ignore_index=True)
    none = np.empty(0, dtype=np.int64)
    return observed(people, stays, settings, rng, none, none.astype(float))


def _planted(settings: ScenarioSettings) -> pd.DataFrame:
    block = planted_block(settings)
    rng = settings.stream(3)
    return observed(block.people, block.stays, settings, rng, block.extra_device, block.extra_s)


def observed(
    people: People,
    stays: pd.DataFrame,
    settings: ScenarioSettings,
    rng: np.random.Generator,
    extra_device: np.ndarray,
    extra_s: np.ndarray,
) -> pd.DataFrame:
    """Return the feed of a block of people with the given stays, bad records included."""
    timetable = complete(stays, people.home_lat, people.home_lon, settings)
    device, time_s, lat, lon, accuracy = sample_fixes(people, timetable, settings, rng, extra_device, extra_s)
    frame = pd.DataFrame({
        "device_id": people.device_id[device], "timestamp": time_s, "latitude": lat, "longitude": lon,
        "horizontal_accuracy": accuracy,
    })
    frame = spoil(frame, rng)
    return frame.round({"latitude": 6, "longitude": 6, "horizontal_accuracy": 1})
