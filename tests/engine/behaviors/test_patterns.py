"""Pattern numbers: one for each combination, in the order of loops, and back."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from sitelight.plugin.engine.behaviors.patterns import Patterns

SIZES = pytest.mark.parametrize("sizes", [(1, 1, 1), (3, 1, 4), (2, 5, 3), (64, 64, 64)])


@SIZES
def test_numbers_count_like_loops_with_what_innermost(sizes):
    patterns = Patterns(*sizes)
    every = np.array(list(product(*(range(size) for size in sizes))))
    number = patterns.number(*every.T)
    assert number.tolist() == list(range(len(every)))
    assert np.array_equal(np.stack(patterns.parts(number), axis=1), every)
    assert [part.dtype for part in patterns.parts(number.astype(np.int32))] == [np.int32] * 3


@SIZES
def test_one_whole_number_gives_whole_numbers(sizes):
    patterns = Patterns(*sizes)
    last = tuple(size - 1 for size in sizes)
    number = patterns.number(*last)
    assert (number, type(number)) == (sizes[0] * sizes[1] * sizes[2] - 1, int)
    assert patterns.parts(number) == last


def test_a_table_of_all_patterns_laid_out_flat_is_numbered_so():
    table = np.arange(2 * 5 * 3).reshape(2, 5, 3)
    assert table[Patterns(2, 5, 3).parts(17)] == 17
