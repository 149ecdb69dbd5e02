"""Tables read through OGR: GeoPackage, GeoJSON, GPX, KML, Shapefile, spreadsheets and the rest of its formats."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Optional

import numpy as np
import pandas as pd
from osgeo import gdal, ogr, osr

from ..engine.base import InputError
from ..engine.earth import WayToDegrees, way_to_degrees
from ..engine.screening import readable
from .date_times import bounded
from .observation_source import POINT_LAT, POINT_LON
from .reasons import advice_on, reason_of
from .record_layers import POINTS, records_layer
from .sheet_headers import named_query
from .sqlite_columns import exact_casts, exact_query, is_condition
from .stored_files import Copy
from .trial_reader import FILE_FORMATS
from .trials import require_safe

SAMPLE_ROWS = 500
FURTHER_ROWS = 1_000  # taken all over the layer: one sorted by time begins with its faulty records
FEATURE_CHUNK_ROWS = 50_000
_BASE_READER = "OGR_GPKG_STREAM_BASE_IMPL"
_NO_FID = ("INCLUDE_FID=NO",)
_WKB_POINT_BYTES = {21: 5, 29: 5, 37: 5, 30: 14, 38: 14, 46: 14}  # point or multipoint of one; where x begins


class ArrowUnusable(Exception):
    """GDAL has no Arrow stream of a layer, or it broke: the features from there on are read one by one."""


@contextmanager
def quiet_ogr() -> Iterator[None]:
    """Keep OGR's messages off the terminal; its results are checked instead."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        yield
    finally:
        gdal.PopErrorHandler()


@contextmanager
def _one_threaded() -> Iterator[None]:
    """Keep GeoPackage's own Arrow reader out: that of GDAL 3.10 reads ahead in a thread, empties texts and crashes."""
    before = gdal.GetThreadLocalConfigOption(_BASE_READER)
    gdal.SetThreadLocalConfigOption(_BASE_READER, "YES")
    try:
        yield
    finally:
        gdal.SetThreadLocalConfigOption(_BASE_READER, before)


def open_dataset(path: Path) -> gdal.Dataset:
    """Open a vector file for reading; raise InputError if no OGR driver can, or one would end the process."""
    require_safe(path)
    gdal.ErrorReset()
    with quiet_ogr():
        try:
            dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_READONLY, list(FILE_FORMATS))
            if dataset is not None and dataset.GetLayerCount() == 0 and dataset.GetDriver().ShortName == "SQLite":
                # Where a database has a list of its layers, GDAL shows no table that is not in it.
                every = ["LIST_ALL_TABLES=YES"]
                dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_READONLY, ["SQLite"], every)
        except RuntimeError:  # someone switched GDAL's exceptions on
            dataset = None
    if dataset is None:
        reason = reason_of(gdal.GetLastErrorMsg() or "its format is not known")
        raise InputError(f"{path.name} cannot be read: {reason}.{advice_on(path)}")
    return dataset


class OgrReader:
    """One layer of an OGR file as a table; raises InputError if it is empty, has no points or no known CRS.

    `layer` names the layer; without it the file must hold one table of records, or GPX track points. `subset` is
    an attribute filter as QGIS keeps it. `name` is what people call the file, `copy` what has to be kept meanwhile,
    `kind` the format in words.
    """

    def __init__(
        self, path: Path, layer: Optional[str] = None, subset: str = "", name: str = "", copy: Optional[Copy] = None
    ) -> None:
        self.path = path
        self.name = name or path.name
        self._copy = copy
        self._subset = subset
        dataset = open_dataset(path)
        self.kind: str = dataset.GetDriver().LongName
        with quiet_ogr():
            self.layer, self._query = layer or records_layer(dataset, path), ""
            self._casts, self._looked_at = dict[str, str](), set[str]()
            self._query = named_query(dataset, self._table(dataset))
            table = self._table(dataset)
            # A damaged name cannot be said, and so not chosen.
            kinds = {one.name: one.type for one in table.schema if clean_text(one.name) == one.name}
            self.names = list(kinds)
            shown = readable(self.names)
            self._casts = exact_casts(dataset, table, shown, of_all_rows=False)
            self._is_time = {name: kind == ogr.OFTDateTime and name not in self._casts for name, kind in kinds.items()}
            self._days = {name for name, kind in kinds.items() if kind == ogr.OFTDate} - self._casts.keys()
            table = self._table(dataset, shown)
            self.has_geometry = ogr.GT_Flatten(table.GetGeomType()) in POINTS
            if not self.has_geometry and table.GetGeomType() != ogr.wkbNone:
                raise InputError(f"{self.layer} in {self.name} holds no points: choose a point layer or a table.")
            self.row_count: Optional[int] = table.GetFeatureCount()
            if self.row_count == 0:
                raise InputError(f"{self.layer} in {self.name} is empty.")
            self._to_wgs84 = way_of(table.GetSpatialRef(), self.layer) if self.has_geometry else None
            self._ignore_others(table, shown, False)
            first = self._take(table, SAMPLE_ROWS)
            self.sample = self._frame([*first, *self._take_further(table)], shown, False)

    def frames(self, columns: Sequence[str], points: bool) -> Iterator[pd.DataFrame]:
        """Yield chunks of the asked columns, with positions in WGS84 degrees if `points`; raises InputError."""
        missing = [name for name in columns if name not in self.names]
        if missing:
            raise InputError(f'{self.name} has no column "{missing[0]}".')
        dataset, table = self._opened(columns, points)
        read = 0
        if self._arrow_is_exact(table, columns):
            try:
                for batch in arrow_batches(table, self.name, _NO_FID):
                    frame = self._arrow_frame(batch, columns, points, table.GetGeometryColumn())
                    read += len(frame)
                    yield frame
                self._require_all(table, read)
                return
            except ArrowUnusable:
                """The rest is read below."""
            # Where a stream broke, the features of the same handle come with empty texts (GDAL 3.10).
            dataset, table = self._opened(columns, points)
        skip_features(table, read)
        while features := self._take(table, FEATURE_CHUNK_ROWS):
            read += len(features)
            yield self._frame(features, columns, points)
        self._require_all(table, read)

    def _look_at_all(self, dataset: gdal.Dataset, columns: Sequence[str]) -> None:
        """Find out once which of these columns hold more than they are declared for, in whatever row."""
        unknown = set(columns) - self._casts.keys() - self._looked_at
        casts = exact_casts(dataset, self._table(dataset), unknown, of_all_rows=True) if unknown else {}
        self._looked_at.update(columns)
        self._casts.update(casts)
        self._is_time.update(dict.fromkeys(casts, False))
        self._days.difference_update(casts)

    def _opened(self, columns: Sequence[str], points: bool) -> tuple[gdal.Dataset, ogr.Layer]:
        """Return the file, which has to be kept meanwhile, and its table, set to these columns."""
        with quiet_ogr():
            dataset = open_dataset(self.path)
            self._look_at_all(dataset, columns)
            table = self._table(dataset, columns)
        self._ignore_others(table, columns, points)
        return dataset, table

    def _ignore_others(self, table: ogr.Layer, columns: Sequence[str], points: bool) -> None:
        """Have OGR read no other field than these and those of the filter, and the geometry only for points."""
        # Shapefiles and FlatGeobuf find no feature at all where a field that the filter asks is ignored.
        kept = [*columns, *(name for name in self.names if name.casefold() in self._subset.casefold())]
        ignored = [name for name in self.names if name not in kept] + ([] if points else ["OGR_GEOMETRY"])
        table.SetIgnoredFields([*ignored, "OGR_STYLE"])

    def _require_all(self, table: ogr.Layer, read: int) -> None:
        """Raise InputError if fewer rows were read than the file holds."""
        with quiet_ogr():
            held = table.GetFeatureCount()
        if read < held:
            raise InputError(f"{self.name} holds {held:,} rows and only {read:,} can be read: repair the file.")

    def _take(self, table: ogr.Layer, count: int) -> list[ogr.Feature]:
        """Return up to `count` next features; raise InputError if the file breaks off instead of ending."""
        features = []
        gdal.ErrorReset()
        with quiet_ogr():
            while len(features) < count and (feature := table.GetNextFeature()) is not None:
                features.append(feature)
        if len(features) < count and gdal.GetLastErrorType() >= gdal.CE_Failure:
            raise InputError(f"{self.name} breaks off: {reason_of(gdal.GetLastErrorMsg())}; repair the file.")
        return features

    def _take_further(self, table: ogr.Layer) -> list[ogr.Feature]:
        """Return features from all over a long layer where its format finds one by number, else none."""
        if (self.row_count or 0) <= SAMPLE_ROWS or self._subset or not table.TestCapability(ogr.OLCRandomRead):
            return []
        numbers = np.linspace(SAMPLE_ROWS, self.row_count, FURTHER_ROWS, dtype=np.int64)
        with quiet_ogr():
            found = [table.GetFeature(number) for number in numbers.tolist()]
        return [feature for feature in found if feature is not None]

    def describe(self) -> dict[str, Any]:
        """Return path, layer and subset."""
        return {"path": str(self.path), "layer": self.layer, "subset": self._subset}

    def notes(self) -> tuple[str, ...]:
        """Return nothing: a layer is read as it is."""
        return ()

    def _table(self, dataset: gdal.Dataset, columns: Sequence[str] = ()) -> ogr.Layer:
        """Return the table with its filter, these columns of it as they are stored."""
        table = dataset.GetLayerByName(self.layer)
        if table is None:
            raise InputError(f'{self.name} has no layer "{self.layer}".')
        casts = {name: self._casts[name] for name in columns if name in self._casts}
        if casts:
            query = exact_query(table, casts, self._subset) if is_condition(self._subset) else ""
            table = dataset.ExecuteSQL(query) if query else None
        else:
            table = dataset.ExecuteSQL(self._query) if self._query else table
            table = None if self._subset and table.SetAttributeFilter(self._subset) != ogr.OGRERR_NONE else table
        if table is None:
            raise InputError(f"The filter of layer {self.layer} cannot be applied: change it, or remove it.")
        return table

    def _arrow_is_exact(self, table: ogr.Layer, columns: Sequence[str]) -> bool:
        """Tell whether the fast stream keeps every time: it drops zone offsets, which only GeoPackage can be asked."""
        # GDAL 3.6 moves days before 1970 by one.
        if self._days.intersection(columns):
            return False
        times = [name for name in columns if self._is_time[name]]
        if not times:
            return True
        if self._casts.keys() & set(columns) or Path(self.path).suffix.lower() != ".gpkg":
            return False
        for name in times:
            quoted = '"' + name.replace('"', '""') + '"'
            condition = f"({quoted} LIKE '%T%+%' OR {quoted} LIKE '%T%-%')"
            with quiet_ogr():
                table.SetAttributeFilter(f"({self._subset}) AND {condition}" if self._subset else condition)
                zoned = table.GetFeatureCount()
                table.SetAttributeFilter(self._subset or None)
            if zoned:
                return False
        return True

    def _arrow_frame(
        self, batch: dict[str, np.ndarray], columns: Sequence[str], points: bool, geometry: str
    ) -> pd.DataFrame:
        series = {name: arrow_series(batch[name]) for name in columns}
        if points:
            blobs = batch.get(geometry or "wkb_geometry", batch.get("wkb_geometry"))
            series[POINT_LON], series[POINT_LAT] = self._degrees(*points_of_wkb(wkb_array(blobs)))
        return pd.DataFrame(series)

    def _frame(self, features: list[ogr.Feature], columns: Sequence[str], points: bool) -> pd.DataFrame:
        """Build a frame from features: the slow, exact way, for small files and zoned times."""
        series: dict[str, Any] = {}
        for name in columns:
            if self._is_time[name]:
                stamps = [_stamp(feature, name) for feature in features]
                series[name] = bounded(np.array(stamps, dtype="datetime64[ms]"))
            else:
                values = [clean_text(feature.GetField(name)) for feature in features]
                series[name] = pd.Series(values, dtype=None if values else object)
        if points:
            blobs = [feature.GetGeometryRef() for feature in features]
            wkb = np.empty(len(blobs), dtype=object)
            wkb[:] = [None if blob is None else bytes(blob.ExportToIsoWkb(ogr.wkbNDR)) for blob in blobs]
            series[POINT_LON], series[POINT_LAT] = self._degrees(*points_of_wkb(wkb))
        return pd.DataFrame(series)

    def _degrees(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (x, y) if self._to_wgs84 is None else to_degrees(self._to_wgs84, x, y)


def arrow_batches(table: ogr.Layer, name: str, options: Sequence[str] = ()) -> Iterator[dict[str, np.ndarray]]:
    """Yield the batches of a layer's Arrow stream; raise InputError where a damaged file breaks off, or never would.

    Raises ArrowUnusable before a batch that cannot be had: what was yielded until then is right. Some GDAL raise errors
    of Python's own from there ("Negative size passed to PyUnicode_FromStringAndSize"), once in many times.
    """
    batches = _open_stream(table, options)
    try:
        while (batch := _next_batch(batches, name)) is not None:
            yield batch
    finally:
        batches.close()  # a stream must not outlive its file, and what holds an error holds its frames


def _open_stream(table: ogr.Layer, options: Sequence[str]) -> Generator[dict[str, np.ndarray], None, None]:
    try:
        with quiet_ogr(), _one_threaded():
            stream: Any = iter(table.GetArrowStreamAsNumPy(list(options)))
    except Exception as error:  # no method before GDAL 3.6, or no stream: GDAL raises just that
        raise ArrowUnusable("no stream") from error
    return stream


def _next_batch(batches: Iterator[dict[str, np.ndarray]], name: str) -> Optional[dict[str, np.ndarray]]:
    """Return the next batch, None at the end; raise InputError and ArrowUnusable as `arrow_batches`."""
    gdal.ErrorReset()
    batch = failure = None
    try:
        with quiet_ogr(), _one_threaded():
            batch = next(batches, None)
    except MemoryError:
        raise
    except Exception:  # whatever the reader raises
        failure = True
    if failure:
        raise ArrowUnusable(name)  # without the error, whose frames hold the stream
    if gdal.GetLastErrorType() >= gdal.CE_Failure:
        raise InputError(f"{name} breaks off: {reason_of(gdal.GetLastErrorMsg())}; repair the file.")
    # A damaged file can go on with empty batches for ever: the first of them is the end.
    return batch if batch is not None and any(len(values) for values in batch.values()) else None


def skip_features(table: ogr.Layer, count: int) -> None:
    """Let a layer begin after its first `count` features, which come in the order of its Arrow stream."""
    table.ResetReading()
    if count:
        table.SetNextByIndex(count)


def clean_text(value: Any) -> Any:
    """Return text without the bytes that are no UTF-8, which nothing could write again; other values as they are."""
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def to_degrees(way: WayToDegrees, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return lon, lat in degrees, NaN where a position has none."""
    lon, lat = way.transform(x, y)
    bad = ~(np.isfinite(lon) & np.isfinite(lat))
    return np.where(bad, np.nan, lon), np.where(bad, np.nan, lat)


def points_of_wkb(blobs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return x, y (float64) of WKB points, or multipoints of one, as OGR delivers them; NaN for the rest."""
    if blobs.dtype.kind == "V":
        whole = np.frombuffer(np.ascontiguousarray(blobs).tobytes(), dtype=np.uint8)
        return _xy(whole.reshape(len(blobs), blobs.dtype.itemsize))
    x, y = np.full(len(blobs), np.nan), np.full(len(blobs), np.nan)
    sizes = pd.Series(blobs, dtype=object).str.len().fillna(0).to_numpy(dtype=np.int64)
    for size in np.unique(sizes):
        if int(size) in _WKB_POINT_BYTES:
            rows = np.flatnonzero(sizes == size)
            joined = np.frombuffer(b"".join(blobs[rows].tolist()), dtype=np.uint8).reshape(len(rows), size)
            x[rows], y[rows] = _xy(joined)
    return x, y


def _xy(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Read x, y from WKB of equal size, one row each (uint8); NaN for what is no little-endian point."""
    start = _WKB_POINT_BYTES.get(matrix.shape[1])
    if start is None:
        return np.full(len(matrix), np.nan), np.full(len(matrix), np.nan)
    kinds = np.ascontiguousarray(matrix[:, start - 4 : start]).view("<u4").ravel()
    point = (matrix[:, start - 5] == 1) & ((kinds & 0x0FFFFFFF) % 1000 == ogr.wkbPoint)
    xy = np.ascontiguousarray(matrix[:, start : start + 16]).view("<f8")
    return np.where(point, xy[:, 0], np.nan), np.where(point, xy[:, 1], np.nan)


def arrow_series(values: np.ndarray) -> pd.Series:
    """Return an Arrow column as a series: masked values become missing, bytes stay bytes."""
    missing = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    plain = np.asarray(np.ma.getdata(values))
    if plain.dtype.kind in "SV" or (plain.dtype.kind in "iub" and missing is not None and missing.any()):
        plain = plain.astype(object)  # pandas has no missing value for these
    if plain.dtype.kind == "M":
        plain = bounded(plain)
    if missing is None:
        return pd.Series(plain)
    if plain.dtype.kind == "M":
        return pd.Series(np.where(missing, np.datetime64("NaT"), plain))
    return pd.Series(plain).mask(missing)


def wkb_array(blobs: np.ndarray) -> np.ndarray:
    """Return WKB as Arrow delivers it: void of equal size if all are there, else object with missing ones."""
    return arrow_series(blobs).to_numpy() if isinstance(blobs, np.ma.MaskedArray) else blobs


def _stamp(feature: ogr.Feature, name: str) -> np.datetime64:
    """Return a date-time field as UTC (naive ones are UTC); `NaT` if it is not set or no time."""
    if not feature.IsFieldSetAndNotNull(name):
        return np.datetime64("NaT", "ms")
    year, month, day, hour, minute, second, zone = feature.GetFieldAsDateTime(feature.GetFieldIndex(name))
    if not 1 <= month <= 12 or not 1 <= day <= 31 or not 0 <= second < 61:  # GDAL reads seconds without end as infinite
        return np.datetime64("NaT", "ms")
    whole = np.datetime64((year - 1970) * 12 + month - 1, "M").astype("datetime64[D]").astype(np.int64) + day - 1
    offset_minutes = (zone - 100) * 15 if zone > 1 else 0
    time_ms = int(whole) * 86_400_000 + (hour * 60 + minute - offset_minutes) * 60_000 + round(second * 1000)
    return np.datetime64(time_ms, "ms")


def way_of(reference: Optional[osr.SpatialReference], name: str) -> Optional[WayToDegrees]:
    """Return the way from a layer's CRS to degrees, None if it has them; raise InputError if there is none."""
    if reference is None:
        raise InputError(f"{name} has no CRS: set it in its file, or load it as a layer and set its CRS there.")
    return way_to_degrees(reference.ExportToWkt(["FORMAT=WKT2_2019"]), name)
