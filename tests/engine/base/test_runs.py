"""Runs of equal rows against a plain loop."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sitelight.plugin.engine.base.runs import (
    begins_run,
    block_borders,
    ends_run,
    expand_ranges,
    place_in_run,
    run_ends,
    run_starts,
)

ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=40)


@given(ROWS)
def test_runs_equal_those_of_a_loop(rows):
    a, b = (np.array([row[axis] for row in rows], np.int64) for axis in (0, 1))
    lengths = [len(list(members)) for _, members in groupby(rows)]
    starts = [sum(lengths[:number]) for number in range(len(lengths))]
    assert np.flatnonzero(begins_run(a, b)).tolist() == starts
    assert np.flatnonzero(ends_run(a, b)).tolist() == [start + n - 1 for start, n in zip(starts, lengths)]
    start, length = run_starts(a, b)
    assert (start.tolist(), length.tolist()) == (starts, lengths)
    assert run_ends(start, len(rows)).tolist() == [first + n - 1 for first, n in zip(starts, lengths)]
    assert place_in_run(length).tolist() == [place for n in lengths for place in range(n)]


def test_ranges_are_expanded_in_order():
    owner, member = expand_ranges(np.array([5, 9, 2]), np.array([7, 9, 5]))
    assert owner.tolist() == [0, 0, 2, 2, 2]
    assert member.tolist() == [5, 6, 2, 3, 4]


@given(st.lists(st.integers(0, 6), max_size=40).map(sorted), st.integers(1, 50))
def test_blocks_hold_whole_runs_and_all_rows(key, rows):
    borders = block_borders(np.array(key, np.int64), rows).tolist()
    assert (borders[0], borders[-1]) == (0, len(key))
    if not key:
        assert borders == [0, 0]
        return
    assert (np.diff(borders) > 0).all()
    assert all(key[border] != key[border - 1] for border in borders[1:-1])
    longest_run = max(key.count(value) for value in set(key))
    assert np.diff(borders).max() < rows + longest_run
