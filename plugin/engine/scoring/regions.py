"""Regions: countries and districts with all of their spots, and what each of them shows in every window.

A country is measured by the days of presence of its devices, beside those of all other countries; a district (a square
of about 20 or 5 km, or its part in one country) by what its middle place shows, beside its country. So no single place
makes a district.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..base import begins_run
from ..counting import PlainCounts
from ..earth import METRES_PER_DEGREE, district_ids, plane_distance_m, wrap_longitude
from ..history import History
from ..visits import visited_middles
from .exposure import LARGEST_PART, LEAST_SETTLED, MIN_MEDIAN_SPOTS, CountryPanel, PlainExposure, weighted_medians

MIN_REGION_DAYS = 250.0
"""Fewest days of presence in a window that measure a region. By hand: fewer are a few dozen devices, of which a team
that leaves is a part; with 100 that was told as a fall of its country in half of the planted worlds."""
LEAST_REST = 0.5
"""Fewest devices of all other countries, of a country's own, that it is compared with. By hand: else with its own past
alone."""


REACH_M = 8000.0
"""How far from a district spots may belong to what moved it, by hand: a coarse square and a half."""


@dataclass(frozen=True)
class RegionLevel:
    """Regions of one level, countries (`squares` 0) or districts, `squares` coarse squares wide.

    `country` int (n,): index of each one's; `lat`, `lon`: where its first spot lies, which tells the district;
    `members`: rows of the plain counts. `counts` and `relative` float64 (phases, n, windows): days of presence, and
    what they are proportional to. What has too few places or devices to be measured counts 0.
    """

    squares: int
    country: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    members: tuple[np.ndarray, ...]
    counts: np.ndarray
    relative: np.ndarray
    own: np.ndarray

    def __len__(self) -> int:
        return len(self.members)

    def take(self, rows: np.ndarray) -> RegionLevel:
        """Return some of the regions."""
        members = tuple(self.members[row] for row in rows.tolist())
        place = (self.country[rows], self.lat[rows], self.lon[rows])
        return RegionLevel(self.squares, *place, members, *(table[:, rows] for table in self.tables))

    @property
    def tables(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What is known of each region in each phase and window."""
        return self.counts, self.relative, self.own


def find_countries(history: History, panel: CountryPanel, counts: PlainCounts) -> RegionLevel:
    """Return the countries where spots were counted, each beside all others that were delivered."""
    days = panel.days(counts, np.ones(len(history.world.country_code) + 1, bool))
    spots = history.visits.spots
    country = spots.country_index[counts.spot]
    known = np.unique(country[country >= 0]).astype(np.int64)
    elsewhere = days[:, [-1]] - days[:, list(counts.windows.unseen)].sum(axis=1, keepdims=True)
    own = days[:, known].astype(np.float64)
    rest = elsewhere - own
    alone = rest.mean(axis=2, keepdims=True) < LEAST_REST * own.mean(axis=2, keepdims=True)
    relative = np.where(alone, 1.0, np.maximum(rest, 1.0))
    relative = relative / relative.mean(axis=2, keepdims=True)
    members = tuple(np.flatnonzero(country == one) for one in known)
    first = counts.spot[[rows[0] for rows in members]] if members else np.empty(0, np.int64)
    # Beside others a country moves where another collapsed, and by one quarter of it: its middle place tells.
    middle = own.copy()
    for number, days in _middle_days(counts, np.ones(counts.days.shape), members):
        middle[:, number] = days
    return RegionLevel(0, known, spots.lat[first], spots.lon[first], members, own, relative, middle)


def find_districts(history: History, counts: PlainCounts, exposure: PlainExposure, squares: int) -> RegionLevel:
    """Return the districts of a width where spots were counted, by what their middle places show of `exposure`."""
    lat, lon = (values[counts.spot] for values in visited_middles(history.visits))
    country = history.visits.spots.country_index[counts.spot].astype(np.int64)
    _, square = np.unique(district_ids(lat, lon, squares).astype(str), return_inverse=True)
    order = np.lexsort((counts.spot, square, country))
    starts = np.append(np.flatnonzero(begins_run(country[order], square[order])), len(order))
    members = tuple(order[begin:end] for begin, end in zip(starts[:-1], starts[1:]))
    first = order[starts[:-1]]
    seen = np.zeros((len(counts.phases), len(members), len(counts.windows)))
    for number, days in _middle_days(counts, exposure.days, members):
        seen[:, number] = days
    return RegionLevel(squares, country[first], lat[first], lon[first], members, seen, np.ones(seen.shape), seen)


def what_is_left(counts: PlainCounts, exposure: PlainExposure, spots: np.ndarray, window: int) -> np.ndarray:
    """Return what the middle place of some spots shows of what was to expect, float64 (devices or days, phases)."""
    left, ordinary = np.ones((2, len(counts.phases))), ~counts.windows.is_key
    if not ordinary.any():
        return left
    for row, (seen, relative) in zip(left, ((counts.devices, exposure.devices), (counts.days, exposure.days))):
        usual = seen[:, spots][:, :, ordinary].mean(axis=2)
        for phase, own in enumerate(usual):
            telling = spots[own >= 1.0]
            if len(telling) >= MIN_MEDIAN_SPOTS:
                middle = _middle(seen[phase, telling], own[own >= 1.0], relative[phase, telling])
                row[phase] = middle[window] / max(float(np.median(middle[ordinary])), LEAST_SETTLED)
    return np.maximum(left, LEAST_SETTLED)


def _middle_days(
    counts: PlainCounts, exposure: np.ndarray, members: tuple[np.ndarray, ...]
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the number and the days (phases, windows) of each district with places enough: a loop over districts."""
    if counts.windows.is_key.all():  # there is nothing usual
        return
    usual = counts.days[:, :, ~counts.windows.is_key].mean(axis=2)
    for number, mine in enumerate(members):
        telling = mine[usual[0, mine] >= 1.0]
        if len(telling) < MIN_MEDIAN_SPOTS or usual[0, telling].sum() < MIN_REGION_DAYS:
            continue
        yield number, np.stack([
            _middle(counts.days[phase, telling], own[telling], exposure[phase, telling]) * own[telling].sum()
            for phase, own in enumerate(usual)
        ])  # fmt: skip


def _middle(days: np.ndarray, usual: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Return how many times the usual days the middle place has in each window."""
    weight = np.minimum(usual, LARGEST_PART * usual.sum())
    return weighted_medians(days / np.maximum(usual[:, None] * exposure, 1e-9), weight)


def joined_spots(
    history: History, counts: PlainCounts, exposure: PlainExposure, spots: np.ndarray, window: int, left: np.ndarray
) -> np.ndarray:
    """Return the spots (rows) beside those of a district that moved as it did: an event keeps to no square.

    They lie within REACH_M of one of its `spots` and show, in days of presence, more than half of its change (on a
    logarithmic scale): `left` float64 (phases,).
    """
    lat, lon = (values[counts.spot] for values in (history.visits.spots.lat, history.visits.spots.lon))
    around = REACH_M / METRES_PER_DEGREE / max(np.cos(np.radians(np.abs(lat[spots]).max())), 0.1)
    near = np.abs(lat - lat[spots].mean()) <= around + np.ptp(lat[spots])
    near[spots] = False
    country = history.visits.spots.country_index[counts.spot]
    rows = np.flatnonzero(near & (country == country[spots[0]]))
    east = wrap_longitude(lon - lon[spots[0]])
    rows = rows[np.abs(east[rows]) <= around + np.abs(east[spots]).max()]
    touching = np.zeros(len(rows), bool)
    for row in spots.tolist():  # some dozens of squares, or some thousands of spots of a wide district
        touching |= plane_distance_m(lat[rows], lon[rows], lat[row], lon[row]) <= REACH_M
    rows = rows[touching]
    ordinary = ~counts.windows.is_key
    usual = (counts.days[0, rows][:, ordinary] / np.maximum(exposure.days[0, rows][:, ordinary], 1e-9)).mean(axis=1)
    expected = np.maximum(usual * exposure.days[0, rows, window], 0.5)
    moved = np.log(np.maximum(counts.days[0, rows, window], 0.5) / expected)
    return rows[moved * np.sign(np.log(left[0])) > 0.5 * np.abs(np.log(left[0]))]
