"""Tracks in PLT files, as GeoLife and OziExplorer write them: six lines of head, then a position a line.

Time is the fifth field, days since 1899-12-30; the dates behind it are written as each computer does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Optional

import numpy as np
import pandas as pd

from ..engine.base import InputError
from .date_times import bounded
from .expansion import most_bytes, too_large
from .reasons import reason_of
from .stored_files import StoredFile

HEAD_LINES = 6
SAMPLE_ROWS = 1_000
NAMES = ["device", "time", "latitude", "longitude"]
_FIRST_DAY_MS = -2_209_161_600_000  # 1899-12-30
_DAY_MS = 86_400_000
_MOST_DAYS = 1e6  # beyond any date that pandas holds
_MOST_BYTES = 1 << 30


class PltReader:
    """A PLT file as a table of one device, named after the folder that holds its tracks, else after the file."""

    has_geometry = False

    def __init__(self, file: StoredFile) -> None:
        self.file = file
        self.name = file.name
        folders = [name for name in file.folders if name.lower() != "trajectory"]
        is_geolife = bool(file.folders) and file.folders[-1].lower() == "trajectory" and bool(folders)
        self._device = folders[-1] if is_geolife else self.name.rpartition(".")[0]
        self.names = list(NAMES)
        table = self._read()
        self.sample = table.head(SAMPLE_ROWS)
        self.row_count: Optional[int] = len(table)

    def frames(self, columns: Sequence[str], points: bool = False) -> Iterator[pd.DataFrame]:
        """Yield the asked columns; `points` has no meaning here. Raises InputError."""
        yield self._read()[list(columns)]

    def describe(self) -> dict[str, Any]:
        """Return the path."""
        inside = {"member": self.file.member} if self.file.member else {}
        return {"path": str(self.file.path), **inside}

    def notes(self) -> tuple[str, ...]:
        """Return what stands for the device, which the file does not say."""
        return ("The tracks of PLT files are taken as of one device for each folder of tracks, or for each file.",)

    def _read(self) -> pd.DataFrame:
        most = most_bytes(self.file.packed_bytes() or 0) if not self.file.is_plain else _MOST_BYTES
        try:
            with self.file.open() as stream:
                text = stream.read(most + 1)
        except OSError as error:
            raise InputError(f"{self.name} cannot be read to its end: {reason_of(error)}.") from error
        if len(text) > most:
            raise too_large(self.name)
        lines = text.decode("utf-8", "replace").splitlines()[HEAD_LINES:]
        fields = [line.split(",", 5) for line in lines if line.strip()]
        if not fields:
            raise InputError(f"{self.name} holds no positions.")
        if sum(len(row) >= 5 for row in fields) < len(fields) / 2:
            raise InputError(f"{self.name} is no track file: it lacks the fields that a PLT file has.")
        table = pd.DataFrame([[*row, *[""] * 5][:5] for row in fields])
        number = table.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
        days = number[:, 4]
        with np.errstate(invalid="ignore"):
            timed = days > 0
        time = np.full(len(table), np.datetime64("NaT"), dtype="datetime64[ms]")
        time_ms = np.round(np.minimum(days[timed], _MOST_DAYS) * _DAY_MS).astype(np.int64) + _FIRST_DAY_MS
        time[timed] = time_ms.astype("datetime64[ms]")
        columns = (self._device, pd.Series(bounded(time)), number[:, 0], number[:, 1])
        return pd.DataFrame(dict(zip(NAMES, columns)))
