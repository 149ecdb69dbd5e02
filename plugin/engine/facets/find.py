"""Facets: the WHO, WHEN and WHAT entries of the library that each visit matches, as bit masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Union

import numpy as np

from ..base import Columns, Progress, work_in_threads
from ..behaviors import Library
from ..history import History
from .match import has_entry, match
from .what import WhatAtoms
from .when import WhenAtoms
from .who import WhoAtoms

BLOCK_ROWS = 100_000
"""Visits that are described at a time: few enough for the processor's cache."""


@dataclass(frozen=True)
class Facets(Columns):
    """Bit masks (uint64) of the visits `rows` (sorted): bit j of `who` is set where one matches `library.who[j]`."""

    rows: np.ndarray
    who: np.ndarray
    when: np.ndarray
    what: np.ndarray

    def has(self, axis: str, index: int) -> np.ndarray:
        """Return bool per row: which visits match entry `index` of `axis` (one of `FACET_AXES`)."""
        return has_entry(getattr(self, axis), index)


def find_facets(
    history: History, rows: np.ndarray, library: Library, profile_end_day: int, progress: Optional[Progress] = None
) -> Facets:
    """Return the facets of the visits `rows`; usual hours are learned from days before `profile_end_day`."""
    progress = progress or Progress()
    progress.step("Describing visits", 0.0)
    finders: tuple[Union[WhoAtoms, WhenAtoms, WhatAtoms], ...] = (
        WhoAtoms(history), WhenAtoms(history, profile_end_day), WhatAtoms(history, rows),
    )
    axes = (library.who, library.when, library.what)

    def describe(block: np.ndarray) -> list[np.ndarray]:
        return [match(axis, finder.of(block)) for axis, finder in zip(axes, finders)]

    masks = [np.empty(len(rows), np.uint64) for _ in axes]
    starts = range(0, len(rows), BLOCK_ROWS)
    blocks = (rows[start : start + BLOCK_ROWS] for start in starts)
    for start, found in zip(starts, work_in_threads(describe, blocks)):
        for mask, part in zip(masks, found):
            mask[start : start + BLOCK_ROWS] = part
        progress.step("Describing visits", 0.2 + 0.8 * start / len(rows))
    return Facets(rows, *masks)
