"""Questions about a study in memory, and the work of answering them: looking back from a place, linking places."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional

from ..engine.base import Progress
from ..engine.findings import Evidence
from ..engine.networks import Network, NetworkSettings, link_places
from ..engine.origins import DAYS, Reach, reach
from ..engine.visits import ChosenPlace, GivenWindow, find_place


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


def reach_from(question: ReachQuestion, evidence: Evidence, progress: Progress) -> Reach:
    """Return where a place's visitors came from and went to; called in any thread. Raises StudyError, Cancelled."""
    history = evidence.history
    found = find_place(question.place, history.visits, evidence.sites, evidence.grid)
    place, window = replace(found, name=question.title), question.window.at(found.lon)
    return reach(history.visits, history.world, place, window, days=question.days, progress=progress)


def network_of(question: NetworkQuestion, evidence: Evidence, progress: Progress) -> Network:
    """Return the link network of the study's visits; called in any thread. Raises StudyError, Cancelled."""
    span = None if question.window is None else question.window.at(0.0)
    window = None if span is None else (span.start_ms, span.end_ms)
    return link_places(evidence.history.visits, question.settings, window, progress)
