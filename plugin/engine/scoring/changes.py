"""The changes that are tested: one table, a row per kind of test.

Another change takes three things: its entry in `resources/behaviors/change.json`, its row in KINDS (or its name in a
row that is there), and its colour in the style of findings. All others ask the objects declared here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Union

import numpy as np

from ..base import StudyError
from ..behaviors import Library
from ..stats import lower_tail, upper_tail
from .dispersion import add_up
from .expectation import Expected, expect, mean_after
from .measured import Change, Kind, Measured, PlainKind
from .panel_shift import more

MIN_FALL_DEVICES = 8.0
"""Fewest devices to fall from, by hand: below, a fall to nothing is no surprise (Poisson P(0) > 1 in 3,000), so testing
it would only cost the others power."""
MIN_SHARE_DEVICES = 5
"""Fewest devices at a spot that have shares, by hand: with fewer, more spots are tested for shifts, at the cost of what
appears there."""
RISE_WEIGHT, FALL_WEIGHT, SHIFT_WEIGHT = 0.3, 0.1, 0.1
PLAIN_RISE_WEIGHT, PLAIN_FALL_WEIGHT = 0.35, 0.15
"""Share of a spot's weight on each kind of test, of those that look at it (weighted p-values: Genovese, Roeder and
Wasserman 2006). By hand: power for one kind is taken from the others, and half is on the plain questions."""
RISE_PHASES, FALL_PHASES = (0.8, 0.1, 0.1), (0.6, 0.1, 0.3)
"""Share of a plain question on the whole window, on the days before the key date and on those from it on. By hand: a
group fills a phase of two days more than a week, so that ordinary phases rise far more often than ordinary weeks; of
what leaves, most leaves on the day."""


def _every_spot(measured: Measured, window: int) -> np.ndarray:
    return np.ones(len(measured.spot_devices), bool)


def _spots_to_fall_from(measured: Measured, window: int) -> np.ndarray:
    """Return the spots with enough devices in the baseline, also in a window where no fall is tested."""
    return measured.spot_devices[:, measured.windows.baseline[window]].mean(axis=1) >= MIN_FALL_DEVICES


def _spots_to_share(measured: Measured, window: int) -> np.ndarray:
    return measured.spot_devices[:, window] >= MIN_SHARE_DEVICES


def _with_devices(measured: Measured, window: int) -> np.ndarray:
    return np.flatnonzero(measured.counts.devices[:, window] >= measured.min_devices)


def _below_their_mean(measured: Measured, window: int) -> np.ndarray:
    spot = measured.counts.spot
    base = add_up(measured.exposure[:, measured.windows.baseline[window]])
    mean = mean_after(measured.past[:, window], base[spot], measured.exposure[spot, window])
    return np.flatnonzero((mean >= MIN_FALL_DEVICES) & (measured.counts.devices[:, window] < mean))


def _with_a_share(measured: Measured, window: int) -> np.ndarray:
    counts = measured.counts
    enough = _spots_to_share(measured, window)[counts.spot]
    return np.flatnonzero(~measured.is_total & enough & (counts.devices[:, window] >= measured.min_devices))


def by_exposure(measured: Measured, rows: np.ndarray, window: int, crowds: np.ndarray) -> Expected:
    """Expect of rows what their own past and the spot's exposure say."""
    dispersion = measured.dispersion.take(rows).at_least(crowds[measured.counts.spot[rows]])
    expected = expect(measured.counts.devices[rows], measured.exposed[rows], dispersion, measured.windows, window)
    return measured.loosened(expected, rows, window)


def more_by_exposure(measured: Measured, rows: np.ndarray, window: int, crowds: np.ndarray) -> Expected:
    """Expect the same, and what the panel gained of their kind or a holiday brings."""
    gained = np.maximum(measured.moved(rows, window) + measured.brought(rows, window), 0.0)
    return more(by_exposure(measured, rows, window, crowds), gained)


def fewer_by_exposure(measured: Measured, rows: np.ndarray, window: int, crowds: np.ndarray) -> Expected:
    """Expect the same, without what the panel lost of their kind or a holiday keeps away."""
    lost = np.minimum(measured.moved(rows, window) + measured.brought(rows, window), 0.0)
    return more(by_exposure(measured, rows, window, crowds), lost)


def by_share(measured: Measured, rows: np.ndarray, window: int, crowds: np.ndarray) -> Expected:
    """Expect of rows their usual share of the devices that are at the spot."""
    spot = measured.counts.spot[rows]
    dispersion = measured.share_dispersion.take(rows).at_least(crowds[spot])
    total = measured.spot_devices[spot].astype(np.float64)
    expected = expect(measured.counts.devices[rows], total, dispersion, measured.windows, window)
    if measured.holidays is not None:  # whom a holiday brings has all or none of a share
        away = measured.brought(rows, window) / expected.mean
        expected = replace(expected, size=1.0 / (1.0 / expected.size + away * away))
    return more(measured.loosened(expected, rows, window), measured.moved(rows, window))


def above(observed: np.ndarray, expected: Expected, is_partial: bool) -> np.ndarray:
    """Return how likely so many are, or more."""
    return upper_tail(observed, expected.mean, expected.size)


def below(observed: np.ndarray, expected: Expected, is_partial: bool) -> np.ndarray:
    """Return how likely so few are, or fewer."""
    return lower_tail(observed, expected.mean, expected.size)


def either_way(observed: np.ndarray, expected: Expected, is_partial: bool) -> np.ndarray:
    """Return how likely a count so far off is; in a partial window so far above, at the same cost."""
    larger, smaller = above(observed, expected, is_partial), below(observed, expected, is_partial)
    return np.minimum(2.0 * (larger if is_partial else np.minimum(larger, smaller)), 1.0)


def _whether_known(expected: Expected) -> np.ndarray:
    return (expected.baseline_devices != 0).astype(np.int64)


# What a partial window lacks may still come, so it has no falls and no shifts to smaller shares.
KINDS = (
    Kind(
        changes=(Change("appears", "upper"), Change("surges", "upper")), name=_whether_known, weight=RISE_WEIGHT,
        looks_at=_every_spot, rows=_with_devices, expect=more_by_exposure, judge=above,
    ),
    Kind(
        changes=(Change("falls_away", "lower"),), weight=FALL_WEIGHT, in_partial=False,
        looks_at=_spots_to_fall_from, rows=_below_their_mean, expect=fewer_by_exposure, judge=below,
    ),
    Kind(
        changes=(Change("shifts", "share"),), weight=SHIFT_WEIGHT,
        looks_at=_spots_to_share, rows=_with_a_share, expect=by_share, judge=either_way,
    ),
)  # fmt: skip


PLAIN_KINDS = (
    PlainKind(
        (Change("surges", "upper", is_plain=True), Change("appears", "upper", is_plain=True)),
        PLAIN_RISE_WEIGHT, RISE_PHASES,
    ),
    PlainKind((Change("falls_away", "lower", is_plain=True),), PLAIN_FALL_WEIGHT, FALL_PHASES, in_partial=False),
)  # fmt: skip


def find_asked(library: Library) -> tuple[tuple[Kind, ...], np.ndarray]:
    """Return the kinds of test and which of their changes are asked for of each pattern, bool (patterns, changes).

    Raises StudyError naming a change of the library that is not in KINDS.
    """
    changes = [change for kind in KINDS for change in kind.changes]
    known = {(change.id, change.tail): column for column, change in enumerate(changes)}
    asked = library.asked.reshape(-1, len(library.change))
    table = np.zeros((len(asked), len(changes)), bool)
    for number, entry in enumerate(library.change):
        if (entry.id, entry.tail) not in known:
            raise StudyError(
                f'No test is known for the change "{entry.id}" with the tail "{entry.tail}". Use the behavior '
                "library that belongs to this version of the plugin."
            )
        table[:, known[entry.id, entry.tail]] = asked[:, number]
    return KINDS, table


def with_plain(
    kinds: tuple[Kind, ...], asked: np.ndarray, is_total: np.ndarray
) -> tuple[tuple[Union[Kind, PlainKind], ...], np.ndarray]:
    """Return the kinds with those of plain counts behind them, which are asked where the total (bool, patterns) is."""
    changes = [change for kind in kinds for change in kind.changes]
    column = {change.id: number for number, change in enumerate(changes)}
    plain = [column[change.id] for kind in PLAIN_KINDS for change in kind.changes]
    return (*kinds, *PLAIN_KINDS), np.concatenate((asked, asked[:, plain] & is_total[:, None]), axis=1)
