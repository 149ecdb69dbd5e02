"""The work of an export, for the background: of the written study, or of the network that it keeps."""

from __future__ import annotations

from collections.abc import Sequence

from ..data.exports import export_network, export_study, require_closed
from ..engine.base import Progress, StudyError
from ..engine.kept import stored_networks
from ..engine.networks import COMMON, LINK_COLUMNS, PLACE_COLUMNS
from ..engine.results import Results


def export(
    kind: str, source: str, target: str, open_sources: Sequence[str], results: Results, progress: Progress
) -> str:
    """Write the study at `source`, whose results are given, as `kind` to `target` and return that; in any thread.

    `open_sources` are those of the project's layers: none is replaced. Raises InputError, StudyError, Cancelled.
    """
    if kind != "graphml":
        export_study(kind, source, target, open_sources, progress)
        return target
    networks = stored_networks(results.tables["linked_places"], results.tables["links"]).values()
    linked = next((one for one in networks if one.kind == COMMON and one.is_all), None)
    if linked is None:
        raise StudyError("The study keeps no link network. Run it again with this version and more sites or days.")
    require_closed(target, open_sources)
    export_network(
        target, linked.places.assign(path_seq=0)[[*PLACE_COLUMNS, "geometry"]],
        linked.links.assign(on_path=0)[[*LINK_COLUMNS, "geometry"]], linked.kind, progress,
    )
    return target
