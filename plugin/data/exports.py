"""What a written study can be exported to, from its written tables only; a file is written whole or not at all."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Callable, Optional, Union

import pandas as pd

from ..engine.base import InputError, Progress
from .audit_log import read_seal, short_seal
from .drafts import draft_folder
from .export_findings import GEOJSON_MARK, csv_header, write_csv, write_geojson
from .export_itineraries import GPX_HEAD, KML_HEAD, write_gpx, write_kml
from .export_network import GRAPHML_HEAD, write_graphml
from .file_paths import is_same, path_behind
from .geopackage import copy_results, read_results
from .outputs import is_study, replacing
from .study_report import report_html

PathLike = Union[str, Path]
Tables = Mapping[str, pd.DataFrame]
STUDY, REPORT, SUMS = "study.gpkg", "report.html", "SHA256SUMS"
HEAD_BYTES = 4096


@dataclass(frozen=True)
class ExportFormat:
    """A format: its file suffix, its name for people, and how an earlier export is known.

    `write` writes tables into a file that is not there yet; None for what is not made from tables alone.
    """

    suffix: str
    title: str
    is_own: Callable[[Path], bool]
    write: Optional[Callable[[Path, Tables, Progress], None]] = None


def _begins_with(mark: str, path: Path) -> bool:
    """Return whether the head of a file has the mark that we write there."""
    try:
        with open(path, "rb") as file:
            return mark.encode("utf-8") in file.read(HEAD_BYTES)
    except OSError:
        return False


def _is_bundle(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return set(archive.namelist()) == {STUDY, REPORT, SUMS}
    except (OSError, zipfile.BadZipFile):
        return False


FORMATS = {
    "study": ExportFormat(".gpkg", "Study", is_study),
    "bundle": ExportFormat(".zip", "Evidence bundle", _is_bundle),
    "geojson": ExportFormat(".geojson", "Findings", partial(_begins_with, GEOJSON_MARK), write_geojson),
    "csv": ExportFormat(".csv", "Findings", partial(_begins_with, csv_header() + "\r\n"), write_csv),
    "gpx": ExportFormat(".gpx", "Itineraries", partial(_begins_with, GPX_HEAD), write_gpx),
    "kml": ExportFormat(".kml", "Itineraries", partial(_begins_with, KML_HEAD), write_kml),
    "graphml": ExportFormat(".graphml", "Link network", partial(_begins_with, GRAPHML_HEAD)),
}


def export_study(
    kind: str,
    source: PathLike,
    target: PathLike,
    open_sources: Sequence[str] = (),
    progress: Optional[Progress] = None,
) -> None:
    """Write the study in the GeoPackage `source` as `kind` (a key of FORMATS, but no network) to `target`.

    Only what the study's tables hold is written. Raises InputError where `target` may not be written, is open in the
    project (`open_sources`) or the study itself, Cancelled; nothing partial stays.
    """
    source, target, form, progress = Path(source), Path(target), FORMATS[kind], progress or Progress()
    require_closed(target, (*open_sources, str(source)))
    if kind == "study":
        copy_results(source, target)
    elif kind == "bundle":
        _write_bundle(source, target, progress)
    elif form.write is not None:
        tables = read_results(source).as_written().tables  # a study of an earlier version may tell more
        with replacing(target, form.is_own) as draft:
            form.write(draft, tables, progress)
    progress.step("Exporting", 1.0)


def require_closed(target: PathLike, open_sources: Sequence[str]) -> None:
    """Raise InputError if `target` is a file that one of these layer sources or paths reads."""
    read = filter(None, map(path_behind, open_sources))
    if any(is_same(Path(target), path) for path in read):
        raise InputError(f"{Path(target).name} is open in this project: choose another file name.")


def export_network(
    target: PathLike, places: pd.DataFrame, links: pd.DataFrame, kind: str, progress: Optional[Progress] = None
) -> None:
    """Write the tables of a link network as GraphML to `target`; raises InputError, Cancelled."""
    with replacing(target, FORMATS["graphml"].is_own) as draft:
        write_graphml(draft, places, links, kind, progress or Progress())


def _write_bundle(source: Path, target: Path, progress: Progress) -> None:
    """Write the zip of the study, its report and the SHA-256 sums of both."""
    with replacing(target, _is_bundle) as draft, ExitStack() as stack:
        folder = stack.enter_context(draft_folder(draft.parent))
        study, report = folder / STUDY, folder / REPORT
        progress.step("Copying the study", 0.0)
        copy_results(source, study)
        progress.step("Writing the report", 0.3)
        text = report_html(target.stem, read_results(study).as_written(), short_seal(read_seal(study)))
        report.write_bytes(text.encode("utf-8"))
        sums = "".join(f"{_sha256(path)}  {path.name}\n" for path in (study, report))
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, path in enumerate((study, report)):
                progress.step("Packing", 0.5 + 0.25 * number)
                archive.write(path, path.name)
            archive.writestr(SUMS, sums)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
