"""The `origins` and `flows` tables of a study: from where those behind each finding came, and where they went."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional, Union

import numpy as np
import pandas as pd

from ..base import Progress
from ..earth import DAY_MS, utc_ms
from ..findings import Evidence, Findings, holding_rises
from ..tables import MIN_SHOWN, as_table, differ_by_few, empty_table, shown_counts
from .compare import (
    DAYS,
    DIRECTIONS,
    MIN_CONTROL_DEVICES,
    ORIGIN_KINDS,
    Counted,
    Gathering,
    Whereabouts,
    compare,
    count_origins,
    gather,
    settle,
)
from .flows import find_flows

MAX_FINDINGS = 100
TOLD = ("expected_share", "lift", "p_value")
MAX_NAMES = 20
"""Of each kind and direction so many names are kept, the strongest first."""
MAX_FLOWS = 8
FLOW_LEVEL = 0.05
"""Lines are drawn of so many names of each kind and direction, of those more frequent than the control (p)."""


def origin_tables(
    evidence: Evidence, findings: Findings, zone_hours: Optional[float], progress: Progress
) -> dict[str, pd.DataFrame]:
    """Return `origins` and `flows` of the first findings that hold and are no fall.

    Not of a finding of which a few more or fewer devices came from somewhere than of another one of its place and
    window. A loop over at most MAX_FINDINGS findings. Raises Cancelled.
    """
    rows = holding_rises(findings, evidence.scores)[:MAX_FINDINGS]
    if len(rows) == 0:
        return {name: empty_table(name) for name in ("origins", "flows")}
    history, whereabouts = evidence.history, Whereabouts(evidence.history.visits, evidence.history.world.country_code)
    counted: list[Counted] = []
    finding, spots, ways = [], [], []
    told: dict[tuple[int, int], list[pd.DataFrame]] = {}
    for number, row in enumerate(rows.tolist()):
        progress.step("Looking back from findings", number / len(rows))
        gathering, spot = gather_finding(evidence, int(findings.test[row]), zone_hours)
        settled = {way: settle(history.visits, gathering, way, DAYS) for way in DIRECTIONS}
        both = {way: count_origins(whereabouts, settled[way], way, DAYS) for way in DIRECTIONS}
        own = pd.concat([_counts(found).assign(direction=way) for way, found in both.items()], ignore_index=True)
        beside = told.setdefault((spot, int(evidence.scores.window[findings.test[row]])), [])
        if any(_tells_few(own, other) for other in beside):
            continue
        beside.append(own)
        counted += both.values()
        finding += [row] * len(both)
        spots += [spot] * len(both)
        ways += list(both)
    every = compare(counted)
    asked = every["asked"].to_numpy()
    head = findings.table.iloc[finding][["finding_id", "window_start", "window_end"]].reset_index(drop=True)
    every = every.join(head.assign(direction=np.array(ways, dtype=object)), on="asked")
    origins = _first(every, asked, MAX_NAMES)
    is_strong = (every["told_p_value"] <= FLOW_LEVEL).to_numpy()
    strong = _first(every[is_strong], asked[is_strong], MAX_FLOWS)
    at = np.array(spots)[strong["asked"].to_numpy()]
    table = history.visits.spots
    flows = find_flows(strong, table, history.world, table.lat[at], table.lon[at])
    return {
        name: as_table(name, hide_small_counts(part.reset_index(drop=True)))
        for name, part in (("origins", origins), ("flows", flows))
    }


def _counts(counted: Counted) -> pd.DataFrame:
    return pd.DataFrame({name: getattr(counted, name) for name in ("kind", "name", "spot", "devices")})


def _first(origins: pd.DataFrame, asked: np.ndarray, most: int) -> pd.DataFrame:
    """Return the strongest names of each kind and of what was asked."""
    return in_order(origins, asked).groupby(["asked", "kind"], sort=False).head(most)


def _tells_few(own: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Return whether a few more devices came from somewhere by one of two tables of origins than by the other."""
    both = own.merge(other, on=["direction", "kind", "name", "spot"], suffixes=("", "_other"))
    return any(map(differ_by_few, both["devices"].tolist(), both["devices_other"].tolist()))


def in_order(origins: pd.DataFrame, asked: Union[np.ndarray, int] = 0) -> pd.DataFrame:
    """Return the rows by kind, as in ORIGIN_KINDS, the strongest of each first, small counts behind them by name.

    Among the others their place would tell between which p they lie, and so the count. Strongest as p is told. With
    the number of what was `asked` (int64, rows), rows stand by it first.
    """
    few = (origins["devices"] < MIN_SHOWN).to_numpy()
    by_name = np.argsort(np.argsort(origins["name"].to_numpy(), kind="stable"))
    kind = np.array([ORIGIN_KINDS.index(kind) for kind in origins["kind"]], dtype=np.int64)
    p_value = np.where(few, 1.0, origins["told_p_value"].fillna(1.0))
    return origins.iloc[np.lexsort((by_name, p_value, few, kind, np.broadcast_to(asked, len(kind))))]


def hide_small_counts(origins: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with `devices` as text, below MIN_SHOWN as "<5"; the figures that would give it away are empty.

    The table leaves the machine in a GeoPackage, where few devices from one place may be one household. With the sizes
    of both groups, p and the expected share give the count away as well as the share does. Where all devices but few
    were there, or where the others of a sum would be told, `devices` is a bound ("46+" of 50) and share and lift are
    empty. Expected share, lift and p tell no
    small count of the control (`find_origins`).
    """
    few, is_bound = origins["devices"] < MIN_SHOWN, origins["at_least"] >= 0
    bounds = origins["at_least"].astype(int).astype(str) + "+"
    devices = shown_counts(origins["devices"]).where(few | ~is_bound, bounds)
    told = {name: origins[f"told_{name}"].mask(few) for name in TOLD}
    told["lift"] = told["lift"].mask(is_bound)
    return origins.assign(devices=devices.astype(object), share=origins["share"].mask(few | is_bound), **told)


def gather_finding(evidence: Evidence, test: int, zone_hours: Optional[float]) -> tuple[Gathering, int]:
    """Return the devices behind a finding with their control, and the spot.

    The control are the spot's visitors in the finding's baseline who fit its behavior, where at least
    MIN_CONTROL_DEVICES of them did. Else it is whoever `gather` finds; against all of a place's visitors, what the
    behavior itself says of its devices (from abroad, at military sites before) stands out by selection alone.
    """
    scores, windows, visits = evidence.scores, evidence.windows, evidence.history.visits
    spot, window = int(scores.spot[test]), int(scores.window[test])
    here = visits.spot == spot

    def span(number: int) -> tuple[int, int]:
        start = int(utc_ms(windows.start_day[number] * DAY_MS, visits.spots.lon[spot], zone_hours))
        return start, start + windows.length_days * DAY_MS

    baseline = [span(int(number)) for number in np.flatnonzero(windows.baseline[window])]
    everyone = gather(visits, here, *span(window), baseline)
    return _of_a_kind(evidence, test, replace(everyone, rows=np.sort(evidence.visits_of_test(test)))), spot


def _of_a_kind(evidence: Evidence, test: int, gathering: Gathering) -> Gathering:
    """Return the gathering with only those of the place's earlier visitors who fit the behavior, if they are enough."""
    if gathering.is_spot:
        return gathering
    fits = evidence.matches(gathering.control, test)
    control = gathering.control[fits]
    if len(np.unique(evidence.history.visits.stays.device[control])) < MIN_CONTROL_DEVICES:
        return gathering
    says = "visitors of the same place and behavior in earlier windows"
    return replace(gathering, control=control, group=gathering.group[fits], control_says=says)
