"""Tables of columns: frozen dataclasses whose arrays have one row each for the same things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar, Union

import numpy as np

Table = TypeVar("Table", bound="Columns")


@dataclass(frozen=True)
class Columns:
    """Base of a table: every field that is an array has one row per thing; other fields are of the whole table."""

    def __len__(self) -> int:
        return next(len(value) for value in vars(self).values() if isinstance(value, np.ndarray))

    def take(self: Table, rows: Union[slice, np.ndarray]) -> Table:
        """Return the rows given by a slice (without copying) or by an index or boolean array, in that order."""
        if isinstance(rows, slice):
            return replace(self, **{name: getattr(self, name)[rows] for name in self._names()})
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        return replace(self, **{name: getattr(self, name).take(rows, axis=0) for name in self._names()})

    @classmethod
    def joined(cls: type[Table], parts: Sequence[Table]) -> Table:
        """Return all rows of `parts` (at least one) in their order; what is no column is as in the first."""
        columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in parts[0]._names()}
        return replace(parts[0], **columns)

    def _names(self) -> list[str]:
        return [field.name for field in fields(self) if isinstance(getattr(self, field.name), np.ndarray)]
