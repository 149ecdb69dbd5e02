"""Questions about a study, and the work of answering them: looking back from a place, linking places.

An answer is kept in the study's file, under a number: the study gives it again when it is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Optional

import numpy as np
import pandas as pd

from ..data.audit_log import StudyCheck, check_study
from ..data.kept_answers import add_answers
from ..engine.base import InputError, Progress, StudyError
from ..engine.earth import square_middles
from ..engine.findings import Evidence
from ..engine.homes import in_squares, square_names
from ..engine.kept import (
    MAX_NAMES,
    Linked,
    LookBack,
    find_linked,
    linked_tables,
    look_back_tables,
    stored_look_backs,
    stored_networks,
    told_look_back,
    told_of_all,
)
from ..engine.networks import NetworkSettings
from ..engine.origins import DAYS, reach
from ..engine.results import Results
from ..engine.visits import ChosenPlace, GivenWindow, find_place

ANSWERED = 0.8


@dataclass(frozen=True)
class ReachQuestion:
    """A place (with the name to show), a window, and how many days to look back and forward."""

    place: ChosenPlace
    title: str
    window: GivenWindow
    days: int = DAYS


@dataclass(frozen=True)
class NetworkQuestion:
    """What makes a link, and the window (days of UTC) whose visits count; all if None."""

    settings: NetworkSettings
    window: Optional[GivenWindow] = None


@dataclass(frozen=True)
class Answer:
    """A `LookBack` or a `Linked`, and its number in the study; 0 where it could not be kept, and `fault` says why.

    `tables` are rows that came into the file, and `check` says how it fits its log since; both empty for an answer that
    was kept before.
    """

    found: Any
    number: int
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    check: Optional[StudyCheck] = None
    fault: Optional[InputError] = None


def kept_reach(question: ReachQuestion, results: Results) -> Optional[Answer]:
    """Return the answer that a study keeps, None where it has none."""
    first, last = (day.isoformat() for day in question.window.days())
    asked = question.place.spot, first, last, question.days
    for number, one in _look_backs(results).items():
        if one.spot_id and (one.spot_id, one.window_start, one.window_end, one.days) == asked:
            return Answer(one, number)
    return None


def kept_network(question: NetworkQuestion, results: Results) -> Optional[Answer]:
    """Return the answer that a study keeps, None where it has none."""
    days = None if question.window is None else tuple(day.isoformat() for day in question.window.days())
    for number, one in _networks(results).items():
        is_asked = (one.kind, one.with_cells) == (question.settings.kind, question.settings.with_cells)
        if is_asked and (one.is_all if days is None else not one.is_all and days == (one.window_start, one.window_end)):
            return Answer(one, number)
    return None


def reach_from(question: ReachQuestion, results: Results, path: str, progress: Progress) -> Answer:
    """Return where a place's visitors came from and went to; called in any thread.

    Raises StudyError, Cancelled.
    """
    evidence = _evidence_of(results)
    visits, place = in_squares(evidence.history.visits, evidence.grid), question.place
    found = find_place(place, visits if place.spot else evidence.history.visits, evidence.sites, evidence.grid)
    title = question.title if place.spot else _area_name(found.lat, found.lon)
    lat, lon = (found.lat, found.lon) if place.spot else _middle(found.lat, found.lon)
    shown, window = replace(found, name=title, lat=lat, lon=lon), question.window.at(found.lon)
    told = _told_devices(results, question) if place.spot else None
    answer = reach(
        visits, evidence.history.world, shown, window, days=question.days, progress=progress.part(0.0, ANSWERED),
        most=MAX_NAMES, told=told,
    )  # fmt: skip
    world, of_findings = evidence.history.world, _origins_there(results, question)
    kept = told_look_back(place.spot, title, question.window, question.days, answer, world, of_findings, told)
    number = max(_look_backs(results), default=0) + 1
    detail = {"look_back_id": number, "from": kept.window_start, "to": kept.window_end, "days": kept.days}
    return _kept(kept, number, path, "look_back_id", look_back_tables([kept], number), "look back", detail, progress)


def network_of(question: NetworkQuestion, results: Results, path: str, progress: Progress) -> Answer:
    """Return the link network of the study's visits; called in any thread. Raises StudyError, Cancelled."""
    evidence = _evidence_of(results)
    visits = in_squares(evidence.history.visits, evidence.grid)
    told = _told_of_places(results, question.window)
    linked = find_linked(visits, question.settings, question.window, progress.part(0.0, ANSWERED), told)
    number = max(_networks(results), default=0) + 1
    detail = {"network_id": number, "kind": linked.kind, "from": linked.window_start, "to": linked.window_end}
    return _kept(linked, number, path, "network_id", linked_tables([linked], number), "link places", detail, progress)


def _kept(
    found: Any, number: int, path: str, key: str, tables: dict[str, pd.DataFrame], action: str,
    detail: Mapping[str, Any], progress: Progress,
) -> Answer:  # fmt: skip
    """Return the answer, kept in the file at `path`; a file that cannot be written keeps none."""
    progress.step("Writing the GeoPackage", ANSWERED)
    try:
        add_answers(path, key, tables, action, detail)
    except InputError as error:
        return Answer(found, 0, fault=error)
    return Answer(found, number, tables, check_study(path, progress.part(ANSWERED, 1.0)))


def _look_backs(results: Results) -> dict[int, LookBack]:
    return stored_look_backs(results.tables["look_backs"], results.tables["look_back_flows"])


def _networks(results: Results) -> dict[int, Linked]:
    return stored_networks(results.tables["linked_places"], results.tables["links"])


def _evidence_of(results: Results) -> Evidence:
    if results.evidence is None:
        raise StudyError(
            "The study's file keeps no answer to this question. Choose a key window and the usual number of days, or "
            "run the study again and ask it then."
        )
    return results.evidence


def _told_devices(results: Results, question: ReachQuestion) -> Optional[int]:
    """Return as how many the devices of a place in a window of the study are told; None for another window."""
    return _told_of_places(results, question.window).get(question.place.spot)


def _told_of_places(results: Results, window: Optional[GivenWindow]) -> dict[str, int]:
    """Return as how many the devices of each place in a window of the study are told; none for another window.

    Without a window the most that are told anywhere.
    """
    presence = results.tables["presence"]
    if window is None:
        return told_of_all(presence, results.tables["visitors"])
    first, last = window.days()
    same = (presence["day"] == first.isoformat()) & (presence["days"] == (last - first).days + 1)
    told = presence.loc[same].dropna(subset=["devices"])
    return dict(zip(told["spot_id"], told["devices"].astype(int)))


def _origins_there(results: Results, question: ReachQuestion) -> pd.DataFrame:
    """Return the rows of table `origins` that are of findings of the place and window, if the days are theirs."""
    findings, origins = results.tables["findings"], results.tables["origins"]
    first, last = (day.isoformat() for day in question.window.days())
    same = (findings["spot_id"] == question.place.spot) & (findings["window_start"] == first)
    same &= (findings["window_end"] == last) & (question.days == DAYS)
    return origins[origins["finding_id"].isin(findings.loc[same, "finding_id"])]


def _area_name(lat: float, lon: float) -> str:
    """Return what a drawn area is called where it is kept: a small one would tell who lives there."""
    return f"a drawn area in {square_names(*_one(lat, lon))[0]}"


def _middle(lat: float, lon: float) -> tuple[float, float]:
    middle = square_middles(*_one(lat, lon))
    return float(middle[0][0]), float(middle[1][0])


def _one(lat: float, lon: float) -> Any:
    return np.array([lat]), np.array([lon])
