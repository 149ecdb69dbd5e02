"""Reach-back and reach-forward: where those who were at a place in a window had been before, and where they went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

import numpy as np
import pandas as pd

from ..base import Progress, StudyError
from ..counting import earlier_starts
from ..earth import DAY_MS, square_middles
from ..homes import is_narrow
from ..places import World
from ..tables import shown_count
from ..visits import Span, VisitedPlace, Visits, minute_text
from .compare import (
    AFTER,
    BEFORE,
    DAYS,
    DIRECTIONS,
    FEW_GROUPS,
    Counted,
    Gathering,
    Whereabouts,
    compare,
    count_origins,
    gather,
    settle,
)
from .flows import find_flows
from .tables import in_order


@dataclass(frozen=True)
class Reach:
    """The answer: `origins` (see `find_origins`) with `direction`, in order, and notes to show.

    `flows` are those of them that can be lines, under the same index.
    """

    origins: pd.DataFrame
    flows: pd.DataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Sought:
    """What was counted of a place's visitors, by direction; where it is shown (degrees), and notes to show."""

    counted: dict[str, Counted]
    lat: float
    lon: float
    notes: tuple[str, ...]


def reach(
    visits: Visits,
    world: World,
    place: VisitedPlace,
    window: Span,
    directions: Sequence[str] = DIRECTIONS,
    days: int = DAYS,
    progress: Progress = Progress(),  # noqa: B008 - one without a watcher
    whereabouts: Optional[Whereabouts] = None,
    most: Optional[int] = None,
    told: Optional[int] = None,
) -> Reach:
    """Return where the visitors of `place` in `window` were in the `days` before and after, against a control.

    The control are the place's visitors in earlier windows of the same length and weekdays (`gather`). Counts are
    whole: hide small ones before they leave the machine. `whereabouts` of `visits`, if many places are asked about;
    `most` is how many names of each kind and direction are told, the strongest, all if None; `told` as how many the
    visitors are told, if not as they were counted.
    Raises StudyError when the window has no data or nobody was there, Cancelled.
    """
    progress.step("Looking where they were", 0.0)
    whereabouts = whereabouts or Whereabouts(visits, world.country_code)
    progress.step("Looking where they were", 0.5)
    sought = seek(whereabouts, place, window, directions, days, told)
    progress.step("Drawing flows", 0.9)
    origins, flows = compare_sought([sought], visits, world, most)
    return Reach(origins.drop(columns="asked"), flows.drop(columns="asked"), sought.notes)


def seek(
    whereabouts: Whereabouts,
    place: VisitedPlace,
    window: Span,
    directions: Sequence[str] = DIRECTIONS,
    days: int = DAYS,
    told: Optional[int] = None,
) -> Sought:
    """Return the counts behind the answer of `reach`; parameters and errors are the same."""
    visits = whereabouts.visits
    first_ms, last_ms = int(visits.stays.start_ms.min()), int(visits.stays.end_ms.max())
    if window.end_ms <= first_ms or window.start_ms > last_ms:
        raise StudyError(
            f"The window {window} has no data, which run from {minute_text(first_ms)} to {minute_text(last_ms)}. "
            "Choose one inside."
        )
    gathering = gather(visits, place.here, window.start_ms, window.end_ms, earlier_windows(window, first_ms, days))
    if len(gathering.rows) == 0:
        raise StudyError(f"Nobody was seen at {place.name} from {window}. Choose a longer window or a larger place.")
    settled = {direction: settle(visits, gathering, direction, days) for direction in directions}
    counted = {way: count_origins(whereabouts, own, way, days) for way, own in settled.items()}
    notes = _notes(visits, place, window, settled, days, first_ms, last_ms, told)
    return Sought(counted, *_shown_middle(visits, place), notes)


def compare_sought(
    sought: Sequence[Sought], visits: Visits, world: World, most: Optional[int] = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `origins` and `flows` as of `Reach` for all of `sought` (at least one), whose number is `asked`."""
    asked, way = zip(*((number, way) for number, one in enumerate(sought) for way in one.counted))
    origins = compare([counted for one in sought for counted in one.counted.values()])
    ordered = in_order(origins, origins["asked"].to_numpy())
    shown = ordered if most is None else ordered.groupby(["asked", "kind"], sort=False).head(most)
    part = shown["asked"].to_numpy()
    origins = shown.assign(direction=np.array(way, dtype=object)[part], asked=np.array(asked)[part])
    origins = origins.reset_index(drop=True)
    lat, lon = (np.array([getattr(one, name) for one in sought])[origins["asked"]] for name in ("lat", "lon"))
    return origins, find_flows(origins, visits.spots, world, lat, lon)


def _shown_middle(visits: Visits, place: VisitedPlace) -> tuple[float, float]:
    """Return lat, lon (degrees) of a place as it may be written: of a cell the middle of its square of 5 km."""
    spots = visits.spots
    cell = (spots.lat == place.lat) & (spots.lon == place.lon) & (spots.kind == "cell")
    if not is_narrow(spots.spot_id[cell]).any():
        return place.lat, place.lon
    lat, lon = square_middles(np.array([place.lat]), np.array([place.lon]))
    return float(lat[0]), float(lon[0])


def earlier_windows(window: Span, first_ms: int, days: int) -> list[tuple[int, int]]:
    """Return the windows (start, end) before `window` that `earlier_starts` tells, latest first.

    None starts less than `days` after the data's first moment `first_ms`: where its visitors came from could not be
    seen.
    """
    length_ms = window.end_ms - window.start_ms
    starts = earlier_starts(window.start_ms, length_ms, first_ms + days * DAY_MS, 7 * DAY_MS)
    return [(start, start + length_ms) for start in starts.tolist()]


def _notes(
    visits: Visits,
    place: VisitedPlace,
    window: Span,
    settled: dict[str, Gathering],
    days: int,
    first_ms: int,
    last_ms: int,
    told: Optional[int],
) -> tuple[str, ...]:
    """Return who was there and who is compared in each direction, and what the ends of the data hide."""
    gathering = next(iter(settled.values()))
    there = shown_count(len(np.unique(visits.stays.device[gathering.rows])) if told is None else told)
    notes = [f"{there} devices were at {place.name} from {window}. {_compared(visits, settled)}"]
    groups = len(np.unique(gathering.group))
    if 0 < groups < FEW_GROUPS:
        notes.append(
            f"The control is {groups} {'place' if gathering.is_spot else 'earlier window'}{'s' * (groups > 1)}: too "
            "few to tell how much they differ by chance, so p may be too small."
        )
    missing = {
        BEFORE: days - (window.start_ms - first_ms) // DAY_MS, AFTER: days - (last_ms - window.end_ms) // DAY_MS,
    }  # fmt: skip
    notes += [
        f"The data miss {min(missing[direction], days)} of the {days} days {direction} the window, so shares are too "
        "low there."
        for direction in settled
        if missing[direction] > 0
    ]
    return tuple(notes)


def _compared(visits: Visits, settled: dict[str, Gathering]) -> str:
    """Return with whom the visitors are compared: one sentence, or one for each direction where these differ."""
    with_whom = {
        way: f"compared with {shown_count(len(np.unique(visits.stays.device[own.control])))} {own.control_says}."
        for way, own in settled.items()
    }
    if not any(len(own.control) for own in settled.values()):
        return "There is nobody to compare them with."
    if len(set(with_whom.values())) == 1:
        return f"They are {next(iter(with_whom.values()))}"
    return " ".join(f"{way.capitalize()}, they are {words}" for way, words in with_whom.items())
