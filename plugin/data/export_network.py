"""The link network as GraphML: places are nodes, links are edges, small counts hidden as in its tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from shapely import wkb

from ..engine.base import Progress
from ..engine.networks import COMMON, LINK_COLUMNS, PLACE_COLUMNS
from ..engine.tables import INTEGER, REAL
from . import format_names
from .xml_texts import xml_text

GRAPHML_HEAD = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="{format_names.GRAPHML}">\n'
    "<!-- Written by Sitelight -->\n"
)
_TYPES = {INTEGER: "long", REAL: "double"}


def write_graphml(path: Path, places: pd.DataFrame, links: pd.DataFrame, kind: str, progress: Progress) -> None:
    """Write the tables of `engine.networks.place_table` and `link_table`; flows, by the `kind`, have a direction.

    A node's id is its `spot_id`; positions are `lon` and `lat` in degrees.
    """
    node_kinds = {**PLACE_COLUMNS, "lon": REAL, "lat": REAL}
    shapes = [wkb.loads(bytes(blob)) for blob in places["geometry"]]
    nodes = places.assign(lon=[shape.x for shape in shapes], lat=[shape.y for shape in shapes])
    default = "undirected" if kind == COMMON else "directed"
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(GRAPHML_HEAD)
        for owner, kinds in (("node", node_kinds), ("edge", LINK_COLUMNS)):
            for name, one in kinds.items():
                typed = f'attr.name="{name}" attr.type="{_TYPES.get(one, "string")}"'
                file.write(f'<key id="{owner}_{name}" for="{owner}" {typed}/>\n')
        file.write(f'<graph id="network" edgedefault="{default}">\n')
        progress.step("Exporting", 0.2)
        for row in _rows(nodes, list(node_kinds)):
            file.write(f'<node id="{xml_text(str(row["spot_id"]))}">{_data("node", row)}</node>\n')
        progress.step("Exporting", 0.5)
        for row in _rows(links, list(LINK_COLUMNS)):
            ends = f'source="{xml_text(str(row["from_id"]))}" target="{xml_text(str(row["to_id"]))}"'
            file.write(f"<edge {ends}>{_data('edge', row)}</edge>\n")
        file.write("</graph>\n</graphml>\n")


def _rows(table: pd.DataFrame, names: list[str]) -> Iterator[dict[str, Any]]:
    return (dict(zip(names, values)) for values in zip(*(table[name].tolist() for name in names)))


def _data(owner: str, row: dict[str, Any]) -> str:
    return "".join(
        f'<data key="{owner}_{name}">{xml_text(value if isinstance(value, str) else repr(value))}</data>'
        for name, value in row.items() if not _is_missing(value)
    )  # fmt: skip


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not np.isfinite(value))
