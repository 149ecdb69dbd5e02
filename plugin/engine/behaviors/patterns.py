"""Pattern numbers: a combination of WHO, WHEN and WHAT as one whole number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Numbers = TypeVar("Numbers", int, np.ndarray)


@dataclass(frozen=True)
class Patterns:
    """Numbers of the patterns of so many entries of WHO, WHEN and WHAT, from 0 without gaps, WHO slowest."""

    who: int
    when: int
    what: int

    def number(self, who: Numbers, when: Numbers, what: Numbers) -> Numbers:
        """Return the number of each pattern, given the indices of its entries; a whole number for whole numbers."""
        return (who * self.when + when) * self.what + what

    def parts(self, number: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Return the indices of the entries (who, when, what) of each pattern; whole numbers for a whole number."""
        return number // (self.when * self.what), number // self.what % self.when, number % self.what
