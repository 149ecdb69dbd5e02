"""The work of an export, for the background: of the written study, or of the network of the counts in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from ..data.exports import export_network, export_study, require_closed
from ..engine.base import Progress, StudyError
from ..engine.findings import Evidence
from ..engine.networks import NetworkSettings, link_table, place_table
from .questions import NetworkQuestion, network_of

LINKED = 0.9


def export(
    kind: str, source: str, target: str, open_sources: Sequence[str], evidence: Optional[Evidence], progress: Progress
) -> str:
    """Write the study at `source` as `kind` to `target` and return that; called in any thread.

    `open_sources` are those of the project's layers: none is replaced. Raises InputError, StudyError, Cancelled.
    """
    if kind != "graphml":
        export_study(kind, source, target, open_sources, progress)
        return target
    if evidence is None:
        raise StudyError("The counts behind the network are not stored; run the study again, then export it.")
    require_closed(target, open_sources)
    settings = NetworkSettings(with_cells=len(evidence.sites) == 0)
    network = network_of(NetworkQuestion(settings), evidence, progress.part(0.0, LINKED))
    places, links = place_table(network), link_table(network)
    export_network(target, places, links, network.kind, progress.part(LINKED, 1.0))
    return target
