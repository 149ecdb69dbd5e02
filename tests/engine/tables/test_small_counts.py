"""Small counts as they may leave the machine."""

from __future__ import annotations

import pandas as pd
from sitelight.plugin.engine.tables.small_counts import shown_count, shown_counts


def test_counts_below_five_are_not_told():
    counts = [1, 4, 5, 1234]
    assert [shown_count(count) for count in counts] == ["<5", "<5", "5", "1,234"]
    shown = shown_counts(pd.Series(counts))
    assert shown.tolist() == ["<5", "<5", "5", "1234"]
    assert shown.dtype == object
