"""Shifts of the panel: kinds of devices or visits that became more or fewer everywhere at once: no event at any place.

Where a vendor begins to deliver, most of the new devices have no home yet and are everywhere for the first time; on a
holiday everybody comes later. The exposure of a country counts them as devices; that they are of one kind, or there at
another hour, shows only at most of its places at once.
"""

from __future__ import annotations

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
    counts: PatternCounts, spot_devices: np.ndarray, country: np.ndarray, windows: Windows, library: Library
) -> Optional[PanelShift]:
    """Return how the shares of each entry moved at most places of each country; None where none did.

    `spot_devices` (spots, windows) are all devices, `country` int (spots,) the index of each spot's.
    """
    parts = library.patterns.parts(counts.pattern)
    axes = [getattr(library, name) for name in FACET_AXES]
    plain = [np.array([not entry.requires for entry in axis]) for axis in axes]
    ordinary = windows.is_usual
    if len(counts.pattern) == 0 or not ordinary.any() or not all(one.any() for one in plain):
        return None
    _, place = np.unique(country, return_inverse=True)
    countries = int(place.max(initial=0)) + 1
    first_of = np.cumsum([0, *(len(axis) for axis in axes)])
    shift = np.zeros((int(first_of[-1]) * countries, len(windows)))
    is_plain = np.stack([own[part] for own, part in zip(plain, parts)])
    telling = spot_devices[:, ordinary].mean(axis=1) >= 1.0
    for index in range(countries):
        spots = np.flatnonzero(telling & (place == index))
        usual = spot_devices[spots][:, ordinary].mean(axis=1)
        if len(spots) < MIN_MEDIAN_SPOTS or usual.sum() < MIN_PANEL_DEVICES:
            continue
        for axis, first in enumerate(first_of[:-1].tolist()):
            others = np.delete(is_plain, axis, axis=0).all(axis=0) & ~is_plain[axis]
            mine = np.flatnonzero(others)
            mine = mine[np.isin(counts.spot[mine], spots)]
            for number in np.unique(parts[axis][mine]).tolist():
                rows = mine[parts[axis][mine] == number]
                devices = np.zeros((len(spots), len(windows)))  # places without a row never had enough of the kind
                devices[np.searchsorted(spots, counts.spot[rows])] = counts.devices[rows]
                share = devices / np.maximum(spot_devices[spots], 1)
                shift[(first + number) * countries + index] = _shift_of(share, usual, ordinary)
    if not shift.any():
        return None
    of_spot = place[counts.spot]
    kind = np.stack([(first + part) * countries + of_spot for first, part in zip(first_of[:-1], parts)])
    return PanelShift(shift, kind.astype(np.int32), _wholes(counts, parts, plain, library))


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
