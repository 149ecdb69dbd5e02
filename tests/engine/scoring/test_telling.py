"""What is told of tests on few devices is the same for whichever small number was counted."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from scipy import stats
from sitelight.plugin.engine.counting import PatternCounts, make_windows
from sitelight.plugin.engine.earth import EPOCH
from sitelight.plugin.engine.scoring import measured as scoring
from sitelight.plugin.engine.scoring.changes import KINDS
from sitelight.plugin.engine.scoring.dispersion import Dispersion
from sitelight.plugin.engine.scoring.window_tests import find_tests
from worlds.engine_worlds import MONDAY

WEEKS, MIN_DEVICES = 20, 3
WINDOWS = make_windows([EPOCH + timedelta(days=MONDAY + 7 * (WEEKS - 1))], 0, 6, MONDAY, MONDAY + 7 * WEEKS, 14)
KEY, BASELINE = int(WINDOWS.key_window[0]), np.flatnonzero(WINDOWS.baseline[int(WINDOWS.key_window[0])])
CHANGES = [change.id for kind in KINDS for change in kind.changes]


def figures_of(change: str, past: list[int], now: int, whole: int = 100) -> tuple[float, float, float, float]:
    """Return p and expectation of one test, and both as they may be told; `past` and `now` of a spot's `whole`."""
    devices = np.zeros((1, len(WINDOWS)), np.int32)
    devices[0, BASELINE[: len(past)]], devices[0, KEY] = past, now
    counts = PatternCounts(np.zeros(1, np.int32), np.zeros(1, np.int32), devices, devices.astype(np.uint64))
    one, spot = Dispersion(np.ones(1), 0.05), np.full((1, len(WINDOWS)), whole, np.int32)
    measured = scoring.Measured(
        counts, spot, np.ones(spot.shape), one, one, one, np.zeros(1), np.zeros(1, bool), np.ones(1), WINDOWS,
        MIN_DEVICES, KINDS, np.ones((1, len(CHANGES)), bool),
    )  # fmt: skip
    tests = find_tests(measured, KEY)
    (row,) = np.flatnonzero(tests.change == CHANGES.index(change))
    return tests.p_value[row], tests.expected[row], tests.told.p_value[row], tests.told.expected[row]


@pytest.mark.parametrize("usual", [8, 20, 60])
def test_a_fall_to_few_is_told_as_one_to_four(usual):
    found = [figures_of("falls_away", [usual] * len(BASELINE), now) for now in range(5)]
    assert len({told for *_, told, _ in found}) == 1
    assert found[0][2] == found[4][0] and all(told >= p_value for p_value, _, told, _ in found)
    assert len({p_value for p_value, *_ in found}) == 5
    assert all(expected == told for _, expected, _, told in found)
    p_value, _, told, _ = figures_of("falls_away", [usual] * len(BASELINE), 5)
    assert told == p_value


@pytest.mark.parametrize(("change", "past"), [("appears", []), ("surges", [1] * len(BASELINE))])
def test_a_rise_of_few_is_told_as_one_of_the_fewest_tested(change, past):
    three, four = (figures_of(change, past, now) for now in (MIN_DEVICES, 4))
    assert three[2] == four[2] == three[0] > four[0]
    assert three[3] == four[3] == three[1]


@pytest.mark.parametrize("past", [[1] * len(BASELINE), [3] * len(BASELINE), [9] * len(BASELINE)])
def test_a_shift_of_few_is_told_as_the_less_unusual(past):
    three, four = (figures_of("shifts", past, now) for now in (MIN_DEVICES, 4))
    assert three[2] == four[2] == max(three[0], four[0])


@pytest.mark.parametrize("now", [3, 4, 5, 12])
def test_a_baseline_of_few_is_told_as_four_at_once(now):
    """The expectation goes with the devices before and half a one: of the others at a spot the scale is known."""
    found = [figures_of("surges", past, now) for past in ([1], [2], [1, 1], [1, 2], [1, 1, 1, 1], [4])]
    assert len({(told, expected) for _, _, told, expected in found}) == 1
    assert found[0][3] == pytest.approx(4.5 / len(BASELINE))
    assert all(told >= p_value for p_value, _, told, _ in found)
    if now == 12:
        assert found[-1][0] == found[-1][2]
        shape, mean = 4.5, 4.5 / len(BASELINE)
        assert found[0][2] > stats.nbinom.sf(now - 1, shape, shape / (shape + mean))


@pytest.mark.parametrize("past", [[], [5], [2, 3], [1] * len(BASELINE)])
def test_what_is_not_small_is_told_as_it_is(past):
    change = "surges" if past else "appears"
    p_value, expected, told, told_expected = figures_of(change, past, 12)
    assert (told, told_expected) == (p_value, expected)
