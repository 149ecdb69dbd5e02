"""Regions: what moves a whole country or district is told there, once, and its places are compared with it.

A country is measured by the days of presence of its devices, beside those of all other countries; a district (a square
of 20 or 5 km) by what its middle place shows, beside its country. So no single place makes a district.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from ..base import begins_run
from ..counting import PlainCounts
from ..earth import cells_of
from ..history import History
from ..stats import adjust
from .exposure import (
    LARGEST_PART,
    LEAST_SETTLED,
    MIN_MEDIAN_SPOTS,
    CountryPanel,
    PlainExposure,
    weighted_medians,
)
from .robust import find_baseline, find_pool

DISTRICTS_M = (20_000.0, 5_000.0)
"""Widths of the squares that are districts, by hand: a city, and a quarter of it."""
MIN_REGION_DAYS = 100.0
"""Fewest days of presence in a window that measure a region, by hand: a count of 100 is known to 10 %."""
LEAST_REST = 0.5
"""Fewest devices of all other countries, of a country's own, that it is compared with. By hand: else with its own past
alone."""
REGION_CHANGE = 1.25
"""Factor from which a region's change is told, by hand: less is what panels do."""
REGION_LEVEL = 0.01
"""Level at which a region's change is told, by hand: stricter than that of places, since all of theirs rest on it."""


@dataclass(frozen=True)
class RegionChange:
    """What happened to a region in a phase of a key window.

    `width_m` 0 for a country; `spots` int (n,): rows of the plain counts that lie in it. `window` is a row of the
    windows of plain counts; `observed`, `earlier` (oldest first) and `expected` count days of presence. `left` float64
    (devices or days, phases): of a district, what its middle place shows of what was expected there.
    """

    width_m: float
    spots: np.ndarray
    window: int
    phase: int
    observed: float
    earlier: np.ndarray
    expected: float
    p_value: float
    q_value: float
    left: np.ndarray = field(default_factory=lambda: np.ones((2, 1)))

    @property
    def ratio(self) -> float:
        """What was there of what was expected."""
        return self.observed / max(self.expected, 1e-9)


@dataclass(frozen=True)
class _Rows:
    """Regions of one level: their counts and what they are proportional to, both (phases, regions, windows)."""

    width_m: float
    members: list[np.ndarray]
    counts: np.ndarray
    relative: np.ndarray


def find_country_changes(history: History, panel: CountryPanel, counts: PlainCounts) -> list[RegionChange]:
    """Return the countries that moved as a whole in a key window, strongest first."""
    days = panel.days(counts, np.ones(len(history.world.country_code) + 1, bool))
    country = history.visits.spots.country_index[counts.spot]
    known = np.unique(country[country >= 0])
    own, rest = days[:, known], days[:, [-1]] - days[:, known]
    alone = rest.mean(axis=2, keepdims=True) < LEAST_REST * own.mean(axis=2, keepdims=True)
    relative = np.where(alone, 1.0, np.maximum(rest, 1.0))
    relative = relative / relative.mean(axis=2, keepdims=True)
    return _changes(counts, _Rows(0.0, [np.flatnonzero(country == one) for one in known], own, relative))


def find_district_changes(history: History, counts: PlainCounts, exposure: PlainExposure) -> list[RegionChange]:
    """Return the districts that moved as a whole beside their country, the strongest of each width first."""
    spots = history.visits.spots
    found = []
    for width_m in DISTRICTS_M:
        square = cells_of(spots.lat[counts.spot], spots.lon[counts.spot], width_m)
        rows = _district_rows(counts, exposure.days, square, width_m)
        found += _changes(counts, rows) if rows.members else []
    return [replace(one, left=_left(counts, exposure, one)) for one in found]


def _left(counts: PlainCounts, exposure: PlainExposure, change: RegionChange) -> np.ndarray:
    """Return what the middle place of a district shows of what was to expect, (devices or days, phases)."""
    left, ordinary = np.ones((2, len(counts.phases))), ~counts.windows.is_key
    for row, (seen, relative) in zip(left, ((counts.devices, exposure.devices), (counts.days, exposure.days))):
        usual = seen[:, change.spots][:, :, ordinary].mean(axis=2)
        for phase, own in enumerate(usual):
            telling = change.spots[own >= 1.0]
            if len(telling) >= MIN_MEDIAN_SPOTS:
                middle = _middle(seen[phase, telling], own[own >= 1.0], relative[phase, telling])
                row[phase] = middle[change.window] / max(float(np.median(middle[ordinary])), LEAST_SETTLED)
    return np.maximum(left, LEAST_SETTLED)


def _district_rows(counts: PlainCounts, exposure: np.ndarray, square: np.ndarray, width_m: float) -> _Rows:
    ordinary = ~counts.windows.is_key
    usual = counts.days[:, :, ordinary].mean(axis=2)
    order = np.argsort(square, kind="stable")
    starts = np.append(np.flatnonzero(begins_run(square[order])), len(order))
    members, seen = [], []
    for begin, end in zip(starts[:-1], starts[1:]):
        mine = order[begin:end]
        telling = mine[usual[0, mine] >= 1.0]
        if len(telling) < MIN_MEDIAN_SPOTS or usual[0, telling].sum() < MIN_REGION_DAYS:
            continue
        members.append(np.sort(mine))
        seen.append(np.stack([
            _middle(counts.days[phase, telling], own[telling], exposure[phase, telling]) * own[telling].sum()
            for phase, own in enumerate(usual)
        ]))  # fmt: skip
    table = np.stack(seen, axis=1) if seen else np.empty((len(usual), 0, len(ordinary)))
    return _Rows(width_m, members, table, np.ones(table.shape))


def _middle(days: np.ndarray, usual: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Return how many times the usual days the middle place has in each window."""
    weight = np.minimum(usual, LARGEST_PART * usual.sum())
    return weighted_medians(days / np.maximum(usual[:, None] * exposure, 1e-9), weight)


def _changes(counts: PlainCounts, rows: _Rows) -> list[RegionChange]:
    """Return the regions of one level that changed: of each and each key window the phase with the smallest p-value."""
    found = list(_strongest(counts, rows))
    q_value = adjust(np.array([one.p_value for one in found]))
    told = [
        RegionChange(**{**vars(one), "q_value": float(q)}) for one, q in zip(found, q_value)
        if q <= REGION_LEVEL and (one.ratio >= REGION_CHANGE or one.ratio <= 1.0 / REGION_CHANGE)
    ]  # fmt: skip
    return sorted(told, key=lambda one: one.p_value)


def _strongest(counts: PlainCounts, rows: _Rows) -> Iterator[RegionChange]:
    windows, ordinary = counts.windows, ~counts.windows.is_key
    for window in np.unique(windows.key_window[[counts.tested(int(key)) for key in windows.key_window]]).tolist():
        earlier, best = windows.baseline[window], []
        for seen, relative in zip(rows.counts, rows.relative):
            pool = find_pool(seen[:, ordinary], relative[:, ordinary], windows.start_day[ordinary] % 7)
            base = find_baseline(seen[:, earlier], relative[:, earlier], relative[:, window], pool)
            p_value = 2.0 * np.minimum(base.upper_p(seen[:, window]), base.lower_p(seen[:, window]))
            enough = seen[:, earlier].mean(axis=1) >= MIN_REGION_DAYS
            best.append((np.where(enough, np.minimum(p_value, 1.0), 1.0), base.mean))
        p_value = np.stack([p for p, _ in best])
        for region, phase in enumerate(p_value.argmin(axis=0).tolist()):
            yield RegionChange(
                rows.width_m, rows.members[region], window, phase, float(rows.counts[phase, region, window]),
                rows.counts[phase, region, earlier], float(best[phase][1][region]),
                min(1.0, len(best) * float(p_value[phase, region])), 1.0,
            )  # fmt: skip
