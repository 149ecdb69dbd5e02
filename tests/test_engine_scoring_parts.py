from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from engine_worlds import MONDAY, make_panel
from hypothesis import given, settings
from hypothesis import strategies as st
from sitelight.plugin.data.library import load_library
from sitelight.plugin.engine import scoring
from sitelight.plugin.engine.counts import count_patterns, find_presence
from sitelight.plugin.engine.errors import Cancelled
from sitelight.plugin.engine.expectation import find_exposure
from sitelight.plugin.engine.findings import score
from sitelight.plugin.engine.progress import Progress
from sitelight.plugin.engine.windows import EPOCH, make_windows
from slow_counts import slow_devices, slow_pairs

SPOTS, WEEKS = 40, 16
KEY_DATES = [EPOCH + timedelta(days=MONDAY + 7 * week + shift) for week, shift in ((13, 0), (15, 2))]
WINDOWS = make_windows(KEY_DATES, 0, 6, MONDAY, MONDAY + 7 * WEEKS + 1, 14)


def random_study(seed: int):
    rng = np.random.default_rng(seed)
    visits = 4000
    spot = np.minimum(rng.geometric(0.12, visits) - 1, SPOTS - 1)
    history = make_panel(spot, rng.integers(0, 90, visits), np.sort(rng.uniform(0, 7 * 24 * WEEKS - 2, visits)), SPOTS)
    library, presence = load_library(), find_presence(history, WINDOWS)
    counts, facets = count_patterns(history, presence, WINDOWS, library, MONDAY + 14, 3)
    return history, presence, counts, facets, WINDOWS, library, 3


@settings(deadline=None, max_examples=4)
@given(st.integers(0, 10_000))
def test_parts_and_threads_do_not_change_the_scores(seed):
    study = random_study(seed)
    whole = score(*study)
    assert len(study[2].spot) > 300 and len(whole.row) > 100
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "BLOCK_ROWS", 60)
        patch.setattr("sitelight.plugin.engine.threads.THREADS", 1)
        parts = score(*study)
    for name in vars(whole):
        if name not in ("counts", "calibration"):
            np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))
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


def test_cancelling_is_heard_between_windows():
    study = random_study(5)
    asked = iter([False, False, True])
    with pytest.raises(Cancelled):
        score(*study, Progress(is_cancelled=lambda: next(asked)))
