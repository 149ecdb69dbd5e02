"""The link network as tables that may leave the machine: places and links with their shapes, small counts hidden."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..earth import points, segments
from ..tables import INTEGER, MIN_SHOWN, REAL, TEXT, shown_counts
from .links import COMMON, Network, shown_links

PLACE_COLUMNS = {
    "spot_id": TEXT, "spot_name": TEXT, "spot_kind": TEXT, "category": TEXT, "country": TEXT, "devices": TEXT,
    "degree": INTEGER, "in_degree": INTEGER, "out_degree": INTEGER, "betweenness": REAL, "closeness": REAL,
    "eigenvector": REAL, "pagerank": REAL, "cluster": INTEGER, "path_seq": INTEGER,
}  # fmt: skip
LINK_COLUMNS = {
    "kind": TEXT, "from_id": TEXT, "from_name": TEXT, "to_id": TEXT, "to_name": TEXT, "devices": TEXT,
    "expected": REAL, "lift": REAL, "p_value": REAL, "q_value": REAL, "trips": TEXT, "median_hours": REAL,
    "on_path": INTEGER,
}  # fmt: skip
NO_PATH = np.empty(0, np.int64)


def place_table(network: Network, path: np.ndarray = NO_PATH) -> pd.DataFrame:
    """Return PLACE_COLUMNS and `geometry` (WKB points, EPSG:4326); `path` (places) is numbered from 1, others are 0."""
    places = network.places
    seq = np.zeros(len(places), np.int64)
    seq[path] = np.arange(1, len(path) + 1)
    shown = places.assign(devices=shown_counts(places["visitors"]), path_seq=seq)
    shape = points(places["lat"].to_numpy(), places["lon"].to_numpy())
    return shown.loc[:, list(PLACE_COLUMNS)].round(6).assign(geometry=shape)


def link_table(network: Network, path: np.ndarray = NO_PATH) -> pd.DataFrame:
    """Return LINK_COLUMNS and `geometry` (WKB lines from place to place); those on `path` (places) are marked.

    Columns that this kind of link does not have are NaN or "".
    """
    places, links = network.places, shown_links(network.links)
    a, b = links["a"].to_numpy(), links["b"].to_numpy()
    if "expected" in links:  # it goes with the visitors of both places, and would tell few of them
        visitors = places["visitors"].to_numpy()
        links["expected"] = links["expected"].mask(np.minimum(visitors[a], visitors[b]) < MIN_SHOWN)
    ends = {
        f"{word}_{column}": places[f"spot_{column}"].to_numpy()[rows]
        for word, rows in (("from", a), ("to", b)) for column in ("id", "name")
    }  # fmt: skip
    blank = {name: np.nan if kind == REAL else "" for name, kind in LINK_COLUMNS.items() if name not in links}
    lat, lon = places["lat"].to_numpy(), places["lon"].to_numpy()
    known = {
        **blank, "kind": network.kind, **ends, "on_path": _on_path(network, a, b, path),
        "geometry": segments(lat[a], lon[a], lat[b], lon[b]),
    }  # fmt: skip
    return links.assign(**known).loc[:, [*LINK_COLUMNS, "geometry"]]


def _on_path(network: Network, a: np.ndarray, b: np.ndarray, path: np.ndarray) -> np.ndarray:
    """Return 1 for links from one place of the path to its next, int64."""
    places = len(network.places)
    steps = path[:-1] * places + path[1:]
    if network.kind == COMMON:
        steps = np.concatenate((steps, path[1:] * places + path[:-1]))
    return np.isin(a * places + b, steps).astype(np.int64)
