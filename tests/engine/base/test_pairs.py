"""Two numbers in one: as a sorted set of tuples would do, and refused where a number does not fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sitelight.plugin.engine.base.runs import distinct_pairs, pairs, split_pairs

LAST_FIRST, LAST_SECOND = 2**31 - 1, 2**32 - 1
NUMBERS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 3), st.integers(0, LAST_FIRST)),
        st.one_of(st.integers(0, 3), st.integers(0, LAST_SECOND)),
    ),
    max_size=40,
)


def columns(rows):
    return tuple(np.array([row[axis] for row in rows], np.int64) for axis in (0, 1))


@given(NUMBERS)
def test_pairs_come_back_and_sort_like_tuples(rows):
    first, second = columns(rows)
    key = pairs(first, second)
    assert key.dtype == np.int64
    assert [part.tolist() for part in split_pairs(key)] == [first.tolist(), second.tolist()]
    assert [rows[at] for at in np.argsort(key, kind="stable")] == sorted(rows)


@given(NUMBERS)
def test_distinct_pairs_are_those_of_a_set(rows):
    assert list(zip(*(part.tolist() for part in distinct_pairs(*columns(rows))))) == sorted(set(rows))


def test_the_largest_numbers_fit():
    first, second = np.array([0, LAST_FIRST, LAST_FIRST]), np.array([LAST_SECOND, 0, LAST_SECOND])
    key = pairs(first, second)
    assert (np.diff(key) > 0).all() and key[-1] == 2**63 - 1
    assert [part.tolist() for part in split_pairs(key)] == [first.tolist(), second.tolist()]


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint32])
def test_narrow_numbers_are_not_shifted_out_of_their_type(dtype):
    # On Windows numpy < 2 makes int32 of `np.arange(n)`.
    key = pairs(np.arange(100, dtype=dtype), np.arange(100, dtype=dtype))
    assert [part.tolist() for part in split_pairs(key)] == [list(range(100))] * 2


@pytest.mark.parametrize(
    ("first", "second", "which"),
    [(-1, 0, "first"), (LAST_FIRST + 1, 0, "first"), (0, -1, "second"), (0, LAST_SECOND + 1, "second")],
)
def test_a_number_out_of_range_is_refused(first, second, which):
    with pytest.raises(ValueError, match=f"The {which} numbers of pairs must be"):
        pairs(np.array([5, first]), np.array([5, second]))
