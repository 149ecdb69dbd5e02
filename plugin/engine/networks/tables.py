"""The link network as tables that may leave the machine: places and links with their shapes, small counts hidden."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..earth import points, segments, square_ids, square_middles
from ..homes import is_narrow, square_names
from ..tables import FEW, INTEGER, MIN_SHOWN, REAL, TEXT, at_most_few, shown_counts
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
    """Return PLACE_COLUMNS and `geometry` (WKB points, EPSG:4326); `path` (places) is numbered from 1, others are 0.

    Places are those of `shown_places`.
    """
    places = shown_places(network)
    seq = np.zeros(len(places), np.int64)
    seq[path] = np.arange(1, len(path) + 1)
    shown = places.assign(devices=shown_counts(places["visitors"]), path_seq=seq)
    shape = points(places["lat"].to_numpy(), places["lon"].to_numpy())
    shown = shown.loc[:, list(PLACE_COLUMNS)].round(6).assign(geometry=shape)
    # In the order of cells, rows would tell where these lie.
    return shown.sort_values(["spot_kind", "spot_id"], ascending=[False, True], kind="stable", ignore_index=True)


def link_table(network: Network, path: np.ndarray = NO_PATH) -> pd.DataFrame:
    """Return LINK_COLUMNS and `geometry` (WKB lines from place to place); those on `path` (places) are marked.

    Places are those of `shown_places`. Columns that this kind of link does not have are NaN or "".
    """
    places, links = shown_places(network), shown_links(network.links)
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
    count = links["devices"].where(links["devices"] != FEW, "0").astype(np.int64)
    shown = links.assign(**known, count=-count).sort_values(["count", "from_id", "to_id"], kind="stable")
    return shown.loc[:, [*LINK_COLUMNS, "geometry"]].reset_index(drop=True)


def shown_places(network: Network) -> pd.DataFrame:
    """Return the places of a network with cells as the squares of 5 km that they lie in.

    Several in one square are numbered by their visitors.
    """
    places = network.places
    cell = (places["spot_kind"] == "cell").to_numpy() & is_narrow(places["spot_id"].to_numpy())
    if not cell.any():
        return places
    shown, (lat, lon) = places.copy(), (places.loc[cell, name].to_numpy() for name in ("lat", "lon"))
    square = pd.Series(square_ids(lat, lon))
    visitors, rank = (places.loc[cell, name].to_numpy() for name in ("visitors", "pagerank"))
    most = np.lexsort((-rank, -at_most_few(visitors)))
    number = np.empty(len(square), np.int64)
    number[most] = square.iloc[most].groupby(square.iloc[most]).cumcount() + 1
    shown.loc[cell, "spot_id"] = [f"{one}/{place}" for one, place in zip(square, number)]
    shown.loc[cell, "spot_name"] = [f"{one}, place {place}" for one, place in zip(square_names(lat, lon), number)]
    shown.loc[cell, "lat"], shown.loc[cell, "lon"] = square_middles(lat, lon)
    return shown


def _on_path(network: Network, a: np.ndarray, b: np.ndarray, path: np.ndarray) -> np.ndarray:
    """Return 1 for links from one place of the path to its next, int64."""
    places = len(network.places)
    steps = path[:-1] * places + path[1:]
    if network.kind == COMMON:
        steps = np.concatenate((steps, path[1:] * places + path[:-1]))
    return np.isin(a * places + b, steps).astype(np.int64)
