"""Answers to where a place's visitors came from and went to: the tables `look_backs` and `look_back_flows`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Optional

import numpy as np
import pandas as pd

from ..base import Progress, StudyError
from ..origins import DAYS, Reach, Whereabouts, hide_small_counts, reach
from ..places import World, country_codes
from ..tables import MIN_SHOWN, as_table, empty_table
from ..visits import GivenWindow, VisitedPlace
from .counts import PlaceCounts

LOOK_BACKS, FLOWS = "look_backs", "look_back_flows"
MAX_LOOK_BACKS = 40
"""Places and key windows that a run looks back from, about 0.1 s each: by hand, more than anybody reads. The answer for
others is kept once they are asked about."""
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
    whole: Optional[int] = None,
) -> LookBack:
    """Return an answer as it may be told; those that are no line have no geometry.

    `whole` is as how many all devices are told elsewhere, beside findings of fewer of them.
    """
    first, last = (day.isoformat() for day in window.days())
    told = hide_small_counts(_beside(found.origins, whole))
    is_country = told["kind"] == "country"
    codes = country_codes.index_of(world, told.loc[is_country, "name"].astype(str).tolist())
    told.loc[is_country, "name"] = country_codes.names(world, codes)
    for name in ("category", "country", "geometry"):
        told[name] = found.flows[name].reindex(told.index)
    told[["category", "country"]] = told[["category", "country"]].fillna("")
    told["geometry"] = told["geometry"].astype(object).where(told["geometry"].notna(), None)
    columns = [name for name in empty_table(FLOWS) if name != "look_back_id"]
    return LookBack(spot_id, spot_name, first, last, days, told.loc[:, columns], found.notes)


def _beside(origins: pd.DataFrame, whole: Optional[int]) -> pd.DataFrame:
    """Return origins as if all devices were `whole`: with the difference few of them would be told."""
    if whole is None or whole < MIN_SHOWN:
        return origins
    devices = np.minimum(origins["devices"], whole)
    share = devices / whole
    return origins.assign(
        devices=devices, share=share, told_lift=share / origins["told_expected_share"],
        at_least=np.minimum(origins["at_least"], whole),
    )  # fmt: skip


def find_look_backs(
    counts: PlaceCounts, findings: pd.DataFrame, devices: np.ndarray, progress: Progress
) -> list[LookBack]:
    """Return the answers for places and key windows with findings, and for the most visited others. Raises Cancelled.

    `findings` are those of the study, by its own spots; `devices` those of `cards.told_devices`.
    """
    windows, visits, world = counts.evidence.windows, counts.visits, counts.history.world
    asked = _asked(counts, findings)
    whereabouts = Whereabouts(visits, world.country_code) if asked else None
    answers = []
    for number, (place, key) in enumerate(asked):
        progress.step("Looking back from places", number / len(asked))
        window = GivenWindow(*windows.dates(key))
        spots = visits.spots
        name, lat, lon = str(spots.name[place]), float(spots.lat[place]), float(spots.lon[place])
        visited = VisitedPlace(name, visits.spot == place, lat, lon)
        with suppress(StudyError):  # the window has no data there
            whole = int(devices[np.searchsorted(counts.kept, place), key])
            found = reach(visits, world, visited, window.at(lon), whereabouts=whereabouts, most=MAX_NAMES, told=whole)
            answers.append(told_look_back(str(spots.spot_id[place]), name, window, DAYS, found, world, whole))
    return answers


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
    if not answers:
        return {name: empty_table(name) for name in (LOOK_BACKS, FLOWS)}
    heads = [
        (number, one.spot_id, one.spot_name, one.window_start, one.window_end, one.days, "\n".join(one.notes))
        for number, one in enumerate(answers, first_id)
    ]
    flows = [one.origins.assign(look_back_id=number) for number, one in enumerate(answers, first_id)]
    return {
        LOOK_BACKS: as_table(LOOK_BACKS, pd.DataFrame(heads, columns=list(empty_table(LOOK_BACKS)))),
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
