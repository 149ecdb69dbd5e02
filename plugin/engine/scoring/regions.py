"""Regions: countries and districts with all of their spots, and what each of them shows in every window.

A country is measured by the days of presence of its devices, beside those of all other countries, and by who of them is
out after dark (`hours_out`); a district (a square of about 20 or 5 km, or its part in one country) by what its middle
place shows, beside its country. So no single place makes a district.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import begins_run
from ..counting import PlainCounts, Presence
from ..earth import METRES_PER_DEGREE, district_ids, plane_distance_m, wrap_longitude
from ..history import History
from ..visits import visited_middles
from .exposure import LEAST_SETTLED, MIN_MEDIAN_SPOTS, CountryPanel, PlainExposure
from .hours_out import out_measures
from .region_measures import RegionMeasure, beside_others, is_alone, middle_days, middle_place

REACH_M = 8000.0
"""How far from a district spots may belong to what moved it, by hand: a coarse square and a half."""


@dataclass(frozen=True)
class RegionLevel:
    """Regions of one level, countries (`squares` 0) or districts, `squares` coarse squares wide.

    `country` int (n,): index of each one's; `lat`, `lon`: where its first spot lies, which tells the district;
    `members`: rows of the plain counts. `measures`: what they are measured by, first their days of presence.
    """

    squares: int
    country: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    members: tuple[np.ndarray, ...]
    measures: tuple[RegionMeasure, ...]

    def __len__(self) -> int:
        return len(self.members)


def find_countries(history: History, panel: CountryPanel, presence: Presence, counts: PlainCounts) -> RegionLevel:
    """Return the countries where spots were counted, each beside all others that were delivered.

    `presence` is that of the windows of the counts.
    """
    spots = history.visits.spots
    country = spots.country_index[counts.spot]
    known = np.unique(country[country >= 0]).astype(np.int64)
    days = panel.days(counts, np.ones(len(history.world.country_code) + 1, bool))
    own, rest = beside_others(days, known, counts.windows)
    relative = np.where(is_alone(own, rest), 1.0, np.maximum(rest, 1.0))
    relative = relative / relative.mean(axis=2, keepdims=True)
    members = tuple(np.flatnonzero(country == one) for one in known)
    first = counts.spot[[rows[0] for rows in members]] if members else np.empty(0, np.int64)
    # Beside others a country moves where another collapsed, and by one quarter of it: its middle place tells.
    middle = own.copy()
    for number, told in middle_days(counts.days, counts.windows, np.ones(counts.days.shape), members):
        middle[:, number] = told
    measures = (
        RegionMeasure(own, relative, middle[None]),
        *out_measures(history, panel, presence, counts, known),
    )
    return RegionLevel(0, known, spots.lat[first], spots.lon[first], members, measures)


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
    for number, days in middle_days(counts.days, counts.windows, exposure.days, members):
        seen[:, number] = days
    measure = RegionMeasure(seen, np.ones(seen.shape), seen[None])
    return RegionLevel(squares, country[first], lat[first], lon[first], members, (measure,))


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
                middle = middle_place(seen[phase, telling], own[own >= 1.0], relative[phase, telling])
                row[phase] = middle[window] / max(float(np.median(middle[ordinary])), LEAST_SETTLED)
    return np.maximum(left, LEAST_SETTLED)


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
