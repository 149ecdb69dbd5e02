"""Selection: which of the tests are told as findings."""

from __future__ import annotations

import numpy as np

from ..base import place_in_run, run_starts
from ..scoring import LEVEL, Scores

MAX_FINDINGS = 500
MIN_LISTED = 20
MAX_PER_SPOT = 4


def select_findings(scores: Scores) -> tuple[np.ndarray, np.ndarray]:
    """Return the tests to list and whether each leads its spot and window (its smallest q-value).

    All spots with q <= LEVEL, filled up to MIN_LISTED with the strongest others; per spot up to MAX_PER_SPOT
    further tests with q <= LEVEL and other evidence.
    """
    if len(scores.row) == 0:
        return np.empty(0, np.int64), np.empty(0, bool)
    group = scores.window.astype(np.int64) * (int(scores.spot.max()) + 1) + scores.spot
    order = np.lexsort((scores.row, scores.p_value, scores.q_value, group))
    place = place_in_run(run_starts(group[order])[1])
    lead = order[place == 0]
    lead = lead[np.argsort(scores.p_value[lead], kind="stable")]
    count = int(np.clip((scores.q_value[lead] <= LEVEL).sum(), MIN_LISTED, MAX_FINDINGS))
    further = order[(place > 0) & (place <= MAX_PER_SPOT)]
    further = further[scores.q_value[further] <= LEVEL]
    further = further[np.argsort(scores.p_value[further], kind="stable")][:MAX_FINDINGS]
    tests = np.concatenate((lead[:count], further))
    return tests, np.arange(len(tests)) < min(count, len(lead))
