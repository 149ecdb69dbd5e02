"""Shifts of the panel: kinds of devices that became more or fewer everywhere at once, which is no event at any place.

Where a vendor begins to deliver, most of the new devices have no home yet and are everywhere for the first time. The
exposure of a country counts them as devices; that they are of one kind shows only at most of its places at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from ..behaviors import Library
from ..counting import PatternCounts, Windows
from .expectation import Expected
from .exposure import LARGEST_PART, MIN_MEDIAN_SPOTS, weighted_medians

MIN_PANEL_DEVICES = 200.0
"""Fewest devices in an ordinary window, place by place, whose shares measure a panel: by hand, a share of a quarter is
then known to 3 %."""
LEAST_SHIFT = 0.05
"""Least change of a share that is a shift of the panel, by hand: smaller ones may be chance."""
LEAST_LEFT = 0.25
"""Least part of an expectation that a shift leaves, by hand: a bound, so that something is always expected."""


@dataclass(frozen=True)
class PanelShift:
    """How the shares of kinds of devices moved, and what each row of the pattern table is a share of.

    `shift` float64 (kinds, windows): of a WHO in a country, its share at the middle place less the usual one. Per row
    of the table: `kind` int32, and `whole` int64, the row of anyone who did the same. `seen`: the devices of that row,
    where the table holds them no more.
    """

    shift: np.ndarray
    kind: np.ndarray
    whole: np.ndarray
    seen: Optional[np.ndarray] = None

    def part(self, begin: int, end: int) -> PanelShift:
        """Return it for the rows `begin`..`end`, with the wholes among them."""
        return replace(self, kind=self.kind[begin:end], whole=self.whole[begin:end] - begin)

    def of_rows(self, counts: PatternCounts, rows: np.ndarray, window: int) -> PanelShift:
        """Return it for some rows alone, to be asked about `window` only."""
        return replace(self, kind=self.kind[rows], whole=self.whole[rows], seen=self._seen(counts, rows, window))

    def moved(self, counts: PatternCounts, rows: np.ndarray, window: int) -> np.ndarray:
        """Return how many more devices (or fewer: negative) of rows the panel's shift brings in `window`, float64."""
        return self.shift[self.kind[rows], window] * self._seen(counts, rows, window)

    def _seen(self, counts: PatternCounts, rows: np.ndarray, window: int) -> np.ndarray:
        return counts.devices[self.whole[rows], window] if self.seen is None else self.seen[rows]


def find_panel_shift(
    counts: PatternCounts, spot_devices: np.ndarray, country: np.ndarray, windows: Windows, library: Library,
    districts: Sequence[tuple[np.ndarray, np.ndarray]] = (),
) -> Optional[PanelShift]:  # fmt: skip
    """Return how the shares of each WHO moved at most places of each country; None where none did.

    `spot_devices` (spots, windows) are all devices, `country` int (spots,) the index of each spot's. `districts`: spots
    that moved as a whole, wide districts first, and the windows (rows) in which they did: there their own places tell.
    """
    who, when, what = library.patterns.parts(counts.pattern)
    anyone = [number for number, entry in enumerate(library.who) if not entry.requires]
    ordinary = ~windows.is_key
    if not anyone or len(who) == 0 or not ordinary.any():
        return None
    _, place = np.unique(country, return_inverse=True)
    every = np.ones(len(windows), bool)
    groups = [(np.flatnonzero(place == index), every) for index in range(place.max(initial=0) + 1)]
    groups += [(spots, np.isin(np.arange(len(windows)), moved)) for spots, moved in districts]
    number_of, parent = len(groups), place.copy()
    shift = np.zeros((len(library.who), number_of, len(windows)))
    plain = [np.array([not entry.requires for entry in axis]) for axis in (library.when, library.what)]
    of_all = np.flatnonzero(plain[0][when] & plain[1][what])
    telling = spot_devices[:, ordinary].mean(axis=1) >= 1.0
    for index, (members, looked_at) in enumerate(groups):
        shift[:, index] = shift[:, parent[members[0]]]  # a district is as its surroundings in all other windows
        parent[members] = index
        spots = members[telling[members]]
        usual = spot_devices[spots][:, ordinary].mean(axis=1)
        is_district = index >= number_of - len(districts)  # which was measured when it was found to have moved
        if len(spots) < MIN_MEDIAN_SPOTS or (not is_district and usual.sum() < MIN_PANEL_DEVICES):
            continue
        mine = of_all[np.isin(counts.spot[of_all], spots)]
        for number, entry in enumerate(library.who):
            if entry.requires:
                rows = mine[who[mine] == number]
                devices = np.zeros((len(spots), len(windows)))  # places without a row never had enough of the kind
                devices[np.searchsorted(spots, counts.spot[rows])] = counts.devices[rows]
                share = devices / np.maximum(spot_devices[spots], 1)
                shift[number, index, looked_at] = _shift_of(share, usual, ordinary)[looked_at]
    if not shift.any():
        return None
    key = counts.spot.astype(np.int64) * (int(counts.pattern.max()) + 1)
    wanted = key + library.patterns.number(np.full(len(who), anyone[0]), when, what)
    whole = np.searchsorted(key + counts.pattern, wanted).astype(np.int64)
    kind = (who * number_of + parent[counts.spot]).astype(np.int32)
    return PanelShift(shift.reshape(-1, len(windows)), kind, whole)


def more(expected: Expected, moved: np.ndarray) -> Expected:
    """Return what to expect with so many devices more (or fewer) than the past lets one expect, as scattered."""
    mean = np.maximum(expected.mean + moved, LEAST_LEFT * expected.mean)
    return replace(expected, mean=mean, size=expected.size * mean / expected.mean)


def _shift_of(share: np.ndarray, usual: np.ndarray, ordinary: np.ndarray) -> np.ndarray:
    """Return the share of devices at the middle place in each window less the usual one, 0 below LEAST_SHIFT."""
    middle = weighted_medians(share, np.minimum(usual, LARGEST_PART * usual.sum()))
    middle -= np.median(middle[ordinary])
    return np.where(np.abs(middle) >= LEAST_SHIFT, middle, 0.0)
