"""Events: findings of one key date that rest on mostly the same devices are one thing that happened, told once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..scoring import LEVEL
from ..stats import simes
from .evidence import Evidence
from .names import Group, GroupFinder

OVERLAP = 0.5
"""Share of the smaller of two groups of devices that must be in the other, from which both are one event (overlap
coefficient: Szymkiewicz 1934, Simpson 1943). By hand: mostly the same devices."""
CROWD = 5.0
"""How many times as large as the other one of them may be, by hand: a few among a crowd are not what the crowd does."""


@dataclass(frozen=True)
class Event:
    """One thing that happened: `findings` are rows of the listed tests, the one at its main place first.

    `group` is that of its main place; `places`: the spots, in the same order; `p_value` that of the event (Simes over
    its places), `q_value` the share of false ones to expect among all events as strong.
    """

    findings: np.ndarray
    group: Group
    places: tuple[int, ...]
    p_value: float
    q_value: float

    @property
    def holds(self) -> bool:
        """Whether it holds beyond chance."""
        return self.q_value <= LEVEL


def find_events(evidence: Evidence, tests: np.ndarray, leads: np.ndarray, hours: np.ndarray) -> list[Event]:
    """Return the events of listed tests, those that hold first and each part by p-value.

    `leads` bool: which test leads its spot and window; `hours`: how long the devices of each were there that are not
    there every day: an event is told where these are most.
    """
    scores = evidence.told
    lead = np.flatnonzero(leads)
    finder = GroupFinder(evidence)
    groups = [finder.of(int(tests[row])) for row in lead]
    window = scores.window[tests[lead]]
    holds = scores.q_value[tests[lead]] <= LEVEL
    number = _numbered(groups, window, holds)
    p_value, q_value = scores.p_value[tests[lead]], scores.q_value[tests[lead]]
    drafts = []
    for one in np.unique(number):
        members = np.flatnonzero(number == one)
        telling = members[holds[members]] if holds[members].any() else members
        main = telling[np.argmax(hours[lead[telling]])]
        order = np.append(main, members[members != main])
        drafts.append((order, *_together(p_value[telling], q_value[telling])))
    q_of_event = _event_q(np.array([draft[2] for draft in drafts]), q_value[holds])
    events = [
        Event(
            _with_further(evidence, tests, leads, lead[order]), groups[order[0]],
            tuple(dict.fromkeys(groups[row].spot for row in order)), p, float(q),
        )
        for (order, p, _own), q in zip(drafts, q_of_event)
    ]  # fmt: skip
    return sorted(events, key=lambda event: (not event.holds, event.p_value))


def _together(p_value: np.ndarray, q_value: np.ndarray) -> tuple[float, float]:
    """Return p and q of places together: Simes (1986)."""
    group = np.zeros(len(p_value), np.int64)
    return float(simes(group, p_value, 1)[0]), float(simes(group, q_value, 1)[0])


def _event_q(own: np.ndarray, of_places: np.ndarray) -> np.ndarray:
    """Return the q-values of events, given what Simes makes of those of their places and those of all that hold.

    A share of false places is one of false events only if true events take as many places: the false stand alone. So it
    counts as many times as there are places to each event that is as strong.
    """
    places = np.searchsorted(np.sort(of_places), own, side="right")
    events = np.searchsorted(np.sort(own), own, side="right")
    q_value = own * np.maximum(places / np.maximum(events, 1), 1.0)
    order = np.argsort(-own, kind="stable")
    smallest = np.empty(len(own))
    smallest[order] = np.minimum.accumulate(q_value[order])
    return np.minimum(np.maximum(smallest, own), 1.0)


def _numbered(groups: Sequence[Group], window: np.ndarray, holds: np.ndarray) -> np.ndarray:
    """Number the events of leading tests: those that hold are one if they are connected, others join the nearest."""
    linked = _linked(groups, window)
    number = np.arange(len(groups))
    strong = np.flatnonzero(holds)
    changed = True
    while changed:  # each pass takes the smallest number of the neighbours, so there are as many as the longest chain
        before = number.copy()
        for row in strong:
            mine = strong[linked[row, strong] > 0.0]
            number[row] = min(number[row], number[mine].min(initial=number[row]))
        changed = bool((number != before).any())
    for row in np.flatnonzero(~holds):
        earlier = np.append(strong, np.flatnonzero(~holds[:row]) if row else np.empty(0, np.int64)).astype(np.int64)
        if len(earlier) and linked[row, earlier].max() > 0.0:
            number[row] = number[earlier[np.argmax(linked[row, earlier])]]
    return number


def _linked(groups: Sequence[Group], window: np.ndarray) -> np.ndarray:
    """Return the overlap coefficient of groups that may be one event, float64 (n, n), 0.0 for all others."""
    size = np.array([len(group.devices) for group in groups], np.float64)
    common = _common(groups)
    least, most = np.minimum(size[:, None], size), np.maximum(size[:, None], size)
    overlap = common / np.maximum(least, 1.0)
    is_fall = np.array([group.is_fall for group in groups], bool)
    may_be = (window[:, None] == window) & (is_fall[:, None] == is_fall) & (most <= CROWD * least)
    linked: np.ndarray = np.where(may_be & (overlap >= OVERLAP), overlap, 0.0)
    np.fill_diagonal(linked, 0.0)
    return linked


def _common(groups: Sequence[Group]) -> np.ndarray:
    """Return how many devices any two groups have in common, float64 (n, n)."""
    sizes = [len(group.devices) for group in groups]
    owner = np.repeat(np.arange(len(groups)), sizes)
    _devices, column = np.unique(
        np.concatenate([np.empty(0, np.int32), *(group.devices for group in groups)]), return_inverse=True
    )
    common = np.zeros((len(groups), len(groups)))
    for begin in range(0, int(column.max(initial=-1)) + 1, COLUMNS):
        inside = (column >= begin) & (column < begin + COLUMNS)
        holds = np.zeros((len(groups), COLUMNS), np.float32)
        holds[owner[inside], column[inside] - begin] = 1.0
        common += holds @ holds.T
    return common


COLUMNS = 20_000
"""Devices that groups are compared on at a time: few enough for memory."""


def _with_further(evidence: Evidence, tests: np.ndarray, leads: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Return the rows of leading tests and, behind them, of further tests of the same spots and windows."""
    scores = evidence.told
    spots, windows = scores.spot[tests], scores.window[tests]
    key = windows.astype(np.int64) * (int(spots.max()) + 1) + spots
    further = np.flatnonzero(~leads & np.isin(key, key[members]))
    return np.concatenate((members, further))
