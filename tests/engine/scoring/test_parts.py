from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds import shifted
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine.base import Cancelled, Progress
from sitelight.plugin.engine.counting import count_patterns, find_presence, make_windows
from sitelight.plugin.engine.earth import EPOCH
from sitelight.plugin.engine.scoring import measured, measuring
from sitelight.plugin.engine.scoring.combine import score
from sitelight.plugin.engine.scoring.exposure import find_exposure
from worlds.engine_worlds import MONDAY, make_history, make_panel, make_sites
from worlds.slow_counts import slow_devices, slow_pairs

SPOTS, WEEKS = 40, 16
KEY_DATES = [EPOCH + timedelta(days=MONDAY + 7 * week + shift) for week, shift in ((13, 0), (15, 2))]
WINDOWS = make_windows(KEY_DATES, 0, 6, MONDAY, MONDAY + 7 * WEEKS + 1, 14)


def random_study(seed: int):
    rng = np.random.default_rng(shifted(seed))
    visits = 4000
    spot = np.minimum(rng.geometric(0.12, visits) - 1, SPOTS - 1)
    history = make_panel(spot, rng.integers(0, 90, visits), np.sort(rng.uniform(0, 7 * 24 * WEEKS - 2, visits)), SPOTS)
    library, presence = load_library(), find_presence(history, WINDOWS)
    counts, facets = count_patterns(history, presence, WINDOWS, library, MONDAY + 14, 3)
    return measuring.measure(history, presence, counts, facets, WINDOWS, library, 3)


@settings(deadline=None, max_examples=4)
@given(st.integers(0, 10_000))
def test_parts_and_threads_do_not_change_the_scores(seed):
    study = random_study(seed)
    whole = score(study)
    assert len(study.counts.spot) > 300 and len(whole.row) > 100
    for threads in (1, 2, 5):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(measured, "BLOCK_ROWS", 60)
            patch.setattr("sitelight.plugin.engine.base.threads.THREADS", threads)
            parts = score(study)
        for one, other in ((whole, parts), (whole.told, parts.told)):
            for name in vars(one):
                if name not in ("counts", "calibration", "told"):
                    np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert whole.calibration == parts.calibration


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10_000))
def test_exposure_is_the_distinct_devices_of_the_country_over_their_mean(seed):
    rng = np.random.default_rng(seed)
    devices, visits = int(rng.integers(40, 200)), 1500
    history = make_panel(
        rng.integers(0, SPOTS, visits), rng.integers(0, devices, visits),
        np.sort(rng.uniform(0, 7 * 24 * WEEKS - 2, visits)), SPOTS,
    )  # fmt: skip
    visit, window = slow_pairs(history, WINDOWS)
    everyone = slow_devices(
        np.zeros(len(visit), int), history.visits.stays.device[visit], window, (1, len(WINDOWS))
    )  # fmt: skip
    expected = np.maximum(everyone, 1) / np.maximum(everyone, 1).mean()
    found = find_exposure(history, find_presence(history, WINDOWS), WINDOWS)
    np.testing.assert_allclose(found, np.broadcast_to(expected, found.shape), rtol=1e-12)


AA_1, AA_2, BB, CC, SEA, BB_TOWN = range(6)
WHERE = make_sites(
    ("aa 1", "place", 5.0, 5.0, 100.0), ("aa 2", "place", 6.0, 5.0, 100.0), ("bb", "place", 5.0, 15.0, 100.0),
    ("cc", "place", 5.0, 45.0, 100.0), ("sea", "place", -5.0, 5.0, 100.0), ("bb town", "place", 6.0, 15.0, 100.0),
)  # fmt: skip


def weekly_exposure(present: dict[int, list[list[int]]]) -> np.ndarray:
    """Return the exposure float64 (spots, 4 windows) of the devices present at each spot in each of four weeks.

    The key date is in the last of them and the key window as long as the others.
    """
    windows = make_windows([EPOCH + timedelta(days=MONDAY + 21)], 0, 6, MONDAY, MONDAY + 27, 0)
    rows = [
        (device, 168.0 * week + 24.0 + spot, 168.0 * week + 24.5 + spot, WHERE.lat[spot], WHERE.lon[spot])
        for spot, weeks in present.items()
        for week, devices in enumerate(weeks)
        for device in devices
    ]
    history = make_history(sorted(rows), WHERE)
    return find_exposure(history, find_presence(history, windows), windows)


def test_exposure_is_by_country_where_it_has_devices_enough_else_of_the_whole_panel():
    aa, bb, cc, sea = (list(range(100 * n, 100 * n + 60)) for n in range(1, 5))
    found = weekly_exposure({
        AA_1: [aa[:30]] * 3 + [aa[:60]],
        AA_2: [aa[20:40]] * 3 + [[]],  # 20 of them new: 40 in the country, then 60
        BB: [bb[:50], bb[:50] + aa[:10], bb[:30], bb[:30]],  # ten are in both countries in one window
        CC: [cc[:20], cc[:20], cc[:20], cc[:10]],
        SEA: [sea[:5]] * 4,
        BB_TOWN: [[]] * 4,
    })  # fmt: skip
    panel = np.array([40 + 50 + 20 + 5, 40 + 50 + 20 + 5, 40 + 30 + 20 + 5, 60 + 30 + 10 + 5])
    np.testing.assert_allclose(found[AA_1], np.array([40, 40, 40, 60]) / 45)
    np.testing.assert_array_equal(found[AA_2], found[AA_1])
    np.testing.assert_allclose(found[BB], np.array([50, 60, 30, 30]) / 42.5)
    np.testing.assert_array_equal(found[BB_TOWN], found[BB])  # nobody was ever there
    np.testing.assert_allclose(found[CC], panel / 107.5)
    np.testing.assert_allclose(found[SEA], panel / 107.5)


@pytest.mark.parametrize(("last", "own"), [(30, True), (29, False)])
def test_thirty_devices_a_window_are_enough_for_a_country(last, own):
    aa, bb = list(range(100, 200)), list(range(200, 300))
    found = weekly_exposure({AA_1: [aa[:20], aa[:40], aa[:30], aa[:last]], BB: [bb[:40]] * 3 + [bb[:80]]})
    expected = np.array([20, 40, 30, 30] if own else [60, 80, 70, 109])
    np.testing.assert_allclose(found[AA_1], expected / expected.mean())


def test_a_country_that_is_silent_for_a_window_counts_as_one_device():
    aa, bb = list(range(100, 200)), list(range(200, 300))
    found = weekly_exposure({AA_1: [aa[:60]] * 3 + [[]], BB: [bb[:40]] * 4})
    np.testing.assert_allclose(found[AA_1], np.array([60, 60, 60, 1]) / 45.25)
    np.testing.assert_allclose(found[SEA], np.array([100, 100, 100, 40]) / 85)


def test_many_at_sea_are_no_country():
    aa, sea = list(range(100, 200)), list(range(200, 300))
    found = weekly_exposure({AA_1: [aa[:40]] * 4, SEA: [sea[:40]] * 3 + [sea[:80]]})
    np.testing.assert_allclose(found[AA_1], np.ones(4))
    np.testing.assert_allclose(found[SEA], np.array([80, 80, 80, 120]) / 90)


def test_cancelling_is_heard_between_windows():
    study = random_study(5)
    asked = iter([False, False, True])
    with pytest.raises(Cancelled):
        score(study, Progress(is_cancelled=lambda: next(asked)))
