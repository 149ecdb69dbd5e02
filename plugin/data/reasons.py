"""Why a file could not be read or written, as the library says it but without anything that stands in the file.

Libraries quote what they stumble over, and that may be an id or a coordinate. Only words that such sentences are made
of are passed on, and numbers that count lines, fields and bytes; the rest becomes "…".
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Union

UNKNOWN = "it is damaged or of another kind"

_SAID = (
    "a an and another any are as at be been before being but by can cannot could did do does due end ended ends for "
    "from had has have in into is it its more missing must no not of on only open or out over read reached reading "
    "so some than that the there this to too unable under until up was were when while with within without write "
    "writing access allocate allocated allocation already archive array assertion attribute attributes bad badly "
    "bit bits block blocks body broken bom buffer byte bytes c cells char character characters check checksum close "
    "closed code codec codecs column columns commit compatible compressed compression connection contain contains "
    "content contents corrupt corrupted corruption count crc create created creation csv data database dataset "
    "decode decoded decoding decompress decompression defined delimiter denied deserialize detected dictionary "
    "different directory disk document drive driver drivers duplicate duplicated element elements empty encoded "
    "encoding encrypted entity entry eof error errors escape established exceeded exceeds executing exist exists "
    "expected extension failed failure fatal feature features field fields file files fill find flush footer format "
    "found full gdal geojson geometry geopackage gpx gzip gzipped header headers high identified illegal image "
    "implemented improper index input insufficient integer internal invalid io json key kml known label large layer "
    "layers length limit line lines load loading locked longer lost low magic malformed many marker match maximum "
    "memory metadata mismatch mismatched module name names negative nested network null number object objects "
    "offset ogr opened opening operation option page pages parent parquet parse parsed parser parsing partial "
    "permission point points polygon position premature prematurely process properly quit quota range readable "
    "recognised recognized record records reference referenced required ring root row rows same saw schema sequence "
    "shape shapefile short size small snappy space specified sqlite start starting stored stream string structure "
    "supported surrogate syntax system table tables tag tags terminated text thrift time timeout token tokenizing "
    "tokens truncated type types unclosed undefined unexpected unexpectedly unicode unknown unpack unpacked "
    "unrecognised unrecognized unsupported unterminated used utf valid value values version well width wkb wkt "
    "wrong xml zero zip zlib zstd convert converted float"
    " formed int32 int64 double"
)
_WORDS = frozenset(_SAID.split())
_BEFORE_COUNTS = "at byte bytes char character column columns expected field fields line lines offset position row saw"
_COUNTED = frozenset(_BEFORE_COUNTS.split())
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|“[^”]*”|‘[^’]*’|«[^»]*»|<[^>]*>|\[[^\]]*\]|\{[^}]*\}")
_LEAST_KEPT = 0.5  # a sentence of which less is left tells nothing


def reason_of(problem: Union[BaseException, str]) -> str:
    """Return why, in a few words without a full stop: no value, name or path out of the file."""
    if isinstance(problem, OSError) and problem.strerror:
        return str(problem.strerror)  # the system's own words for the error's number
    lines = str(problem).strip().splitlines()
    words = _QUOTED.sub(" … ", lines[0]).split() if lines else []
    kept, before = [], ""
    for word in words:
        bare = word.strip(".,:;!?()-=").lower()
        is_plain = all(part in _WORDS for part in re.split(r"[-_/]", bare)) and bare != ""
        is_count = re.fullmatch(r"\d{1,9}", bare) is not None and before in _COUNTED
        kept.append(word if is_plain or is_count else "…")
        before = bare
    if sum(word != "…" for word in kept) < max(2, _LEAST_KEPT * len(kept)):
        return UNKNOWN
    text = re.sub(r"(?:… ?)+", "… ", " ".join(kept)).strip("… .")
    return text or UNKNOWN


_TRACK_SUFFIXES = (".tcx", ".fit", ".igc", ".nmea", ".nma", ".sbp", ".slf", ".gdb", ".wpt", ".trk", ".diag", ".ubx")


def advice_on(path: Path) -> str:
    """Return in a sentence, with a blank in front, what to do with a file of a format that is not read."""
    if path.suffix.lower() in _TRACK_SUFFIXES:
        return " Convert it to GPX (GPSBabel does), or save it as CSV in the program that it comes from."
    return " Save the data as CSV, Parquet or GeoPackage in the program that they come from."
