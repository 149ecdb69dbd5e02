"""Tables of dated events and calendars, from files and layers: opened here, read by the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional, Union

import numpy as np
import pandas as pd
from qgis.core import QgsVectorLayer

from ..engine.base import InputError
from ..engine.calendars import CalendarSpan, DatedEvents, make_calendar, make_events
from ..engine.screening import readable
from .country_names import load_country_names
from .formats import format_of, only_table
from .observation_layers import take_layer
from .observation_source import POINT_LAT, POINT_LON, TableReader
from .text_files import TextReader

MOST_ROWS = 500_000
"""By hand: ACLED's whole world of a year has some 400,000 events; more are no list to choose key dates from."""


@dataclass(frozen=True)
class EventTable:
    """A table as texts ("" where empty), with lat, lon (degrees WGS84) of its points where it has geometry."""

    title: str
    frame: pd.DataFrame
    points: Optional[tuple[np.ndarray, np.ndarray]] = None

    def events(self, given: Optional[Mapping[str, str]] = None) -> DatedEvents:
        """Return its events; `given` names columns by role. Raises InputError."""
        return make_events(self.title, self.frame, load_country_names(), self.points, given)

    def calendar(self) -> tuple[CalendarSpan, ...]:
        """Return its spans of days; raises InputError naming the row that is wrong."""
        return make_calendar(self.title, self.frame, load_country_names())


def read_table_file(path: Union[str, Path]) -> EventTable:
    """Return the table in a file of any format that observations may have; raises InputError."""
    file, beside = only_table(Path(path), "events")
    return _table_of(format_of(file).open_file(file, None, beside))


def take_table(layer: QgsVectorLayer, is_selected_only: bool = False) -> Callable[[], EventTable]:
    """Return what reads a layer's table in any thread; main thread only. Raises InputError."""
    snapshot = take_layer(layer, is_selected_only)
    return lambda: _table_of(snapshot.open_reader())


def _table_of(reader: TableReader) -> EventTable:
    names = readable(reader.names)
    # "NA" is a country, and no missing value: a text file is taken as it is written.
    if isinstance(reader, TextReader):
        frame, points = reader.text_frame(names, MOST_ROWS + 1), None
    else:
        frames = list(reader.frames(names, reader.has_geometry))
        frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=names)
        points = (frame[POINT_LAT].to_numpy(), frame[POINT_LON].to_numpy()) if reader.has_geometry else None
    if len(frame) == 0:
        raise InputError(f"{reader.name} has no rows: choose another table.")
    if len(frame) > MOST_ROWS:
        raise InputError(f"{reader.name} has more than {MOST_ROWS:,} rows: filter it to the countries you mean.")
    texts = {name: _texts(frame[name]) for name in names}
    return EventTable(reader.name, pd.DataFrame(texts, columns=names), points)


def _texts(values: pd.Series) -> pd.Series:
    """Return a column as texts: days as ISO, whole numbers without a point."""
    if values.dtype.kind == "M":
        return values.dt.strftime("%Y-%m-%d").fillna("").astype(object)
    if values.dtype.kind == "f" and bool((values.dropna() % 1 == 0).all()):
        values = values.astype("Int64")
    missing = values.isna().to_numpy()
    if values.dtype == object:
        values = values.map(lambda value: value.decode("utf-8", "replace") if isinstance(value, bytes) else value)
    return pd.Series(np.where(missing, "", values.astype(object).astype(str)), dtype=object)
