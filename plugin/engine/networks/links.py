"""The link network of places: how many devices two places have in common, or how many went from one to the other.

Places are the nodes: sites, and cells if asked. Common devices are held against what chance gives places with so many
visitors; measures say which places are central. Nothing in it stands for a single device.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np
import pandas as pd

from ..base import (
    Progress,
    StudyError,
    distinct_pairs,
    ends_run,
    expand_ranges,
    meant_probability,
    pairs,
    run_starts,
    split_pairs,
)
from ..earth import HOUR_MS, grid_around
from ..places import Sites, World, listed_categories
from ..screening import Fixes
from ..stats import Graph, adjust, expected_common, make_graph, measure, poisson_upper_tail, shortest_path
from ..stays import StaySettings, detect_stays
from ..tables import FEW, MIN_SHOWN, MOST_HIDDEN, shown_counts
from ..visits import Visits, attribute_visits

COMMON, FLOWS = "common devices", "flows"
LINK_KINDS = (COMMON, FLOWS)
COUNTRY_CELL_M = 10_000.0
"""Cells that are no places only tell in which country a device was, for which large ones do."""
_BLOCK_PAIRS = 5_000_000


@dataclass(frozen=True)
class NetworkSettings:
    """What makes a link.

    `kind` of link; `min_devices` of a link; `max_hours` from leaving one place to being seen at the next (flows);
    `with_cells`: cells outside of sites are places too if at least `min_visitors` devices came; at most the
    `max_places` most visited places; `categories` of sites, all if empty; `weighted`: measures count the devices of
    links.
    """

    kind: str = COMMON
    min_devices: int = 2
    max_hours: float = 24.0
    with_cells: bool = False
    min_visitors: int = 5
    max_places: int = 500
    categories: tuple[str, ...] = ()
    weighted: bool = False


@dataclass(frozen=True)
class Network:
    """Places and links as frames, the graph of their rows, and sentences on what was left out.

    `places`: `spot` (row of the spots), `spot_id`, `spot_name`, `spot_kind`, `category`, `country`, `lat`, `lon`,
    `visitors` and the columns of `Measures`. `links`: `a`, `b` (rows of `places`), `devices`; for common devices
    `expected`, `lift`, `p_value`, `q_value` (Benjamini-Hochberg over all pairs of places), for flows `trips` and
    `median_hours`; strongest first.
    """

    kind: str
    places: pd.DataFrame
    links: pd.DataFrame
    graph: Graph
    notes: tuple[str, ...] = ()


def find_network(
    fixes: Fixes,
    sites: Sites,
    world: World,
    settings: NetworkSettings,
    cell_size_m: float,
    window: Optional[tuple[int, int]] = None,
    stay_settings: StaySettings = StaySettings(),  # noqa: B008 - frozen
    progress: Optional[Progress] = None,
) -> Network:
    """Return the network of the places that the fixes' visits are at; `cell_size_m` is that of cells that are places.

    Halts too short to be stays count as visits, too. `window` and errors as in `link_places`.
    """
    progress = progress or Progress()
    if len(fixes) == 0:
        raise StudyError("No observation passed screening, so there is nothing to link. Look at what was dropped.")
    stays = detect_stays(fixes, stay_settings, progress.part(0.0, 0.4), keep_short=True)
    grid = grid_around(stays.lat, stays.lon, cell_size_m if settings.with_cells else COUNTRY_CELL_M)
    visits = attribute_visits(stays, sites, grid, world, progress.part(0.4, 0.6))
    return link_places(visits, settings, window, progress.part(0.6, 1.0))


def link_places(
    visits: Visits,
    settings: NetworkSettings = NetworkSettings(),  # noqa: B008 - frozen
    window: Optional[tuple[int, int]] = None,
    progress: Optional[Progress] = None,
) -> Network:
    """Return the network of the visits that overlap `window` (UTC epoch ms, end excluded; all if None).

    Raises StudyError with a sentence where there is no network: no visit, no such category, a single place; Cancelled.
    """
    progress = progress or Progress()
    progress.step("Linking places", 0.0)
    rows = _visits_that_count(visits, settings, window)
    device, spot = distinct_pairs(visits.stays.device[rows], visits.spot[rows])
    spots, notes = _places(visits, spot, settings)
    place_of = np.full(len(visits.spots), -1, np.int64)
    place_of[spots] = np.arange(len(spots))
    if settings.kind == COMMON:
        at = place_of[spot] >= 0
        population = _populations(visits)
        links = _common(device[at], place_of[spot[at]], len(spots), population, settings.min_devices, progress)
    else:
        links = _flows(visits, rows[place_of[visits.spot[rows]] >= 0], place_of, settings)
    # Measures weighted by small counts would tell them: those below MIN_SHOWN weigh the same.
    weight = np.maximum(links["devices"].to_numpy(), MOST_HIDDEN)
    graph = make_graph(len(spots), links["a"].to_numpy(), links["b"].to_numpy(), weight, settings.kind == FLOWS)
    progress.step("Linking places", 0.4)
    found = measure(graph, settings.weighted, progress.part(0.4, 1.0))
    visitors = np.bincount(spot, minlength=len(visits.spots))[spots]
    return Network(settings.kind, _place_frame(visits, spots, visitors, vars(found)), links, graph, notes)


def path_between(network: Network, start: str, end: str, weighted: bool = False) -> np.ndarray:
    """Return the places (rows int64) of a shortest path between two places given by id or name; [] if there is none.

    Raises StudyError for a name that no place, or more than one, has.
    """
    return shortest_path(network.graph, _row_of(network, start), _row_of(network, end), weighted)


def _visits_that_count(
    visits: Visits, settings: NetworkSettings, window: Optional[tuple[int, int]]
) -> np.ndarray:
    """Return the visits (rows) in the window at sites that are asked for, and at cells if they are."""
    if settings.kind not in LINK_KINDS:
        raise StudyError(f"The kind of link “{settings.kind}” is unknown. Choose common devices or flows.")
    spots, stays = visits.spots, visits.stays
    is_site = spots.kind == "site"
    if not is_site.any() and not settings.with_cells:
        raise StudyError("A network needs places. Give SITES, or count cells as places.")
    wanted = is_site.copy()
    if settings.categories:
        known = sorted(set(spots.category[is_site].astype(str)))
        for category in settings.categories:
            if category not in known:
                raise StudyError(f"No site has the category “{category}”. The sites have: {listed_categories(known)}.")
        wanted &= np.isin(spots.category.astype(str), settings.categories)
    if settings.with_cells:
        wanted |= ~is_site
    rows = np.arange(len(visits))
    if window is not None:
        rows = np.flatnonzero((stays.end_ms >= window[0]) & (stays.start_ms < window[1]))
    if len(rows) == 0:
        raise StudyError("There are no visits in this window. Choose another one, or other observations.")
    rows = rows[wanted[visits.spot[rows]]]
    if len(rows) == 0:
        raise StudyError("Nobody was seen at any of these places in this window. Choose others, or a longer window.")
    return rows


def _places(visits: Visits, spot: np.ndarray, settings: NetworkSettings) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the spots (rows, rising) that are nodes, and a sentence on those left out."""
    visitors = np.bincount(spot, minlength=len(visits.spots))
    least = np.where(visits.spots.kind == "site", 1, settings.min_visitors)
    places = np.flatnonzero(visitors >= least)
    if len(places) < 2:
        raise StudyError("Fewer than two places were visited, so there is nothing to link. Choose more places or days.")
    if len(places) <= settings.max_places:
        return places, ()
    busiest = np.sort(places[np.argsort(-visitors[places], kind="stable")[: settings.max_places]])
    return busiest, (
        f"{len(places):,} places were visited; the network has the {settings.max_places:,} with the most devices.",
    )


def _populations(visits: Visits) -> np.ndarray:
    """Return for each device code the country (index, 0 for none known) of most of its visits."""
    stays = visits.stays
    count = int(stays.device.max()) + 1
    key, times = np.unique(pairs(stays.device, visits.country + 1), return_counts=True)
    device, country = split_pairs(key)
    best = np.lexsort((country, times, device))
    last = best[ends_run(device[best])]
    population = np.zeros(count, np.int64)
    population[device[last]] = country[last]
    return population


def _common(
    device: np.ndarray, place: np.ndarray, places: int, population: np.ndarray, min_devices: int, progress: Progress
) -> pd.DataFrame:
    """Return the links by common devices; `device`, `place` are distinct pairs by device."""
    shared = np.zeros(places * places, np.int64)
    start, length = run_starts(device)
    block = np.cumsum(length * (length - 1) // 2) // _BLOCK_PAIRS
    end = np.repeat(start + length, length)
    for number in np.unique(block):
        progress.step("Linking places", 0.3 * number / (block[-1] + 1))
        first, last = np.flatnonzero(block == number)[[0, -1]]
        rows = np.arange(start[first], start[last] + length[last])
        owner, other = expand_ranges(rows + 1, end[rows])
        shared += np.bincount(place[rows[owner]] * places + place[other], minlength=len(shared))
    a, b = np.divmod(np.flatnonzero(shared >= min_devices), places)
    devices = shared[a * places + b]
    expected = np.round(expected_common(device, place, places, population)[a, b], 9)
    p_value = meant_probability(poisson_upper_tail(devices, expected))
    tests = places * (places - 1) // 2
    frame = pd.DataFrame(
        {
            "a": a, "b": b, "devices": devices, "expected": expected, "lift": devices / expected,
            "p_value": p_value, "q_value": adjust(np.concatenate((p_value, np.ones(tests - len(a)))))[: len(a)],
        }
    )  # fmt: skip
    return frame.sort_values(["devices", "a", "b"], ascending=[False, True, True]).reset_index(drop=True)


def _flows(visits: Visits, rows: np.ndarray, place_of: np.ndarray, settings: NetworkSettings) -> pd.DataFrame:
    """Return the links by movements from one place to the next, whatever lay between."""
    stays = visits.stays
    place = place_of[visits.spot[rows]]
    before, after = rows[:-1], rows[1:]
    hours = (stays.start_ms[after] - stays.end_ms[before]) / HOUR_MS
    goes = (stays.device[before] == stays.device[after]) & (place[:-1] != place[1:]) & (hours <= settings.max_hours)
    moves = pd.DataFrame(
        {"a": place[:-1][goes], "b": place[1:][goes], "device": stays.device[before[goes]], "hours": hours[goes]}
    )
    links = moves.groupby(["a", "b"], sort=True).agg(
        devices=("device", "nunique"), trips=("device", "size"), median_hours=("hours", "median")
    )
    links = links[links["devices"] >= settings.min_devices].reset_index()
    return links.sort_values(["devices", "a", "b"], ascending=[False, True, True]).reset_index(drop=True)


def _place_frame(
    visits: Visits, spots: np.ndarray, visitors: np.ndarray, measures: dict[str, np.ndarray]
) -> pd.DataFrame:
    table = visits.spots
    return pd.DataFrame(
        {
            "spot": spots, "spot_id": table.spot_id[spots], "spot_name": table.name[spots],
            "spot_kind": table.kind[spots], "category": table.category[spots], "country": table.country[spots],
            "lat": table.lat[spots], "lon": table.lon[spots], "visitors": visitors, **measures,
        }
    )  # fmt: skip


def _row_of(network: Network, name: str) -> int:
    places = network.places
    found = np.flatnonzero((places["spot_id"] == name) | (places["spot_name"] == name))
    if len(found) == 0:
        raise StudyError(f"The network has no place “{name}”. Give the name or id of one that was visited.")
    if len(found) > 1:
        raise StudyError(f"{len(found)} places are called “{name}”. Give the id of the one you mean.")
    return int(found[0])


def shown_links(links: pd.DataFrame) -> pd.DataFrame:
    """Return the links with counts as text and without the figures that would give small counts away (NaN).

    Small ones stand behind the others by their places: by falling number it would be seen where that falls.
    """
    few = (links["devices"] < MIN_SHOWN).to_numpy()
    links = links.iloc[np.lexsort((*(np.where(few, links[end], 0) for end in ("b", "a")), few))]
    few = links["devices"] < MIN_SHOWN
    hidden = [name for name in ("lift", "p_value", "q_value", "median_hours") if name in links]
    shown = links.assign(devices=shown_counts(links["devices"]), **links[hidden].mask(few).to_dict("series"))
    if "trips" in links:
        shown["trips"] = shown_counts(links["trips"]).mask(few, FEW)
    return shown.reset_index(drop=True)
