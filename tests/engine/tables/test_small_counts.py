"""Small counts as they may leave the machine."""

from __future__ import annotations

import numpy as np
import pandas as pd
from seeds import shifted
from sitelight.plugin.engine.tables.small_counts import (
    fewest_beside,
    hides_part,
    shown_count,
    shown_counts,
    told_apart,
    told_counts,
    told_table,
)


def test_counts_below_five_are_not_told():
    counts = [1, 4, 5, 1234]
    assert [shown_count(count) for count in counts] == ["<5", "<5", "5", "1,234"]
    shown = shown_counts(pd.Series(counts))
    assert shown.tolist() == ["<5", "<5", "5", "1234"]
    assert shown.dtype == object


def test_hidden_counts_stay_hidden():
    assert shown_count(float("nan")) == "<5" and shown_count(7.0) == "7"
    told = told_counts(np.array([0, 4, 5, 1234]))
    assert pd.isna(told[:2]).all() and told[2:].tolist() == [5, 1234]
    assert told_counts(np.array([5, 6])).dtype == np.int64


def test_neither_a_part_nor_the_others_may_be_few():
    assert [hides_part(part, 50) for part in (0, 4, 5, 45, 46, 49, 50)] == [True, True, False, False, True, True, False]


def test_no_difference_of_one_to_four_is_told():
    """Whatever is read beside a count, it stands for no difference of a few, or for several."""
    counts = np.arange(0, 60)
    for told in (0, 4, 5, 6, 7, 8, 9, 10, 23, 50):
        shown = fewest_beside(counts, told)
        assert shown.tolist() == fewest_beside(counts, np.full(60, told)).tolist()
        assert (shown[counts < 5] == counts[counts < 5]).all() and (shown[counts >= 5] >= 5).all()
        apart = np.abs(counts - told) > 4
        assert (shown[apart] == counts[apart]).all() and shown[told] == told
        for one in np.unique(shown[counts >= 5]) if told >= 5 else ():
            behind = {abs(count - told) for count in counts[(shown == one) & (counts >= 5)].tolist()}
            assert len(behind) > 1 or not behind & {1, 2, 3, 4}, (told, one)


def test_a_table_is_told_without_small_counts_and_what_goes_with_them():
    findings = pd.DataFrame({"observed": [12, 4, 0], "devices": [12, 4, 0], "ratio": [6.0, 8.0, 0.0],
                             "expected": [2.0, 0.5, 20.0], "p_value": [0.01, 0.02, 0.03]})  # fmt: skip
    told = told_table("findings", findings)
    for column in ("observed", "devices", "ratio"):
        assert told[column].isna().tolist() == [False, True, True]
    assert str(told["observed"][0]) == "12"
    pd.testing.assert_frame_equal(told[["expected", "p_value"]], findings[["expected", "p_value"]])
    pd.testing.assert_frame_equal(told_table("findings", told), told)
    drivers = pd.DataFrame({"kind": ["driver", "driver", "against"], "observed": [3.0, 7.0, np.nan]})
    assert told_table("explanations", drivers)["observed"].isna().tolist() == [True, False, True]
    matches = pd.DataFrame({"devices": [3, 9], "score": [1.25, 2.25], "resemblance": [0.123, 0.456]})
    told = told_table("signatures", matches)
    assert told["score"].isna().tolist() == told["devices"].isna().tolist() == [True, False]
    assert told["resemblance"].tolist() == [0.1, 0.456]
    assert told_table("screening", drivers) is drivers


def test_no_two_counts_of_a_place_tell_a_difference_of_one_to_four():
    """What is read stands for the same count, for five apart and more, or for several: whatever was told before."""
    rng = np.random.default_rng(shifted(4_411))
    for _case in range(3_000):
        told = [int(rng.integers(5, 60))]
        told += [one for one in rng.integers(5, 60, 3).tolist() if min(abs(one - other) for other in told) > 4][:1]
        counts = rng.integers(0, 60, int(rng.integers(1, 7)))
        shown = told_apart(counts, told)
        assert (shown[counts < 5] == counts[counts < 5]).all() and (shown[counts >= 5] >= 5).all()
        read = sorted({*told, *shown[counts >= 5].tolist()})
        for less, more in zip(read, read[1:]):
            assert more - less >= 4 or less == 5 and more - less > 1, (told, counts, shown)
        exact = set(counts[shown == counts].tolist()) & set(told)
        assert not any(abs(one - other) == 4 for one in exact for other in exact)


def test_a_count_far_from_all_others_is_told_as_it_is():
    assert told_apart(np.array([40, 12, 3]), [25]).tolist() == [40, 12, 3]
    assert told_apart(np.array([24, 23, 19, 14, 12]), [20]).tolist() == [20, 20, 16, 12, 12]
