"""Examples: the places and windows that an analyst marked, and the ordinary places that each is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import Columns, Progress, StudyError, run_starts
from ..behaviors import Library
from ..earth import DAY_MS, local_day
from ..facets import find_facets
from ..history import History
from ..tables import shown_count
from .profiles import Profiles, find_profiles

MIN_PLACES = 3
MIN_EXAMPLE_DEVICES = 10
MIN_BACKGROUND = 15
MAX_BACKGROUND = 50


@dataclass(frozen=True)
class Examples(Columns):
    """Marked places and windows, one row each.

    `place` int64 numbers what the analyst calls one place (an outline may hold several spots, and a spot belongs to
    one place), `spot` int64 row of `Spots` (-1: nobody was ever seen there), `first_day`, `last_day` int64 local days
    since 1970-01-01, both included.
    """

    place: np.ndarray
    spot: np.ndarray
    first_day: np.ndarray
    last_day: np.ndarray


@dataclass(frozen=True)
class Matched:
    """Each example place (row) beside the ordinary places of the same windows (columns); column 0 is the example.

    `share` float64 (places, columns, facets): the share of the devices that show a facet, averaged over the windows;
    `spot` int64 (places, columns): the spot, for an example -1 - its number, and `NOBODY` where there is no place.
    `counts` int64 (2, facets) and `devices` int64 (2,): device-windows of the examples and of the ordinary places.
    `windows` int64 (2,): spot-windows of both.
    """

    share: np.ndarray
    spot: np.ndarray
    counts: np.ndarray
    devices: np.ndarray
    windows: np.ndarray


NOBODY = np.iinfo(np.int64).min


def match_examples(
    history: History, library: Library, examples: Examples, min_devices: int, progress: Progress
) -> Matched:
    """Return the example places beside up to `MAX_BACKGROUND` others, nearest in number of devices, in their windows.

    The same windows, because a date changes what is seen everywhere (season, weekday, a panel that grows); similar
    numbers of devices, because a mean over few devices varies more. Categories of sites are not matched: a signature
    describes visits, and shall also find cells and places whose category nobody wrote down. Places marked as an example
    are never background. Raises StudyError when examples or background are too few.
    """
    if len(examples) == 0:
        raise StudyError(f"No example place is given. Mark at least {MIN_PLACES} places with their windows.")
    progress.step("Describing examples", 0.0)
    windows, number = np.unique(np.stack((examples.first_day, examples.last_day), axis=1), axis=0, return_inverse=True)
    profiles = _profiles_in(history, library, windows, min_devices, progress)
    place, unit = _example_units(examples, number.ravel(), profiles)
    _check_examples(place, unit, profiles, len(np.unique(examples.place)), min_devices)
    progress.step("Matching ordinary places", 0.8)
    return _match(profiles, profiles.counts(library), examples, place, unit)


def _profiles_in(
    history: History, library: Library, windows: np.ndarray, min_devices: int, progress: Progress
) -> Profiles:
    """Return the profiles of all spots in `windows`, int64 (n, 2) of first and last local day."""
    first, last = history.day, local_day(history.end_ms)
    rows = [np.flatnonzero((last >= begin) & (first <= end)) for begin, end in windows]
    window = np.repeat(np.arange(len(windows)), [len(part) for part in rows])
    visit = np.concatenate(rows)
    distinct = np.unique(visit)
    earliest = int(np.percentile(history.start_ms, 0.1) // DAY_MS) if len(history.day) else 0
    facets = find_facets(history, distinct, library, earliest + history.lookback_days, progress.part(0.1, 0.7))
    return find_profiles(history, facets, visit, window, min_devices)


def _example_units(examples: Examples, window: np.ndarray, profiles: Profiles) -> tuple[np.ndarray, np.ndarray]:
    """Return (place, unit) of the examples that have a profile, each unit once; places numbered from 0."""
    width = int(max(profiles.window.max(initial=0), window.max(initial=0))) + 1
    key = profiles.spot * width + profiles.window
    wanted = examples.spot * width + window
    at = np.minimum(np.searchsorted(key, wanted), max(len(key) - 1, 0))
    found = (examples.spot >= 0) & (key[at] == wanted) if len(key) else np.zeros(len(wanted), bool)
    unit, first = np.unique(at[found], return_index=True)
    return np.unique(examples.place[found][first], return_inverse=True)[1].ravel(), unit


def _check_examples(place: np.ndarray, unit: np.ndarray, profiles: Profiles, given: int, min_devices: int) -> None:
    places = len(np.unique(place))
    if places < MIN_PLACES:
        raise StudyError(
            f"{places} of {given} example places had {min_devices} devices or more in their windows, and {MIN_PLACES} "
            "are needed so that each can be left out in turn. Mark more places, or check their windows."
        )
    devices = int(profiles.devices[unit].sum())
    if devices < MIN_EXAMPLE_DEVICES:
        raise StudyError(
            f"The examples hold {shown_count(devices)} devices, and {MIN_EXAMPLE_DEVICES} are needed to learn from. "
            "Mark more places or longer windows."
        )


def _match(
    profiles: Profiles, counts: np.ndarray, examples: Examples, place: np.ndarray, unit: np.ndarray
) -> Matched:
    share = counts / profiles.devices[:, None]
    ordinary = ~np.isin(profiles.spot, examples.spot)
    places = int(place.max()) + 1
    matched = np.zeros((places, MAX_BACKGROUND + 1, counts.shape[1]))
    spots = np.full((places, MAX_BACKGROUND + 1), NOBODY)
    used = []
    for number in range(places):  # some tens at most
        own = unit[place == number]
        spot, own_share, rows = _nearest(profiles, share, own, ordinary)
        matched[number, 0], spots[number, 0] = share[own].mean(axis=0), -1 - number
        matched[number, 1 : 1 + len(spot)], spots[number, 1 : 1 + len(spot)] = own_share, spot
        used.append(rows)
    background = np.unique(np.concatenate(used))
    found = len(np.unique(profiles.spot[background]))
    if found < MIN_BACKGROUND:
        raise StudyError(
            f"Only {found} other places had devices in the windows of the examples, and {MIN_BACKGROUND} are needed to "
            "compare with. Load observations of a larger area, or use smaller cells."
        )
    both = [unit, background]
    return Matched(
        share=matched,
        spot=spots,
        counts=np.stack([counts[rows].sum(axis=0) for rows in both]),
        devices=np.array([profiles.devices[rows].sum() for rows in both]),
        windows=np.array([len(rows) for rows in both]),
    )


def _nearest(
    profiles: Profiles, share: np.ndarray, own: np.ndarray, ordinary: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the ordinary spots most like an example's units `own` in number of devices, their shares, and their units.

    Spots that are there in more of the windows come first.
    """
    windows, back = np.unique(profiles.window[own], return_inverse=True)
    size = np.log(np.bincount(back.ravel(), profiles.devices[own]) / np.bincount(back.ravel()))
    rows = np.flatnonzero(ordinary & np.isin(profiles.window, windows))  # sorted by spot
    away = np.abs(np.log(profiles.devices[rows]) - size[np.searchsorted(windows, profiles.window[rows])])
    begin, seen = run_starts(profiles.spot[rows])
    if len(begin) == 0:
        return np.empty(0, np.int64), np.empty((0, share.shape[1])), rows
    mean_share = np.add.reduceat(share[rows], begin, axis=0) / seen[:, None]
    order = np.lexsort((np.add.reduceat(away, begin) / seen, -seen))[:MAX_BACKGROUND]
    chosen = np.isin(np.repeat(np.arange(len(begin)), seen), order)
    return profiles.spot[rows[begin[order]]], mean_share[order], rows[chosen]
