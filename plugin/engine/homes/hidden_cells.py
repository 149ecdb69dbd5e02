"""Hidden cells: in result tables that are written, a cell of the study's grid is the square of 5 km around it.

A cell is no site, and devices dwell in it. However many came, they may all live there: in a square with one village
the cell of the village is the home of each. What is asked of a study in memory goes on by cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

import numpy as np
import pandas as pd
import shapely.wkb

from ..earth import (
    METRES_PER_DEGREE,
    SQUARE_DEG,
    Grid,
    cell_sizes_m,
    great_circle,
    points,
    polygons,
    square_ids,
    square_middles,
    square_outlines,
)
from ..tables import SCHEMAS
from ..visits import Visits, in_cells, visited_middles

BEFORE = "before"
_ONE_ROW = {"heat": ("spot_id", "key_date"), "signatures": ("signature", "spot_id", "key_date")}
"""Of the cells of a square the one with the highest score is written: their outlines are the same."""


def hide_cells(
    tables: Mapping[str, pd.DataFrame], visits: Optional[Visits] = None, grid: Optional[Grid] = None
) -> dict[str, pd.DataFrame]:
    """Return result tables as they may be written: cells as squares of 5 km, in ids, names, sentences and geometry.

    A cell of `grid` is shown in the square of the middle of the `visits` in it, as their stops are; without those in
    that of its own middle. Cells wider than a square stay as they are, and so does what is hidden already.
    """
    if visits is not None and grid is not None:
        visits = in_cells(visits, grid)
    shown = {name: _hide_spots(name, frame, visits) for name, frame in tables.items()}
    if "findings" in shown and "flows" in shown:
        shown["flows"] = _end_in_squares(shown["flows"], shown["findings"])
    return shown


def square_names(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return the names of squares by positions in them (degrees), such as "19.40 N, 8.03 E (5 km)"."""
    names = np.empty(len(lat), dtype=object)
    names[:] = [
        f"{abs(y):.2f} {'S' if y < 0 else 'N'}, {abs(x):.2f} {'W' if x < 0 else 'E'} (5 km)"
        for y, x in zip(*square_middles(lat, lon))
    ]
    return names


def is_narrow(spot_id: np.ndarray) -> np.ndarray:
    """Return which cells (text ids) are narrower than a square, bool; False for squares."""
    return cell_sizes_m(spot_id) < SQUARE_DEG * METRES_PER_DEGREE


def _hide_spots(name: str, frame: pd.DataFrame, visits: Optional[Visits]) -> pd.DataFrame:
    """Return a table of spots with its cells hidden, and any other as it is."""
    if "spot_kind" not in frame or len(frame) == 0:
        return frame
    spot_id = frame["spot_id"].to_numpy().astype(object)
    cell = (frame["spot_kind"] == "cell").to_numpy() & is_narrow(spot_id)
    if not cell.any():
        return frame
    lat, lon = _positions(frame[cell], visits)
    frame, was = frame.copy(), frame["spot_name"].to_numpy()[cell]
    names, blobs = square_names(lat, lon), frame["geometry"].to_numpy().astype(object)
    frame.loc[cell, "spot_id"] = square_ids(lat, lon)
    frame.loc[cell, "spot_name"] = names
    for column in (name for name in ("title", "sentence") if name in frame):
        told = frame[column].to_numpy()[cell]
        frame.loc[cell, column] = [text.replace(old, new) for text, old, new in zip(told, was, names)]
    is_point = SCHEMAS[name].geometry == "point"
    blobs[cell] = points(*square_middles(lat, lon)) if is_point else polygons(square_outlines(lat, lon))
    frame["geometry"] = blobs
    return _merged(frame, cell, _ONE_ROW[name]) if name in _ONE_ROW else frame


def _merged(frame: pd.DataFrame, cell: np.ndarray, keys: tuple[str, ...]) -> pd.DataFrame:
    """Return one row per square, after the others and by id: in the order of cells they would tell where these lie."""
    strongest = frame[cell].sort_values("score", ascending=False, kind="stable").drop_duplicates(list(keys))
    return pd.concat((frame[~cell], strongest.sort_values(list(keys), kind="stable")), ignore_index=True)


def _positions(cells: pd.DataFrame, visits: Optional[Visits]) -> tuple[np.ndarray, np.ndarray]:
    """Return lat, lon (degrees) inside the square of each cell."""
    if visits is None:
        middles = [shapely.wkb.loads(blob).centroid for blob in cells["geometry"]]
        return np.array([point.y for point in middles]), np.array([point.x for point in middles])
    lat, lon = visited_middles(visits)
    row = pd.Index(visits.spots.spot_id).get_indexer(cells["spot_id"])
    return lat[row], lon[row]


def _end_in_squares(flows: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """Return flows with their ends at the findings' cells in the middle of the square; some hundreds of lines."""
    cells = findings[findings["spot_kind"] == "cell"]
    middle = dict(zip(cells["finding_id"], cells["geometry"]))
    blobs = flows["geometry"].to_numpy().astype(object)
    ends = flows["finding_id"].isin(middle.keys()).to_numpy()
    for row in np.flatnonzero(ends):
        end, line = shapely.wkb.loads(middle[flows["finding_id"].iloc[row]]), shapely.wkb.loads(blobs[row])
        if flows["direction"].iloc[row] == BEFORE:
            lon, lat = line.geoms[0].coords[0]
            blobs[row] = great_circle(lat, lon, end.y, end.x)
        else:
            lon, lat = line.geoms[-1].coords[-1]
            blobs[row] = great_circle(end.y, end.x, lat, lon)
    return flows.assign(geometry=blobs)
