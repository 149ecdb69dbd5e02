"""The table of changes, and what it takes to add one: an entry of the library and a row of the table."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from sitelight.plugin.data.library import BEHAVIORS, load_library
from sitelight.plugin.engine.base import StudyError
from sitelight.plugin.engine.behaviors import Library
from sitelight.plugin.engine.scoring import changes
from sitelight.plugin.engine.scoring.changes import KINDS, above, below, by_exposure, find_asked
from sitelight.plugin.engine.scoring.measured import Change, Kind, Measured
from sitelight.plugin.engine.study import Study, run
from worlds.engine_town import KEY_DATE, SITES, town
from worlds.engine_worlds import DAY_MS, ListSource, square_world

OFFICE = (5.0, 4.98)


def axes() -> dict[str, list[dict]]:
    return {axis: json.loads((BEHAVIORS / f"{axis}.json").read_text("utf-8")) for axis in ("who", "when", "what", "change")}


def library_with(change: Change) -> Library:
    entry = {
        "id": change.id, "title": change.id.capitalize(), "sentence": change.id, "definition": "Made for this test.",
        "tail": change.tail,
    }
    entries = axes()
    return Library.from_entries({**entries, "change": [*entries["change"], entry]})


def twice_the_most(measured: Measured, window: int) -> np.ndarray:
    """Return the rows with more than twice the devices of any earlier window."""
    devices = measured.counts.devices
    most = devices[:, measured.windows.baseline[window]].max(axis=1)
    return np.flatnonzero((devices[:, window] >= measured.min_devices) & (devices[:, window] > 2 * most))


def left_empty(measured: Measured, window: int) -> np.ndarray:
    """Return the rows with nobody where all earlier windows had somebody."""
    devices = measured.counts.devices
    least = devices[:, measured.windows.baseline[window]].min(axis=1)
    return np.flatnonzero((devices[:, window] == 0) & (least > 0))


def with_rows(measured: Measured, window: int) -> np.ndarray:
    return measured.is_busy


DOUBLES = Kind((Change("doubles", "upper"),), 0.3, with_rows, twice_the_most, by_exposure, above)
EMPTIES = Kind((Change("empties", "lower"),), 0.3, with_rows, left_empty, by_exposure, below, in_partial=False)


def town_without_an_office() -> ListSource:
    """Return the town with its team in the hotel; in the week of the key date nobody is seen in one of the offices."""
    source = town(1291)
    (seen,) = [ListSource.joined(source)] if hasattr(ListSource, "joined") else [source]
    return seen


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()
