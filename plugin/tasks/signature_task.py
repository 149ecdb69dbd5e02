"""The background work of signatures: learning one from a study, and looking for one in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from ..data.signature_files import write_matches
from ..engine.base import Progress
from ..engine.findings import Evidence
from ..engine.kept import kept_matches
from ..engine.results import Results, written_tables
from ..engine.signatures import Mark, Signature, find_examples, learn_signature, score_signature, signatures_table
from .study_task import StudyTask

TABLE = "signatures"


class SignatureTask(StudyTask):
    """Does work that is quick beside a study; the results of its outcome are a signature or a table of matches."""


def learn_from(name: str, evidence: Evidence, marks: Sequence[Mark], progress: Progress) -> Signature:
    """Return the signature of the marked places; called in any thread. Raises StudyError, Cancelled."""
    examples = find_examples(evidence.history, evidence.sites, evidence.grid, marks)
    return learn_signature(name, evidence.history, evidence.library, examples, evidence.min_devices, progress)


def look_for(signature: Signature, results: Results, path: str, progress: Progress) -> pd.DataFrame:
    """Return the rows of table `signatures`, which are also kept in the study's GeoPackage at `path`; any thread.

    Without the study's visits in memory they are looked for in its profiles. Raises StudyError when the study lacks a
    facet, InputError when the file cannot be written, Cancelled.
    """
    evidence = results.evidence
    if evidence is None:
        written = written_tables({TABLE: kept_matches(signature, results.tables)})[TABLE]
    else:
        scores = score_signature(signature, evidence, progress.part(0.0, 0.5))
        table = signatures_table(evidence, signature, scores)
        written = written_tables({TABLE: table}, evidence)[TABLE]
    progress.step("Writing the GeoPackage", 0.6)
    write_matches(path, written, {"signature": signature.name, "skill": asdict(signature.skill), "rows": len(written)})
    return written
