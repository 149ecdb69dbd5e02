"""How a table would be read, told before it is: by its sample, in the sentences of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Optional

import pandas as pd

from ..engine.base import InputError
from ..engine.screening import ReadingSettings, Roles
from .observation_source import TableReader, TableSource


@dataclass(frozen=True)
class SeenTable:
    """What a reader knows of a table before its records are read; holds no file and no layer."""

    name: str
    names: list[str]
    sample: pd.DataFrame
    row_count: Optional[int]
    has_geometry: bool
    has_header: bool
    told: tuple[str, ...]

    @classmethod
    def of(cls, reader: TableReader) -> SeenTable:
        """Return what a reader knows."""
        has_header = getattr(reader, "has_header", True)
        return cls(
            reader.name, reader.names, reader.sample, reader.row_count, reader.has_geometry, has_header, reader.notes()
        )

    def frames(self, columns: Sequence[str], points: bool) -> Iterator[pd.DataFrame]:
        """Yield the sample."""
        yield self.sample[list(columns)]

    def describe(self) -> dict[str, Any]:
        """Return nothing: it is stored nowhere."""
        return {}

    def notes(self) -> tuple[str, ...]:
        """Return what the reader tells of the table."""
        return self.told

    def rules(self, roles: Roles, settings: ReadingSettings) -> tuple[str, ...]:
        """Return how the table is read with these choices, or why it cannot be."""
        try:
            return TableSource(self, roles, settings).rules()
        except InputError as error:
            return (str(error),)
