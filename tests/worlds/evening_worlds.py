"""A town in one country whose devices live somewhere, are out by day and out after dark, and are at home by night."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.counting import make_plain_windows, make_windows
from sitelight.plugin.engine.earth import Grid
from sitelight.plugin.engine.findings import Evidence
from sitelight.plugin.engine.study import Study, find_evidence
from worlds.engine_worlds import MONDAY, column, make_panel, make_sites
from worlds.plain_worlds import key_date

LIBRARY = load_library().select(who=("anyone", "first_time"), when=("any_hour",), what=("any_presence",))
HOME, DAY, DARK = 0, 1, 2
START_H = {HOME: 23.0, DAY: 10.0, DARK: 20.0}


@dataclass(frozen=True)
class Town:
    """Visits of an hour: `what` (HOME, DAY, DARK), `spot`, `device`, `day`."""

    what: np.ndarray
    spot: np.ndarray
    device: np.ndarray
    day: np.ndarray
    places: int
    weeks: int

    def take(self, rows: np.ndarray) -> Town:
        """Return some of the visits."""
        columns = (self.what[rows], self.spot[rows], self.device[rows], self.day[rows])
        return Town(*columns, self.places, self.weeks)

    def beside(self, what: int, spot: np.ndarray, device: np.ndarray, day: np.ndarray) -> Town:
        """Return the same with further visits."""
        more = (np.full(len(day), what), spot, device, day)
        own = (self.what, self.spot, self.device, self.day)
        return Town(*(np.concatenate(both) for both in zip(own, more)), self.places, self.weeks)


def make_town(devices: int, places: int, weeks: int, chance: float, rng: np.random.Generator) -> Town:
    """Return a town: every night at home, out by day and out after dark each on a `chance` of all days."""
    parts = []
    for what, share in ((HOME, 1.0), (DAY, chance), (DARK, chance)):
        device, day = np.nonzero(rng.random((devices, 7 * weeks)) < share)
        spot = (device + (0 if what == HOME else rng.integers(1, places, len(device)))) % places
        parts.append((np.full(len(device), what), spot, device, day))
    return Town(*(np.concatenate(columns) for columns in zip(*parts)), places, weeks)


def study_town(town: Town, key_week: int) -> Evidence:
    """Return the evidence of a study of a town with its key date on the Wednesday of a week, windows of a week."""
    hour = 24.0 * town.day + np.array([START_H[one] for one in (HOME, DAY, DARK)])[town.what]
    history = make_panel(town.spot, town.device, hour, town.places)
    last = MONDAY + 7 * town.weeks - 1
    dates = [key_date(key_week)]
    windows = make_windows(dates, 2, 4, MONDAY, last, 30)
    plain = make_plain_windows(dates, 2, 4, MONDAY, last)
    return find_evidence(
        Study((), LIBRARY), history, windows, Grid(5, 5, 1000.0), make_sites(), column([]), MONDAY, plain_windows=plain
    )  # fmt: skip
