"""Tables of columns: their length, rows taken from them, and tables put one behind the other."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sitelight.plugin.engine.base.columns import Columns


@dataclass(frozen=True)
class Rides(Columns):
    """`day` is of the whole table."""

    day: int
    name: np.ndarray
    km: np.ndarray
    stops: np.ndarray


def rides(count, first=0):
    number = np.arange(first, first + count)
    names = np.array([f"ride {one}" for one in number], dtype=object)
    return Rides(7, names, number * 1.5, np.stack((number, -number), axis=1).astype(np.int32))


def assert_rows(table, numbers):
    assert (len(table), table.day) == (len(numbers), 7)
    assert table.name.tolist() == [f"ride {number}" for number in numbers]
    assert table.km.tolist() == [1.5 * number for number in numbers]
    assert table.stops.tolist() == [[number, -number] for number in numbers]
    assert (table.name.dtype, table.km.dtype, table.stops.dtype) == (object, np.float64, np.int32)


@given(st.integers(1, 12), st.data())
def test_rows_are_taken_by_number_by_mark_and_by_slice(count, data):
    table = rides(count)
    numbers = data.draw(st.lists(st.integers(-count, count - 1), max_size=20))
    assert_rows(table.take(np.array(numbers, np.int64)), [number % count for number in numbers])
    marks = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    assert_rows(table.take(np.array(marks)), np.flatnonzero(marks).tolist())
    begin, end = data.draw(st.integers(0, count)), data.draw(st.integers(0, count))
    assert_rows(table.take(slice(begin, end)), list(range(begin, max(begin, end))))


def test_a_slice_shares_the_memory_and_numbers_copy():
    table = rides(5)
    assert np.shares_memory(table.take(slice(1, 4)).km, table.km)
    assert not np.shares_memory(table.take(np.arange(5)).km, table.km)


def test_a_number_beyond_the_table_is_refused():
    with pytest.raises(IndexError):
        rides(3).take(np.array([3]))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6))
def test_joined_tables_have_all_rows_in_order(counts):
    starts = np.cumsum([0, *counts]).tolist()
    table = Rides.joined([rides(count, first) for count, first in zip(counts, starts)])
    assert_rows(table, list(range(sum(counts))))


def test_what_was_worked_out_once_is_no_column():
    table = rides(4)
    table.__dict__["total"] = np.zeros(99)  # as a `cached_property` keeps its value
    assert len(table) == 4 and len(table.take(np.array([0, 1]))) == 2
    assert "total" not in vars(table.take(np.array([0])))


def test_tables_stay_frozen():
    with pytest.raises(FrozenInstanceError):
        rides(1).km = np.zeros(1)
