"""Folders whose files are the parts of one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ..engine.base import InputError
from .observation_source import TableReader


class FolderReader:
    """Parts with the same columns, read one after another; raises InputError naming a part with others.

    `parts` are the readers of the files: each may write its times in its own way.
    """

    has_geometry = False

    def __init__(self, folder: Path, parts: Sequence[TableReader]) -> None:
        self.name = folder.name
        self._folder = folder
        self.parts = parts
        first = parts[0]
        for part in parts[1:]:
            if part.names != first.names:
                raise InputError(
                    f"{part.name} in {folder.name} has other columns than {first.name}: keep only parts of one table."
                )
        self.names, self.sample = first.names, first.sample
        counts = [part.row_count for part in parts]
        self.row_count = None if None in counts else sum(count for count in counts if count is not None)

    def frames(self, columns: Sequence[str], points: bool = False) -> Iterator[pd.DataFrame]:
        """Yield the chunks of every part, in the order of their paths."""
        for part in self.parts:
            yield from part.frames(columns, points)

    def describe(self) -> dict[str, Any]:
        """Return the folder and the number of parts."""
        return {**self.parts[0].describe(), "path": str(self._folder), "parts": len(self.parts)}
