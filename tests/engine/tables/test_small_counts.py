"""Small counts as they may leave the machine."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sitelight.plugin.engine.homes import HOME_GRID_DEG, hide
from sitelight.plugin.engine.tables.small_counts import shown_count, shown_counts


def test_counts_below_five_are_not_told():
    counts = [1, 4, 5, 1234]
    assert [shown_count(count) for count in counts] == ["<5", "<5", "5", "1,234"]
    shown = shown_counts(pd.Series(counts))
    assert shown.tolist() == ["<5", "<5", "5", "1234"]
    assert shown.dtype == object


def test_hidden_positions_are_on_the_coarse_grid_and_others_as_they_are():
    hidden = np.array([True, False])
    lat, lon = hide(hidden, np.array([13.512, 13.512]), np.array([-2.111, -2.111]))
    np.testing.assert_allclose([lat, lon], [[13.5, 13.512], [-2.1, -2.111]])
    assert abs(lat[0] - 13.512) <= HOME_GRID_DEG / 2
