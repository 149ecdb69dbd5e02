"""Parquet tables, read through duckdb or pyarrow, whichever is installed."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Optional

import pandas as pd

from ..engine.base import InputError
from ..engine.earth import WayToDegrees, way_to_degrees
from ..engine.screening import readable
from .observation_source import POINT_LAT, POINT_LON
from .ogr_files import points_of_wkb, to_degrees
from .reasons import reason_of
from .stored_files import Copy, StoredFile

CHUNK_ROWS = 500_000
SAMPLE_ROWS = 1_000
FURTHER_SHARES = (0.25, 0.5, 0.75, 0.97)  # a file sorted by time begins with its faulty records


def usable_duckdb() -> Optional[Any]:
    """Return the duckdb module, None if it is missing or of a version that ends QGIS when imported (1.4, 1.5)."""
    try:
        version = importlib.metadata.version("duckdb")
        return None if version.startswith(("1.4.", "1.5.")) else importlib.import_module("duckdb")
    except ImportError:
        return None


class ParquetReader:
    """One or more Parquet files of the same columns as a table; raises InputError if they cannot be read.

    The geometry of GeoParquet gives the points, brought to WGS84.
    """

    def __init__(self, paths: Sequence[Path], name: str, copy: Optional[Copy] = None) -> None:
        """Open the files at `paths`; `copy` is what has to be kept meanwhile."""
        self.name = name
        self._copy = copy
        self._paths = [str(path) for path in paths]
        self._duckdb = usable_duckdb()
        if self._duckdb is None and importlib.util.find_spec("pyarrow") is None:
            raise InputError(
                f"{name} is a Parquet file and needs the Python package duckdb or pyarrow: install one, or save the"
                " data as CSV or GeoPackage."
            )
        try:
            self.names, self.row_count, self.sample = (
                self._inspect_duckdb() if self._duckdb is not None else self._inspect_pyarrow()
            )
        except Exception as error:  # both libraries raise families of their own
            raise InputError(f"{name} cannot be read as Parquet: {reason_of(error)}.") from error
        self.sample = _plain(self.sample)
        self._geometry, self._to_wgs84 = self._find_geometry()
        self.has_geometry = self._geometry is not None
        self.names = [one for one in self.names if one != self._geometry]
        self.sample = self.sample[[one for one in self.sample.columns if one != self._geometry]]

    def frames(self, columns: Sequence[str], points: bool = False) -> Iterator[pd.DataFrame]:
        """Yield chunks of the asked columns, with positions in WGS84 degrees if `points`. Raises InputError."""
        wanted = [*columns, self._geometry] if points and self._geometry is not None else list(columns)
        frames = self._duckdb_frames(wanted) if self._duckdb is not None else self._pyarrow_frames(wanted)
        read = 0
        try:
            for frame in map(_plain, frames):
                read += len(frame)
                if points and self._geometry is not None:
                    x, y = points_of_wkb(frame.pop(self._geometry).to_numpy(dtype=object))
                    lon, lat = (x, y) if self._to_wgs84 is None else to_degrees(self._to_wgs84, x, y)
                    frame[POINT_LON], frame[POINT_LAT] = lon, lat
                yield frame
        except Exception as error:  # both libraries raise families of their own
            raise InputError(f"{self.name} cannot be read to its end: {reason_of(error)}.") from error
        if read != self.row_count:
            raise InputError(
                f"{self.name} says that it holds {self.row_count:,} rows, and {read:,} can be read: write it anew."
            )

    def describe(self) -> dict[str, Any]:
        """Return the paths and the library that reads them."""
        return {"path": self._paths if len(self._paths) > 1 else self._paths[0], "read by": self._library()}

    def notes(self) -> tuple[str, ...]:
        """Return nothing: the table is read as it is."""
        return ()

    def _find_geometry(self) -> tuple[Optional[str], Optional[WayToDegrees]]:
        """Return the column of points that the file names as its geometry and the way to WGS84; None for none."""
        try:
            told = json.loads(self._metadata() or "{}")
            name = told.get("primary_column")
            column = told.get("columns", {}).get(name, {})
        except (ValueError, AttributeError, RecursionError):
            return None, None
        if name not in self.names or str(column.get("encoding", "")).upper() != "WKB":
            return None, None
        kinds = set(column.get("geometry_types", ()))
        if kinds and not kinds & {"Point", "Point Z", "MultiPoint", "MultiPoint Z"}:
            raise InputError(f"{name} in {self.name} holds no points: choose a file of points or a table.")
        if "crs" not in column:
            return name, None  # by the standard of GeoParquet, degrees of WGS84
        if column["crs"] is None:
            raise InputError(f"{name} in {self.name} has no CRS: write the file anew with its CRS.")
        return name, way_to_degrees(json.dumps(column["crs"]), self.name)

    def _metadata(self) -> Optional[str]:
        """Return what the first file says of its geometry as JSON, None if it says nothing."""
        if self._duckdb is None:
            parquet = importlib.import_module("pyarrow.parquet")
            found = (parquet.ParquetFile(self._paths[0]).schema_arrow.metadata or {}).get(b"geo")
            return None if found is None else str(found, "utf-8", "replace")
        with self._duckdb.connect() as connection:
            query = "SELECT value FROM parquet_kv_metadata(?) WHERE decode(key) = 'geo'"
            row = connection.execute(query, [self._paths[0]]).fetchone()
            return None if row is None else str(bytes(row[0]), "utf-8", "replace")

    def _library(self) -> str:
        return "pyarrow" if self._duckdb is None else "duckdb"

    def _inspect_duckdb(self) -> tuple[list[str], int, pd.DataFrame]:
        with self._duckdb.connect() as connection:
            table = connection.read_parquet(self._paths)
            rows = int(table.aggregate("count(*)").fetchall()[0][0])
            places = [0, *(int(rows * share) for share in FURTHER_SHARES)] if rows > SAMPLE_ROWS else [0]
            names = list(table.columns)
            shown = table.select(*self._expressions(readable(names)))
            samples = [shown.limit(SAMPLE_ROWS, place).df() for place in places]
            return names, rows, pd.concat(samples, ignore_index=True)

    def _expressions(self, columns: Sequence[str]) -> list[Any]:
        """Return the columns as duckdb takes them: their names stay out of SQL text."""
        return [self._duckdb.ColumnExpression(name) for name in columns]

    def _duckdb_frames(self, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        with self._duckdb.connect() as connection:
            table = connection.read_parquet(self._paths)
            # A result, unlike a relation, is fetched in parts.
            table.select(*self._expressions(columns)).create_view("records")
            result = connection.execute("SELECT * FROM records")
            while True:
                frame = result.fetch_df_chunk(CHUNK_ROWS // 2048)
                if len(frame) == 0:
                    return
                yield frame

    def _inspect_pyarrow(self) -> tuple[list[str], int, pd.DataFrame]:
        parquet = importlib.import_module("pyarrow.parquet")
        files = [parquet.ParquetFile(path) for path in self._paths]
        names = list(files[0].schema_arrow.names)
        groups = [(file, group) for file in files for group in range(file.num_row_groups)]
        places = sorted({0, *(int(len(groups) * share) for share in FURTHER_SHARES)}) if groups else []
        batches = (
            next(file.iter_batches(SAMPLE_ROWS, row_groups=[group], columns=readable(names)), None)
            for file, group in (groups[place] for place in places)
        )
        samples = [batch.to_pandas() for batch in batches if batch is not None]
        sample = pd.concat(samples, ignore_index=True) if samples else pd.DataFrame(columns=readable(names))
        return names, sum(file.metadata.num_rows for file in files), sample

    def _pyarrow_frames(self, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        parquet = importlib.import_module("pyarrow.parquet")
        for path in self._paths:
            for batch in parquet.ParquetFile(path).iter_batches(CHUNK_ROWS, columns=list(columns)):
                yield batch.to_pandas()


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame without types of pandas' own and of the libraries, which keep a missing value in other ways."""
    for name in frame.columns:
        values = frame[name]
        is_own = pd.api.types.is_extension_array_dtype(values.dtype)
        if is_own and values.dtype.kind in "iufb":
            has_gaps = bool(values.isna().any())
            frame[name] = values.astype(object).where(values.notna(), None) if has_gaps else values.to_numpy()
        elif values.dtype == object and isinstance(_first(values), (bytearray, memoryview)):
            frame[name] = values.map(bytes, na_action="ignore")
    return frame


def _first(values: pd.Series) -> Any:
    place = values.first_valid_index()
    return None if place is None else values.loc[place]


def columns_of(file: StoredFile) -> tuple[str, ...]:
    """Return the names of a plain file's columns in the order of the alphabet, () if it cannot be read."""
    try:
        return tuple(sorted(ParquetReader([file.path], file.name).names))
    except InputError:
        return ()
