"""Routes: itineraries of several devices that lead through the same stops on the same days."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..base import run_starts
from .stops import SITE, Stops

SAME_DAYS = 1
MIN_COMMON = 2
MIN_SHARE = 0.6


def find_routes(stops: Stops) -> np.ndarray:
    """Return for each itinerary the number of the one that stands for its route: itself, or a higher-ranked one.

    Two are on the same route if they share at least MIN_COMMON stops at sites (same spot, arrival at most SAME_DAYS
    apart), which are MIN_SHARE of the stops at sites of the one that has fewer: a device is not seen at every stop. A
    loop over the listed itineraries, of which there are some hundreds.
    """
    sites = np.flatnonzero(stops.kind == SITE)
    start, length = run_starts(stops.itinerary[sites])
    seen = {
        int(stops.itinerary[sites[begin]]): sites[begin : begin + count]
        for begin, count in zip(start.tolist(), length.tolist())
    }
    route = np.arange(len(stops.devices))
    heads: list[int] = []
    for number in sorted(seen):
        same = (head for head in heads if _is_same(stops, seen[head], seen[number]))
        route[number] = next(same, number)
        if route[number] == number:
            heads.append(number)
    return route


def heads_first(stops: Stops, route: np.ndarray) -> tuple[Stops, np.ndarray, np.ndarray]:
    """Return the stops renumbered so that all others follow those that stand for a route, their routes, and the order.
    """
    order = np.argsort(route != np.arange(len(route)), kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    by_stop = np.argsort(place[stops.itinerary], kind="stable")
    per_itinerary = ("devices", "key_days", "base")
    whole = ("row", "anchors")
    columns = {
        name: column[order] if name in per_itinerary else column if name in whole else column[by_stop]
        for name, column in vars(stops).items()
    }
    columns["itinerary"] = place[columns["itinerary"]]
    return replace(stops, **columns), place[route[order]], order


def _is_same(stops: Stops, one: np.ndarray, other: np.ndarray) -> bool:
    same = stops.spot[one][:, None] == stops.spot[other]
    same &= np.abs(stops.day[one][:, None] - stops.day[other]) <= SAME_DAYS
    common = min(int(same.any(axis=1).sum()), int(same.any(axis=0).sum()))
    return common >= MIN_COMMON and common >= MIN_SHARE * min(len(one), len(other))
