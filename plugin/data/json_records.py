"""Records in JSON: one a line, in one array, or as Google's and OwnTracks' exports keep them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Callable, Optional

import pandas as pd

from ..engine.base import InputError
from ..engine.screening import readable
from .json_text import JsonText
from .observation_source import NoTable
from .phone_exports import GOOGLE, owntracks_rows
from .reasons import reason_of
from .stored_files import StoredFile

CHUNK_ROWS = 100_000
SAMPLE_ROWS = 2_000  # columns that none of them has are not known
HEAD_BYTES = 1 << 16
_GEOMETRIES = {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"}
_GEOGRAPHIC = re.compile(
    rb'"type"\s*:\s*"(?:Feature|FeatureCollection|Topology|GeometryCollection|(?:Multi)?(?:Point|LineString|Polygon))"'
    rb'|"features"\s*:\s*\[|"geometryType"\s*:\s*"esri'
)
_SEGMENT = re.compile(rb'"(?:timelinePath|timelineMemory|topCandidate)"\s*:')
_MONTH = re.compile(r"\d{4}-\d{2}\.rec")


def is_geographic(file: StoredFile) -> bool:
    """Return whether a JSON file is one that GDAL reads: GeoJSON, TopoJSON, ESRI JSON."""
    try:
        with file.open() as stream:
            head = stream.read(HEAD_BYTES)
    except OSError:
        return False
    # The geometry of a record inside an array of records is no sign of GeoJSON.
    found = _GEOGRAPHIC.search(head.replace(b"\x00", b""))
    return found is not None and (head[: found.start()].count(b"{") <= 1 or b'"features"' in head[:HEAD_BYTES])


class JsonReader:
    """Records of a JSON file as a table; raises InputError if there are none, or in several lists.

    Objects inside records become columns with a dot in their names, lists and geometries become text.
    """

    has_geometry = False

    def __init__(self, file: StoredFile) -> None:
        self.file = file
        self.name = file.name
        self.row_count: Optional[int] = None
        self._kind = "JSON"
        self._without_position = 0
        rows = list(islice(self._rows(), SAMPLE_ROWS))
        if not rows:
            raise NoTable(f"{self.name} holds no list of records: choose a file with one record after another.")
        sample = pd.DataFrame(rows, dtype=object)
        self.names = [str(name) for name in sample.columns]
        self.sample = sample[readable(self.names)]
        if len(rows) < SAMPLE_ROWS:
            self.row_count = len(rows)

    def frames(self, columns: Sequence[str], points: bool = False) -> Iterator[pd.DataFrame]:
        """Yield chunks of the asked columns; `points` has no meaning here. Raises InputError."""
        rows = self._rows()
        while chunk := list(islice(rows, CHUNK_ROWS)):
            # Whole numbers beside gaps stay whole: as floats, long ids would lose digits.
            values = {name: pd.Series([row.get(name) for row in chunk], dtype=object) for name in columns}
            yield pd.DataFrame(values).infer_objects()

    def describe(self) -> dict[str, Any]:
        """Return the path, and what kind of JSON it is."""
        inside = {"member": self.file.member} if self.file.member else {}
        return {"path": str(self.file.path), **inside, "kind": self._kind}

    def notes(self) -> tuple[str, ...]:
        """Return what kind of file it is, and how much of it is no position; complete once it was read."""
        if self._kind == "JSON":
            return ()
        left = f"; {self._without_position:,} of its entries have no position" if self._without_position else ""
        ways = ""
        if "Timeline" in self._kind:
            ways = ": the points of paths, and both ends of visits and activities as Google infers them"
        return (f"{self.name} is {self._kind}{ways}{left}.",)

    def _rows(self) -> Iterator[dict[str, Any]]:
        self._without_position = 0
        try:
            text = JsonText(self.file)
        except OSError as error:
            raise InputError(f"{self.name} cannot be opened: {reason_of(error)}.") from error
        try:
            if text.next_character() == "[":
                yield from self._array(text)
            elif self._is_document():
                yield from self._document(text)
            else:
                yield from self._lines(text)
        finally:
            text.close()

    def _is_document(self) -> bool:
        """Tell whether the file is one object, and not one object a line."""
        with self.file.open() as stream:
            line = stream.readline(HEAD_BYTES * 16)
            after = stream.read(HEAD_BYTES).strip()
        try:
            return not (isinstance(json.loads(line), dict) and after.startswith(b"{"))
        except (ValueError, RecursionError):
            return True

    def _array(self, text: JsonText) -> Iterator[dict[str, Any]]:
        elements = text.elements()
        first = list(islice(elements, 100))
        if any(_SEGMENT.search(json.dumps(element).encode()) for element in first):
            self._kind = "an iPhone's Google Timeline"
            yield from self._exported(first, GOOGLE[""])
            yield from self._exported(elements, GOOGLE[""])
            return
        yield from self._plain(first)
        yield from self._plain(elements)

    def _document(self, text: JsonText) -> Iterator[dict[str, Any]]:
        read = ""
        for name in text.members():
            if text.next_character() != "[":
                text.value()
            elif name in GOOGLE:
                self._kind = {"locations": "Google's Records.json", "timelineEdits": "Google's Timeline Edits"}.get(
                    name, "a Google Timeline"
                )
                yield from self._exported(text.elements(), GOOGLE[name])
            else:
                elements = text.elements()
                first = next(elements, None)
                if isinstance(first, dict):
                    if read:
                        raise NoTable(  # beside the parts of a table it is none of them: a scenario's truth.json
                            f"{self.name} holds several lists of records ({read}, {name}): save the one to read by"
                            " itself."
                        )
                    read = name
                    yield from self._plain([first])
                    yield from self._plain(elements)
                else:
                    for _other in elements:
                        pass

    def _lines(self, text: JsonText) -> Iterator[dict[str, Any]]:
        while text.next_character():
            yield from self._plain([text.value()])

    def _exported(self, elements: Any, rows_of: Callable[..., Iterator[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
        for element in elements:
            rows = list(rows_of(element, "this phone")) if isinstance(element, dict) else []
            self._without_position += not rows
            yield from rows

    def _plain(self, elements: Any) -> Iterator[dict[str, Any]]:
        for element in elements:
            if not isinstance(element, dict):
                raise InputError(f"{self.name} holds something else than records: each must be an object with names.")
            if any(isinstance(value, (dict, list)) for value in element.values()):
                element = dict(_flat(element, ""))
            yield element


class OwnTracksReader(JsonReader):
    """The file of a month that the OwnTracks Recorder keeps: time, kind and JSON in each line, with tabs between."""

    def _rows(self) -> Iterator[dict[str, Any]]:
        self._kind, self._without_position = "a file of the OwnTracks Recorder", 0
        # rec/USER/DEVICE/2024-03.rec
        owner = "/".join(self.file.folders[-2:]) if _MONTH.fullmatch(self.name.lower()) else ""
        try:
            with self.file.open() as stream:
                for number, line in enumerate(stream, 1):
                    if line.strip():
                        rows = list(owntracks_rows(self._message(line, number), owner))
                        self._without_position += not rows
                        yield from rows
        except OSError as error:
            raise InputError(f"{self.name} cannot be read to its end: {reason_of(error)}.") from error

    def _message(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            message = json.loads(line.rpartition(b"\t")[2])
        except (ValueError, RecursionError) as error:
            raise InputError(f"{self.name}: line {number:,} ends in no JSON; correct or remove that line.") from error
        return message if isinstance(message, dict) else {}


def _bare(value: Any) -> Any:
    """Return what MongoDB wraps in the name of its type: {"$date": {"$numberLong": "1710057600000"}}."""
    while isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith("$"):
        value = next(iter(value.values()))
    return value


def _flat(record: dict[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        value = _bare(value)
        if isinstance(value, dict) and value.get("type") not in _GEOMETRIES:
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, json.dumps(value) if isinstance(value, (dict, list)) else value

