"""Shifts of the panel: kinds of devices or visits that became more or fewer everywhere at once: no event at any place.

Where a vendor begins to deliver, most of the new devices have no home yet and are everywhere for the first time; on a
holiday everybody comes later. The exposure of a country counts them as devices; that they are of one kind, or there at
another hour, shows only at most of its places at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from ..behaviors import FACET_AXES, Library
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
    """How the shares of kinds moved, and what each row of the pattern table is a share of.

    `shift` float64 (kinds, windows): of an entry (who, when or what) in a country, its share at the middle place less
    the usual one. Per axis and row of the table: `kind` int32, and `whole` int64, the row of the same without that
    entry, -1 where the table has none; both (axes, n). `seen`: the devices of those rows (axes, n) in one window, where
    the table holds them no more.
    """

    shift: np.ndarray
    kind: np.ndarray
    whole: np.ndarray
    seen: Optional[np.ndarray] = None

    def part(self, begin: int, end: int) -> PanelShift:
        """Return it for the rows `begin`..`end`, with the wholes among them."""
        whole = self.whole[:, begin:end]
        return replace(self, kind=self.kind[:, begin:end], whole=np.where(whole < 0, -1, whole - begin))

    def of_rows(self, counts: PatternCounts, rows: np.ndarray, window: int) -> PanelShift:
        """Return it for some rows alone, to be asked about `window` only."""
        return replace(self, kind=self.kind[:, rows], whole=self.whole[:, rows], seen=self._seen(counts, rows, window))

    def moved(self, counts: PatternCounts, rows: np.ndarray, window: int) -> np.ndarray:
        """Return how many more devices (or fewer: negative) of rows the panel's shift brings in `window`, float64."""
        moved: np.ndarray = (self.shift[:, window][self.kind[:, rows]] * self._seen(counts, rows, window)).sum(axis=0)
        return moved

    def _seen(self, counts: PatternCounts, rows: np.ndarray, window: int) -> np.ndarray:
        if self.seen is not None:
            return self.seen[:, rows]
        whole = self.whole[:, rows]
        return np.where(whole < 0, 0, counts.devices[:, window][whole])


def find_panel_shift(
    counts: PatternCounts, spot_devices: np.ndarray, country: np.ndarray, windows: Windows, library: Library,
    districts: Sequence[tuple[np.ndarray, np.ndarray]] = (),
) -> Optional[PanelShift]:  # fmt: skip
    """Return how the shares of each entry moved at most places of each country; None where none did.

    `spot_devices` (spots, windows) are all devices, `country` int (spots,) the index of each spot's. `districts`: spots
    that moved as a whole, wide districts first, and the windows (rows) in which they did: there their own places tell.
    """
    parts = library.patterns.parts(counts.pattern)
    axes = [getattr(library, name) for name in FACET_AXES]
    plain = [np.array([not entry.requires for entry in axis]) for axis in axes]
    ordinary = windows.is_usual
    if len(counts.pattern) == 0 or not ordinary.any() or not all(one.any() for one in plain):
        return None
    _, place = np.unique(country, return_inverse=True)
    every = np.ones(len(windows), bool)
    groups = [(np.flatnonzero(place == index), every) for index in range(place.max(initial=0) + 1)]
    groups += [(spots, np.isin(np.arange(len(windows)), moved)) for spots, moved in districts]
    number_of, parent = len(groups), place.copy()
    first_of = np.cumsum([0, *(len(axis) for axis in axes)])
    shift = np.zeros((int(first_of[-1]), number_of, len(windows)))
    telling = spot_devices[:, ordinary].mean(axis=1) >= 1.0
    single = _single_entries(parts, plain)
    for index, (members, looked_at) in enumerate(groups):
        shift[:, index] = shift[:, parent[members[0]]]  # a district is as its surroundings in all other windows
        parent[members] = index
        spots = members[telling[members]]
        usual = spot_devices[spots][:, ordinary].mean(axis=1)
        is_district = index >= number_of - len(districts)  # which was measured when it was found to have moved
        if len(spots) < MIN_MEDIAN_SPOTS or (not is_district and usual.sum() < MIN_PANEL_DEVICES):
            continue
        for first, part, rows in zip(first_of[:-1].tolist(), parts, single):
            mine = rows[np.isin(counts.spot[rows], spots)]
            for number in np.unique(part[mine]).tolist():
                own = mine[part[mine] == number]
                devices = np.zeros((len(spots), len(windows)))  # places without a row never had enough of the kind
                devices[np.searchsorted(spots, counts.spot[own])] = counts.devices[own]
                share = devices / np.maximum(spot_devices[spots], 1)
                shift[first + number, index, looked_at] = _shift_of(share, usual, ordinary)[looked_at]
    if not shift.any():
        return None
    of_spot = parent[counts.spot]
    kind = np.stack([(first + part) * number_of + of_spot for first, part in zip(first_of[:-1], parts)])
    return PanelShift(shift.reshape(-1, len(windows)), kind.astype(np.int32), _wholes(counts, parts, plain, library))


def _single_entries(parts: tuple[np.ndarray, ...], plain: list[np.ndarray]) -> list[np.ndarray]:
    """Return for each axis the rows (int64) of patterns that ask nothing but an entry of that axis."""
    is_plain = np.stack([own[part] for own, part in zip(plain, parts)])
    asked = len(plain) - is_plain.sum(axis=0)
    return [np.flatnonzero((asked == 1) & ~one) for one in is_plain]


def _wholes(
    counts: PatternCounts, parts: tuple[np.ndarray, ...], plain: list[np.ndarray], library: Library
) -> np.ndarray:
    """Return the row of the same pattern with the plain entry of each axis, int64 (axes, n); -1 where none is."""
    size = library.patterns
    key = counts.spot.astype(np.int64) * (size.who * size.when * size.what)
    own, wholes = key + counts.pattern, []
    for axis, entries in enumerate(plain):
        entry = np.full(len(key), int(entries.argmax()))
        wanted = key + size.number(*(entry if at == axis else part for at, part in enumerate(parts)))
        row = np.minimum(np.searchsorted(own, wanted), len(own) - 1)
        wholes.append(np.where(own[row] == wanted, row, -1))
    return np.stack(wholes)


def more(expected: Expected, moved: np.ndarray) -> Expected:
    """Return what to expect with so many devices more (or fewer) than the past lets one expect, as scattered."""
    mean = np.maximum(expected.mean + moved, LEAST_LEFT * expected.mean)
    return replace(expected, mean=mean, size=expected.size * mean / expected.mean)


def _shift_of(share: np.ndarray, usual: np.ndarray, ordinary: np.ndarray) -> np.ndarray:
    """Return the share of devices at the middle place in each window less the usual one, 0 below LEAST_SHIFT."""
    middle = weighted_medians(share, np.minimum(usual, LARGEST_PART * usual.sum()))
    middle -= np.median(middle[ordinary])
    return np.where(np.abs(middle) >= LEAST_SHIFT, middle, 0.0)
