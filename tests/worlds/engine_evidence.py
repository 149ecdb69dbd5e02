"""Evidence of hand-made visits: what a study keeps behind its findings, without observations and screening."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.counting import Windows, make_windows
from sitelight.plugin.engine.earth import EPOCH, Grid
from sitelight.plugin.engine.findings import Evidence
from sitelight.plugin.engine.places import World
from sitelight.plugin.engine.study import Study, find_evidence
from worlds.engine_worlds import MONDAY, column, make_panel, make_sites

LOOKBACK_DAYS, MIN_DEVICES = 14, 3
CROWD, PLACE = 0, 1
DAILY = 60


def week_windows(week: int, days: int) -> Windows:
    """Return the windows of a key date whose window is the whole `week` (number from 0) of `days` of data."""
    key_date = EPOCH + timedelta(days=MONDAY + 7 * week)
    return make_windows([key_date], 0, 6, MONDAY, MONDAY + days - 1, LOOKBACK_DAYS)


def make_evidence(history, windows: Windows) -> Evidence:
    """Return the evidence of a study of `history` with all behaviors of the library."""
    study = Study((), load_library(), lookback_days=LOOKBACK_DAYS, min_devices=MIN_DEVICES)
    return find_evidence(study, history, windows, Grid(5, 5, 1000.0), make_sites(), column([]), MONDAY)


def place_evidence(
    hours: list[np.ndarray], daily=DAILY, days: int | None = None, world: World | None = None
) -> Evidence:
    """Return the evidence of a place beside a crowd, with the last week as key window.

    `hours`: per week the hour (from its Monday, UTC) at which devices 1000, 1001 … arrive at the place, each for one
    hour. `daily`: how many of devices 0, 1 … are in the crowd at noon, one number or one per day. What begins after
    `days` is left out.
    """
    days = 7 * len(hours) if days is None else days
    daily = np.broadcast_to(daily, 7 * len(hours))
    crowd = np.concatenate([np.arange(count) for count in daily])
    noon = np.repeat(24.0 * np.arange(len(daily)) + 12.0, daily)
    here = np.concatenate([1000 + np.arange(len(own)) for own in hours])
    arrived = np.concatenate([168.0 * week + own for week, own in enumerate(hours)])
    spot = np.repeat([CROWD, PLACE], [len(crowd), len(here)])
    device, hour = np.concatenate((crowd, here)), np.concatenate((noon, arrived))
    kept = hour < 24.0 * days
    history = make_panel(spot[kept], device[kept], hour[kept], 2, world)
    return make_evidence(history, week_windows(len(hours) - 1, days))


def changes_at(evidence: Evidence, spot: int, *changes: str) -> np.ndarray:
    """Return the tests of some changes at a spot, strongest first."""
    scores = evidence.scores
    asked = [number for number, change in enumerate(scores.changes) if change.id in changes]
    found = np.flatnonzero((scores.spot == spot) & np.isin(scores.change, asked))
    return found[np.argsort(scores.p_value[found], kind="stable")]


def titles_of(evidence: Evidence, test: int) -> list[str]:
    """Return the titles of the facet levels of a test that have a condition."""
    library, pattern = evidence.library, int(evidence.scores.counts.pattern[evidence.scores.row[test]])
    axes = (library.who, library.when, library.what)
    entries = [axis[part] for axis, part in zip(axes, library.patterns.parts(pattern))]
    return [entry.title for entry in entries if entry.requires]
