"""Facets: the WHO, WHEN and WHAT entries of the library that each visit matches, as bit masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from .behaviors import Library, match
from .history import History
from .progress import Progress
from .what_facets import what_atoms
from .when_facets import when_atoms
from .who_facets import who_atoms


@dataclass(frozen=True)
class Facets:
    """Bit masks (uint64) of the visits `rows` (sorted): bit j of `who` is set where one matches `library.who[j]`."""

    rows: np.ndarray
    who: np.ndarray
    when: np.ndarray
    what: np.ndarray


def find_facets(
    history: History, rows: np.ndarray, library: Library, profile_end_day: int, progress: Optional[Progress] = None
) -> Facets:
    """Return the facets of the visits `rows`; usual hours are learned from days before `profile_end_day`."""
    progress = progress or Progress()
    progress.step("Describing visits", 0.0)
    who = match(library.who, who_atoms(history, rows))
    progress.step("Describing visits", 0.4)
    when = match(library.when, when_atoms(history, rows, profile_end_day))
    progress.step("Describing visits", 0.6)
    what = match(library.what, what_atoms(history, rows))
    return Facets(rows, who, when, what)
