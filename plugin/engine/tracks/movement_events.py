"""Movement events of dense tracks: speed, stops and starts, acceleration, bearings, turns and U-turns.

Parity with "Classify Movement Events" of ArcGIS AllSource, made for about one fix per second: a turn is a change of
bearing above `curvature` degrees. Successive turning fixes to one side are one turn; if it comes to
`u_turn` degrees or more altogether, it is a U-turn.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Optional

import numpy as np

from ..base import Columns, Progress, StudyError, begins_run, block_borders, place_in_run, run_starts
from ..earth import bearing_deg, distance_m, wrap_longitude
from ..screening import Fixes

ACC_EVENTS = (
    "", "Stopped", "Stop", "Start", "Traveling", "Acceleration start", "Acceleration", "Acceleration end",
    "Deceleration start", "Deceleration", "Deceleration end",
)
(NO_SPEED, STOPPED, STOP, START, STEADY, ACC_START, ACC, ACC_END, DEC_START, DEC, DEC_END) = range(len(ACC_EVENTS))
TURN_EVENTS = ("", "Stopped", "Traveling", "Right turn", "Left turn", "Right U-turn", "Left U-turn")
NO_BEARING, STANDING, STRAIGHT, RIGHT, LEFT, RIGHT_U, LEFT_U = range(len(TURN_EVENTS))
MPH_OF_MS, KMPH_OF_MS = 3600.0 / 1609.344, 3.6
BLOCK_FIXES = 500_000
"""Events are found for so many fixes at a time: small enough for the memory, and a cancel is heard in between."""


@dataclass(frozen=True)
class EventSettings:
    """What makes an event.

    `curvature` degrees of bearing that make a turn and `number_of_points` fixes before and after that the bearing is
    taken over (15 and 1 as AllSource has them); `u_turn` degrees; `stop_kmh`: up to this speed a device stands
    (AllSource: 0); `steady_ms2`: changes of speed up to this are none; `max_gap_s`: a longer silence cuts a track.
    """

    curvature: float = 15.0
    number_of_points: int = 1
    u_turn: float = 150.0
    stop_kmh: float = 1.0
    steady_ms2: float = 0.1
    max_gap_s: float = 120.0


@dataclass(frozen=True)
class MovementEvents(Columns):
    """One row per fix, in their order; what cannot be known (at the ends of a track) is NaN, or event 0.

    `distance_diff` m and `time_diff` s since the fix before, `speed` m/s on the way from it, `acceleration` m/s² from
    that speed to the next, `from_bearing`, `to_bearing` degrees clockwise from north, `turn` degrees between them,
    below 0 to the left: float64. `acc_event` and `turn_event` int8, indices into `ACC_EVENTS` and `TURN_EVENTS`;
    `turn_id` int64, 1, 2 … for successive turns, 0 for none.
    """

    distance_diff: np.ndarray
    time_diff: np.ndarray
    speed: np.ndarray
    acceleration: np.ndarray
    from_bearing: np.ndarray
    to_bearing: np.ndarray
    turn: np.ndarray
    acc_event: np.ndarray
    turn_event: np.ndarray
    turn_id: np.ndarray


def median_gap_s(fixes: Fixes) -> float:
    """Return the median time (s) between successive fixes of a device; NaN if no device has two."""
    gap_ms = np.diff(fixes.time_ms)[fixes.device[1:] == fixes.device[:-1]]
    return float(np.median(gap_ms)) / 1000.0 if len(gap_ms) else np.nan


def classify_movement(
    fixes: Fixes,
    settings: EventSettings = EventSettings(),  # noqa: B008 - frozen
    progress: Optional[Progress] = None,
) -> MovementEvents:
    """Return the movement events at every fix.

    Raises StudyError for tracks that are not dense (the median gap is above `max_gap_s`), Cancelled.
    """
    progress = progress or Progress()
    gap_s = median_gap_s(fixes)
    if not gap_s <= settings.max_gap_s:
        found = "no device has two fixes" if np.isnan(gap_s) else f"half of the fixes are {_time(gap_s)} or more apart"
        raise StudyError(
            f"Movement events need dense tracks, with a fix at least every {_time(settings.max_gap_s)}, but here "
            f"{found}. Choose denser observations, or allow longer gaps (MAX_GAP_S) and expect coarser events."
        )
    borders = block_borders(fixes.device, BLOCK_FIXES).tolist()
    blocks, turns = [], 0
    for begin, end in zip(borders[:-1], borders[1:]):
        progress.step("Classifying movement", begin / len(fixes))
        block = _classify(fixes, slice(begin, end), settings)
        block.turn_id[block.turn_id > 0] += turns
        turns = int(block.turn_id.max(initial=turns))
        blocks.append(block)
    names = [field.name for field in fields(MovementEvents)]
    return MovementEvents(**{name: np.concatenate([getattr(block, name) for block in blocks]) for name in names})


def turn_midpoints(fixes: Fixes, events: MovementEvents) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each turn's middle fix (row, int64) and the mean of its positions: lat, lon in degrees."""
    rows = np.flatnonzero(events.turn_id > 0)
    start, length = run_starts(events.turn_id[rows])
    if len(start) == 0:
        return rows, np.empty(0), np.empty(0)
    first = np.repeat(rows[start], length)
    lat = np.add.reduceat(fixes.lat[rows], start) / length
    away = np.add.reduceat(wrap_longitude(fixes.lon[rows] - fixes.lon[first]), start) / length
    middle = rows[place_in_run(length) == np.repeat((length - 1) // 2, length)]
    return middle, lat, wrap_longitude(fixes.lon[rows[start]] + away)


def _classify(fixes: Fixes, rows: slice, settings: EventSettings) -> MovementEvents:
    time_ms, lat, lon = fixes.time_ms[rows], fixes.lat[rows], fixes.lon[rows]
    time_diff = np.diff(time_ms, prepend=time_ms[:1]) / 1000.0
    cut = begins_run(fixes.device[rows])
    time_diff[cut] = np.nan
    distance_diff, speed, course = (np.full(len(lat), np.nan) for _ in range(3))
    on = np.flatnonzero(~cut)
    distance_diff[on] = distance_m(lat[on - 1], lon[on - 1], lat[on], lon[on])
    cut |= ~(time_diff <= settings.max_gap_s)
    on = np.flatnonzero(~cut)
    with np.errstate(divide="ignore", invalid="ignore"):
        speed[on] = distance_diff[on] / time_diff[on]
    course[on] = bearing_deg(lat[on - 1], lon[on - 1], lat[on], lon[on])
    track = np.cumsum(cut)
    acceleration = _acceleration(speed, time_diff)
    stands = speed <= settings.stop_kmh / KMPH_OF_MS
    acc_event = _acc_events(speed, acceleration, stands, settings.steady_ms2)
    from_bearing, to_bearing = _bearings(lat, lon, course, track, settings.number_of_points)
    turn = _change(from_bearing, to_bearing)
    turn_event, turn_id = _turns(course, turn, track, stands, settings)
    return MovementEvents(
        distance_diff, time_diff, speed, acceleration, from_bearing, to_bearing, turn, acc_event, turn_event, turn_id
    )


def _acceleration(speed: np.ndarray, time_diff: np.ndarray) -> np.ndarray:
    """Return the change from the speed before each fix to the speed after it, over the time between their middles."""
    change = np.append(speed[1:], np.nan) - speed
    with np.errstate(divide="ignore", invalid="ignore"):
        return change / ((time_diff + np.append(time_diff[1:], np.nan)) / 2.0)


def _acc_events(speed: np.ndarray, acceleration: np.ndarray, stands: np.ndarray, steady_ms2: float) -> np.ndarray:
    """Return the event at each fix from the change of speed before it (that at the fix before) and after it."""
    before, after = np.append(np.nan, acceleration[:-1]), acceleration
    rises, falls = before > steady_ms2, before < -steady_ms2
    will_rise, will_fall = after > steady_ms2, after < -steady_ms2
    stood = np.append(False, stands[:-1])
    knows = np.append(False, np.isfinite(speed[:-1]))
    return np.select(
        [
            ~np.isfinite(speed), stands & knows & ~stood, stands, stood, rises & will_rise, rises, falls & will_fall,
            falls, will_rise, will_fall,
        ],
        [NO_SPEED, STOP, STOPPED, START, ACC, ACC_END, DEC, DEC_END, ACC_START, DEC_START],
        STEADY,
    ).astype(np.int8)  # fmt: skip


def _bearings(
    lat: np.ndarray, lon: np.ndarray, course: np.ndarray, track: np.ndarray, points: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the bearing from `points` fixes before and to `points` fixes after, NaN where the track is too short."""
    came = np.full(len(lat), np.nan)
    if points == 1:
        came[:] = course
    elif len(lat) > points:
        came[points:] = bearing_deg(lat[:-points], lon[:-points], lat[points:], lon[points:])
        came[points:][track[points:] != track[:-points]] = np.nan
    goes = np.full(len(lat), np.nan)
    goes[:-points] = came[points:]
    return came, goes


def _change(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the change of bearing in degrees, above -180 to 180, below 0 to the left."""
    return 180.0 - np.mod(180.0 - (after - before), 360.0)


def _turns(
    course: np.ndarray, turn: np.ndarray, track: np.ndarray, stands: np.ndarray, settings: EventSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return turn event and turn id of each fix; fixes that turn to one side in a row make one turn."""
    points = settings.number_of_points
    still = stands | np.append(stands[1:], False)
    turns = (np.abs(turn) > settings.curvature) & ~still
    side = np.where(turns, np.sign(turn), 0.0)
    event = np.select([np.isnan(turn), still, turns], [NO_BEARING, STANDING, NO_BEARING], STRAIGHT).astype(np.int8)
    event[still & (event == NO_BEARING)] = STANDING
    turn_id = np.zeros(len(turn), np.int64)
    start, length = run_starts(track, side)
    kept = side[start] != 0
    start, length = start[kept], length[kept]
    # All of the turn: from the course into its first fix to the course out of its last, step by step.
    step = np.nan_to_num(_change(course, np.append(course[1:], np.nan)))
    total = np.append(0.0, np.cumsum(step))
    degrees = total[start + length + points - 1] - total[start - points + 1]
    is_u = np.abs(degrees) >= settings.u_turn
    right = side[start] > 0
    kind = np.where(is_u, np.where(right, RIGHT_U, LEFT_U), np.where(right, RIGHT, LEFT)).astype(np.int8)
    member = np.repeat(np.arange(len(start)), length)
    rows = np.flatnonzero(side != 0)
    event[rows], turn_id[rows] = kind[member], member + 1
    return event, turn_id


def _time(seconds: float) -> str:
    """Return a time such as "20 s", "2 min" or "3 h"."""
    unit, word = next((pair for pair in ((3600.0, "h"), (60.0, "min")) if seconds >= 2 * pair[0]), (1.0, "s"))
    return f"{seconds / unit:.0f} {word}"
