"""The parts of a folder or an archive as one source of observations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Optional

import numpy as np

from ..engine.screening import Detection, Observations, ReadingSettings, Roles, TimeFormat
from .observation_source import TableSource
from .parts import Part, open_part

MOST_TOLD = 5


class JoinedSource:
    """Records of several files, one after another; satisfies `engine.fixes.ObservationSource`.

    Roles and detection are those of the first part; each part is looked at by itself.
    """

    def __init__(
        self,
        path: Path,
        first: TableSource,
        parts: Sequence[Part],
        left_out: Sequence[str],
        settings: Optional[ReadingSettings],
    ) -> None:
        self.name = path.name
        self.roles: Roles = first.roles
        self.detection: Detection = first.detection
        self.row_count = _estimated_rows(first, parts)
        self._path, self._first, self._parts, self._left_out, self._settings = path, first, parts, left_out, settings
        self._last = first
        self._own_notes: dict[str, None] = {}

    @property
    def time_format(self) -> Optional[TimeFormat]:
        """How times are written in the part read last."""
        return self._last.time_format

    def chunks(self) -> Iterator[Observations]:
        """Yield the records of every part, in the order of their names; raises InputError as the parts do."""
        self._own_notes = {}
        before: Optional[TableSource] = None
        for number, part in enumerate(self._parts):
            source = self._first if number == 0 else open_part(part, self._first, None, self._settings)
            self._last = source
            yield from source.chunks(before)
            self._own_notes.update(dict.fromkeys(source.own_notes()))
            before = source

    def device_ids(self) -> np.ndarray:
        """Return the id behind each device code (object array of str), complete after the last chunk."""
        return self._last.device_ids()

    def notes(self) -> tuple[str, ...]:
        """Return which files were read and which not, and how; complete after the last chunk."""
        own = list(self._own_notes or dict.fromkeys(self._first.own_notes()))
        more = [f"{len(own) - MOST_TOLD:,} more notes on single files are left out."] if len(own) > MOST_TOLD else []
        return (self._files_note(), *self._last.reading_notes(), *own[:MOST_TOLD], *more)

    def describe(self) -> dict[str, Any]:
        """Return the folder or archive, its parts, what is left out, and what was read of the first part."""
        return {
            **self._first.describe(), "path": str(self._path), "parts": sum(part.files for part in self._parts),
            "left out": list(self._left_out),
        }  # fmt: skip

    def _files_note(self) -> str:
        kinds = Counter[str]()
        for part in self._parts:
            kinds[part.format.title] += part.files
        counted = ", ".join(f"{count:,} {title}" for title, count in kinds.items())
        files = "file" if sum(kinds.values()) == 1 else "files"
        note = f"Read of {self.name}: {counted} {files}."
        if self._left_out:
            listed = ", ".join(self._left_out[:MOST_TOLD])
            more = len(self._left_out) - MOST_TOLD
            note += f" Left out, as no part of the table: {listed}{f' and {more:,} more' if more > 0 else ''}."
        return note


def _estimated_rows(first: TableSource, parts: Sequence[Part]) -> Optional[int]:
    if len(parts) == 1 or first.row_count is None:
        return first.row_count
    sizes = [part.size for part in parts]
    if None in sizes or not sizes[0]:
        return None
    return int(first.row_count * sum(size for size in sizes if size is not None) / sizes[0])
