"""All tables of counts that a study keeps: with them it can be asked again without its observations."""

from __future__ import annotations

import pandas as pd

from ..base import Progress
from ..findings import Evidence
from .cards import findings_at, place_table, presence_table, told_devices
from .counts import count_places
from .linked import find_networks, linked_tables, told_of_all
from .look_back import find_look_backs, look_back_tables
from .profiles import profile_tables
from .visitors import visitor_table

KEPT_TABLES = (
    "places", "presence", "visitors", "look_backs", "look_back_flows", "linked_places", "links", "profiles",
    "profile_facets",
)


def kept_tables(
    evidence: Evidence, findings: pd.DataFrame, origins: pd.DataFrame, progress: Progress
) -> dict[str, pd.DataFrame]:
    """Return KEPT_TABLES as they may be told beside the tables `findings` and `origins` of the study, by its own spots.

    Raises Cancelled.
    """
    progress.step("Keeping counts", 0.0)
    counts = count_places(evidence)
    found = findings_at(counts, findings)
    devices = told_devices(counts, found)
    tables = {
        "places": place_table(counts), "presence": presence_table(counts, devices),
        "visitors": visitor_table(counts, devices, found), **profile_tables(counts, devices),
    }  # fmt: skip
    progress.step("Keeping counts", 0.2)
    of_all = told_of_all(tables["presence"], tables["visitors"])
    tables.update(linked_tables(find_networks(counts, devices, of_all, progress.part(0.2, 0.4))))
    tables.update(look_back_tables(find_look_backs(counts, findings, origins, devices, progress.part(0.4, 1.0))))
    return tables
