"""Answers to where a place's visitors came from and went to: the tables `look_backs` and `look_back_flows`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Optional, Union

import numpy as np
import pandas as pd

from ..base import Progress, StudyError
from ..findings import beside_findings
from ..origins import DAYS, Reach, Whereabouts, compare_sought, hide_small_counts, seek
from ..places import World, country_codes
from ..tables import MIN_SHOWN, as_table, bounds_of, empty_table
from ..visits import GivenWindow, VisitedPlace
from .cards import findings_at
from .counts import PlaceCounts

LOOK_BACKS, FLOWS = "look_backs", "look_back_flows"
MAX_LOOK_BACKS = 40
"""Places and key windows that a run looks back from, about 0.03 s each: by hand, more than anybody reads. Answers for
others are kept once they are asked about."""
MAX_NAMES = 8
"""Names of each kind and direction that are kept, the strongest first: by hand, the panel shows five."""


@dataclass(frozen=True)
class LookBack:
    """Where those who were at a place in a window (days, both included) had been before, and went after.

    `spot_id` is "" for a drawn area. `origins` has the columns of the table `look_back_flows` but its number, as they
    may be told; `notes` say who was there and who is compared.
    """

    spot_id: str
    spot_name: str
    window_start: str
    window_end: str
    days: int
    origins: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """What tells one question from another."""
        return self.spot_id, self.spot_name, self.window_start, self.window_end, self.days


def told_look_back(
    spot_id: str,
    spot_name: str,
    window: GivenWindow,
    days: int,
    found: Reach,
    world: World,
    told_origins: pd.DataFrame,
    whole: Optional[int] = None,
) -> LookBack:
    """Return an answer as it may be told; those that are no line have no geometry.

    `whole` is as how many all devices are told elsewhere, beside findings of fewer of them; `told_origins` are the rows
    of table `origins` of these findings.
    """
    origins = found.origins.assign(asked=0)
    told = _told_origins(origins, found.flows, world, whole or 0, told_origins.assign(asked=0))
    return LookBack(spot_id, spot_name, *_iso(window), days, told, found.notes)


def _told_origins(
    origins: pd.DataFrame,
    flows: pd.DataFrame,
    world: World,
    whole: Union[np.ndarray, int],
    of_findings: pd.DataFrame,
) -> pd.DataFrame:
    """Return rows of `origins` as they may be told, `whole` as in `_beside`, with the lines of `flows`.

    They are told beside rows of table `origins` that are `of_findings` of the same places, by the number `asked`.
    """
    told = hide_small_counts(_beside_findings(_beside(origins, whole), of_findings))
    is_country = told["kind"] == "country"
    codes = country_codes.index_of(world, told.loc[is_country, "name"].astype(str).tolist())
    told.loc[is_country, "name"] = country_codes.names(world, codes)
    for name in ("category", "country", "geometry"):
        told[name] = flows[name].reindex(told.index)
    told[["category", "country"]] = told[["category", "country"]].fillna("")
    told["geometry"] = told["geometry"].astype(object).where(told["geometry"].notna(), None)
    return told.loc[:, [name for name in empty_table(FLOWS) if name != "look_back_id"]]


def _beside(origins: pd.DataFrame, whole: Union[np.ndarray, int]) -> pd.DataFrame:
    """Return origins as if all devices were `whole` (of each row, or of all): with the difference few would be told.

    As they are where `whole` is small, or 0 for not known.
    """
    whole = np.broadcast_to(whole, len(origins))
    is_told = whole >= MIN_SHOWN
    devices = np.where(is_told, np.minimum(origins["devices"], whole), origins["devices"])
    share = devices / np.maximum(whole, 1)
    lift = share / origins["told_expected_share"]
    bound = _bound_of(np.minimum(origins["at_least"], whole), devices, whole)
    return origins.assign(
        devices=devices, share=np.where(is_told, share, origins["share"]),
        told_lift=np.where(is_told, lift, origins["told_lift"]),
        at_least=np.where(is_told, bound, origins["at_least"]),
    )  # fmt: skip


def _beside_findings(origins: pd.DataFrame, of_findings: pd.DataFrame) -> pd.DataFrame:
    """Return origins of all devices of a place beside those of its findings: a few more of them are not told.

    Where devices are told as others than they are, p is empty: it would tell. Where that leaves few of all, a bound is.
    """
    devices = origins["devices"]
    counts = pd.to_numeric(of_findings["devices"], errors="coerce").fillna(0).astype(np.int64)  # not of bounds
    told = beside_findings(_by_name(origins, devices), _by_name(of_findings, counts))
    part = told / np.maximum(devices, 1)
    whole = (devices / origins["share"].where(origins["share"] > 0)).fillna(0).round().astype(np.int64)
    bound = origins["at_least"].where(told == devices, _bound_of(origins["at_least"], told, whole))
    return origins.assign(
        at_least=bound, devices=told, share=origins["share"] * part, told_lift=origins["told_lift"] * part,
        told_p_value=origins["told_p_value"].where(told == devices),
    )  # fmt: skip


def _bound_of(at_least: np.ndarray, devices: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return `at_least`, and a bound too where devices as they are told would leave few of all of them."""
    return np.where(np.asarray(at_least) < 0, bounds_of(devices, whole), at_least)


def _by_name(origins: pd.DataFrame, devices: pd.Series) -> pd.DataFrame:
    """Return `devices` with what tells names apart in place of a spot's id, for `beside_findings`."""
    name = origins["asked"].astype(str).str.cat([origins[one] for one in ("direction", "kind", "name")], "\t")
    return pd.DataFrame({"spot_id": name, "key_date": "", "observed": devices})


def _iso(window: GivenWindow) -> tuple[str, str]:
    first, last = window.days()
    return first.isoformat(), last.isoformat()


def find_look_backs(
    counts: PlaceCounts, findings: pd.DataFrame, of_findings: pd.DataFrame, devices: np.ndarray, progress: Progress
) -> list[LookBack]:
    """Return the answers for places and key windows with findings, and for the most visited others. Raises Cancelled.

    `findings` and their origins `of_findings` are those of the study, by its own spots; `devices` those of
    `cards.told_devices`.
    """
    windows, visits, world = counts.evidence.windows, counts.visits, counts.history.world
    spots, asked = visits.spots, _asked(counts, findings)
    whereabouts = Whereabouts(visits, world.country_code)
    heads, sought, wholes = [], [], []
    numbers: dict[tuple[int, int], int] = {}
    for number, (place, key) in enumerate(asked):
        progress.step("Looking back from places", number / len(asked))
        window, lat, lon = GivenWindow(*windows.dates(key)), float(spots.lat[place]), float(spots.lon[place])
        whole = int(devices[np.searchsorted(counts.kept, place), key])
        visited = VisitedPlace(str(spots.name[place]), visits.spot == place, lat, lon)
        with suppress(StudyError):  # the window has no data there
            sought.append(seek(whereabouts, visited, window.at(lon), told=whole))
            heads.append((str(spots.spot_id[place]), visited.name, *_iso(window), DAYS))
            wholes.append(whole)
            numbers[place, key] = len(wholes) - 1
    if not sought:
        return []
    origins, flows = compare_sought(sought, visits, world, MAX_NAMES)
    at = findings_at(counts, findings)
    whose = [numbers.get(one, -1) for one in zip(counts.kept[at["spot_id"]].tolist(), at["key_date"].tolist())]
    same = of_findings.merge(at[["finding_id"]].assign(asked=whose), on="finding_id").query("asked >= 0")
    told = _told_origins(origins, flows, world, np.array(wholes)[origins["asked"]], same)
    parts = dict(tuple(told.groupby(origins["asked"], sort=False)))
    return [
        LookBack(*head, parts.get(number, told.iloc[:0]), one.notes)
        for number, (head, one) in enumerate(zip(heads, sought))
    ]


def _asked(counts: PlaceCounts, findings: pd.DataFrame) -> list[tuple[int, int]]:
    """Return (place, window) in the order in which they are looked back from; only those with MIN_SHOWN devices."""
    evidence, devices = counts.evidence, counts.presence.devices
    spot = pd.Index(evidence.history.visits.spots.spot_id).get_indexer(findings["spot_id"])
    key_of = {day.isoformat(): int(row) for day, row in zip(evidence.windows.key_dates, evidence.windows.key_window)}
    order = np.argsort(findings["rank"].to_numpy(), kind="stable")
    order = order[spot[order] >= 0]
    found = zip(counts.place_of[spot[order]].tolist(), findings["key_date"].iloc[order].map(key_of).tolist())
    keys = np.unique(evidence.windows.key_window)
    place, key = np.nonzero(devices[:, keys] >= MIN_SHOWN)
    busiest = np.argsort(-devices[place, keys[key]], kind="stable")
    others = zip(place[busiest].tolist(), keys[key[busiest]].tolist())
    asked = dict.fromkeys((*found, *others))
    return [one for one in asked if one[0] >= 0 and devices[one] >= MIN_SHOWN][:MAX_LOOK_BACKS]


def look_back_tables(answers: Sequence[LookBack], first_id: int = 1) -> dict[str, pd.DataFrame]:
    """Return the rows of both tables, numbered from `first_id` on."""
    none = {name: empty_table(name) for name in (LOOK_BACKS, FLOWS)}
    if not answers:
        return none
    heads = [
        (number, one.spot_id, one.spot_name, one.window_start, one.window_end, one.days, "\n".join(one.notes))
        for number, one in enumerate(answers, first_id)
    ]
    flows = [one.origins.assign(look_back_id=number) for number, one in enumerate(answers, first_id)]
    return {
        LOOK_BACKS: as_table(LOOK_BACKS, pd.DataFrame(heads, columns=list(none[LOOK_BACKS]))),
        FLOWS: as_table(FLOWS, pd.concat(flows, ignore_index=True)),
    }


def stored_look_backs(heads: pd.DataFrame, flows: pd.DataFrame) -> dict[int, LookBack]:
    """Return the answers that a study keeps, by their numbers."""
    parts = dict(tuple(flows.groupby("look_back_id", sort=False)))
    none = flows.iloc[:0]
    return {
        int(row["look_back_id"]): LookBack(
            row["spot_id"], row["spot_name"], row["window_start"], row["window_end"], int(row["days"]),
            parts.get(row["look_back_id"], none).drop(columns="look_back_id").reset_index(drop=True),
            tuple(row["notes"].split("\n")),
        )
        for row in heads.to_dict("records")
    }  # fmt: skip
