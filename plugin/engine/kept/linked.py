"""Link networks that are kept: the tables `linked_places` and `links`, and the networks read from them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Optional

import numpy as np
import pandas as pd
from shapely import wkb

from ..base import Progress, StudyError
from ..earth import DAY_MS, EPOCH
from ..networks import FLOWS, LINK_KINDS, Network, NetworkSettings, link_places, link_table, place_table
from ..stats import make_graph
from ..tables import MIN_SHOWN, MOST_HIDDEN, as_table, empty_table, fewest_beside, leaves_few
from ..visits import GivenWindow, Visits
from .counts import PlaceCounts
from .visitors import HOME

PLACES, LINKS = "linked_places", "links"
FEW_STANDS_FOR = MIN_SHOWN // 2
MAX_LINKS = 1500
"""Links of one network that are told, the strongest first: by hand, more make no map."""
MAX_KEY_WINDOWS = 4
"""Key windows whose networks are kept of a run, a tenth of a second each: by hand. Others are kept once asked for."""


@dataclass(frozen=True)
class Linked:
    """What a network was asked for, and its tables as they may be told: their columns but the number of the network.

    `window_start`, `window_end` (ISO days of UTC, both included) are those of the visits that count; `is_all` tells
    that all do.
    """

    kind: str
    with_cells: bool
    is_all: bool
    window_start: str
    window_end: str
    places: pd.DataFrame
    links: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def key(self) -> tuple[str, bool, bool, str, str]:
        """What tells one question from another."""
        return self.kind, self.with_cells, self.is_all, self.window_start, self.window_end


def told_linked(
    network: Network, with_cells: bool, is_all: bool, window: GivenWindow, told: Optional[Mapping[str, int]] = None
) -> Linked:
    """Return a network as it may be told, with its strongest links.

    `told` is as how many the devices of places (by id) are told elsewhere for these days, of all visits anywhere.
    """
    first, last = (day.isoformat() for day in window.days())
    network = _beside(network, told or {})
    links, notes = link_table(network), network.notes
    if len(links) > MAX_LINKS:
        notes = (*notes, f"{len(links):,} links were found; the strongest {MAX_LINKS:,} are shown.")
    return Linked(network.kind, with_cells, is_all, first, last, place_table(network), links.head(MAX_LINKS), notes)


def _beside(network: Network, told: Mapping[str, int]) -> Network:
    """Return a network with the devices of its places as they may be told beside `told`, those of links beside both.

    Nearly all of a place's devices may have been at the other, too. Where a number may stand for a few more, figures
    that go with it are empty, whether it does or not: both would tell.
    """
    elsewhere = network.places["spot_id"].map(told).fillna(0).astype(np.int64).to_numpy()
    visitors = fewest_beside(network.places["visitors"].to_numpy(), elsewhere)
    is_bound = leaves_few(visitors, elsewhere)
    links, devices = network.links, network.links["devices"].to_numpy()
    ends = [links[end].to_numpy() for end in ("a", "b")]
    for end in ends:
        devices = fewest_beside(devices, visitors[end])
    of_places = is_bound[ends[0]] | is_bound[ends[1]]
    own = leaves_few(devices, visitors[ends[0]]) | leaves_few(devices, visitors[ends[1]])
    told = {
        name: links[name].mask(where) for name, where in (
            ("expected", of_places), ("lift", of_places | own), ("p_value", of_places | own),
            ("q_value", of_places | own), ("median_hours", of_places | own),
        ) if name in links
    }  # fmt: skip
    links = links.assign(devices=devices, **told)
    return replace(network, places=network.places.assign(visitors=visitors), links=links)


def days_of(visits: Visits) -> GivenWindow:
    """Return the first and the last day (UTC) of all visits."""
    first, last = int(visits.stays.start_ms.min()), int(visits.stays.end_ms.max())
    return GivenWindow(EPOCH + timedelta(days=first // DAY_MS), EPOCH + timedelta(days=last // DAY_MS))


def find_linked(
    visits: Visits,
    settings: NetworkSettings,
    window: Optional[GivenWindow],
    progress: Optional[Progress] = None,
    told: Optional[Mapping[str, int]] = None,
) -> Linked:
    """Return the network of visits at places, of all if `window` is None; raises StudyError, Cancelled.

    `told` as in `told_linked`.
    """
    span = None if window is None else window.at(0.0)
    network = link_places(visits, settings, None if span is None else (span.start_ms, span.end_ms), progress)
    return told_linked(network, settings.with_cells, window is None, window or days_of(visits), told)


def told_of_all(presence: pd.DataFrame, visitors: pd.DataFrame) -> dict[str, int]:
    """Return as how many the most devices of each place (by id) are told anywhere: of a window, or of all homes.

    They are among all devices that were ever there, which are told beside them.
    """
    homes = visitors[visitors["kind"] == HOME]
    every = pd.concat((
        presence.set_index("spot_id")["devices"],
        pd.to_numeric(homes["devices"], errors="coerce").groupby(homes["spot_id"]).sum(),
    ))  # fmt: skip
    most = every[every >= MIN_SHOWN].groupby(level=0).max().astype(np.int64)
    return {str(name): count for name, count in zip(most.index, most.tolist())}


def find_networks(
    counts: PlaceCounts, devices: np.ndarray, of_all: Mapping[str, int], progress: Progress
) -> list[Linked]:
    """Return the networks that are first asked for: of both kinds, of all visits and around each key date.

    `devices` are those of `cards.told_devices`, `of_all` those of `told_of_all`. Sites are the places, squares where no
    site was given. A network that cannot be is left out. Raises Cancelled.
    """
    windows, found = counts.evidence.windows, []
    rows = np.unique(windows.key_window)[:MAX_KEY_WINDOWS].tolist()
    places = counts.visits.spots.spot_id[counts.kept]
    of_window = [(GivenWindow(*windows.dates(row)), dict(zip(places, devices[:, row]))) for row in rows]
    asked_of: list[tuple[Optional[GivenWindow], Mapping[str, int]]] = [(None, of_all), *of_window]
    with_cells = len(counts.evidence.sites) == 0
    asked = [(kind, *one) for kind in LINK_KINDS for one in asked_of]
    for number, (kind, window, told) in enumerate(asked):
        part = progress.part(number / len(asked), (number + 1) / len(asked))
        with suppress(StudyError):
            settings = NetworkSettings(kind=kind, with_cells=with_cells)
            found.append(find_linked(counts.visits, settings, window, part, told))
    return found


def linked_tables(networks: Sequence[Linked], first_id: int = 1) -> dict[str, pd.DataFrame]:
    """Return the rows of both tables, networks numbered from `first_id` on."""
    if not networks:
        return {name: empty_table(name) for name in (PLACES, LINKS)}
    places, links = [], []
    for number, one in enumerate(networks, first_id):
        places.append(one.places.assign(
            network_id=number, kind=one.kind, with_cells=int(one.with_cells), is_all=int(one.is_all),
            window_start=one.window_start, window_end=one.window_end, note="\n".join(one.notes),
        ))  # fmt: skip
        links.append(one.links.assign(network_id=number))
    return {
        name: as_table(name, pd.concat(parts, ignore_index=True)) for name, parts in ((PLACES, places), (LINKS, links))
    }


def stored_networks(places: pd.DataFrame, links: pd.DataFrame) -> dict[int, Linked]:
    """Return the networks that a study keeps, by their numbers."""
    parts, found = dict(tuple(links.groupby("network_id", sort=False))), {}
    for number, mine in places.groupby("network_id", sort=False):
        head = mine.iloc[0]
        found[int(number)] = Linked(
            head["kind"], bool(head["with_cells"]), bool(head["is_all"]), head["window_start"], head["window_end"],
            mine.reset_index(drop=True), parts.get(number, links.iloc[:0]).reset_index(drop=True),
            tuple(filter(None, head["note"].split("\n"))),
        )  # fmt: skip
    return found


def network_of_linked(linked: Linked) -> Network:
    """Return the network that the tables tell of, small counts as FEW_STANDS_FOR; `spot` is the row of its place."""
    rows = pd.Index(linked.places["spot_id"])
    places = linked.places.assign(spot=np.arange(len(rows)), visitors=_counted(linked.places["devices"]))
    shapes = [wkb.loads(bytes(blob)) for blob in places["geometry"]]
    places = places.assign(lat=[shape.y for shape in shapes], lon=[shape.x for shape in shapes])
    a, b = (rows.get_indexer(linked.links[end]) for end in ("from_id", "to_id"))
    known = (a >= 0) & (b >= 0)
    links = linked.links.assign(a=a, b=b, devices=_counted(linked.links["devices"]))[known].reset_index(drop=True)
    weight = np.maximum(links["devices"].to_numpy(), MOST_HIDDEN)
    graph = make_graph(len(rows), links["a"].to_numpy(), links["b"].to_numpy(), weight, linked.kind == FLOWS)
    return Network(linked.kind, places, links, graph, linked.notes)


def _counted(told: pd.Series) -> np.ndarray:
    """Return told numbers of devices as int64."""
    return pd.to_numeric(told, errors="coerce").fillna(FEW_STANDS_FOR).to_numpy(dtype=np.int64)
