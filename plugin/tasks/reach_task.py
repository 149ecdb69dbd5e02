"""The background work of looking back and forward from a place of the study in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..engine.chosen_places import VisitedPlace
from ..engine.evidence import Evidence
from ..engine.progress import Progress
from ..engine.reachback import GivenWindow, Reach, reach
from .study_task import StudyTask


@dataclass(frozen=True)
class ReachQuestion:
    """A spot of the study (by id, with the name to show) and a window."""

    spot_id: str
    title: str
    window: GivenWindow


class ReachTask(StudyTask):
    """Does work that is quick beside a study; the results of its outcome are a `Reach`."""


def reach_from(question: ReachQuestion, evidence: Evidence, progress: Progress) -> Reach:
    """Return where the visitors of a spot came from and went to; called in any thread. Raises StudyError, Cancelled."""
    history = evidence.history
    spots = history.visits.spots
    spot = int(np.flatnonzero(spots.spot_id == question.spot_id)[0])
    place = VisitedPlace(question.title, history.visits.spot == spot, float(spots.lat[spot]), float(spots.lon[spot]))
    return reach(history.visits, history.world, place, question.window.at(place.lon), progress=progress)
